"""The points of a map and the marks over them: what the browser is given, and what it tells."""

import base64
import gzip
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from mer_core.figures.mood_map import Painted, point_size
from mer_core.maps.bounded import Window
from mer_core.maps.path import SongPath


@dataclass(frozen=True)
class Points:
    """The points that are drawn of a map of `n_tracks`: places (n, 2), their colours, their names (see `pack`), and
    whether they are a part of the tracks."""

    places: np.ndarray
    painted: Painted
    names: str
    n_tracks: int
    partial: bool = False


@dataclass(frozen=True)
class Marks:
    """What lies over the points. place: (x, y) of the chosen track. path: its way over the map. heard: the player has
    it. selected: (n_tracks,) bool. legend: entry → entry with the selection's numbers."""

    place: tuple[float, float] | None = None
    path: SongPath | None = None
    heard: bool = False
    selected: np.ndarray | None = None
    legend: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """Who hears what a person does with the points, before the page runs: the row of a point that was clicked; the
    corners (n, 2) of a lasso; what is in view after a zoom of a partial map."""

    clicked: Callable[[int], None] | None = None
    lassoed: Callable[[np.ndarray], None] | None = None
    moved: Callable[[Window], None] | None = None


def pack(names: Sequence[str], rows: Sequence[int] | None = None) -> str:
    """The texts of points for the browser: of the tracks `rows`, in their order, or of all (None)."""
    told = json.dumps({"rows": None if rows is None else [int(row) for row in rows], "names": list(names)})
    return base64.b64encode(gzip.compress(told.encode(), 6, mtime=0)).decode()


def show(chart: str, points: Points, told: Told | None = None) -> None:
    """Draw the points over the chart with the key `chart`."""
    told, key = told or Told(), f"points-{chart}"

    def heard(name: str, whom: Callable[[Any], None] | None) -> Callable[[], None]:
        """Tells `whom` the answer called `name`."""

        def report() -> None:
            """What the browser said."""
            value = st.session_state[key].get(name)
            if value is not None and whom:
                whom(value)

        return report

    clicked, lassoed, moved = told.clicked, told.lassoed, told.moved
    data = {
        "kind": "points",
        "chart": _drawn_as(chart),
        **{axis: _packed(points.places[:, column], np.float32) for column, axis in enumerate("xy")},
        "colour": _packed(points.painted.index, np.uint8),
        "palette": list(points.painted.palette),
        "groups": list(points.painted.groups),
        "size": point_size(points.n_tracks),
        "names": points.names,
        "partial": points.partial,
    }
    with st.container(key=f"hidden-points-{chart}"):
        _component()(
            data=data,
            key=key,
            on_row_change=heard("row", clicked and (lambda row: clicked(int(row)))),
            on_lasso_change=heard("lasso", lassoed and (lambda to: lassoed(np.column_stack([to["x"], to["y"]])))),
            on_window_change=heard("window", moved and (lambda ends: moved(Window(*map(float, ends))))),
        )


def mark(chart: str, marks: Marks) -> None:
    """Lay the marks over the points of a chart."""
    path = marks.path
    way = {} if path is None else {axis: path.places[:, column].tolist() for column, axis in enumerate("xy")}
    data = {
        "kind": "marks",
        "chart": _drawn_as(chart),
        "place": marks.place,
        "path": None if path is None else {**way, "starts": path.starts.tolist()},
        "heard": marks.heard,
        "selected": None if marks.selected is None else _packed(np.packbits(marks.selected), np.uint8),
        "legend": dict(marks.legend),
    }
    with st.container(key=f"hidden-marks-{chart}"):
        _component()(data=data, key=f"marks-{chart}")


def _packed(values: np.ndarray, kind: type[np.generic]) -> str:
    return base64.b64encode(np.ascontiguousarray(values, dtype=kind).tobytes()).decode()


def _drawn_as(chart: str) -> str:
    """The key as Streamlit names the class of an element."""
    return re.sub(r"[^\w-]", "-", chart, flags=re.ASCII)


@cache
def _component() -> Any:
    script = (Path(__file__).parent / "layer.js").read_text(encoding="utf-8")
    return st.components.v2.component("mer_map_layer", js=script)
