"""What tasks do when the database is away or has something to say."""
