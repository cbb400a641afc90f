"""What a dataset's labels look like: how common each mood is, which go together, how splits and artists differ.

Every function takes a Dataset (or its labels) and gives a table or a matrix; nothing here draws.
"""

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
from scipy.sparse import csr_matrix
from scipy.spatial.distance import squareform

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.layout import PARTS
from mer_core.moods import family_of

MEASURES = ("count", "conditional", "jaccard", "pmi")
"""Ways to say how often two moods stand together; see `cooccurrence`."""


def mood_balance(dataset: Dataset) -> pd.DataFrame:
    """How common each mood is. Index mood, in the order of `dataset.moods`; columns

    family; tracks; credited (tracks whose artist is known); artists; hours; train, validation, test (tracks in each
    part);
    top_artist (id of the known artist with most of the mood's tracks, "" without any), top_share (that artist's share
    of all the
    mood's tracks in [0, 1], so a least one where some are not credited); even_artists: the number of equally productive
    artists
    that would be as concentrated in the credited tracks (inverse Simpson index), 1 when they are one artist's. Both NaN
    without any.
    """
    by_artist, artists = _tracks_by_artist(dataset)
    tracks = dataset.labels.sum(axis=0)
    table = pd.DataFrame(
        {"family": [family_of(mood) for mood in dataset.moods], "tracks": tracks},
        index=pd.Index(dataset.moods, name="mood"),
    )
    table["credited"] = credited = by_artist.sum(axis=0).astype(int)
    table["artists"] = (by_artist > 0).sum(axis=0)
    table["hours"] = dataset.tracks["duration"].to_numpy() @ dataset.labels.astype(np.float64) / 3600
    for part in PARTS:
        table[part] = dataset.labels[(dataset.tracks["split"] == part).to_numpy()].sum(axis=0)
    some = credited > 0
    table["top_artist"] = np.where(some, artists[by_artist.argmax(axis=0)], "") if len(artists) else ""
    table["top_share"] = by_artist.max(axis=0, initial=0) / np.where(some, tracks, np.nan)
    table["even_artists"] = credited**2 / np.where(some, (by_artist**2).sum(axis=0), np.nan)
    return table


def cooccurrence(labels: np.ndarray, measure: str = "count") -> np.ndarray:
    """How often two moods stand on the same track, (n_moods, n_moods) float; row a, column b:

    count        tracks with a and b
    conditional  of the tracks with a, the share that has b too, in [0, 1]; NaN in the row of a mood without tracks
    jaccard      tracks with both ÷ tracks with either, in [0, 1]; NaN where neither mood has a track
    pmi          pointwise mutual information, log2 of p(a, b) ÷ (p(a)·p(b)), in bits: above 0 when the two stand
    together
                 more often than by chance; NaN where they never do (Church & Hanks 1990, Word association norms)

    labels: (n_tracks, n_moods) bool. Raises ValueError for another measure.
    """
    if measure not in MEASURES:
        raise ValueError(f"there is no measure {measure!r}; choose one of {', '.join(MEASURES)}")
    Y = labels.astype(np.float64)
    together = Y.T @ Y
    tracks = together.diagonal().copy()
    if measure == "count":
        return together
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "conditional":
            return together / tracks[:, None]
        if measure == "jaccard":
            return together / (tracks[:, None] + tracks[None, :] - together)
        return np.where(together > 0, np.log2(together * len(Y) / np.outer(tracks, tracks)), np.nan)


def clustered_order(labels: np.ndarray) -> np.ndarray:
    """An order of the moods (n_moods,) in which those that share tracks are neighbours.

    Average linkage on 1 - cosine similarity of the label columns, leaves ordered so that neighbours are as alike as the
    tree
    allows (Bar-Joseph et al. 2001); moods without tracks come last.
    """
    Y = labels.astype(np.float64)
    length = np.linalg.norm(Y, axis=0)
    some = np.flatnonzero(length)
    if len(some) < 3:
        return np.concatenate([some, np.flatnonzero(length == 0)])
    similarity = (Y[:, some].T @ Y[:, some]) / np.outer(length[some], length[some])
    distance = squareform(np.clip(1 - similarity, 0, 1), checks=False)
    tree = optimal_leaf_ordering(linkage(distance, "average"), distance)
    return np.concatenate([some[leaves_list(tree)], np.flatnonzero(length == 0)])


