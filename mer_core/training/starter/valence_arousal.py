"""Valence and arousal that people heard → a linear map of the embedding, measured by artist-grouped cross-validation.

Trained on MUSIFEAST-17 (van der Walle, Wu, Margulis & Jakubowski 2025, Behavior Research Methods 57(7), CC0): 356 clips
in 17 genres, each with the means of what many listeners rated on two scales from 1 to 5.

What was tried on the same folds (R² valence, arousal): ridge on the mean embedding .43, .75; with the standard
deviation at half weight .45, .77; RBF kernel ridge on the mean .46, .77, on both .47, .78. On music of another
kind, the composer's words of incompetech, the order of valence is the opposite one (rank correlation .55, .51, .50,
.48), so the simplest is kept: what the others gain is the sound of this collection.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold

from mer_core.errors import DatasetError
from mer_core.io.arrays import read_npz
from mer_core.model.valence_arousal import DIMENSIONS, ValenceArousal

ALPHA = 300.0
"""Ridge penalty on standardised features; 100 to 600 differ by less than .01 in R²."""
LEVEL = 0.8
FOLDS = 10
FLOOR = 0.05


@dataclass(frozen=True)
class RatedSongs:
    """Songs with the valence and arousal that people heard in them."""

    embedding: np.ndarray
    """(n, ≥ dim): the mean over frames comes first."""
    ratings: np.ndarray
    """(n, 2) valence, arousal, on the raters' scale."""
    artist: np.ndarray
    """(n,) str"""

    @classmethod
    def load(cls, path: Path | str) -> "RatedSongs":
        """Read an .npz with embedding, valence, arousal and artist; DatasetError when it is missing or damaged."""
        try:
            archive = read_npz(Path(path))
            ratings = np.stack([archive[name].astype(float) for name in DIMENSIONS], axis=1)
            songs = cls(archive["embedding"].astype(float), ratings, archive["artist"].astype(str))
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise DatasetError(
                f"{path} cannot be read as rated songs ({error}); give an .npz with embedding, valence, arousal, artist"
            ) from error
        if len({len(songs.embedding), len(ratings), len(songs.artist)}) != 1 or not np.isfinite(songs.embedding).all():
            raise DatasetError(f"{path}: lengths differ or an embedding is not finite; the file is damaged")
        return songs

    def places(self) -> np.ndarray:
        """Ratings (n, 2) on the scale of `model.valence_arousal`: mean 0, two deviations are 1."""
        return (self.ratings - self.ratings.mean(axis=0)) / (2 * self.ratings.std(axis=0))


@dataclass(frozen=True)
class Measured:
    """What cross-validation says, one number for each of valence and arousal, (2,)."""

    r2: np.ndarray
    r: np.ndarray
    coverage: np.ndarray
    """Share of songs inside intervals that were made without their fold."""
    held_out: np.ndarray
    """(n, 2) predictions of songs whose artist was left out."""

    def to_dict(self) -> dict[str, dict[str, float]]:
        """Plain numbers by dimension."""
        return {
            name: {"r2": float(self.r2[k]), "r": float(self.r[k]), "coverage": float(self.coverage[k])}
            for k, name in enumerate(DIMENSIONS)
        }


def fit_valence_arousal(songs: RatedSongs, dim: int) -> tuple[ValenceArousal, Measured]:
    """The map from the first `dim` features, trained on all songs, and what it is worth on artists not trained on."""
    X, Y = songs.embedding[:, :dim], songs.places()
    held_out = np.zeros_like(Y)
    parts = list(GroupKFold(FOLDS, shuffle=True, random_state=0).split(X, groups=songs.artist))
    for train, test in parts:
        weights, bias = _fit(X[train], Y[train])
        held_out[test] = X[test] @ weights + bias
    errors = Y - held_out
    coverage = np.zeros_like(Y, dtype=bool)
    for train, test in parts:
        coverage[test] = np.abs(errors[test]) <= _half_width(errors[train])
    measured = Measured(
        r2=1 - (errors**2).mean(axis=0) / Y.var(axis=0),
        r=np.array([np.corrcoef(held_out[:, k], Y[:, k])[0, 1] for k in range(2)]),
        coverage=coverage.mean(axis=0),
        held_out=held_out,
    )
    return ValenceArousal(*_fit(X, Y), _half_width(errors), errors.std(axis=0), LEVEL), measured


def _fit(X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    center, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.maximum(scale, FLOOR * np.median(scale))
    ridge = Ridge(alpha=ALPHA).fit((X - center) / scale, Y)
    weights = ridge.coef_.T / scale[:, None]
    return weights, ridge.intercept_ - center @ weights


def _half_width(errors: np.ndarray) -> np.ndarray:
    """The conformal quantile (2,) of absolute errors (n, 2)."""
    rank = min(1.0, np.ceil((len(errors) + 1) * LEVEL) / len(errors))
    return np.quantile(np.abs(errors), rank, axis=0, method="higher")
