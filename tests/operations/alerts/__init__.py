"""Alerts, by a real mail server and a real receiver."""
