"""Imports, exports and VIA."""
