"""Train a mood classifier on a workspace's embeddings and labels, and judge it beside a baseline and a permuted-label control."""

import argparse
import re
import time
from collections.abc import Sequence
from typing import Any

import _cli

from mer_core.classifier import MoodClassifier
from mer_core.encoders import ENCODERS
from mer_core.errors import ArtifactError
from mer_core.model_folder import save_model
from mer_core.mtg_layout import PARTS
from mer_core.pooling import POOLINGS
from mer_core.thresholds import DEFAULT_METHOD, METHODS
from mer_core.training import DEFAULT_POOLING, compare, cross_validate, load_training_data, train_model
from mer_core.training_card import write_card
from mer_core.trust import MIN_SUPPORT
from mer_core.workspace import Workspace


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the model is written, 1 when embeddings or labels are missing."""
    parser = _cli.make_parser(__doc__ or "", "python scripts/train_classifier.py workspaces/jamendo --encoder vggish --json")
    _cli.add_workspace(parser)
    parser.add_argument("--encoder", required=True, choices=ENCODERS, help="whose embeddings to learn from")
    parser.add_argument("--name", help="name of the model (default: the encoder's)")
    parser.add_argument("--pooling", default=DEFAULT_POOLING, choices=POOLINGS, help="frames to track embedding (default: %(default)s)")
    parser.add_argument("--split", type=int, default=0, choices=range(5), metavar="K", help="which split, 0 to 4 (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same machine: same model (default: %(default)s)")
    parser.add_argument("--thresholds", default=DEFAULT_METHOD, choices=METHODS, help="how thresholds are chosen on validation (default: %(default)s)")
    parser.add_argument("--folds", type=int, default=0, metavar="N", help="also cross-validate over all tracks in N folds")
    return _cli.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Train, judge, write."""
    started = time.monotonic()
    name = args.name or args.encoder
    if not re.fullmatch(r"\w[\w.-]{0,59}", name):
        raise ArtifactError(f"{name!r} cannot name a model; use letters, digits, dots and hyphens, at most 60")
    workspace = Workspace.open(args.workspace)
    with workspace.lock():
        data = load_training_data(workspace, args.encoder, args.pooling, args.split)
        classifier = MoodClassifier(seed=args.seed)
        model = train_model(name, data, classifier, args.thresholds)
        compared = compare(data, MoodClassifier(seed=args.seed), args.seed)
        model.metrics |= compared | {"split": args.split}
        if args.folds:
            model.metrics["cross_validation"] = cross_validate(data, args.folds, classifier, args.seed)
        parts = {part: len(data.part(part)[0]) for part in PARTS}
        model.card = write_card(model, parts, compared, MIN_SUPPORT)
        save_model(workspace.model_dir(name), model)
    judged = {part: model.metrics[part] for part in ("validation", "test") if part in model.metrics}
    result = {"model": workspace.model_dir(name), "metrics": judged, **compared, "seconds": time.monotonic() - started}
    return result | ({"cross_validation": model.metrics["cross_validation"]} if args.folds else {})


def text(result: dict[str, Any]) -> str:
    """The figures in a few lines."""
    lines = [f"{result['model']} in {result['seconds']:.0f} s"]
    for part, figures in {**result["metrics"], "logistic regression": result["baseline"], "permuted labels": result["permuted_control"]}.items():
        lines.append(f"{part}: ROC-AUC {figures['ROC-AUC-macro']:.3f}, PR-AUC {figures['PR-AUC-macro']:.3f} (macro)")
    if "cross_validation" in result:
        crossed = result["cross_validation"]
        for name in ("classifier", "baseline", "permuted_control"):
            roc = crossed[name]["ROC-AUC"]
            lines.append(f"{crossed['folds']} folds, {name}: ROC-AUC {roc['value']:.3f} ({roc['low']:.3f} to {roc['high']:.3f}) over {crossed['moods']} moods")
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
