"""From files of a dataset version to batches of the network."""
