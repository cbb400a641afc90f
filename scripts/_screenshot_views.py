"""The views of the pages that are pictured: their addresses, and what a person would do there first."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from _named_actions import lasso

from mer_core.datasets.dataset import Dataset
from mer_core.errors import MerError
from mer_core.workspace.layout import Workspace

DATASET = ("moods", "together", "splits", "artists", "tracks", "doubtful", "problems")
MEDIAEVAL = Path("data/mtg-jamendo/results/mediaeval")


class View(NamedTuple):
    """A name for the file, the address without workspace, and what to do with the browser page before the picture."""

    name: str
    address: str
    act: Callable[[Any], None] | None = None


def views(workspace: Path | None, shared: Path) -> Iterator[View]:
    """All views of a workspace (None: there is none) that it and the shared data have something to show in."""
    yield View("Overview", "?")
    yield from (View(f"Dataset-{view}", f"Dataset?view={view}") for view in DATASET)
    yield View("Mood_map", "Mood_map?")
    yield View("Mood_map-selection", "Mood_map?colour=one+mood", _select)
    yield View("Diagnostics", "Diagnostics?part=test")
    yield from (
        View(f"Diagnostics-{tab.lower()}", "Diagnostics?part=all", partial(_open_tab, name=tab))
        for tab in ("Curves", "Confusions", "Profile")
    )
    yield View("Diagnostics-own", "Diagnostics?evaluate=Moods+of+your+own")
    yield View("Diagnostics-all", "Diagnostics?part=all&with-model=starter")
    if (shared / MEDIAEVAL).is_dir():
        yield View(
            "Diagnostics-files",
            "Diagnostics?evaluate=Prediction+files&mood=happy",
            partial(_evaluate, folder=shared / MEDIAEVAL),
        )
    yield View("Predict", "Predict?")
    yield View("Teach", "Teach?")
    dataset = _dataset(workspace)
    if workspace is None or dataset is None or not len(dataset):
        return
    track = dataset.tracks.iloc[len(dataset) // 2]
    first = dataset.tracks["track_id"].iloc[0]
    yield View("Mood_map-track", f"Mood_map?track={first}")
    yield View("Teach-mood", f"Teach?teach=rainy&track={first}")
    audio = Workspace.open(workspace).audio_path(track["path"])
    if audio.is_file():
        yield View("Predict-file", "Predict?", partial(_predict, files={audio.name: audio.read_bytes()}))
        yield from (
            View(f"Predict-{tab.lower().replace(' ', '-')}", "Predict?", partial(_predict_tab, file=audio, name=tab))
            for tab in ("Over time", "Why", "On the map", "Downloads")
        )
        yield View(
            "Predict-files",
            "Predict?",
            partial(_predict, files={audio.name: audio.read_bytes(), "words.mp3": b"no music"}),
        )
    yield View("Recommend-tracks", f"Recommend?like={track['track_id']}")
    yield View("Recommend-section", f"Recommend?by=a+section&track={track['track_id']}")
    mood = dataset.moods[0] if dataset.moods else "calm"
    yield View("Recommend-mood", f"Recommend?by=a+mood&more={mood}&without={track['track_id']}")
    yield View("Recommend-picked", f"Recommend?by=a+mood&more={mood}", _pick_row)
    yield View("Recommend-words", f"Recommend?by=a+description&describe={mood}", _pick_row)
    yield View(
        "Recommend-path", f"Recommend?by=a+path&from={mood}&to={dataset.moods[-1] if dataset.moods else 'happy'}"
    )
    yield View("Generate", f"Generate?track={track['track_id']}")


def _open_tab(page: Any, name: str) -> None:
    """Bring a tab of the page to the front, where there is one."""
    tab = page.get_by_role("tab", name=name, exact=True)
    if tab.count():
        tab.first.click()


def _predict_tab(page: Any, file: Path, name: str) -> None:
    """Drop a file, and open a tab of its answer."""
    _predict(page, {file.name: file.read_bytes()})
    _open_tab(page, name)


def _pick_row(page: Any) -> None:
    """Click the first row of what was recommended, if there is a table."""
    table = page.locator(".st-key-recommended canvas").first
    if not page.get_by_text("Click a row to hear").count():
        return
    table.wait_for()
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    page.mouse.click(box["x"] + 40, box["y"] + 55)
    page.locator(".st-key-answer-open").wait_for()


def _dataset(workspace: Path | None) -> Dataset | None:
    try:
        return Dataset.load(workspace / "dataset") if workspace else None
    except MerError:
        return None


def _select(page: Any) -> None:
    """Draw a lasso around the left half of the map, if there is one."""
    plot = page.locator("[class*=st-key-map-] .nsewdrag").first
    if not page.get_by_text("Trustworthiness of this map").count():
        return
    plot.wait_for(state="attached")  # it comes some time after the page's script has ended
    lasso(page)
    page.get_by_text("tracks selected").first.wait_for()


def _evaluate(page: Any, folder: Path) -> None:
    """Give the ground truth of MediaEval and the baseline's predictions."""
    for label, name in {"Ground truth": "groundtruth.npy", "Predictions": "baseline_vggish_predictions.npy"}.items():
        _upload(page, label, {name: (folder / name).read_bytes()})
    page.get_by_text("macro PR-AUC").first.wait_for(timeout=120_000)


def _predict(page: Any, files: dict[str, bytes]) -> None:
    _upload(page, "Drop one or many", files)
    page.locator("[data-testid=stMain] [role=tablist]").wait_for(timeout=120_000)  # the page's, drawn when all are read


def _upload(page: Any, label: str, files: dict[str, bytes]) -> None:
    box = page.get_by_test_id("stFileUploader").filter(has_text=label)
    box.locator("input[type=file]").set_input_files(
        [{"name": name, "mimeType": "", "buffer": data} for name, data in files.items()]
    )
