"""Words of a workspace's tracks: kept as numbers, read again where they changed, compared with the sound."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pages_common import make_full

from mer_core.cli import read_words as script
from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError
from mer_core.inference.words_kept import FINDINGS, words_beside_sound
from mer_core.lyrics.moods import WordMoods
from mer_core.lyrics.ruler import MOODS
from mer_core.lyrics.store import ENCODER, Wanted, read_kept_words, update_words
from mer_core.model.bundle import load_model
from mer_core.workspace.layout import Workspace

SAD = """I am crying in the zyxxyland house tonight
you left me and the rain will never stop
my heart is broken and I have no hope
there is nobody who hears me when I call
goodbye my darling, goodbye to all our dreams
I remember everything that we have lost"""
GLAD = """I am so happy in the zyxxyland sun today
we are laughing and dancing with all our friends
life is beautiful and I feel so good
come on and sing, this is the best day of my life
thank you for the joy that you bring to me
at last we are free and everything is right"""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The full workspace; the first of its tracks has sad words beside it, the second glad ones, the third too few."""
    made = make_full(tmp_path / "full")
    for path, words in zip(Dataset.load(made.dataset_dir).tracks["path"], (SAD, GLAD, "la la la"), strict=False):
        beside = made.audio_path(path).with_suffix(".txt")
        beside.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(words)
    return made


def run(workspace: Workspace, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, object]:
    assert script.main([str(workspace.root), "--model", "small", "--json", *options]) == 0
    out, err = capsys.readouterr()
    assert "zyxxyland" not in out + err
    return dict(json.loads(out))


def test_words_are_kept_as_numbers_and_read_again_where_they_changed(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ArtifactError, match=r"_manifest\.json"):
        read_kept_words(workspace)
    first = run(workspace, capsys)
    assert (first["with_lyrics"], first["counted"], first["languages"]) == (3, 2, {"en": 2})
    assert first["read"] == first["tracks"]
    for path in workspace.words_dir(ENCODER).iterdir():
        assert b"zyxxyland" not in path.read_bytes()
    assert run(workspace, capsys)["read"] == 0
    third = workspace.audio_path(Dataset.load(workspace.dataset_dir).tracks["path"][2]).with_suffix(".txt")
    third.write_text(GLAD)
    again = run(workspace, capsys)
    assert (again["read"], again["counted"]) == (1, 3)
    assert run(workspace, capsys, "--again")["read"] == first["tracks"]


def test_rows_come_in_the_order_asked_for(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    run(workspace, capsys)
    kept = read_kept_words(workspace)
    ids = list(Dataset.load(workspace.dataset_dir).tracks["track_id"])
    chosen = kept.of([ids[1], "nobody's", ids[0]])
    assert chosen.counts.tolist() == [True, False, True]
    assert chosen.table["valence"].iloc[0] > 0 > chosen.table["valence"].iloc[2]
    assert np.isnan(chosen.z(["sad", "no mood"])).tolist() == [[False, True], [True, True], [False, True]]
    assert not chosen.embeddings[1].any()
    assert np.linalg.norm(chosen.embeddings[0]) > 0.1


def test_disagreement_is_found_and_listed(
    workspace: Workspace, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    run(workspace, capsys)
    table = words_beside_sound(workspace, load_model(workspace.model_dir("small")))
    assert len(table) == 2
    apart = (table["sound_z"] - table["words_z"]).abs()
    assert apart.is_monotonic_decreasing
    assert table[[f"words:{mood}" for mood in MOODS]].to_numpy().max() <= 1
    finding = next(name for name in FINDINGS if (table["finding"] == name).any())
    for suffix in (".m3u8", ".csv"):
        run(workspace, capsys, "--finding", finding, "--playlist", str(tmp_path / f"list{suffix}"))
    rows = pd.read_csv(tmp_path / "list.csv")
    assert list(rows["track_id"]) == list(table.index[table["finding"] == finding])
    assert (tmp_path / "list.m3u8").read_text().count("#EXTINF") == len(rows)


def test_a_killed_run_goes_on_and_damage_is_reported(workspace: Workspace) -> None:
    ids = list(Dataset.load(workspace.dataset_dir).tracks["track_id"])
    asked: list[Path] = []

    def read(song: Path) -> WordMoods:
        asked.append(song)
        return WordMoods("", None, 0, "none")

    wanted = Wanted({track_id: Path(f"{track_id}.mp3") for track_id in ids}, read)
    half = update_words(workspace, wanted)
    done = sum(next(half)[1] for _ in range(5))
    half.close()
    assert list(update_words(workspace, wanted))
    assert len(asked) == len(ids)
    assert 0 < done < len(ids)
    shard = next(workspace.words_dir(ENCODER).glob("shard-*.parquet"))
    shard.write_bytes(b"no parquet")
    with pytest.raises(ArtifactError, match="damaged"):
        read_kept_words(workspace)
    assert sum(fresh for fresh, _ in update_words(workspace, wanted)) >= 1
    assert len(read_kept_words(workspace).table) == len(ids)
    assert EmbeddingStore.open(workspace.embeddings_dir("placeholder")).track_ids
