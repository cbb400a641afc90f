"""Encoders: networks that turn a waveform into one embedding a frame. `load_encoder` is the way in."""

from mer_core.encoders.base import Encoder
from mer_core.encoders.framing import Framing, iter_chunks
from mer_core.encoders.registry import ENTRIES, entry_of

__all__ = ["ENCODERS", "Encoder", "Framing", "iter_chunks", "load_encoder"]

ENCODERS = tuple(ENTRIES)
"""Names that `load_encoder` knows; the registry says what each is."""


def load_encoder(name: str, **options: str) -> Encoder:
    """Load the encoder called `name`; `options` go to its constructor (vggish: `source`, a hub handle or a folder).

    Raises EncoderError for an unknown name, and when weights are missing or damaged.
    """
    return entry_of(name).load(**options)
