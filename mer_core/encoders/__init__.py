"""Encoders: networks that turn a waveform into one embedding a frame. `load_encoder` is the way in."""

from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing, iter_chunks
from mer_core.encoders.joint import JOINED_BY, JointEncoder, parts_of
from mer_core.encoders.registry import ENTRIES, entry_of

__all__ = ["ENCODERS", "Encoder", "Framing", "encoder_name", "iter_chunks", "load_encoder"]

ENCODERS = tuple(ENTRIES)
"""Names that `load_encoder` knows; the registry says what each is."""


def load_encoder(name: str, **options: str) -> Encoder:
    """Load the encoder called `name`, or several joined ("musicnn+vggish"); `options` go to the constructor of one
    (vggish: `source`, a hub handle or a folder).

    Raises EncoderError for an unknown name, and when weights are missing or damaged.
    """
    return JointEncoder.load(name) if JOINED_BY in name else entry_of(name).load(**options)


def encoder_name(text: str) -> str:
    """An encoder's name, or several joined by "+", as stores are called by it; raises EncoderError for unknown ones."""
    return JOINED_BY.join(parts_of(text))
