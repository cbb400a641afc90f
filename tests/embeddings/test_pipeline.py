"""The threads between files and network: nothing lost, nothing reordered, nothing left running."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import audio_files
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_core.audio.content import Excerpts
from mer_core.audio.decode import decode
from mer_core.embeddings.pipeline import AudioItem, Piece, embed_tracks, full_batches
from mer_core.embeddings.store import Failure, TrackEmbedding
from mer_core.encoders import Framing, load_encoder
from mer_core.encoders.placeholder import PlaceholderEncoder
from mer_core.io.channel import Channel, ChannelStopped, Shared


def wav(seconds: float, seed: int = 0) -> bytes:
    noise = np.random.default_rng(seed).normal(0, 0.1, (1, round(seconds * 16000))).astype(np.float32)
    return audio_files.pcm(noise, 16000)


@given(st.lists(st.integers(1, 40), max_size=8), st.integers(1, 16), st.sampled_from([(5, 5), (7, 3), (3, 4)]))
def test_batches_are_full_and_hold_every_frame_once_in_order(
    frame_counts: list[int], batch_frames: int, sizes: tuple[int, int]
) -> None:
    framing = Framing(16000, *sizes)
    pieces = [
        Piece(track, 0, np.arange(framing.chunk_samples(count)) + 1000 * track)
        for track, count in enumerate(frame_counts)
    ]
    batches = list(full_batches(pieces, framing, batch_frames))
    counts = [sum(framing.frames_in(len(piece.samples)) for piece in batch) for batch in batches]
    assert all(count == batch_frames for count in counts[:-1]) and sum(counts) == sum(frame_counts)
    found = [
        (piece.track, piece.first + i, *frame)
        for batch in batches
        for piece in batch
        for i, frame in enumerate(framing.frames(piece.samples))
    ]
    wanted = [(piece.track, i, *frame) for piece in pieces for i, frame in enumerate(framing.frames(piece.samples))]
    assert found == wanted


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.2, 75.0), min_size=1, max_size=5), st.integers(1, 4))
def test_the_rows_are_those_of_whole_waveforms(seconds: list[float], jobs: int) -> None:
    encoder = load_encoder("placeholder")
    items = [AudioItem(f"t{number}", f"{number}.wav", wav(length, number)) for number, length in enumerate(seconds)]
    outcomes = list(embed_tracks(items, encoder, jobs))
    assert [outcome.track_id for outcome in outcomes] == [item.track_id for item in items]
    for outcome, item, length in zip(outcomes, items, seconds, strict=True):
        if isinstance(outcome, Failure):
            assert length < 1.01 and "shorter than one frame" in outcome.error
        else:
            assert outcome.duration == pytest.approx(length, abs=1e-3)
            waveform = decode(item.source, encoder.sample_rate).waveform
            np.testing.assert_array_equal(outcome.frames, encoder.encode(waveform))
            excerpts = Excerpts()
            excerpts.add(waveform)
            np.testing.assert_array_equal(outcome.excerpts, excerpts.measures())


def test_bad_files_are_failures_and_the_rest_goes_on(tmp_path: Path) -> None:
    sources = {
        "junk.mp3": b"not audio at all" * 50,
        "empty.mp3": b"",
        "gone.mp3": tmp_path / "gone.mp3",
        "video.mp4": audio_files.video_without_sound(),
    }
    sources["short.wav"] = wav(0.1)
    items = [AudioItem(name, name, source) for name, source in sources.items()] + [
        AudioItem("good", "good.wav", wav(3))
    ]
    outcomes = list(embed_tracks(items, load_encoder("placeholder"), jobs=2))
    assert [type(outcome) for outcome in outcomes] == [Failure] * 5 + [TrackEmbedding]
    assert all(outcome.track_id in outcome.error for outcome in outcomes[:5])


class FailingEncoder(PlaceholderEncoder):
    """Fails at its third batch, as a network out of memory would."""

    def __init__(self) -> None:
        super().__init__()
        self.batches = 0

    def _embed_batch(self, batch: np.ndarray) -> np.ndarray:
        self.batches += 1
        if self.batches == 3:
            raise RuntimeError("out of memory")
        return super()._embed_batch(batch)


def others() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if "_run" in thread.name}


def test_a_failing_network_ends_the_run_and_all_threads() -> None:
    items = (AudioItem(str(number), f"{number}.wav", wav(20)) for number in range(50))
    with pytest.raises(RuntimeError, match="out of memory"):
        list(embed_tracks(items, FailingEncoder(), jobs=2))
    assert others() == set()


def test_a_failing_source_of_items_ends_the_run() -> None:
    def items() -> Iterator[AudioItem]:
        yield AudioItem("a", "a.wav", wav(2))
        raise OSError("the mirror is gone")

    with pytest.raises(OSError, match="mirror"):
        list(embed_tracks(items(), load_encoder("placeholder"), jobs=1))
    assert others() == set()


def test_closing_ends_the_threads_and_items_are_taken_no_further_than_needed() -> None:
    taken = []

    def items() -> Iterator[AudioItem]:
        for number in range(10_000):
            taken.append(number)
            yield AudioItem(str(number), f"{number}.wav", wav(60))

    outcomes = embed_tracks(items(), load_encoder("placeholder"), jobs=2)
    next(outcomes)
    time.sleep(0.3)
    outcomes.close()
    assert len(taken) < 60 and others() == set()


def test_an_unexpected_error_at_one_file_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(
        "mer_core.embeddings.pipeline.iter_blocks",
        lambda source, *_, **__: 1 / 0 if source == b"" else decode_blocks(source),
    )
    outcomes = list(
        embed_tracks(
            [AudioItem("a", "a.wav", b""), AudioItem("b", "b.wav", wav(2))], load_encoder("placeholder"), jobs=1
        )
    )
    assert (
        isinstance(outcomes[0], Failure) and "a.wav" in outcomes[0].error and "ZeroDivisionError" in outcomes[0].error
    )
    assert isinstance(outcomes[1], TrackEmbedding)


def decode_blocks(source: bytes) -> Iterator[np.ndarray]:
    from mer_core.audio.decode import iter_blocks

    return iter_blocks(source, 16000)


def test_a_channel_ends_fails_and_stops() -> None:
    channel: Channel[int] = Channel(2, producers=2)
    channel.put(1)
    channel.close()
    channel.put(2)
    channel.close()
    assert list(channel) == [1, 2] and list(channel) == []
    failed: Channel[int] = Channel(1, producers=1)
    failed.close(ValueError("bad"))
    with pytest.raises(ValueError, match="bad"):
        next(iter(failed))
    full: Channel[int] = Channel(1, producers=1)
    full.put(1)
    threading.Timer(0.05, full.stop).start()
    with pytest.raises(ChannelStopped):
        full.put(2)
    with pytest.raises(ChannelStopped):
        next(iter(full))


def test_a_shared_iterator_gives_each_value_once() -> None:
    shared, found = Shared(range(2000)), []
    threads = [threading.Thread(target=lambda: found.extend(shared)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == list(range(2000))
