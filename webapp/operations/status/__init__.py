"""What the administrators' page and the metrics say about the installation."""
