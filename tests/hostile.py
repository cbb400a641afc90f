"""A corpus of hostile inputs for the audio front door, and a runner that bounds each in time and memory.

    python tests/hostile.py FOLDER [--every N]       # one JSON line an input, then a summary

The corpus is deterministic: the same bytes and names on every machine with the same libraries. Every input must give
moods
or an AudioError within the caps below, and nothing may be left in the temporary folder. The inputs are read in a
process of
their own (`run_corpus`), so that even a crash of a decoder is counted and not suffered.
"""

import argparse
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import hostile_files
import numpy as np
from audio_files import KINDS, pcm, tones, vorbis, write

ROOT = Path(__file__).resolve().parent.parent
MAX_SECONDS = 60.0
"""Longest an input may take on two busy cores; only files that hide hours of sound come near it."""
MAX_GROWTH_MB = 300.0
"""Most memory any input may add to the process."""

AUDIO, ERROR, EITHER = "audio", "error", "either"


class Input(NamedTuple):
    """One hostile input: what it is, its path or bytes, and whether it must give moods, an AudioError, or either of
    them."""

    name: str
    source: Path | bytes
    expectation: str


def iterate_corpus(folder: Path) -> Iterator[Input]:
    """All inputs; those that need a name or a place on disk are written into `folder` (an empty one)."""
    yield from _damaged()
    for expectation, makers in {
        AUDIO: (hostile_files.odd_sounds, hostile_files.layouts),
        ERROR: (hostile_files.too_short, hostile_files.not_audio, hostile_files.bombs, hostile_files.slow_bombs),
        EITHER: (hostile_files.lying_headers, hostile_files.big_tags),
    }.items():
        for maker in makers:
            yield from (Input(f"{maker.__name__}: {name}", data, expectation) for name, data in maker())
    yield from _random()
    yield from _named(folder)
    yield from _no_files(folder)


