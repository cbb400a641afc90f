"""VGGish: embeddings of 128 numbers every 0.96 s, from TensorFlow Hub."""