def tags_per_track(labels: np.ndarray) -> pd.Series:
    """How many tracks have 0, 1, 2 … moods; index moods a track, from the least to the most there are, without gaps."""
    count = labels.sum(axis=1)
    low, high = (int(count.min()), int(count.max())) if len(count) else (0, 0)
    return pd.Series(
        np.bincount(count, minlength=high + 1)[low:], index=pd.RangeIndex(low, high + 1, name="moods"), name="tracks"
    )


def duration_histogram(durations: np.ndarray, bins: int = 24) -> pd.DataFrame:
    """Tracks by length; one row a bin with columns low, high (seconds, high not included) and tracks.

    About `bins` equal bins of a round width up to the 99th percentile; the last row has whatever is longer (high =
    inf).
    """
    durations = np.asarray(durations, dtype=float)
    if not len(durations):
        return pd.DataFrame({"low": [], "high": [], "tracks": []})
    low, high = durations.min(), np.quantile(durations, 0.99)
    width = next((step for step in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600) if (high - low) / step <= bins), 3600)
    edges = np.arange(low // width * width, high + width, width)
    edges = np.append(edges[edges <= max(high, low)], np.inf)
    return pd.DataFrame({"low": edges[:-1], "high": edges[1:], "tracks": np.histogram(durations, edges)[0]})


def split_shift(dataset: Dataset, first: str = "train", second: str = "test") -> pd.DataFrame:
    """How much more common each mood is in one part of the split than in another.

    Index mood; columns first, second (share of the part's tracks with the mood, in [0, 1]), difference (second -
    first), low and
    high (its 95 % interval). Tracks of an artist resemble each other, so the artist is the unit: the variance of a
    share is that of
    a ratio of artist totals (Cochran 1977, Sampling Techniques, chapter 6). NaN where a part has no track, wide where
    it has few artists.
    """
    one, two = (dataset.in_split(part) for part in (first, second))
    share_one, variance_one = _share(one)
    share_two, variance_two = _share(two)
    difference = share_two - share_one
    half = 1.96 * np.sqrt(variance_one + variance_two)
    columns = {
        "first": share_one,
        "second": share_two,
        "difference": difference,
        "low": difference - half,
        "high": difference + half,
    }
    return pd.DataFrame(columns, index=pd.Index(dataset.moods, name="mood"))


def _share(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Share of the tracks that have each mood and the variance of that share over the artists that are known,
    (n_moods,) each."""
    nothing = np.full(len(dataset.moods), np.nan)
    if not len(dataset):
        return nothing, nothing
    by_artist, artists = _tracks_by_artist(dataset)
    share = dataset.labels.mean(axis=0)
    if len(artists) < 2:
        return share, nothing
    credited = dataset.subset((dataset.tracks["artist_id"] != "").to_numpy())
    size = credited.tracks.groupby("artist_id").size().reindex(artists).to_numpy()
    residual = by_artist - size[:, None] * credited.labels.mean(axis=0)
    return share, (residual**2).sum(axis=0) / len(credited) ** 2 * len(artists) / (len(artists) - 1)


def _tracks_by_artist(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """Tracks of each artist with each mood (n_artists, n_moods), and the artists' ids; tracks of unknown artists ("")
    are left out."""
    rows = np.flatnonzero(dataset.tracks["artist_id"] != "")
    codes, artists = pd.factorize(dataset.tracks["artist_id"].iloc[rows])
    chooser = csr_matrix((np.ones(len(rows)), (codes, rows)), shape=(len(artists), len(dataset)))
    return chooser @ dataset.labels.astype(np.float64), np.asarray(artists, dtype=object)
