"""The same networks on other engines: how fast, how large, how soon ready, and how far from the published network.

Each engine is measured in a process of its own, on one thread, from the spectrum or mel patch on (the front end before
it is NumPy for all). OpenVINO is no requirement of this package; where it is not installed the table says so.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory import peak_mb
from mer_core.cli import common
from mer_core.encoders.musicnn.log_mel import log_mel, squares
from mer_core.encoders.musicnn.network import NetworkBuilder
from mer_core.encoders.musicnn.weights import read_weights
from mer_core.encoders.onnx_graph import Graph
from mer_core.encoders.vggish.network import KERNEL_SHAPES, POOLED, Layer, Network
from mer_core.errors import EncoderError

DESCRIPTION = "Measure MusiCNN and VGGish on TensorFlow, ONNX Runtime and OpenVINO: speed, memory, start and error."
ENGINES = {
    "musicnn": ("tensorflow float32, as published", "onnxruntime float32", "openvino float32", "openvino bfloat16"),
    "vggish": (
        *("tensorflow float32", "tensorflow bfloat16", "onnxruntime float32", "openvino float32", "openvino bfloat16"),
    ),
}
SECONDS = {"musicnn": 187 * 256 / 16000, "vggish": 0.96}
"""Of sound that a patch stands for."""
PATCHES, BATCH = 64, 16
"""Patches that are measured, and how many are computed at a time (of MusiCNN on other engines than TensorFlow: one)."""
Run = Callable[[np.ndarray], np.ndarray]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this measurement's options."""
    parser.add_argument("--encoder", nargs="+", choices=tuple(ENGINES), default=list(ENGINES))
    parser.add_argument(
        "--repeats", type=common.positive, default=3, help="of which the quickest counts (default: %(default)s)"
    )


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; returns {"engines": [{encoder, engine, core_ms, ready_core_seconds, peak_mb, error, not_measured}]}:
    core-ms a second of audio, error relative to the published network in float32."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for encoder in args.encoder:
            patches = _patches(encoder)
            np.save(Path(folder) / "patches.npy", patches)
            expected = None
            for engine in ENGINES[encoder]:
                row = {"encoder": encoder, "engine": engine, **_apart(encoder, engine, args.repeats, folder)}
                if row["not_measured"] is None:
                    found = np.load(Path(folder) / "vectors.npy")
                    expected = found if expected is None else expected
                    row["error"] = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
                rows.append(row)
    return {"engines": rows}


def text(result: dict[str, Any]) -> str:
    """The result as a table."""
    lines = [f"{'':9}{'':34}{'core-ms/s':>10}{'ready, core-s':>15}{'peak MB':>9}{'error':>9}"]
    for row in result["engines"]:
        if row["not_measured"]:
            lines.append(f"{row['encoder']:9}{row['engine']:34}not measured: {row['not_measured']}")
        else:
            figures = f"{row['core_ms']:10.2f}{row['ready_core_seconds']:15.2f}{row['peak_mb']:9.0f}{row['error']:9.0e}"
            lines.append(f"{row['encoder']:9}{row['engine']:34}{figures}")
    return "\n".join(lines)


