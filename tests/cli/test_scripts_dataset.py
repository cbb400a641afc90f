"""The three scripts on metadata and predictions: their JSON, their exit codes, what they say when something is
wrong."""

import json
import shutil
from pathlib import Path
from typing import Any

import audio_files
import numpy as np
import pytest
from small_dataset import NAME, TAGS, healthy, track_line, write_dataset

from mer_core.cli import evaluate_predictions, import_dataset, validate_dataset
from mer_core.datasets.dataset import Dataset
from mer_core.workspace.layout import Workspace

Capture = pytest.CaptureFixture[str]


def result_of(capture: Capture) -> Any:
    """The JSON object on standard output, which must be all there is."""
    out, _ = capture.readouterr()
    return json.loads(out)


# --- validate_dataset.py


def test_validate_real_metadata(shared: Path, capsys: Capture) -> None:
    assert validate_dataset.main([str(shared / "data/mtg-jamendo"), "--json"]) == 0
    result = result_of(capsys)
    assert (result["tracks"], result["tags"], result["split_tags"], result["artist_overlap"]) == (18486, 59, 56, 0)
    assert {problem["kind"] for problem in result["problems"]} == {"identical_audio"}
    identical = {"groups": 117, "tracks": 243, "differing_labels": 97, "across_parts": 4}
    assert result["identical_audio"] == identical and len(result["problems"]) == 117
    assert result["commonest_pairs"][0] == ["corporate", "motivational", 251]
    assert result["split_tracks"] == {"train": 9949, "validation": 3802, "test": 4231}


def test_validate_counts_what_is_usable_and_lists_the_rest(tmp_path: Path, capsys: Capture) -> None:
    write_dataset(tmp_path, [track_line(1), "junk", track_line(2, duration="nan"), *[track_line(1)] * 12])
    assert validate_dataset.main([str(tmp_path), "--json"]) == 1
    out, err = capsys.readouterr()
    assert err.count("\n") == 1 and f"has 14 errors, the first at {tmp_path / NAME}.tsv:3: " in err
    result = json.loads(out)
    assert result["tracks"] == 1
    assert [problem["kind"] for problem in result["problems"]] == [
        "malformed_line",
        "absurd_duration",
        *["duplicate_id"] * 12,
    ]
    assert result["problems"][0]["where"] == f"{tmp_path / NAME}.tsv:3"
    validate_dataset.main([str(tmp_path)])
    out = capsys.readouterr().out
    assert "duplicate_id: 12" in out and "and 2 more" in out


def test_validate_a_workspace_looks_for_its_audio(tmp_path: Path, capsys: Capture) -> None:
    healthy(tmp_path / "dataset")
    Workspace.create(tmp_path, title="t", kind="mtg-jamendo")
    assert validate_dataset.main([str(tmp_path)]) == 0
    assert "no problems" in capsys.readouterr().out  # metadata alone is fine
    (tmp_path / "audio").mkdir()
    assert validate_dataset.main([str(tmp_path / "dataset"), "--json"]) == 0
    assert [problem["kind"] for problem in result_of(capsys)["problems"]] == ["missing_audio"] * 4  # warnings


