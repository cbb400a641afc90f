"""Many people at once on a real server: they upload files of their own, good ones of several formats and bad ones,
change pages, reload;
each must see the right answer for the own file, or what is wrong with it, and nothing of anybody else's."""

import json
import random
import statistics
import threading
import time
from base64 import b64decode
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from _app_server import app_server
from audio_files import KINDS, write

from mer_core.errors import AudioError
from mer_core.figures.predict import moods_figure
from mer_core.inference import predict
from mer_core.inference.predict import Predictor
from mer_core.model.bundle import STARTER

from .browsing import Tab, shown
from .isolation import isolated
from .report import Clock, Report
from .small_workspace import RATE, make_metadata, make_workspace, tune

SESSIONS = 20
SECONDS = 120.0
LAST_VISIT = 40.0
"""Seconds in which the visits that have begun come to their end."""
FILES_EACH = 2
TITLE = "Moods of the track"
OTHER_PAGES = ("Dataset", "Mood_map", "Diagnostics", "Recommend", "Generate", "")
THINK = (0.5, 2.0)
"""Seconds a person looks at a page before the next click."""
KINDS_GIVEN = ("flac", "mp3", "wav", "")
"""Formats of the files, in turn; "": a bad file."""
MOST_GROWTH = 1.2
"""Most that the server's memory may be, in the last quarter and afterwards, of what it was in the third quarter."""
MOST_SLOPE = 0.1
"""Share of the plateau by which the line through the second half may rise."""
FEWEST_SAMPLES = 40
"""Seconds watched that are needed to tell a plateau from the beginning."""


@dataclass(frozen=True)
class Song:
    """A file, and the right answer: the moods' names and probabilities as the page's figure has them, or the error."""

    name: str
    data: bytes
    moods: tuple[str, ...] = ()
    probabilities: np.ndarray | None = None
    error: str = ""


@dataclass
class Log:
    """What all sessions saw; shared by their threads (appending is safe)."""

    wrong: list[str] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    outcomes: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    queued: set[int] = field(default_factory=set)
    """The people who saw their place in the queue."""


def run(
    folder: Path, clock: Clock, *, sessions: int = SESSIONS, seconds: float = SECONDS, model: str = STARTER
) -> Report:
    """`sessions` people for `seconds`, or as long as the clock allows."""
    report = Report("people")
    root = make_workspace(folder / "all" / "ws", make_metadata(folder / "metadata"))
    songs = isolated(make_songs, root, sessions * FILES_EACH, model, timeout=300).result
    log, memory = Log(), Memory()
    server_log = folder / "server.log"
    with app_server({"MER_WORKSPACES": str(root.parent)}, server_log) as address, memory.watching():
        load = Clock(max(0.0, min(seconds, clock.left - LAST_VISIT)))
        with ThreadPoolExecutor(sessions) as pool:
            list(pool.map(lambda number: _person(address, songs, number, model, load, log), range(sessions)))
        lasted = load.passed
        memory.settle()
    report.tried, report.sessions, report.wrong, report.errors = (
        log.outcomes.total(),
        log.sessions,
        log.wrong,
        log.outcomes,
    )
    report.wrong += ["nobody saw a place in the queue"] * bool(seconds and not log.queued)
    report.wrong += [f"the server's log has a traceback: {server_log}"] * (
        "Traceback" in server_log.read_text(errors="replace")
    )
    report.leaks = memory.leaks()
    report.notes = [
        f"{sessions} people at once for {lasted:.0f} s, {log.sessions} sessions in all; {len(log.queued)} people saw "
        f"their place in the queue; {memory}"
    ]
    report.notes += [f"{what}: {_percentiles(times)}" for what, times in sorted(log.seconds.items())]
    report.seconds = clock.passed
    return report


def make_songs(root: Path, count: int, model: str) -> list[Song]:
    """Files that nobody else has, and what the library says of them, outside of the app."""
    predictor = predict.open_predictor(model, root)
    return [_make_song(predictor, number, KINDS_GIVEN[number % len(KINDS_GIVEN)]) for number in range(count)]


def _make_song(predictor: Predictor, number: int, kind: str) -> Song:
    name = f"song of person {number:03d}.{kind or 'mp3'}"
    data = (
        write(tune(1000 + number, 6 + number % 5)[None], KINDS[kind]._replace(rate=RATE))
        if kind
        else f"no music, {number}".encode() * 100
    )
    try:
        moods = json.loads(moods_figure(predictor.from_file(data, name=name).moods).to_json())["data"][0]
    except AudioError as error:
        return Song(name, data, error=str(error))
    return Song(name, data, tuple(moods["y"]), _numbers(moods["x"]))


def _person(address: str, songs: list[Song], number: int, model: str, load: Clock, log: Log) -> None:
    """One person: opens a tab again and again, until the time is over."""
    rng = random.Random(number)
    visit = 0
    time.sleep(rng.uniform(0, 2))
    while not visit or load.left:
        song = songs[number * FILES_EACH + (visit + number) % FILES_EACH]
        try:
            if _visit(address, song, {song.name for song in songs} - {song.name}, model, rng, log):
                log.queued.add(number)
        except Exception as error:  # whatever it is, this person got no answer
            log.wrong.append(f"person {number}, visit {visit}: {type(error).__name__}: {error}")
        visit += 1


