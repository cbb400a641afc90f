"""Tags of a track from its MusiCNN embedding: 50 of Last.fm, exactly, and instruments of MagnaTagATune, nearly.

Last.fm's (rock, jazz, guitar …) are the network's own last layer, which is linear, so that the mean of the frames'
log-odds is that of their mean embedding. MagnaTagATune's (piano, violin, drums …) come from the other network of the
same wheel, MTT_musicnn; so that audio need not be heard again, a linear map from the embedding was fitted to that
network's log-odds (the benchmarks' heard_sounds.py: ridge regression on 2,035 frames of 138 pieces, CC BY Kevin
MacLeod). On pieces not fitted to, the two correlate by at least .85 in every tag that is kept.
"""

import io
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.encoders.joint import heard_by
from mer_core.encoders.musicnn.weights import read_weights, tag_names
from mer_core.errors import EncoderError

SOUNDS_FILE = "heard_sounds.npz"

Layer = tuple[tuple[str, ...], NDArray[np.floating], NDArray[np.floating]]
"""Names of tags (n_tags), and the linear map from an embedding to their log-odds: kernel (200, n_tags), bias
(n_tags,)."""


def heard_tags(encoder: str, pooling: str, pooled: NDArray[np.floating]) -> pd.DataFrame | None:
    """The tags of tracks, (n_tracks, n_tags), each column in standard deviations over the tracks.

    pooled: (n_tracks, dim_out) track embeddings, pooled as `pooling` says ("mean", "mean+std" …). None where they are
    not MusiCNN's, begin with another statistic than the mean, or its weights are not installed.
    """
    own = heard_by("musicnn", encoder, pooled)
    if own is None or pooling.split("+")[0] != "mean":
        return None
    try:
        layers = [_lastfm(), _sounds()]
    except EncoderError:
        return None
    columns: dict[str, NDArray[np.floating]] = {}
    for names, kernel, bias in layers:
        log_odds = own.astype(np.float64) @ kernel + bias
        deviation = log_odds.std(axis=0)
        z = (log_odds - log_odds.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
        columns |= {name: z[:, column] for column, name in enumerate(names) if name not in columns}
    return pd.DataFrame(columns)


@cache
def _lastfm() -> Layer:
    weights = read_weights()
    return tag_names(), weights["dense_1/kernel"], weights["dense_1/bias"]


@cache
def _sounds() -> Layer:
    data = (files("mer_core.recommend") / SOUNDS_FILE).read_bytes()
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        return tuple(map(str, arrays["names"])), arrays["kernel"].astype(np.float64), arrays["bias"].astype(np.float64)