def test_validate_says_why_a_folder_cannot_be_read(tmp_path: Path, capsys: Capture) -> None:
    assert validate_dataset.main([str(tmp_path / "nowhere"), "--json"]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "no folder" in err


# --- evaluate_predictions.py


@pytest.fixture
def mediaeval(shared: Path) -> Path:
    return shared / "data/mtg-jamendo/results/mediaeval"


@pytest.mark.parametrize(
    "decided_by", [["--thresholds", "baseline_vggish_thresholds.txt"], ["--decisions", "baseline_vggish_decisions.npy"]]
)
def test_evaluate_reproduces_the_published_file(mediaeval: Path, capsys: Capture, decided_by: list[str]) -> None:
    files = [
        "--groundtruth",
        str(mediaeval / "groundtruth.npy"),
        "--predictions",
        str(mediaeval / "baseline_vggish_predictions.npy"),
    ]
    tags = mediaeval.parent.parent / "data/tags/moodtheme_split.txt"
    assert (
        evaluate_predictions.main(
            [*files, decided_by[0], str(mediaeval / decided_by[1]), "--tags", str(tags), "--json"]
        )
        == 0
    )
    result = result_of(capsys)
    for line in (mediaeval / "baseline_vggish_results.tsv").read_text().splitlines():
        name, value = line.split("\t")
        assert f"{result[name]:.6f}" == value
    assert (len(result["per_mood"]), result["per_mood"]["happy"]["support"], result["undefined"]) == (56, 338, {})


@pytest.fixture
def matrices(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "truth.npy", rng.random((20, 3)) < 0.4)
    np.save(tmp_path / "scores.npy", rng.random((20, 3)).astype(np.float32))
    (tmp_path / "thresholds.txt").write_text("mood/theme---c\t0.5\nmood/theme---a\t0.1\nb\t0.9\n")
    (tmp_path / "tags.txt").write_text("\n".join(f"mood/theme---{name}" for name in "abc"))
    return tmp_path


def evaluate_in(folder: Path, *options: str, scores: str = "scores.npy") -> int:
    return evaluate_predictions.main(
        ["--groundtruth", str(folder / "truth.npy"), "--predictions", str(folder / scores), "--json", *options]
    )


def test_thresholds_are_matched_to_the_columns_by_name(matrices: Path, capsys: Capture) -> None:
    assert (
        evaluate_in(matrices, "--thresholds", str(matrices / "thresholds.txt"), "--tags", str(matrices / "tags.txt"))
        == 0
    )
    by_name = result_of(capsys)["per_mood"]
    np.save(matrices / "decided.npy", np.load(matrices / "scores.npy") > np.array([0.1, 0.9, 0.5]))
    assert (
        evaluate_in(matrices, "--decisions", str(matrices / "decided.npy"), "--tags", str(matrices / "tags.txt")) == 0
    )
    assert result_of(capsys)["per_mood"] == by_name


def test_a_mood_never_decided_is_named(matrices: Path, capsys: Capture) -> None:
    np.save(matrices / "never.npy", np.zeros((20, 3), bool))
    assert evaluate_in(matrices, "--decisions", str(matrices / "never.npy")) == 0
    assert result_of(capsys)["undecided"] == dict.fromkeys("012", "never decided")
    files = [
        "--groundtruth",
        str(matrices / "truth.npy"),
        "--predictions",
        str(matrices / "scores.npy"),
        "--decisions",
        str(matrices / "never.npy"),
    ]
    evaluate_predictions.main(files)
    assert "2: never decided, so its precision is undefined and counts as 0" in capsys.readouterr().out


def test_undefined_figures_are_null(matrices: Path, capsys: Capture) -> None:
    assert evaluate_in(matrices) == 0
    result = result_of(capsys)
    assert result["precision-macro"] is None and result["ROC-AUC-macro"] is not None
    assert list(result["per_mood"]) == ["0", "1", "2"]
    evaluate_predictions.main(
        ["--groundtruth", str(matrices / "truth.npy"), "--predictions", str(matrices / "scores.npy")]
    )
    assert "support" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda scores: np.where(scores > 0.9, np.nan, scores), "not finite"),
        (lambda scores: scores[:-1], "shape (19, 3)"),
        (lambda scores: scores[:, 0], "matrix of numbers"),
        (lambda scores: scores.astype(str), "matrix of numbers"),
    ],
)
def test_unusable_predictions_are_reported(matrices: Path, capsys: Capture, change: Any, words: str) -> None:
    np.save(matrices / "bad.npy", change(np.load(matrices / "scores.npy")))
    assert evaluate_in(matrices, scores="bad.npy") == 1
    out, err = capsys.readouterr()
    assert out == "" and words in err


