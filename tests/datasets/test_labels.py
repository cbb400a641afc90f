"""What tracks are called, and finding them."""

import pandas as pd
import pytest

from mer_core.datasets.labels import TrackNames, name_tracks


@pytest.fixture
def names() -> TrackNames:
    table = {
        "track_id": ["track_1", "track_2", "track_3", "track_4"],
        "title": ["Sunny Day", "Storm", "Rain in ANN", ""],
    }
    return name_tracks(
        pd.DataFrame(
            {**table, "artist": ["Ann", "Bob", "", ""], "artist_id": ["artist_1", "artist_2", "artist_3", "artist_4"]}
        )
    )


def test_names_are_what_is_known(names: TrackNames) -> None:
    assert list(names.names.values()) == ["Sunny Day · Ann", "Storm · Bob", "Rain in ANN", "track_4"]
    assert names.of("track_9") == "track_9"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("an", ["track_1", "track_3"]),
        ("ANN ", ["track_1"]),
        ("STORM", ["track_2"]),
        ("day ann", ["track_1"]),
        ("artist_4", ["track_4"]),
        ("(.*", []),
        (" ", []),
        ("", []),
    ],
)
def test_every_word_must_occur(names: TrackNames, text: str, found: list[str]) -> None:
    assert names.find(text) == found
