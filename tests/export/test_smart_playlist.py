"""Smart playlists, read by a reader of the published format and applied to a library of tagged files."""

import fnmatch
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pages_common import make_full

from mer_core.cli import export_moods, predict_library, recommend
from mer_core.errors import DatasetError
from mer_core.export.smart_playlist import file_name, to_nsp

LIBRARY = {"a": ["calm"], "b": ["calm", "dark"], "c": ["happy"], "d": [], "e": ["calmness"]}
"""Mood tags by file, one value a mood."""
MOODS = st.sampled_from(["calm", "dark", "happy", "epic"])


def fits(condition: Mapping[str, Any], values: list[str]) -> bool:
    """Whether a file with these mood tags meets a condition: `is` is equality, `contains` is SQL's LIKE."""
    [(operator, operand)] = condition.items()
    if operator in ("all", "any"):
        return {"all": all, "any": any}[operator](fits(inner, values) for inner in operand)
    [(field, value)] = operand.items()
    assert field == "mood"
    if operator in ("is", "isNot"):
        return (value in values) == (operator == "is")
    assert operator in ("contains", "notContains")
    found = any(fnmatch.fnmatchcase(given.lower(), f"*{value.lower()}*") for given in values)
    return found == (operator == "contains")


def chosen(text: str, library: Mapping[str, list[str]] = LIBRARY) -> set[str]:
    rule = json.loads(text)
    assert set(rule) <= {"name", "comment", "all", "any", "sort", "order", "limit"}
    return {name for name, values in library.items() if fits({"all": rule["all"]}, values)}


def test_a_rule_chooses_the_files_that_are_tagged_so() -> None:
    assert chosen(to_nsp("Calm", ["calm"])) == {"a", "b"}
    assert chosen(to_nsp("Bright", ["calm", "happy"], ["dark"])) == {"a", "c"}
    joined = {name: ["; ".join(values)] if values else [] for name, values in LIBRARY.items()}
    assert chosen(to_nsp("Dark", ["dark"], joined=True), joined) == {"b"}
    assert chosen(to_nsp("Dark", ["dark"]), joined) == set()
    assert json.loads(to_nsp("Calm", ["calm"], limit=25))["limit"] == 25


@given(
    st.lists(MOODS, min_size=1, unique=True),
    st.lists(MOODS, unique=True),
    st.dictionaries(st.text(max_size=3), st.lists(MOODS, unique=True)),
)
def test_it_is_any_of_these_and_none_of_those(
    wanted: list[str], unwanted: list[str], library: dict[str, list[str]]
) -> None:
    if set(wanted) & set(unwanted):
        with pytest.raises(DatasetError, match="both wanted and unwanted"):
            to_nsp("x", wanted, unwanted)
        return
    expected = {name for name, has in library.items() if set(has) & set(wanted) and not set(has) & set(unwanted)}
    assert chosen(to_nsp("x", wanted, unwanted), library) == expected


def test_without_a_mood_there_is_no_rule() -> None:
    with pytest.raises(DatasetError, match="name one"):
        to_nsp("x", [])
    assert file_name("for cooking/at 7") == "For cooking_at 7.nsp"


def test_the_scripts_write_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = make_full(tmp_path / "full").root
    path = tmp_path / "Evening.nsp"
    asked = [str(root), "--model", "small", "--more", "calm", "--not", "epic", "--playlist", str(path), "-n", "5"]
    assert recommend.main(asked) == 0, capsys.readouterr().err
    rule = json.loads(path.read_text(encoding="utf-8"))
    assert rule["name"] == "Evening" and rule["limit"] == 5 and chosen(path.read_text()) == {"a", "b"}
    assert recommend.main([*asked, "--like", "track_0001000"]) == 1
    assert "takes no --like" in capsys.readouterr().err
    assert predict_library.main([str(root), "--model", "small"]) == 0
    kept = ["--kept", "--workspace", str(root), "--model", "small", "--format", "nsp", "csv", "--out", str(tmp_path)]
    capsys.readouterr()
    assert export_moods.main([*kept, "--json"]) == 0
    written = [Path(name) for name in json.loads(capsys.readouterr().out)["results"][0]["written"]]
    rules = [file for file in written if file.suffix == ".nsp"]
    assert len(written) == len(rules) + 1 and rules and all(file.exists() for file in written)
    for file in rules:
        mood = json.loads(file.read_text(encoding="utf-8"))["name"].lower()
        assert chosen(file.read_text(encoding="utf-8"), {"x": [mood], "y": []}) == {"x"}
    assert export_moods.main(kept) == 1 and "exists already" in capsys.readouterr().err
