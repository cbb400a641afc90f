"""Is this sound like the music the model was trained on? A warning for silence, noise, tones, speech and whatever else
is far away.

Two kinds of evidence, the first that speaks gives the warning:

* the sound itself, where it was listened to: excerpts of it (see `excerpts`), of which more than half must be no music,
  each
  - *silence*: below SILENCE_DB;
  - *sparse*: short sounds and silence between;
  - *steady*: nothing changes, or only the loudness; of noise that swells also an embedding that is far enough out;
  - *speech*: changes at the rate of syllables in every band and no beat; where the changes are not strong, or pauses
    make a beat, also an embedding that is far enough out;
* the embedding: its Mahalanobis distance from the training tracks, per dimension, with the covariance shrunk as by
  Ledoit & Wolf (2004). The threshold is the QUANTILE of distances that training tracks have when they are held out of
  the fit. Music of a kind that was not in the training lies beyond it, too (rap, metal). So distance alone gives a
  warning and wider intervals (`far_notes`); only VERY_FAR is no music any more.

Measured with the starter model: of 138 real pieces and 320 clips of the demo the sound of none is taken for something
else. Of 36 synthetic voices in 6 languages all are found to be speech, as they are, compressed 3:1 to 6:1, two or three
at once, by telephone and in noise (5 dB); cut to 4 s, 33 are. What passes for music: speech in a reverberant hall or
under music as loud, two tones in turn, pink and brown noise that swells, and bursts of noise, chirps and vibrating
tones unless their embedding is far. Real voices and unaccompanied singing were not at hand; a free recitative may be
taken for speech.

"Nothing fits" is another thing: music, but no reliable mood reaches its threshold. Out of distribution no mood is
decided at all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

SILENCE_DB = -60.0
"""Level relative to full scale."""
STEADY, SAME = 0.545, 0.75
"""Above this steadiness without a RHYTHM (noise), or this sameness (tones), nothing changes."""
RHYTHM = 0.5
"""Music as dense as noise has a beat above this."""
DISTANCE = 0.6
"""Share of the threshold distance that none of the 138 pieces reaches; from here on less is enough: a sameness above
STEADY finds noise that swells."""
SPEECH_SYLLABLES, SPEECH_BEAT = 0.12, 0.2
"""Speech from DISTANCE on changes at least this much at the rate of syllables and has less of a beat than this."""
SPEECH_CLEAR, SPEECH_PAUSED = 0.3, 0.3
"""Above this much of syllables it is speech at any distance, for the embedding of a piece that is music for a while
lies between music and speech; from DISTANCE on also with a beat up to this, which pauses may have."""
SPARSE = 6.0
"""Above this much of syllables hardly anything sounds but for moments: speech with pauses twice its length has up to 5,
music 1."""
QUANTILE = 0.999
VERY_FAR = 3.0
"""Beyond this multiple of the limit lies no music that was tried: of 356 songs in 17 genres, left out of the fit, the
furthest (metal) is at 1.9 and 4 % are beyond 1."""
_FAR_NOTE = (
    "this sounds unlike most of the music the model was trained on (distance {far:.1f} times the limit), so its moods "
    "are less certain than they look and the intervals are wider"
)
COMPONENTS = 64
MIN_TRACKS = 20
"""With fewer training tracks no distance means anything: only the waveform is checked."""
FLOOR = 0.05
_REASONS = {
    "silence": "This is silence (below {silence:g} dB); there is nothing to predict a mood from{share}.",
    "steady": "Nothing changes in this sound: it is a steady tone or noise, not music; the probabilities mean "
    "nothing{share}.",
    "sparse": "This is silence but for short sounds far apart; the probabilities mean little{share}.",
    "speech": "This sounds like speech, not music: syllables and no beat; the probabilities mean little{share}.",
    "far": "This sounds unlike all music the model was trained on (distance {far:.1f} times the limit); the "
    "probabilities mean little.",
}


def fit(X: np.ndarray, groups: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Learn what the training tracks' pooled embeddings X (n, n_features) look like.

    `groups` (n,) names tracks that belong together (an artist, a clip): they are held out together when the threshold
    is set. Returns arrays for `check`, at most (COMPONENTS + 4) · n_features numbers; the threshold is infinite below
    MIN_TRACKS tracks.
    """
    X = np.asarray(X, dtype=np.float64)
    distribution = _covariance(X)
    limit = np.inf
    parts = np.arange(len(X)) if groups is None else np.asarray(groups)
    if len(X) >= MIN_TRACKS and len(np.unique(parts)) >= 5:
        from sklearn.model_selection import GroupKFold  # here, for checking a sound does without scikit-learn

        held_out = [distance(X[test], _covariance(X[train])) for train, test in GroupKFold(5).split(X, groups=parts)]
        limit = np.quantile(np.concatenate(held_out), QUANTILE)
    return {name: values.astype(np.float32) for name, values in distribution.items()} | {
        "threshold": np.array([limit], dtype=np.float32)
    }


