"""Readers of files take anything: random bytes, and files of ours with bytes changed, cut or put in, give a value or a
sentence."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stress.fuzz import FILES, PLACES, Target

changes = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 40), st.binary(max_size=12)), max_size=4)
"""Places, each with how many bytes go there and what comes in their place."""


def changed(data: bytes, how: list[tuple[int, int, bytes]]) -> bytes:
    for place, gone, new in how:
        start = place % (len(data) + 1)
        data = data[:start] + new + data[start + gone :]
    return data


@pytest.mark.parametrize("name", sorted(FILES))
@settings(deadline=None, max_examples=60)
@given(data=st.binary(max_size=400))
def test_any_bytes_give_a_value_or_a_sentence(tmp_path_factory: pytest.TempPathFactory, name: str, data: bytes) -> None:
    said = Target(name, tmp_path_factory.getbasetemp()).read(data)
    assert said == "" or len(said) > 20


@pytest.mark.parametrize("name", sorted(PLACES))
@settings(deadline=None, max_examples=60)
@given(how=changes)
def test_changed_files_of_ours_give_a_value_or_a_sentence_with_their_name(
    tmp_path_factory: pytest.TempPathFactory, name: str, how: list
) -> None:
    folder = tmp_path_factory.getbasetemp() / name
    target = Target(name, folder)
    said = target.read(changed(target.path.read_bytes(), how))
    assert said == "" or folder.name in said
    assert said == "" or "scripts/" in said
