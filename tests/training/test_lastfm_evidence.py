"""The hand-written table from Last.fm tags to moods."""

from importlib.util import find_spec

import numpy as np
import pytest

from mer_core.moods import MOODS
from mer_core.training.starter.lastfm_evidence import AGAINST, EVIDENCE, evidence_matrix, tag_directions

needs_musicnn = pytest.mark.skipif(find_spec("musicnn") is None, reason="needs the weights of the musicnn wheel")


def test_every_mood_of_the_splits_has_tags_for_and_against_it():
    assert set(EVIDENCE) == set(MOODS) - {"ambiental", "horror", "mellow"}
    for supporting, opposing in EVIDENCE.values():
        assert supporting
        assert opposing
        assert not set(supporting.split(", ")) & set(opposing.split(", "))


@needs_musicnn
def test_the_table_names_only_tags_of_the_network():
    directions, tags = tag_directions()
    assert directions.shape == (200, 50)
    matrix = evidence_matrix(tags, list(EVIDENCE))
    assert np.allclose(np.maximum(matrix, 0).sum(axis=0), 1)
    assert np.allclose(np.minimum(matrix, 0).sum(axis=0), -AGAINST)
    assert (
        matrix[tags.index("sad"), list(EVIDENCE).index("sad")]
        > 0
        > matrix[tags.index("happy"), list(EVIDENCE).index("sad")]
    )


def test_a_mood_without_an_entry_has_no_evidence_and_a_missing_tag_is_named():
    assert (evidence_matrix(["sad"], ["mysterious"]) == 0).all()
    with pytest.raises(ValueError, match="'sad' names 'Mellow', which is none of the 1 tags"):
        evidence_matrix(["sad"], ["sad"])
