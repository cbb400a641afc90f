"""The journal of what a person said of tracks: `teach/answers.jsonl` of a workspace, one JSON object a line.

An answer says whether a track has a mood: examples of a mood of one's own and corrections of a model's moods are the
same thing. Lines are only ever appended: taking an answer back appends a line that names it. A process killed while it
writes leaves at most one torn line, which readers skip and the next writer closes; two writers wait for each other
(file lock). Who answered is never asked.
"""

import json
import logging
import os
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock

from mer_core.errors import ArtifactError, DatasetError
from mer_core.io.files import LARGEST_TEXT, read_regular
from mer_core.workspace.layout import Workspace

LOGGER = logging.getLogger(__name__)
FILE = "answers.jsonl"
LONGEST_MOOD = 60
"""Characters of the longest name of a mood."""
PATIENCE = 10.0
"""Seconds that a writer waits for another; one answer takes milliseconds."""


@dataclass(frozen=True)
class Answer:
    """One thing said of one track."""

    track_id: str
    mood: str
    value: bool | None
    """True: the track has the mood. False: it has not. None: skipped, the person could not say."""
    source: str = "teach"
    """Where it was said: "teach" (a question), "examples", "correction", "labels", "import"."""
    why: str = ""
    """Of a question: why the track was asked, one of `queue.REASONS`."""
    path: str = ""
    """The track's audio below the audio folder, by which it is found again where its id has changed."""
    model: str = ""
    """The model whose moods were shown."""
    said: float | None = None
    """The probability in [0, 1] that the model had given; None where none was shown."""
    title: str = ""
    """What the file was called, of a piece that is no track of the workspace."""
    when: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True)
class Journal:
    """The journal of a workspace; `read` gives what stands, `add` and `undo` append."""

    path: Path

    @classmethod
    def of(cls, workspace: Workspace) -> "Journal":
        """The journal of `workspace`, whether there is one yet or not."""
        return cls(workspace.root / "teach" / FILE)

    def read(self) -> list[Answer]:
        """The answers that stand (not taken back), in the order they were given.

        Raises ArtifactError when the file cannot be read.
        """
        answers: dict[str, Answer] = {}
        for entry in self._entries():
            if "undoes" in entry:
                answers.pop(str(entry["undoes"]), None)
            elif answer := _answer(entry):
                answers[answer.id] = answer
        return list(answers.values())

    def add(self, answers: Iterable[Answer]) -> list[Answer]:
        """Append answers; returns them as they were written, mood names tidied.

        Raises DatasetError for a name no mood can have, ArtifactError when another process holds the journal too long.
        """
        tidy = [replace(answer, mood=tidy_mood(answer.mood)) for answer in answers]
        self._append([asdict(answer) for answer in tidy])
        return tidy

    def undo(self, answer_id: str | None = None) -> Answer | None:
        """Take back one answer, the last one without an id; returns it, or None where there is none such."""
        standing = self.read()
        chosen = next((a for a in reversed(standing) if answer_id in (None, a.id)), None)
        if chosen:
            self._append([{"undoes": chosen.id, "when": datetime.now(UTC).isoformat(timespec="seconds")}])
        return chosen

    def _entries(self) -> list[dict[str, Any]]:
        try:
            data = read_regular(self.path, LARGEST_TEXT)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ArtifactError(
                f"{self.path} cannot be read ({error.strerror}); check its permissions, or restore it from a backup"
            ) from error
        entries, damaged = [], 0
        for line in data.split(b"\n"):
            try:
                entry = json.loads(line) if line.strip() else None
            except (ValueError, RecursionError):
                damaged += 1
                continue
            if isinstance(entry, dict):
                entries.append(entry)
        if damaged:
            LOGGER.info("%s: %d torn lines are skipped; they are of a process that was killed", self.path, damaged)
        return entries

    def _append(self, entries: Sequence[dict[str, Any]]) -> None:
        """Write lines in one piece at the end, and to the disk, before anybody hears that they are kept."""
        if not entries:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        data = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode()
        try:
            with filelock.FileLock(self.path.with_name(".lock"), timeout=PATIENCE), self.path.open("ab+") as handle:
                handle.seek(0, os.SEEK_END)
                if handle.tell() and _last_byte(handle) != b"\n":  # a killed writer left a torn line
                    data = b"\n" + data
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
        except filelock.Timeout as error:
            raise ArtifactError(f"another process is writing {self.path}; try again when it has ended") from error


def tidy_mood(name: str) -> str:
    """The name of a mood as it is kept: lower case, single spaces. Raises DatasetError where it is empty or no name."""
    tidy = " ".join(str(name).split()).lower()
    if (
        not tidy
        or len(tidy) > LONGEST_MOOD
        or not tidy.isprintable()
        or "---" in tidy
        or any(c in tidy for c in ",;<>|")
    ):
        raise DatasetError(
            f"{name[: LONGEST_MOOD + 20]!r} cannot name a mood; use 1 to {LONGEST_MOOD} characters without , ; < > | "
            f"and ---"
        )
    return tidy


def _last_byte(handle: Any) -> bytes:
    handle.seek(-1, os.SEEK_END)
    return bytes(handle.read(1))


_KEYS = {known.name for known in fields(Answer)}


def _answer(entry: dict[str, Any]) -> Answer | None:
    """The answer of a line; None where it is none that this release knows. Keys of later releases are left out."""
    record = {key: value for key, value in entry.items() if key in _KEYS}
    texts = [record.get(key) for key in ("track_id", "mood", "id", "when")]
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(record.get("value"), bool | None):
        return None
    return Answer(**record)
