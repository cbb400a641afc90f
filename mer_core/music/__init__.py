"""Tempo and key of tracks, measured once on an excerpt, and whether somebody sings, told by MusiCNN's tags."""
