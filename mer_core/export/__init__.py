"""Predictions → files and texts that other programs read."""
