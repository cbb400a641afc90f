"""Encoders joined: what each heard at a moment stands side by side, the same from stores as from sound."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.encoders import encoder_name, load_encoder
from mer_core.encoders.framing import Framing
from mer_core.encoders.joint import JointEncoder, join_frames, joint_identity, parts_of
from mer_core.encoders.placeholder import PlaceholderEncoder
from mer_core.errors import AudioError, EncoderError


class Slow(PlaceholderEncoder):
    """A frame every 1.5 seconds, of two seconds."""

    name = "slow"
    framing = Framing(sample_rate=16000, frame_samples=32000, hop_samples=24000)
    batch_frames = 2


def identity(hop: float, frame: float, dim: int = 1, name: str = "a") -> dict[str, object]:
    return {"name": name, "version": "1", "sample_rate": 16000, "hop_seconds": hop, "frame_seconds": frame, "dim": dim}


@given(st.floats(0.3, 4), st.floats(0.3, 4), st.floats(0.5, 2), st.integers(1, 40), st.integers(1, 40))
def test_a_joint_frame_holds_what_the_other_heard_nearest(
    fast: float, ratio: float, length: float, n: int, m: int
) -> None:
    both = [identity(fast, fast * length), identity(fast * (1 + ratio), fast * (1 + ratio), name="b")]
    frames = [np.arange(n, dtype=np.float32)[:, None], np.arange(m, dtype=np.float32)[:, None]]
    joined = join_frames(frames, both)
    assert joined.shape == (n, 2) and (joined[:, 0] == np.arange(n)).all()
    taken = joined[:, 1].astype(int)
    assert all(later >= earlier for earlier, later in pairwise(taken))
    centres = [
        np.arange(count) * one["hop_seconds"] + one["frame_seconds"] / 2
        for count, one in zip((n, m), both, strict=True)
    ]
    away = np.abs(centres[0][:, None] - centres[1])
    assert np.allclose(away[np.arange(n), taken], away.min(axis=1))


def test_a_waveform_is_heard_by_each_as_by_it_alone() -> None:
    waveform = np.random.default_rng(0).normal(0, 0.1, 16000 * 9 + 77).astype(np.float32)
    members = [PlaceholderEncoder(), Slow()]
    joint = JointEncoder(members)
    alone = [member.encode(waveform) for member in members]
    frames = joint.encode(waveform)
    assert joint.name == "placeholder+slow" and joint.dim == frames.shape[1] == 32
    assert np.array_equal(frames, join_frames(alone, [member.identity() for member in members]))
    for size in (4000, 16000, 100_000):
        blocks = [waveform[at : at + size] for at in range(0, len(waveform), size)]
        assert np.array_equal(np.concatenate(list(joint.vectors_of(blocks))), frames)


def test_no_encoder_is_far_ahead_of_the_others() -> None:
    """So that a long file is not held in memory until the last encoder has heard it."""
    given = 0

    def blocks() -> list[np.ndarray]:
        nonlocal given
        for _ in range(600):
            given += 1
            yield np.full(8000, 0.1, np.float32)

    heard: list[tuple[int, str]] = []

    class Watched(PlaceholderEncoder):
        def embed(self, chunks: list[np.ndarray]) -> list[np.ndarray]:
            heard.append((given, self.name))
            return super().embed(chunks)

    class WatchedSlow(Slow, Watched):
        pass

    list(JointEncoder([Watched(), WatchedSlow()]).vectors_of(blocks()))
    seen = {name: [at for at, who in heard if who == name] for name in ("placeholder", "slow")}
    gaps = [later - earlier for earlier, later in pairwise(sorted({*seen["placeholder"], *seen["slow"]}))]
    assert max(gaps) <= 16 and min(map(len, seen.values())) > 30


def test_sound_too_short_for_one_is_refused() -> None:
    with pytest.raises(AudioError, match="shorter than one frame"):
        JointEncoder([PlaceholderEncoder(), Slow()]).encode(np.zeros(20000, np.float32))


def test_names_are_sorted_and_known() -> None:
    assert encoder_name("vggish+musicnn") == "musicnn+vggish" and parts_of("musicnn+musicnn") == ("musicnn",)
    with pytest.raises(EncoderError, match="no encoder 'nonesuch'"):
        encoder_name("musicnn+nonesuch")
    with pytest.raises(EncoderError, match="different rates"):
        joint_identity([identity(1, 1), {**identity(1, 1, name="b"), "sample_rate": 8000}])


@pytest.mark.parametrize("name", ["musicnn+placeholder"])
def test_joined_encoders_load_by_name(name: str, tmp_path: Path) -> None:
    assert load_encoder(name).identity() == joint_identity([load_encoder(part).identity() for part in parts_of(name)])
