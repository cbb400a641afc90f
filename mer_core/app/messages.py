"""What a page says when something is missing or goes wrong: what it is, and the command that brings it. Never a
traceback."""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from mer_core.cli.commands import command_line
from mer_core.errors import MerError

logger = logging.getLogger(__name__)

_PUNCTUATION = re.compile(
    r"[!-&(-/:-@\[-`{-~]"
)  # what Markdown can give a meaning to and lets one escape: ASCII punctuation, save the apostrophe


def plain(text: object) -> str:
    """`text` (a file name, a title, a message) so that Streamlit's Markdown shows it as it is: no link, image or
    formatting."""
    return _PUNCTUATION.sub(r"\\\g<0>", " ".join(str(text).split()))


def counted(number: int, thing: str) -> str:
    """ "1 track", "1,234 tracks"."""
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


@contextmanager
def guard(what: str = "this page") -> Iterator[None]:
    """Run a part of a page; a failure becomes a message and the rest of the page goes on.

    A MerError is shown as its own sentence, with the commands that help. Anything else is an error of ours:
    the person gets a short apology, the log gets the traceback. `what` names the part in the apology ("the map").
    """
    try:
        yield
    except MerError as error:
        show_error(error)
    except Exception:
        logger.exception("%s failed", what)
        st.error(
            f"Sorry, {plain(what)} could not be shown. That is a fault of this program, not of your data; its log has "
            f"the details. "
            "Reload the page, or choose something else in the sidebar.",
            icon=":material/bug_report:",
        )


def show_error(error: MerError) -> None:
    """Show the error's sentence and below it the commands that help (alternatives, if there are several)."""
    st.error(plain(error), icon=":material/error:")
    for remedy in error.remedies:
        if remedy.makes:
            st.caption(f"For {plain(remedy.makes)}:" if remedy.makes.startswith("a ") else f"{plain(remedy.makes)}:")
        st.code(command_line(remedy), language=None, wrap_lines=True)


def empty_state(title: str, explanation: str, *commands: str, icon: str = ":material/inbox:") -> None:
    """Say in a box what is missing, why one would want it, and the command (or commands: alternatives) that brings it.

    `title` and `explanation` are Markdown written by us; put other people's words through `plain` first.
    """
    with st.container(border=True):
        st.markdown(f"## {icon} {title}")
        st.markdown(explanation)
        for command in commands:
            st.code(command, language=None, wrap_lines=True)


def synthetic_note(synthetic: bool) -> None:
    """Say that the music of this workspace was composed by a program, where it was."""
    if synthetic:
        st.caption(
            ":material/science: Synthetic: the music of this workspace was composed by a program, so its figures say "
            "nothing about real music."
        )
