"""Labels that people keep in other layouts: a table, a folder a label, and published sets of music and emotion."""
