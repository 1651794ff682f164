"""Whatever happens to a sweep, nothing that was committed is lost and nothing wrong is read.

The long form, SIMCPEC_SOAK=1 with -o faulthandler_timeout=3600, kills twenty runs of a larger study and tries 1,000 bit
flips and 100 truncations.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import time
from pathlib import Path

import numpy as np
import pytest

from simcpec.errors import EnvironmentFault, Refused
from simcpec.experiments.sweep.run import in_folder
from simcpec.storage.sweeps.database import SweepDatabase, opened
from tests.support.command import in_this_process, started
from tests.support.sweeps import SMALL, TINY, digests, study_of, swept, written

SOAK = os.environ.get("SIMCPEC_SOAK") == "1"
KILLS, FLIPS, CUTS = (20, 1000, 100) if SOAK else (2, 20, 4)
LONG = SMALL.replace("replications: 12", "replications: 400" if SOAK else "replications: 60")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small study, simulated."""
    folder = tmp_path_factory.mktemp("small")
    swept(written(folder), folder / "out")
    return folder


def restored(small: Path, place: Path) -> Path:
    """A copy of the simulated folder."""
    shutil.copytree(small / "out", place)
    return place


# ------------------------------------------------------------------------------------------------ kills and stops


def test_killed_at_any_moment_and_resumed_it_has_the_same_bytes(tmp_path: Path) -> None:
    ref = written(tmp_path, LONG)
    began = time.monotonic()
    assert in_this_process("sweep", "run", ref, "-o", "whole", "--no-report", cwd=tmp_path).returncode == 0
    lasts, moments = 1.0 + time.monotonic() - began, np.random.default_rng(20).uniform(0.2, 1.0, KILLS)
    words = ("sweep", "run", ref, "-o", "out", "--no-report", "--resume", "--chunk", "8")
    hit = 0
    for moment in moments:
        running = started(*words, cwd=tmp_path)
        try:
            time.sleep(lasts * float(moment))
            os.killpg(running.pid, signal.SIGKILL)
            running.communicate(timeout=30.0)
        finally:
            running.kill()
            running.wait()
        hit += running.returncode == -signal.SIGKILL
    assert hit
    done = in_this_process(*words, cwd=tmp_path)  # the lock is gone with the process that held it
    assert done.returncode == 0, done.stderr
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


def test_ctrl_c_ends_with_130_and_loses_nothing(tmp_path: Path) -> None:
    ref = written(tmp_path, LONG.replace("90 days", "20 years"))
    running = started("sweep", "run", ref, "-o", "out", "--no-report", "--chunk", "1", cwd=tmp_path)
    try:
        assert _committed(tmp_path / "out" / "results.sqlite") > 0
        running.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, said = running.communicate(timeout=30.0)
        assert time.monotonic() - began < 5.0
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 130, said
    status = in_this_process("sweep", "status", "out", cwd=tmp_path)
    assert "running" in status.stdout and status.returncode == 0
    with in_folder(tmp_path / "out", "a test") as here:
        found = here.database.found(verify=True)
        assert found.chunks and not found.damaged


def _committed(path: Path, patience: float = 60.0) -> int:
    """Wait until a chunk is committed."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
                if found := int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0]):
                    return found
        except sqlite3.Error:
            pass
        time.sleep(0.05)
    return 0


def test_a_second_run_on_a_folder_is_refused_and_told_who_holds_it(small: Path, tmp_path: Path) -> None:
    folder = restored(small, tmp_path / "out")
    with in_folder(folder, "simcpec sweep run small"):
        with pytest.raises(Refused, match=rf"in use by process {os.getpid()} on .* \(simcpec sweep run small\)"):
            swept((small / "small.yaml").as_posix(), folder)
        done = in_this_process("sweep", "run", (small / "small.yaml").as_posix(), "-o", "out", "--resume", cwd=tmp_path)
        assert done.returncode == 4
    (folder / "lock").write_text("nobody", encoding="utf-8")  # that the file is there means nothing
    assert swept((small / "small.yaml").as_posix(), folder).simulated == 0


# ------------------------------------------------------------------------------------------------ failures


POISON = """\
name: Poison
base: base
set: {run.horizon: 200 days}
factors:
  - {key: world.network.recruits, name: recruits, levels: [0.05 /year, 400 /year]}
