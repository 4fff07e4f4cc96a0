"""Incidents: what happened, from the first sign of it until it is over."""
