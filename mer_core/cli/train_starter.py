"""Train the starter model: a student of a published baseline on MusiCNN embeddings, checked and written with its
card."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from mer_core.cli.common import Result, make_parser, run
from mer_core.cli.starter_figures import on_rated_songs, rated_lines, rates_table
from mer_core.encoders.musicnn.encoder import MusicnnEncoder
from mer_core.model.bundle import save_model
from mer_core.model.ood import fit as fit_distribution
from mer_core.model.valence_arousal import DIMENSIONS
from mer_core.training.starter.card import write_card
from mer_core.training.starter.checks import (
    HumanSet,
    agreement,
    distinct_mean,
    human_check,
    human_log_odds,
    human_mean,
    without_same_music,
)
from mer_core.training.starter.data import Pairs, Teacher
from mer_core.training.starter.likelihood import calibration_figures, fit_likelihood
from mer_core.training.starter.release import (
    Crowd,
    known_roc_auc,
    level,
    limit_rates,
    make_model,
)
from mer_core.training.starter.student import StudentRecipe, fit_student, to_network, with_plane
from mer_core.training.starter.trust import nested_spearman, people_trust, rated_scores, rated_trust
from mer_core.training.starter.valence_arousal import RatedSongs, fit_valence_arousal

VARIANTS = {
    "ridge on probabilities, mean+std, weak penalty": StudentRecipe(
        "probability", False, 10, ("teacher",), 0, "mean+std"
    ),
    "strong penalty": StudentRecipe("probability", False, 3000, ("teacher",), 0, "mean+std"),
    "mean alone": StudentRecipe("probability", False, 3000, ("teacher",), 0),
    "targets: log-odds": StudentRecipe("logit", False, 3000, ("teacher",), 0),
    "targets: square roots": StudentRecipe("root", False, 3000, ("teacher",), 0),
    "… centred within collections": StudentRecipe("root", True, 3000, ("teacher",), 0),
    "teacher mapped to labels": StudentRecipe(sources=("labels",), evidence=0),
    "both students": StudentRecipe(evidence=0),
    "tag evidence alone": StudentRecipe(sources=()),
    "both students and tag evidence (the starter)": StudentRecipe(),
    "the same with mean+std": StudentRecipe(pooling="mean+std"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = make_parser(
        __doc__ or "",
        "python scripts/train_starter.py --pairs ../shared/data/starter/pairs.npz --out mer_core/model/starter_model",
    )
    parser.add_argument(
        "--pairs",
        type=Path,
        required=True,
        metavar="FILE",
        help="pairs.npz: embeddings and the teacher's probabilities",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder of the model")
    parser.add_argument(
        "--metadata",
        type=Path,
        metavar="DIR",
        help="MTG-Jamendo metadata with results/mediaeval (default: mtg-jamendo beside the pairs' folder)",
    )
    parser.add_argument(
        "--human",
        "--incompetech",
        type=Path,
        metavar="DIR",
        help="tracks with people's mood words (default: incompetech beside the pairs' folder)",
    )
    parser.add_argument(
        "--people",
        type=Path,
        metavar="FILE",
        help="songs with the valence and arousal that people heard (default: people/musifeast17.npz beside the pairs)",
    )
    parser.add_argument(
        "--compare", action="store_true", help="also train and check the variants that were tried (a minute)"
    )
    return run(parser, argv, train, _text)


def train(args: argparse.Namespace) -> Result:
    """Train, check and write the model; the object that --json prints."""
    start = time.monotonic()
    beside = args.pairs.resolve().parent.parent
    pairs, teacher = Pairs.load(args.pairs), Teacher.load(args.metadata or beside / "mtg-jamendo")
    pairs.check_moods(teacher.moods, args.pairs)
    folder = args.human or beside / "incompetech"
    people = HumanSet.load(folder, teacher.moods) if args.human or folder.is_dir() else None
    songs = RatedSongs.load(args.people or beside / "people/musifeast17.npz")
    agree = agreement(pairs, teacher)
    plane, measured = fit_valence_arousal(songs, MusicnnEncoder.dim)
    others, alone = without_same_music(pairs), fit_student(pairs, teacher)
    evaluated = with_plane(fit_student(others, teacher), plane, others, teacher.moods)
    human = human_check(evaluated.scores, people, teacher.moods) if people else None
    places = plane.predict(pairs.embedding[:, : MusicnnEncoder.dim])
    scores = rated_scores(alone, songs, measured.held_out, pairs, places, teacher.moods)
    ratings = rated_trust(scores, songs, teacher.moods)
    trust = people_trust(teacher.moods, human, ratings).assign(agreement=agree)
    result: Result = {
        **measured.to_dict(),
        "agreement": {"mean_correlation": float(agree.mean()), "per_mood": agree.to_dict()},
        "human_check": None,
    }
    shift, mean, distinct = 0.0, None, None
    if people and human is not None:
        mean, distinct = human_mean(evaluated.scores, people, teacher.moods), distinct_mean(human, people)
        means = {"mean_roc_auc": mean[0], "low": mean[1], "high": mean[2], "mean_over_distinct_labels": distinct[0]}
        result["human_check"] = {**means, "per_mood": human["roc_auc"].to_dict(), "support": human["support"].to_dict()}
        network = to_network(evaluated, teacher.prevalence, known_roc_auc(trust))
        log_odds = human_log_odds(network, people, teacher.moods)
        shift = level(log_odds, people.labels)
        trust = trust.join(fit_likelihood(log_odds + shift, people.labels, people.moods))
        result["calibration"] = calibration_figures(log_odds, people.labels)
        result["calibration_error"] = result["calibration"]["after"]["calibration_error"]
        result["trust_spearman"] = nested_spearman(log_odds, people.labels, people.moods, ratings)
    distribution = fit_distribution(pairs.embedding[:, : MusicnnEncoder.dim], groups=pairs.clip)
    student = with_plane(alone, plane, pairs, teacher.moods)
    model = make_model(student, pairs, teacher, trust, distribution, plane, shift)
    clips = Crowd.of(model, pairs.embedding, pairs.weight)
    unheard = Crowd.of(model, songs.embedding, places=measured.held_out)
    limit_rates(model, Crowd.of(model, songs.embedding), unheard, clips)
    result["decided_share"] = dict(zip(model.moods, map(float, clips.rates(model)), strict=True))
    result["without_feeling"] = clips.without_feeling(model)
    result["share"] = dict(zip(model.moods, map(float, teacher.prevalence), strict=True))
    result["rated_songs"] = on_rated_songs(model, songs, measured.held_out)
    model.metrics = dict(result)
    model.card = write_card(model, pairs, human, mean, distinct)
    save_model(args.out, model)
    tried = VARIANTS if args.compare else {}
    variants = {name: _figures(recipe, pairs, teacher, people) for name, recipe in tried.items()}
    return {
        **result,
        "size_bytes": sum(path.stat().st_size for path in args.out.iterdir() if path.is_file()),
        "seconds": time.monotonic() - start,
        "out": args.out,
        **({"variants": variants} if variants else {}),
    }


def _figures(recipe: StudentRecipe, pairs: Pairs, teacher: Teacher, people: HumanSet | None) -> Result:
    figures: Result = {"agreement": float(agreement(pairs, teacher, recipe).mean())}
    if people:
        scores = fit_student(without_same_music(pairs), teacher, recipe).scores
        figures |= dict(zip(("roc_auc", "low", "high"), human_mean(scores, people, teacher.moods), strict=True))
    return figures


def _text(result: Result) -> str:
    human = result["human_check"]
    lines = [f"wrote {result['out']} ({result['size_bytes'] / 1e3:.0f} kB, {result['seconds']:.0f} s)"]
    lines += [
        f"agreement with the teacher on collections not trained on: {result['agreement']['mean_correlation']:.3f}"
    ]
    lines += [
        f"{name}: R² {result[name]['r2']:.3f}, r {result[name]['r']:.3f}, coverage of the 80 % intervals "
        f"{result[name]['coverage']:.3f} (artist-grouped)"
        for name in DIMENSIONS
    ]
    lines += [f"training clips without a feeling: {result['without_feeling']:.1%}", *rated_lines(result)]
    if "calibration" in result:
        before, after = result["calibration"]["before"], result["calibration"]["after"]
        lines += [
            f"calibration on the composer's words, pieces left out: error {before['calibration_error']:.3f} → "
            f"{after['calibration_error']:.3f}, Brier {before['brier']:.3f} → {after['brier']:.3f} (one level → a "
            f"calibration a mood)",
            f"trust shown and true, rank correlation on words not measured on: {result['trust_spearman']:.2f}",
        ]
    if human:
        lines += [
            f"people's words: mean ROC-AUC {human['mean_roc_auc']:.3f} ({human['low']:.3f} to {human['high']:.3f}) "
            f"over {len(human['per_mood'])} moods"
        ]
        lines += [
            f"  {mood:12s} {value:.3f}  ({human['support'][mood]} tracks)" for mood, value in human["per_mood"].items()
        ]
    for name, figures in result.get("variants", {}).items():
        lines += [f"{name:50s} agreement {figures['agreement']:.3f}  people {figures.get('roc_auc', float('nan')):.3f}"]
    return "\n".join([*lines, *rates_table(result)])


if __name__ == "__main__":
    raise SystemExit(main())
