"""The whole corpus: clips, labels, titles and splits in the MTG-Jamendo layout, rendered by several threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mer_core.demo.composition import Score, compose
from mer_core.demo.cues import MOODS, draw_cues, draw_moods
from mer_core.demo.ensembles import COUNT, Ensemble, make_ensemble
from mer_core.demo.rendering import render, to_mp3
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.io.files import SCHEMA_VERSION, read_json, write_bytes, write_json
from mer_core.workspace.kinds import DEMO, DEMO_MANIFEST, DEMO_TRACKS, demo_clips, kind_of, restore_dataset
from mer_core.workspace.layout import Workspace

CLIPS = 320
SEED = 2024
TITLE = "Demo (synthetic music)"
RECIPE = 2
"""Grows with every change of the music or the split, so that an old corpus is not taken for a new one."""
SPLIT_PATTERN = ("train", "test", "train", "validation", "train", "test", "train", "validation", "train", "test")
"""Parts of the split that successive ensembles fall in: all clips of an ensemble are in one part, and every family is
in train and test."""


@dataclass(frozen=True)
class Clip:
    """One track of the corpus."""

    number: int
    ensemble: Ensemble
    moods: tuple[str, ...]
    title: str
    seconds: float
    score: Score

    @property
    def path(self) -> str:
        """Place below the audio folder, as MTG-Jamendo lays it out."""
        return f"{self.number % 100:02d}/{self.number}.mp3"

    @property
    def split(self) -> str:
        """Part of the split the clip's ensemble is in."""
        number = self.ensemble.number
        return SPLIT_PATTERN[(number + number // 10) % len(SPLIT_PATTERN)]

    @property
    def row(self) -> str:
        """Its line of the tracks file."""
        album = self.ensemble.number
        tags = "\t".join(f"mood/theme---{mood}" for mood in self.moods)
        artist = self.ensemble.number + 1
        ids = f"track_{self.number:07d}\tartist_{artist:06d}\talbum_{album + 1:06d}"
        return f"{ids}\t{self.path}\t{self.seconds:.1f}\t{tags}\n"


def make_clip(number: int, seed: int = SEED) -> Clip:
    """Compose the clip with this number (from 1); it depends on the number and the seed alone."""
    rng = np.random.default_rng([seed, 2, number])
    ensemble = make_ensemble((number - 1) % COUNT, seed)
    first = MOODS[((number - 1) // COUNT + 5 * (number - 1)) % len(MOODS)]
    moods = draw_moods(first, rng)
    cues = draw_cues(moods, ensemble.habits, rng)
    seconds = round(float(rng.uniform(20, 30)), 1)
    score = compose(cues, ensemble.family, seconds, rng)
    return Clip(number, ensemble, moods, f"Synthetic no. {number} in {score.key}, {score.bpm} bpm", seconds, score)


def write_corpus(
    root: Path, clips: int = CLIPS, seed: int = SEED, *, progress: Callable[[int], object] = lambda done: None
) -> Workspace:
    """Make or complete the demo workspace at `root`; clips that are there already are kept, `progress` is called with
    how many there are.

    A damaged demo.json or workspace.json is rewritten, so is all metadata.

    Raises DatasetError when there are too few clips to learn from, ArtifactError when `root` holds something else or is
    being written.
    """
    if clips < len(MOODS):
        raise DatasetError(f"{clips} clips are too few for {len(MOODS)} moods; ask for at least {len(MOODS)}")
    root = Path(root)
    _refuse_anything_else(root, clips, seed)
    write_json(root / DEMO_MANIFEST, {"schema_version": SCHEMA_VERSION, **_recipe(clips, seed)})
    try:
        workspace = Workspace.open(root)
    except ArtifactError:  # there is none yet, or its description is damaged
        workspace = Workspace.create(root, title=TITLE, kind=DEMO, synthetic=True)
    with workspace.lock():
        everything = [make_clip(number, seed) for number in range(1, clips + 1)]
        _write_metadata(workspace.dataset_dir, everything)
        _write_audio(workspace.audio_root, everything, progress)
    return workspace


def write_clip(audio_root: Path, clip: Clip) -> None:
    """Play and write one clip; the file appears whole or not at all."""
    write_bytes(Path(audio_root) / clip.path, to_mp3(render(clip.score)))


def _recipe(clips: int, seed: int) -> dict[str, int]:
    return {"clips": clips, "seed": seed, "recipe": RECIPE}


def _refuse_anything_else(root: Path, clips: int, seed: int) -> None:
    """Raise ArtifactError unless `root` is absent, empty, or a demo made with the same numbers."""
    if not root.exists() or all(path.name.startswith(".") for path in root.iterdir()):
        return
    if kind_of(root) != DEMO:
        raise ArtifactError(f"{root} holds something else than a demo; name another folder", remedy=Remedy("make_demo"))
    made = _made(root)
    if made is None:
        _refuse_other_tracks(root, clips, seed)
    elif made != _recipe(clips, seed):
        raise ArtifactError(
            f"{root} holds another demo ({made['clips']} clips, recipe {made['recipe']}); name another folder, or "
            f"delete this one",
            remedy=Remedy("make_demo"),
        )


def _made(root: Path) -> dict[str, int] | None:
    """With which numbers the demo at `root` was made, by its demo.json; None where that is missing or damaged."""
    try:
        values = read_json(root / DEMO_MANIFEST)
        return {key: int(values[key]) for key in _recipe(0, 0)}
    except (ArtifactError, KeyError, TypeError, ValueError):
        return None


def _refuse_other_tracks(root: Path, clips: int, seed: int) -> None:
    """Raise ArtifactError unless the tracks of a demo that does not say how it was made are those that these numbers
    give."""
    path, damaged = (
        root / "dataset" / DEMO_TRACKS,
        f"{root / DEMO_MANIFEST} is missing or damaged, so it does not say how this demo was made",
    )
    if (found := demo_clips(root)) not in (None, clips):
        raise ArtifactError(
            f"{damaged}; its {found} tracks are not the {clips} asked for", remedy=restore_dataset(root)
        )
    if not path.is_file() or path.read_bytes() != _tracks_file(
        [make_clip(number, seed) for number in range(1, clips + 1)]
    ):
        raise ArtifactError(
            f"{damaged}, and {path} does not either; delete {root} and make it again", remedy=restore_dataset(root)
        )


def _write_audio(audio_root: Path, clips: Sequence[Clip], progress: Callable[[int], object]) -> None:
    """Write the clips that are missing; threads suffice, since encoding as MP3 takes most of the time and leaves Python
    free."""
    for leftover in audio_root.glob("*/.*.tmp"):  # of a run that was killed
        leftover.unlink()
    missing = [clip for clip in clips if not (audio_root / clip.path).exists()]
    done = len(clips) - len(missing)
    progress(done)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(lambda clip: write_clip(audio_root, clip), missing):
            done += 1
            progress(done)


def _write_metadata(folder: Path, clips: Sequence[Clip]) -> None:
    """Write tracks, splits, tags and names; the tracks file comes last, because it makes the folder a dataset."""
    tags = "".join(f"mood/theme---{mood}\n" for mood in MOODS).encode()
    names = "".join(f"track_{clip.number:07d}\t{clip.ensemble.name}\t{clip.title}\n" for clip in clips)
    write_bytes(folder / "tags" / "moodtheme.txt", tags)
    write_bytes(folder / "tags" / "moodtheme_split.txt", tags)
    write_bytes(folder / "demo.meta.tsv", f"TRACK_ID\tARTIST_NAME\tTRACK_NAME\n{names}".encode())
    for part in ("train", "validation", "test"):
        write_bytes(
            folder / "splits" / "split-0" / f"autotagging_moodtheme-{part}.tsv",
            _tracks_file([clip for clip in clips if clip.split == part]),
        )
    write_bytes(folder / DEMO_TRACKS, _tracks_file(clips))


def _tracks_file(clips: Sequence[Clip]) -> bytes:
    return ("TRACK_ID\tARTIST_ID\tALBUM_ID\tPATH\tDURATION\tTAGS\n" + "".join(clip.row for clip in clips)).encode()
