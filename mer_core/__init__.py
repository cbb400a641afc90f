"""Music Emotion Recognition: from an audio file to its moods.

The modules are the steps of one pipeline and data flows down the list in README.md; nothing heavy is imported here.
"""

__version__ = "0.1.0"
