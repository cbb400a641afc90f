"""Training a workspace's mood classifier: fit on train; stop, calibrate and set thresholds on validation; look at test once.

Beside the model two others are always trained on the same features: logistic regression (the baseline) and the same
classifier on permuted labels (the control, which must score chance).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mer_core import domain
from mer_core.calibration import fit_calibration
from mer_core.classifier import Context, MoodClassifier
from mer_core.dataset import Dataset
from mer_core.embedding_store import EmbeddingStore
from mer_core.errors import ArtifactError, DatasetError
from mer_core.evaluation import evaluate
from mer_core.model_folder import Model
from mer_core.thresholds import DEFAULT_METHOD, choose_thresholds, decide
from mer_core.trust import MIN_ARTISTS, MIN_SUPPORT, macro_intervals, mood_trust
from mer_core.workspace import Workspace

DEFAULT_POOLING = "mean+std"
BASELINE_C = 0.01
"""Inverse strength of the baseline's L2 penalty on standardised features; embeddings of some hundred dimensions want a strong one."""


@dataclass(frozen=True)
class TrainingData:
    """The embedded, labelled tracks of a workspace: row i of `X` (n_tracks, n_features) and of `dataset` is the same track."""

    dataset: Dataset
    X: np.ndarray
    encoder: dict[str, Any]
    pooling: str
    synthetic: bool

    def part(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Features and labels of "train", "validation" or "test"."""
        rows = (self.dataset.tracks["split"] == name).to_numpy()
        return self.X[rows], self.dataset.labels[rows]

    @property
    def artists(self) -> np.ndarray:
        """(n_tracks,) artist ids."""
        return self.dataset.tracks["artist_id"].to_numpy(dtype=str)


def load_training_data(workspace: Workspace, encoder: str, pooling: str = DEFAULT_POOLING, split: int = 0) -> TrainingData:
    """The tracks of a split that have embeddings by `encoder`.

    Raises ArtifactError without embeddings, DatasetError when train or validation is empty, each with the next command.
    """
    if encoder not in workspace.encoders():
        command = f"python scripts/build_embeddings.py {workspace.root} --encoder {encoder}"
        raise ArtifactError(f"{workspace.root} has no embeddings of the encoder {encoder!r}; make them with: {command}")
    store = EmbeddingStore.open(workspace.embeddings_dir(encoder))
    track_ids, X = store.read_pooled(pooling)
    row_of = {track_id: row for row, track_id in enumerate(track_ids)}
    dataset = Dataset.load(workspace.dataset_dir, split).split_view()
    embedded = dataset.subset(dataset.tracks["track_id"].isin(row_of).to_numpy())
    for part in ("train", "validation"):
        if not (embedded.tracks["split"] == part).any():
            raise DatasetError(f"no track of the {part} part of split {split} has an embedding; complete the store with scripts/build_embeddings.py")
    rows = [row_of[track_id] for track_id in embedded.tracks["track_id"]]
    return TrainingData(embedded, X[rows], store.identity, pooling, workspace.synthetic)


def train_model(name: str, data: TrainingData, classifier: MoodClassifier | None = None, threshold_method: str = DEFAULT_METHOD) -> Model:
    """Train, calibrate, set thresholds, and judge a model; its `metrics` hold validation, test, baseline and control.

    Trust is measured on test, on validation where there is no test part.
    """
    X, Y = data.part("train")
    X_val, Y_val = data.part("validation")
    groups = data.artists[(data.dataset.tracks["split"] == "train").to_numpy()]
    fitted = (classifier or MoodClassifier()).fit(X, Y, X_val, Y_val, Context(data.dataset.moods, groups))
    raw_val = fitted.predict_proba(X_val)
    calibration = fit_calibration(Y_val, raw_val)
    thresholds = choose_thresholds(Y_val, calibration.apply(raw_val), threshold_method)
    raw = fitted.predict_proba(data.X)
    calibrated = calibration.apply(raw)
    judged = "test" if (data.dataset.tracks["split"] == "test").any() else "validation"
    rows = (data.dataset.tracks["split"] == judged).to_numpy()
    trust = mood_trust(data.dataset.labels[rows], calibrated[rows], data.dataset.moods, data.artists[rows])
    model = Model(
        name=name,
        moods=data.dataset.moods,
        encoder=data.encoder,
        pooling=data.pooling,
        classifier=fitted,
        calibration=calibration,
        thresholds=thresholds,
        trust=trust,
        synthetic=data.synthetic,
        domain=domain.fit(X, groups if len(np.unique(groups)) >= MIN_ARTISTS else None),
        predictions=_predictions(data, raw, calibrated),
    )
    model.metrics = _metrics(data, calibrated, thresholds, judged) | {"threshold_method": threshold_method, "settings": fitted.get_params()}
    return model


def compare(data: TrainingData, classifier: MoodClassifier | None = None, seed: int = 0) -> dict[str, dict[str, float]]:
    """Figures on test (validation where there is none) of the baseline, and of the classifier on permuted labels: "baseline", "permuted_control"."""
    X, Y = data.part("train")
    X_val, Y_val = data.part("validation")
    X_test, Y_test = data.part("test")
    if not len(X_test):
        X_test, Y_test = X_val, Y_val
    shuffled = np.random.default_rng(seed).permutation(len(Y))
    shuffled_val = np.random.default_rng(seed + 1).permutation(len(Y_val))
    control = (classifier or MoodClassifier()).fit(X, Y[shuffled], X_val, Y_val[shuffled_val], Context(data.dataset.moods))
    return {
        "baseline": _figures(Y_test, fit_baseline(X, Y)(X_test), data.dataset.moods),
        "permuted_control": _figures(Y_test, control.predict_proba(X_test), data.dataset.moods),
    }


def fit_baseline(X: np.ndarray, Y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """One logistic regression a mood on standardised features; returns what gives probabilities (n, n_moods) for features (n, n_features).

    A mood whose training labels are all alike gets its share for every track.
    """
    models = [
        make_pipeline(StandardScaler(), LogisticRegression(C=BASELINE_C, class_weight="balanced", max_iter=500)).fit(X, y) if 0 < y.sum() < len(y) else y.mean()
        for y in Y.T
    ]

    def probabilities(features: np.ndarray) -> np.ndarray:
        columns = [np.full(len(features), model) if isinstance(model, float) else model.predict_proba(features)[:, 1] for model in models]
        return np.stack(columns, axis=1)

    return probabilities


def cross_validate(data: TrainingData, n_folds: int, classifier: MoodClassifier | None = None, seed: int = 0) -> dict[str, Any]:
    """Figures over all tracks, each predicted by a model that did not see it: the classifier, the baseline, the permuted control.

    Folds keep artists apart where there are enough of them. A quarter of each fold's training tracks stops the training.
    ROC-AUC and PR-AUC are means over the moods with at least MIN_SUPPORT positive tracks, with a 95 % bootstrap interval.
    """
    Y = data.dataset.labels
    permuted = Y[np.random.default_rng(seed).permutation(len(Y))]
    out = {name: np.zeros(Y.shape) for name in ("classifier", "baseline", "permuted_control")}
    for inside, outside in folds(data.artists, n_folds, seed):
        train, stop = next(folds(data.artists[inside], 4, seed))
        train, stop = inside[train], inside[stop]
        for name, labels in (("classifier", Y), ("permuted_control", permuted)):
            model = MoodClassifier(**(classifier or MoodClassifier()).get_params())
            out[name][outside] = model.fit(data.X[train], labels[train], data.X[stop], labels[stop]).predict_proba(data.X[outside])
        out["baseline"][outside] = fit_baseline(data.X[inside], Y[inside])(data.X[outside])
    artists = data.artists if len(np.unique(data.artists)) >= MIN_ARTISTS else None
    result: dict[str, Any] = {"folds": n_folds, "moods": int((Y.sum(axis=0) >= MIN_SUPPORT).sum()), "tracks": len(Y)}
    for name, P in out.items():
        figures = macro_intervals(Y, P, artists, MIN_SUPPORT)
        result[name] = {metric: dict(zip(("value", "low", "high"), interval, strict=True)) for metric, interval in figures.items()}
    return result


def folds(artists: np.ndarray, n_folds: int, seed: int) -> Any:
    """Pairs of row numbers (inside, outside), artists apart where at least `n_folds` are known, shuffled by `seed`."""
    if len(np.unique(artists)) >= max(n_folds, MIN_ARTISTS):
        return GroupKFold(n_folds, shuffle=True, random_state=seed).split(artists, groups=artists)
    return KFold(n_folds, shuffle=True, random_state=seed).split(artists)


def _metrics(data: TrainingData, calibrated: np.ndarray, thresholds: np.ndarray, judged: str) -> dict[str, Any]:
    result: dict[str, Any] = {"judged_on": judged, "test_looks": int(judged == "test")}
    for part in ("validation", "test"):
        rows = (data.dataset.tracks["split"] == part).to_numpy()
        if rows.any():
            Y, P = data.dataset.labels[rows], calibrated[rows]
            enough = macro_intervals(Y, P, data.artists[rows], MIN_SUPPORT)["ROC-AUC"]
            figures = evaluate(Y, P, data.dataset.moods, decide(P, thresholds)).figures
            supported = {
                "supported_moods": int((Y.sum(axis=0) >= MIN_SUPPORT).sum()),
                "ROC-AUC-supported": dict(zip(("value", "low", "high"), enough, strict=True)),
            }
            result[part] = {**figures, "tracks": int(rows.sum()), **supported}
    return result


def _figures(Y: np.ndarray, P: np.ndarray, moods: tuple[str, ...]) -> dict[str, float]:
    figures = evaluate(Y, P, moods).figures
    return {name: value for name, value in figures.items() if name.startswith(("ROC", "PR"))} | {
        "ROC-AUC-supported": macro_intervals(Y, P, None, MIN_SUPPORT)["ROC-AUC"][0]
    }


def _predictions(data: TrainingData, raw: np.ndarray, calibrated: np.ndarray) -> pd.DataFrame:
    moods = data.dataset.moods
    columns = {f"{kind}:{mood}": values[:, j].astype(np.float32) for kind, values in (("p", raw), ("c", calibrated)) for j, mood in enumerate(moods)}
    return pd.DataFrame({"track_id": data.dataset.tracks["track_id"], "split": data.dataset.tracks["split"], **columns})
