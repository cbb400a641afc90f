"""Asking in one's own words on the recommend page: a text, what was understood as chips to take back, what is
unknown."""

from dataclasses import replace

import streamlit as st

from mer_core.app.messages import plain
from mer_core.app.teaching import note_own_moods
from mer_core.app.url_state import linked_text
from mer_core.app.views.recommend_query import Asked, Shop
from mer_core.recommend.describe import Understood, described, understand, unwanted_moods
from mer_core.recommend.rank import Query

EXAMPLE = "calm piano, not sad"


def ask_described(shop: Shop) -> Asked | None:
    """By a description; each thing understood can be taken back with a click on its chip."""
    understood = ask_understood(shop)
    if understood is None:
        return None
    query = Query(described=described(shop.catalogue, understood), mood_weight=1.0)
    return Asked(replace(query, unwanted=unwanted_moods(shop.catalogue, understood)))


def ask_understood(shop: Shop) -> Understood | None:
    """The text, what was understood of it as corrected by the person, what is unknown; None without text."""
    text = linked_text("What should it be like?", key="describe", placeholder=EXAMPLE, max_chars=500)
    if not text:
        return None
    understood = corrected(understand(text, names=shop.catalogue.moods), text)
    if understood.unknown:
        words = ", ".join(f"“{plain(word)}”" for word in understood.unknown)
        st.caption(f":material/help: Nothing is known of {words}.")
    note_own_moods(shop.page, understood.moods)
    if left_out := unheard(shop, understood):
        st.caption(f":material/hearing_disabled: Not known of these tracks: {plain(', '.join(left_out))}.")
    return understood


def chips(understood: Understood) -> dict[str, tuple[str, str]]:
    """What each chip says, and the kind ("moods" or "tags") and name it stands for; a word that is both has one
    chip."""
    found: dict[str, tuple[str, str]] = {}
    for kind in ("moods", "tags"):
        for name, weight in getattr(understood, kind).items():
            found.setdefault(f"{name}" if weight > 0 else f"not {name}", (kind, name))
    return found


def without(understood: Understood, taken_back: set[str]) -> Understood:
    """What was understood, less the chips that were taken back."""
    names = {name for chip, (_, name) in chips(understood).items() if chip in taken_back}
    kept = {
        kind: {name: weight for name, weight in getattr(understood, kind).items() if name not in names}
        for kind in ("moods", "tags")
    }
    return replace(understood, moods=kept["moods"], tags=kept["tags"])


def corrected(understood: Understood, text: str) -> Understood:
    """Show the chips; a click takes one back or puts it in again."""
    options = list(chips(understood))
    place = [
        f"{name} {value:+.1f}"
        for name, value in (("valence", understood.valence), ("arousal", understood.arousal))
        if value is not None
    ]
    kept = st.pills(
        "Understood as (click to take back)",
        [*options, *place],
        selection_mode="multi",
        default=[*options, *place],
        key=f"chips-{text}",
    )
    gone = {*options, *place} - set(kept or [])
    found = without(understood, gone)
    return replace(
        found,
        valence=None if any(chip.startswith("valence") for chip in gone) else found.valence,
        arousal=None if any(chip.startswith("arousal") for chip in gone) else found.arousal,
    )


def unheard(shop: Shop, understood: Understood) -> list[str]:
    """The moods and tags asked for that are not known of the catalogue's tracks."""
    heard = shop.catalogue.heard
    known = {*shop.catalogue.moods, *(() if heard is None else heard)}
    return [name for name in dict.fromkeys([*understood.moods, *understood.tags]) if name not in known]
