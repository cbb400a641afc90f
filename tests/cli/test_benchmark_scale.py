"""Fitting growth: known exponents come back, and steps that would take too long are foreseen."""

import json

import benchmark
import numpy as np
import pytest
from benchmarks.scale import UNTRIED, Synthetic, expect, fit_growth, neighbours, page_data, store_read, store_write
from hypothesis import given
from hypothesis import strategies as st


@given(st.floats(0.3, 3.0), st.floats(1e-6, 1.0))
def test_a_power_law_is_found_and_continued(exponent: float, factor: float) -> None:
    times = {size: factor * size**exponent for size in (1000, 20_000, 50_000)}
    growth = fit_growth(times)
    assert growth["exponent"] == pytest.approx(exponent)
    assert growth["linear_to"] == (50_000 if exponent <= 1.2 else 1000)
    assert expect(times, 1_000_000) == pytest.approx(times[50_000] * 20 ** max(1.0, exponent))


def test_the_end_of_linear_growth_is_named() -> None:
    assert fit_growth({10: 1.0, 100: 10.0, 1000: 1000.0})["linear_to"] == 100
    assert np.isnan(fit_growth({10: 1.0})["exponent"]) and fit_growth({})["linear_to"] == 0


def test_large_sizes_are_not_tried_blindly() -> None:
    assert expect({}, UNTRIED) == 0 and expect({1000: 1.0}, 1_000_000) == float("inf")


def test_steps_work_on_synthetic_rows(tmp_path) -> None:
    rows = Synthetic(120, tmp_path)
    assert rows.X.shape == (120, 400) and rows.Y.any()
    np.testing.assert_array_equal(Synthetic(120, tmp_path).X, rows.X)
    assert store_write(rows).mb > 0.1
    assert min(step(rows).seconds for step in (store_read, neighbours, page_data)) > 0


def test_the_command_says_what_it_left_out(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import scale

    for name in ("training", "layout"):
        monkeypatch.setattr(scale, name, neighbours)
    monkeypatch.setattr(
        scale,
        "STEPS",
        {name: step for name, step in scale.STEPS.items() if name not in ("training", "map", "dataset read")},
    )
    assert benchmark.main(["scale", "--sizes", "100", "200", "400", "--limit", "1e-9", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {row["tracks"] for row in result["results"]} == {100, 200}
    assert all(list(entry["left_out"]) == ["400"] and entry["past_it"] for entry in result["growth"])
    reported = scale.text(
        {**result, "results": [{**row, "seconds": 77.7, "core_seconds": 0.25} for row in result["results"]]}
    )
    assert reported.startswith("core-seconds") and "0.25" in reported and "77.7" not in reported
    assert f"what to use past it\nstore write: {scale.PAST_IT['store write']}\n" in reported
