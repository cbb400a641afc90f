"""From the mirror into the store, part by part, on a small disk: download → verify → unpack → embed → delete.

While one part is embedded, the next is downloaded and unpacked in a thread. The disk holds two parts at most, or what
`max_disk` allows, with what an interrupted run has left. Run again after an interruption, it goes on where it was.
"""

import logging
import shutil
from collections.abc import Collection, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from mer_core.datasets.mtg_jamendo.download import GIVE_UP_AFTER, Downloader
from mer_core.embeddings.audio_type import keep_audio_type
from mer_core.embeddings.disk_budget import DiskBudget
from mer_core.embeddings.extract import AudioItem, EmbeddingProgress, Extraction, extract_parts, parts_of, save_part
from mer_core.embeddings.store import EmbeddingStore, Failure, shard_name
from mer_core.embeddings.waiting import failures_of, waiting_tracks
from mer_core.encoders import Encoder
from mer_core.errors import DatasetError
from mer_core.io.disk_space import DiskFull
from mer_core.io.tar import Unpacked
from mer_core.workspace.layout import Workspace

LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class StreamedPart:
    """The tracks of one part that are on the disk now, and those that the mirror does not have as published."""

    number: int
    items: list[AudioItem]
    failures: list[Failure] = field(default_factory=list)


@dataclass
class AudioStream:
    """Brings the audio of `tracks` (columns track_id, path) part by part; each is deleted when the next is asked for.

    `keep_audio` leaves it in the workspace's audio folder instead. `max_disk` is in bytes (None: two parts).
    Parts that cannot be had are in `failed_parts` with the reason.
    """

    downloader: Downloader
    workspace: Workspace
    keep_audio: bool = False
    max_disk: int | None = None
    failed_parts: dict[int, str] = field(default_factory=dict)

    def parts(self, tracks: pd.DataFrame) -> Generator[StreamedPart]:
        """Yield the parts in order. Closing the iterator stops the download under way; it is resumed by the next
        run, with a new Downloader.

        Raises DiskFull, and DatasetError when `max_disk` is too small for a part or three parts in a row cannot be had.
        """
        wanted = self._by_part(tracks)
        self._delete_leftovers(wanted)
        budget = DiskBudget(self.max_disk, self.downloader.stop, self._delete)
        for number in wanted:
            budget.keep(number, self._left(number))
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="download") as pool:
            futures = {number: pool.submit(self._fetch, number, names, budget) for number, names in wanted.items()}
            in_a_row = 0
            try:
                for number, future in futures.items():
                    try:
                        part = future.result()
                    except DatasetError as error:
                        LOGGER.warning("part %02d is left out: %s", number, error)
                        self.failed_parts[number] = str(error)
                        budget.keep(number, self._left(number))
                        in_a_row += 1
                        if in_a_row == GIVE_UP_AFTER:
                            raise DatasetError(
                                f"{in_a_row} parts in a row cannot be had, the last because {error}"
                            ) from error
                        continue
                    in_a_row = 0
                    yield part
                    self._delete(number)
                    budget.release(number)
            finally:
                self.downloader.call_off()
                pool.shutdown(cancel_futures=True)

    @property
    def _folder(self) -> Path:
        """Where audio is unpacked: in a folder of its own where it is not kept, so that only what came by here is
        deleted."""
        return self.workspace.audio_root if self.keep_audio else self.workspace.root / "downloads" / "audio"

    def _by_part(self, tracks: pd.DataFrame) -> dict[int, dict[str, tuple[str, str]]]:
        """By part: name in the tar → (track id, path)."""
        parts: dict[int, dict[str, tuple[str, str]]] = {}
        for track_id, path in sorted(zip(tracks["track_id"], tracks["path"], strict=True), key=lambda track: track[1]):
            number = path.partition("/")[0]
            if not number.isdecimal() or len(number) != 2:
                raise DatasetError(
                    f"the path {path!r} of {track_id} is not of the form NN/ID.mp3, so this dataset is not on the "
                    f"mirror; embed it from its audio folder"
                )
            parts.setdefault(int(number), {})[self.downloader.source.track_name(path)] = (track_id, path)
        return parts

    def _fetch(self, number: int, names: Mapping[str, tuple[str, str]], budget: DiskBudget) -> StreamedPart:
        at_home = {
            track: self.workspace.audio_path(track[1]).with_name(Path(name).name) for name, track in names.items()
        }
        if all(path.is_file() for path in at_home.values()):
            return StreamedPart(number, [AudioItem(*track, path) for track, path in at_home.items()])
        budget.acquire(number, lambda: self.downloader.tar_size(number))
        if not self.keep_audio and not all((self._folder / name).is_file() for name in names):
            shutil.rmtree(
                self._folder / f"{number:02d}", ignore_errors=True
            )  # the tar grows to its full size again, beside nothing
        unpacked = self._unpacked(number, names, budget)
        items = [AudioItem(*names[name], self._folder / name) for name in unpacked.verified]
        return StreamedPart(number, items, failures_of(names, unpacked))

    def _unpacked(self, number: int, names: Collection[str], budget: DiskBudget) -> Unpacked:
        """Fetch a part; where the disk is full, wait for the room that another part gives up."""
        while True:
            others = budget.others(number)  # asked before: what goes meanwhile makes another attempt worth it
            try:
                return self.downloader.fetch_part(number, self._folder, names)
            except DiskFull as error:
                if not others:
                    raise
                LOGGER.warning("part %02d waits for room: %s", number, error)
            budget.make_room(number, others)

    def _left(self, number: int) -> int:
        """Bytes that lie there of a part that is not complete: of its tar, and unpacked."""
        unpacked = [] if self.keep_audio else list((self._folder / f"{number:02d}").glob("*"))
        return self.downloader.arrived(number) + sum(path.stat().st_size for path in unpacked)

    def _delete(self, number: int) -> None:
        self.downloader.discard_part(number)
        if not self.keep_audio:
            shutil.rmtree(self._folder / f"{number:02d}", ignore_errors=True)

    def _delete_leftovers(self, wanted: Mapping[int, object]) -> None:
        """What an interrupted run left of parts that are done or not asked for any more, or unpacked where audio was
        not to be kept."""
        passing = self.workspace.root / "downloads" / "audio"
        for folder in passing.iterdir() if passing.is_dir() else ():
            if self.keep_audio or not folder.name.isdecimal() or int(folder.name) not in wanted:
                shutil.rmtree(folder)
        if not self.keep_audio:
            self.downloader.discard_other_parts(wanted)


