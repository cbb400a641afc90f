"""Whether somebody sings: by the tags of MusiCNN's last layer, "female vocalists", "male vocalists" and
"instrumental" of Last.fm, which is linear, so that stored track embeddings are enough."""

import numpy as np
from numpy.typing import NDArray

from mer_core.encoders.joint import heard_by
from mer_core.encoders.musicnn.weights import read_weights, tag_names
from mer_core.errors import EncoderError

VOICES, INSTRUMENTAL = ("female vocalists", "male vocalists", "female vocalist"), "instrumental"
SUNG, PLAYED = "voice", "instrumental"
CLEAR = 1.0
"""Log-odds by which one side must lead; between them nothing is said."""


def voices(encoder: str, pooling: str, pooled: NDArray[np.floating]) -> NDArray[np.object_]:
    """(n_tracks,) str: SUNG, PLAYED, or "" where it is not clear.

    pooled: (n_tracks, dim_out) track embeddings, pooled as `pooling` says. All "" where they are not MusiCNN's, begin
    with another statistic than the mean, or its weights are not installed.
    """
    unknown = np.full(len(pooled), "", dtype=object)
    own = heard_by("musicnn", encoder, pooled)
    if own is None or pooling.split("+")[0] != "mean":
        return unknown
    try:
        weights, names = read_weights(), tag_names()
    except EncoderError:
        return unknown
    kernel, bias = weights["dense_1/kernel"], weights["dense_1/bias"]
    log_odds = own.astype(np.float64) @ kernel + bias
    sung = log_odds[:, [names.index(name) for name in VOICES]].max(axis=1)
    lead = sung - log_odds[:, names.index(INSTRUMENTAL)]
    return np.where(lead >= CLEAR, SUNG, np.where(lead <= -CLEAR, PLAYED, "")).astype(object)
