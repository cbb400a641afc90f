"""How fast audio files become embeddings, beside what the machine could do at best and what others do with the same
files.

Every measurement runs in a process of its own, one after the other, on the same files. The limit is cores ÷
(core-seconds of decoding alone, with the excerpts that are measured of every track + core-seconds of the fastest bare
network), both per second of audio. On a machine that
others use at the same time `x_realtime` falls with what they take, so the ratio to the limit is also given for the
cores that were free during the run: (own core-seconds + idle core-seconds) is what there was to use. For the same
reason each peer has beside its speed the one it could have at most, by the core-seconds it took: as if it had all
cores to itself and kept them busy.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.engines import ENGINES, measured_engines, songs_of
from benchmarks.engines import text as engines_text
from benchmarks.vggish_stub import hub_folder, write_stub
from mer_core.audio.formats import is_audio_name
from mer_core.audio.measure import probe
from mer_core.cli import common
from mer_core.encoders.vggish.source import find_model
from mer_core.errors import AudioError, DatasetError, EncoderError
from mer_core.tensorflow_runtime import precision
from mer_core.workspace.layout import Workspace

DESCRIPTION = (
    "Measure audio → embeddings: end to end, decoding and network alone, the limit, memory, and other "
    "programs on the same files."
)
HERE = Path(__file__).resolve().parent


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this measurement's options."""
    parser.add_argument("--audio", type=Path, help="folder of audio files (default: the default workspace's)")
    parser.add_argument(
        "--minutes", type=common.above_zero, default=60, help="minutes of audio for our own runs (default: %(default)s)"
    )
    parser.add_argument(
        "--peer-minutes",
        type=common.above_zero,
        default=8,
        help="minutes of audio for the slower peers (default: %(default)s)",
    )
    parser.add_argument("--encoder", nargs="+", choices=("vggish", "musicnn"), default=["vggish", "musicnn"])
    parser.add_argument(
        "--precision",
        nargs="+",
        choices=("auto", "float32", "bfloat16", "openvino"),
        default=["auto"],
        help="what the networks compute in",
    )
    parser.add_argument(
        "--essentia-python", default=sys.executable, help="a Python that has essentia-tensorflow (default: this one)"
    )
    parser.add_argument("--no-peers", action="store_true", help="measure only this package")
    parser.add_argument("--no-engines", action="store_true", help="leave out the table of engines")


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Measure; returns {"results": [...], "engines": [...], "machine": {...}}, keys as in text() and engines.work."""
    folder_of_audio = args.audio or Workspace.open().audio_root
    files = _files(folder_of_audio, args.minutes)
    with tempfile.TemporaryDirectory() as folder:
        environment = _vggish_environment(Path(folder)) if "vggish" in args.encoder else {}
        request = {"files": files, "peer_files": _first(files, args.peer_minutes), "folder": folder}
        results = []
        for encoder in args.encoder:
            measured, absent = (
                ({}, {}) if args.no_peers else _peers(encoder, request, environment, args.essentia_python)
            )
            peers = {
                "peers": {name: found["audio_seconds"] / found["seconds"] for name, found in measured.items()},
                "peers_at_most": {
                    name: found["audio_seconds"] / found["core_seconds"] * (os.cpu_count() or 1)
                    for name, found in measured.items()
                },
                "peers_not_measured": absent,
            }
            for dtype in dict.fromkeys(_computed_in(encoder, name) for name in args.precision):
                found = _ours({**request, "encoder": encoder, "precision": dtype}, environment)
                results.append({"encoder": encoder, **found, **peers})
    return {
        "results": results,
        "engines": [] if args.no_engines else measured_engines(list(ENGINES), 3, songs_of(folder_of_audio)),
        "machine": {"cores": os.cpu_count(), "processor": _processor(), "load_average": os.getloadavg()[1]},
    }


def text(result: dict[str, Any]) -> str:
    """The result as a table."""
    machine = result["machine"]
    lines = [
        f"{machine['cores']} cores of {machine['processor']}, load average of the last 5 minutes "
        f"{machine['load_average']:.1f}"
    ]
    for row in result["results"]:
        ratios = (
            f"ratio {row['ratio_to_limit']:.2f}; of the cores that were free {row['ratio_to_limit_of_free_cores']:.2f}"
        )
        costs = (
            f"{row['decode_core_ms']:.2f} decoding, {row['network_core_ms']:.2f} network "
            f"({row['plain_network_core_ms']:.2f} as published)"
        )
        lines += [
            f"{row['encoder']} ({row['weights']} weights, {row['precision']}), {row['audio_hours']:.2f} h of audio",
            f"  end to end        {row['x_realtime']:6.0f} × real time",
            f"  limit             {row['limit_x_realtime']:6.0f}   {ratios}",
            f"  core-ms a second  {costs}",
            f"  peak memory       {row['peak_mb']:6.0f} MB, of which {row['loaded_mb']:.0f} MB before the first file",
            *(
                f"  {name:17} {speed:6.1f} × real time, {row['peers_at_most'][name]:.1f} at most"
                for name, speed in row["peers"].items()
            ),
            *(f"  {name:17} not measured: {reason}" for name, reason in row["peers_not_measured"].items()),
            *([_effect(row["effect_on_moods"])] if row["effect_on_moods"] else []),
        ]
    return "\n".join([*lines, *(["", engines_text(result)] if result.get("engines") else [])])


def _computed_in(encoder: str, name: str) -> str:
    """What "auto" means to an encoder; else the precision itself."""
    if encoder == "musicnn":
        return "float32" if name == "auto" else name
    return precision(name)


def _effect(effect: dict[str, float]) -> str:
    changes = (
        f"{effect['mean_change']:.4f} in the mean, {effect['largest_change']:.4f} at most; "
        f"{effect['changed_decisions']:.2%} of decisions change"
    )
    return f"  against float32   probabilities of moods differ by {changes} ({effect['tracks']:.0f} tracks)"


def _files(folder: Path, minutes: float) -> list[tuple[str, float]]:
    """Path and seconds of the first readable audio files below `folder`, up to `minutes` in all."""
    files, total = [], 0.0
    for path in sorted(folder.rglob("*")):
        if total >= 60 * minutes:
            break
        if is_audio_name(path.name):
            try:
                seconds = probe(path).duration or 0.0
            except AudioError:
                continue
            files.append((str(path), seconds))
            total += seconds
    if not files:
        raise DatasetError(
            f"there is no audio in {folder}; make some with python scripts/make_demo.py, or name a folder with --audio"
        )
    return files


def _first(files: list[tuple[str, float]], minutes: float) -> list[tuple[str, float]]:
    total, count = 0.0, 0
    while count < len(files) and total < 60 * minutes:
        total += files[count][1]
        count += 1
    return files[:count]


def _vggish_environment(folder: Path) -> dict[str, str]:
    """The variables that lead to random weights of VGGish's size, none where there are others."""
    try:
        find_model()
        return {}
    except EncoderError:
        write_stub(hub_folder(folder))
        return {"TFHUB_CACHE_DIR": str(folder)}


