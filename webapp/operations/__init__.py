"""The board of all runs, event streams and the health check."""
