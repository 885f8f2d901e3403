"""Single photos and watched folders of machines on the line."""
