"""States of runs, runs of the library, and live signals to pages."""
