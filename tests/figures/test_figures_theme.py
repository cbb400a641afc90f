"""The palette can be distinguished by everybody, on both backgrounds, and a mood keeps its colour."""

from itertools import combinations

import numpy as np
import pytest

from mer_core.figures import theme
from mer_core.moods import FAMILIES, MOODS

# Machado, Oliveira & Fernandes 2009, severity 1.0, on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(a: str, b: str) -> float:
    bright, dim = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("colours", [theme.FAMILY_COLOURS, theme.DARK_FAMILY_COLOURS], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_families_can_be_distinguished(vision: str, colours: dict[str, str]) -> None:
    seen = {
        name: np.cbrt(LMS @ np.clip(VISION[vision] @ linear(colour), 0, 1)) @ OKLAB.T
        for name, colour in colours.items()
    }
    nearest = min((float(np.linalg.norm(seen[a] - seen[b])), a, b) for a, b in combinations(seen, 2))
    assert nearest[0] > 0.07, nearest


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_with_the_background(dark: bool) -> None:
    moods = map(theme.mood_colour, MOODS)
    for colour in (
        *moods,
        *theme.FAMILY_COLOURS.values(),
        *theme.SPLIT_COLOURS.values(),
        *theme.OUTCOME_COLOURS.values(),
        *theme.POINT_SCALE,
        theme.ACCENT,
        theme.MUTED,
    ):
        assert contrast(colour, theme.BACKGROUND[dark]) >= 3, colour
    assert contrast(theme.TEXT[dark], theme.BACKGROUND[dark]) > 7


def test_the_dark_background_has_its_own_brighter_colours() -> None:
    brighter = [theme.mood_colour(mood, dark=True) for mood in MOODS] + list(theme.DARK_FAMILY_COLOURS.values())
    assert all(contrast(colour, theme.BACKGROUND[True]) >= 4 for colour in brighter)
    for family in FAMILIES:
        members = [theme.mood_colour(mood, dark=True) for mood, place in MOODS.items() if place.family == family]
        assert len(set(members)) == len(members)


def test_a_figure_takes_the_colours_of_its_background_and_gives_them_back() -> None:
    colours = [theme.mood_colour("happy") + "55", theme.MUTED]
    edge = {"color": colours, "line": {"color": colours[0]}}
    line = {"color": theme.mood_colour("happy")}
    figure = theme.Figure([{"type": "bar", "y": [1, 2], "marker": edge}, {"type": "scatter", "line": line}])
    dark = theme.apply(theme.Figure(figure), dark=True)
    assert list(dark.data[0].marker.color) == [theme.mood_colour("happy", dark=True) + "55", theme.MUTED]
    assert dark.data[0].marker.line.color == theme.mood_colour("happy", dark=True) + "55"
    assert dark.data[1].line.color == theme.mood_colour("happy", dark=True)
    light = theme.apply(dark)
    assert list(light.data[0].marker.color) == colours and light.data[1].line.color == line["color"]


def test_a_mood_keeps_its_colour_and_differs_within_its_family() -> None:
    colours = {mood: theme.mood_colour(mood) for mood in MOODS}
    for family in FAMILIES:
        members = [colours[mood] for mood, place in MOODS.items() if place.family == family]
        assert len(set(members)) == len(members)
    assert theme.mood_colour("a word of no dataset") == theme.family_colour("other")
    assert theme.mood_colour("happy") == theme.mood_colour("happy")


def test_heat_map_scales_begin_at_the_background_and_grow_evenly() -> None:
    for dark, scale in theme.SEQUENTIAL_SCALES.items():
        steps = [luminance(colour) for colour in scale]
        assert steps == sorted(steps, reverse=not dark)
        assert contrast(scale[0], theme.BACKGROUND[dark]) < 1.3


def test_theme_leaves_what_a_figure_sets() -> None:
    figure = theme.Figure().update_layout(height=333, font_size=9)
    assert theme.apply(figure, dark=True) is figure
    assert figure.layout.height == 333 and figure.layout.font.size == 9
    assert figure.layout.template.layout.font.color == theme.TEXT[True]


def test_empty_figure_says_why() -> None:
    assert theme.empty("No tracks").layout.annotations[0].text == "No tracks"


def test_family_legend_names_the_families_present() -> None:
    figure = theme.add_family_legend(theme.Figure(), ["happy", "fun", "sad", "unheard"])
    assert [trace.name for trace in figure.data] == ["joyful", "sad", "other"]
