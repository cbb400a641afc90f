"""Moods of one's own: answers of a person, what is learned from them, what to ask next, and labels that look wrong."""
