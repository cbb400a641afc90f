"""Smart playlists of Navidrome: a rule by mood tags, which the server applies to its own library and keeps up to date.

The format is JSON in a file that ends in .nsp, described at https://www.navidrome.org/docs/usage/smartplaylists/:
`all` or `any` of a list of conditions, each {operator: {field: value}}, and `sort`, `order`, `limit`. Its field `mood`
holds what Navidrome (0.55 or newer) reads from `TMOO`, `MOOD` and their like, one value for each of a file's moods.
"""

import json
import re
from collections.abc import Collection
from typing import Any

from mer_core.errors import DatasetError

FIELD = "mood"
SUFFIX = ".nsp"


def to_nsp(
    name: str,
    moods: Collection[str],
    unwanted: Collection[str] = (),
    *,
    joined: bool = False,
    limit: int | None = None,
) -> str:
    """The rule of a playlist called `name`: files that have any of `moods` and none of `unwanted`, in random order, at
    most `limit`.

    joined: for files whose moods are one text ("sad; calm", as ID3v2.3 holds them): a mood then matches anywhere in the
    text, also within a longer word.

    Raises DatasetError when it names no mood, or wants one and not.
    """
    if not moods:
        raise DatasetError("a smart playlist goes by mood tags, and no mood was named; name one")
    if both := set(moods) & set(unwanted):
        raise DatasetError(f"the mood {sorted(both)[0]!r} is both wanted and unwanted; leave it out on one side")
    has, has_not = ("contains", "notContains") if joined else ("is", "isNot")
    wanted: list[dict[str, Any]] = [{has: {FIELD: mood}} for mood in moods]
    conditions: list[dict[str, Any]] = [*([{"any": wanted}] if len(wanted) > 1 else wanted)]
    conditions += [{has_not: {FIELD: mood}} for mood in unwanted]
    rule: dict[str, Any] = {"name": name, "comment": _comment(moods, unwanted), "all": conditions, "sort": "random"}
    return json.dumps(rule | ({"limit": limit} if limit else {}), indent=1, ensure_ascii=False) + "\n"


def file_name(mood: str) -> str:
    """What the smart playlist of a mood is called as a file."""
    return re.sub(r"[^\w -]+", "_", mood).strip().capitalize() + SUFFIX


def _comment(moods: Collection[str], unwanted: Collection[str]) -> str:
    without = f", not {' or '.join(unwanted)}" if unwanted else ""
    return f"Files tagged {' or '.join(moods)}{without}"
