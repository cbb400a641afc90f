"""Made-up embeddings, a model and a map for every track of a workspace, to measure pages at full size without its
audio."""

import numpy as np

from mer_core.datasets.dataset import Dataset
from mer_core.embeddings.shard import TrackEmbedding
from mer_core.embeddings.store import EmbeddingStore, shard_name
from mer_core.encoders import load_encoder
from mer_core.maps.umap import MoodMap, save_map
from mer_core.metrics.bootstrap import mood_trust
from mer_core.model.bundle import save_model
from mer_core.model.calibration import Calibration
from mer_core.model.classifier import MoodClassifier
from mer_core.model.mlp import DenseEnsemble
from mer_core.model.prediction_columns import CALIBRATED, RAW, mood_table
from mer_core.model.trained import Model
from mer_core.workspace.layout import Workspace

ENCODER = "placeholder"


def fill(workspace: Workspace, seed: int = 0) -> int:
    """Write a store, a model called "made-up" and a map with random content; returns the number of tracks."""
    rng = np.random.default_rng(seed)
    dataset = Dataset.load(workspace.dataset_dir)
    identity = load_encoder(ENCODER).identity()
    store = EmbeddingStore.create(workspace.embeddings_dir(ENCODER), identity)
    shards: dict[str, list[TrackEmbedding]] = {}
    for track_id, path, duration in dataset.tracks[["track_id", "path", "duration"]].itertuples(index=False):
        frames = rng.normal(size=(4, identity["dim"])).astype(np.float32)
        shards.setdefault(shard_name(track_id, path), []).append(TrackEmbedding(track_id, duration, frames))
    for name, rows in shards.items():
        store.write_shard(name, rows)
    save_model(workspace.model_dir("made-up"), _model(dataset.split_view(), identity, rng))
    places = rng.normal(size=(len(dataset), 2)).astype(np.float32)
    save_map(workspace.map_dir(ENCODER), MoodMap(tuple(store.track_ids), places, 0.9, identity, "mean+std"))
    return len(dataset)


def _model(dataset: Dataset, identity: dict[str, object], rng: np.random.Generator) -> Model:
    """A random network, with made-up predictions of the test part that are a little better than chance."""
    test, moods = dataset.in_split("test"), dataset.moods
    width = 2 * int(str(identity["dim"]))
    network = DenseEnsemble(
        np.zeros(width), np.ones(width), (((rng.normal(size=(width, len(moods))), np.full(len(moods), -3.0)),),)
    )
    guesses = np.clip(test.labels * 0.3 + rng.random(test.labels.shape) * 0.5, 0, 1)
    predictions = test.tracks[["track_id", "split"]]
    for kind in (RAW, CALIBRATED):
        predictions = predictions.join(mood_table(kind, moods, guesses))
    return Model(
        name="made-up",
        moods=moods,
        encoder=dict(identity),
        pooling="mean+std",
        classifier=MoodClassifier.from_network(network, moods),
        calibration=Calibration(np.ones(len(moods)), np.zeros(len(moods))),
        thresholds=np.full(len(moods), 0.4),
        trust=mood_trust(test.labels, guesses, moods, artists=test.tracks["artist_id"].to_numpy()),
        predictions=predictions,
    )
