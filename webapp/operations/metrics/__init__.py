"""Figures for Prometheus: requests counted in the web processes, everything else looked up when it is asked for."""
