"""The tracks of a workspace to recommend from, as a model hears them: their sound and moods, standardised so that
tracks can be compared."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.versions import also_as, recordings, same_recording
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.model import ood
from mer_core.model.embeddings import embeddings_for
from mer_core.model.trained import Model
from mer_core.recommend.heard_tags import heard_tags
from mer_core.workspace.layout import Workspace

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Catalogue:
    """The tracks to recommend from, with standardised views of their sound and moods; `make_catalogue` makes one."""

    tracks: pd.DataFrame
    moods: tuple[str, ...]
    probabilities: Floats
    """(n_tracks, n_moods) in [0, 1]: predicted, or labels where there is no model."""
    sound: Floats
    """(n_tracks, dim), each row of length 1."""
    mood: Floats
    """(n_tracks, n_moods): log-odds in standard deviations of each mood over the catalogue."""
    sound_scaling: tuple[Floats, Floats] = field(repr=False)
    mood_scaling: tuple[Floats, Floats] = field(repr=False)
    not_music: NDArray[np.bool_] = field(repr=False)
    """(n_tracks,): out of the model's distribution (noise, silence …), so that its moods mean little; see
    `distribution`."""
    reliable: NDArray[np.bool_] = field(repr=False)
    """(n_moods,): the model is better than chance at the mood; only such a mood is given as a reason."""
    recordings: NDArray[np.intp] = field(repr=False)
    """(n_tracks,): a number for each recording; tracks that are one song in several codings share it."""
    embeddings: NDArray[np.floating] = field(repr=False)
    """(n_tracks, dim) as they come, to know a song by."""
    heard: pd.DataFrame | None = field(default=None, repr=False)
    """(n_tracks, n_tags): tags of kinds of music and instruments in standard deviations (see `heard_tags`); None where
    the encoder gives none."""

    labels: NDArray[np.bool_] | None = field(default=None, repr=False)
    """(n_tracks, n_moods): what people said; None where nobody labelled any track."""
    plane: Floats | None = field(default=None, repr=False)
    """(n_tracks, 2) valence and arousal in [-1, 1] as the model measures them; None by a model that does not."""
    contradicted: NDArray[np.bool_] | None = field(default=None, repr=False)
    """(n_tracks, n_moods): moods that these two speak against, which are no reason; None where not measured."""

    def agreement(self, wanted: Mapping[str, float]) -> Floats:
        """(n_tracks,) in [-1, 1]: how far people's labels agree with moods wanted (above 0) or not (below); 0 for a
        track that nobody labelled. A mood that no track is labelled with (one of one's own) says nothing."""
        if self.labels is None:
            return np.zeros(len(self.tracks))
        columns = [self.moods.index(mood) for mood in wanted]
        signs = np.sign(np.array(list(wanted.values()), dtype=float)) * self.labels[:, columns].any(axis=0)
        agree = np.where(self.labels[:, columns], signs, -signs).sum(axis=1) / max(np.count_nonzero(signs), 1)
        return np.asarray(np.where(self.labelled, agree, 0.0))

    @cached_property
    def labelled(self) -> NDArray[np.bool_]:
        """(n_tracks,): people labelled the track."""
        return np.zeros(len(self.tracks), bool) if self.labels is None else np.asarray(self.labels.any(axis=1))

    def sound_of(self, embeddings: Floats) -> Floats:
        """Track embeddings (k, dim) as rows of length 1 in the catalogue's standardised space."""
        centre, scale = self.sound_scaling
        return unit_rows((np.atleast_2d(embeddings) - centre) / scale)

    def mood_of(self, probabilities: Floats) -> Floats:
        """Mood probabilities (k, n_moods) as standard deviations above the catalogue's mean log-odds."""
        centre, scale = self.mood_scaling
        return (_log_odds(np.atleast_2d(probabilities)) - centre) / scale

    def same_song(self, embedding: NDArray[np.floating], duration: float) -> list[str]:
        """The ids of the tracks that are the recording with this track embedding (dim,) and duration in seconds."""
        durations = self.tracks["duration"].to_numpy(dtype=float)
        return list(self.tracks["track_id"][same_recording(embedding, duration, self.embeddings, durations)])

    def row_of(self, track_id: str) -> int:
        """The row of a track. Raises DatasetError when it is not in the catalogue."""
        if track_id not in self.row_of_id:
            raise DatasetError(
                f"track {track_id!r} has no embedding in this workspace; make its embedding, or choose another track"
            )
        return self.row_of_id[track_id]

    @cached_property
    def makers(self) -> NDArray[np.object_]:
        """(n_tracks,) artist ids; a track by nobody known is its own, so that such tracks do not count as one
        artist's."""
        return np.array(
            self.tracks["artist_id"].where(self.tracks["artist_id"] != "", self.tracks["track_id"]), dtype=object
        )

    @cached_property
    def also_as(self) -> list[str]:
        """For each track the kinds of the other files of its recording ("FLAC, OGG"), "" without any."""
        return also_as(self.tracks, self.recordings)

    @cached_property
    def several_artists(self) -> bool:
        """Whether the tracks are by more than one."""
        return len(set(self.makers)) > 1

    @cached_property
    def row_of_id(self) -> dict[str, int]:
        """The row of each track id."""
        return {track_id: row for row, track_id in enumerate(self.tracks["track_id"])}


def make_catalogue(
    tracks: pd.DataFrame,
    embeddings: Floats,
    probabilities: Floats,
    moods: Sequence[str],
    *,
    not_music: NDArray[np.bool_] | None = None,
    reliable: NDArray[np.bool_] | None = None,
) -> Catalogue:
    """Standardise the tracks' embeddings (n_tracks, dim) and mood probabilities (n_tracks, n_moods).

    tracks: one row a track in the same order, with track_id, artist_id, artist, title, duration. not_music: (n_tracks,)
    which of them are not music to the model, None for none. reliable: (n_moods,) which moods may be given as reasons,
    None for all.

    Raises DatasetError when the lengths differ or there is no track.
    """
    if (
        not len(tracks)
        or not len(tracks) == len(embeddings) == len(probabilities)
        or probabilities.shape[1] != len(moods)
    ):
        raise DatasetError(
            f"{len(tracks)} tracks, {len(embeddings)} embeddings and probabilities of shape {np.shape(probabilities)} "
            f"for {len(moods)} moods "
            "do not belong together; make the embeddings again and train the model again"
        )
    sound_scaling = _scaling(np.asarray(embeddings, dtype=np.float64))
    log_odds = _log_odds(probabilities)
    mood_scaling = _scaling(log_odds)
    sound = unit_rows((embeddings - sound_scaling[0]) / sound_scaling[1])
    mood = (log_odds - mood_scaling[0]) / mood_scaling[1]
    not_music = np.zeros(len(tracks), dtype=bool) if not_music is None else not_music
    reliable = np.ones(len(moods), dtype=bool) if reliable is None else reliable
    return Catalogue(
        tracks.reset_index(drop=True),
        tuple(moods),
        np.asarray(probabilities),
        sound,
        mood,
        sound_scaling,
        mood_scaling,
        not_music,
        reliable,
        recordings(np.asarray(embeddings), tracks["duration"].to_numpy(dtype=float), tracks.get("path")),
        np.asarray(embeddings),
    )


def load_catalogue(workspace: Workspace, model: Model) -> Catalogue:
    """The embedded tracks of `workspace` with the moods `model` predicts for them, and which of them are not music
    to it.

    Raises ArtifactError when the workspace has no embeddings by the model's encoder, with the remedy that makes
    them.
    """
    encoder = str(model.encoder["name"])
    if (store := embeddings_for(workspace, model)) is None:
        folder = workspace.embeddings_dir(encoder)
        raise ArtifactError(
            f"{folder} holds no embeddings (no manifest), which the model {model.name!r} reads",
            remedy=Remedy("build_embeddings", workspace.root, encoder),
        )
    track_ids, X = store.read_pooled(model.pooling)
    dataset = Dataset.load(workspace.dataset_dir)
    tracks = dataset.tracks.set_index("track_id", drop=False)
    kept = [row for row, track_id in enumerate(track_ids) if track_id in tracks.index]
    chosen = tracks.loc[[track_ids[row] for row in kept]]
    excerpts = store.read_excerpts()
    reasons = ood.check_all(X[kept], model.distribution, [excerpts[row] for row in kept])
    not_music = np.array([reason is not None for reason in reasons], dtype=bool)
    reliable = model.trust["reliable"].to_numpy(dtype=bool)
    catalogue = make_catalogue(
        chosen,
        X[kept].astype(np.float64),
        model.probabilities(X[kept]),
        model.moods,
        not_music=not_music,
        reliable=reliable,
    )
    heard = heard_tags(encoder, model.pooling, X[kept])
    return replace(
        catalogue,
        heard=heard,
        labels=_labels_of(dataset, chosen.index, model.moods),
        plane=model.measured_places(X[kept]),
        contradicted=None if model.plane is None else model.contradictions(X[kept]),
    )


def _labels_of(dataset: Dataset, track_ids: pd.Index, moods: Sequence[str]) -> NDArray[np.bool_] | None:
    """(n_tracks, n_moods): the labels of `dataset` for these tracks and moods; None where there are none."""
    if not dataset.labels.any():
        return None
    row_of = {track_id: row for row, track_id in enumerate(dataset.tracks["track_id"])}
    own = dataset.labels[[row_of[track_id] for track_id in track_ids]]
    known = {mood: column for column, mood in enumerate(dataset.moods)}
    empty = np.zeros(len(own), bool)
    return np.stack([own[:, known[mood]] if mood in known else empty for mood in moods], axis=1)


def unit_rows(rows: Floats) -> Floats:
    """`rows` (n, dim) with length 1 each; one of zeros stays."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(length > 0, length, 1.0))


def _log_odds(probabilities: Floats) -> Floats:
    return np.asarray(logit(np.clip(np.asarray(probabilities, dtype=np.float64), 1e-4, 1 - 1e-4)))


def _scaling(values: Floats) -> tuple[Floats, Floats]:
    scale = values.std(axis=0)
    return values.mean(axis=0), np.where(scale > 0, scale, 1.0)
