"""The moods in the tags of a library's files as answers: shown first, kept with --write."""

from typing import Any

from mer_core.cli import common
from mer_core.errors import DatasetError, LyricsError
from mer_core.library.workspace import read_library
from mer_core.lyrics.encoder import load_text_encoder
from mer_core.model.bundle import Model
from mer_core.recommend.mood_words import meanings
from mer_core.teach.file_tags import answers_in, words_in
from mer_core.teach.journal import Journal
from mer_core.workspace.layout import Workspace

SHOWN = 60


def work(workspace: Workspace, model: Model, write: bool) -> dict[str, Any]:
    """Read the tags, understand their words among the model's moods, and keep the answers if that is wanted.

    Raises DatasetError where no file of the workspace has a mood in its tags.
    """
    library = read_library(workspace.root)
    counts = words_in(library)
    if not counts:
        raise DatasetError(
            f"no file of {workspace.root} has a mood in its tags; moods are read from the tags of a library's files "
            f"when it is imported"
        )
    encoder = None
    try:
        encoder = load_text_encoder()
    except LyricsError as error:
        common.report(f"{error}; words are read by name and by the table of words alone")
    words = [word for word, _ in counts.most_common()]
    found = meanings(words, model.moods, encoder)
    journal = Journal.of(workspace)
    answers = answers_in(library, found, journal.read())
    if write:
        journal.add(answers)
    return {
        "workspace": workspace.root,
        "words": [{**meaning._asdict(), "tracks": counts[meaning.word]} for meaning in found],
        "answers": len(answers),
        "written": write,
    }


def text(result: dict[str, Any]) -> str:
    """A line a word: what it means and how that was found."""
    lines = [
        f"{word['word']} ({word['tracks']} tracks) → "
        + (f"{word['mood']}, by {word['how']}" if word["mood"] else "not known, left out")
        for word in result["words"][:SHOWN]
    ]
    more = len(result["words"]) - SHOWN
    lines += [f"… and {more} more words (--json lists all)"] if more > 0 else []
    done = f"{result['answers']} answers " + (
        "are kept; the Teach page lists them and takes them back"
        if result["written"]
        else "would be kept: add --write to do it. Words that tag_files wrote are the model's own, nobody's answers"
    )
    return "\n".join(map(common.one_line, [*lines, done]))
