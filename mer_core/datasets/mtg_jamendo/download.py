"""MTG-Jamendo from its mirrors into a workspace: metadata first, then audio part by part, everything verified.

Every step can be interrupted and is resumed by doing the same again: what is complete is not fetched twice.
"""

import logging
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from tqdm import tqdm

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.checksums import read_checksums
from mer_core.datasets.mtg_jamendo.metadata import check_metadata
from mer_core.datasets.mtg_jamendo.source import TITLES, TRACKS_FILES, JamendoSource
from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.checksums import sha256_of
from mer_core.io.http import MirrorError, Transfer
from mer_core.io.tar import Unpacked, unpack
from mer_core.workspace.kinds import DATASET, kind_of
from mer_core.workspace.layout import Workspace, write_lock

LOGGER = logging.getLogger(__name__)
LARGEST_METADATA = 500_000_000
LARGEST_TAR = 50_000_000_000
GIVE_UP_AFTER = 3
"""Parts in a row that cannot be had: then the mirror is down, and waiting for the others makes no sense."""
METADATA_ATTEMPTS = 8
"""The beginning of a run, somebody watches: two minutes of trying show that the network or the address is
wrong."""


@dataclass
class Tally:
    """What a download did: files fetched, bytes over the network, SHA-256 found right, files found there, and what
    failed and why."""

    files: int = 0
    bytes: int = 0
    verified: int = 0
    skipped: int = 0
    failures: dict[str, str] = field(default_factory=dict)


def download(
    root: Path, source: JamendoSource, parts: Sequence[int], *, verify: bool = False, progress: bool = False
) -> Tally:
    """Get the metadata, then the audio of `parts` (none: metadata only); a part that fails is reported in the tally,
    and the others go on, until three in a row cannot be had. `verify` says not to trust tracks that are there already
    (see Downloader).

    Raises DatasetError when `root` has another dataset or the metadata cannot be had, ArtifactError when another
    process writes `root`, DiskFull when there is no room.
    """
    downloader = Downloader(Path(root), source, progress, verify)
    with write_lock(downloader.root):
        workspace = downloader.fetch_metadata()
        in_a_row = 0
        for part in parts:
            if in_a_row == GIVE_UP_AFTER:
                downloader.tally.failures[source.tar_name(part)] = (
                    f"not tried, for {in_a_row} parts in a row could not be had"
                )
                continue
            try:
                unpacked = downloader.fetch_part(part, workspace.audio_root)
            except DatasetError as error:
                LOGGER.warning("part %02d: %s", part, error)
                downloader.tally.failures[source.tar_name(part)] = str(error)
                in_a_row = in_a_row + 1 if isinstance(error, MirrorError) else 0
            else:
                downloader.tally.failures.update(unpacked.failed)
                in_a_row = 0
    return downloader.tally


