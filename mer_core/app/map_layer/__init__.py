"""The points of a map and what lies over them, drawn by the browser over a Plotly figure that has none.

WebGL takes a quarter of a second a frame where it is computed in software, and sends and draws everything anew for a
click. Here the points are pixels that layer.js writes itself (2 ms for 18,486), and what a click changes is a message
of its own. Plotly keeps axes, zoom, legend, colour bar and the names of regions. layer.js is a Streamlit component (v2)
of the project's own, put on the page twice for each chart. The first has the points; its `data`:

    kind        "points"
    chart       key of the chart that they lie over
    x, y        base64 of float32, a place on the chart's axes for each point
    colour      base64 of uint8, a colour of `palette` for each
    palette     colours "#rrggbb"; of `groups` there is one a colour, "" where the chart's legend does not name it
    groups      names of the chart's traces, which the legend shows and hides
    size        pixels across a point
    names       base64 of gzipped JSON {rows: [number, …] or null (all), names: [text, …]}: each point's row and text
    partial     whether these are a part of the tracks, so that it must be known which part of the map is in view

and its answers: `row` (of a point that was clicked), `lasso` ({x: [], y: []}) and `window` ([left, bottom, right, top]
in view). The second has what a click or a selection changes; its `data`:

    kind        "marks"
    chart       as above
    place       [x, y] of the chosen track, or null
    path        {x: [], y: [], starts: [seconds]} of its way over the map, or null
    heard       whether the player has the chosen track, so that where it is now is shown
    selected    base64 of a bit for each row, or null: the others are greyed
    legend      {entry: entry with the numbers of the selection}
"""

from mer_core.app.map_layer.layer import Marks as Marks
from mer_core.app.map_layer.layer import Points as Points
from mer_core.app.map_layer.layer import Told as Told
from mer_core.app.map_layer.layer import mark as mark
from mer_core.app.map_layer.layer import pack as pack
from mer_core.app.map_layer.layer import show as show
