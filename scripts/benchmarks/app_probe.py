"""One page, run again and again in a process of its own; started by `app.py` with one JSON argument, prints one JSON object.

It imports nothing of the project before the page does: what the page loads is part of the measurement.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = ("tensorflow", "keras", "umap", "dask")


def measure(root: str, file: str, words: dict[str, str], runs: int) -> dict[str, Any]:
    """Run the page `file` ("" for the overview) once and then `runs` times, with `words` in its address and the workspaces of `root`."""
    from streamlit.testing.v1 import AppTest

    os.environ["MER_WORKSPACES"] = root
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=300)
    for key, value in words.items():
        app.query_params[key] = value
    if file:
        app.switch_page(file)
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        app.run()
        times.append(1000 * (time.perf_counter() - start))
    if app.exception:
        raise RuntimeError(str(app.exception[0].value))
    charts, later = app.get("plotly_chart"), sorted(times[1:])
    return {
        "median_ms": statistics.median(later),
        "p95_ms": later[min(int(0.95 * len(later)), len(later) - 1)],
        "first_ms": times[0],
        "figure_kb": max([len(chart.proto.spec) for chart in charts], default=0) / 1000,
        "charts": len(charts),
        "errors": [error.value for error in app.error],
        **{f"imports_{module}": module in sys.modules for module in HEAVY},
    }


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
