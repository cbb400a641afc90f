"""MediaEval's arrays: the published ground truth to the bit, and what the metrics say of a published system's outputs,
whatever order the predictions are kept in."""

import json
from pathlib import Path

import numpy as np
import pytest
from pages_common import make_full
from reported import reported
from shared_cases import case

from mer_core.cli import evaluate_predictions, predict_library
from mer_core.datasets.mtg_jamendo.importer import import_dataset
from mer_core.datasets.mtg_jamendo.tsv import read_tag_list, read_tracks
from mer_core.errors import DatasetError
from mer_core.export.mediaeval import split_arrays
from mer_core.inference.stored import PredictedMoods
from mer_core.metrics.mediaeval import evaluate


def test_published_arrays_come_out_in_the_order_of_the_task(tmp_path: Path) -> None:
    """The mean of the 24 models of 2021's winner, whose figures are known, kept in another order."""
    metadata = case("../data/mtg-jamendo")
    outputs = np.load(case("../data/jamendo-outputs/lileonardo2021/test.npy")).astype(np.float32).mean(axis=0)
    rows, _ = read_tracks(metadata / "data/splits/split-0/autotagging_moodtheme-test.tsv")
    moods = [tag.partition("---")[2] for tag in read_tag_list(metadata / "data/tags/moodtheme_split.txt")]
    rng = np.random.default_rng(0)
    i, j = rng.permutation(len(rows)), rng.permutation(len(moods))
    kept = PredictedMoods(
        "winner",
        tuple(moods[column] for column in j),
        tuple(rows[row].track_id for row in i),
        outputs[i][:, j],
        outputs[i][:, j] > 0.1,
        ("",) * len(rows),
    )
    workspace = import_dataset(tmp_path / "mtg", metadata)
    arrays = split_arrays(workspace, kept)
    truth = np.load(metadata / "results/mediaeval/groundtruth.npy")
    assert arrays.scores.shape == truth.shape == (4231, 56) and list(arrays.moods) == moods
    np.testing.assert_array_equal(arrays.groundtruth, truth)
    np.testing.assert_array_equal(arrays.scores, outputs)
    np.testing.assert_array_equal(arrays.decisions, outputs > 0.1)
    figures = evaluate(truth, arrays.scores, moods).figures
    assert round(figures["ROC-AUC-macro"], 4) == 0.7752 and round(figures["PR-AUC-macro"], 4) == 0.1506
    with reported(DatasetError, r"tracks of the train part have no embedding: 9949 of 9949.*build_embeddings"):
        split_arrays(workspace, kept, "train")


def test_the_scripts_agree_with_each_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_full(tmp_path / "full").root
    files = {name: tmp_path / f"{name}.npy" for name in ("out", "decisions", "groundtruth")}
    options = [word for name, path in files.items() for word in (f"--{name}", str(path))]
    assert predict_library.main([str(root), "--model", "small", *options, "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    scores, decisions, truth = (np.load(path) for path in files.values())
    assert list(scores.shape) == result["arrays"]["shape"] and scores.dtype == np.float32
    assert decisions.dtype == truth.dtype == bool and decisions.shape == truth.shape == scores.shape
    judge = ["--groundtruth", str(files["groundtruth"]), "--predictions", str(files["out"])]
    assert evaluate_predictions.main([*judge, "--decisions", str(files["decisions"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["tracks"] == len(scores)
    starter = predict_library.main([str(root), "--model", "small", "--out", str(files["out"]), "--split", "3"])
    assert starter == 1 and "split" in capsys.readouterr().err
