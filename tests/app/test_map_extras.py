"""The map is coloured by any column that tells groups apart, and lists examples; a song's way is drawn."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pages_common import assert_sound, make_full, run_page, texts
from streamlit.testing.v1 import AppTest

from mer_core.app import loaders
from mer_core.app.views import map_extras
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore
from mer_core.maps import bounded
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
    assert [trace.get("name") for trace in json.loads(chart.proto.spec)["data"]] == ["tempo"]
    laid_over = layers(app)["marks"]
    assert len(laid_over["path"]["starts"]) > 2 and laid_over["place"] and laid_over["heard"]
    assert "Begin where the map is densest" in texts(app)


def layers(app: AppTest) -> dict[str, dict[str, Any]]:
    """What lies over the one map of a page, by kind."""
    found = [
        json.loads(part.proto.json) for part in app.get("bidi_component") if "map_layer" in part.proto.component_name
    ]
    return {data["kind"]: data for data in found}


def test_a_click_changes_the_marks_and_neither_the_figure_nor_the_points(full: Workspace) -> None:
    """So that neither is sent or drawn again."""
    specs, seen = [], []
    for track in ("track_0001000", "track_0001005"):
        app = run_page("pages/2_Mood_map.py", full.root.parent, workspace="full", track=track)
        specs.append(app.get("plotly_chart")[0].proto.spec)
        seen.append(layers(app))
    assert specs[0] == specs[1] and seen[0]["points"] == seen[1]["points"]
    assert seen[0]["marks"]["place"] != seen[1]["marks"]["place"]
    assert len(json.dumps(seen[0]["marks"])) < 2000


def test_of_a_map_of_very_many_the_points_in_view_are_drawn(full: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_POINTS", 10)
    view = loaders.map_view(full, "placeholder", None)
    few = bounded.drawn_rows(view.places)
    rest = np.setdiff1d(np.arange(48), few)[0]
    x, y = map(float, view.places[rest])
    zoomed = {"map_windows": {"map-placeholder": bounded.Window(x - 0.01, y - 0.01, x + 0.01, y + 0.01)}}
    drawn = []
    for state in ({}, zoomed):
        app = run_page("pages/2_Mood_map.py", full.root.parent, state=state, workspace="full", colour="split")
        assert_sound(app)
        assert json.loads(app.get("plotly_chart")[0].proto.spec)["data"][0]["type"] == "heatmap"
        points = layers(app)["points"]
        packed = json.loads(gzip.decompress(base64.b64decode(points["names"])))
        xs = np.frombuffer(base64.b64decode(points["x"]), np.float32)
        assert points["partial"] and len(packed["names"]) == len(packed["rows"]) == len(xs)
        np.testing.assert_array_equal(xs, view.x[packed["rows"]])
        drawn.append(packed["rows"])
    assert drawn[0] == few.tolist() and rest not in drawn[0] and rest in drawn[1]
