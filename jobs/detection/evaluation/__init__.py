"""The test of trained weights."""
