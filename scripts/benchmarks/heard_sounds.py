"""Fits the map from MusiCNN embeddings to the tags of its sister network, MTT_musicnn, that mer_core/recommend ships.

Five folds without a piece on both sides; kept are the tags in which pieces not fitted to agree. Run from the project's
folder: python -m scripts.benchmarks.heard_sounds AUDIO_DIR --out mer_core/recommend/heard_sounds.npz
"""

import argparse
import ast
import hashlib
from pathlib import Path

import numpy as np

from mer_core.audio.decode import iter_blocks
from mer_core.encoders.musicnn.checkpoint import read_checkpoint
from mer_core.encoders.musicnn.encoder import MusicnnEncoder
from mer_core.encoders.musicnn.log_mel import SAMPLE_RATE, squares
from mer_core.encoders.musicnn.network import NetworkBuilder
from mer_core.encoders.musicnn.weights import checkpoint_folder
from mer_core.encoders.onnx_engine import load_or_build
from mer_core.recommend.vocabulary import SOUNDS

SHA256 = {
    ".index": "da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57",
    ".data-00000-of-00001": "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab",
}
SECONDS = 60
DEAD = 2e-4
"""Kernels with no larger weight are zero: training has switched them off."""
PENALTY = 300.0
FOLDS = 5
LEAST = 0.85


def main() -> int:
    """Fit, show how far each tag agrees, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("audio", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    names = mtt_names()
    X, Y, piece = hear(sorted(args.audio.rglob("*.mp3")), len(names))
    agreement = held_out_agreement(X, Y, piece)
    kept = [column for column, name in enumerate(names) if name in SOUNDS and agreement[column] >= LEAST]
    kernel, bias = fit(X, Y[:, kept])
    np.savez(
        args.out,
        names=np.array([names[column] for column in kept]),
        kernel=kernel.astype(np.float32),
        bias=bias.astype(np.float32),
        agreement=agreement[kept].astype(np.float32),
    )
    for column in kept:
        print(f"{names[column]:<14}{agreement[column]:.2f}")
    return 0


def mtt_names() -> list[str]:
    """The 50 tags of MagnaTagATune in the network's order, read from the wheel's configuration as text."""
    tree = ast.parse((checkpoint_folder().parent / "configuration.py").read_text(encoding="utf-8"))
    assigned = {getattr(node.targets[0], "id", ""): node.value for node in tree.body if isinstance(node, ast.Assign)}
    return list(ast.literal_eval(assigned["MTT_LABELS"]))


def mtt_weights() -> dict[str, np.ndarray]:
    """The network's variables, its files verified."""
    folder = checkpoint_folder().parent / "MTT_musicnn"
    for name, expected in SHA256.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != expected:
            raise SystemExit(f"{folder / name} is not the file of musicnn 0.1.0")
    index, data = (folder / name for name in SHA256)
    variables = read_checkpoint(index, data)
    weights = {name: value.copy() for name, value in variables.items() if "Adam" not in name and "power" not in name}
    for kernel in (value for value in weights.values() if value.ndim == 4):
        kernel[..., np.abs(kernel).max(axis=(0, 1, 2)) < DEAD] = 0
    return weights


def hear(paths: list[Path], n_tags: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Embeddings (n_frames, 200), the sister network's log-odds (n_frames, n_tags) and the piece of each frame."""
    encoder = MusicnnEncoder()
    network = load_or_build("mtt-musicnn-1", lambda: NetworkBuilder(mtt_weights(), "float32").build())
    X, Y, piece = [], [], []
    for number, path in enumerate(paths):
        waveform = np.concatenate(list(iter_blocks(path, SAMPLE_RATE)))[: SAMPLE_RATE * SECONDS]
        X.append(encoder.encode(waveform))
        patches = encoder._in_batches(
            encoder._cut(waveform), lambda patch: network("tags", squares=squares(patch[0])), n_tags
        )
        fitted = np.clip(np.concatenate(patches).astype(float), 1e-4, 1 - 1e-4)
        Y.append(np.log(fitted / (1 - fitted)))
        piece.append(np.full(len(fitted), number))
    return np.concatenate(X).astype(float), np.concatenate(Y), np.concatenate(piece)


def fit(X: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Kernel (200, n_tags) and bias (n_tags,) of ridge regression on standardised embeddings."""
    mean, deviation = X.mean(axis=0), X.std(axis=0) + 1e-6
    Z = (X - mean) / deviation
    solved = np.linalg.solve(Z.T @ Z + PENALTY * np.eye(Z.shape[1]), Z.T @ (Y - Y.mean(axis=0)))
    kernel = solved / deviation[:, None]
    return kernel, Y.mean(axis=0) - mean @ kernel


def held_out_agreement(X: np.ndarray, Y: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """Correlation (n_tags,) over pieces of the two networks' mean log-odds, each piece predicted by a map not fitted to
    it."""
    fold = (np.random.default_rng(0).permutation(piece.max() + 1) % FOLDS)[piece]
    fitted = np.zeros_like(Y)
    for held_out in range(FOLDS):
        kernel, bias = fit(X[fold != held_out], Y[fold != held_out])
        fitted[fold == held_out] = X[fold == held_out] @ kernel + bias
    means = [np.stack([rows[piece == number].mean(axis=0) for number in np.unique(piece)]) for rows in (fitted, Y)]
    return np.array([np.corrcoef(means[0][:, tag], means[1][:, tag])[0, 1] for tag in range(Y.shape[1])])


if __name__ == "__main__":
    raise SystemExit(main())