def validate(distribution: Mapping[str, np.ndarray]) -> None:
    """Raise ValueError unless `distribution` is what `fit` returns: all its arrays, of shapes that belong together, and
    of finite numbers (but the threshold)."""
    if missing := {"center", "scale", "basis", "variances", "threshold"} - set(distribution):
        raise ValueError(f"the distribution has no {', '.join(sorted(missing))}")
    width, axes = distribution["basis"].shape if distribution["basis"].ndim == 2 else (-1, -1)
    shapes = {"center": (width,), "scale": (width,), "variances": (axes + 1,), "threshold": (1,)}
    if any(distribution[name].shape != shape for name, shape in shapes.items()):
        raise ValueError("the arrays of the distribution do not belong together")
    finite = all(np.isfinite(distribution[name]).all() for name in ("center", "scale", "basis", "variances"))
    if (
        not finite
        or not (distribution["scale"] > 0).all()
        or not (distribution["variances"] > 0).all()
        or not distribution["threshold"][0] > 0
    ):
        raise ValueError("the distribution holds numbers that cannot be")


def distance(X: np.ndarray, distribution: Mapping[str, np.ndarray]) -> np.ndarray:
    """Mahalanobis distance (n,) of X (n, n_features), divided by √n_features: about 1, or a little less, for tracks
    like the training's."""
    Z = (np.asarray(X, dtype=np.float64) - distribution["center"]) / distribution["scale"]
    along = Z @ distribution["basis"]
    across = np.maximum((Z**2).sum(axis=1) - (along**2).sum(axis=1), 0)
    return np.sqrt(
        ((along**2 / distribution["variances"][:-1]).sum(axis=1) + across / distribution["variances"][-1]) / Z.shape[1]
    )


def relative_distance(X: np.ndarray, distribution: Mapping[str, np.ndarray] | None) -> np.ndarray:
    """`distance` (n,) as a multiple of the limit; 0 where nothing is known of the training's music."""
    return distance(X, distribution) / distribution["threshold"][0] if distribution else np.zeros(len(X))


def far_notes(X: np.ndarray, distribution: Mapping[str, np.ndarray] | None) -> list[str]:
    """A warning for each row of X (n, n_features) that is further from the training's music than its limit."""
    return [_FAR_NOTE.format(far=far) for far in relative_distance(X, distribution) if far > 1]


def check(
    embedding: np.ndarray, distribution: Mapping[str, np.ndarray] | None, excerpts: np.ndarray | None = None
) -> str | None:
    """A sentence saying why the sound is out of the model's distribution, or None when it is not.

    embedding: pooled (n_features,); distribution: from `fit`, None checks the excerpts alone; excerpts: their measures
    (n_excerpts, n_measures) as `Excerpts.measures` gives them, None checks the embedding alone.
    """
    return check_all(embedding[None], distribution, [excerpts])[0]


def check_all(
    X: np.ndarray, distribution: Mapping[str, np.ndarray] | None, excerpts: Sequence[np.ndarray | None]
) -> list[str | None]:
    """`check` of each row of X (n, n_features) with its excerpts."""
    far = relative_distance(X, distribution)
    return [_reason(float(times), listened) for times, listened in zip(far, excerpts, strict=True)]


def _reason(far: float, excerpts: np.ndarray | None) -> str | None:
    rows = [] if excerpts is None else excerpts.tolist()
    kinds = [kind for row in rows if (kind := _kind(*row, far=far))]
    if 2 * len(kinds) > len(rows):
        kind, found = Counter(kinds).most_common(1)[0]
        share = "" if found == len(rows) else f" (so in {found} of {len(rows)} excerpts spread over it)"
        return _REASONS[kind].format(silence=SILENCE_DB, share=share)
    return _REASONS["far"].format(far=far) if far > VERY_FAR else None


def _kind(level: float, steadiness: float, sameness: float, syllables: float, beat: float, *, far: float) -> str | None:
    """What an excerpt of these measures (excerpts.MEASURES) is if it is no music."""
    if level < SILENCE_DB:
        return "silence"
    if syllables > SPARSE:
        return "sparse"
    distant, clear = far > DISTANCE, syllables > SPEECH_CLEAR
    if sameness > SAME or ((max(steadiness, sameness) if distant else steadiness) > STEADY and beat < RHYTHM):
        return "steady"
    most = SPEECH_PAUSED if distant and clear else SPEECH_BEAT
    return "speech" if (clear or (distant and syllables > SPEECH_SYLLABLES)) and beat < most else None


def _covariance(X: np.ndarray) -> dict[str, np.ndarray]:
    """Standardisation and the shrunk covariance's largest axes; the variance of all others is their mean, put last in
    `variances`."""
    center, scale = X.mean(axis=0), X.std(axis=0)
    scale = np.maximum(scale, max(FLOOR * float(np.median(scale)), 1e-9))
    from sklearn.covariance import LedoitWolf

    covariance = LedoitWolf().fit((X - center) / scale).covariance_ if len(X) > 1 else np.eye(X.shape[1])
    values, vectors = np.linalg.eigh(covariance)
    kept = min(COMPONENTS, len(values) - 1)
    variances = np.append(values[::-1][:kept], values[: len(values) - kept].mean())
    return {
        "center": center,
        "scale": scale,
        "basis": vectors[:, ::-1][:, :kept],
        "variances": np.maximum(variances, 1e-9),
    }
