"""Every kind of problem, found where it is; the real datasets, with what is known about them."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_dataset import HEADER, NAME, TAGS, healthy, track_line, write_dataset, write_tsv

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.validation import commonest_pairs, shared_artists, summarise, validate
from mer_core.errors import DatasetError

GOOD = [track_line(1), track_line(2, TAGS[1:]), track_line(3)]


def kinds(folder: Path, **options: object) -> list[tuple[str, str, str]]:
    """(kind, line or file name, severity) of every problem."""
    return [
        (problem.kind, Path(problem.where).name.replace(f"{NAME}.tsv:", "line "), problem.severity)
        for problem in validate(folder, **options)
    ]


@pytest.mark.parametrize(
    ("bad_line", "kind", "words"),
    [
        (track_line(1), "duplicate_id", "already in"),
        ("\tartist_1\talbum_1\t01/1.mp3\t30.0", "missing_id", "no TRACK_ID"),
        ("track 9\tartist_1\talbum_1\t01/1.mp3\t30.0", "malformed_line", "'track 9'"),
        ("track_9\tartist_1\talbum_1\t01/1.mp3", "malformed_line", "4 fields"),
        ("track_9 artist_1 album_1 01/1.mp3 30.0", "malformed_line", "separated by tabs"),
        (track_line(9, ["happy"]), "malformed_line", "mood/theme---happy"),
        (track_line(9, ["mood/theme---angry"]), "unknown_tag", "mood/theme---angry"),
        (track_line(9, ["mood/teme---happy"]), "unknown_tag", "mood/teme---happy"),
        *(
            (track_line(9, duration=bad), "absurd_duration", repr(str(bad)))
            for bad in ("nan", "inf", "-inf", -1, 0, 86401, "1e400", "3:20", "")
        ),
        *(
            (track_line(9).replace("09/9.mp3", path), "path_outside", "leaves the audio folder")
            for path in (
                "9" * 256 + ".mp3",
                "é" * 130,
                "../9.mp3",
                "/etc/passwd",
                "09/../../9.mp3",
                "..\\9.mp3",
                "C:\\9.mp3",
                "c:/9.mp3",
                "\\\\host\\9.mp3",
                "",
                "..",
            )
        ),
    ],
)
def test_a_bad_line_is_found_where_it_is(tmp_path: Path, bad_line: str, kind: str, words: str) -> None:
    write_dataset(tmp_path, [*GOOD, bad_line])
    (problem,) = validate(tmp_path)
    assert (problem.kind, problem.where, problem.severity) == (kind, f"{tmp_path / NAME}.tsv:5", "error")
    assert words in problem.message


def test_a_repeated_tag_is_a_warning(tmp_path: Path) -> None:
    write_dataset(tmp_path, [track_line(1, [TAGS[0], TAGS[0]])])
    assert kinds(tmp_path) == [("duplicate_tag", "line 2", "warning")]
    assert Dataset.load(tmp_path).labels.sum() == 1


@pytest.mark.parametrize(
    ("splits", "kind", "words"),
    [
        ({"train": GOOD, "test": GOOD[:1]}, "in_two_splits", "track_0000001"),
        ({"train": GOOD[:2]}, "in_no_split", "track_0000003"),
        ({"train": [*GOOD, track_line(7)]}, "unknown_track", "track_0000007"),
        ({"train": [*GOOD[:2], track_line(3, duration=3)]}, "split_mismatch", "another duration"),
        ({"train": [*GOOD[:2], track_line(3, TAGS[1:])]}, "split_mismatch", "another tags"),
        ({"train": GOOD[:2], "test": [track_line(3, artist=1)]}, "split_mismatch", "another artist_id"),
    ],
)
def test_splits_that_disagree(tmp_path: Path, splits: dict[str, list[str]], kind: str, words: str) -> None:
    problems = [
        problem for problem in validate(write_dataset(tmp_path, GOOD, splits)) if problem.kind != "artist_overlap"
    ]
    assert [problem.kind for problem in problems] == [kind]
    assert words in problems[0].message


def test_an_artist_in_two_parts_is_a_warning(tmp_path: Path) -> None:
    lines = [track_line(1, artist=7), track_line(2, artist=7), track_line(3)]
    write_dataset(tmp_path, lines, {"train": [lines[0], lines[2]], "test": [lines[1]]})
    (problem,) = validate(tmp_path)
    assert (problem.kind, problem.severity) == ("artist_overlap", "warning")
    assert "artist_000007" in problem.message and "1 in train, 1 in test" in problem.message
    assert shared_artists(Dataset.load(tmp_path)) == ["artist_000007"]


def test_missing_audio(tmp_path: Path) -> None:
    healthy(tmp_path / "data")
    for path in ("01/1.mp3", "02/2.low.mp3"):
        (tmp_path / "audio" / path).parent.mkdir(parents=True)
        (tmp_path / "audio" / path).touch()
    missing = [problem.message for problem in validate(tmp_path, tmp_path / "audio") if problem.kind == "missing_audio"]
    assert [message.split(" of ")[1].split()[1] for message in missing] == ["track_0000003", "track_0000104"]
    assert validate(tmp_path) == []


@pytest.mark.parametrize(
    "spoil",
    [lambda path: path.unlink(), lambda path: path.write_bytes(b"\xff"), lambda path: path.write_text("x\ty\n")],
)
def test_an_unreadable_dataset_is_one_problem(tmp_path: Path, spoil: Callable[[Path], object]) -> None:
    spoil(healthy(tmp_path) / f"{NAME}.tsv")
    (problem,) = validate(tmp_path)
    assert problem.kind == "unreadable"


def test_a_split_tag_list_of_other_tags(tmp_path: Path) -> None:
    (healthy(tmp_path) / "tags" / "moodtheme_split.txt").write_text("mood/theme---angry\n")
    assert ("unknown_tag", "moodtheme_split.txt", "error") in kinds(tmp_path)


def test_names_with_too_many_fields_are_a_warning(tmp_path: Path) -> None:
    write_tsv(
        healthy(tmp_path) / "x.meta.tsv", ["track_0000001\ta\tb\tc\td"], header="TRACK_ID\tTRACK_NAME\tARTIST_NAME"
    )
    assert kinds(tmp_path) == [("malformed_line", "x.meta.tsv:2", "warning")]


def test_jamendo_is_healthy(shared: Path) -> None:
    assert {problem.kind for problem in validate(shared / "data/mtg-jamendo")} == {"identical_audio"}


def test_jamendo_summary(shared: Path) -> None:
    summary = summarise(Dataset.load(shared / "data/mtg-jamendo"))
    assert (summary["tracks"], summary["tags"], summary["split_tags"], summary["artist_overlap"]) == (18486, 59, 56, 0)
    assert summary["split_tracks"] == {"train": 9949, "validation": 3802, "test": 4231}
    assert summary["hours"] == pytest.approx(1127, abs=1)
    assert summary["tags_per_track"] == pytest.approx(1.76, abs=0.005)
    assert summary["commonest_pairs"][:3] == [
        ["corporate", "motivational", 251],
        ["deep", "summer", 248],
        ["happy", "positive", 248],
    ]


def test_incompetech_is_warned_about_its_one_artist(shared: Path) -> None:
    folder = shared / "data/incompetech"
    assert Counter(problem.kind for problem in validate(folder, folder / "audio")) == {"artist_overlap": 1}
    assert summarise(Dataset.load(folder))["artist_overlap"] == 1


def test_pairs_and_summary_of_an_empty_dataset(tmp_path: Path) -> None:
    dataset = Dataset.load(write_dataset(tmp_path, []))
    assert commonest_pairs(dataset) == []
    assert (summarise(dataset)["tracks"], summarise(dataset)["tags_per_track"]) == (0, 0.0)


@given(st.lists(st.sets(st.sampled_from(TAGS)), max_size=20))
@settings(max_examples=40, deadline=None)
def test_pairs_count_tracks_that_have_both(tmp_path_factory: pytest.TempPathFactory, tags: list[set[str]]) -> None:
    folder = write_dataset(
        tmp_path_factory.mktemp("pairs"), [track_line(number, sorted(chosen)) for number, chosen in enumerate(tags)]
    )
    for first, second, count in commonest_pairs(Dataset.load(folder)):
        assert count == sum({f"mood/theme---{first}", f"mood/theme---{second}"} <= chosen for chosen in tags) > 0


SPOILT = [
    f"{NAME}.tsv",
    f"splits/split-0/{NAME}-test.tsv",
    "tags/moodtheme.txt",
    "tags/moodtheme_split.txt",
    "x.meta.tsv",
]
JUNK = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(str.encode),
    st.lists(st.sampled_from([*GOOD, "\t", "a\tb", TAGS[0]])).map("\n".join).map(str.encode),
)


@given(st.sampled_from(SPOILT), JUNK, st.booleans())
@settings(max_examples=150, deadline=None)
def test_no_junk_breaks_validation(
    tmp_path_factory: pytest.TempPathFactory, spoilt: str, junk: bytes, with_header: bool
) -> None:
    folder = healthy(tmp_path_factory.mktemp("junk"))
    (folder / spoilt).write_bytes((HEADER.encode() + b"\n" if with_header else b"") + junk)
    problems = validate(folder, folder)
    try:
        Dataset.load(folder)
    except DatasetError:
        assert any(problem.severity == "error" for problem in problems)
    else:
        assert not any(problem.severity == "error" for problem in problems)
