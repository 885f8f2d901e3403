"""What the installation says of itself: which processes are there, what went wrong, which versions run."""
