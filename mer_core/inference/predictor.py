"""Predictor: a model with all it needs to turn embeddings, waveforms or files into predictions."""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import soxr

from mer_core.audio.container import Source
from mer_core.audio.content import Excerpts, listened
from mer_core.audio.decode import check_sample_rate, iter_blocks
from mer_core.audio.levels import LOUDEST, level_of, survey_of
from mer_core.embeddings.pooling import pool
from mer_core.encoders import Encoder, load_encoder
from mer_core.errors import ArtifactError, AudioError
from mer_core.inference.headline import NOT_MUSIC, OnPlane, headline
from mer_core.inference.prediction import Prediction
from mer_core.inference.provenance import provenance
from mer_core.inference.published_places import published_places
from mer_core.inference.timeline import windows
from mer_core.model import ood
from mer_core.model.bundle import check_encoder
from mer_core.model.trained import Model
from mer_core.model.valence_arousal import DIMENSIONS
from mer_core.moods import kind_of

if TYPE_CHECKING:
    from mer_core.inference.reference import ReferenceSet

_TRUST_COLUMNS = ["reliable", "pr_auc", "lift", "support"]
_loading = threading.Lock()


@dataclass(frozen=True)
class Sound:
    """What is known of the piece beside its embedding: name, duration in seconds (None: that of the frames), the
    measures of excerpts of it (n_excerpts, n_measures; see `excerpts`), and what was wrong with the file."""

    file: str = ""
    duration: float | None = None
    excerpts: np.ndarray | None = None
    warning: str | None = None


