"""One folder a dataset: where its parts lie, what kind it is, and how a lost file is brought back."""
