"""Where MTG-Jamendo lies on the web: names and addresses of its metadata, checksum lists and tars of audio.

Metadata and checksum lists are files of the GitHub repository MTG/mtg-jamendo-dataset (folder data/). Audio is in 100
tars a type, part NN holding the tracks `NN/ID.mp3`, on two mirrors.
"""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from mer_core.datasets.mtg_jamendo.layout import PARTS as SPLIT_PARTS
from mer_core.io.http import Patience

METADATA_MIRROR = "https://raw.githubusercontent.com/MTG/mtg-jamendo-dataset/master/data/"
AUDIO_MIRRORS = (
    "https://cdn.freesound.org/mtg-jamendo/",
    "https://essentia.upf.edu/documentation/datasets/mtg-jamendo/",
)
TRACKS_FILES = {"autotagging_moodtheme": "autotagging_moodtheme", "raw_30s": "autotagging"}
"""The datasets whose audio is offered, and the tracks file of each: 18,486 tracks with moods, and all 55,701."""
TITLES = {"autotagging_moodtheme": "MTG-Jamendo mood/theme", "raw_30s": "MTG-Jamendo"}
KINDS = ("audio-low", "audio")
"""audio-low: mono MP3 of variable bit rate (46 GB for mood/theme); audio: as published, 320 kbit/s (152 GB)."""
ALL_PARTS = range(100)


@dataclass(frozen=True)
class JamendoSource:
    """Which audio to get, and from where; both mirrors are addresses of folders."""

    dataset: str = "autotagging_moodtheme"
    kind: str = KINDS[0]
    mirror: str = AUDIO_MIRRORS[0]
    metadata_mirror: str = METADATA_MIRROR
    patience: Patience = field(default_factory=Patience)

    @property
    def tracks_name(self) -> str:
        """Name of the tracks file, without .tsv."""
        return TRACKS_FILES[self.dataset]

    @property
    def checksum_files(self) -> tuple[str, str]:
        """Paths of the lists of SHA-256, of the tars and of the tracks, below the metadata mirror."""
        return (
            f"download/{self.dataset}_{self.kind}_sha256_tars.txt",
            f"download/{self.dataset}_{self.kind}_sha256_tracks.txt",
        )

    @property
    def metadata_files(self) -> list[str]:
        """Paths of the files without which there is no dataset, below the metadata mirror."""
        tags = ["tags/moodtheme.txt", "tags/moodtheme_split.txt"] if self.dataset == "autotagging_moodtheme" else []
        splits = [f"splits/split-{split}/{self.tracks_name}-{part}.tsv" for split in range(5) for part in SPLIT_PARTS]
        return [f"{self.tracks_name}.tsv", *tags, *splits, *self.checksum_files]

    @property
    def optional_files(self) -> list[str]:
        """Titles and artists: welcome, not needed."""
        return ["raw.meta.tsv"]

    def metadata_url(self, path: str) -> str:
        """Address of a metadata file."""
        return urljoin(f"{self.metadata_mirror.rstrip('/')}/", path)

    def track_name(self, path: str) -> str:
        """Name in the tars of the track whose path in the tracks file is `path`: "48/948.low.mp3" of "48/948.mp3" where
        the kind is audio-low."""
        return f"{path.removesuffix('.mp3')}.low.mp3" if self.kind == "audio-low" else path

    def tar_name(self, part: int) -> str:
        """File name of the tar of a part."""
        return f"{self.dataset}_{self.kind}-{part:02d}.tar"

    def tar_url(self, part: int) -> str:
        """Address of the tar of a part."""
        return urljoin(f"{self.mirror.rstrip('/')}/", f"{self.dataset}/{self.kind}/{self.tar_name(part)}")


def parse_parts(text: str) -> tuple[int, ...]:
    """Numbers of parts from a text like "0-9,42": sorted, each once. Raises ValueError for anything else."""
    chosen: set[int] = set()
    for piece in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,3})(?:-([0-9]{1,3}))?\s*", piece)
        if not match:
            raise ValueError(f"{piece!r} is no part; write numbers and ranges, as in 0-9,42")
        numbers = range(int(match[1]), int(match[2] or match[1]) + 1)
        if not numbers or not set(numbers) <= set(ALL_PARTS):
            raise ValueError(f"{piece!r} is not within 0-{ALL_PARTS[-1]}; write ranges upwards, as in 0-9,42")
        chosen |= set(numbers)
    return tuple(sorted(chosen))
