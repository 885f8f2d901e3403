"""What is wrong with files, rows, runs and machine: ``bin/manage doctor``."""
