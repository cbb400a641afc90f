"""One network on one engine, in a process of its own: `python -m benchmarks.engine_runs ENCODER ENGINE REPEATS FOLDER`.

FOLDER holds patches.npy, which are measured and calibrate int8, and songs.npy where there are songs; what the network
makes of them is written beside, as vectors.npy and song_vectors.npy.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.memory import peak_mb
from benchmarks.plain_effnet import effnet_onnx, effnet_tensorflow
from mer_core.encoders.musicnn.log_mel import log_mel, squares
from mer_core.encoders.musicnn.network import NetworkBuilder
from mer_core.encoders.musicnn.weights import read_weights
from mer_core.encoders.onnx_graph import Graph
from mer_core.encoders.vggish.network import KERNEL_SHAPES, POOLED, Layer, Network

SECONDS = {"musicnn": 187 * 256 / 16000, "vggish": 0.96, "discogs-effnet": 62 * 256 / 16000}
"""Of sound that a patch stands for."""
BATCH = 16
"""Patches computed at a time, but for networks that are used patch by patch (see `size_of`)."""
INPUTS = {"musicnn": "squares", "vggish": "patches", "discogs-effnet": "patches"}
Run = Callable[[np.ndarray], np.ndarray]


def measure(encoder: str, engine: str, repeats: int, folder: Path) -> dict[str, float]:
    """Core-milliseconds a second of sound (the quickest of `repeats`), core-seconds until the first result, peak MB."""
    patches = np.load(folder / "patches.npy")
    model = None if engine.startswith("tensorflow") else _onnx(encoder, engine, folder, patches)
    start = time.process_time()
    run = _tensorflow(encoder, engine) if model is None else _session(model, engine)
    inputs, size = _front(encoder, engine, patches), size_of(encoder, engine)
    run(inputs[:size])
    ready = time.process_time() - start
    best = np.inf
    for _ in range(repeats):
        start = time.process_time()
        vectors = _all(run, inputs, size)
        best = min(best, time.process_time() - start)
    measured = {"core_ms": 1000 * best / len(patches) / SECONDS[encoder], "ready_core_seconds": ready}
    measured["peak_mb"] = peak_mb()
    np.save(folder / "vectors.npy", vectors)
    if (folder / "songs.npy").exists():
        songs = np.load(folder / "songs.npy")
        parts = [_all(run, _front(encoder, engine, songs[at : at + BATCH]), size) for at in range(0, len(songs), BATCH)]
        np.save(folder / "song_vectors.npy", np.concatenate(parts))
    return measured


def size_of(encoder: str, engine: str) -> int:
    """Patches that go through the network at a time: one where the encoder does so."""
    return 1 if encoder != "vggish" and not engine.startswith("tensorflow") else BATCH


def _all(run: Run, inputs: np.ndarray, size: int) -> np.ndarray:
    return np.concatenate([run(inputs[at : at + size]) for at in range(0, len(inputs), size)])


def _front(encoder: str, engine: str, patches: np.ndarray) -> np.ndarray:
    """What the network reads of patches: sound (n, 48128) for MusiCNN, which has the mel bands in its network as it is
    used; mel patches as they are for the others."""
    if encoder != "musicnn":
        return patches
    front = log_mel if engine.startswith("tensorflow") else squares
    return np.stack([front(patch) for patch in patches])


def _tensorflow(encoder: str, engine: str) -> Run:
    from benchmarks.plain_musicnn import plain_body
    from mer_core.tensorflow_runtime import import_tensorflow

    tf = import_tensorflow()
    precision = engine.split()[1].rstrip(",")
    if encoder == "vggish":
        network = tf.function(Network(layers(), precision).body)
        return lambda inputs: network(inputs).numpy()
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": precision == "bfloat16"})
    if encoder == "musicnn":
        body = tf.function(plain_body(read_weights()))
        return lambda inputs: body(inputs)[0].numpy()
    effnet = tf.function(effnet_tensorflow(tf))
    return lambda inputs: effnet(inputs).numpy()


def _session(path: Path, engine: str) -> Run:
    if engine.startswith("onnxruntime"):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        given, output = session.get_inputs()[0], session.get_outputs()[0].name
        return lambda inputs: session.run([output], {given.name: inputs.reshape(given.shape)})[0]
    import openvino

    hints = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    precision = {"float32": "f32", "bfloat16": "bf16", "int8": "f32"}[engine.split()[1]]
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {**hints, "INFERENCE_PRECISION_HINT": precision})
    request, shape = compiled.create_infer_request(), list(compiled.inputs[0].shape)
    return lambda inputs: request.infer({0: inputs.reshape(shape)})[compiled.outputs[0]].copy()


def _onnx(encoder: str, engine: str, folder: Path, patches: np.ndarray) -> Path:
    """The network as ONNX, written by the first engine that needs it (writing it is no part of any measurement)."""
    path = folder / f"{encoder}.onnx"
    if not path.exists():
        path.write_bytes(_build(encoder))
    if not engine.endswith("int8"):
        return path
    rounded = folder / f"{encoder}.int8.onnx"
    if not rounded.exists():
        _quantise(path, rounded, INPUTS[encoder], _front(encoder, engine, patches), size_of(encoder, engine))
    return rounded


def _build(encoder: str) -> bytes:
    if encoder == "musicnn":
        return NetworkBuilder(read_weights()).build()
    return effnet_onnx(1) if encoder == "discogs-effnet" else _vggish_onnx()


def _quantise(path: Path, rounded: Path, name: str, inputs: np.ndarray, size: int) -> None:
    """Convolutions and dense layers in int8, a scale for each output, ranges from what goes through for `inputs`. The
    mel bands stay in float32: their energies go over nine powers of ten."""
    import onnxruntime.quantization as quantization

    class Patches(quantization.CalibrationDataReader):
        """The inputs, `size` at a time."""

        def __init__(self) -> None:
            self._rest = iter(range(0, len(inputs), size))

        def get_next(self) -> dict[str, np.ndarray] | None:
            """The next ones, None at the end."""
            at = next(self._rest, None)
            return None if at is None else {name: inputs[at] if name == "squares" else inputs[at : at + size]}

    quantization.quantize_static(
        str(path),
        str(rounded),
        Patches(),
        quant_format=quantization.QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "Gemm"],
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
    )


def layers() -> list[Layer]:
    """Random weights of VGGish's form."""
    rng = np.random.default_rng(0)
    shapes = [(shape, np.sqrt(2 / np.prod(shape[:-1]))) for shape in KERNEL_SHAPES]
    return [
        Layer(rng.standard_normal(shape, dtype=np.float32) * np.float32(scale), np.zeros(shape[-1], np.float32))
        for shape, scale in shapes
    ]


def _vggish_onnx() -> bytes:
    graph, weights = Graph(), layers()
    value = graph.add("Reshape", "patches", np.array([BATCH, 1, 96, 64]))
    for index, (kernel, bias) in enumerate(weights[:6]):
        value = graph.add("Relu", graph.add("Conv", value, kernel.transpose(3, 2, 0, 1), bias, pads=[1, 1, 1, 1]))
        if index in POOLED:
            value = graph.add("MaxPool", value, kernel_shape=[2, 2], strides=[2, 2])
    value = graph.add("Reshape", graph.add("Transpose", value, perm=[0, 2, 3, 1]), np.array([BATCH, -1]))
    for kernel, bias in weights[6:8]:
        value = graph.add("Relu", graph.add("Gemm", value, kernel, bias))
    value = graph.add("Gemm", value, weights[8].kernel, weights[8].bias)
    return graph.to_bytes({"patches": (BATCH, 96, 64)}, {"embedding": value})


def main(arguments: list[str]) -> dict[str, Any]:
    """Measure what the command line names."""
    encoder, engine, repeats, folder = arguments
    return measure(encoder, engine, int(repeats), Path(folder))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