@dataclass
class Downloader:
    """Fetches from `source` into the workspace `root` and counts what it did; setting `stop` calls a transfer off (it
    raises TransferStopped).

    Tracks that are there already are trusted, for they were verified when they came; with `verify` they are verified
    again.
    """

    root: Path
    source: JamendoSource
    progress: bool = False
    verify: bool = False
    tally: Tally = field(default_factory=Tally)
    stop: threading.Event = field(default_factory=threading.Event)
    _transfer: Transfer | None = None

    def fetch_metadata(self) -> Workspace:
        """Make `root` a workspace with the metadata and checksum lists, fetching what is not there yet.

        Raises DatasetError when `root` has another dataset, a file cannot be had, or what was fetched is no dataset.
        """
        _refuse_other_dataset(self.root)
        names = [*self.source.metadata_files, *self.source.optional_files]
        absent = [name for name in names if not (self.root / "dataset" / name).exists()]
        needed = not set(absent) <= set(self.source.optional_files)
        self.tally.skipped += len(names) - len(absent)
        for name in tqdm(absent, desc="metadata", unit="file", disable=not self.progress):
            try:
                self._fetch_file(name, METADATA_ATTEMPTS if needed else 1)
            except MirrorError as error:
                if name not in self.source.optional_files:
                    raise
                LOGGER.log(
                    logging.WARNING if needed else logging.INFO, "titles and artists are left out: %s", error
                )  # the first run has reported it
        try:
            Dataset.load(self.root / "dataset", name=self.source.tracks_name)
        except DatasetError as error:
            raise DatasetError(
                f"{error} (fetched from {self.source.metadata_mirror}; delete {self.root / 'dataset'} to fetch it "
                f"again)"
            ) from error
        try:
            return Workspace.open(self.root)
        except ArtifactError:  # there is none yet, or its description is damaged
            return Workspace.create(self.root, title=TITLES[self.source.dataset], kind=DATASET)

    def fetch_part(self, part: int, folder: Path, wanted: Collection[str] | None = None) -> Unpacked:
        """Bring the tracks of a part (or those `wanted` of them) into `folder`: download, verify, unpack, verify each.

        A track has its name only once it is verified, so a part whose tracks are all there is not fetched.

        Raises MirrorError, DatasetError (a damaged or hostile tar), DiskFull, TransferStopped.
        """
        if self.source.tar_name(part) not in self.tars:
            raise DatasetError(
                f"{self.source.tar_name(part)} is not in {self.source.checksum_files[0]}, so it cannot be verified; "
                f"choose other parts"
            )
        names = [name for name in self.tracks if name.startswith(f"{part:02d}/") and (wanted is None or name in wanted)]
        if self._are_there(folder, names):
            self.tally.skipped += 1
            return Unpacked(names)
        tar = self._fetch_tar(part)
        (folder / f"{part:02d}").mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f"{part:02d}/.*.tmp"):  # of a run that was killed
            leftover.unlink()
        unpacked = unpack(tar, folder, self.tracks, wanted, self.stop)
        self.tally.verified += 1 + len(unpacked.verified)
        lost = {
            name: f"{self.source.tar_name(part)} does not hold it"
            for name in {*names} - {*unpacked.verified, *unpacked.failed}
        }
        return Unpacked(unpacked.verified, {**unpacked.failed, **lost})

    def _are_there(self, folder: Path, names: Sequence[str]) -> bool:
        if not all((folder / name).is_file() for name in names):
            return False
        if not self.verify:
            return True
        for name in names:
            if sha256_of(folder / name) != self.tracks[name]:
                LOGGER.warning(
                    "%s is not the published file (its SHA-256 differs); its part is fetched again", folder / name
                )
                return False
        self.tally.verified += len(names)
        return True

    def call_off(self) -> None:
        """Set `stop`, and end a transfer of another thread at once."""
        self.stop.set()
        if self._transfer is not None:
            self._transfer.call_off()

    def arrived(self, part: int) -> int:
        """Bytes of a part's tar that have arrived and not been unpacked."""
        path = self._download_path(self.source.tar_name(part))
        return path.stat().st_size if path.exists() else 0

    def discard_part(self, part: int) -> None:
        """Delete what has arrived of a part's tar."""
        self._download_path(self.source.tar_name(part)).unlink(missing_ok=True)

    def discard_other_parts(self, parts: Collection[int]) -> None:
        """Delete what has arrived of all tars, of any dataset and type, but those of `parts`."""
        kept = {self._download_path(self.source.tar_name(part)) for part in parts}
        for path in (self.root / "downloads").glob("*.tar.part"):
            if path not in kept:
                path.unlink()

    def tar_size(self, part: int) -> int | None:
        """Length in bytes of a part's tar, or None where the mirror does not say; raises MirrorError,
        TransferStopped."""
        return Transfer(
            self.source.tar_url(part), self._download_path(""), patience=self.source.patience, stop=self.stop
        ).length()

    @cached_property
    def tars(self) -> dict[str, str]:
        """SHA-256 of each tar; raises DatasetError where the metadata has not been fetched."""
        return read_checksums(self.root / "dataset" / self.source.checksum_files[0])

    @cached_property
    def tracks(self) -> dict[str, str]:
        """SHA-256 of each track by its name in the tars, as "48/948.low.mp3"."""
        return read_checksums(self.root / "dataset" / self.source.checksum_files[1])

    def _fetch_tar(self, part: int) -> Path:
        name = self.source.tar_name(part)
        path = self._download_path(name)
        with _Bar(name, self.progress) as bar:
            self._run(
                Transfer(
                    self.source.tar_url(part),
                    path,
                    self.tars[name],
                    "mirror",
                    LARGEST_TAR,
                    self.source.patience,
                    bar.add,
                    bar.start,
                    self.stop,
                )
            )
        return path

    def _fetch_file(self, name: str, attempts: int) -> None:
        path = self._download_path(name.replace("/", "_"))
        path.unlink(missing_ok=True)  # without a checksum an older beginning must not be completed
        patience = replace(self.source.patience, attempts=min(attempts, self.source.patience.attempts))
        url, option = self.source.metadata_url(name), "metadata mirror"
        self._run(Transfer(url, path, option=option, largest=LARGEST_METADATA, patience=patience, stop=self.stop))
        try:
            check_metadata(name, path)
        except DatasetError as error:
            path.unlink()
            found = str(error).partition("; ")[0]  # what the reader advises is for files of one's own
            raise MirrorError(
                f"{url} sent something else ({found}); run the same command again later, or try another {option}"
            ) from error
        (self.root / "dataset" / name).parent.mkdir(parents=True, exist_ok=True)
        path.replace(self.root / "dataset" / name)

    def _run(self, transfer: Transfer) -> None:
        self._transfer = transfer
        try:
            transfer.run()
        finally:
            self.tally.bytes += transfer.received
        self.tally.files += 1

    def _download_path(self, name: str) -> Path:
        """Where a file grows; it is a prefix of the whole at every moment."""
        return self.root / "downloads" / f"{name}.part"


class _Bar:
    """Bytes, speed and remaining time of one file on standard error, where shown."""

    def __init__(self, name: str, shown: bool) -> None:
        self._bar = tqdm(desc=name, unit="B", unit_scale=True, disable=not shown, dynamic_ncols=True)
        self.add = self._bar.update

    def start(self, have: int, total: int | None) -> None:
        """Start again at `have` bytes of `total` (None: unknown)."""
        self._bar.reset(total)
        self._bar.initial = self._bar.n = have

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _refuse_other_dataset(root: Path) -> None:
    other = [
        path
        for path in (root / "dataset").glob("*.tsv")
        if not path.name.endswith(".meta.tsv") and path.stem not in TRACKS_FILES.values()
    ]
    if other:
        raise DatasetError(f"{root} holds another dataset ({other[0].name}); name a new folder for MTG-Jamendo")
    if (kind := kind_of(root)) not in (None, DATASET):
        raise DatasetError(f"{root} is a workspace of the kind {kind!r}; name a new folder for MTG-Jamendo")
