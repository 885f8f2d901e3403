"""Detections on photos."""
