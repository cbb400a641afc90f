"""What `predict` prints of a result for a person: the feeling and how sure that is, then what else is heard, then
figures."""

from typing import Any

from mer_core.cli.lyrics_options import words_lines
from mer_core.embeddings.versions import with_copies
from mer_core.metrics.trust_grade import how_strong
from mer_core.model import STARTER

Result = dict[str, Any]

MOST_SHOWN = 5


def summary(result: Result) -> str:
    """One file in one line: "song.mp3: clearly calm (calm, relaxing; made for film; valence +0.31, arousal -0.62)"."""
    if result["out_of_domain"]:
        return f"{result['file']}: nothing is decided. {result['out_of_domain']}"
    parts = [", ".join(result["feelings"][:MOST_SHOWN])]
    parts += [f"made for {', '.join(result['themes'][:MOST_SHOWN])}"] if result["themes"] else []
    parts.append(", ".join(_place(result, name) for name in ("valence", "arousal") if result[name] is not None))
    return f"{result['file']}: {result['headline']} ({'; '.join(filter(None, parts))})"


def in_full(result: Result) -> str:
    """One file: the headline, the feelings, the themes and the place that were heard, then a table of every mood."""
    lines = [f"{result['file']} ({result['duration']:.0f} s), model {result['model']}", *_answer(result), ""]
    lines += _table(result)
    for mood, moments in {} if result["out_of_domain"] else result.get("why", {}).items():
        lines.append(
            f"{mood} most at " + ", ".join(f"{moment['start']:.0f}–{moment['end']:.0f} s" for moment in moments)
        )
    lines += [_neighbour(track) for track in result.get("nearest", [])]
    warnings = [warning for warning in result["warnings"] if warning != result["out_of_domain"]]  # told above
    return "\n".join([*lines, *words_lines(result["lyrics"]), *warnings])


def _answer(result: Result) -> list[str]:
    from mer_core.inference.published_places import PublishedPlace

    headline = result["headline"][:1].upper() + result["headline"][1:]
    if result["out_of_domain"]:
        return [headline, f"nothing is decided, however probable it looks. {result['out_of_domain']}"]
    lines = [headline]
    for title, moods in (("feelings", result["feelings"]), ("made for", result["themes"])):
        lines += [f"{title}: {', '.join(_strong(mood, result) for mood in moods)}"] if moods else []
    if result["nothing_fits"]:
        lines.append("nothing fits: no mood that may be decided reaches its threshold")
    for name in ("valence", "arousal"):
        if result[name] is not None:
            low, high = result[f"{name}_interval"]
            lines.append(_place(result, name) + ("" if low is None else f", likely {low:+.2f} to {high:+.2f}"))
    return [*lines, *(PublishedPlace(**place).in_words() for place in result["published_places"])]


def _strong(mood: str, result: Result) -> str:
    """ "calm (41 % likely, stronger than in 97 % of music)"."""
    strength = how_strong(result["trust"][mood])
    return f"{mood} ({strength})" if strength else mood


def _place(result: Result, name: str) -> str:
    return f"{name} {result[name]:+.2f}"


def _table(result: Result) -> list[str]:
    """Every mood, the decided and the strongest first: how likely people say it (where that is known), its rank in
    music, whether it is decided, and how far to trust it."""
    how = "estimated" if result["model"] == STARTER else "measured"
    lines = [f"{'mood':<16}{'likely':>8}{'rank':>8}  {'decided':<9}{how} PR-AUC (chance)"]
    for mood in sorted(result["moods"], key=lambda mood: _order(mood, result)):
        trust = result["trust"][mood]
        measured = (
            f"{trust['pr_auc']:.2f} ({trust['pr_auc'] / trust['lift']:.2f})"
            if trust["pr_auc"] and trust["lift"]
            else "unknown"
        )
        note = "" if trust["reliable"] else ", not reliable" if trust.get("measured", True) else ", not measured"
        shares = "".join(f"{_percent(trust.get(key)):>8}" for key in ("likelihood", "percentile"))
        lines.append(f"{mood:<16}{shares}  {'yes' if mood in result['decided'] else '':<9}{measured}{note}")
    return [
        *lines,
        "likely: that people say it, – where nobody said anything; rank: share of music with less of this mood",
    ]


def _order(mood: str, result: Result) -> tuple[bool, float]:
    rank = result["trust"][mood].get("percentile")
    return mood not in result["decided"], -(result["moods"][mood] if rank is None else rank)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"


def _neighbour(track: Result) -> str:
    moods = with_copies(track["moods"] or "no moods", track["also_as"])
    how = "the same song as" if track["same"] else "like"
    return f"{how} {track['title'] or track['track_id']} by {track['artist'] or 'unknown'} ({moods})"
