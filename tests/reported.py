"""What a person reads of an error: its sentence, with the commands that its remedies become."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from mer_core.cli.commands import sentence
from mer_core.errors import MerError


@contextmanager
def reported(kind: type[MerError], match: str) -> Iterator[None]:
    """As pytest.raises, where `match` is looked for in what a person reads."""
    with pytest.raises(kind) as caught:
        yield
    assert re.search(match, sentence(caught.value)), sentence(caught.value)
