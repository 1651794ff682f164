"""Sweeps on a Dask cluster: the bytes of a run on one machine, whatever is killed meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from simcpec.errors import EnvironmentFault, Refused, UserError
from simcpec.experiments.execution import dask_cluster
from simcpec.experiments.execution.dask_cluster import DaskCluster, Waiting, _Call, checked_place
from simcpec.experiments.sweep import cluster
from simcpec.experiments.sweep.cluster import ClusterWorkers
from simcpec.experiments.sweep.tasks import Task
from simcpec.results.failure import LOST_WORKER, Failure
from simcpec.storage.sweeps.database import opened
from tests.support.command import in_this_process
from tests.support.dask_cluster import LoopbackCluster, kill
from tests.support.sweeps import SMALL, TINY, digests, study_of, swept, written

pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

TEXT = SMALL.replace("90 days", "10 days").replace("replications: 12", "replications: 8")
CHUNKS = 48  # of one replication each: six points that differ


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the study, simulated on this machine."""
    folder = tmp_path_factory.mktemp("whole")
    swept(written(folder, TEXT), folder / "out")
    return folder


@pytest.fixture(scope="module")
def loopback(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoopbackCluster]:
    """A scheduler and two workers, of which tests may kill what they like."""
    with LoopbackCluster(root, tmp_path_factory.mktemp("dask")) as found:
        found.start_worker()
        found.start_worker()
        yield found


def chunks_in(folder: Path) -> int:
    """Number of committed chunks."""
    with opened(folder, write=False) as database:
        return sum(map(len, database.found(verify=False).chunks.values()))


def test_workers_elsewhere_leave_the_same_bytes(whole: Path, loopback: LoopbackCluster, tmp_path: Path) -> None:
    done = in_this_process(
        "sweep", "run", (whole / "small.yaml").as_posix(), "-o", "out", "--no-report", "--chunk", "5",
        "--cluster", loopback.address, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "out") == digests(whole / "out")


def test_workers_with_another_model_are_refused(
    whole: Path, loopback: LoopbackCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "software", lambda: "simcpec 0.0.0, model 0")
    with pytest.raises(Refused, match=r"has other software than this machine \(simcpec 0\.0\.0, model 0\): simcpec"):
        swept((whole / "small.yaml").as_posix(), tmp_path / "out", cluster=loopback.address)
    assert chunks_in(tmp_path / "out") == 0


@pytest.mark.slow
def test_nothing_is_lost_with_a_worker_and_the_scheduler(
    whole: Path, loopback: LoopbackCluster, tmp_path: Path
) -> None:
    told: list[str] = []
    killed: list[int] = []

    def kill_them() -> None:
        wait_for(lambda: chunks_in_progress(tmp_path / "out") >= 3)
        kill(loopback.workers[0])
        wait_for(lambda: chunks_in_progress(tmp_path / "out") >= 6)
        assert loopback.scheduler is not None
        kill(loopback.scheduler)
        killed.append(chunks_in_progress(tmp_path / "out"))
        loopback.start_scheduler()
        loopback.start_worker("--nanny")

    thread = threading.Thread(target=kill_them, daemon=True)
    thread.start()
    outcome = swept(
        (whole / "small.yaml").as_posix(), tmp_path / "out", chunk=1, cluster=loopback.address, notice=told.append
    )
    thread.join()
    assert not outcome.failed and killed[0] < CHUNKS
    assert any("scheduler at tcp://127.0.0.1" in line for line in told)
    assert digests(tmp_path / "out") == digests(whole / "out")
    assert chunks_in(tmp_path / "out") == CHUNKS  # each once: what was committed was not simulated again


def chunks_in_progress(folder: Path) -> int:
    """Chunks committed so far; 0 as long as there is no folder."""
    try:
        return chunks_in(folder)
    except (Refused, EnvironmentFault):
        return 0


def wait_for(condition: object, patience: float = 30.0) -> None:
    """Wait until a condition holds."""
    assert callable(condition)
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


class KilledWorker(Exception):
    """What Dask says of a call that was lost with several workers."""


class LostCall:
    """A future that ended so."""

    status = "error"

    def exception(self) -> KilledWorker:
        return KilledWorker()


def test_a_call_that_ends_every_worker_is_a_failure_the_second_time() -> None:
    calls = DaskCluster("local", str)
    first, second = LostCall(), LostCall()
    calls._out[first] = _Call(7, "job")
    assert calls._unfinished(first) == []
    calls._out[second] = calls._again.popleft()
    ((index, failure),) = calls._unfinished(second)
    assert index == 7 and isinstance(failure, Failure) and failure.kind == LOST_WORKER
    assert not calls._again and not calls._out


def test_waiting_for_a_scheduler_has_an_end(tmp_path: Path) -> None:
    told: list[str] = []
    study = study_of(written(tmp_path, TINY))
    nobody = ClusterWorkers(
        "tcp://127.0.0.1:9", study, "compiled", notice=told.append, waiting=Waiting(first=0.1, later=0.1)
    )
    match = r"no scheduler answers at tcp://127\.0\.0\.1:9 .*--resume goes on"
    with pytest.raises(EnvironmentFault, match=match), nobody:
        list(nobody.results([Task(study.points[0], 0, 1)]))


def test_a_cluster_that_cannot_be_started_here_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**options: object) -> object:
        raise RuntimeError("Nanny failed to start.")

    calls = DaskCluster("local:1", str)
    calls._dask = SimpleNamespace(LocalCluster=fails)
    with pytest.raises(EnvironmentFault, match=r"no cluster could be started on this machine: Nanny failed"), calls:
        pass


def test_a_missing_package_is_told_with_what_installs_it(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(dask_cluster, "import_module", missing)
    with pytest.raises(EnvironmentFault, match=r"needs the package distributed: pip install 'simcpec\[cluster\]'"):
        swept((whole / "small.yaml").as_posix(), tmp_path / "out", cluster="local:2")


@pytest.mark.parametrize(
    "place", ["", "localhost", "tcp://", "tcp://a:b", "http://a:1", "local:0", "local:x", "locale"]
)
def test_places_that_are_none_are_refused(place: str) -> None:
    with pytest.raises(UserError, match="allowed: tcp://HOST:PORT"):
        checked_place(place)


@pytest.mark.parametrize(
    "place", ["tcp://10.0.0.1:8786", "tls://node-7.site:1", "tcp://[::1]:8786", "local", "local:12"]
)
def test_places_of_clusters_are_taken(place: str) -> None:
    assert checked_place(place) == place


@pytest.mark.slow
def test_workers_here_leave_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    ref = (whole / "small.yaml").as_posix()
    words = ("sweep", "run", ref, "-o", "out", "--no-report", "--cluster", "local:1")
    assert in_this_process(*words, "-j", "2", cwd=tmp_path).returncode == 2
    done = in_this_process(*words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "out") == digests(whole / "out")
