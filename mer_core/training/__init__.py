"""Embeddings and labels → a trained model, compared with its baselines, and its card."""