def _damaged() -> Iterator[Input]:
    """Every format: cut at five places, bits flipped in five ways, beginning wiped, end replaced by noise."""
    for number, kind in enumerate([*sorted(KINDS), "ogg"]):
        data = vorbis(tones(3.0)) if kind == "ogg" else write(tones(3.0, KINDS[kind].rate), kind)
        rng = np.random.default_rng(number)
        for share in (0.02, 0.3, 0.6, 0.95):
            yield Input(f"cut to {share:.0%}.{kind}", data[: int(len(data) * share)], EITHER)
        yield Input(f"last byte gone.{kind}", data[:-1], AUDIO if kind not in {"m4a", "alac", "mp4"} else EITHER)
        for flips in (1, 10, 100, 1000, 10_000):
            changed = np.frombuffer(data, np.uint8).copy()
            changed[rng.integers(0, len(changed), flips)] ^= (1 << rng.integers(0, 8, flips)).astype(np.uint8)
            yield Input(f"{flips} bits flipped.{kind}", changed.tobytes(), EITHER)
        yield Input(f"beginning wiped.{kind}", bytes(64) + data[64:], EITHER)
        yield Input(f"end of noise.{kind}", data[: len(data) // 2] + rng.bytes(len(data) // 2), EITHER)


def _random() -> Iterator[Input]:
    """Random bytes behind the magic numbers of formats."""
    magic = [
        b"RIFF\xff\0\0\0WAVEfmt ",
        b"ID3\4\0\0\0\0\0\0",
        b"\xff\xfb\x90\0",
        b"fLaC\0\0\0\x22",
        b"OggS\0\2",
        b"\0\0\0\x18ftypM4A ",
        b"\x1aE\xdf\xa3",
        b"FORM\0\0\1\0AIFF",
    ]
    magic += [
        b"wvpk\x20\0\0\0",
        b"\x0bw",
        b"0&\xb2u\x8ef\xcf\x11",
        b"caff\0\1",
        b".snd",
        b"\xff\xf1\x50\x80",
        b"MAC \x96\x0f",
        b"TTA1",
        b"MPCK",
        b"DSD ",
        b"Creative Voice File\x1a",
        b"",
    ]
    for number, head in enumerate(magic):
        yield Input(f"random after magic {number}", head + np.random.default_rng(number).bytes(20_000), EITHER)


def _named(folder: Path) -> Iterator[Input]:
    """Good and bad files with names that mislead shells, terminals, FFmpeg and pages; and wrong extensions."""
    song, junk = pcm(tones(2.0, 16000, 1), 16000), b"junk" * 500
    names = [
        "new\nline",
        "tab\tbell\a",
        "\x1b[31mred",
        "emoji 🎵🎶",
        "\u202egpm.evil",
        "combining e\u0301\u0301",
        "-rf",
        "$(touch x)",
        "`id`",
        "a;b|c&d",
        "%s%n%d",
        "...",
    ]
    names += [
        "http:song",
        "file:song",
        "concat:a|b",
        "pipe:0",
        "data:,x",
        "subfile,,start,0,end,9,,:x",
        "<script>alert(1)</script>".replace("/", "∕"),
        "=cmd()",
        "x" * 240,
        " ",
        "con",
        "\udcff\udcfe",
    ]
    for number, name in enumerate(names):
        for expectation, data in ((AUDIO, song), (ERROR, junk)):
            path = folder / f"{number} {expectation}" / f"{name}.wav"
            path.parent.mkdir(parents=True)
            path.write_bytes(data)
            yield Input(f"name {number} {expectation}", path, expectation)
    for kind in sorted(KINDS):
        path = folder / f"really {kind}.{'mp3' if kind != 'mp3' else 'txt'}"
        path.write_bytes(write(tones(2.0, KINDS[kind].rate), kind))
        yield Input(f"wrong extension, {path.name}", path, AUDIO)


def _no_files(folder: Path) -> Iterator[Input]:
    """Places that are no readable file."""
    loop, pipe = folder / "loop.mp3", folder / "pipe.mp3"
    loop.symlink_to(loop)
    os.mkfifo(pipe)
    for name, path in {
        "folder": folder,
        "link to itself": loop,
        "pipe": pipe,
        "missing": folder / "missing.mp3",
        "device": Path("/dev/zero"),
    }.items():
        yield Input(f"place: {name}", path, ERROR)
    for name in (
        "y" * 300 + ".mp3",
        "nul\0.mp3",
        "../" * 60 + "etc/hostname\0",
        "",
        "http://127.0.0.1:1/x.mp3",
        "\\\\server\\share.mp3",
    ):
        yield Input(f"path: {name[:30]!r}", Path(name) if "\0" not in name else folder / name, ERROR)


def run_corpus(folder: Path, *, every: int = 1, timeout: float = 900.0) -> list[dict[str, Any]]:
    """Read every `every`-th input in a process of its own; a result has name, expectation, digest, outcome, seconds and
    grown_mb.

    The outcome is "audio", "error", or what went wrong: "crashed", "too slow", "too big", "left files", or an
    exception's name.
    """
    temporary = folder / "tmp"
    temporary.mkdir(parents=True)
    results: list[dict[str, Any]] = []
    deadline = time.monotonic() + timeout
    while True:
        command = [
            sys.executable,
            str(Path(__file__)),
            str(folder / f"run {len(results)}"),
            "--every",
            str(every),
            "--skip",
            str(len(results)),
        ]
        environment = {**os.environ, "TMPDIR": str(temporary)}
        code, out, err = _run(command, environment, max(1.0, deadline - time.monotonic()))
        reported = [json.loads(line) for line in out.splitlines() if line.endswith("}")]  # the last may be cut off
        results += [line for line in reported if "outcome" in line]
        if code == 0:
            break
        unfinished = reported[-1] if reported and "outcome" not in reported[-1] else None
        if code is not None and unfinished is None:
            raise RuntimeError(f"the runner of the hostile corpus failed: {err[-2000:]}")
        item = unfinished or {"name": "the corpus as a whole", "expectation": "an end"}
        slow = code in (None, -signal.SIGALRM)
        results.append(
            {
                **item,
                "outcome": "too slow" if slow else f"crashed with {code}",
                "seconds": MAX_SECONDS if slow else 0.0,
                "grown_mb": 0.0,
            }
        )
        if code is None:
            break
    if left := sorted(path.name for path in temporary.iterdir()):
        results.append(
            {
                "name": "temporary folder",
                "expectation": "empty",
                "outcome": f"left files {left[:5]}",
                "seconds": 0.0,
                "grown_mb": 0.0,
            }
        )
    return results


def _run(command: list[str], environment: dict[str, str], timeout: float) -> tuple[int | None, str, str]:
    """Exit code, None when the time was over; standard output and standard error."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout, check=False
        )
    except subprocess.TimeoutExpired as error:
        return None, *(os.fsdecode(text or b"") for text in (error.stdout, error.stderr))
    return done.returncode, done.stdout, done.stderr


def digest(item: Input) -> str:
    """A short hash of the bytes of an input, "" for a path."""
    return "" if isinstance(item.source, Path) else hashlib.sha256(item.source).hexdigest()[:16]


def wrong(results: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The results that break the promise."""
    return [
        result
        for result in results
        if result["outcome"] not in ({AUDIO, ERROR} if result["expectation"] == EITHER else {result["expectation"]})
    ]


def _read_all(folder: Path, every: int, skip: int) -> None:
    from prediction_models import make_model

    from mer_core.inference.predict import Predictor

    predictor = Predictor(make_model())
    predictor.from_file(pcm(tones(2.0)))  # what every input needs is in memory now
    folder.mkdir(parents=True)
    for item in islice(iterate_corpus(folder), skip * every, None, every):
        described = {"name": item.name, "expectation": item.expectation, "digest": digest(item)}
        print(json.dumps(described), flush=True)  # so that it is known what was read when the process dies
        before, start = reset_peak(), time.monotonic()
        signal.alarm(round(MAX_SECONDS) + 5)  # kills this process, whatever a decoder does
        outcome = _outcome(predictor, item)
        signal.alarm(0)
        seconds, grown = time.monotonic() - start, memory_mb("VmHWM") - before
        outcome = "too slow" if seconds > MAX_SECONDS else "too big" if grown > MAX_GROWTH_MB else outcome
        print(json.dumps({**described, "outcome": outcome, "seconds": seconds, "grown_mb": grown}), flush=True)


def _outcome(predictor: Any, item: Input) -> str:
    from mer_core.errors import AudioError

    try:
        prediction = predictor.from_file(item.source, name=None if isinstance(item.source, Path) else item.name)
        prediction.to_dict()
    except AudioError as error:
        return ERROR if str(error).isprintable() and len(str(error)) > 20 else f"unfit message {error!r}"
    except Exception as error:  # whatever else comes is the finding
        return f"{type(error).__name__}: {error}"
    return AUDIO if np.isfinite(prediction.moods["probability"]).all() else "moods that are no numbers"


def reset_peak(process: int | str = "self") -> float:
    """Let the kernel forget the peak of a process's memory (Linux); returns the megabytes held now."""
    Path(f"/proc/{process}/clear_refs").write_text("5")
    return memory_mb("VmRSS", process)


def memory_mb(field: str, process: int | str = "self") -> float:
    """The field VmRSS or VmHWM (the peak) of a process in megabytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1]) / 1024


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--skip", type=int, default=0)
    arguments = parser.parse_args()
    _read_all(arguments.folder, arguments.every, arguments.skip)
