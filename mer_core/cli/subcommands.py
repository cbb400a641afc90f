"""The subcommands of `mer`: the name of each, the module of this package that does it, and what it does."""

from typing import NamedTuple


class Subcommand(NamedTuple):
    """`module` is also the name of the script in `scripts/` that does the same; both names are taken by `mer`."""

    module: str
    does: str


SUBCOMMANDS = {
    "app": Subcommand("app", "start the web app"),
    "demo": Subcommand("make_demo", "make the synthetic demo workspace, offline"),
    "serve": Subcommand("serve", "serve a small HTTP API on this machine"),
    "predict": Subcommand("predict", "predict the moods of audio files"),
    "library": Subcommand("import_library", "make a workspace of a music folder"),
    "import-dataset": Subcommand("import_dataset", "make a workspace of a dataset in the MTG-Jamendo layout"),
    "import": Subcommand("import_labels", "make a workspace of labels of your own, or of a published set"),
    "download-dataset": Subcommand("download_dataset", "fetch metadata and audio of MTG-Jamendo"),
    "validate-dataset": Subcommand("validate_dataset", "check a dataset folder"),
    "fold-tags": Subcommand("fold_tags", "fold the messy tags of a dataset onto chosen words"),
    "embed": Subcommand("build_embeddings", "compute the embeddings of a workspace's tracks"),
    "train": Subcommand("train_classifier", "train a mood classifier on a workspace"),
    "words": Subcommand("read_words", "read the lyrics of a workspace's tracks and keep what they say, as numbers"),
    "music": Subcommand("measure_music", "measure tempo and key of a workspace's tracks"),
    "map": Subcommand("build_map", "lay out a workspace's tracks on a map"),
    "predictions": Subcommand("predict_library", "predict and keep the moods of all tracks of a workspace"),
    "recommend": Subcommand("recommend", "find music by tracks, moods or a path between moods"),
    "export": Subcommand("export_moods", "write moods for music generators and other programs"),
    "tag": Subcommand("tag_files", "write moods into the tags of audio files"),
    "convert": Subcommand("convert", "convert audio files to WAV"),
    "evaluate": Subcommand("evaluate_predictions", "measure predictions with MediaEval's metrics"),
    "teach": Subcommand("teach", "list the moods taught in a workspace, make playlists of them"),
    "train-starter": Subcommand("train_starter", "train the starter model of this package"),
    "models": Subcommand("models", "list encoders and published heads, fetch one"),
    "weights": Subcommand("fetch_weights", "fetch the weights of the encoder MusiCNN"),
}


def find(name: str) -> str | None:
    """The module that does the subcommand `name` (its name here, or the script's); None where there is none."""
    if name in SUBCOMMANDS:
        return SUBCOMMANDS[name].module
    modules = {subcommand.module for subcommand in SUBCOMMANDS.values()}
    return plain if (plain := name.replace("-", "_").removesuffix(".py")) in modules else None


def name_of(module: str) -> str | None:
    """The name of the subcommand that `module` does; None where it does none."""
    return next((name for name, subcommand in SUBCOMMANDS.items() if subcommand.module == module), None)
