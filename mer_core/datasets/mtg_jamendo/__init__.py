"""The MTG-Jamendo dataset: its table format, its folder layout, and its download."""