def _visit(address: str, song: Song, others: set[str], model: str, rng: random.Random, log: Log) -> bool:
    """Open the predict page, upload a song, look at another page, come back; whether it waited in the queue and saw its
    place."""
    tab = _timed(log, "open a page", lambda: Tab(address, "Predict", workspace="ws", model=model))
    try:
        log.sessions += 1
        _expect(log, not _mood_figures(tab.tree), f"{song.name}: a new session shows a result already")
        _timed(log, "upload to answer", lambda: tab.upload(song.name, song.data))
        _check(tab, song, others, log)
        time.sleep(rng.uniform(*THINK))
        _timed(log, "change the page", lambda: tab.go_to(rng.choice(OTHER_PAGES)))
        words = shown(tab.tree)
        _expect(log, "fault of this program" not in words and not tab.tree.exception, f"a page failed: {words[-300:]}")
        _expect(log, not any(name in words for name in others), f"{song.name}: another page shows somebody else's file")
        time.sleep(rng.uniform(*THINK))
        _timed(log, "come back to the result", lambda: tab.go_to("Predict"))
        _check(tab, song, others, log)
    finally:
        tab.close()
    return bool(tab.places_seen)


def _check(tab: Tab, song: Song, others: set[str], log: Log) -> None:
    log.outcomes["an error" if song.error else "moods"] += 1
    words = shown(tab.tree).replace("\\", "")
    _expect(log, song.name in words, f"{song.name} is not named on its page: {words[-300:]}")
    _expect(log, not any(name in words for name in others), f"{song.name}: its page names somebody else's file")
    figures = _mood_figures(tab.tree)
    if song.error:
        _expect(
            log,
            not figures and song.error in words,
            f"{song.name}: not its own error {song.error!r}, but {len(figures)} answers and {words[-300:]}",
        )
        return
    right = (
        len(figures) == 1
        and tuple(figures[0]["y"]) == song.moods
        and np.allclose(_numbers(figures[0]["x"]), song.probabilities, atol=1e-6)
    )
    _expect(log, right, f"{song.name}: {len(figures)} answers, not the one that is right")


def _mood_figures(tree: Any) -> list[dict[str, Any]]:
    specs = [json.loads(chart.proto.spec) for chart in tree.get("plotly_chart")]
    return [spec["data"][0] for spec in specs if TITLE in json.dumps(spec["layout"].get("title", ""))]


def _numbers(values: Any) -> np.ndarray:
    """Numbers of a figure, which Plotly packs in base64."""
    return (
        np.frombuffer(b64decode(values["bdata"]), values["dtype"])
        if isinstance(values, dict)
        else np.array(values, float)
    )


def _expect(log: Log, holds: bool, otherwise: str) -> None:
    if not holds:
        log.wrong.append(otherwise)


def _timed(log: Log, what: str, action: Any) -> Any:
    start = time.monotonic()
    result = action()
    log.seconds[what].append(time.monotonic() - start)
    return result


def _percentiles(times: list[float]) -> str:
    middle, high, most = np.percentile(times, [50, 95, 100])
    return f"median {middle:.1f} s, 95 % {high:.1f} s, longest {most:.1f} s ({len(times)} times)"


class Memory:
    """The resident memory of the server, once a second: its plateau while people work, and what is left when they have
    gone."""

    def __init__(self) -> None:
        self.megabytes: list[float] = []
        self.settled = 0.0
        self._over = threading.Event()

    def watching(self) -> "Memory":
        """For a with statement around the work."""
        return self

    def __enter__(self) -> "Memory":
        self._server = next(child for child in psutil.Process().children() if "streamlit" in child.cmdline())
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(1):
            self.megabytes.append(self._now())

    def _now(self) -> float:
        return self._server.memory_info().rss / 2**20

    def settle(self, seconds: float = 5.0) -> None:
        """Wait until the server is idle, and note what it holds then."""
        time.sleep(seconds)
        self.settled = self._now()

    @property
    def plateau(self) -> float:
        """Median of the third quarter of the run."""
        return statistics.median(self.megabytes[len(self.megabytes) // 2 : max(1, len(self.megabytes) * 3 // 4)])

    @property
    def last(self) -> float:
        """Median of the last quarter."""
        return statistics.median(self.megabytes[len(self.megabytes) * 3 // 4 :])

    @property
    def rise(self) -> float:
        """Megabytes by which the line fitted to the second half rises."""
        half = self.megabytes[len(self.megabytes) // 2 :]
        return (
            float(np.polyfit(np.linspace(0, 1, len(half)), half, 1)[0])
            if len(self.megabytes) >= FEWEST_SAMPLES
            else 0.0
        )

    def leaks(self) -> list[str]:
        """A sentence where the plateau is none, or the memory did not come back to it."""
        flat = self.last <= MOST_GROWTH * self.plateau and self.rise <= MOST_SLOPE * self.plateau
        return [] if flat and self.settled <= MOST_GROWTH * self.plateau else [f"the server's memory grew: {self}"]

    def __str__(self) -> str:
        grown = (
            f"last quarter {self.last:.0f} MB, rise over the second half {self.rise:+.0f} MB, afterwards "
            f"{self.settled:.0f} MB"
        )
        return f"server memory: plateau {self.plateau:.0f} MB, {grown}"
