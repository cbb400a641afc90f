"""Running networks with OpenVINO in bfloat16, where a person installed it and asks for it.

docs/measurements-speed.md says how much faster that is, and what it changes.
"""

import os
import threading
from importlib.util import find_spec

import numpy as np

from mer_core.errors import EncoderError
from mer_core.tensorflow_runtime import processor_flags

TILES = "amx_bf16"


class OpenvinoNetwork:
    """An ONNX model, compiled for bfloat16. Several threads may run it side by side, each on one core.

    Raises EncoderError where OpenVINO is not installed, or the processor is not fast in bfloat16.
    """

    def __init__(self, model: bytes) -> None:
        if find_spec("openvino") is None:
            raise EncoderError("OpenVINO is not installed: pip install openvino, or set MER_PRECISION to float32")
        if TILES not in processor_flags():
            raise EncoderError("this processor is not fast in bfloat16 (it has no AMX); set MER_PRECISION to float32")
        import openvino

        cores = os.cpu_count() or 1
        hints = {"INFERENCE_PRECISION_HINT": "bf16", "NUM_STREAMS": cores, "INFERENCE_NUM_THREADS": cores}
        core = openvino.Core()
        self._compiled = core.compile_model(core.read_model(model), "CPU", hints)
        self._own = threading.local()

    def __call__(self, output: str, **inputs: np.ndarray) -> np.ndarray:
        """The result called `output` of float32 arrays by the names of the model's inputs."""
        if not hasattr(self._own, "request"):
            self._own.request = self._compiled.create_infer_request()
        self._own.request.infer(inputs)
        return np.array(self._own.request.get_tensor(output).data)
