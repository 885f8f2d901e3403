"""The record of trainings: list, name, compare, delete and restore runs."""
