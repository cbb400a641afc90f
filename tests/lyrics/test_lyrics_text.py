"""Lyrics as lines: what is cleaned away, what is kept, how words are counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.lyrics.text import LONGEST_LINE, Line, count_words, from_plain, make_lyrics, plain_text


@pytest.mark.parametrize(
    "row",
    [
        "[Chorus]",
        "[Verse 2: A Singer]",
        "(guitar solo)",
        "Verse 2:",
        "CHORUS",
        "Refrain x2",
        "Repeat chorus",
        "x3",
        "Am  F  C  G",
        "C#m7 | A/E | Bsus4",
        "Lyrics by: Somebody",
        "Words and music by Somebody",
        "作词 : 某人",
        "Музыка: Кто-то",
        "https://example.org/lyrics",
        "Find more at example.com",
        "You might also like",
        "Get tickets as low as $49",
        "© 2019 Somebody",
        "♪ ♪ ♪",
        "...",
        "12 Contributors",
        "instrumental",
    ],
)
def test_what_nobody_sings_is_dropped(row: str) -> None:
    assert [line.text for line in from_plain(f"I walk alone\n{row}\nuntil the end", "paste").lines] == [
        "I walk alone",
        "until the end",
    ]


@pytest.mark.parametrize(
    "row",
    [
        "A",
        "(Ooh) I love you",
        "We sing the chorus of the sea",
        "Words fail me",
        "Music is my life",
        "Bridge over the river",
        "Add it up",
    ],
)
def test_what_is_sung_is_kept(row: str) -> None:
    assert [line.text for line in from_plain(row, "paste").lines] == [row]


def test_repeated_lines_count_once_and_stay_in_their_places() -> None:
    lyrics = from_plain("Hello again\nwhere are you\nHELLO, again!\nwhere are you", "paste")
    assert len(lyrics.lines) == 4
    assert len(lyrics.unique) == 2
    assert lyrics.words == 5


@pytest.mark.parametrize("text", ["Instrumental", "[Instrumental]", "(This song is an instrumental)", "纯音乐，请欣赏"])
def test_a_note_of_nothing_sung_is_an_instrumental(text: str) -> None:
    lyrics = from_plain(text, "paste")
    assert lyrics.instrumental
    assert not lyrics.lines
    assert not from_plain("", "paste").instrumental


def test_words_of_scripts_without_spaces() -> None:
    assert count_words("one two, three's a crowd") == 5
    assert count_words("今天我好开心") == 3
    assert count_words("今日 love 最高") == 3


def test_lines_of_other_times_are_put_in_order() -> None:
    lyrics = make_lyrics([Line("b", 2.0), Line("c", 3.0), Line("a", 1.0)], "file")
    assert [line.text for line in lyrics.lines] == ["a", "b", "c"]
    assert lyrics.synced
    assert not make_lyrics([Line("b", 2.0), Line("c")], "file").synced


def test_text_is_not_shown() -> None:
    """What a program logs of lyrics holds no lyrics."""
    shown = repr(from_plain("a secret line of a song", "paste"))
    assert "secret" not in shown
    assert "secret" not in repr(Line("a secret line"))


@given(st.text())
def test_plain_text_is_one_short_row_without_marks(text: str) -> None:
    plain = plain_text(text)
    assert len(plain) <= LONGEST_LINE
    assert plain == plain_text(plain)
    assert not any(sign in plain for sign in "\n\r\0\u202e\u200f\ufeff")
