"""Widgets whose value is kept in the address, so that a copied address shows another person the same view.

The rule, in one sentence: what the address says wins when somebody else changed it (a deep link, the browser's back
button), and what the person chose in the page wins otherwise. Streamlit's own `bind="query-params"` is not used because
it drops values equal to the default from the address and loses the rest when another page is opened (1.67).
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import streamlit as st

from mer_core.app.messages import plain

EVERYWHERE = frozenset({"workspace", "model", "mood", "track", "kept", "profile"})
"""Words that mean the same on every page; all others belong to the page that asks for them ("from" is a split on one, a
mood on another)."""

Number = TypeVar("Number", int, float)

_CHOSEN = "_chosen"
"""Session key of what each linked widget last said; outlives a change of page, which the widget's own state does
not."""

_PAGE = "_page"
_SHOWN = "_shown"
"""Session keys of the page last opened and of the linked widgets shown on it."""


def enter(page: str) -> None:
    """Note which page is being run. A widget of the same key on another page is a new one to Streamlit and starts
    empty."""
    if st.session_state.get(_PAGE) != page:
        for key in st.session_state.get(_SHOWN, set()) - EVERYWHERE:
            st.session_state.pop(key, None)
        st.session_state[_PAGE] = page
        st.session_state[_SHOWN] = set()


def linked(
    widget: Callable[..., Any], label: str, options: Sequence[str], *, key: str, default: Any = None, **kwargs: Any
) -> Any:
    """Show a choice (`st.selectbox`, `st.multiselect`, `st.segmented_control` …) that lives in the address as `key`.

    `options` are the words that may be chosen and stand in the address as they are; `default` is one of them, a list of
    them for a multiple choice, or None. A word in the address that is no option is dropped, and the page says so.
    Returns what the widget returns.
    """
    many = widget is st.multiselect or kwargs.get("selection_mode") == "multi"
    wanted = _wanted(key)
    known = [word for word in wanted if word in set(options)]
    warn_not_here([word for word in wanted if word not in set(options)])
    if many:
        _set(key, known if wanted or default is None else list(default))
    else:
        _set(key, known[0] if known else default)
    value = widget(label, options, key=key, **kwargs)
    _publish(key, value if many else [] if value is None else [value])
    return value


def warn_not_here(words: Sequence[str]) -> None:
    """Say which `words` of the address mean nothing here; nothing where there are none."""
    if words:
        st.caption(
            ":material/link_off: Not here, so not shown: " + ", ".join(f"“{plain(word[:60])}”" for word in words)
        )


def linked_text(label: str, *, key: str, **kwargs: Any) -> str:
    """Show `st.text_input` whose text lives in the address as `key`; empty text is not in the address."""
    _set(key, next(iter(_wanted(key)), ""))
    text = st.text_input(label, key=key, **kwargs).strip()
    _publish(key, [text] if text else [])
    return text


def linked_range(
    label: str, low: int, high: int, *, key: str, default: tuple[int, int] | None = None, **kwargs: Any
) -> tuple[int, int]:
    """Show `st.slider` for a range of whole numbers; "60-300" in the address, nothing when the range is `default`
    (None: everything)."""
    if low >= high:
        return low, high
    default = default or (low, high)
    parts = next(iter(_wanted(key)), "").split("-")
    bounds = [int(part) for part in parts if part.isdecimal() and len(part) < 10]
    first, last = sorted(min(max(bound, low), high) for bound in bounds) if len(bounds) == 2 else default
    _set(key, (first, last))
    first, last = st.slider(label, low, high, key=key, **kwargs)
    _publish(key, [] if (first, last) == default else [f"{first}-{last}"])
    return first, last


def linked_number(
    label: str, low: Number, high: Number, default: Number, step: Number, *, key: str, **kwargs: Any
) -> Number:
    """Show `st.slider` for one number, whole where `default` is; "0.35" in the address, nothing when it is `default`.

    What the address says beyond the ends is taken for the nearer end; what is no number is dropped.
    """
    try:
        said = float(next(iter(_wanted(key)), default))
    except ValueError:
        said = float(default)
    kind = type(default)
    value = min(max(said, low), high) if math.isfinite(said) else default
    _set(key, kind(value))
    value = kind(st.slider(label, low, high, step=step, key=key, **kwargs))
    _publish(key, [] if value == default else [_word(value)])
    return value


def remember(key: str, value: str | None) -> None:
    """Keep `value` in the address and in the session as `key`, for what no widget holds (a track chosen in a chart)."""
    _publish(key, [value] if value else [])


def ask_for(key: str, word: str) -> None:
    """Change what the address says about `key` as a deep link would: its widget, shown already in this run, takes the
    word in the next."""
    st.query_params[key] = word


def forget(key: str) -> None:
    """Let the widget of `key` start again; only in a callback, that is before the widget is shown."""
    st.session_state.pop(key, None)
    _publish(key, [])


def recall(key: str) -> str | None:
    """What the address, or the session where the address is silent, says about `key`."""
    return next(iter(_wanted(key)), None)


def is_set(key: str) -> bool:
    """Whether the address, or what was last chosen on this page, says anything about `key`: a widget left as it stands
    by itself does not."""
    return bool(st.query_params.get_all(key) or _chosen().get(_name(key)))


def recall_all(key: str) -> list[str]:
    """The same for a widget of several words, to offer them before they are chosen."""
    return _wanted(key)


def _wanted(key: str) -> list[str]:
    """The words asked for: by the address if it was changed from outside, else by the widget, else as last chosen."""
    said = st.query_params.get_all(key)
    chosen = _chosen().get(_name(key))
    if said and said != chosen:
        return said
    return _words(st.session_state[key]) if key in st.session_state else list(chosen or [])


def _chosen() -> dict[str, list[str]]:
    return st.session_state.setdefault(_CHOSEN, {})


def _name(key: str) -> str:
    """What `key` is remembered as."""
    return key if key in EVERYWHERE else f"{st.session_state.get(_PAGE, '')}/{key}"


def _set(key: str, value: Any) -> None:
    """Give the widget its value, only where it must be: setting it in every run would disturb somebody who is
    typing."""
    shown = st.session_state.setdefault(_SHOWN, set())
    if key not in shown or key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    shown.add(key)


def _words(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, tuple):
        return ["-".join(map(str, value))]
    if isinstance(value, int | float):
        return [_word(value)]
    return [value] if isinstance(value, str) else list(value)


def _word(number: float) -> str:
    """A number as it stands in the address: without what computing with fractions adds (0.30000000000000004)."""
    return f"{number:.6g}"


def _publish(key: str, words: Iterable[str]) -> None:
    """Write `words` to the address (only when that changes it: each write is a message to the browser)."""
    words = list(words)
    if words != st.query_params.get_all(key):
        if words:
            st.query_params[key] = words
        else:
            st.query_params.pop(key, None)
    _chosen()[_name(key)] = words
