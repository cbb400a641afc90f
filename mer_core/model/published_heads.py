"""Classifiers that others publish for an encoder's embeddings: fetched as ONNX, read as dense layers, used as any
model.

A head is a chain of dense layers with ReLU between them. Its publishers apply it to every patch and take the mean of
the results. So are heads of valence and arousal here (inference.published_places). A head of moods becomes a model of a
workspace, which reads a track's mean embedding, as every model does; calibration and thresholds are fitted to that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mer_core.encoders.onnx_engine import OnnxNetwork
from mer_core.encoders.published_file import NON_COMMERCIAL, PublishedFile
from mer_core.errors import EncoderError
from mer_core.model.fitted import FittedClassifier
from mer_core.model.mlp import DenseEnsemble, Layer
from mer_core.moods import MOODS

PLACES = "valence and arousal"


@dataclass(frozen=True, eq=False)
class Head:
    """A published head: what it reads, what it gives, and what its publishers measured."""

    name: str
    encoder: str
    """Whose mean embeddings it reads."""
    gives: str
    """"moods" (probabilities of MTG-Jamendo's 56, in the order of its tag list) or PLACES (1 to 9)."""
    width: int
    """Numbers it reads."""
    outputs: int
    file: PublishedFile
    published: dict[str, float]
    """Figures of its publishers, on their own test data."""
    reference: str

    def classifier(self, moods: Sequence[str]) -> FittedClassifier:
        """A classifier of those of the head's moods that `moods` names, in their order; raises as `network` does."""
        network = self.network()
        (weights, biases), columns = network.members[0][-1], [MOODTHEME_MOODS.index(mood) for mood in moods]
        layers = (*network.members[0][:-1], (weights[:, columns], biases[columns]))
        return FittedClassifier.from_network(DenseEnsemble(network.center, network.scale, (layers,)), moods)

    def network(self) -> DenseEnsemble:
        """Its layers; raises EncoderError where the file is missing, or not the network that is expected."""
        layers = dense_layers(self.file.read(), self.file.name)
        found = (layers[0][0].shape[0], layers[-1][0].shape[1])
        if found != (self.width, self.outputs):
            raise EncoderError(
                f"{self.file.name} is not the head this release knows: {self.width} numbers in and {self.outputs} out "
                f"were expected, it has {found[0]} and {found[1]}"
            )
        return DenseEnsemble(np.zeros(self.width), np.ones(self.width), (layers,))


def _head(name: str, encoder: str, gives: str, folder: str, sha256: str | None, **published: float) -> Head:
    width, outputs = {"discogs-effnet": 1280, "musicnn": 200}[encoder], 56 if gives == "moods" else 2
    file = PublishedFile(f"classification-heads/{folder}/{name}.onnx", sha256, NON_COMMERCIAL, name, free=False)
    return Head(name, encoder, gives, width, outputs, file, published, "Essentia models, Music Technology Group, UPF")


HEADS = {
    head.name: head
    for head in (
        _head(
            "mtg_jamendo_moodtheme-discogs-effnet-1",
            "discogs-effnet",
            "moods",
            "mtg_jamendo_moodtheme",
            "7d6270acaa5f4bba4b115a0d6849aca05ed6bd153dcb6d9da4f6ab9f99ef10ff",
            **{"ROC-AUC-macro": 0.76, "PR-AUC-macro": 0.14},
        ),
        _head(
            "deam-msd-musicnn-2",
            "musicnn",
            PLACES,
            "deam",
            "2cb8f33f188d73fcb651f7c065b049959166c7852f454a59c13e66fe2c092bde",
        ),
        _head("emomusic-msd-musicnn-2", "musicnn", PLACES, "emomusic", None),
        _head("muse-msd-musicnn-2", "musicnn", PLACES, "muse", None),
    )
}
"""By name. Those without a SHA-256 have none listed: what is fetched first is recorded, anything else refused later."""


MOODTHEME_MOODS = tuple(sorted(set(MOODS) - {"ambiental", "horror", "mellow"}))
"""The outputs of a head of MTG-Jamendo's moods: the 56 tags of its splits, in alphabetical order."""


def head_of(name: str) -> Head:
    """The head called `name`; raises EncoderError where there is none."""
    if name not in HEADS:
        raise EncoderError(f"there is no published head {name!r}; choose one of: {', '.join(HEADS)}")
    return HEADS[name]


def dense_layers(model: bytes, name: str) -> tuple[Layer, ...]:
    """The dense layers of an ONNX model, whose last activation (sigmoid) is left out: weights (n_in, n_out) and biases.

    Raises EncoderError where the model is damaged or holds operations that are not those of such a chain.
    """
    import onnx

    try:
        OnnxNetwork(model)  # says in words where the file is no network
        graph = onnx.load_from_string(model).graph
        constants = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
        layers = _read(graph.node, constants)
    except (TypeError, ValueError, KeyError) as error:
        raise EncoderError(f"{name} cannot be read as a chain of dense layers ({error}); fetch it again") from error
    return layers


def _read(nodes: Any, constants: dict[str, np.ndarray]) -> tuple[Layer, ...]:
    layers: list[Layer] = []
    activated = True  # whether an activation has ended the layer before
    for node in nodes:
        values = [constants[item] for item in node.input if item in constants]
        options = {item.name: item for item in node.attribute}
        if node.op_type == "Constant":
            import onnx

            constants[node.output[0]] = onnx.numpy_helper.to_array(options["value"].t)
        elif node.op_type in ("MatMul", "Gemm"):
            weights = values[0].T if "transB" in options and options["transB"].i else values[0]
            biases = values[1] if len(values) > 1 else np.zeros(weights.shape[1], np.float32)
            if not activated:
                raise ValueError("two dense layers follow one another without an activation")
            layers.append((weights.astype(np.float32), biases.reshape(-1).astype(np.float32)))
            activated = False
        elif node.op_type == "Add" and values and not activated:
            layers[-1] = (layers[-1][0], (layers[-1][1] + values[0].reshape(-1)).astype(np.float32))
        elif node.op_type in ("Relu", "Sigmoid"):
            activated = True
        elif node.op_type not in ("Identity", "Dropout", "Cast"):
            raise ValueError(f"it holds the operation {node.op_type}")
    if not layers:
        raise ValueError("it holds no dense layer")
    return tuple(layers)
