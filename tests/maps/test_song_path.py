"""A song's way over the map leads from the tracks that its beginning is like to those that its end is like."""

import numpy as np
import pytest

from mer_core.maps.path import LEAST_SECONDS, MOST_PARTS, song_path

HOP = 3.0


def two_islands() -> tuple[np.ndarray, np.ndarray]:
    """Mean embeddings of twenty calm and twenty wild tracks, and their places left and right."""
    rng = np.random.default_rng(0)
    means = np.concatenate([rng.normal(sign, 0.1, (20, 8)) for sign in (-1, 1)])
    return means, np.repeat([[-5.0, 0.0], [5.0, 0.0]], 20, axis=0)


def test_a_song_that_turns_wild_goes_from_left_to_right() -> None:
    means, coordinates = two_islands()
    frames = np.concatenate([np.full((30, 8), -1.0), np.full((30, 8), 1.0)])
    path = song_path(frames, HOP, means, coordinates)
    assert len(path.starts) == MOST_PARTS and list(path.starts) == [HOP * 5 * part for part in range(MOST_PARTS)]
    assert path.places[:6, 0] == pytest.approx(-5, abs=0.5) and path.places[6:, 0] == pytest.approx(5, abs=0.5)


def test_parts_are_not_shorter_than_a_phrase() -> None:
    means, coordinates = two_islands()
    path = song_path(np.full((8, 8), -1.0), HOP, means, coordinates)
    assert (np.diff(path.starts) >= LEAST_SECONDS).all() and len(path.starts) == 3
    assert len(song_path(np.full((1, 8), -1.0), HOP, means, coordinates).starts) == 1


def test_the_song_itself_does_not_draw_its_parts() -> None:
    means, coordinates = two_islands()
    coordinates[3] = (100.0, 100.0)
    frames = np.repeat(means[[3]], 12, axis=0)
    alone = song_path(frames, HOP, means, coordinates, own=3)
    assert np.abs(alone.places).max() < 10
