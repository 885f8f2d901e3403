"""Tells people by mail, and other programs by a webhook, what has happened: runs, disk, backups."""