@dataclass(frozen=True)
class Predictor:
    """A model with what it needs; may be shared by threads. `encoder` None: loaded when first needed."""

    model: Model
    encoder: Encoder | None = None
    reference_set: "ReferenceSet | None" = None
    thresholds: np.ndarray | None = None
    """(n_moods,) in place of the model's own, as a saved profile has them."""

    def from_embedding(self, frames: np.ndarray, sound: Sound = Sound(), *, timeline: bool = True) -> Prediction:
        """Predict from frame embeddings (n_frames ≥ 1, dim) of the model's encoder.

        Raises AudioError without frames, ArtifactError when the width is not the encoder's or they are no finite
        numbers.
        """
        frames = _checked_frames(frames)
        embedding = pool(frames, self.model.pooling)
        X = embedding[None]
        probabilities = self.model.probabilities(X)
        not_music = ood.check(embedding, self.model.distribution, sound.excerpts)
        places = self.model.places(X, probabilities)
        intervals = self.model.place_intervals(X, places)
        ends = _pair(intervals[0, 0]), _pair(intervals[0, 1])
        where = None if self.model.plane is None else OnPlane(_pair(places[0]), ends)
        moods = self._moods_table(X, probabilities, music=not_music is None)
        published, unusable = published_places(frames, str(self.model.encoder["name"]))
        over_time, plane = self._timelines(frames) if timeline else (None, None)
        duration = self._hop * len(frames) if sound.duration is None else sound.duration
        return Prediction(
            file=sound.file,
            duration=duration,
            moods=moods,
            model_name=self.model.name,
            embedding=frames,
            nothing_fits=not moods["decided"].any(),
            out_of_domain=not_music,
            valence=float(places[0, 0]),
            arousal=float(places[0, 1]),
            published_places=published,
            valence_interval=ends[0],
            arousal_interval=ends[1],
            headline=headline(moods, where) if not_music is None else NOT_MUSIC,
            timeline=over_time,
            plane_timeline=plane,
            nearest=self.reference_set.nearest(embedding, duration=duration) if self.reference_set else None,
            map_point=self.reference_set.map_point(embedding) if self.reference_set else None,
            warnings=[
                *([sound.warning] if sound.warning else []),
                *ood.far_notes(X, self.model.distribution),
                *unusable,
                *caveats(self.model),
            ],
            sources=provenance(self.model),
        )

    def from_waveform(
        self, waveform: np.ndarray, sample_rate: int, *, file: str = "", timeline: bool = True
    ) -> Prediction:
        """Predict from a mono waveform (n_samples,) of floats in [-1, 1] at `sample_rate` hertz.

        Raises AudioError when it is shorter than one frame of the encoder, not mono, not of floats, not finite or far
        beyond [-1, 1], and for a sample rate that is none.
        """
        check_sample_rate(sample_rate)
        samples = _checked(waveform)
        level = level_of(survey_of(samples), lossless=False)
        samples = level.apply(samples)
        encoder = self.ready_encoder()
        if sample_rate != encoder.sample_rate:
            samples = soxr.resample(samples, sample_rate, encoder.sample_rate, quality="HQ")
        excerpts = Excerpts()
        excerpts.add(samples)
        sound = Sound(file, len(waveform) / sample_rate, excerpts.measures(), "; ".join(level.notes()) or None)
        return self.from_embedding(encoder.encode(samples), sound, timeline=timeline)

    def from_file(
        self,
        source: Source,
        *,
        name: str | None = None,
        timeline: bool = True,
        on_block: Callable[[np.ndarray], None] | None = None,
    ) -> Prediction:
        """Predict from a file, its bytes or an upload; `on_block` is given each piece of the waveform. Memory does not
        grow with the length.

        Raises AudioError as `audio.decode` does.
        """
        encoder = self.ready_encoder()
        blocks = iter_blocks(source, encoder.sample_rate, name=name)
        excerpts = Excerpts()
        heard = listened(blocks if on_block is None else _shown(blocks, on_block), excerpts)
        try:
            frames = np.concatenate(list(encoder.vectors_of(heard)))
        except AudioError as error:
            raise error if blocks.name in str(error) else AudioError(f"{blocks.name}: {error}") from error
        return self.from_embedding(
            frames, Sound(blocks.name, blocks.duration, excerpts.measures(), blocks.warning), timeline=timeline
        )

    def ready_encoder(self) -> Encoder:
        """The encoder the model reads, loaded; raises EncoderError when its weights cannot be found, ArtifactError when
        it is another."""
        encoder = self.encoder or _shared_encoder(str(self.model.encoder["name"]))
        check_encoder(self.model, encoder.identity())
        return encoder

    @property
    def _hop(self) -> float:
        return float(self.model.encoder["hop_seconds"])

    def _moods_table(self, X: np.ndarray, probabilities: np.ndarray, *, music: bool) -> pd.DataFrame:
        model, against, distance = self.model, self.model.contradictions(X), self.model.distances(X)
        thresholds = model.thresholds if self.thresholds is None else self.thresholds
        table = pd.DataFrame(
            {"probability": probabilities[0], "threshold": thresholds}, index=pd.Index(model.moods, name="mood")
        )
        table["decided"] = model.decide(
            probabilities, thresholds, music=music, contradicted=against, distance=distance
        )[0]
        table = table.join(model.trust.reindex(columns=_TRUST_COLUMNS)).assign(
            kind=[kind_of(mood) for mood in model.moods],
            percentile=model.percentiles(probabilities)[0],
            likelihood=model.likelihoods(probabilities)[0],
            threshold_percentile=model.percentiles(np.asarray(thresholds)[None])[0],
            allowed=model.allowed,
            measured=model.trust.get("measured", True),
            contradicted=against[0],
            reach=np.nan if model.reach is None else model.reach,
            distance=distance[0],
        )
        return table.sort_values("probability", ascending=False, kind="stable")

    def _timelines(self, frames: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The moods, and valence and arousal, over time."""
        starts, X = windows(frames, self.model.pooling, self._hop)
        probabilities, index = self.model.probabilities(X), pd.Index(starts, name="start")
        moods = pd.DataFrame(probabilities, index=index, columns=list(self.model.moods))
        return moods, pd.DataFrame(self.model.places(X, probabilities), index=index, columns=list(DIMENSIONS))


def _pair(ends: np.ndarray) -> tuple[float, float]:
    return float(ends[0]), float(ends[1])


@cache
def _load_encoder_once(name: str) -> Encoder:
    return load_encoder(name)


def _shared_encoder(name: str) -> Encoder:
    with _loading:  # the cache alone would let two threads load the same network side by side
        return _load_encoder_once(name)


def _shown(blocks: Iterable[np.ndarray], on_block: Callable[[np.ndarray], None]) -> Iterator[np.ndarray]:
    """Pass `blocks` through, and give each to `on_block`."""
    for block in blocks:
        yield block
        on_block(block)


def _checked(waveform: np.ndarray) -> np.ndarray:
    samples = np.asarray(waveform)
    if samples.ndim != 1 or samples.dtype.kind != "f":
        raise AudioError(
            f"a waveform is one row of floats in [-1, 1], this is {samples.dtype} of shape {samples.shape}; average "
            f"the channels, divide integers"
        )
    peak = float(np.abs(samples).max(initial=0))
    if not np.isfinite(peak):
        raise AudioError("the waveform holds NaN or infinite samples; the recording is damaged, decode it again")
    if peak > LOUDEST:  # it has not been scaled; decoders go a little beyond 1, never that far
        bits = next((bits for bits in (16, 24) if peak <= 2 ** (bits - 1)), 32)
        message = (
            f"the waveform reaches {peak:.0f} where samples lie in [-1, 1]; they look like whole numbers of {bits} bits"
        )
        raise AudioError(f"{message}, which must be divided by {2 ** (bits - 1)}")
    return samples.astype(np.float32)


def _checked_frames(frames: np.ndarray) -> np.ndarray:
    try:
        numbers = np.asarray(frames, np.float32)
    except (TypeError, ValueError) as error:
        raise ArtifactError(
            f"frame embeddings are an array of numbers (n_frames, dim), this is {type(frames).__name__} ({error}); "
            f"embed it again"
        ) from error
    if not np.isfinite(numbers).all():
        raise ArtifactError(
            "the frame embeddings hold NaN or infinite numbers; was the recording or the store they come from damaged? "
            "Embed it again"
        )
    return numbers


def caveats(model: Model) -> list[str]:
    """What to beware of in everything that `model` says, a sentence each."""
    notes = []
    if model.calibrated_on != "labels":
        notes.append(
            f"the probabilities of the model {model.name!r} are not calibrated on labels "
            f"({model.calibrated_on.removeprefix('none: ')})"
        )
    if model.synthetic:
        notes.append(f"the model {model.name!r} was trained on synthetic music; try it, but do not rely on it")
    return [*notes, *own_mood_notes(model)]


def own_mood_notes(model: Model, asked: Collection[str] | None = None) -> list[str]:
    """How many examples the moods of one's own rest on, a sentence each: of those that are `asked` about, else of
    all."""
    own = model.metrics.get("own_moods", {})
    return [
        f"{mood!r} is a mood of one's own, learned from {counts['yes']} tracks that have it and {counts['no']} "
        f"that have not; how often it is right was not measured"
        for mood, counts in own.items()
        if asked is None or mood in asked
    ]
