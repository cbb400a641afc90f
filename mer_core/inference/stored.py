"""The moods a model predicts for all tracks of a workspace, kept where labels would be: `predicted/<model>/`.

predicted.json            model, encoder, moods, how many tracks, the thresholds that decided
predictions-….parquet     a library's predictions, see `model.prediction_columns`
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.layout import MOOD_CATEGORY
from mer_core.embeddings.store import EmbeddingStore
from mer_core.errors import ArtifactError, Remedy
from mer_core.io.arrays import read_table
from mer_core.io.files import read_bundle, write_bundle
from mer_core.model import ood
from mer_core.model.bundle import check_encoder
from mer_core.model.decision import adapt_thresholds
from mer_core.model.prediction_columns import CALIBRATED, DECIDED, NOT_MUSIC, TRACK, mood_columns, mood_table
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace

MANIFEST, TABLE = "predicted.json", "predictions.parquet"


@dataclass(frozen=True, eq=False)
class PredictedMoods:
    """Row i of `probabilities` and `decided`, (n_tracks, n_moods) float32 and bool, is the track `track_ids[i]`;
    `out_of_domain[i]` is "" or says why nothing is decided for it."""

    model_name: str
    moods: tuple[str, ...]
    track_ids: tuple[str, ...]
    probabilities: np.ndarray
    decided: np.ndarray
    out_of_domain: tuple[str, ...]
    thresholds: tuple[float, ...] = ()
    """(n_moods,) by which it was decided, which the library may have raised (see decision.adapt_thresholds); empty
    where an earlier release did not keep them."""


def predict_store(
    store: EmbeddingStore, model: Model, track_ids: Sequence[str] | None = None, albums: Mapping[str, str] | None = None
) -> PredictedMoods:
    """Predict the moods of the tracks in `store` (of those in `track_ids`, where given).

    albums: album id by track id ("" or missing: unknown); what the model hears in an album's other tracks then counts,
    too (see `album_context`), but not what it hears in those that are out of its distribution.

    Raises ArtifactError when the model reads another encoder or has not learned how much albums count, or the store is
    damaged.
    """
    rule = model.rule if albums is None else model.album_rule
    if rule is None:
        raise ArtifactError(
            f"the model {model.name!r} has not learned how much a track's album says (no album helped in training, or "
            f"it was made by an earlier "
            "release, or it is the starter); predict without albums, or train a model",
            remedy=Remedy("train_classifier", encoder=str(model.encoder["name"])),
        )
    check_encoder(model, store.identity, store=store.folder)
    stored, X = store.read_pooled(model.pooling)
    wanted = set(stored if track_ids is None else track_ids)
    rows = [row for row, track_id in enumerate(stored) if track_id in wanted]
    X = X[rows]
    excerpts = store.read_excerpts()
    not_music = tuple(reason or "" for reason in ood.check_all(X, model.distribution, [excerpts[row] for row in rows]))
    ids = tuple(stored[row] for row in rows)
    album_of = albums or {}
    known = np.array(
        ["" if reason else album_of.get(track_id, "") for track_id, reason in zip(ids, not_music, strict=True)],
        dtype=str,
    )
    raw = model.classifier.predict_proba(X)
    probabilities = rule.apply(raw, known).calibrated.reshape(len(rows), len(model.moods))
    music = ~np.array(list(map(bool, not_music)), dtype=bool)
    against = model.contradictions(X)
    thresholds = rule.thresholds
    if "share" in model.trust:
        possible = model.allowed & music[:, None] & ~against
        thresholds = adapt_thresholds(probabilities, thresholds, model.trust["share"].to_numpy(float), possible)
    decided = model.decide(probabilities, thresholds, music=music, contradicted=against, distance=model.distances(X))
    stored_probabilities = probabilities.astype(np.float32)
    return PredictedMoods(
        model.name, model.moods, ids, stored_probabilities, decided, not_music, tuple(map(float, thresholds))
    )


def save_predictions(workspace: Workspace, predicted: PredictedMoods) -> Path:
    """Keep `predicted` in the workspace, replacing what the same model predicted before; returns the folder."""
    table = pd.DataFrame({TRACK: predicted.track_ids, NOT_MUSIC: predicted.out_of_domain}, dtype=str)
    kinds = ((CALIBRATED, predicted.probabilities), (DECIDED, predicted.decided))
    buffer = io.BytesIO()
    tables = [mood_table(kind, predicted.moods, values) for kind, values in kinds]
    pd.concat([table, *tables], axis=1).to_parquet(buffer, index=False)
    folder = _folder(workspace, predicted.model_name)
    manifest = {"model": predicted.model_name, "moods": list(predicted.moods), "tracks": len(predicted.track_ids)}
    manifest["thresholds"] = dict(zip(predicted.moods, predicted.thresholds, strict=False))
    write_bundle(folder, MANIFEST, manifest, {TABLE: buffer.getvalue()})
    return folder


def load_predictions(workspace: Workspace, model_name: str) -> PredictedMoods:
    """What the model called `model_name` predicted for the workspace's tracks.

    Raises ArtifactError when that is missing or damaged, with the remedy that makes it.
    """
    folder = _folder(workspace, model_name)
    bundle = read_bundle(folder, MANIFEST, rebuild_remedy(folder))
    try:
        moods = tuple(map(str, bundle.manifest["moods"]))
        table = read_table(bundle.files[TABLE])
        probabilities, decided = (
            table[mood_columns(kind, moods)].to_numpy(dtype=dtype)
            for kind, dtype in ((CALIBRATED, np.float32), (DECIDED, bool))
        )
        if not ((probabilities >= 0) & (probabilities <= 1)).all():  # False for NaN
            raise ValueError("it holds something else than probabilities")
        thresholds = tuple(map(float, bundle.manifest.get("thresholds", {}).values()))
        reasons = tuple(table[NOT_MUSIC])
        return PredictedMoods(model_name, moods, tuple(table[TRACK]), probabilities, decided, reasons, thresholds)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise ArtifactError(f"{folder} is damaged ({error})", remedy=rebuild_remedy(folder)) from error


def rebuild_remedy(folder: Path) -> Remedy:
    """What rebuilds the predictions in the folder `predicted/<model>` of a workspace."""
    return Remedy("predict_library", folder.parent.parent, model=folder.name)


def with_predicted_labels(dataset: Dataset, predicted: PredictedMoods) -> Dataset:
    """`dataset` with the decided moods in the place of labels; whoever shows them must call them predicted. Tracks
    without prediction have none."""
    row_of = {track_id: row for row, track_id in enumerate(predicted.track_ids)}
    rows = np.array([row_of.get(track_id, -1) for track_id in dataset.tracks["track_id"]], dtype=int)
    labels = np.vstack([predicted.decided, np.zeros((1, len(predicted.moods)), dtype=bool)])[rows]
    return replace(
        dataset,
        labels=labels,
        moods=predicted.moods,
        categories=(MOOD_CATEGORY,) * len(predicted.moods),
        split_moods=(),
    )


def _folder(workspace: Workspace, model_name: str) -> Path:
    if Path(model_name).name != model_name or model_name in ("", ".", ".."):
        raise ArtifactError(f"{model_name!r} is no name of a model; rename the model")
    return workspace.predictions_dir(model_name)