def _apart(encoder: str, engine: str, repeats: int, folder: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.engines", encoder, engine, str(repeats), folder]
    here = Path(__file__).resolve().parents[1]
    threads = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    environment = {**os.environ, **threads, "PYTHONPATH": os.pathsep.join([str(here), str(here.parent), *sys.path[1:]])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["it ended without a word"]
        if "ModuleNotFoundError" in words[-1]:
            return {"not_measured": words[-1]}
        raise EncoderError(f"measuring {encoder} on {engine} failed: {words[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "not_measured": None}


def _patches(encoder: str) -> np.ndarray:
    """Sound of PATCHES patches: chords that change, with noise; (n, 48128) or, for VGGish, mel patches (n, 96, 64)."""
    rng = np.random.default_rng(0)
    if encoder == "vggish":
        return rng.normal(-2, 2, (PATCHES, 96, 64)).astype(np.float32)
    clock = np.arange(48128) / 16000
    pitches = 2 * np.pi * (110 + 9 * np.arange(PATCHES))[:, None]
    chords = sum(np.sin(pitches * step * clock) for step in (1, 1.26, 1.5))
    return (0.1 * np.asarray(chords) + rng.normal(0, 0.02, (PATCHES, 48128))).astype(np.float32)


def _measure(encoder: str, engine: str, repeats: int, folder: Path) -> dict[str, float]:
    patches = np.load(folder / "patches.npy")
    onnx = None if engine.startswith("tensorflow") else _onnx(encoder, folder / f"{encoder}.onnx")
    start = time.process_time()
    run = _tensorflow(encoder, engine) if onnx is None else _session(onnx, engine)
    inputs = patches if encoder == "vggish" else np.stack([_front(patch, engine) for patch in patches])
    size = 1 if encoder == "musicnn" and onnx is not None else BATCH
    run(inputs[:size])
    ready = time.process_time() - start
    best = np.inf
    for _ in range(repeats):
        start = time.process_time()
        vectors = np.concatenate([run(inputs[at : at + size]) for at in range(0, PATCHES, size)])
        best = min(best, time.process_time() - start)
    np.save(folder / "vectors.npy", vectors)
    return {"core_ms": 1000 * best / PATCHES / SECONDS[encoder], "ready_core_seconds": ready, "peak_mb": peak_mb()}


def _front(patch: np.ndarray, engine: str) -> np.ndarray:
    return log_mel(patch) if engine.startswith("tensorflow") else squares(patch)


def _tensorflow(encoder: str, engine: str) -> Run:
    from benchmarks.plain_musicnn import plain_body
    from mer_core.tensorflow_runtime import import_tensorflow

    tf = import_tensorflow()
    if encoder == "musicnn":
        body = tf.function(plain_body(read_weights()))
        return lambda inputs: body(inputs)[0].numpy()
    network = tf.function(Network(_layers(), engine.split()[1]).body)
    return lambda inputs: network(inputs).numpy()


def _session(path: Path, engine: str) -> Run:
    if engine.startswith("onnxruntime"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        name, output = session.get_inputs()[0].name, session.get_outputs()[0].name
        return lambda inputs: session.run([output], {name: inputs if inputs.shape[0] > 1 else inputs[0]})[0]
    import openvino

    hints = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    precision = {"float32": "f32", "bfloat16": "bf16"}[engine.split()[1]]
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {**hints, "INFERENCE_PRECISION_HINT": precision})
    request = compiled.create_infer_request()
    return lambda inputs: request.infer({0: inputs if inputs.shape[0] > 1 else inputs[0]})[compiled.outputs[0]].copy()


def _onnx(encoder: str, path: Path) -> Path:
    """The network as ONNX, written by the first engine that needs it (writing it is no part of any measurement)."""
    if not path.exists():
        path.write_bytes(NetworkBuilder(read_weights()).build() if encoder == "musicnn" else _vggish_onnx())
    return path


def _layers() -> list[Layer]:
    rng = np.random.default_rng(0)
    shapes = [(shape, np.sqrt(2 / np.prod(shape[:-1]))) for shape in KERNEL_SHAPES]
    return [
        Layer(rng.standard_normal(shape, dtype=np.float32) * np.float32(scale), np.zeros(shape[-1], np.float32))
        for shape, scale in shapes
    ]


def _vggish_onnx() -> bytes:
    graph, layers = Graph(), _layers()
    value = graph.add("Reshape", "patches", np.array([BATCH, 1, 96, 64]))
    for index, (kernel, bias) in enumerate(layers[:6]):
        value = graph.add("Relu", graph.add("Conv", value, kernel.transpose(3, 2, 0, 1), bias, pads=[1, 1, 1, 1]))
        if index in POOLED:
            value = graph.add("MaxPool", value, kernel_shape=[2, 2], strides=[2, 2])
    value = graph.add("Reshape", graph.add("Transpose", value, perm=[0, 2, 3, 1]), np.array([BATCH, -1]))
    for kernel, bias in layers[6:8]:
        value = graph.add("Relu", graph.add("Gemm", value, kernel, bias))
    value = graph.add("Gemm", value, layers[8].kernel, layers[8].bias)
    return graph.to_bytes({"patches": (BATCH, 96, 64)}, {"embedding": value})


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))))
