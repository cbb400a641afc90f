"""How well descriptions are understood, and find the pieces they mean among the 138 of the incompetech collection.

The descriptions are this project's own, written with the composer's mood words that answer each before the search was
(lyrics_sets/descriptions.tsv). A piece is right where it carries one of those words.
"""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mer_core.errors import DatasetError
from mer_core.model.bundle import STARTER, load_model, resolve_model
from mer_core.moods import meanings
from mer_core.recommend.catalogue import Catalogue, make_catalogue
from mer_core.recommend.describe import Understood, likeness, understand
from mer_core.recommend.heard_tags import heard_tags

SETS = Path(__file__).parent / "lyrics_sets"
K = 10


def read_descriptions() -> pd.DataFrame:
    """Columns text, pieces (the composer's words that answer it), moods and unwanted (expected), valence and arousal
    ("+", "-" or ""), tags, unknown."""
    return pd.read_csv(SETS / "descriptions.tsv", sep="\t", keep_default_na=False, quoting=csv.QUOTE_NONE)


def understanding(descriptions: pd.DataFrame) -> dict[str, float]:
    """Shares of descriptions in which an expected mood is found, what is not wanted is, and the signs are right."""
    found = [understand(text) for text in descriptions["text"]]
    rows = list(zip(found, descriptions.itertuples(), strict=True))
    return {
        "mood_found": _share(
            any(u.moods.get(mood, 0) > 0 for mood in str(row.moods).split()) for u, row in rows if row.moods
        ),
        "negation_right": _share(
            any(u.moods.get(mood, 0) < 0 for mood in str(row.unwanted).split()) for u, row in rows if row.unwanted
        ),
        "valence_sign_right": _share(_same_sign(u.valence, str(row.valence)) for u, row in rows if row.valence),
        "arousal_sign_right": _share(_same_sign(u.arousal, str(row.arousal)) for u, row in rows if row.arousal),
    }


def precision(descriptions: pd.DataFrame, folder: Path) -> dict[str, float]:
    """Precision at 10 by the search, by matching the description's words with mood names alone, and by chance."""
    catalogue, words = read_pieces(folder)
    by_search, by_name, chance = [], [], []
    for row in descriptions.itertuples():
        right = np.array([bool(wanted & set(str(row.pieces).split())) for wanted in words])
        chance.append(float(right.mean()))
        by_search.append(_at_k(right, _search(catalogue, understand(str(row.text)))))
        by_name.append(_at_k(right, _named(catalogue, str(row.text))))
    return {
        "precision_at_10": float(np.mean(by_search)),
        "tag_matching": float(np.mean(by_name)),
        "chance": float(np.mean(chance)),
        "std_error": float(np.std(np.array(by_search) - np.array(by_name)) / np.sqrt(len(by_search))),
    }


def read_pieces(folder: Path) -> tuple[Catalogue, list[set[str]]]:
    """The pieces as the starter model hears them, and the composer's words for each."""
    reference = np.load(folder / "reference_musicnn.npz", allow_pickle=False)
    track_ids, X = list(map(str, reference["track_id"])), reference["penultimate_mean"].astype(np.float64)
    lines = (folder / "incompetech_moodtheme.tsv").read_text(encoding="utf-8").splitlines()[1:]
    words = {line.split("\t")[0]: {tag.split("---")[1] for tag in line.split("\t")[5:]} for line in lines}
    model = load_model(resolve_model(None, STARTER))
    tracks = pd.DataFrame({"track_id": track_ids, "artist_id": "", "artist": "", "title": track_ids, "duration": 0.0})
    heard = heard_tags("musicnn", "mean", X)
    catalogue = make_catalogue(tracks, X, model.probabilities(X), model.moods)
    return replace(catalogue, heard=heard), [words[track_id] for track_id in track_ids]


def _search(catalogue: Catalogue, understood: Understood) -> NDArray[np.floating] | None:
    try:
        return likeness(catalogue, understood)
    except DatasetError:
        return None


def _named(catalogue: Catalogue, text: str) -> NDArray[np.floating] | None:
    """The sum over the moods whose names, or known synonyms, stand in the text; None without any."""
    named = [mood for word in text.casefold().replace(",", " ").split() for mood in meanings(word)]
    columns = [catalogue.moods.index(mood) for mood in named if mood in catalogue.moods]
    return catalogue.mood[:, columns].sum(axis=1) if columns else None


def _at_k(right: NDArray[np.bool_], scores: NDArray[np.floating] | None) -> float:
    """Share of right pieces among the first K; where nothing was understood, of all, as for pieces drawn by chance."""
    return float(right.mean() if scores is None else right[np.argsort(-scores, kind="stable")[:K]].mean())


def _same_sign(value: float | None, sign: str) -> bool:
    return value is not None and (value > 0) == (sign == "+")


def _share(right: Any) -> float:
    return float(np.mean(list(right)))
