"""Made-up pairs and a made-up teacher whose truth is known, for the tests of the starter."""

import numpy as np

from mer_core.model.mlp import sigmoid
from mer_core.training.starter.data import Pairs, Teacher

MOODS = ("happy", "sad", "calm", "epic")


def made_up(seed: int = 0, clips: int = 240, dim: int = 20) -> tuple[Pairs, Teacher, np.ndarray]:
    """Pairs of two segments a clip in three collections, a teacher that is noisy but right, and the true directions
    (dim, 4)."""
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=(dim, len(MOODS))) / np.sqrt(dim)
    frames = np.repeat(rng.normal(size=(clips, dim)), 2, axis=0) + 0.3 * rng.normal(size=(2 * clips, dim))
    logits = 2 * frames @ truth - 2 + 0.5 * rng.normal(size=(2 * clips, len(MOODS)))
    clip = np.repeat([f"c{index:04d}" for index in range(clips)], 2)
    collection = np.repeat(np.array(list("abc"))[np.arange(clips) % 3], 2)
    pairs = Pairs(collection, clip, np.hstack([frames, np.abs(frames)]), sigmoid(logits))
    said = 2 * rng.normal(size=(600, len(MOODS))) - 2
    labels = rng.random(said.shape) < sigmoid(said)
    return (
        pairs,
        Teacher(MOODS, np.repeat(np.arange(60), 10).astype(str), labels, sigmoid(said), labels.mean(axis=0)),
        truth,
    )
