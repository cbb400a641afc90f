"""Running networks with ONNX Runtime: it starts in a tenth of TensorFlow's time and a fifth of its memory.

A network runs on the thread that calls it and starts none of its own, so several threads may run it side by side.
docs/measurements-speed.md says what else was measured.
"""

import logging
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from mer_core.encoders.cache import cache_folder
from mer_core.io.files import write_bytes

LOGGER = logging.getLogger(__name__)


class OnnxNetwork:
    """An ONNX model, loaded. Raises ValueError where `model` is none that ONNX Runtime can run."""

    def __init__(self, model: bytes) -> None:
        os.environ.setdefault(
            "ORT_DISABLE_TELEMETRY", "1"
        )  # read at the import: nothing of a person leaves the machine
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as states

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4  # what goes wrong is raised, too
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        except (states.Fail, states.InvalidProtobuf, states.InvalidGraph, states.InvalidArgument) as error:
            raise ValueError(f"not an ONNX model that can be run ({error})") from error

    @property
    def inputs(self) -> dict[str, list[int | str | None]]:
        """Shapes by the names of the inputs; a free size is a name or None."""
        return {given.name: list(given.shape) for given in self._session.get_inputs()}

    @property
    def outputs(self) -> dict[str, list[int | str | None]]:
        """Shapes by the names of the outputs, as `inputs`."""
        return {given.name: list(given.shape or []) for given in self._session.get_outputs()}

    def __call__(self, output: str, **inputs: np.ndarray) -> np.ndarray:
        """The result called `output` of float32 arrays by the names of the model's inputs."""
        result: Any = self._session.run([output], inputs)[0]
        return np.asarray(result)


def load_or_build(key: str, build: Callable[[], bytes]) -> OnnxNetwork:
    """The network kept under `key` in the cache folder; built first where it is missing or damaged.

    `key` must change with the weights and with the code that builds the network (see `code_digest`). Where it cannot be
    kept, it is built at every start.
    """
    path = cache_folder() / f"{key}.onnx"
    try:
        return OnnxNetwork(path.read_bytes())
    except (OSError, ValueError):
        model = build()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, model)
    except OSError as error:
        LOGGER.warning(
            "the network cannot be kept in %s (%s), so each start takes longer; name another folder in MER_CACHE",
            path.parent,
            error.strerror,
        )
    return OnnxNetwork(model)
