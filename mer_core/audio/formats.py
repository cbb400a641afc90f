"""Names of audio files: the one list of suffixes that count as audio, for folders that are searched and for uploads."""

SUFFIXES = (
    # MPEG audio and its containers
    *(".mp3", ".mp2", ".m4a", ".m4b", ".mp4", ".aac", ".mov"),
    # free codecs and their containers
    *(".flac", ".ogg", ".oga", ".opus", ".webm", ".mka", ".mkv"),
    # uncompressed
    *(".wav", ".wave", ".w64", ".aif", ".aiff", ".aifc", ".au", ".caf"),
    # others that FFmpeg decodes
    *(".wma", ".avi", ".wv", ".ape", ".tta", ".ac3", ".dsf"),
)
"""Lower case, with the dot. A file that is named by itself is tried whatever it is called."""


def is_audio_name(name: str) -> bool:
    """Whether a file of this name counts as audio when a folder is searched; hidden files do not."""
    return not name.startswith(".") and name.lower().endswith(SUFFIXES)
