"""Tempo and key of tracks, measured once on an excerpt, and whether somebody sings, by MusiCNN's tags."""
