"""`run` and `compare` that fail or are stopped, and the command that a study stores."""

from __future__ import annotations

import json
import os
import shlex
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest

from simcpec.cli import main
from simcpec.storage.study_command import with_csv
from tests.support.command import files, in_this_process, started
from tests.unit.cli.test_cli_run_and_compare import HORIZON, SHORT, told

pytestmark = pytest.mark.slow

ENGINE = "tests.support.failing"


@pytest.mark.usefixtures("unset_figures")
def test_failed_replications_end_with_3_and_the_others_are_kept(tmp_path: Path) -> None:
    done = in_this_process("run", "bare", *SHORT, "-r", "4", "--engine", f"{ENGINE}:sometimes", cwd=tmp_path)
    assert done.returncode == 3
    assert "1 replication failed" in done.stderr and "replication 1: EngineError: planted" in done.stderr
    assert done.stdout.splitlines()[-1] == "outputs/bare/report.html"
    assert "planted" in (tmp_path / "outputs" / "bare" / "report.html").read_text(encoding="utf-8")


LINES = ("guards", "operations", "intelligence", "surveillance", "escorts", "hardening", "procedures")
SPLITS = ["{" + ", ".join(f"{each}: {100 if each == line else 0} %" for each in LINES) + "}" for line in LINES]


@pytest.mark.usefixtures("unset_figures")
@pytest.mark.parametrize(
    ("vary", "points"),
    [("policy.security_share.share=0,0.5,4,5,10,20%", 6), (f"policy.split={','.join(SPLITS)}", len(LINES))],
    ids=("shares", "lines"),
)
def test_any_share_and_all_money_on_any_line_run_as_they_are(vary: str, points: int, tmp_path: Path) -> None:
    rich = () if "share" in vary else ("--set", "policy.security_share.share=20 %")
    words = (
        "compare",
        "base",
        "--vary",
        vary,
        *rich,
        "--set",
        "run.horizon=200 days",
        "-r",
        "2",
        "--draws",
        "1",
        "-j",
        "1",
    )
    scenarios = told(*words, cwd=tmp_path)["scenarios"]
    assert len(scenarios) == 1 + points
    assert all(one["responses"]["attacks"]["n"] == 2 and not one.get("failed") for one in scenarios)


def test_a_world_that_grows_without_bound_is_a_matter_of_the_scenario(tmp_path: Path) -> None:
    growing = ("world.network={model: linear, recruits: 900 /year, inflow: {KP: 1 /year}}", "run.horizon=60 days")
    sets = [word for one in growing for word in ("--set", one)]
    done = in_this_process("run", "base", *sets, "-r", "2", "--draws", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "nothing could be played to its end: the militants in " in done.stderr
    assert "grows without bound" in done.stderr and "Please report" not in done.stderr
    assert files(tmp_path) == {}


def test_nothing_played_is_our_fault_and_writes_nothing(tmp_path: Path) -> None:
    done = in_this_process("run", "bare", *SHORT, "-r", "2", "--engine", f"{ENGINE}:always", cwd=tmp_path)
    assert done.returncode == 1
    assert "planted" in done.stderr and "Please report" in done.stderr
    assert files(tmp_path) == {}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system does not tell of processes")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_being_stopped_leaves_no_process_and_no_file(number: signal.Signals, code: int, tmp_path: Path) -> None:
    running = started("run", "bare", *HORIZON, "-r", "8", "-j", "2", "--engine", f"{ENGINE}:slowly", cwd=tmp_path)
    wait_for_workers(running.pid, 2)
    began = time.monotonic()
    os.kill(running.pid, number)
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - began < 10.0  # two seconds where nothing else runs
    assert running.returncode == code, err
    assert "Traceback" not in err and out == ""
    for _ in range(50):  # the helper of multiprocessing ends by itself when the last pipe closes
        if not alive(running.pid):
            break
        time.sleep(0.1)
    assert alive(running.pid) == []
    assert files(tmp_path) == {}


@pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX system")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_being_stopped_while_the_compiled_engine_plays(number: signal.Signals, code: int, tmp_path: Path) -> None:
    running = started("run", "base", "-r", "100000", cwd=tmp_path)
    time.sleep(6.0)  # it plays by then, or it compiles: both must end
    began = time.monotonic()
    os.kill(running.pid, number)
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - began < 10.0  # two seconds where nothing else runs
    assert running.returncode == code, err
    assert "Traceback" not in err and out == ""
    assert files(tmp_path) == {}


def wait_for_workers(parent: int, count: int) -> None:
    """Until `parent` has `count` child processes that play (the helper of multiprocessing is one more)."""
    for _ in range(600):
        if len(alive(parent)) > count + 1:
            time.sleep(0.5)
            return
        time.sleep(0.1)
    raise AssertionError(f"no workers were started: {alive(parent)}")


def alive(group: int) -> list[str]:
    """Processes of a process group that have not ended."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = path.read_text().rpartition(")")
            state, _, of_group = rest.split()[:3]
            found += [name] if int(of_group) == group and state not in "ZX" else []
    return found


@pytest.mark.usefixtures("unset_figures")
def test_the_stored_command_has_every_option_that_changes_a_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["run", "bare", "-r", "4", "--rows", "2", "--csv", "excel", "--engine", "reference", *SHORT]
    assert main([*words, "-o", "a"]) == 0
    command = json.loads((tmp_path / "a" / "manifest.json").read_text(encoding="utf-8"))["command"]
    assert "--rows 2" in command and command.endswith("--csv excel")
    assert main([*shlex.split(command)[1:], "-o", "b", "-j", "2"]) == 0
    assert main(["report", "b"]) == 0  # what is stored is read, and written again as it was
    names = [path.relative_to(tmp_path / "a") for path in sorted((tmp_path / "a").rglob("*.csv"))]
    assert names and all((tmp_path / "a" / each).read_bytes() == (tmp_path / "b" / each).read_bytes() for each in names)
    again = json.loads((tmp_path / "b" / "manifest.json").read_text(encoding="utf-8"))
    assert again["command"] == command
    assert main([*words[:-2], "--dry-run"]) == 0
    assert "--csv excel" in capsys.readouterr().out


def test_a_command_has_one_way_in_which_csv_files_begin() -> None:
    marked = with_csv("simcpec run 'a b' --draws 1", "excel")
    assert marked == "simcpec run 'a b' --draws 1 --csv excel" == with_csv(marked, "excel")
    assert with_csv(marked, "plain") == "simcpec run 'a b' --draws 1"
