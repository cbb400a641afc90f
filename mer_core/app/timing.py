"""How long a page takes: run it again and again by Streamlit's AppTest, in a process of its own (what it loads is part
of the answer).
And how long the Predict page takes for a song, beside decoding and encoding it alone.

python -m mer_core.app.timing '{"root": "workspaces", "file": "pages/1_Dataset.py", "words": {"workspace": "demo"},
"runs": 20}'
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from mer_core.audio.decode import iter_blocks
from mer_core.encoders import iter_chunks
from mer_core.inference.predictor import Predictor
from mer_core.model.bundle import STARTER, STARTER_DIR, load_model
from mer_core.workspace.layout import APP_ROOT

HEAVY = ("tensorflow", "keras", "umap", "dask")


def measure(root: str, file: str, words: dict[str, str], runs: int) -> dict[str, Any]:
    """Run the page `file` ("" for the overview) once and then `runs` times, with `words` in its address and the
    workspaces of `root`.

    Returns first_ms and, of the later runs, median_ms, p95_ms and median_cpu_ms (processor time, which a busy machine
    does not
    spoil); figure_kb (JSON of the largest figure); charts (their number); errors (shown on the page);
    imports_tensorflow …
    (whether this process has loaded it). Raises RuntimeError when the page raises.
    """
    os.environ["MER_WORKSPACES"] = root
    app = AppTest.from_file(str(APP_ROOT / "streamlit_app.py"), default_timeout=300)
    for key, value in words.items():
        app.query_params[key] = value
    if file:
        app.switch_page(file)
    times, work = [], []
    for _ in range(runs + 1):
        start, busy = time.perf_counter(), time.process_time()
        app.run()
        times.append(1000 * (time.perf_counter() - start))
        work.append(1000 * (time.process_time() - busy))
    if app.exception:
        raise RuntimeError(str(app.exception[0].value))
    charts, later = app.get("plotly_chart"), sorted(times[1:])
    return {
        "median_ms": statistics.median(later),
        "median_cpu_ms": statistics.median(work[1:]),
        "p95_ms": later[min(int(0.95 * len(later)), len(later) - 1)],
        "first_ms": times[0],
        "figure_kb": max([len(chart.proto.spec) for chart in charts], default=0) / 1000,
        "charts": len(charts),
        "errors": [error.value for error in app.error],
        **{f"imports_{module}": module in sys.modules for module in HEAVY},
    }


def measure_predicting(root: str, songs: list[str]) -> dict[str, Any]:
    """Give the Predict page, with the starter model, one of the files `songs` after the other, and decode and encode
    each alone as well; the first only
    warms up.

    Returns medians over the others: page_ms (from the upload to the drawn moods), alone_ms, ratio. Raises RuntimeError
    when the page raises.
    """
    os.environ["MER_WORKSPACES"] = root
    encoder = Predictor(load_model(STARTER_DIR)).ready_encoder()
    app = AppTest.from_file(str(APP_ROOT / "streamlit_app.py"), default_timeout=300)
    app.query_params["model"] = STARTER
    app.switch_page("pages/4_Predict.py").run()
    times = []
    for number, song in enumerate(map(Path, songs)):
        app.file_uploader(key="uploads-0").set_value([(song.name, song.read_bytes(), "audio/mpeg")])
        start = time.perf_counter()
        app.run()
        shown = time.perf_counter()
        for chunk in iter_chunks(iter_blocks(song, encoder.sample_rate), encoder.framing, encoder.batch_frames):
            encoder.embed([chunk])
        alone = time.perf_counter()
        if app.exception or app.error or (number and set(app.dataframe[0].value["State"]) != {"done"}):
            raise RuntimeError(
                f"the page did not predict {song.name}: {[problem.value for problem in (*app.exception, *app.error)]}"
            )
        times += [(1000 * (shown - start), 1000 * (alone - shown))] if number else []
    page, by_itself = (statistics.median(column) for column in zip(*times, strict=True))
    return {"page_ms": page, "alone_ms": by_itself, "ratio": statistics.median(shown / alone for shown, alone in times)}


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(measure_predicting(**order) if "songs" in order else measure(**order)) + "\n")
