"""What a listener or an analyst does on the pages, by name, and what must then be seen: the tests look where the answer
is, the benchmark how long it takes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
LEAST_SEEN = 24
"""Pixels of an answer's height that must be seen."""
_IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"
_CELL = """chart => {
    const {xaxis, yaxis} = chart._fullLayout, box = chart.getBoundingClientRect();
    const {x, y, z} = chart._fullData.find(({type}) => type === "heatmap");
    const across = column => box.x + xaxis._offset + xaxis.c2p(xaxis.d2c(x[column]));
    const seen = Array.from(x.keys()).filter(column => across(column) < innerWidth - 10); // a phone shows a part
    for (const column of seen.slice(Math.floor(seen.length / 2))) {
        const row = z.findIndex((values, i) => Number.isFinite(values[column]) && x[column] !== y[i]);
        if (row < 0) continue;
        return [across(column), box.y + yaxis._offset + yaxis.c2p(yaxis.d2c(y[row]))];
    }
}"""
_BOX = "nodes => nodes.length ? nodes[0].getBoundingClientRect().toJSON() : null"
_ANSWER, _PLAYER = ".st-key-answer-open", "[aria-label=Player]"


@dataclass(frozen=True)
class Action:
    """An action on the page at `address`; `prepare` comes before it and is not measured. `answer` and `under` are the
    places (CSS) of what it answers and of what was under the pointer, which must stay."""

    name: str
    address: str
    act: Callable[[Any], None]
    answer: str
    under: str
    prepare: Callable[[Any], None] = lambda page: None
    says: str = ""
    """What the answer must say, where it stood there before."""


class Outcome(NamedTuple):
    """Seconds from the action until its answer was within the window, whether it is there once the page is at rest, and
    how many pixels what was under the pointer has moved."""

    seconds: float
    inside: bool
    moved: float


def outcome(page: Any, action: Action, longest: float = 60.0) -> Outcome:
    """Do the action on a page that stands at its address, and measure."""
    at_rest(page)
    action.prepare(page)
    at_rest(page)
    under = page.locator(action.under).first
    before = under.bounding_box()
    start = time.monotonic()
    action.act(page)
    seconds = float("inf")
    while time.monotonic() - start < longest:
        if _inside(page, action):
            seconds = time.monotonic() - start
            break
        page.wait_for_timeout(20)
    at_rest(page)
    after = under.bounding_box()
    moved = max(abs(before[side] - after[side]) for side in "xy") if before and after else float("inf")
    return Outcome(seconds, _inside(page, action), moved)


def _inside(page: Any, action: Action) -> bool:
    found = page.locator(action.answer)
    found = found.filter(has_text=action.says) if action.says else found
    box, player = found.evaluate_all(_BOX), page.locator(_PLAYER).evaluate_all(_BOX)
    if box is None:
        return False
    end = player["y"] if player and _PLAYER not in action.answer else page.viewport_size["height"]
    return bool(box["y"] >= 0 and box["y"] + min(box["height"], LEAST_SEEN) <= end and box["height"] > 0)


def at_rest(page: Any) -> None:
    """Wait until the page's script has not run for a moment."""
    page.wait_for_selector("[data-testid=stMain] h1", timeout=60_000)
    for _ in range(3):
        page.wait_for_selector(_IDLE, timeout=60_000)
        page.wait_for_timeout(200)


def points(page: Any, key: str) -> list[list[float]]:
    """[row, x, y] in the window of the points of the map whose key begins so, once they are drawn."""
    found: list[list[float]] = _map(page, key).evaluate("chart => chart.merMap.inWindow()")
    return found


def _map(page: Any, key: str) -> Any:
    """The map whose key begins so, once its points are drawn."""
    chart = page.locator(f"[class*=st-key-{key}] .js-plotly-plot").first
    chart.locator(".nsewdrag").first.wait_for(state="attached")
    chart.scroll_into_view_if_needed()
    page.wait_for_function("chart => chart.merMap?.names && chart.merMap.x.length", arg=chart.element_handle())
    return chart


def _click_map(page: Any) -> None:
    """Click the point of the track that has audio."""
    place = "chart => chart.merMap.inWindow().find(([row]) => row === 0)"
    _, x, y = _map(page, "map-").evaluate(place)
    page.mouse.move(x - 3, y - 3)
    page.mouse.move(x, y, steps=3)
    page.locator(".mer-map-label:not(:empty)").first.wait_for()
    page.mouse.click(x, y)


