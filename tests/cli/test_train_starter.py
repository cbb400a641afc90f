"""scripts/train_starter.py: its contract, on a few of the pairs."""

import json
from importlib.util import find_spec

import numpy as np
import pytest

from mer_core.cli import train_starter
from mer_core.model.bundle import load_model

pytestmark = pytest.mark.skipif(find_spec("musicnn") is None, reason="needs the weights of the musicnn wheel")


@pytest.fixture(scope="module")
def few_pairs(shared, tmp_path_factory):
    path = tmp_path_factory.mktemp("pairs") / "pairs.npz"
    with np.load(shared / "data/starter/pairs.npz", allow_pickle=False) as archive:
        np.savez(path, **{name: archive[name][::6] for name in archive.files})
    return path


def test_trains_checks_and_writes_a_model(shared, few_pairs, tmp_path, capsys):
    data = shared / "data"
    arguments = [
        "--pairs",
        few_pairs,
        "--metadata",
        data / "mtg-jamendo",
        "--human",
        data / "incompetech",
        "--people",
        data / "people" / "musifeast17.npz",
        "--out",
        tmp_path,
        "--json",
    ]
    assert train_starter.main([str(argument) for argument in arguments]) == 0
    result = json.loads(capsys.readouterr().out)
    assert -1 <= result["agreement"]["mean_correlation"] <= 1
    assert len(result["agreement"]["per_mood"]) == 56
    assert 0.6 < result["human_check"]["mean_roc_auc"] < 1
    assert {"sad", "groovy", "epic"} <= set(result["human_check"]["per_mood"])
    assert result["size_bytes"] == sum(path.stat().st_size for path in tmp_path.iterdir()) < 1_000_000
    model = load_model(tmp_path)
    assert len(model.moods) == 56
    assert model.distribution is not None
    assert model.metrics["agreement"]["mean_correlation"] == pytest.approx(result["agreement"]["mean_correlation"])


def test_without_peoples_words_the_check_is_left_out_and_said_so(shared, few_pairs, tmp_path, capsys):
    people = shared / "data/people/musifeast17.npz"
    arguments = ["--pairs", few_pairs, "--metadata", shared / "data/mtg-jamendo", "--people", people]
    arguments += ["--out", tmp_path, "--json"]
    assert train_starter.main([str(argument) for argument in arguments]) == 0
    assert json.loads(capsys.readouterr().out)["human_check"] is None
    assert "Not checked." in load_model(tmp_path).card


def test_what_is_no_pairs_file_ends_in_one_sentence(tmp_path, capsys):
    (tmp_path / "pairs.npz").write_text("no archive")
    assert train_starter.main(["--pairs", str(tmp_path / "pairs.npz"), "--out", str(tmp_path / "out")]) == 1
    captured = capsys.readouterr()
    assert "pairs.npz cannot be read as training pairs" in captured.err
    assert captured.out == ""
    assert not (tmp_path / "out").exists()


def test_pairs_are_required():
    with pytest.raises(SystemExit) as stop:
        train_starter.main(["--out", "somewhere"])
    assert stop.value.code == 2
