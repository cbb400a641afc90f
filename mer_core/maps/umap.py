"""The mood map: track embeddings → two coordinates. Fitted offline by UMAP and stored; new tracks are placed without
UMAP.

UMAP: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection", arXiv:1802.03426. Its own
`transform` takes seconds in a fresh process and depends on the batch; the similarity-weighted mean of the neighbours'
coordinates, used here, takes a matrix product and depends on nothing else.

    map.json               encoder, pooling, trustworthiness, number of tracks
    coordinates-….parquet  track_id, x, y
"""

import io
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.embeddings.nearest import nearest, standardise
from mer_core.errors import ArtifactError, Remedy
from mer_core.io.arrays import read_table
from mer_core.io.files import read_bundle, write_bundle

MANIFEST, TABLE = "map.json", "coordinates.parquet"
NEIGHBOURS = 15
_FEWEST_FOR_UMAP = 10  # below this its neighbour graph means nothing; the two main axes (PCA) are shown
_MEASURED = 3000  # tracks the trustworthiness is measured on, it costs their square in memory


class Fit(NamedTuple):
    """Coordinates (n, 2) float32, and trustworthiness in [0, 1]: 1 when all neighbours on the map are neighbours in
    truth, about 0.5 by chance; NaN for fewer than four tracks."""

    coordinates: NDArray[np.float32]
    trustworthiness: float


@dataclass(frozen=True)
class MoodMap:
    """A stored map. Row i of `coordinates` (n, 2) is the place of `track_ids[i]`."""

    track_ids: tuple[str, ...]
    coordinates: NDArray[np.float32]
    trustworthiness: float
    encoder: dict[str, Any]
    pooling: str


def fit_map(X: NDArray[np.floating], *, seed: int = 0) -> Fit:
    """Lay out track embeddings X (n, dim) so that tracks with similar embeddings lie near each other. Same X and seed,
    same map.

    Raises ArtifactError when there are fewer than two tracks or a number in X is not finite.
    """
    if len(X) < 2 or not np.isfinite(X).all():
        reason = f"{len(X)} tracks, two are needed" if len(X) < 2 else "some embeddings are not finite numbers"
        raise ArtifactError(f"no map can be made ({reason}); complete the embeddings first")
    standard = standardise(X, X)
    coordinates = _lay_out(standard, seed)
    return Fit(coordinates, _trustworthiness(standard, coordinates, seed))


def place(
    X_new: NDArray[np.floating], X: NDArray[np.floating], coordinates: NDArray[np.floating], k: int = NEIGHBOURS
) -> NDArray[np.float32]:
    """Coordinates (n_new, 2) of new track embeddings X_new (n_new, dim) on the map of X (n, dim) with its coordinates
    (n, 2).

    The mean of the k nearest tracks' coordinates, weighted by their cosine similarity; where all k point away, their
    plain mean.

    Raises ValueError when the widths of X_new and X, or the lengths of X and coordinates, differ.
    """
    if len(X) != len(coordinates):
        raise ValueError(
            f"{len(X)} embeddings and {len(coordinates)} coordinates do not belong together; load both for the same "
            f"tracks"
        )
    return between(*nearest(standardise(X_new, X), standardise(X, X), k), coordinates)


def between(
    rows: NDArray[np.integer], similarities: NDArray[np.floating], coordinates: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Means (n_new, 2) of the coordinates of neighbours, given their rows and similarities (n_new, k), weighted as
    `place` does."""
    weights = np.maximum(similarities, 0.0)
    weights[weights.sum(axis=1) == 0] = 1.0
    weights /= weights.sum(axis=1, keepdims=True)
    return np.einsum("nk,nkd->nd", weights, coordinates[rows]).astype(np.float32)


def save_map(folder: Path, mood_map: MoodMap) -> None:
    """Write a map into `folder`, replacing the one there in one step."""
    x, y = mood_map.coordinates.T.astype(np.float32)
    buffer = io.BytesIO()
    pd.DataFrame({"track_id": pd.Series(mood_map.track_ids, dtype=str), "x": x, "y": y}).to_parquet(buffer, index=False)
    trustworthiness = mood_map.trustworthiness if np.isfinite(mood_map.trustworthiness) else None
    manifest = {
        "encoder": mood_map.encoder,
        "pooling": mood_map.pooling,
        "tracks": len(mood_map.track_ids),
        "trustworthiness": trustworthiness,
    }
    write_bundle(folder, MANIFEST, manifest, {TABLE: buffer.getvalue()})


def load_map(folder: Path) -> MoodMap:
    """Read the map in `folder`; raises ArtifactError, with the remedy that rebuilds it, when it is missing or
    damaged."""
    folder = Path(folder)
    rebuild = rebuild_remedy(folder)
    manifest, files = read_bundle(folder, MANIFEST, rebuild)
    try:
        table = read_table(files[TABLE])
        coordinates = table[["x", "y"]].to_numpy(dtype=np.float32)
        trust = float("nan") if manifest["trustworthiness"] is None else float(manifest["trustworthiness"])
        loaded = MoodMap(
            tuple(table["track_id"].astype(str)),
            coordinates,
            trust,
            dict(manifest["encoder"]),
            str(manifest["pooling"]),
        )
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ArtifactError(
            f"{folder / MANIFEST} is damaged ({type(error).__name__}: {error})", remedy=rebuild
        ) from error
    if not np.isfinite(coordinates).all():
        raise ArtifactError(f"{files[TABLE]} holds coordinates that are no numbers", remedy=rebuild)
    return loaded


def rebuild_remedy(folder: Path) -> Remedy:
    """What rebuilds the map in `folder`."""
    return Remedy("build_map", Path(folder).parent.parent, Path(folder).name)


def _lay_out(standard: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    if len(standard) < _FEWEST_FOR_UMAP:
        from sklearn.decomposition import PCA

        return np.pad(
            PCA(2 if min(standard.shape) > 1 else 1, random_state=seed).fit_transform(standard), ((0, 0), (0, 1))
        )[:, :2].astype(np.float32)
    reducer = _import_umap().UMAP(
        n_neighbors=min(NEIGHBOURS, len(standard) - 1), metric="cosine", random_state=seed, n_jobs=1
    )
    return np.asarray(reducer.fit_transform(standard), dtype=np.float32)


def _import_umap() -> Any:
    """UMAP without its neural variant: that would load TensorFlow, seconds and 700 MB for nothing."""
    tensorflow = sys.modules.get("tensorflow")
    sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says that the neural variant is missing
            import umap
    finally:
        del sys.modules["tensorflow"]
        if tensorflow is not None:
            sys.modules["tensorflow"] = tensorflow
    return umap


def _trustworthiness(
    standard: NDArray[np.float32], coordinates: Sequence[Any] | NDArray[np.float32], seed: int
) -> float:
    """Venna and Kaski, "Neighborhood preservation in nonlinear projection methods", ICANN 2001, as scikit-learn
    computes it."""
    from sklearn.manifold import trustworthiness

    chosen = np.random.default_rng(seed).permutation(len(standard))[:_MEASURED]
    neighbours = min(NEIGHBOURS, (len(chosen) - 1) // 2)
    if neighbours < 1 or len(chosen) < 4:
        return float("nan")
    return float(
        trustworthiness(standard[chosen], np.asarray(coordinates)[chosen], n_neighbors=neighbours, metric="cosine")
    )
