"""Names of audio files: the one list of suffixes that count as audio, for folders that are searched and for uploads;
and the first bytes by which one without ending is known."""

import re
from pathlib import Path

SUFFIXES = (
    # MPEG audio and its containers
    *(".mp3", ".mp2", ".m4a", ".m4b", ".mp4", ".aac", ".mov", ".3gp", ".3g2"),
    # free codecs and their containers
    *(".flac", ".ogg", ".oga", ".opus", ".webm", ".mka", ".mkv"),
    # uncompressed
    *(".wav", ".wave", ".w64", ".aif", ".aiff", ".aifc", ".au", ".caf", ".voc"),
    # others that FFmpeg decodes
    *(".wma", ".avi", ".wv", ".ape", ".tta", ".ac3", ".eac3", ".dsf", ".mpc", ".tak", ".amr", ".dts", ".thd"),
)
"""Lower case, with the dot. A file that is named by itself is tried whatever it is called."""


def is_audio_name(name: str) -> bool:
    """Whether a file of this name counts as audio when a folder is searched; hidden files do not."""
    return not name.startswith(".") and name.lower().endswith(SUFFIXES)


_FIRST_BYTES = re.compile(
    rb"ID3|fLaC|OggS|MAC |wvpk|TTA1|MPCK|MP\+|DSD |RIFF.{4}WAVE|RF64.{4}WAVE|FORM.{4}AIF[FC]|.{4}ftyp|\x1aE\xdf\xa3"
    rb"|\xff[\xe2-\xff]|caff|\.snd|0&\xb2u\x8ef\xcf\x11",
    re.DOTALL,
)


LONGEST_MAGIC = 16
"""Bytes by which a format is known."""


def is_audio_beginning(data: bytes) -> bool:
    """Whether `data`, the first LONGEST_MAGIC bytes of a file, are those of an audio format."""
    return bool(_FIRST_BYTES.match(data))


def begins_as_audio(path: Path) -> bool:
    """Whether the first bytes of a file are those of an audio format; False where they cannot be read."""
    try:
        with path.open("rb") as file:
            return is_audio_beginning(file.read(LONGEST_MAGIC))
    except OSError:
        return False
