"""Tests of webapp/backups."""
