"""What lies over a map of tracks: names at the pointer, the ring round the chosen track, its way and where it is now.

The figure below stays as it is while tracks are clicked, so that a click costs neither its bytes nor its drawing.
layer.js is a Streamlit component (v2) of the project's own; `data` that it is given has these keys:

    chart       key of the chart that it lies over
    names       base64 of gzipped JSON {rows: [number, …] or null (all), names: [text, …]}: what the pointer shows
    place       [x, y] of the chosen track, or null
    path        {x: [], y: [], starts: [seconds]} of its way over the map, or null
    heard       whether the player has the chosen track, so that where it is now is shown
    partial     whether the figure draws a part of its tracks, so that it must know which part of the map is in view

It answers with `row` (customdata of a point that was clicked) and `window` ([left, bottom, right, top] in view).
"""

from mer_core.app.map_layer.layer import Layer as Layer
from mer_core.app.map_layer.layer import pack as pack
from mer_core.app.map_layer.layer import show as show
