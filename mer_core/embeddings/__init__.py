"""Waveforms → a store of frame embeddings on disk, pooling to track embeddings, and nearest tracks."""
