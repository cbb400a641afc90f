"""Workers of a cluster that fetch their audio from the mirror themselves: the same store again."""

import pickle
from pathlib import Path
from types import SimpleNamespace

import distributed
import pytest
from mirror_server import Mirror
from test_stream import QUICK, corpus, local, mirrored, shards

from mer_core.datasets.dataset import Dataset
from mer_core.datasets.mtg_jamendo.download import Downloader
from mer_core.datasets.mtg_jamendo.source import JamendoSource
from mer_core.embeddings.dask.driver import ClusterJob, mirror_audio, slices
from mer_core.embeddings.dask.exchange import Exchange
from mer_core.embeddings.dask.run import collect
from mer_core.embeddings.dask.worker import run_task
from mer_core.embeddings.store import EmbeddingStore
from mer_core.encoders import load_encoder

__all__ = ["corpus", "local", "mirrored"]  # fixtures that pytest finds here by name


def test_a_task_fetches_verifies_and_embeds_its_part(
    mirrored: Mirror, local: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloader = Downloader(
        tmp_path / "workspace",
        JamendoSource(mirror=mirrored.url, metadata_mirror=f"{mirrored.url}data/", patience=QUICK),
    )
    workspace = downloader.fetch_metadata()
    tracks = Dataset.load(workspace.dataset_dir).tracks[["track_id", "path"]]
    exchange = Exchange(str(tmp_path / "exchange"))
    tasks = slices(
        list(tracks.itertuples(index=False, name=None)),
        "placeholder",
        ClusterJob("", exchange, mirror_audio(downloader), slice_tracks=None),
    )
    assert [task.shard for task in tasks] == ["01", "02", "03", "04"]
    asked = len(mirrored.requests)
    done = [
        run_task(pickle.loads(pickle.dumps(task))) for task in tasks
    ]  # as on a machine that has nothing but the task
    assert [(part.n_rows, [failure.path for failure in part.failures]) for part in done] == [
        (3, []),
        (2, ["02/302.mp3"]),
        (2, []),
        (2, []),
    ]
    assert {request.path.rpartition(".")[2] for request in mirrored.requests[asked:]} == {"tar"}
    monkeypatch.setattr(distributed, "get_worker", lambda: SimpleNamespace(local_directory=tmp_path))
    with tasks[0].audio.items(tasks[0].shard, tasks[0].tracks) as (
        items,
        _,
    ):  # where Dask deletes what killed workers left
        assert [Path(str(item.source)).parents[3] for item in items] == [tmp_path] * 3
    store = EmbeddingStore.create(workspace.embeddings_dir("placeholder"), load_encoder("placeholder").identity())
    collect(store, exchange, tracks["track_id"])
    assert shards(workspace) == local
