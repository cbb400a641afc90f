"""Names of regions stand where their mood is dense, apart from one another, and examples in the densest parts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mer_core.maps.regions import APART, LEAST_LIFT, density_peaks, name_regions

CENTRES = {"calm": (0.0, 0.0), "epic": (10.0, 0.0), "dark": (5.0, 10.0)}


def islands(tracks: int = 60) -> tuple[np.ndarray, np.ndarray]:
    """Three islands of tracks, each with a mood of its own."""
    rng = np.random.default_rng(0)
    places = np.concatenate([rng.normal(centre, 0.5, (tracks, 2)) for centre in CENTRES.values()])
    labels = np.repeat(np.eye(len(CENTRES), dtype=bool), tracks, axis=0)
    return places, labels


def test_a_region_is_named_by_the_mood_that_stands_out_there() -> None:
    regions = name_regions(*islands(), tuple(CENTRES))
    assert {region.mood for region in regions} == set(CENTRES)
    for region in regions:
        assert np.linalg.norm(np.array([region.x, region.y]) - CENTRES[region.mood]) < 1.5
        assert region.lift >= LEAST_LIFT


def test_a_mood_that_is_everywhere_names_nothing() -> None:
    places, _ = islands()
    assert name_regions(places, np.ones((len(places), 1), bool), ("happy",)) == []


def test_too_few_tracks_or_no_labels_name_nothing() -> None:
    places, labels = islands()
    assert name_regions(places[:5], labels[:5], tuple(CENTRES)) == []
    assert name_regions(places, np.zeros_like(labels), tuple(CENTRES)) == []
    assert len(name_regions(places, labels, tuple(CENTRES), most=1)) == 1


@given(arrays(float, (40, 2), elements=st.floats(-100, 100)), arrays(bool, (40, 6)))
def test_names_never_cover_each_other(places: np.ndarray, labels: np.ndarray) -> None:
    regions = name_regions(places, labels, tuple("abcdef"))
    span = np.maximum(np.ptp(places, axis=0), 1e-9)
    assert len({region.mood for region in regions}) == len(regions)
    for place, one in enumerate(regions):
        for other in regions[:place]:
            assert abs(one.x - other.x) > APART * span[0] or abs(one.y - other.y) > APART / 2 * span[1]


def test_examples_stand_in_the_densest_parts_and_apart() -> None:
    places, _ = islands()
    crowd = np.concatenate([places, np.random.default_rng(1).normal(CENTRES["epic"], 0.3, (100, 2))])
    rows = density_peaks(crowd, most=3)
    centres = np.array(list(CENTRES.values()))
    nearest = [int(np.argmin(np.linalg.norm(centres - crowd[row], axis=1))) for row in rows]
    assert nearest[0] == 1 and sorted(nearest) == [0, 1, 2]


def test_examples_of_few_tracks() -> None:
    assert list(density_peaks(np.zeros((0, 2)))) == []
    assert list(density_peaks(np.array([[1.0, 2.0]]))) == [0]
    assert len(density_peaks(np.zeros((50, 2)))) == 1
