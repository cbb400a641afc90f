"""Track embeddings → mood probabilities, calibrated, and decisions; and the model as a folder on disk."""
