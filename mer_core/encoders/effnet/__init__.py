"""discogs-effnet: embeddings of 1280 numbers about every second, by a network that the Essentia project publishes."""
