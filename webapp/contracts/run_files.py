"""Names of files that the engine writes and the product looks for."""

CHECKPOINT_NAME = "checkpoint.pt"
"""In the folder of a training run: its last state, from which it goes on."""
