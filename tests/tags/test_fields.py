"""Moods in the spellings of other programs: read, and written without leaving two fields that contradict each other."""

import os
import shutil
from pathlib import Path

import mutagen
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutagen.apev2 import APEv2
from mutagen.id3 import COMM, ID3, TMOO, TXXX
from shared_cases import case

from mer_core.library.scan import read_names
from mer_core.tags import write as tagging
from mer_core.tags.fields import JOINED_BY, Target, all_moods, found_fields, split_moods


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def copied(name: str, tmp_path: Path) -> Path:
    if name == "mood_in_txxx_v24.mp3":
        path = Path(shutil.copyfile(case("mood_in_txxx_v23.mp3"), tmp_path / name))
        tags = ID3(path)
        tags.setall("TXXX:MOOD", [TXXX(encoding=3, desc="MOOD", text=["Happy", "Dreamy"])])
        tags.save(path, v2_version=4)
        return path
    return Path(shutil.copyfile(case(name), tmp_path / name))


@pytest.mark.parametrize(
    ("name", "moods"),
    [
        ("mood_in_txxx_v23.mp3", ("Happy",)),
        ("mood_in_txxx_v24.mp3", ("Happy", "Dreamy")),
        ("mood_in_ape.mp3", ("Happy", "Dreamy")),
        ("mood_joined.mp3", ("Sad", "Calm", "Epic")),
    ],
)
@pytest.mark.parametrize("merge", [False, True])
def test_every_spelling_is_read_and_one_list_is_left(
    name: str, moods: tuple[str, ...], merge: bool, tmp_path: Path, journal: Path
) -> None:
    path = copied(name, tmp_path)
    original = path.read_bytes()
    assert tagging.read_moods(path) == moods
    wanted = (*moods, "deep") if merge else ("deep",)
    assert tagging.write(path, ("deep",), journal, merge=merge).after == wanted
    assert tagging.read_moods(path) == wanted
    assert [field.moods for field in found_fields(mutagen.File(path).tags)] == [wanted]
    try:
        assert found_fields(APEv2(path)) == []
    except mutagen.apev2.APENoHeaderError:
        assert name != "mood_in_ape.mp3"
    tagging.undo(path, journal)
    assert path.read_bytes() == original


def test_a_joined_mood_that_is_there_is_not_added(tmp_path: Path, journal: Path) -> None:
    path = copied("mood_joined.mp3", tmp_path)
    before = path.read_bytes()
    assert not tagging.write(path, ("sad",), journal, merge=True).writes and path.read_bytes() == before


def test_a_file_of_version_2_3_holds_several_moods_as_one_text(tmp_path: Path, journal: Path) -> None:
    path = copied("mood_in_txxx_v23.mp3", tmp_path)
    tagging.write(path, ("sad", "calm"), journal)
    raw = ID3(path, translate=False)
    assert raw.version == (2, 3, 0) and raw["TXXX:MOOD"].text == ["sad; calm"] and "TMOO" not in raw


def test_two_fields_become_one(tmp_path: Path, journal: Path) -> None:
    path = copied("mood_in_txxx_v24.mp3", tmp_path)
    tags = ID3(path)
    tags.add(TMOO(encoding=3, text=["sad"]))
    tags.add(COMM(encoding=3, lang="eng", desc="", text=["nice song [MOOD: slow; Sad]"]))
    tags.save(path)
    change = tagging.write(path, ("sad",), journal, merge=True)
    assert set(change.dropped) == {"TXXX:MOOD", "COMM::eng"}
    tags = ID3(path)
    assert sorted(tags["TMOO"].text) == ["Dreamy", "Happy", "sad", "slow"]
    assert "TXXX:MOOD" not in tags and tags["COMM::eng"].text == ["nice song"]


@pytest.mark.parametrize("place", ["standard", "TXXX:MOOD", "comment"])
def test_the_field_can_be_chosen(place: str, tmp_path: Path, journal: Path) -> None:
    path = copied("mood_in_txxx_v24.mp3", tmp_path)
    tagging.write(path, ("sad", "calm"), journal, target=Target(place))
    fields = found_fields(ID3(path))
    assert len(fields) == 1 and all_moods(fields) == ("sad", "calm")
    assert fields[0].field == {"standard": "TMOO", "TXXX:MOOD": "TXXX:MOOD", "comment": "COMM::eng"}[place]
    if place == "comment":
        assert ID3(path)["COMM::eng"].text == ["[MOOD: sad; calm]"]


def test_the_time_of_modification_can_stay(tmp_path: Path, journal: Path) -> None:
    path = copied("mood_joined.mp3", tmp_path)
    os.utime(path, ns=(10**18, 1557014400 * 10**9))
    tagging.write(path, ("deep",), journal, replacing=tagging.Replacing(keep_mtime=True))
    assert path.stat().st_mtime_ns == 1557014400 * 10**9 and tagging.read_moods(path) == ("deep",)


def test_title_and_artist_of_an_ape_tag_are_read() -> None:
    names = read_names(case("mood_in_ape.mp3"))
    assert (names["title"], names["artist"]) == ("A title", "An artist")


@given(st.lists(st.text("abcdefg -", min_size=1).map(lambda word: " ".join(word.split())).filter(bool), unique=True))
def test_joined_moods_come_apart_as_they_were(moods: list[str]) -> None:
    assert split_moods([JOINED_BY.join(moods)]) == split_moods(moods) == tuple(moods)


@pytest.mark.parametrize(
    ("text", "moods"),
    [
        ("Sad, Calm,Epic", ("Sad", "Calm", "Epic")),
        ("Sad | Calm", ("Sad", "Calm")),
        ("Sad\\\\Calm; sad", ("Sad", "Calm")),
        ("music for a rainy day, with tea", ("music for a rainy day, with tea",)),
        ("music for a rainy day, with tea; Calm", ("music for a rainy day, with tea", "Calm")),
    ],
)
def test_commas_and_bars_part_short_words_only(text: str, moods: tuple[str, ...]) -> None:
    assert split_moods([text]) == moods


def test_a_field_called_moods_is_one_of_moods(tmp_path: Path, journal: Path) -> None:
    path = copied("mood_in_txxx_v24.mp3", tmp_path)
    tags = ID3(path)
    tags.delall("TXXX:MOOD")
    tags.add(TXXX(encoding=3, desc="MOODS", text=["Sad, Calm"]))
    tags.save(path)
    assert tagging.read_moods(path) == ("Sad", "Calm")
    assert tagging.write(path, ("deep",), journal).field == "TXXX:MOODS"
    assert tagging.read_moods(path) == ("deep",)


def test_frames_of_any_case_are_one_field_after_writing(tmp_path: Path, journal: Path) -> None:
    path = copied("mood_in_txxx_v23.mp3", tmp_path)
    tags = ID3(path)
    tags.add(TXXX(encoding=1, desc="mood", text=["Sad"]))
    tags.save(path, v2_version=3)
    assert set(tagging.read_moods(path)) == {"Happy", "Sad"}
    tagging.write(path, ("deep",), journal)
    assert tagging.read_moods(path) == ("deep",)
