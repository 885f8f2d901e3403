"""The RQ jobs: one module for each kind of work."""
