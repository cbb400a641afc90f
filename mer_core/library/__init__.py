"""A person's own music folder as a workspace."""
