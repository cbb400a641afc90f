"""The only part of mer_core that imports Streamlit: what the pages share.

How to add a page:

1. Add its file, title and icon to `NAVIGATION` in `shell.py`, and make the file `pages/N_Title.py`:

       import streamlit as st

       from mer_core.figures import something
       from mer_core.app import chart, guard, loaders, open_page

       page = open_page("Title")                          # settings, sidebar, pickers, heading; first, always
       with guard("the thing"):                           # a failure becomes a message, never a traceback
           dataset = loaders.dataset(page.open_workspace)  # cached; shared between people, so never change it
           chart(something.figure(dataset), page, key="thing", alt="What the chart shows")

2. Statistics are pure functions of mer_core, figures pure functions of mer_core.figures (both tested without
   Streamlit); the page reads widgets, calls one of each, and stays under 100 lines.
3. A widget whose value another person should see by following the address is made with `url_state.linked`,
   `linked_text` or `linked_range`; its `key` is the word in the address. In use by the shell: workspace, model, mood
   (one mood in focus), moods and match (filter), track.
4. Other people's words (titles, file names, tags) go through `messages.plain` before they enter Markdown; charts take
   them as they are, and so do tables made with `widgets.safe_table`. Nothing is ever shown with `unsafe_allow_html`.
5. Charts go through `chart` (colours of both themes, selection, a description for people who cannot see it). One too
   dense for a phone gets a key that begins with "wide-": there it keeps its width and scrolls within itself.
6. What costs more than a few milliseconds is computed once and cached, keyed on the files it comes from
   (`loaders.stamp`, and for statistics of a filtered dataset `dataset_filter.Shown.compute`).
7. Test it with the workspaces of tests/pages_common.py in every state (full, metadata only, none, corrupt), with
   tests/browser where a click or a drag matters; measure it: `python scripts/benchmark.py app --pages Title`; look at
   it: `python scripts/screenshots.py --pages Title`.

`loaders` holds the cached readers, `widgets` the mood filter, track table and downloads, `player` the one player,
`messages` the empty states and the error boundary.
"""

from mer_core.app import loaders as loaders
from mer_core.app.messages import empty_state, guard, plain
from mer_core.app.shell import PageContext, open_page, page_link
from mer_core.app.url_state import linked, linked_range, linked_text, recall, remember
from mer_core.app.widgets import (
    chart,
    downloads,
    mood_filter,
    mood_picker,
    pick_table,
    show_predicted_note,
    track_table,
)

__all__ = [
    "PageContext",
    "chart",
    "downloads",
    "empty_state",
    "guard",
    "linked",
    "linked_range",
    "linked_text",
    "mood_filter",
    "mood_picker",
    "open_page",
    "page_link",
    "pick_table",
    "plain",
    "recall",
    "remember",
    "show_predicted_note",
    "track_table",
]
