"""What published heads hear of a song's valence and arousal, beside what the model says.

A head that was fetched (see `model.published_heads`) and reads the embedding that the song was heard by is asked each
time. It is applied to every patch and its results are averaged, as its publishers do. Its scale is that of the ratings
it learned from, 1 to 9 with 5 as the middle, and no interval is known.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from mer_core.encoders.joint import heard_by
from mer_core.errors import EncoderError
from mer_core.model.mlp import DenseEnsemble
from mer_core.model.published_heads import HEADS, PLACES, Head


class PublishedPlace(NamedTuple):
    """Valence and arousal, 1 to 9, as the published head called `head` hears them."""

    head: str
    valence: float
    arousal: float

    def in_words(self) -> str:
        """ "valence 5.9, arousal 6.1 of 1 to 9 (published head deam-msd-musicnn-2)"."""
        return f"valence {self.valence:.1f}, arousal {self.arousal:.1f} of 1 to 9 (published head {self.head})"


def published_places(frames: np.ndarray, encoder: str) -> tuple[list[PublishedPlace], list[str]]:
    """What the fetched heads for the `encoder` (or one that it joins) hear in its frame embeddings (n_frames, dim), and
    a sentence on each head that cannot be used."""
    heard, problems = [], []
    for head in HEADS.values():
        own = heard_by(head.encoder, encoder, frames)
        if head.gives == PLACES and own is not None and head.file.installed:
            try:
                network = _network(head, head.file.path.stat().st_mtime_ns)
                valence, arousal = network.logits(own).mean(axis=0)
                heard.append(PublishedPlace(head.name, float(valence), float(arousal)))
            except (EncoderError, OSError) as error:
                problems.append(f"the published head {head.name} was not asked: {error}")
    return heard, problems


@cache
def _network(head: Head, changed: int) -> DenseEnsemble:
    """Read once as long as its file does not change."""
    return head.network()