def extract_from_mirror(
    tracks: pd.DataFrame,
    stream: AudioStream,
    encoder: Encoder,
    store: EmbeddingStore,
    *,
    jobs: int | None = None,
    retry_failed: bool = False,
    progress: bool = False,
) -> Extraction:
    """Embed what `store` does not hold of `tracks`, taking audio from `stream`; the store becomes the same, byte for
    byte, as from local files.

    Tracks that could not be embedded before are tried again only where `retry_failed`, for that downloads their whole
    part.

    Raises ArtifactError when the store cannot be written or continued, DiskFull, DatasetError when the mirror is down.
    """
    keep_audio_type(store, stream.downloader.source.kind)
    store.set_damaged_aside()
    waiting = waiting_tracks(tracks, store, retry_failed=retry_failed)
    counted = EmbeddingProgress(len(waiting.tracks), shown=progress)
    try:
        with closing(stream.parts(waiting.tracks)) as parts:
            for part in parts:
                _embed(part, encoder, store, counted, jobs)
    finally:
        summary = counted.finish(waiting.reused, waiting.failed_before)
    return summary


def _embed(
    part: StreamedPart, encoder: Encoder, store: EmbeddingStore, counted: EmbeddingProgress, jobs: int | None
) -> None:
    for failure in part.failures:
        counted.add(failure)
    if part.failures:
        save_part(store, shard_name(part.failures[0].track_id, part.failures[0].path), part.failures)
    for _ in extract_parts(parts_of(part.items), encoder, store, jobs=jobs, on_outcome=counted.add):
        pass