def _ours(request: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    found = {name: _apart(name, request, environment) for name in ("decoding", "network", "plain_network", "pipeline")}
    pipeline = found["pipeline"]
    fastest = min(found["network"]["core_seconds"], found["plain_network"]["core_seconds"])
    cost = found["decoding"]["core_seconds"] + fastest
    limit = (os.cpu_count() or 1) / cost
    speed = pipeline["audio_seconds"] / pipeline["seconds"]
    reduced = request["encoder"] == "musicnn" and request["precision"] != "float32"
    return {
        "effect_on_moods": _apart("moods", request, environment) if reduced else None,
        "weights": "real" if pipeline["weights_check"] == "passed" else "random or other",
        "precision": request["precision"],
        "audio_hours": pipeline["audio_seconds"] / 3600,
        "x_realtime": speed,
        "limit_x_realtime": limit,
        "ratio_to_limit": speed / limit,
        "ratio_to_limit_of_free_cores": pipeline["audio_seconds"]
        * cost
        / (pipeline["core_seconds"] + pipeline["idle_core_seconds"]),
        "core_seconds_over_limit": pipeline["core_seconds"] / (pipeline["audio_seconds"] * cost),
        "decode_core_ms": 1000 * found["decoding"]["core_seconds"],
        "network_core_ms": 1000 * found["network"]["core_seconds"],
        "plain_network_core_ms": 1000 * found["plain_network"]["core_seconds"],
        "peak_mb": pipeline["peak_mb"],
        "loaded_mb": pipeline["loaded_mb"],
    }


def _peers(
    encoder: str, request: dict[str, Any], environment: dict[str, str], essentia_python: str
) -> tuple[dict[str, dict[str, float]], dict[str, str]]:
    """What other ways took for the same files, and one sentence on each that could not be measured."""
    measured: dict[str, dict[str, float]] = {}
    measured["recipe"] = _apart("recipe", {**request, "encoder": encoder}, environment)
    graph = _apart("frozen_graph", {**request, "encoder": encoder}, environment)
    command = [essentia_python, str(HERE / "essentia_peer.py")]
    done = subprocess.run(
        command, input=json.dumps({**request, **graph, "encoder": encoder}), capture_output=True, text=True
    )
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["it ended without a word"]
        return measured, {"essentia": words[-1]}
    return {**measured, "essentia": json.loads(done.stdout.splitlines()[-1])}, {}


def _apart(name: str, request: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    """Run a measurement of embedding_probes.py in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.embedding_probes", name]
    path = os.pathsep.join([str(HERE.parent), str(HERE.parent.parent)])
    done = subprocess.run(
        command,
        input=json.dumps(request),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment, "PYTHONPATH": path},
    )
    if done.returncode:
        raise EncoderError(
            f"the measurement {name} of {request.get('encoder', 'the peers')} failed; its last words are above"
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "an unknown processor"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "an unknown processor")
