"""A map of very many tracks: what is sent to a browser stays the same size, and selections stay exact.

Beyond MOST_POINTS the figure is a density, counted over all tracks in view, below at most MOST_POINTS of their points.
The points are thinned evenly: the view is cut into cells, every occupied cell keeps one before any keeps two, so that a
track far from all others is never lost. A lasso or box is then answered from the places of all tracks, not from the
points that happen to be drawn. After a zoom the points are chosen anew among the tracks in view.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 50_000
"""Points that are drawn at most."""
CELLS = 256
"""Cells along each side of the view when points are thinned."""
DENSITY_CELLS = 120
"""Cells along each side of the density: 14,400 numbers, 58 KB."""


class Window(NamedTuple):
    """A part of the map, in its coordinates."""

    left: float
    bottom: float
    right: float
    top: float


class Density(NamedTuple):
    """Counts (DENSITY_CELLS, DENSITY_CELLS), a row for each step of y, at the cells' centres x and y."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    counts: NDArray[np.int32]


def window_of(places: np.ndarray) -> Window:
    """The window that holds all places (n ≥ 1, 2)."""
    low, high = places.min(axis=0), places.max(axis=0)
    return Window(float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def drawn_rows(places: np.ndarray, window: Window | None = None) -> NDArray[np.intp]:
    """Sorted rows of `places` (n, 2) to draw: those in the window (None: all), thinned to MOST_POINTS where they are
    more. The same places and window give the same rows."""
    window = window or window_of(places) if len(places) else None
    rows = np.arange(len(places)) if window is None else np.flatnonzero(in_box(places, window))
    if len(rows) > MOST_POINTS and window is not None:
        turn = _turn_in_cell(_cells(places[rows], window, CELLS))
        rows = np.sort(rows[np.argsort(turn, kind="stable")[:MOST_POINTS]])
    return rows.astype(np.intp)


def around(window: Window) -> Window:
    """The window and half its width and height on each side, so that a small move shows points."""
    wide, high = (window.right - window.left) / 2, (window.top - window.bottom) / 2
    return Window(window.left - wide, window.bottom - high, window.right + wide, window.top + high)


def density(places: np.ndarray, window: Window) -> Density:
    """How many of all tracks lie in each cell of the window."""
    rows = in_box(places, window)
    cells = _cells(places[rows], window, DENSITY_CELLS)
    counts = np.bincount(cells, minlength=DENSITY_CELLS**2).reshape(DENSITY_CELLS, DENSITY_CELLS)
    steps = (np.arange(DENSITY_CELLS) + 0.5) / DENSITY_CELLS
    x, y = (low + steps * (high - low) for low, high in ((window.left, window.right), (window.bottom, window.top)))
    return Density(x.astype(np.float32), y.astype(np.float32), counts.astype(np.int32))


def in_box(places: np.ndarray, window: Window) -> NDArray[np.bool_]:
    """Which places (n, 2) lie in the window, its edges included: bool (n,)."""
    x, y = places[:, 0], places[:, 1]
    inside: NDArray[np.bool_] = (x >= window.left) & (x <= window.right) & (y >= window.bottom) & (y <= window.top)
    return inside


def in_lasso(places: np.ndarray, corners: np.ndarray) -> NDArray[np.bool_]:
    """Which places (n, 2) lie inside the polygon of `corners` (m, 2), closed from the last to the first: bool (n,).

    By the even-odd rule: a line from the place to the right crosses the outline an odd number of times. Fewer than
    three corners hold nothing.
    """
    inside = np.zeros(len(places), bool)
    corners = np.asarray(corners, dtype=float).reshape(-1, 2)
    if len(corners) < 3:
        return inside
    near = np.flatnonzero(in_box(places, window_of(corners)))
    x, y = places[near].astype(float).T
    odd = np.zeros(len(near), bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 != y1:
            odd ^= ((y0 > y) != (y1 > y)) & (x < x0 + (y - y0) * (x1 - x0) / (y1 - y0))
    inside[near] = odd
    return inside


def _cells(places: np.ndarray, window: Window, cells: int) -> NDArray[np.intp]:
    """The number of the cell, row by row, that each of the places (n, 2) in the window lies in."""
    spans = np.maximum([window.right - window.left, window.top - window.bottom], np.finfo(float).tiny)
    at = ((places - [window.left, window.bottom]) / spans * cells).astype(int).clip(0, cells - 1)
    numbers: NDArray[np.intp] = at[:, 1] * cells + at[:, 0]
    return numbers


def _turn_in_cell(cells: np.ndarray) -> NDArray[np.intp]:
    """Of each row, how many rows before it lie in the same cell: (n,)."""
    order = np.argsort(cells, kind="stable")
    first = np.flatnonzero(np.diff(cells[order], prepend=-1))
    lengths = np.diff(np.append(first, len(order)))
    turn = np.empty(len(cells), np.intp)
    turn[order] = np.arange(len(order)) - np.repeat(first, lengths)
    return turn
