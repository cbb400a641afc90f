"""The map is coloured by any column that tells groups apart, and lists examples; a song's way is drawn."""

import json
from pathlib import Path

import numpy as np
import pytest
from pages_common import assert_sound, make_full, run_page, texts

from mer_core.app import loaders
from mer_core.app.views import map_extras
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore
from mer_core.music.facts import write_facts
from mer_core.music.tempo_key import TempoKey
from mer_core.workspace.layout import Workspace


@pytest.fixture
def full(tmp_path: Path) -> Workspace:
    """A workspace whose first track is long, with tempo and key of half of the tracks."""
    workspace = make_full(tmp_path / "spaces" / "full")
    store = EmbeddingStore.open(workspace.embeddings_dir("placeholder"))
    frames = np.random.default_rng(0).normal(0, 1, (90, store.identity["dim"])).astype(np.float32)
    store.write_shard("00", [TrackEmbedding("track_0001000", 90.0, frames)])
    facts = {f"track_{1000 + i:07d}": TempoKey(60.0 + i, "A minor" if i % 2 else "", 0.8) for i in range(24)}
    write_facts(workspace, facts)
    return workspace


def test_columns_that_tell_groups_apart(full: Workspace) -> None:
    found = map_extras.columns(full)
    assert {"length (minutes)", "artist", "tempo"} <= set(found)
    assert not {"track_id", "title", "path", "split", "voice"} & set(found)


def test_numbers_get_a_scale_and_words_the_commonest_colours(full: Workspace) -> None:
    view = loaders.map_view(full, "placeholder", None)
    tempo = map_extras.colouring(full, view, "tempo")
    assert tempo.colours is None and tempo.limits is not None and np.isnan(tempo.values[-1])
    assert 60 <= tempo.limits[0] < tempo.limits[1] <= 83
    artist = map_extras.colouring(full, view, "artist")
    assert artist.colours is not None
    assert (artist.values == map_extras.OTHERS).sum() == (12 - map_extras.WORDS) * 4
    assert set(artist.values) <= set(artist.colours)


def test_the_page_draws_the_way_of_the_song_and_lists_examples(full: Workspace) -> None:
    app = run_page("pages/2_Mood_map.py", full.root.parent, workspace="full", track="track_0001000", colour="tempo")
    assert_sound(app)
    (chart,) = app.get("plotly_chart")
    names = [trace.get("name") for trace in json.loads(chart.proto.spec)["data"]]
    assert "its way over time" in names and "tempo 48" in names
    assert "Begin where the map is densest" in texts(app)
