"""What the HTTP API says of a workspace's tracks, as plain values that JSON can hold."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mer_core.errors import DatasetError, MerError
from mer_core.inference.stored import PredictedMoods, load_predictions
from mer_core.model.bundle import without_nan
from mer_core.model.trained import Model
from mer_core.moods import kind_of
from mer_core.recommend.catalogue import Catalogue, load_catalogue
from mer_core.recommend.describe import described, understand, unwanted_moods
from mer_core.recommend.rank import Query, rank, usual_per_artist
from mer_core.workspace.layout import Workspace, store_manifest

Found = dict[str, Any]
_NAMED = ["track_id", "title", "artist", "path"]


class UnknownTrackError(MerError):
    """A track that the library does not have."""


@dataclass
class ServedLibrary:
    """The tracks of a workspace as a model hears them; read anew when the store has changed."""

    workspace: Workspace
    model: Model
    _held: tuple[int, Catalogue] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def catalogue(self) -> Catalogue:
        """The tracks that have embeddings; raises ArtifactError as `load_catalogue` does."""
        manifest = store_manifest(self.workspace.embeddings_dir(str(self.model.encoder["name"])))
        with self._lock:
            changed = manifest.stat().st_mtime_ns if manifest.exists() else 0
            if self._held is None or self._held[0] != changed:
                self._held = (changed, load_catalogue(self.workspace, self.model))
            return self._held[1]

    def moods(self) -> Found:
        """How many tracks have each mood, by the kept predictions of the model, the commonest first."""
        predicted = self._predicted()
        counts = predicted.decided.sum(axis=0)
        rows = [
            {"mood": mood, "kind": kind_of(mood), "tracks": int(count)}
            for mood, count in zip(predicted.moods, counts, strict=True)
        ]
        return {
            "model": self.model.name,
            "tracks": len(predicted.track_ids),
            "moods": sorted(rows, key=lambda row: (-row["tracks"], row["mood"])),
        }

    def all_tracks(self, limit: int, offset: int = 0) -> Found:
        """The tracks in the library's order."""
        tracks = self.catalogue().tracks
        rows = tracks.iloc[offset : offset + limit].to_dict("records")
        return {"count": len(tracks), "tracks": [{name: str(row[name]) for name in _NAMED} for row in rows]}

    def with_mood(self, mood: str, limit: int, offset: int = 0) -> Found:
        """The tracks that have `mood`, the most probable first."""
        predicted = self._predicted()
        if mood not in predicted.moods:
            raise DatasetError(f"there is no mood {mood!r}; there are {', '.join(predicted.moods)}")
        column = predicted.moods.index(mood)
        rows = np.flatnonzero(predicted.decided[:, column])
        order = rows[np.argsort(-predicted.probabilities[rows, column], kind="stable")][offset : offset + limit]
        names = self.catalogue().tracks.set_index("track_id", drop=False)
        found = [
            {**_named(names, predicted.track_ids[row]), "probability": float(predicted.probabilities[row, column])}
            for row in order
        ]
        return {"mood": mood, "model": self.model.name, "count": len(rows), "tracks": found}

    def track(self, track_id: str) -> Found:
        """What is kept of one track: its moods and which are decided."""
        predicted = self._predicted()
        if track_id not in predicted.track_ids:
            raise self._unknown(track_id)
        row = predicted.track_ids.index(track_id)
        probabilities = dict(zip(predicted.moods, map(float, predicted.probabilities[row]), strict=True))
        decided = [mood for mood, has in zip(predicted.moods, predicted.decided[row], strict=True) if has]
        return {
            **_named(self.catalogue().tracks.set_index("track_id", drop=False), track_id),
            "decided": sorted(decided, key=lambda mood: -probabilities[mood]),
            "out_of_domain": predicted.out_of_domain[row] or None,
            "moods": probabilities,
        }

    def neighbours(self, track_id: str, limit: int, mood_weight: float) -> Found:
        """The tracks most like one, in sound and mood."""
        catalogue = self.catalogue()
        if track_id not in catalogue.row_of_id:
            raise self._unknown(track_id)
        row = catalogue.row_of(track_id)
        query = Query(
            sound=catalogue.sound[[row]],
            mood=catalogue.mood[[row]],
            excluded=[track_id],
            mood_weight=mood_weight,
            per_artist=usual_per_artist(catalogue),
        )
        return {"track_id": track_id, "tracks": _ranked(rank(catalogue, query, limit))}

    def describe(self, text: str, limit: int) -> Found:
        """The tracks that fit a description, and what was understood of it."""
        catalogue = self.catalogue()
        understood = understand(text, names=catalogue.moods)
        query = Query(
            described=described(catalogue, understood),
            unwanted=unwanted_moods(catalogue, understood),
            per_artist=usual_per_artist(catalogue),
        )
        return {"understood": understood.to_dict(), "tracks": _ranked(rank(catalogue, query, limit))}

    def _predicted(self) -> PredictedMoods:
        return load_predictions(self.workspace, self.model.name)

    def _unknown(self, track_id: str) -> MerError:
        return UnknownTrackError(
            f"there is no track {track_id!r} in {self.workspace.title}; ask for one that /tracks lists"
        )


def _named(tracks: pd.DataFrame, track_id: str) -> Found:
    if track_id not in tracks.index:  # it has left the dataset since it was predicted
        return {"track_id": track_id, "title": "", "artist": "", "path": ""}
    row = tracks.loc[track_id]
    return {name: str(row[name]) for name in _NAMED}


def _ranked(found: pd.DataFrame) -> Sequence[Found]:
    columns = [name for name in (*_NAMED, "score", "sound_similarity", "mood_similarity") if name in found]
    plain: Sequence[Found] = without_nan({"rows": found[columns].to_dict("records")})["rows"]
    return plain
