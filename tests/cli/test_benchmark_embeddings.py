"""benchmark.py embeddings: which files it takes, how it says what cannot be measured, and its single measurements on a
short file."""

import argparse
import os
import shutil
import subprocess
import sys

import benchmark
import numpy as np
import pytest
from benchmarks import cold, embedding_probes, embeddings, engine_runs, engines, plain_effnet
from benchmarks.memory import peak_mb

from mer_core.encoders import load_encoder
from mer_core.encoders.onnx_engine import OnnxNetwork
from mer_core.errors import ArtifactError, EncoderError
from mer_core.tensorflow_runtime import import_tensorflow

ROW = {
    **{
        "encoder": "musicnn",
        "weights": "real",
        "precision": "bfloat16",
        "audio_hours": 1.0,
        "x_realtime": 450.0,
        "limit_x_realtime": 480.0,
    },
    **{
        "ratio_to_limit": 0.94,
        "ratio_to_limit_of_free_cores": 0.95,
        "decode_core_ms": 1.1,
        "network_core_ms": 2.5,
        "plain_network_core_ms": 10.5,
    },
    **{"peak_mb": 1500.0, "loaded_mb": 1200.0, "peers": {"recipe": 117.04}, "peers_at_most": {"recipe": 158.3}},
    "peers_not_measured": {"essentia": "essentia-tensorflow is not installed"},
    "effect_on_moods": {"tracks": 10, "mean_change": 0.0012, "largest_change": 0.01, "changed_decisions": 0.0034},
}