def test_unusable_files_are_reported(matrices: Path, capsys: Capture) -> None:
    np.save(matrices / "pickled.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    (matrices / "short.npy").write_bytes((matrices / "scores.npy").read_bytes()[:150])
    (matrices / "empty.npy").touch()
    for scores in ("pickled.npy", "short.npy", "empty.npy", "thresholds.txt", "absent.npy", "."):
        assert evaluate_in(matrices, scores=scores) == 1
        assert str(matrices / scores) in capsys.readouterr().err
    for text in ("a\tx\n", "a\t0.1\na\t0.2\nb\t0.2\n", "a\tnan\nb\t1\nc\t1\n", "", "a\t0.1\nb\t0.2\n", "\0\t1"):
        (matrices / "bad.txt").write_text(text)
        assert (
            evaluate_in(matrices, "--thresholds", str(matrices / "bad.txt"), "--tags", str(matrices / "tags.txt")) == 1
        )
        assert "bad.txt" in capsys.readouterr().err
    assert evaluate_in(matrices, "--tags", str(matrices / "absent.txt")) == 1
    assert "absent.txt" in capsys.readouterr().err


def test_thresholds_and_decisions_exclude_each_other(matrices: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        evaluate_in(matrices, "--thresholds", "t", "--decisions", "d")
    assert stop.value.code == 2


# --- import_dataset.py


def run_import(root: Path, metadata: Path, *options: str) -> int:
    return import_dataset.main([str(root), "--metadata", str(metadata), "--json", *options])


def test_import_refers_to_the_audio(tmp_path: Path, shared: Path, capsys: Capture) -> None:
    root = tmp_path / "incompetech"
    assert run_import(root, shared / "data/incompetech") == 0
    assert result_of(capsys) == {"workspace": str(root), "tracks": 138, "with_audio": 138}
    workspace = Workspace.open(root)
    assert (workspace.kind, workspace.synthetic, workspace.audio_root) == (
        "mtg-jamendo",
        False,
        (shared / "data/incompetech/audio").resolve(),
    )
    assert list(Dataset.load(root).tracks["title"][:1]) == ["8bit Dungeon Boss"]
    assert not list(root.rglob("*.mp3"))
    assert run_import(root, shared / "data/incompetech") == 0  # again: harmless


def test_import_of_metadata_alone_and_of_audio_elsewhere(tmp_path: Path, capsys: Capture) -> None:
    metadata = healthy(tmp_path / "clone" / "data")
    assert run_import(tmp_path / "a", tmp_path / "clone") == 0
    assert result_of(capsys)["with_audio"] == 0
    assert (tmp_path / "a/dataset/splits/split-0" / f"{NAME}-test.tsv").exists()
    assert Dataset.load(tmp_path / "a").split_moods == ("dark", "happy")
    (tmp_path / "music" / "01").mkdir(parents=True)
    (tmp_path / "music" / "01" / "1.low.mp3").touch()
    assert run_import(tmp_path / "b", metadata, "--audio", str(tmp_path / "music"), "--title", "Mine") == 0
    assert result_of(capsys)["with_audio"] == 1
    assert run_import(tmp_path / "b", metadata) == 0  # again: what was named stays
    assert result_of(capsys)["with_audio"] == 1
    assert Workspace.open(tmp_path / "b").title == "Mine"
    (tmp_path / "b" / "workspace.json").write_text("{")
    assert run_import(tmp_path / "b", metadata) == 0  # a damaged description is mended
    assert Workspace.open(tmp_path / "b").title == NAME
    capsys.readouterr()
    assert run_import(tmp_path / "c", metadata, "--audio", str(tmp_path / "clone")) == 1
    assert "01/1.mp3" in capsys.readouterr().err
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("place", ["data/audios", "audios"])
def test_mirdatas_audio_is_found_unsaid_and_gives_empty_durations(tmp_path: Path, place: str, capsys: Capture) -> None:
    metadata = write_dataset(tmp_path / "data", [track_line(1, duration="")])
    audio = tmp_path / place / "01" / "1.mp3"
    audio.parent.mkdir(parents=True)
    audio.write_bytes(audio_files.write(np.random.default_rng(1).normal(0, 0.1, (2, 88200)).astype(np.float32), "mp3"))
    assert run_import(tmp_path / "w", metadata) == 0
    assert result_of(capsys)["with_audio"] == 1
    (seconds,) = Dataset.load(tmp_path / "w" / "dataset").tracks["duration"]
    assert 1.9 < seconds < 2.2


def test_import_keeps_audio_that_lies_in_the_workspace(tmp_path: Path, capsys: Capture) -> None:
    metadata = healthy(tmp_path / "data")
    (tmp_path / "w" / "audio" / "01").mkdir(parents=True)
    (tmp_path / "w" / "audio" / "01" / "1.mp3").touch()
    for options in ([], ["--audio", str(tmp_path / "w" / "audio")]):
        assert run_import(tmp_path / "w", metadata, *options) == 0
        assert result_of(capsys)["with_audio"] == 1
        assert json.loads((tmp_path / "w" / "workspace.json").read_text())["audio_root"] == "audio"


def test_import_replaces_another_dataset_only_by_force(tmp_path: Path, capsys: Capture) -> None:
    first, second = healthy(tmp_path / "first"), write_dataset(tmp_path / "second", [track_line(5)], tags=TAGS)
    root = tmp_path / "w"
    assert run_import(root, first) == 0
    (root / "embeddings" / "placeholder").mkdir(parents=True)
    assert run_import(root, first) == 0
    assert (root / "embeddings" / "placeholder").exists()  # the same dataset again keeps what was made from it
    capsys.readouterr()
    assert run_import(root, second) == 1
    assert "--force" in capsys.readouterr().err
    assert len(Dataset.load(root)) == 4
    assert run_import(root, second, "--force") == 0
    assert (len(Dataset.load(root)), (root / "embeddings").exists(), (root / "dataset" / "splits").exists()) == (
        1,
        False,
        False,
    )


def test_import_refuses_a_dataset_with_errors(tmp_path: Path, capsys: Capture) -> None:
    write_dataset(tmp_path / "bad", [track_line(1), track_line(1)])
    assert run_import(tmp_path / "w", tmp_path / "bad") == 1
    assert "already in" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_an_interrupted_import_leaves_a_usable_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    root, metadata = tmp_path / "w", healthy(tmp_path / "data")
    assert run_import(root, metadata) == 0
    (root / "embeddings").mkdir()
    rename, steps = Path.rename, iter([True, False])

    def crash_on_the_second(self: Path, target: Path) -> Path:
        if not next(steps, True):
            raise OSError("power cut")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", crash_on_the_second)
    assert run_import(root, metadata) == 1
    monkeypatch.undo()
    assert not (root / "dataset").exists()  # the worst moment: between the two renames
    assert run_import(root, metadata) == 0
    assert len(Dataset.load(root)) == 4 and (root / "embeddings").exists()
    assert not list(root.glob(".dataset*"))


def test_import_survives_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    metadata = healthy(tmp_path / "data")

    def full(path: Path, _: bytes) -> None:
        path.parent.mkdir(parents=True)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mer_core.datasets.mtg_jamendo.importer.write_bytes", full)
    assert run_import(tmp_path / "w", metadata) == 1
    assert "No space left" in capsys.readouterr().err
    assert not list((tmp_path / "w").glob(".dataset*"))
    monkeypatch.undo()
    shutil.rmtree(tmp_path / "w" / "audio", ignore_errors=True)
    assert run_import(tmp_path / "w", metadata) == 0


@pytest.mark.parametrize("script", [validate_dataset, evaluate_predictions, import_dataset])
def test_help_has_an_example(script: Any, capsys: Capture) -> None:
    with pytest.raises(SystemExit) as stop:
        script.main(["--help"])
    assert stop.value.code == 0
    assert f"example: python scripts/{script.__name__.rsplit('.', 1)[-1]}.py" in capsys.readouterr().out
