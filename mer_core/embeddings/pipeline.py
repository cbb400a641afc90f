"""Many tracks → their frame embeddings, with every core busy all the time.

    items ──► decoding threads ──► pieces of waveform (bounded) ──► network ──► outcomes in order

A network that runs on the thread that calls it is called by the decoding threads themselves: each decodes a piece and
embeds one, so no core waits for another. Only at the end, when no track is left to decode, a thread embeds what others
decode. A network that spreads over the cores itself has a thread of its own, which gathers the frames of several tracks
in full batches.

What waits between the threads is bounded in seconds of audio, whatever the length of a track. A frame's vector does not
depend on its batch (see encoders/base.py), so the outcomes are the same, bit for bit, whatever the timing.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mer_core.audio.container import Source, printable
from mer_core.audio.content import Excerpts, listened
from mer_core.audio.decode import iter_blocks
from mer_core.embeddings.store import AudioWarning, Failure, TrackEmbedding
from mer_core.encoders import Encoder, Framing, iter_chunks
from mer_core.errors import MerError
from mer_core.io.channel import Channel, ChannelStopped, Shared

LOGGER = logging.getLogger(__name__)
PIECE_SECONDS = 30.0
PIECES_AHEAD = 8
"""Pieces of PIECE_SECONDS decoded ahead of the network: 15 MB at 16 kHz."""


class AudioItem(NamedTuple):
    """A track to embed: its id, its path in the dataset (what errors call it) and where its audio is."""

    track_id: str
    path: str
    source: Source


class Piece(NamedTuple):
    """The frames `first`, `first` + 1, … of track number `track` as one run of samples."""

    track: int
    first: int
    samples: np.ndarray


class _Vectors(NamedTuple):
    track: int
    first: int
    vectors: np.ndarray


class _End(NamedTuple):
    """All of a track has been decoded: its duration in seconds, its frames, the measures of its excerpts and what was
    wrong with it, or why it failed."""

    track: int
    duration: float
    n_frames: int
    excerpts: np.ndarray | None = None
    warning: str | None = None
    error: str | None = None


@dataclass
class _Track:
    item: AudioItem
    vectors: dict[int, np.ndarray] = field(default_factory=dict)
    missing: int = 0  # frames, counted from both sides: the end adds what there are, vectors take away what has come
    end: _End | None = None

    def add(self, result: _Vectors | _End) -> TrackEmbedding | Failure | None:
        """The outcome once `result` was the last one missing, else None."""
        if isinstance(result, _End):
            self.end = result
            self.missing += result.n_frames
        else:
            self.vectors[result.first] = result.vectors
            self.missing -= len(result.vectors)
        if self.end is None or (self.missing and self.end.error is None):
            return None
        if self.end.error is not None:
            return Failure(self.item.track_id, self.item.path, self.end.error)
        frames = np.concatenate([self.vectors[first] for first in sorted(self.vectors)])
        warning = AudioWarning(self.item.track_id, self.item.path, self.end.warning) if self.end.warning else None
        return TrackEmbedding(self.item.track_id, self.end.duration, frames, self.end.excerpts, warning)


def embed_tracks(
    items: Iterable[AudioItem], encoder: Encoder, jobs: int | None = None
) -> Iterator[TrackEmbedding | Failure]:
    """Embed `items`: one outcome each, in their order; a file that cannot be decoded gives a Failure and the rest goes
    on.

    `items` may be a generator that waits, e.g. for a download; it is advanced no further than decoding is ahead.
    `jobs` is the number of decoding threads (default: the cores). Closing the iterator stops all threads.

    Raises what the network raises: no later track would fare better.
    """
    pipeline = _Pipeline(items, encoder, jobs or os.cpu_count() or 1)
    try:
        yield from pipeline.outcomes()
    finally:
        pipeline.stop()


def full_batches(pieces: Iterable[Piece], framing: Framing, batch_frames: int) -> Iterator[list[Piece]]:
    """Cut and gather `pieces` into lists that hold exactly `batch_frames` frames (the last may hold fewer)."""
    batch: list[Piece] = []
    room = batch_frames
    for piece in pieces:
        rest: Piece | None = piece
        while rest is not None:
            head, rest = _split(rest, room, framing)
            batch.append(head)
            room -= framing.frames_in(len(head.samples))
            if room == 0:
                yield batch
                batch, room = [], batch_frames
    if batch:
        yield batch


def _split(piece: Piece, n_frames: int, framing: Framing) -> tuple[Piece, Piece | None]:
    if framing.frames_in(len(piece.samples)) <= n_frames:
        return piece, None
    rest = Piece(piece.track, piece.first + n_frames, piece.samples[n_frames * framing.hop_samples :])
    return piece._replace(samples=piece.samples[: framing.chunk_samples(n_frames)]), rest


class _Pipeline:
    def __init__(self, items: Iterable[AudioItem], encoder: Encoder, jobs: int) -> None:
        self._encoder = encoder
        self._items = Shared(enumerate(items))
        self._tracks: dict[int, _Track] = {}
        self._spreads = encoder.threads == 1
        self._pieces: Channel[Piece] = Channel(PIECES_AHEAD if self._spreads else jobs, producers=jobs)
        self._batches = Shared(full_batches(self._pieces, encoder.framing, encoder.batch_frames))
        work = [self._decode_all if self._spreads else self._decode_and_embed] * jobs
        work += [self._embed_batches] if self._spreads else [self._embed_pieces] * (encoder.threads - jobs)
        self._results: Channel[_Vectors | _End] = Channel(1024, producers=len(work))
        self._threads = [threading.Thread(target=self._run, args=(part,), daemon=True) for part in work]

    def outcomes(self) -> Iterator[TrackEmbedding | Failure]:
        """Start the threads; what becomes of each track, in the order the tracks were given."""
        for thread in self._threads:
            thread.start()
        finished: dict[int, TrackEmbedding | Failure] = {}
        position = 0
        for result in self._results:
            track = self._tracks.get(result.track)
            outcome = (
                track.add(result) if track else None
            )  # vectors of a track that has failed meanwhile find no track any more
            if outcome is not None:
                finished[result.track] = outcome
                del self._tracks[result.track]
            while position in finished:
                yield finished.pop(position)
                position += 1

    def stop(self) -> None:
        """End the threads, also in the middle of the work."""
        self._pieces.stop()
        self._results.stop()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _run(self, work: Callable[[], None]) -> None:
        error: BaseException | None = None
        try:
            work()
        except ChannelStopped:
            pass
        except BaseException as raised:  # handed to the thread that reads the outcomes, which raises it
            error = raised
        self._results.close(error)

    def _decode_and_embed(self) -> None:
        self._decode_all()
        self._embed_pieces()

    def _decode_all(self) -> None:
        try:
            self._decode()
        finally:
            self._pieces.close()

    def _decode(self) -> None:
        for number, item in self._items:
            self._tracks[number] = _Track(item)
            try:
                end = self._decode_track(number, item)
            except MerError as error:
                end = _End(
                    number,
                    0.0,
                    0,
                    error=str(error) if printable(item.path) in str(error) else f"{printable(item.path)}: {error}",
                )
            except ChannelStopped:
                raise
            except Exception as error:  # one strange file must not end a run of a day
                LOGGER.exception("unexpected failure at %s", item.path)
                end = _End(
                    number,
                    0.0,
                    0,
                    error=f"{item.path} could not be decoded ({type(error).__name__}: {error}); convert it with "
                    f"another program",
                )
            self._results.put(end)

    def _decode_track(self, number: int, item: AudioItem) -> _End:
        framing = self._encoder.framing
        blocks = iter_blocks(item.source, framing.sample_rate, block_seconds=PIECE_SECONDS, name=item.path)
        n_frames = 0
        excerpts = Excerpts()
        for samples in iter_chunks(
            listened(blocks, excerpts), framing, max(1, round(PIECE_SECONDS / framing.hop_seconds))
        ):
            self._hand_on(Piece(number, n_frames, samples))
            n_frames += framing.frames_in(len(samples))
        if blocks.warning:
            LOGGER.warning("%s", blocks.warning)
        return _End(number, blocks.duration, n_frames, excerpts.measures(), blocks.warning)

    def _hand_on(self, piece: Piece) -> None:
        if self._spreads:
            self._pieces.put(piece)
        elif (oldest := self._pieces.exchange(piece)) is not None:
            self._embed([oldest])

    def _embed_pieces(self) -> None:
        for piece in self._pieces:
            self._embed([piece])

    def _embed_batches(self) -> None:
        for batch in self._batches:
            self._embed(batch)

    def _embed(self, batch: list[Piece]) -> None:
        vectors = self._encoder.embed([piece.samples for piece in batch])
        for piece, part in zip(batch, vectors, strict=True):
            self._results.put(_Vectors(piece.track, piece.first, part))
