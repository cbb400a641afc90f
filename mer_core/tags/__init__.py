"""Mood tags of audio files: read, written, and undone byte for byte."""