replications: 2
"""


def test_a_poisonous_point_leaves_the_others_alone(tmp_path: Path) -> None:
    ref = written(tmp_path, POISON)
    done = in_this_process("sweep", "run", ref, "-o", "out", "--no-report", cwd=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "1 point has no result" in done.stderr and "recruits 400 /year" in done.stderr
    assert (
        "again: simcpec run base --set 'run.horizon=200 days' --set 'world.network.recruits=400 /year'" in done.stderr
    )
    assert len(digests(tmp_path / "out")) == 1
    export = in_this_process("sweep", "export", "out", cwd=tmp_path)
    assert export.returncode == 0
    table = (tmp_path / "out" / "points.csv").read_text(encoding="utf-8")
    assert "400 /year" not in table and "0.05 /year" in table  # a missing point is no row, and never a zero
    status = in_this_process("sweep", "status", "out", "--json", cwd=tmp_path)
    assert '"failed": 1' in status.stdout


def test_fail_fast_ends_at_the_first_failure(tmp_path: Path) -> None:
    text = POISON.replace(
        "[0.05 /year, 400 /year]", "[400 /year, 401 /year, 402 /year, 403 /year, 404 /year, 405 /year]"
    )
    outcome = swept(written(tmp_path, text), tmp_path / "out", fail_fast=True, workers=1)
    assert 1 <= len(outcome.failed) < 6


def test_a_point_that_fails_half_way_has_no_result(small: Path, tmp_path: Path) -> None:
    engine = "tests.support.failing:sometimes"
    text = SMALL.replace("replications: 12", "replications: 2").replace("90 days", "5 days")
    outcome = swept(written(tmp_path, text), tmp_path / "out", engine=engine)
    assert len(outcome.failed) >= 6 and not digests(tmp_path / "out")
    again = swept(written(tmp_path, text), tmp_path / "out")  # what failed is tried again
    assert not again.failed and len(digests(tmp_path / "out")) == 6


# ------------------------------------------------------------------------------------------------ damage


def test_flipped_bits_are_named_and_simulated_again(small: Path, tmp_path: Path) -> None:
    """Of every flip: what can be read is right, and a resumed run has the bytes of an undamaged one."""
    whole, ref = digests(small / "out"), (small / "small.yaml").as_posix()
    draw, size = random.Random(12), (small / "out" / "results.sqlite").stat().st_size
    noticed = 0
    for k in range(FLIPS):
        folder = restored(small, tmp_path / f"flip-{k}")
        at, bit = draw.randrange(size), draw.randrange(8)
        raw = bytearray((folder / "results.sqlite").read_bytes())
        raw[at] ^= 1 << bit
        (folder / "results.sqlite").write_bytes(raw)
        noticed += _noticed(folder, ref, whole, f"byte {at}, bit {bit}", mend=k % 10 == 0)
        shutil.rmtree(folder)
    assert noticed >= FLIPS // 3  # most of the file is chunks


def test_damaged_names_of_tables_are_no_fault_of_ours(small: Path, tmp_path: Path) -> None:
    """SQLite quotes them in its own message, where they are no text."""
    folder = restored(small, tmp_path / "out")
    raw = (folder / "results.sqlite").read_bytes()
    (folder / "results.sqlite").write_bytes(raw.replace(b"CREATE TABLE chunks", b"CREATE TAB\xc5E ch\xfenks"))
    ref, whole = (small / "small.yaml").as_posix(), digests(small / "out")
    assert _noticed(folder, ref, whole, "schema", mend=True)


def test_truncated_files_are_named_and_simulated_again(small: Path, tmp_path: Path) -> None:
    whole, ref = digests(small / "out"), (small / "small.yaml").as_posix()
    draw, size = random.Random(13), (small / "out" / "results.sqlite").stat().st_size
    for k in range(CUTS):
        folder, length = restored(small, tmp_path / f"cut-{k}"), draw.randrange(size)
        os.truncate(folder / "results.sqlite", length)
        _noticed(folder, ref, whole, f"cut to {length}", mend=k % 4 == 0)
        shutil.rmtree(folder)


def _noticed(folder: Path, ref: str, whole: dict[str, str], what: str, *, mend: bool) -> bool:
    """Whether damage was noticed; in any case nothing wrong is read, and a resumed run makes everything right."""
    named = True
    try:
        found = digests(folder, study=study_of(ref), damaged=True)
        assert all(whole[id] == digest for id, digest in found.items()), what
        with opened(folder, write=False) as database:
            named = bool(database.found(verify=True).damaged)
        assert named or found == whole, what  # nothing is missing without a word
    except Refused as fault:
        assert folder.as_posix() in str(fault), what
    if mend:
        outcome = swept(ref, folder)
        assert bool(outcome.damaged) or not named, what
        assert digests(folder, study=study_of(ref), damaged=True) == whole, what
    return named


# ------------------------------------------------------------------------------------------------ writes that fail


def test_the_nth_write_failing_loses_only_what_it_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ref, real = written(tmp_path, TINY), SweepDatabase._insert
    whole = tmp_path / "whole"
    swept(ref, whole)
    wanted = digests(whole)
    for fails_at in range(1, 9):
        calls = 0

        def insert(self: SweepDatabase, *rows: object, at: int = fails_at) -> None:
            nonlocal calls
            calls += 1
            if calls == at:
                raise sqlite3.OperationalError("disk I/O error")
            real(self, *rows)  # type: ignore[arg-type]

        folder = tmp_path / f"out-{fails_at}"
        with monkeypatch.context() as patch:
            patch.setattr(SweepDatabase, "_insert", insert)
            try:
                swept(ref, folder, workers=1, chunk=2)
            except EnvironmentFault as fault:
                assert "disk I/O error; what was committed before is kept" in str(fault)
        swept(ref, folder)
        assert digests(folder, study=study_of(ref)) == wanted, fails_at


def test_a_full_disk_ends_the_run_and_a_resumed_one_finishes_it(tmp_path: Path) -> None:
    """The limit of pages stands for the disk: SQLite meets it as it meets a full disk."""
    ref = written(tmp_path, SMALL.replace("replications: 12", "replications: 100"))
    swept(ref, tmp_path / "whole")
    wanted, needs = digests(tmp_path / "whole"), (tmp_path / "whole" / "results.sqlite").stat().st_size // 4096
    for pages in (4, needs - 1):
        folder = tmp_path / f"out-{pages}"
        with pytest.raises(EnvironmentFault, match="full; what was committed before is kept"):  # noqa: SIM117
            with in_folder(folder, "a test") as here:
                here.database._connection.execute(f"PRAGMA max_page_count = {pages}")
                _run_here(ref, here)
        swept(ref, folder)
        assert digests(folder, study=study_of(ref)) == wanted


def _run_here(ref: str, here: object) -> None:
    from simcpec.experiments.sweep.run import HowToSweep, OpenFolder, run_sweep
    from simcpec.experiments.sweep.studies.study_record import StudyRecord

    assert isinstance(here, OpenFolder)
    study = study_of(ref)
    run_sweep(study, here, HowToSweep(resume=True, workers=1), StudyRecord.of(study, {}))
