"""scripts/build_map.py on a small store; UMAP itself is tested in test_umap.py."""

import json
from pathlib import Path

import numpy as np
import pytest

from mer_core.cli import build_map
from mer_core.embeddings.store import EmbeddingStore, TrackEmbedding
from mer_core.encoders import load_encoder
from mer_core.maps.umap import load_map
from mer_core.workspace.layout import Workspace

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """Eight tracks, few enough for the layout without UMAP."""
    made = Workspace.create(tmp_path / "ws", title="t", kind="library")
    encoder = load_encoder("placeholder")
    rng = np.random.default_rng(0)
    store = EmbeddingStore.create(made.embeddings_dir("placeholder"), encoder.identity())
    store.write_shard(
        "00",
        [TrackEmbedding(f"track_{i}", 9.0, rng.normal(size=(9, encoder.dim)).astype(np.float32)) for i in range(8)],
    )
    return made


def test_the_map_of_a_store(workspace: Workspace, capsys: Capture) -> None:
    for _ in range(2):  # a second run replaces the map
        assert build_map.main([str(workspace.root), "--encoder", "placeholder", "--json"]) == 0
        reported = json.loads(capsys.readouterr().out)
        assert (reported["encoder"], reported["tracks"]) == ("placeholder", 8)
        assert 0 <= reported["trustworthiness"] <= 1
        assert reported["seconds"] >= 0
    made = load_map(workspace.map_dir("placeholder"))
    assert made.track_ids == tuple(EmbeddingStore.open(workspace.embeddings_dir("placeholder")).track_ids)
    assert made.trustworthiness == reported["trustworthiness"]
    assert len(list(workspace.map_dir("placeholder").iterdir())) == 2


def test_a_line_for_people(workspace: Workspace, capsys: Capture) -> None:
    assert build_map.main([str(workspace.root), "--encoder", "placeholder"]) == 0
    assert "8 tracks laid out from placeholder embeddings" in capsys.readouterr().out


def test_what_is_missing_is_reported_with_its_command(workspace: Workspace, tmp_path: Path, capsys: Capture) -> None:
    assert build_map.main([str(workspace.root), "--encoder", "musicnn"]) == 1
    assert "build_embeddings.py" in capsys.readouterr().err
    assert build_map.main([str(tmp_path / "nowhere"), "--encoder", "musicnn"]) == 1
    assert "workspace.json is missing" in capsys.readouterr().err
    with workspace.lock():
        assert build_map.main([str(workspace.root), "--encoder", "placeholder"]) == 1
    assert "another process is writing" in capsys.readouterr().err
    with pytest.raises(SystemExit) as caught:
        build_map.main([str(workspace.root)])
    assert caught.value.code == 2
