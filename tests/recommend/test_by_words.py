"""Tracks compared by what their words say, or by sound and words together: the command, the map, the page."""

import json
from pathlib import Path

import numpy as np
import pytest
from pages_common import TRACKS, assert_sound, make_full, make_words, run_page, texts

from mer_core.app import loaders
from mer_core.cli import build_map, recommend
from mer_core.errors import DatasetError
from mer_core.lyrics.space import BOTH, WORDS, word_space
from mer_core.lyrics.store import read_kept_words
from mer_core.recommend.by_words import by_words
from mer_core.workspace.layout import Workspace

SEED, WORDLESS = "track_0001000", f"track_{1000 + TRACKS - 1:07d}"


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The words of the first half of the tracks are known; those of every third are alike."""
    workspace = make_full(tmp_path_factory.mktemp("spaces") / "full")
    make_words(workspace)
    return workspace


def found(full: Workspace, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    """The tracks that the command recommends."""
    command = [str(full.root), "--model", "small", "--like", SEED, "--json", "--variety", "0", "--mood-weight", "0"]
    assert recommend.main([*command, *options]) == 0
    return list(json.loads(capsys.readouterr().out)["tracks"])


def test_by_words_those_of_one_kind_come_first_and_none_without_words(
    full: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    tracks = found(full, capsys, "--by", "words", "-n", "7", "--per-artist", "9")
    rows = [int(str(track["track_id"])[-4:]) - 1000 for track in tracks]
    assert all(row % 3 == 0 and row < TRACKS // 2 for row in rows)
    assert all("Their words are alike." in str(track["reason"]) for track in tracks)
    assert not any("closest sections" in str(track["reason"]) for track in tracks)


def test_by_both_tracks_without_words_are_compared_by_sound(full: Workspace) -> None:
    plain = loaders.catalogue(full, "small")
    assert plain is not None
    both = by_words(plain, word_space(full, read_kept_words(full)), BOTH)
    rows = both.catalogue.sound
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1)
    np.testing.assert_allclose(rows[-1, : plain.sound.shape[1]], plain.sound[-1])
    words = by_words(plain, both.space, WORDS)
    half = rows[:10] @ rows[:10].T
    expected = (plain.sound[:10] @ plain.sound[:10].T + words.catalogue.sound[:10] @ words.catalogue.sound[:10].T) / 2
    np.testing.assert_allclose(half, expected, atol=1e-6)
    assert both.wordless == [] and len(words.wordless) == TRACKS // 2
    assert both.row_of_track(WORDLESS).shape == (1, rows.shape[1])
    with pytest.raises(DatasetError, match="has no words that count"):
        words.row_of_track(WORDLESS)
    with pytest.raises(DatasetError, match="my song has no words that count"):
        words.row_of_file(plain.sound[:1], None, "my song")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--by", "words", "--more", "happy"], "name them with --like"),
        (["--by", "both", "--like", SEED, "--section", "0", "9"], "leave out --section"),
        (["--by", "words", "--like", WORDLESS], "no words that count"),
    ],
)
def test_what_cannot_be_compared_is_said(
    full: Workspace, capsys: pytest.CaptureFixture[str], options: list[str], why: str
) -> None:
    assert recommend.main([str(full.root), "--model", "small", *options]) == 1
    error = capsys.readouterr().err
    assert why in error and len(error.splitlines()) == 1


def test_without_words_the_command_that_reads_them_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bare = make_full(tmp_path / "bare")
    assert recommend.main([str(bare.root), "--model", "small", "--like", SEED, "--by", "words"]) == 1
    assert "read_words.py" in capsys.readouterr().err
    assert build_map.main([str(bare.root), "--encoder", "words"]) == 1
    assert "read_words.py" in capsys.readouterr().err


def test_a_map_of_words_shows_the_tracks_that_have_some(full: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    for name, tracks in (("words", TRACKS // 2), ("placeholder+words", TRACKS)):
        assert build_map.main([str(full.root), "--encoder", name, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["tracks"] == tracks
    assert full.maps() == ["placeholder", "placeholder+words", "words"]
    view = loaders.map_view(full, "words", "small")
    assert len(view.dataset) == TRACKS // 2 and view.scores is not None, "predictions are shown on it, too"
    kinds = np.arange(TRACKS // 2) % 3
    apart = np.linalg.norm(view.places[:, None] - view.places[None], axis=2)
    alike = kinds[:, None] == kinds[None]
    same, other = apart[alike].mean(), apart[~alike].mean()
    assert same < other / 2, "tracks whose words are alike lie together"
    app = run_page("pages/2_Mood_map.py", full.root.parent, workspace="full", model="small", maps="words", track=SEED)
    assert_sound(app)
    assert not app.error and len(app.get("plotly_chart")) == 1


def test_the_page_compares_by_words(full: Workspace) -> None:
    asked = {"workspace": "full", "model": "small", "like": SEED, "weight": "0"}
    app = run_page("pages/5_Recommend.py", full.root.parent, compare="words", **asked)
    assert_sound(app)
    assert "Words" in app.dataframe[0].value and "Sound" not in app.dataframe[0].value
    assert "24 tracks without words that count cannot be compared" in texts(app)
    app = run_page("pages/5_Recommend.py", full.root.parent, **asked | {"like": WORDLESS}, compare="words")
    assert_sound(app)
    assert "no words that count" in texts(app)
    app = run_page("pages/5_Recommend.py", full.root.parent, **asked, compare="both")
    assert_sound(app)
    assert "Sound and words" in app.dataframe[0].value
