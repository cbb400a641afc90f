"""Laws of decoding that hold for any block size, rate and length."""

import numpy as np
from audio_files import pcm, tones
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.audio import decode as audio
from mer_core.audio import levels

RATES = st.sampled_from([8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000])
LENGTHS = st.integers(1, 30_000)


@settings(max_examples=40, deadline=None)
@given(length=LENGTHS, rate=RATES, target=RATES, block=st.floats(0.001, 2.0))
def test_blocks_concatenated_equal_the_whole(length: int, rate: int, target: int, block: float) -> None:
    data = pcm(np.resize(tones(1.0, rate), (2, length)), rate)
    whole = audio.decode(data, target).waveform
    blocks = list(audio.iter_blocks(data, target, block_seconds=block))
    assert np.array_equal(np.concatenate(blocks), whole)
    assert {part.size for part in blocks[:-1]} <= {max(1, round(block * target))}


@settings(max_examples=40, deadline=None)
@given(length=st.integers(100, 30_000), rate=RATES, target=RATES)
def test_resampling_keeps_the_duration(length: int, rate: int, target: int) -> None:
    decoded = audio.decode(pcm(np.resize(tones(1.0, rate), (1, length)), rate), target)
    assert abs(decoded.waveform.size - length * target / rate) <= 1
    assert decoded.duration == decoded.waveform.size / target


@settings(max_examples=40, deadline=None)
@given(gain=st.floats(0, 1e6), rate=RATES)
def test_the_waveform_stays_within_full_scale(gain: float, rate: int) -> None:
    waveform = audio.decode(pcm(tones(0.1, rate) * np.float32(gain), rate, "FLOAT"), 16000).waveform
    assert np.isfinite(waveform).all()
    assert np.abs(waveform).max() <= 1.0


@settings(max_examples=40, deadline=None)
@given(gain=st.floats(0.01, 100))
def test_decoding_is_linear_at_the_levels_of_music_and_blind_to_others(gain: float) -> None:
    samples = tones(0.2, 44100)
    one, scaled = (
        audio.decode(pcm(samples * np.float32(factor), 44100, "FLOAT"), 16000).waveform for factor in (1.0, gain)
    )
    peak = float(np.abs(samples).max())
    ordinary = levels.QUIET < gain * peak <= 1
    assert np.allclose(scaled, one * np.float32(gain if ordinary else levels.PEAK / peak), atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=4000),
    head=st.sampled_from([b"", b"RIFF", b"ID3\x04\0\0", b"fLaC", b"OggS\0\2", b"\xff\xfb\x90\x64", b"\0\0\0 ftypM4A "]),
)
def test_any_bytes_give_a_waveform_or_an_audio_error(data: bytes, head: bytes) -> None:
    try:
        decoded = audio.decode(head + data, 16000)
    except audio.AudioError as error:
        assert str(error)
    else:
        assert np.isfinite(decoded.waveform).all()
