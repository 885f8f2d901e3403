"""REST calls of operations: health, metrics."""
