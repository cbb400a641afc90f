"""MusiCNN: embeddings of 200 numbers every 3 s, from weights that the package index has."""
