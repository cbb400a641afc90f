"""Every encoder there is: how it frames sound, where its weights come from, and under which licence.

To add an encoder write its module and add an entry here; scripts, pages and messages read this list.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mer_core.encoders.published_file import NON_COMMERCIAL, PublishedFile
from mer_core.errors import EncoderError

if TYPE_CHECKING:
    from mer_core.encoders.base import Encoder


@dataclass(frozen=True)
class EncoderEntry:
    """What is known of an encoder without loading it."""

    name: str
    module: str
    """Below mer_core.encoders; it has the class `class_name` and the function `installed() -> bool`."""
    class_name: str
    sample_rate: int
    """Hertz."""
    frame_seconds: float
    hop_seconds: float
    dim: int
    licence: str
    weights: str
    """Where the weights come from."""
    needs: str
    """What runs it."""
    reference: str
    file: PublishedFile | None = None
    """Where the weights are one published file that `mer models get` fetches."""

    def load(self, **options: str) -> "Encoder":
        """The encoder, loaded; raises EncoderError where its weights are missing or damaged."""
        encoder: Encoder = getattr(self._module(), self.class_name)(**options)
        return encoder

    @property
    def installed(self) -> bool:
        """Whether its weights are on this machine."""
        return bool(self._module().installed())

    def _module(self) -> Any:
        return import_module(f"mer_core.encoders.{self.module}")  # lazily: one that is not wanted costs nothing


EFFNET_FILE = PublishedFile(
    "feature-extractors/discogs-effnet/discogs-effnet-bsdynamic-1.onnx",
    "a280825b334797cf677939db8cd5762c0392aedd0ca6415dbc1cd083f045e43c",
    NON_COMMERCIAL,
    "discogs-effnet",
    free=False,
)

ENTRIES = {
    entry.name: entry
    for entry in (
        EncoderEntry(
            "vggish", "vggish.encoder", "VggishEncoder", 16000, 0.975, 0.96, 128,
            "Apache-2.0", "TensorFlow Hub, google/vggish/1", "TensorFlow",
            "Hershey et al., CNN architectures for large-scale audio classification, ICASSP 2017",
        ),
        EncoderEntry(
            "musicnn", "musicnn.encoder", "MusicnnEncoder", 16000, 3.008, 2.992, 200,
            "ISC", "the wheel musicnn 0.1.0 of the package index", "ONNX Runtime",
            "Pons & Serra, musicnn: pre-trained convolutional neural networks for music audio tagging, ISMIR 2019",
        ),
        EncoderEntry(
            "discogs-effnet", "effnet.encoder", "EffnetEncoder", 16000, 2.064, 0.992, 1280,
            NON_COMMERCIAL, "the Essentia project's model pages", "ONNX Runtime",
            "Alonso-Jiménez, Serra & Bogdanov, Music representation learning based on editorial metadata from Discogs, "
            "ISMIR 2022", EFFNET_FILE,
        ),
        EncoderEntry(
            "placeholder", "placeholder", "PlaceholderEncoder", 16000, 1.0, 0.5, 16,
            "none", "none: it is for tests", "NumPy", "none",
        ),
    )
}  # fmt: skip


def entry_of(name: str) -> EncoderEntry:
    """The entry called `name`; raises EncoderError where there is none."""
    if name not in ENTRIES:
        raise EncoderError(f"there is no encoder {name!r}; choose one of: {', '.join(ENTRIES)}")
    return ENTRIES[name]
