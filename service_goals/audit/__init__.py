"""Recomputing what was published from the logs alone, without the tables."""
