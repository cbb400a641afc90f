"""Metadata → tracks, labels (n_tracks, n_moods) and splits; their validation and statistics."""
