"""The outline of a waveform does not depend on its blocks and loses no extreme."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mer_core.audio.peaks import Peaks


@given(st.lists(st.integers(0, 3000), max_size=8), st.integers(1, 50))
def test_extremes_are_kept_whatever_the_blocks(lengths: list[int], most: int) -> None:
    waveform = np.random.default_rng(0).uniform(-1, 1, sum(lengths)).astype(np.float32)
    cut, whole = Peaks(8000), Peaks(8000)
    for block in np.split(waveform, np.cumsum(lengths)[:-1]) if lengths else []:
        cut.add(block)
    whole.add(waveform)
    outline = cut.thinned(most)
    assert np.array_equal(outline, whole.thinned(most)) and len(outline) <= most
    assert cut.seconds == len(waveform) / 8000
    if len(waveform):
        assert outline[:, 0].min() == waveform.min() and outline[:, 1].max() == waveform.max()
