"""Makes the specimen of the present schema version: `python -m tests.stress.specimens`, once a version.

A specimen is what a release wrote: a workspace with all it can hold, a library, a file with moods in its tags, and the
answers of that release. Later releases must read it (tests/test_specimens.py). It is never rebuilt once released.
"""

import json
import shutil
import tempfile
from pathlib import Path

import soundfile

from mer_core.cli import import_library, predict_library
from mer_core.inference import predict
from mer_core.io.files import SCHEMA_VERSION
from mer_core.model import threshold_profiles
from mer_core.model.bundle import load_model

from .small_workspace import MODEL, RATE, call, make_metadata, steps, tune

SPECIMENS = Path(__file__).resolve().parent.parent / "specimens"


def main() -> None:
    """Write `tests/specimens/<version>/`, unless it is there."""
    target = SPECIMENS / str(SCHEMA_VERSION)
    if target.exists():
        raise SystemExit(f"{target} exists; a specimen is never changed")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "specimen"
        _make_workspace(made / "workspace", Path(folder) / "metadata")
        _make_library(made / "library", Path(folder) / "music")
        (made / "answers.json").write_text(json.dumps(answers(made / "workspace"), indent=1) + "\n")
        for lock in made.rglob(".lock"):
            lock.unlink()
        shutil.copytree(made, target)


def answers(root: Path) -> dict[str, dict[str, float]]:
    """The probabilities of three made-up pieces by the workspace's model."""
    predictor = predict.open_predictor(MODEL, root)
    return {
        str(number): predictor.from_waveform(tune(number), RATE).moods["probability"].to_dict() for number in (0, 4, 20)
    }


def _make_workspace(root: Path, metadata: Path) -> None:
    shutil.move(make_metadata(metadata) / "audio", root / "audio")
    for script, arguments in [*steps(root, metadata), (predict_library, [str(root), "--model", MODEL])]:
        code, _, reported = call(script, arguments)
        if code:
            raise SystemExit(reported)
    moods = load_model(root / "models" / MODEL).moods
    threshold_profiles.save_profile(root / "models" / MODEL, "strict", dict.fromkeys(moods, 0.9))
    shutil.rmtree(root / "audio")


def _make_library(root: Path, music: Path) -> None:
    music.mkdir()
    for number in range(2):
        soundfile.write(music / f"song {number}.flac", tune(number), RATE)
    soundfile.write(music / "copy.flac", tune(0), RATE)
    (music / "broken.mp3").write_bytes(b"no music")
    code, _, reported = call(import_library, [str(root), "--audio-dir", str(music), "--files-only"])
    if code:
        raise SystemExit(reported)
    described = root / "workspace.json"
    described.write_text(described.read_text().replace(json.dumps(str(music.resolve())), json.dumps("music")))


if __name__ == "__main__":
    main()