@pytest.fixture
def folder(tone_mp3, tmp_path):
    """A folder of three audio files, a text and a broken file."""
    for name in ("b.mp3", "a.mp3", "sub/c.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(tone_mp3, tmp_path / name)
    (tmp_path / "0.mp3").write_bytes(b"broken")
    (tmp_path / "notes.txt").write_text("no audio")
    return tmp_path


def test_files_are_taken_in_order_up_to_the_minutes_wanted(folder):
    names = [path.rsplit("/", 1)[1] for path, _ in embeddings._files(folder, 60)]
    assert names == ["a.mp3", "b.mp3", "c.mp3"]
    assert len(embeddings._files(folder, 0.14)) == 2
    assert len(embeddings._first(embeddings._files(folder, 60), 0.01)) == 1


def test_a_folder_without_audio_is_reported(tmp_path, capsys):
    assert benchmark.main(["embeddings", "--audio", str(tmp_path)]) == 1
    assert "there is no audio" in capsys.readouterr().err


@pytest.mark.parametrize("name", benchmark.NAMES)
def test_every_measurement_has_its_own_help(name, capsys):
    with pytest.raises(SystemExit) as ended:
        benchmark.main([name, "--help"])
    assert ended.value.code == 0
    assert f"benchmark.py {name}" in capsys.readouterr().out


NOTHING_TO_MEASURE = [
    ["scale", "--sizes", "0"],
    ["scale", "--sizes", "1"],
    ["scale", "--limit", "-1"],
    ["scale", "--limit", "nan"],
    ["embeddings", "--minutes", "0"],
    ["recommend", "--sizes", "0"],
    ["app", "--runs", "0"],
    ["app", "--pages", "map"],
    ["cold", "--runs", "0"],
    ["engines", "--encoder", "clap"],
]


@pytest.mark.parametrize("arguments", [[], ["speed"], ["--json"], *NOTHING_TO_MEASURE])
def test_no_or_an_unknown_measurement_and_one_of_nothing_are_wrong_arguments(arguments):
    with pytest.raises(SystemExit) as ended:
        benchmark.main(arguments)
    assert ended.value.code == 2


def test_the_table_shows_every_figure():
    table = embeddings.text(
        {"results": [ROW], "machine": {"cores": 2, "processor": "a processor", "load_average": 0.1}}
    )
    for figure in (
        "450",
        "480",
        "0.94",
        "0.95",
        "1.10",
        "2.50",
        "10.50",
        "1500",
        "1200",
        "not installed",
        "117.0",
        "158.3",
        "0.0012",
        "0.34%",
    ):
        assert figure in table


def test_measurements_of_the_pipeline_and_of_decoding_count_the_same_audio(folder):
    request = {"files": embeddings._files(folder, 60), "encoder": "musicnn", "precision": "float32"}
    measured = embedding_probes.pipeline(request)
    assert measured["audio_seconds"] == pytest.approx(24, abs=0.5)
    assert measured["core_seconds"] > 0
    assert measured["weights_check"] == "passed"
    assert measured["peak_mb"] >= measured["loaded_mb"] > 100
    assert 0 < embedding_probes.decoding(request)["core_seconds"] < 0.1


def test_the_engines_table_has_figures_and_reasons():
    measured = {"core_ms": 1.52, "ready_core_seconds": 0.11, "peak_mb": 173.0, "error": 8e-7, "not_measured": None}
    changed = {"changed_decisions": 0.0034, "songs": 54}
    rows = [
        {"encoder": "musicnn", "weights": "", "engine": "onnxruntime float32", **measured, **changed},
        {
            "encoder": "vggish",
            "weights": "random weights",
            "engine": "openvino float32",
            "not_measured": "not installed",
        },
    ]
    machine = {"cores": 2, "processor": "a processor", "load_average": 0.1}
    table = embeddings.text({"results": [], "engines": rows, "machine": machine})
    for figure in ("1.52", "0.11", "173", "8e-07", "not installed", "0.34% of 54 songs", "vggish has random weights"):
        assert figure in table


def test_an_engine_that_is_not_there_is_a_row(monkeypatch):
    monkeypatch.setitem(engines.ENGINES, "vggish", ("tensorflow int8", "openvino float32"))
    failed = subprocess.CompletedProcess([], 1, "", "…\nModuleNotFoundError: No module named 'openvino'")
    monkeypatch.setattr(engines.subprocess, "run", lambda *_, **__: failed)
    said = [row["not_measured"] for row in engines.measured_engines(["vggish"], 1, None)]
    assert said == ["TensorFlow has no int8 convolutions for this processor", "not installed (pip install openvino)"]


def test_effnet_is_the_same_network_as_onnx_and_in_tensorflow():
    patches = np.random.default_rng(1).normal(3, 1.5, (1, 128, 96)).astype(np.float32)
    found = OnnxNetwork(plain_effnet.effnet_onnx(1))("embedding", patches=patches)
    expected = plain_effnet.effnet_tensorflow(import_tensorflow())(patches).numpy()
    assert found.shape == (1, 1280)
    np.testing.assert_allclose(found, expected, atol=1e-3 * np.abs(expected).max())


def test_an_engine_on_one_patch_gives_the_encoders_vectors(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "PATCHES", 1)
    patches = engines._patches("musicnn")
    np.save(tmp_path / "patches.npy", patches)
    assert engine_runs.measure("musicnn", "onnxruntime float32", 1, tmp_path)["core_ms"] > 0
    vectors = load_encoder("musicnn", precision="float32").embed([patches[0]])[0]
    np.testing.assert_array_equal(np.load(tmp_path / "vectors.npy"), vectors)


def test_a_first_answer_is_measured_beside_another_checkout(tone_mp3, monkeypatch):
    monkeypatch.setattr(cold, "COMMANDS", {"help": ["--help"]})
    arguments = argparse.Namespace(song=tone_mp3, runs=1, against=cold.ROOT)
    result = cold.work(arguments)
    for measured in (result["commands"], result["against"]):
        assert measured["help"]["core_seconds"] > 0 and measured["help"]["peak_mb"] > 5
    assert "the other checkout" in cold.text(result)
    with pytest.raises(ArtifactError, match=r"no scripts/predict\.py"):
        cold.work(argparse.Namespace(song=tone_mp3, runs=1, against=tone_mp3.parent))


def test_peak_memory_is_that_of_the_process_alone():
    held = np.ones(40_000_000)  # 320 MB
    code = "from benchmarks.memory import peak_mb; print(peak_mb())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    reported = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert 5 < float(reported.stdout) < held.nbytes / 2**20 < peak_mb()


def test_a_measurement_that_fails_is_reported(capfd):
    with pytest.raises(EncoderError, match="the measurement decoding"):
        embeddings._apart("decoding", {"files": [["/nowhere.mp3", 1.0]]}, {})
    assert "nowhere" in capfd.readouterr().err
