"""What all parts of the product know of backups: their settings, and that files are not deleted under them."""
