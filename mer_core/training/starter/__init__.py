"""The starter model: learned from a teacher's probabilities and from what people said of music."""
