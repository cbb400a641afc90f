"""Moods of the words: where lyrics come from, what is read of them, and how they are joined with the moods of the
sound.

The text of lyrics is held in memory alone. What is returned, kept, exported and logged are numbers.
"""
