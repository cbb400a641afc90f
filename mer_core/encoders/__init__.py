"""Encoders: networks that turn a waveform into one embedding a frame. `load_encoder` is the way in."""

from importlib import import_module

from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing, iter_chunks
from mer_core.errors import EncoderError

__all__ = ["ENCODERS", "Encoder", "Framing", "iter_chunks", "load_encoder"]

ENCODERS = ("vggish", "musicnn", "placeholder")
"""Names that `load_encoder` knows. vggish: TensorFlow Hub; musicnn: offline, from PyPI; placeholder: for tests."""


def load_encoder(name: str, **options: str) -> Encoder:
    """Load the encoder called `name`; `options` go to its constructor (vggish: `source`, a hub handle or a folder).

    Raises EncoderError for an unknown name, and when weights are missing or damaged.
    """
    if name not in ENCODERS:
        raise EncoderError(f"there is no encoder {name!r}; choose one of: {', '.join(ENCODERS)}")
    module = import_module(MODULES[name])  # lazily: an encoder that is not wanted costs nothing
    encoder: Encoder = getattr(module, CLASSES[name])(**options)
    return encoder


MODULES = {
    "vggish": "mer_core.encoders.vggish.encoder",
    "musicnn": "mer_core.encoders.musicnn.encoder",
    "placeholder": "mer_core.encoders.placeholder",
}
CLASSES = {"vggish": "VggishEncoder", "musicnn": "MusicnnEncoder", "placeholder": "PlaceholderEncoder"}
