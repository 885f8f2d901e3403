"""Prediction runs, their results and verdicts."""
