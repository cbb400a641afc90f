"""Evaluate predictions against ground truth with the metrics of MediaEval's task on emotions and themes in music."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mer_core.cli import common
from mer_core.errors import DatasetError
from mer_core.metrics.mediaeval import evaluate

COLUMNS = ("ROC-AUC", "PR-AUC", "precision", "recall", "F-score", "support")
LEAST_PERCENT = 2.0
"""What predictions reach at least where they may be in percent; a score a little above 1 is on no known scale."""


def work(args: argparse.Namespace) -> common.Result:
    """The ten figures, and those of each mood."""
    truth, predictions = _matrix(args.groundtruth), _matrix(args.predictions)
    thresholds = _thresholds(args.thresholds) if args.thresholds else None
    moods = _moods(args.tags, thresholds, truth.shape[1] if truth.ndim == 2 else 0)
    decisions = _matrix(args.decisions) if args.decisions else None
    if thresholds is not None:
        decisions = _decide(predictions, thresholds, moods, args.thresholds)
    evaluation = evaluate(truth, predictions, moods, decisions)
    per_mood = evaluation.per_mood.to_dict("index")
    return {
        **evaluation.figures,
        "tracks": len(truth),
        "per_mood": per_mood,
        "undefined": evaluation.undefined,
        "undecided": evaluation.undecided,
    }


def _matrix(path: Path) -> np.ndarray:
    try:
        loaded = np.load(
            path, mmap_mode="r", allow_pickle=False
        )  # mapped: a header that promises more than the file holds is refused
        if isinstance(loaded, np.lib.npyio.NpzFile):
            raise DatasetError(
                f"{path} is an .npz archive ({', '.join(loaded.files[:5])}), which may hold several matrices; save the "
                f"one you mean alone, as .npy, with numpy.save"
            )
        return loaded
    except FileNotFoundError as error:
        raise DatasetError(f"{path} is missing; name a .npy file of the shape (tracks, moods)") from error
    except (OSError, ValueError, EOFError) as error:
        raise DatasetError(f"{path} is no .npy matrix of numbers, or is damaged; save one with numpy.save") from error


def _thresholds(path: Path) -> pd.Series:
    """One threshold a mood, from lines `tag<TAB>threshold`; the index holds the moods without their category."""
    try:
        table = pd.read_csv(
            path,
            sep="\t",
            header=None,
            names=["tag", "threshold"],
            dtype={"tag": str, "threshold": float},
            keep_default_na=False,
        )
    except (OSError, ValueError) as error:
        raise DatasetError(
            f"{path} holds no thresholds ({error}); write one line a mood: tag, a tab, the threshold"
        ) from error
    series = pd.Series(table["threshold"].to_numpy(), index=[tag.partition("---")[2] or tag for tag in table["tag"]])
    if not np.isfinite(series.to_numpy()).all() or series.index.has_duplicates:
        raise DatasetError(
            f"{path} names a mood twice or gives a threshold that is not finite; write one line a mood: tag, a tab, "
            f"the threshold"
        )
    return series


def _moods(tags: Path | None, thresholds: pd.Series | None, columns: int) -> list[str]:
    """Names of the matrices' columns: from the tag list, else from the thresholds, else their numbers."""
    if tags is None:
        return [str(column) for column in range(columns)] if thresholds is None else list(thresholds.index)
    try:
        lines = tags.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{tags} cannot be read as a tag list ({error}); write one tag a line") from error
    names = [line.split("\t")[0].strip() for line in lines if line.strip()]
    return [name.partition("---")[2] or name for name in names]


def _decide(predictions: np.ndarray, thresholds: pd.Series, moods: list[str], path: Path) -> np.ndarray:
    absent = [mood for mood in moods if mood not in thresholds.index]
    if absent or predictions.ndim != 2 or predictions.shape[1] != len(moods):
        reason = (
            f"has no threshold for {absent[0]}"
            if absent
            else f"names {len(moods)} moods, the predictions have the shape {predictions.shape}"
        )
        raise DatasetError(f"{path} {reason}; give one threshold for each column")
    limits, most = thresholds[moods].to_numpy(), float(np.nanmax(predictions)) if predictions.size else 0.0
    if predictions.size and limits.min() > 1 >= most:
        raise DatasetError(
            f"the thresholds of {path} begin at {limits.min():g} and the predictions end at {most:g}, so no mood would "
            f"be decided; are the thresholds in percent? Divide them by 100"
        )
    if most > 1 >= limits.max() and np.nanmin(predictions) >= 0:
        advice = "give both on one scale"
        if most > LEAST_PERCENT:
            advice = "are the predictions in percent? Divide them by 100, or give thresholds on the same scale"
        raise DatasetError(
            f"the predictions range from {np.nanmin(predictions):g} to {most:g} and the thresholds of {path} from "
            f"{limits.min():g} to {limits.max():g}; {advice}"
        )
    return predictions > limits  # MediaEval decides strictly above the threshold


def text(result: common.Result) -> str:
    """The figures as in MediaEval's result files, then a table of the moods."""
    lines = [f"{name}\t{value:.6f}" for name, value in result.items() if isinstance(value, float)]
    table = pd.DataFrame.from_dict(result["per_mood"], orient="index")[list(COLUMNS)].sort_values(
        "PR-AUC", ascending=False
    )
    notes = [f"{mood}: {reason}, so left out of the macro means" for mood, reason in result["undefined"].items()]
    notes += [
        f"{mood}: {reason}, so its precision is undefined and counts as 0 in the macro means"
        for mood, reason in result["undecided"].items()
    ]
    return "\n".join([*lines, "", table.to_string(float_format="{:.4f}".format, na_rep="–"), *notes])


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the predictions were evaluated, 1 when a file cannot be used."""
    example = (
        "python scripts/evaluate_predictions.py --groundtruth groundtruth.npy --predictions predictions.npy "
        "--thresholds thresholds.txt --json"
    )
    parser = common.make_parser("Evaluate predictions (tracks, moods) with MediaEval's metrics.", example)
    parser.add_argument(
        "--groundtruth", type=Path, required=True, metavar="G.npy", help="true or false for each track and mood"
    )
    parser.add_argument(
        "--predictions", type=Path, required=True, metavar="P.npy", help="a score for each track and mood"
    )
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--thresholds", type=Path, metavar="T.txt", help="lines of tag, tab, threshold: a mood is decided above it"
    )
    either.add_argument("--decisions", type=Path, metavar="D.npy", help="true or false for each track and mood")
    parser.add_argument(
        "--tags",
        type=Path,
        metavar="FILE",
        help="names of the columns, one a line (default: those of the thresholds, else numbers)",
    )
    return common.run(parser, argv, work, text)


if __name__ == "__main__":
    raise SystemExit(main())
