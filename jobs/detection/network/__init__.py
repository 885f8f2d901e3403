"""Architectures, weights files, and faster variants of modules."""
