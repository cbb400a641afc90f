"""The moods in a library's own tags as answers of a person: whoever tagged a file said that it has the mood."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from mer_core.library.workspace import Library
from mer_core.recommend.mood_words import Meaning
from mer_core.teach.journal import Answer

SOURCE = "tags"
"""Of such answers in the journal."""


def words_in(library: Library) -> Counter[str]:
    """The mood words in the files' tags, with how many tracks have each."""
    return Counter(word for words in library.file_moods().values() for word in dict.fromkeys(words))


def answers_in(library: Library, meanings: Iterable[Meaning], given: Sequence[Answer]) -> list[Answer]:
    """What the tags say: yes for every mood that a track's words mean, less what was answered already (`given`)."""
    mood_of: Mapping[str, str] = {meaning.word: meaning.mood for meaning in meanings if meaning.mood}
    said = {(answer.track_id, answer.mood) for answer in given}
    found = {
        (track_id, mood_of[word]): Answer(
            track_id, mood_of[word], True, source=SOURCE, path=library.tracks[track_id].path
        )
        for track_id, words in library.file_moods().items()
        for word in words
        if word in mood_of
    }
    return [answer for key, answer in found.items() if key not in said]
