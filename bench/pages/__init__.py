"""What the pages look like to a person's eyes and hands, in figures of a real Chromium."""
