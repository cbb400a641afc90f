"""Lyrics with times: what players write as LRC, subtitles and TTML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_core.errors import LyricsError
from mer_core.lyrics.sources import parse_lyrics
from mer_core.lyrics.text import MOST_LINES
from mer_core.lyrics.timed import from_lrc, from_subtitles, from_ttml


def rows(lrc: str) -> list[tuple[float | None, float | None, str]]:
    return [(line.start, line.end, line.text) for line in from_lrc(lrc).lines]


def test_plain_marks_and_fractions_of_one_to_three_digits() -> None:
    assert rows("[00:01]a\n[00:02.5]b\n[00:03.25]c\n[00:04.125]d\n[00:05:50]e") == [
        (1.0, 2.5, "a"),
        (2.5, 3.25, "b"),
        (3.25, 4.125, "c"),
        (4.125, 5.5, "d"),
        (5.5, None, "e"),
    ]


def test_several_marks_a_line_out_of_order() -> None:
    assert [(start, text) for start, _, text in rows("[00:20.00][00:05.00]again\n[00:10.00]once")] == [
        (5.0, "again"),
        (10.0, "once"),
        (20.0, "again"),
    ]


def test_times_over_an_hour() -> None:
    assert [start for start, _, _ in rows("[75:00.00]long\n[1:20:00.50]longer")] == [4500.0, 4800.5]


@pytest.mark.parametrize(
    ("tag", "start"), [("[offset:500]", 9.5), ("[offset: -3000]", 13.0), ("[offset:+250]", 9.75), ("[offset:x]", 10.0)]
)
def test_offset_moves_all_lines_and_never_before_the_beginning(tag: str, start: float) -> None:
    assert rows(f"{tag}\n[00:10.00]a")[0][0] == start
    assert rows("[offset:9000]\n[00:01.00]a")[0][0] == 0.0


def test_word_marks_are_taken_out_and_an_end_mark_ends_the_line() -> None:
    assert rows(
        "[00:01.00]<00:01.00>so <00:01.50>far <00:02.00>\n[00:05.00]so [00:05.40]good[00:06.00]\n[00:09.00]end"
    ) == [
        (1.0, 2.0, "so far"),
        (5.0, 6.0, "so good"),
        (9.0, None, "end"),
    ]


def test_an_empty_line_ends_the_one_before() -> None:
    assert rows("[00:01.00]sung\n[00:04.00]\n[00:30.00]again") == [(1.0, 4.0, "sung"), (30.0, None, "again")]


def test_tags_of_title_and_author_are_no_lines() -> None:
    assert [text for _, _, text in rows("[ti:Title]\n[ar:Artist]\n[by:Me]\n[00:01.00]sung")] == ["sung"]


@pytest.mark.parametrize(
    ("lrc", "reported"),
    [
        ("[-00:10.00]before", "before the beginning"),
        ("[00:01.00]a\n" * (MOST_LINES + 1), "time marks"),
        ("[00:01.00]" * (MOST_LINES + 10) + "a", "time marks"),
        ("[00:01.00]a\0b", "NUL"),
        ("[00:01.00]" + "x" * 10_000_000, "longer"),
    ],
)
def test_hostile_lrc_gets_a_sentence(lrc: str, reported: str) -> None:
    with pytest.raises(LyricsError, match=reported):
        parse_lyrics(lrc, "file")


def test_marks_of_direction_are_taken_out() -> None:
    assert rows("[00:01.00]\u202ea\u200f song\u202c") == [(1.0, None, "a song")]


@given(st.text(alphabet="[]<>0123456789:.-abc \n", max_size=300))
def test_any_text_gives_lines_in_order_or_a_sentence(text: str) -> None:
    try:
        lyrics = from_lrc(text)
    except LyricsError:
        return
    starts = [line.start for line in lyrics.lines]
    assert starts == sorted(starts, key=lambda start: start or 0.0)
    assert all(start is not None and start >= 0 for start in starts)


def test_subrip_and_webvtt() -> None:
    srt = "1\n00:00:01,000 --> 00:00:03,500\n<i>first</i> line\n\n2\n00:01:00,000 --> 00:01:02,000\nsecond\nline\n"
    lines = from_subtitles(srt).lines
    assert [(line.start, line.end, line.text) for line in lines] == [
        (1.0, 3.5, "first line"),
        (60.0, 62.0, "second"),
        (60.0, 62.0, "line"),
    ]
    assert parse_lyrics("WEBVTT\n\n00:01.000 --> 00:02.000\nhello", "file").lines[0].start == 1.0
    with pytest.raises(LyricsError, match="no line with a time"):
        from_subtitles("nothing here")


def test_ttml() -> None:
    ttml = (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1.5s" end="3s">one <span>two</span></p>'
        '<p begin="00:01:05.250">three</p></div></body></tt>'
    )
    assert [(line.start, line.end, line.text) for line in from_ttml(ttml).lines] == [
        (1.5, 3.0, "one two"),
        (65.25, None, "three"),
    ]
    with pytest.raises(LyricsError, match="no XML"):
        from_ttml("<tt><p>")
    with pytest.raises(LyricsError, match="document type"):
        from_ttml('<!DOCTYPE t [<!ENTITY a "b">]><tt><p>&a;</p></tt>')


def test_a_line_of_nothing_but_spaces_takes_no_time() -> None:
    """Patterns that begin with any number of spaces would take hours for it."""
    assert rows("[00:01.00]a" + " " * 400_000 + "b [00:02.00]")[0][:2] == (1.0, 2.0)
