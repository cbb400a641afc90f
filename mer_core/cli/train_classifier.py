"""Train a mood classifier on a workspace's embeddings and labels, and compare it with a baseline and a permuted-label
control."""

import argparse
import re
import time
from collections.abc import Sequence
from typing import Any

from mer_core.cli import common
from mer_core.embeddings.pooling import DEFAULT_POOLING, POOLINGS
from mer_core.encoders import ENCODERS
from mer_core.errors import ArtifactError, DatasetError
from mer_core.lyrics.fusion import LEARNED
from mer_core.lyrics.store import read_kept_words
from mer_core.model.bundle import looks_at_test, save_model
from mer_core.model.classifier import MoodClassifier
from mer_core.model.published_heads import HEADS, head_of
from mer_core.model.thresholds import DEFAULT_METHOD, METHODS
from mer_core.teach.corrections import note_in_card, with_corrections
from mer_core.training.data import load_training_data, shared_with
from mer_core.training.targets import TARGETS, Targets, learn_targets
from mer_core.training.train import TrainingRecipe, train_model
from mer_core.training.with_lyrics import gain_sentence, learn_with_lyrics
from mer_core.workspace.layout import Workspace


def main(argv: Sequence[str] | None = None) -> int:
    """Exit 0 when the model is written, 1 when embeddings or labels are missing."""
    parser = common.make_parser(
        __doc__ or "", "python scripts/train_classifier.py workspaces/jamendo --encoder vggish --json"
    )
    common.add_workspace(parser)
    parser.add_argument("--encoder", required=True, choices=ENCODERS, help="whose embeddings to learn from")
    parser.add_argument("--name", help="name of the model (default: the encoder's)")
    parser.add_argument(
        "--pooling", default=DEFAULT_POOLING, choices=POOLINGS, help="frames to track embedding (default: %(default)s)"
    )
    parser.add_argument(
        "--split", type=int, default=0, choices=range(5), metavar="K", help="which split, 0 to 4 (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="same seed, same machine: same model (default: %(default)s)"
    )
    parser.add_argument(
        "--thresholds", default=DEFAULT_METHOD, choices=METHODS, help="how thresholds are chosen (default: %(default)s)"
    )
    parser.add_argument(
        "--folds",
        type=int,
        default=0,
        metavar="N",
        help="for small datasets: train on all tracks, evaluated in N folds instead of by the split",
    )
    parser.add_argument(
        "--with-lyrics",
        action="store_true",
        help="also learn how much the words count for each mood, and report what they add (after: mer words)",
    )
    parser.add_argument(
        "--head",
        choices=HEADS,
        metavar="NAME",
        help="use a published head as it is, with thresholds of this workspace (mer models lists them)",
    )
    return common.run(parser, argv, work, text)


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Train, evaluate, write."""
    started = time.monotonic()
    name = args.name or args.encoder
    if not re.fullmatch(r"\w[\w.-]{0,59}", name):
        raise ArtifactError(f"{name!r} cannot name a model; use letters, digits, dots and hyphens, at most 60")
    workspace = Workspace.open(args.workspace)
    with workspace.lock():
        loaded = load_training_data(workspace, args.encoder, args.pooling, args.split, by_split=not args.folds)
        head = head_of(args.head) if args.head else None
        alone = not (args.folds or head)
        data, corrections = with_corrections(shared_with(head, loaded) if head else loaded, workspace, pieces=alone)
        if args.folds and not 3 <= args.folds <= len(data.X):
            raise DatasetError(
                f"{len(data.X)} tracks cannot be dealt into {args.folds} folds; choose 3 (5 is usual) up to the number "
                f"of tracks"
            )
        looks_before = looks_at_test(workspace.model_dir(name))
        model = train_model(
            name, data, TrainingRecipe(MoodClassifier(seed=args.seed), args.thresholds, args.folds, head), looks_before
        )
        model.metrics["split"] = args.split
        note_in_card(model, corrections)
        if args.with_lyrics:
            learn_with_lyrics(model, data, read_kept_words(workspace).of(data.dataset.tracks["track_id"]))
        learn_targets(model, data, Targets.read(workspace.root / TARGETS))
        save_model(workspace.model_dir(name), model)
    keys = [key for key in ("baseline", "permuted_control", "cross_validation") if key in model.metrics]
    evaluated = {part: model.metrics[part] for part in ("validation", "test") if part in model.metrics}
    return {
        "model": workspace.model_dir(name),
        "judged_on": model.metrics["judged_on"],
        "metrics": evaluated,
        **{key: model.metrics[key] for key in keys},
        "F-score-macro-as-decided": model.metrics["F-score-macro-as-decided"],
        "reliable_moods": int(model.trust["reliable"].sum()),
        "corrections": corrections,
        **({LEARNED: model.metrics[LEARNED]} if LEARNED in model.metrics else {}),
        **({"targets": model.metrics["targets"]} if "targets" in model.metrics else {}),
        "seconds": time.monotonic() - started,
    }


def text(result: dict[str, Any]) -> str:
    """The figures in a few lines."""
    lines = [
        f"{result['model']} in {result['seconds']:.0f} s, {result['reliable_moods']} reliable moods; evaluated on "
        f"{result['judged_on'].replace('_', ' ')}"
    ]
    shown = {
        **result["metrics"],
        **{key: result[key] for key in ("cross_validation", "baseline", "permuted_control") if key in result},
    }
    for name, figures in shown.items():
        sure = "ROC-AUC {value:.3f} ({low:.3f} to {high:.3f})".format(**figures["ROC-AUC-supported"])
        macro = f"ROC-AUC {figures['ROC-AUC-macro']:.3f}, PR-AUC {figures['PR-AUC-macro']:.3f} (macro)"
        supported = (
            f"; over the {figures['supported_moods']} moods with enough tracks {sure}"
            if figures["supported_moods"]
            else ""
        )
        lines.append(f"{name.replace('_', ' ')}: {macro}{supported}")
    if LEARNED in result:
        lines.append(gain_sentence(result[LEARNED]))
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
