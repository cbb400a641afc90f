"""Songs of similar mood: by track, by mood profile, or along a path between moods."""
