"""Voice or instrumental, from MusiCNN's own last layer."""

import numpy as np

from mer_core.encoders.musicnn.weights import read_weights, tag_names
from mer_core.music.voice import INSTRUMENTAL, PLAYED, SUNG, VOICES, voices


def towards(tag: str, away: str) -> np.ndarray:
    """An embedding (400,) whose tag is probable and the other is not; its second half, of a deviation, is not read."""
    kernel, names = read_weights()["dense_1/kernel"], tag_names()
    direction = kernel[:, names.index(tag)] - kernel[:, names.index(away)]
    return np.concatenate([direction / np.linalg.norm(direction) * 20, np.full(len(direction), 1e6)])


def test_the_leading_tag_decides() -> None:
    pooled = np.stack([towards(VOICES[0], INSTRUMENTAL), towards(INSTRUMENTAL, VOICES[0])])
    assert list(voices("musicnn", "mean+std", pooled)) == [SUNG, PLAYED]


def test_other_encoders_and_poolings_tell_nothing() -> None:
    assert list(voices("vggish", "mean", np.ones((2, 128)))) == ["", ""]
    assert list(voices("musicnn", "max", np.ones((1, 200)))) == [""]
    assert len(voices("musicnn", "mean", np.ones((0, 200)))) == 0
