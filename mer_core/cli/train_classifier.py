"""Train a mood classifier on a workspace's embeddings and labels, and compare it with a baseline and a permuted-label
control."""

import argparse
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from mer_core.cli import common
from mer_core.embeddings.joint import join_stores
from mer_core.embeddings.pooling import DEFAULT_POOLING, POOLINGS
from mer_core.encoders.joint import parts_of
from mer_core.errors import ArtifactError, DatasetError, Remedy
from mer_core.lyrics.fusion import LEARNED
from mer_core.lyrics.store import read_kept_words
from mer_core.model.bundle import load_model, looks_at_test, resolve_model, save_model
from mer_core.model.classifier import MoodClassifier
from mer_core.model.embeddings import embeddings_for
from mer_core.model.published_heads import HEADS, head_of
from mer_core.model.thresholds import DEFAULT_METHOD, METHODS
from mer_core.model.trained import Model
from mer_core.teach.corrections import note_in_card, with_corrections
from mer_core.training.combination import check_members, combine, shared_input, shared_moods
from mer_core.training.data import load_training_data, shared_with, with_moods
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
    common.add_encoder(parser, "whose embeddings to learn from", required=False)
    parser.add_argument("--name", help="name of the model (default: the encoder's, or combined)")
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
    parser.add_argument(
        "--combine",
        type=_names,
        metavar="A,B",
        help="instead of training, use these models of the workspace together; they may hear by different encoders",
    )

    def checked(args: argparse.Namespace) -> dict[str, Any]:
        if objection := _objection(args):
            parser.error(objection)
        return work(args)

    return common.run(parser, argv, checked, text)


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _objection(args: argparse.Namespace) -> str:
    """Why options do not go together ("": they do)."""
    if args.combine is None:
        return "" if args.encoder else "name the --encoder to learn from, or models to --combine"
    if args.head or args.folds:
        return "--combine uses models as they are, evaluated on the split: leave out --head and --folds"
    return ""


def work(args: argparse.Namespace) -> dict[str, Any]:
    """Train, evaluate, write."""
    started = time.monotonic()
    name = args.name or ("combined" if args.combine else args.encoder.replace("+", "-"))
    if not re.fullmatch(r"\w[\w.-]{0,59}", name):
        raise ArtifactError(f"{name!r} cannot name a model; use letters, digits, dots and hyphens, at most 60")
    workspace = Workspace.open(args.workspace)
    with workspace.lock():
        members = _members(workspace, args, name)
        encoder, pooling = shared_input(members) if members else (args.encoder, args.pooling)
        if members and len(parts_of(encoder)) > 1:
            join_stores(workspace, encoder)
        loaded = load_training_data(workspace, encoder, pooling, args.split, by_split=not args.folds)
        head = head_of(args.head) if args.head else None
        shared = shared_with(head, loaded) if head else loaded
        shared = with_moods(shared, shared_moods(members, shared)) if members else shared
        learns = not (args.folds or head or members)
        data, corrections = with_corrections(shared, workspace, pieces=learns)
        if args.folds and not 3 <= args.folds <= len(data.X):
            raise DatasetError(
                f"{len(data.X)} tracks cannot be dealt into {args.folds} folds; choose 3 (5 is usual) up to the number "
                f"of tracks"
            )
        looks_before = looks_at_test(workspace.model_dir(name))
        together = combine(members, data) if members else None
        recipe = TrainingRecipe(MoodClassifier(seed=args.seed), args.thresholds, args.folds, head, together)
        model = train_model(name, data, recipe, looks_before)
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
        **({"members": model.metrics["members"]} if members else {}),
        **({LEARNED: model.metrics[LEARNED]} if LEARNED in model.metrics else {}),
        **({"targets": model.metrics["targets"]} if "targets" in model.metrics else {}),
        "seconds": time.monotonic() - started,
    }


def _members(workspace: Workspace, args: argparse.Namespace, name: str) -> list[Model]:
    """The models to combine, called by their folders' names; each reads embeddings that the workspace has.

    Raises ArtifactError where a model is missing, or one of its encoders has no embeddings here, with the remedy.
    """
    if not args.combine:
        return []
    if name in args.combine:
        raise ArtifactError(f"{name!r} cannot be made of itself; give the combination another name")
    members = [replace(load_model(resolve_model(workspace, member)), name=member) for member in args.combine]
    check_members(members, args.split)
    for member in members:
        if embeddings_for(workspace, member) is None:
            encoder = str(member.encoder["name"])
            raise ArtifactError(
                f"{workspace.root} has no embeddings by {encoder}, which the model {member.name!r} reads",
                remedy=Remedy("build_embeddings", workspace.root, encoder),
            )
    return members


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
    for member in result.get("members", ()):
        alone = {part: member[part] for part in ("validation", "test") if part in member}
        said = ", ".join(
            f"{part} ROC-AUC {of['ROC-AUC-macro']:.3f}, PR-AUC {of['PR-AUC-macro']:.3f}" for part, of in alone.items()
        )
        lines.append(f"{member['name']} alone, weight {member['weight']:.2f}: {said}")
    if LEARNED in result:
        lines.append(gain_sentence(result[LEARNED]))
    return "\n".join(lines)


if __name__ == "__main__":
    raise SystemExit(main())