def lasso(page: Any) -> None:
    """Draw a lasso around the left half of the map."""
    box = _map(page, "map-").locator(".nsewdrag").first.bounding_box()
    corners = [(0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98), (0.02, 0.02)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def _click_cell(chart: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        """Click a cell near the middle of the heat map."""
        drawn = page.locator(f"[class*=st-key-{chart}] .js-plotly-plot").first
        x, y = drawn.evaluate(_CELL)
        page.mouse.move(x - 3, y - 3)
        page.mouse.move(x, y, steps=3)
        page.locator(".hoverlayer .hovertext").first.wait_for(state="attached")
        page.mouse.click(x, y)

    return act


def _row(table: str, number: int, left: int = 40) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        """Click a row of the table of that key (35 pixels a row, 38 the heading)."""
        box = page.locator(f".st-key-{table} canvas").first.bounding_box()  # its cells lie under an invisible layer
        page.mouse.click(box["x"] + left, box["y"] + 38 + 35 * (number + 0.5))

    return act


def _shown(css: str) -> Callable[[Any], None]:
    def prepare(page: Any) -> None:
        """Bring it into the window, as a person would who is about to click it."""
        page.locator(css).first.wait_for()
        page.locator(css).first.scroll_into_view_if_needed()

    return prepare


def _search(text: str) -> Callable[[Any], None]:
    def act(page: Any) -> None:
        """Search a track."""
        page.get_by_role("textbox", name="Find a track or artist").fill(text)
        page.keyboard.press("Enter")

    return act


def _choose_mood(page: Any) -> None:
    page.get_by_role("option", name="happy").first.click()


def _open_moods(page: Any) -> None:
    page.get_by_role("combobox", name="More of", exact=True).click()
    page.keyboard.type("happy")  # a long list draws only what is in sight
    page.get_by_role("option", name="happy").first.wait_for()


def _hear_example(page: Any) -> None:
    page.get_by_role("button", name="Hear an example").click()


def _open_timeline(page: Any) -> None:
    _hear_example(page)
    page.locator("[class*=st-key-plane-] .js-plotly-plot").wait_for(timeout=120_000)
    page.get_by_role("tab", name="Over time").click()
    page.locator("[class*=st-key-timeline-] .nsewdrag").first.wait_for(state="attached")
    page.locator("[class*=st-key-timeline-]").first.scroll_into_view_if_needed()


def _press(name: str) -> Callable[[Any], None]:
    return lambda page: page.get_by_role("button", name=name).first.click()


def _at(css: str, does: Callable[[Any], None], prepare: Callable[[Any], None] | None = None) -> dict[str, Any]:
    """An action whose pointer is on what `css` finds, which is brought into the window first."""

    def ready(page: Any) -> None:
        """What comes before, then the place."""
        if prepare:
            prepare(page)
        _shown(css)(page)

    return {"act": does, "under": css, "prepare": ready}


def actions(workspace: str, model: str, search: str = "Song 17") -> Sequence[Action]:
    """Thirteen actions, on every page that answers one; `search` finds one track."""
    here = f"workspace={workspace}&model={model}"
    chart, cells, times = ".st-key-map-placeholder", ".st-key-wide-together", "[class*=st-key-timeline-]"
    a_map, a_mood = f"Mood_map?{here}&colour=split", f"Recommend?{here}&by=a+mood"
    judged, title = f"Diagnostics?{here}&part=all", f"{_ANSWER} strong"
    example = _at("[data-testid=stBaseButton-primary]", _hear_example)
    return (
        Action("map: click a point", a_map, answer=title, **_at(chart, _click_map)),
        Action("map: hear the point", a_map, answer=_PLAYER, **_at(chart, _click_map)),
        Action("map: draw a lasso", a_map, answer=title, says="tracks selected", **_at(chart, lasso)),
        Action("map: search a track", a_map, answer=title, **_at("[data-testid=stTextInput]", _search(search))),
        Action(
            "player: next track",
            f"{judged}",
            answer=_PLAYER,
            says="2 of",
            **_at(_PLAYER, _press("Next track"), _play_one),
        ),
        Action("dataset: click a track", f"Dataset?{here}&view=tracks", answer=_PLAYER, **_table("tracks", 1)),
        Action(
            "dataset: click a cell",
            f"Dataset?{here}&view=together",
            answer=f"{_ANSWER} canvas",
            **_at(cells, _click_cell("wide-together")),
        ),
        Action("diagnostics: click a mood", judged, answer="text=/^Threshold of/", **_table("moods-table", 1)),
        Action("diagnostics: hear a mistake", judged, answer=_PLAYER, **_table("worst", 1)),
        Action(
            "recommend: choose a mood",
            a_mood,
            answer=".st-key-recommended canvas",
            **_at("[data-testid=stMultiSelect]", _choose_mood, _open_moods),
        ),
        Action("recommend: click a row", f"{a_mood}&more=happy", answer=title, **_table("recommended", 1)),
        Action("predict: hear an example", f"Predict?{here}", answer=".st-key-headline", **example | {"under": "h1"}),
        Action(
            "predict: click the timeline",
            f"Predict?{here}",
            answer=_PLAYER,
            **_at(times, _click_cell("timeline-"), _open_timeline),
        ),
    )


def _table(key: str, row: int) -> dict[str, Any]:
    return _at(f".st-key-{key} canvas", _row(key, row))


def _play_one(page: Any) -> None:
    _shown(".st-key-worst canvas")(page)
    _row("worst", 0)(page)
    page.locator(_PLAYER).wait_for()
