"""Track embeddings → coordinates (n_tracks, 2) of the mood map."""
