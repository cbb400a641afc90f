"""The errors a person can act on: every message names the value, the likely cause and the next step."""


class MerError(Exception):
    """Base of every error this package raises on purpose; its text is one sentence fit for a user."""


class AudioError(MerError):
    """An audio file cannot be read, is not audio, or is too short or too long."""


class DatasetError(MerError):
    """Metadata (tracks, tags, splits) is missing or malformed."""


class EncoderError(MerError):
    """An encoder's weights cannot be found, loaded or trusted."""


class ArtifactError(MerError):
    """A file this package wrote (workspace, store, model, map) is missing, damaged or made by something else."""


class ClusterError(MerError):
    """A Dask scheduler or its workers cannot be reached, or cannot do what they are asked."""


class LyricsError(MerError):
    """Lyrics cannot be found, are no text, or the library that reads their words is missing."""
