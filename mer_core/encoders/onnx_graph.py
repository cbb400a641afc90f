"""Writing a network as ONNX, operation by operation, from NumPy weights."""

from collections.abc import Sequence
from typing import Any

import numpy as np

OPSET, IR_VERSION = 17, 8


class Graph:
    """A network under construction: each `add` gives the name of a result, which later ones take."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, values: np.ndarray) -> str:
        """Weights, float32 or int64, of the network."""
        from onnx import numpy_helper

        name = f"constant_{len(self._constants)}"
        kind = np.int64 if np.asarray(values).dtype.kind == "i" else np.float32
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=kind), name))
        return name

    def add(self, operation: str, *inputs: "str | np.ndarray", **attributes: Any) -> str:
        """The result of an ONNX operation on earlier results or constants; a single one, float32."""
        from onnx import helper

        names = [value if isinstance(value, str) else self.constant(value) for value in inputs]
        result = f"{operation}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(operation, names, [result], **attributes))
        return result

    def to_bytes(self, inputs: dict[str, Sequence[int]], outputs: dict[str, str]) -> bytes:
        """The finished model: `inputs` with their shapes, `outputs` by the names of the results they show."""
        from onnx import TensorProto, helper

        nodes = [*self._nodes, *(helper.make_node("Identity", [result], [name]) for name, result in outputs.items())]
        given = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in inputs.items()]
        shown = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(nodes, "network", given, shown, self._constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        data: bytes = model.SerializeToString()
        return data
