"""Track embeddings → mood probabilities, calibrated, and decisions; and the model as a folder on disk."""

STARTER = "starter"
"""What the model that comes with the package is called."""
