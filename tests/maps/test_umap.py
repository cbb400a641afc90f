"""The mood map: neighbours stay together, places are repeatable, umap is loaded only to fit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from reported import reported

from mer_core.errors import ArtifactError
from mer_core.maps.umap import MoodMap, fit_map, load_map, place, save_map

ROOT = Path(__file__).resolve().parents[2]


def clusters(per_cluster: int = 30, dim: int = 12, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Three groups of embeddings, and the group of each."""
    rng = np.random.default_rng(seed)
    groups = np.repeat(np.arange(3), per_cluster)
    return rng.normal(size=(3, dim))[groups] * 4 + rng.normal(size=(len(groups), dim)), groups


def example_map(n: int = 40) -> MoodMap:
    coordinates = np.random.default_rng(0).normal(size=(n, 2)).astype(np.float32)
    return MoodMap(
        tuple(f"track_{i}" for i in range(n)), coordinates, 0.91, {"name": "placeholder", "dim": 4}, "mean+std"
    )


@pytest.fixture(scope="module")
def fitted() -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    X, groups = clusters()
    fit = fit_map(X, seed=1)
    return X, groups, fit.coordinates, fit.trustworthiness


def test_groups_stay_together(fitted: tuple[np.ndarray, np.ndarray, np.ndarray, float]) -> None:
    _, groups, coordinates, trustworthiness = fitted
    centres = np.stack([coordinates[groups == group].mean(axis=0) for group in range(3)])
    nearest_centre = np.linalg.norm(coordinates[:, None] - centres, axis=2).argmin(axis=1)
    assert np.mean(nearest_centre == groups) > 0.95
    assert 0.75 < trustworthiness <= 1


def test_same_seed_same_map(fitted: tuple[np.ndarray, np.ndarray, np.ndarray, float]) -> None:
    X, _, coordinates, _ = fitted
    assert np.array_equal(fit_map(X, seed=1).coordinates, coordinates)


def test_new_tracks_land_in_their_group(fitted: tuple[np.ndarray, np.ndarray, np.ndarray, float]) -> None:
    X, groups, coordinates, _ = fitted
    centres = np.stack([coordinates[groups == group].mean(axis=0) for group in range(3)])
    placed = place(X[::5] + 0.1, X, coordinates, k=8)
    assert (np.linalg.norm(placed[:, None] - centres, axis=2).argmin(axis=1) == groups[::5]).all()


def test_places_lie_among_the_neighbours_and_do_not_depend_on_the_batch() -> None:
    X, _ = clusters(seed=5)
    coordinates = np.random.default_rng(5).normal(size=(len(X), 2))
    together = place(X[:10], X, coordinates)
    assert np.allclose(together, np.concatenate([place(row[None], X, coordinates) for row in X[:10]]), atol=1e-6)
    assert (together >= coordinates.min(axis=0)).all()
    assert (together <= coordinates.max(axis=0)).all()


def test_a_point_like_no_other_is_placed_somewhere_finite() -> None:
    X = np.array([[1.0, 0.0], [1.0, 0.1], [0.9, 0.0]])
    assert np.isfinite(place(np.array([[-50.0, -50.0]]), X, np.eye(3, 2), k=2)).all()


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_few_tracks_are_laid_out_too(n: int) -> None:
    fit = fit_map(np.random.default_rng(n).normal(size=(n, 6)))
    assert fit.coordinates.shape == (n, 2)
    assert np.isfinite(fit.coordinates).all()
    assert np.isnan(fit.trustworthiness) == (n < 4)


def test_what_cannot_be_laid_out_is_refused() -> None:
    with pytest.raises(ArtifactError, match="1 tracks, two are needed"):
        fit_map(np.ones((1, 4)))
    with pytest.raises(ArtifactError, match="not finite"):
        fit_map(np.full((20, 4), np.nan))
    with pytest.raises(ValueError, match="do not belong together"):
        place(np.ones((1, 4)), np.ones((5, 4)), np.ones((6, 2)))


def test_a_map_is_read_as_it_was_written(tmp_path: Path) -> None:
    written = example_map()
    save_map(tmp_path / "map/placeholder", written)
    read = load_map(tmp_path / "map/placeholder")
    assert (read.track_ids, read.encoder, read.pooling, read.trustworthiness) == (
        written.track_ids,
        written.encoder,
        written.pooling,
        0.91,
    )
    assert np.array_equal(read.coordinates, written.coordinates)
    table = pd.read_parquet(next((tmp_path / "map/placeholder").glob("coordinates-*.parquet")))
    assert list(table) == ["track_id", "x", "y"]


@pytest.mark.parametrize("name", ["map.json", "coordinates"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "flipped"])
def test_damage_names_the_command_that_rebuilds(name: str, damage: str, tmp_path: Path) -> None:
    folder = tmp_path / "ws/map/musicnn"
    save_map(folder, example_map())
    path = next(folder.glob(f"{name}*"))
    data = path.read_bytes()
    changed = {"empty": b"", "cut": data[: len(data) // 2], "flipped": bytes([data[0] ^ 255]) + data[1:]}
    path.unlink() if damage == "missing" else path.write_bytes(changed[damage])
    with reported(ArtifactError, r"build_map\.py .*ws --encoder musicnn"):
        load_map(folder)


def test_placing_never_imports_umap() -> None:
    code = """if True:
        import sys
        import numpy as np
        from mer_core.maps.umap import place
        assert place(np.ones((1, 3)), np.eye(3), np.ones((3, 2))).shape == (1, 2)
        print({"umap", "numba", "tensorflow", "sklearn"} & set(sys.modules))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "set()"


def test_fitting_leaves_tensorflow_alone() -> None:
    code = """if True:
        import sys
        from mer_core.maps import umap as projection
        projection._import_umap()
        print("umap" in sys.modules, "tensorflow" in sys.modules)
        sys.modules["tensorflow"] = sys
        projection._import_umap()
        print(sys.modules["tensorflow"] is sys)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.split() == ["True", "False", "True"]
