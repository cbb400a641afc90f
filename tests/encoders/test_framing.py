"""Framing: frames are where the documentation says, and cutting into blocks leaves no seam."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.encoders import ENCODERS, Framing, iter_chunks, load_encoder
from mer_core.errors import AudioError, EncoderError

FRAMINGS = st.builds(
    Framing,
    sample_rate=st.just(100),
    frame_samples=st.integers(8, 40),
    hop_samples=st.integers(1, 60),
    lead_samples=st.integers(0, 4),
    tail_samples=st.integers(0, 4),
)


@given(framing=FRAMINGS, n_samples=st.integers(0, 400), chunk_frames=st.integers(1, 9), data=st.data())
def test_chunks_hold_the_frames_of_the_whole_waveform_in_order(framing, n_samples, chunk_frames, data):
    waveform = np.arange(1, n_samples + 1, dtype=np.float32)
    cuts = sorted(data.draw(st.lists(st.integers(0, n_samples), max_size=8)))
    padded = np.concatenate([np.zeros(framing.lead_samples), waveform, np.zeros(framing.tail_samples)])
    starts = range(0, len(padded) - framing.frame_samples + 1, framing.hop_samples)
    assert framing.n_frames(n_samples) == len(starts)
    chunks = iter_chunks(np.split(waveform, cuts), framing, chunk_frames)
    if not starts:
        with pytest.raises(AudioError, match="shorter than one frame"):
            list(chunks)
        return
    frames = [framing.frames(chunk) for chunk in chunks]
    assert all(len(part) == chunk_frames for part in frames[:-1])
    np.testing.assert_array_equal(
        np.concatenate(frames), [padded[start : start + framing.frame_samples] for start in starts]
    )


def test_a_chunk_of_no_whole_number_of_frames_is_refused():
    framing = Framing(100, 10, 5)
    assert framing.frames(np.zeros(20, np.float32)).shape == (3, 10)
    for length in (0, 9, 12):
        with pytest.raises(AudioError, match="whole frames"):
            framing.frames(np.zeros(length, np.float32))


def test_lengths_in_seconds():
    framing = Framing(16000, 15600, 15360)
    assert (framing.frame_seconds, framing.hop_seconds, framing.shortest_samples) == (0.975, 0.96, 15600)
    assert Framing(16000, 48128, 47872, 256, 256).shortest_samples == 47616


def test_unknown_encoder_names_the_known_ones():
    with pytest.raises(EncoderError, match=", ".join(ENCODERS)):
        load_encoder("openl3")


class TestPlaceholder:
    encoder = load_encoder("placeholder")

    @settings(max_examples=25, deadline=None)
    @given(lengths=st.lists(st.integers(16000, 90000), min_size=1, max_size=4), chunk_frames=st.integers(1, 20))
    def test_vectors_do_not_depend_on_grouping(self, lengths, chunk_frames):
        rng = np.random.default_rng(len(lengths))
        tracks = [rng.normal(0, 0.1, length).astype(np.float32) for length in lengths]
        chunks = [list(iter_chunks([track], self.encoder.framing, chunk_frames)) for track in tracks]
        together = np.concatenate(self.encoder.embed([chunk for track in chunks for chunk in track]))
        np.testing.assert_array_equal(together, np.concatenate([self.encoder.encode(track) for track in tracks]))

    def test_identity_and_shape(self):
        assert self.encoder.identity() == {
            "name": "placeholder",
            "version": "1",
            "sample_rate": 16000,
            "frame_seconds": 1.0,
            "hop_seconds": 0.5,
            "dim": 16,
        }
        vectors = self.encoder.encode(np.sin(np.arange(40000) / 10))
        assert vectors.shape == (4, 16)
        assert vectors.dtype == np.float32
        assert np.isfinite(self.encoder.encode(np.zeros(16000))).all()

    def test_different_sounds_differ(self):
        time = np.arange(16000) / 16000
        low, high = (self.encoder.encode(np.sin(2 * np.pi * pitch * time))[0] for pitch in (200, 2000))
        assert np.abs(low - high).max() > 1

    @pytest.mark.parametrize(
        ("waveform", "cause"),
        [
            (np.zeros(15999), "shorter than one frame"),
            (np.zeros((2, 16000)), "one dimension"),
            (np.full(16000, np.nan), "NaN"),
        ],
    )
    def test_bad_waveforms_are_refused(self, waveform, cause):
        with pytest.raises(AudioError, match=cause):
            self.encoder.encode(waveform)

    def test_no_chunks_no_vectors(self):
        assert self.encoder.embed([]) == []
