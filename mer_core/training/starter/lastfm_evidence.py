"""What MusiCNN's 50 Last.fm tags say about moods, by a table written by hand.

MusiCNN was trained on tags that people gave on Last.fm. Some are moods themselves (happy, sad, sexy, Mellow, chill,
party …), the others are genres and instruments that bear on a mood: few ballads are punk. The table names for each
mood tags that speak for it and tags that speak against it, from general knowledge of music. It was learned from no
data set; its author had, however, seen which tags go with which words in the incompetech collection when writing it,
so a check on that collection flatters it a little. The rows of dark, dramatic, powerful and meditative were
chosen among up to nine by the composer's words and the songs whose valence and arousal people rated (docs/starter.md
has the figures).

The tags are linear in the penultimate layer, hence so is this evidence: it is one direction a mood in the embedding.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from mer_core.encoders.musicnn.weights import read_weights, tag_names

EVIDENCE: dict[str, tuple[str, str]] = {
    "action": ("metal, hard rock, electro, electronic", "Mellow, acoustic, easy listening, chill"),
    "adventure": ("instrumental, Progressive rock, beautiful", "Hip-Hop, rnb"),
    "advertising": ("happy, catchy, pop, indie pop", "metal, ambient, experimental"),
    "background": ("instrumental, easy listening, chillout", "metal, punk, hard rock"),
    "ballad": ("Mellow, acoustic, beautiful, sad", "party, dance, punk"),
    "calm": ("Mellow, chill, acoustic, beautiful", "party, metal, punk, dance"),
    "children": ("happy, folk, acoustic", "metal, electro, sexy"),
    "christmas": ("oldies, easy listening, folk, 60s", "electronic, metal"),
    "commercial": ("catchy, pop, happy", "metal, ambient, experimental"),
    "cool": ("funk, chill, Hip-Hop, sexy", "metal, ambient, sad"),
    "corporate": ("pop, easy listening, happy, instrumental", "metal, Hip-Hop, experimental"),
    "dark": ("metal, experimental, ambient", "happy, pop, funk, Hip-Hop"),
    "deep": ("House, chillout, electronic, sexy", "rock, folk"),
    "documentary": ("instrumental, ambient, beautiful", "party, punk"),
    "drama": ("sad, beautiful, instrumental", "happy, party"),
    "dramatic": ("experimental, metal, ambient", "happy, easy listening, Mellow, country"),
    "dream": ("ambient, chillout, beautiful", "hard rock, party, funk"),
    "emotional": ("beautiful, sad, Mellow", "party, dance, happy"),
    "energetic": ("party, dance, punk, hard rock", "ambient, Mellow, sad, easy listening"),
    "epic": ("Progressive rock, metal, heavy metal, instrumental, beautiful", "funk, soul, happy"),
    "fast": ("punk, metal, dance, hard rock", "Mellow, chill, ambient"),
    "film": ("instrumental, ambient, beautiful", "party, Hip-Hop, punk"),
    "fun": ("happy, party, catchy, funk", "sad, ambient, metal"),
    "funny": ("happy, catchy, oldies, country", "ambient, sad, beautiful, metal"),
    "game": ("electronic, electronica, instrumental", "folk, soul, blues"),
    "groovy": ("funk, soul, sexy, Hip-Hop, House", "ambient, metal, folk"),
    "happy": ("happy, catchy, party", "sad, ambient, metal, experimental"),
    "heavy": ("metal, heavy metal, hard rock", "acoustic, Mellow, easy listening"),
    "holiday": ("happy, easy listening, oldies", "metal, experimental"),
    "hopeful": ("beautiful, acoustic, indie", "metal, experimental"),
    "inspiring": ("beautiful, instrumental, indie", "metal, experimental"),
    "love": ("soul, rnb, beautiful, female vocalists", "metal, experimental, punk"),
    "meditative": ("ambient, beautiful, instrumental, Mellow", "party, punk, catchy"),
    "melancholic": ("sad, Mellow, beautiful, folk", "happy, party, dance"),
    "melodic": ("beautiful, Progressive rock, catchy", "experimental, Hip-Hop"),
    "motivational": ("pop, rock, catchy, happy", "ambient, sad, experimental"),
    "movie": ("instrumental, ambient, beautiful", "party, punk"),
    "nature": ("ambient, instrumental, folk", "party, Hip-Hop"),
    "party": ("party, dance, House, electro", "sad, ambient, folk, acoustic"),
    "positive": ("happy, catchy, pop", "sad, metal, ambient, experimental"),
    "powerful": ("hard rock, metal, electro, dance, party", "Mellow, easy listening, acoustic, jazz"),
    "relaxing": ("Mellow, chill, chillout, ambient, beautiful", "party, metal, punk"),
    "retro": ("80s, 70s, oldies", "metal, ambient"),
    "romantic": ("beautiful, soul, Mellow, female vocalists, easy listening", "metal, punk, experimental"),
    "sad": ("sad, Mellow, beautiful", "happy, party, dance, funk"),
    "sexy": ("sexy, rnb, soul, funk", "metal, folk, punk"),
    "slow": ("Mellow, sad, ambient, chill", "punk, dance, party"),
    "soft": ("Mellow, acoustic, easy listening, beautiful", "metal, hard rock, party"),
    "soundscape": ("ambient, experimental", "pop, happy, catchy"),
    "space": ("ambient, electronica, electronic, experimental", "country, folk, blues"),
    "sport": ("hard rock, rock, electro, party, dance", "Mellow, sad, ambient"),
    "summer": ("House, dance, happy, party", "metal, sad, experimental"),
    "trailer": ("metal, Progressive rock, instrumental", "happy, jazz, Mellow"),
    "travel": ("chillout, indie, acoustic, folk", "metal, experimental"),
    "upbeat": ("happy, catchy, party, dance", "sad, ambient, metal"),
    "uplifting": ("happy, dance, pop, beautiful", "metal, experimental, sad"),
}
"""Mood → (tags for it, tags against it)."""

AGAINST = 0.7
"""Weight of the mean of the tags against, relative to the mean of those for: what is absent says less than what is
there."""


def evidence_matrix(tags: Sequence[str], moods: Sequence[str]) -> np.ndarray:
    """Weights (n_tags, n_moods): 1/k for each of k tags for a mood, -AGAINST/k for those against it; zero for moods
    without an entry.

    Raises ValueError when the table names a tag that is not among `tags`.
    """
    row = {tag: index for index, tag in enumerate(tags)}
    matrix = np.zeros((len(tags), len(moods)))
    for column, mood in enumerate(moods):
        for names, weight in zip(EVIDENCE.get(mood, ("", "")), (1.0, -AGAINST), strict=True):
            listed = [name.strip() for name in names.split(",") if name.strip()]
            if unknown := [name for name in listed if name not in row]:
                raise ValueError(
                    f"the evidence for {mood!r} names {unknown[0]!r}, which is none of the {len(tags)} tags"
                )
            matrix[[row[name] for name in listed], column] = weight / max(len(listed), 1)
    return matrix


@cache
def tag_directions() -> tuple[np.ndarray, tuple[str, ...]]:
    """MusiCNN's last layer (200, 50): the direction of each tag's log-odds in the embedding, and the tags' names.

    Raises EncoderError when the musicnn wheel is not installed.
    """
    return read_weights()["dense_1/kernel"].astype(np.float64), tag_names()
