"""What ``bin/setup`` fetches from the package index."""
