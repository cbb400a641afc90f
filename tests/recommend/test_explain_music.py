"""What a reason says of tempo, key and voice."""

import math

import pytest

from mer_core.recommend.explain_music import Music, music_sentence


@pytest.mark.parametrize(
    ("asked", "found", "said"),
    [
        (
            Music(84, "A minor", "instrumental"),
            Music(85, "A minor", "instrumental"),
            "Same tempo, 85 BPM; same key, A minor; instrumental, too.",
        ),
        (Music(84), Music(92), "A little faster, 92 BPM instead of 84."),
        (Music(84, "C major"), Music(60, "A minor"), "Clearly slower, 60 BPM instead of 84."),
        (Music(voice="voice"), Music(voice="voice"), "Sung, too."),
        (Music(math.nan, "C major"), Music(90), ""),
        (Music(), Music(), ""),
    ],
)
def test_only_what_both_are_known_for_is_said(asked: Music, found: Music, said: str) -> None:
    assert music_sentence(asked, found) == said
