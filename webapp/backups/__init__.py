"""Backups of rows and files of one moment: making, verifying, keeping and restoring them."""
