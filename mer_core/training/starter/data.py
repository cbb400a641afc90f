"""What the starter model is trained on: pairs of embedding and teacher's probabilities, and what is published of the
teacher."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mer_core.datasets.dataset import Dataset
from mer_core.errors import DatasetError
from mer_core.io.arrays import read_npy, read_npz

MEDIAEVAL = Path("results/mediaeval")


@dataclass(frozen=True)
class Pairs:
    """One row a segment of unlabelled music."""

    collection: np.ndarray
    """(n,) str: the set a clip comes from."""
    clip: np.ndarray
    """(n,) str: segments of one clip share it."""
    embedding: np.ndarray
    """(n, 400) float64: MusiCNN mean, then standard deviation, over the segment's frames."""
    teacher: np.ndarray
    """(n, n_moods) float64: the teacher's probabilities."""

    @classmethod
    def load(cls, path: Path | str) -> "Pairs":
        """Read pairs.npz; raises DatasetError when it is missing, damaged or its arrays do not belong together."""
        try:
            archive = read_npz(Path(path))
            arrays = {name: archive[name] for name in ("collection", "clip", "embedding", "teacher")}
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DatasetError(f"{path} cannot be read as training pairs ({error}); give the file pairs.npz") from error
        pairs = cls(
            arrays["collection"],
            arrays["clip"],
            arrays["embedding"].astype(np.float64),
            arrays["teacher"].astype(np.float64),
        )
        pairs.check(path)
        return pairs

    def check(self, path: Path | str) -> None:
        """Raise DatasetError where lengths differ, a number is not finite or a probability lies outside [0, 1]."""
        if (
            self.embedding.ndim != 2
            or self.teacher.ndim != 2
            or len({len(self.collection), len(self.clip), len(self.embedding), len(self.teacher)}) != 1
        ):
            raise DatasetError(f"{path}: the arrays have different lengths; the file is damaged, fetch it again")
        if not (np.isfinite(self.embedding).all() and ((self.teacher >= 0) & (self.teacher <= 1)).all()):
            raise DatasetError(
                f"{path}: an embedding is not finite or a probability lies outside [0, 1]; the file is damaged, fetch "
                f"it again"
            )

    def check_moods(self, moods: tuple[str, ...], path: Path | str) -> None:
        """Raise DatasetError unless there is one teacher's column for each of `moods`."""
        if self.teacher.shape[1] != len(moods):
            raise DatasetError(
                f"{path} has probabilities of {self.teacher.shape[1]} moods, the metadata names {len(moods)}; use the "
                f"split tags the teacher was trained on"
            )

    def __len__(self) -> int:
        return len(self.clip)

    def subset(self, rows: np.ndarray) -> "Pairs":
        """The rows that a mask marks or indices name."""
        return Pairs(self.collection[rows], self.clip[rows], self.embedding[rows], self.teacher[rows])

    @property
    def weight(self) -> np.ndarray:
        """(n,): one over the number of segments of the clip, so that every clip counts the same."""
        _, clip, segments = np.unique(self.clip, return_inverse=True, return_counts=True)
        return 1.0 / segments[clip]


@dataclass(frozen=True)
class Teacher:
    """What is published of the teacher: its probabilities for MTG-Jamendo's test tracks, beside their human labels."""

    moods: tuple[str, ...]
    artists: np.ndarray
    """(n_tracks,) str"""
    labels: np.ndarray
    """(n_tracks, n_moods) bool"""
    probabilities: np.ndarray
    """(n_tracks, n_moods)"""
    prevalence: np.ndarray
    """(n_moods,): share of the dataset's tracks (all splits) that carry the mood."""

    @classmethod
    def load(cls, folder: Path | str) -> "Teacher":
        """Read a MTG-Jamendo metadata folder with its results/mediaeval.

        Raises DatasetError when a file is missing or does not fit the test split.
        """
        dataset = Dataset.load(folder).split_view()
        test = dataset.in_split("test")
        arrays = []
        for name in ("groundtruth.npy", "baseline_vggish_predictions.npy"):
            path = Path(folder) / MEDIAEVAL / name
            try:
                arrays.append(read_npy(path))
            except (OSError, ValueError, EOFError) as error:
                raise DatasetError(
                    f"{path} cannot be read ({error}); it is part of the repository MTG/mtg-jamendo-dataset, clone it "
                    f"and name its folder"
                ) from error
            if arrays[-1].shape != test.labels.shape:
                raise DatasetError(
                    f"{path} has the shape {arrays[-1].shape}, the test split {test.labels.shape}; take both from the "
                    f"same repository"
                )
        labels, probabilities = arrays[0].astype(bool), arrays[1].astype(np.float64)
        return cls(
            dataset.moods,
            test.tracks["artist_id"].to_numpy(dtype=str),
            labels,
            probabilities,
            dataset.labels.mean(axis=0),
        )
