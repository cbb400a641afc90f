"""The layer over a map: what it is given, and what it tells."""

import base64
import gzip
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from mer_core.maps.bounded import Window
from mer_core.maps.path import SongPath


@dataclass(frozen=True)
class Layer:
    """What lies over the map. names: see `pack`. place: (x, y) of the chosen track. path: its way over the map. heard:
    the player has it. partial: the figure draws a part of its tracks."""

    names: str
    place: tuple[float, float] | None = None
    path: SongPath | None = None
    heard: bool = False
    partial: bool = False


def pack(names: Sequence[str], rows: Sequence[int] | None = None) -> str:
    """The texts of points for the browser: of the tracks `rows`, in their order, or of all (None)."""
    told = json.dumps({"rows": None if rows is None else [int(row) for row in rows], "names": list(names)})
    return base64.b64encode(gzip.compress(told.encode(), 6, mtime=0)).decode()


def show(
    chart: str,
    layer: Layer,
    clicked: Callable[[int], None] | None = None,
    moved: Callable[[Window], None] | None = None,
) -> None:
    """Lay it over the chart with the key `chart`. Before the page runs, `clicked` gets the customdata of a point that
    was clicked, `moved` what is in view after a zoom of a partial map."""
    key = f"layer-{chart}"

    def report_row() -> None:
        """Tell which point was clicked."""
        row = st.session_state[key].get("row")
        if row is not None and clicked:
            clicked(int(row))

    def report_window() -> None:
        """Tell what is in view."""
        window = st.session_state[key].get("window")
        if window and moved:
            moved(Window(*map(float, window)))

    path = layer.path
    way = None if path is None else {"x": path.places[:, 0].tolist(), "y": path.places[:, 1].tolist()}
    drawn_as = re.sub(r"[^\w-]", "-", chart, flags=re.ASCII)  # as Streamlit names the class of a key
    data: dict[str, Any] = {"chart": drawn_as, "names": layer.names, "place": layer.place}
    data |= {"heard": layer.heard, "partial": layer.partial}
    data["path"] = None if way is None or path is None else {**way, "starts": path.starts.tolist()}
    with st.container(key=f"hidden-{chart}"):
        _component()(data=data, key=key, on_row_change=report_row, on_window_change=report_window)


@cache
def _component() -> Any:
    script = (Path(__file__).parent / "layer.js").read_text(encoding="utf-8")
    return st.components.v2.component("mer_map_layer", js=script)
