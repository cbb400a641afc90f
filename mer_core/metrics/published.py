"""Published scores on the split-0 test set of MTG-Jamendo mood/theme (4,231 tracks, 56 moods), to read one's own
beside.

They compare only with figures from the same test set: a model of another dataset, vocabulary or split has no place
here.
The winner of 2020 is left out because its figures could not be checked against their source.
"""

from typing import NamedTuple

NOISE = 0.007
"""Differences of macro ROC-AUC below this are noise: twice the bootstrap standard deviation over the test tracks
(±.0034)."""

_TASK = (
    "Bogdanov, Porter, Tovstogan & Won, “MediaEval 2019: Emotion and Theme Recognition in Music Using Jamendo” (2019); "
    "figures: https://github.com/MTG/mtg-jamendo-dataset, results/mediaeval"
)


class PublishedScore(NamedTuple):
    """Macro means over the 56 moods of the test set, in [0, 1]."""

    name: str
    year: int
    roc_auc: float
    pr_auc: float
    source: str
    """Authors, title and year, and where the figures stand."""


PUBLISHED = (
    PublishedScore("popularity", 2019, 0.5000, 0.0319, _TASK),
    PublishedScore("VGG-ish baseline", 2019, 0.7258, 0.1077, _TASK),
    PublishedScore(
        "MediaEval 2019 winner",
        2019,
        0.7729,
        0.1546,
        "Koutini, Chowdhury, Haunschmid, Eghbal-zadeh & Widmer, “Emotion and Theme Recognition in Music with "
        "Frequency-Aware RF-Regularized CNNs” (2019); figures: "
        "https://multimediaeval.github.io/2019-Emotion-and-Theme-Recognition-in-Music-Task/results",
    ),
    PublishedScore(
        "MediaEval 2021 winner",
        2021,
        0.7748,
        0.1509,
        "Bour, “Frequency Dependent Convolutions for Music Tagging” (2021); figures: "
        "https://multimediaeval.github.io/2021-Emotion-and-Theme-Recognition-in-Music-Task/results",
    ),
    PublishedScore(
        "best frozen embedding with a small head",
        2022,
        0.7857,
        0.1618,
        "McCallum, Korzeniowski, Oramas, Gouyon & Ehmann, “Supervised and Unsupervised Learning of Audio "
        "Representations for Music Understanding” (2022), supervised on Musicset; means "
        "of the 55 moods (all but ballad) listed at "
        "https://github.com/PandoraMedia/music-audio-representations, supporting_data/results/Jam-MT",
    ),
)
