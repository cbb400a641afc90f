"""Prediction files as people save them by mistake: in percent, or as an archive."""

from pathlib import Path

import numpy as np
import pytest

from mer_core.cli.evaluate_predictions import main


def test_percent_and_archives_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    truth = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.6], [0.1, 0.3]])
    for name, values in (("truth", truth), ("scores", scores), ("percent", 100 * scores)):
        np.save(tmp_path / f"{name}.npy", values)
    np.savez(tmp_path / "both.npz", scores=scores)
    (tmp_path / "limits.txt").write_text("a\t0.5\nb\t0.5\n")
    reported = [
        "--groundtruth",
        str(tmp_path / "truth.npy"),
        "--thresholds",
        str(tmp_path / "limits.txt"),
        "--predictions",
    ]
    assert main([*reported, str(tmp_path / "scores.npy")]) == 0
    assert main([*reported, str(tmp_path / "percent.npy")]) == 1
    assert "in percent? Divide them by 100" in capsys.readouterr().err
    np.save(tmp_path / "beyond.npy", scores + 0.8)
    assert main([*reported, str(tmp_path / "beyond.npy")]) == 1
    told = capsys.readouterr().err
    assert "range from 0.9 to 1.7" in told and "from 0.5 to 0.5" in told and "in percent" not in told
    (tmp_path / "limits.txt").write_text("a\t50\nb\t40\n")
    assert main([*reported, str(tmp_path / "scores.npy")]) == 1
    assert "are the thresholds in percent? Divide them by 100" in capsys.readouterr().err
    assert main([*reported, str(tmp_path / "percent.npy")]) == 0
    assert main([*reported, str(tmp_path / "both.npz")]) == 1
    assert "is an .npz archive (scores)" in capsys.readouterr().err
