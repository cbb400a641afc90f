"""The errors a person can act on: every message names the value and the cause; a `Remedy` says what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Job = Literal[
    "make_demo",
    "import_dataset",
    "import_labels",
    "import_library",
    "download_dataset",
    "validate_dataset",
    "build_embeddings",
    "train_classifier",
    "build_map",
    "measure_music",
    "predict_library",
    "predict",
    "models",
    "start_scheduler",
    "start_worker",
    "fetch_weights",
    "fold_tags",
    "read_words",
    "install_extra",
    "install_package",
    "restore_starter",
    "fetch_model",
]
"""The jobs that bring something back."""
Value = str | int | Path | None


@dataclass(frozen=True)
class Remedy:
    """The job that makes or repairs what an error is about. `mer_core.cli.commands` makes a command line of it."""

    job: Job
    workspace: Path | None = None
    """The folder the job works on; None where that is the person's to choose."""
    encoder: str | None = None
    model: str | None = None
    """Name of the model to train or to predict with."""
    options: tuple[tuple[str, Value], ...] = ()
    """Further settings of the job, by name; True for a switch, None where the value is the person's to choose."""
    makes: str = ""
    """What comes of it, where an error has several remedies ("a demo", "your music")."""


Remedies = Remedy | Sequence[Remedy]


class MerError(Exception):
    """Base of every error this package raises on purpose; its text is one sentence fit for a user.

    `remedies` are alternatives: each of them alone helps. They survive pickling, so workers can send them.
    """

    def __init__(self, message: object = "", *, remedy: Remedies = ()) -> None:
        super().__init__(str(message))
        self.remedies: tuple[Remedy, ...] = (remedy,) if isinstance(remedy, Remedy) else tuple(remedy)


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
