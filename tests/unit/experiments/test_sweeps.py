"""Sweeps: a point has its result, whoever its neighbours are and however it was simulated."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.io import netcdf_file

from simcpec.analysis.responses import response
from simcpec.cli.commands.sweeps.folders import reading
from simcpec.cli.commands.sweeps.policy_table import MOST, policy_table
from simcpec.errors import Refused
from simcpec.experiments.execution.accumulate import Reduced, Sums, aggregates
from simcpec.experiments.study import study as compared
from simcpec.experiments.sweep.compare_sweeps import ComparedSweeps
from simcpec.experiments.sweep.results import SweepReader, point_results, policy_results
from simcpec.experiments.sweep.run import missing
from simcpec.experiments.sweep.studies.points import SweepPoint
from simcpec.experiments.sweep.studies.study_file import read_study
from simcpec.model.outcome import CELL_COUNTS
from simcpec.results.online_moments import BLOCK
from simcpec.storage.study_reader import read
from simcpec.storage.sweeps import table_files
from simcpec.storage.sweeps.chunk_bytes import ChunkData
from simcpec.storage.sweeps.database import opened
from tests.support.command import in_this_process
from tests.support.sweeps import LIVELY, POINTS, SMALL, TINY, complete, digests, swept, written

DRAWN = """\
name: Drawn
base: base
set: {run.horizon: 60 days}
policies:
  factors:
    - {key: policy.security_share.share, name: share, levels: [0 %, 3 %]}
states_of_the_world: {draws: 3}
combine: full_factorial
replications: 4
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the small study, simulated by one worker."""
    folder = tmp_path_factory.mktemp("small")
    swept(written(folder), folder / "out", workers=1)
    return folder


def test_every_point_is_there_and_the_folder_reads_itself(small: Path) -> None:
    assert len(digests(small / "out")) == POINTS - 2  # the baseline, 1 %, is a point of the design too
    assert complete(read_study((small / "small.yaml").as_posix()), small / "out")


@pytest.mark.parametrize(
    "how",
    [{"workers": 2}, {"chunk": 5}, {"chunk": 1, "workers": 2}, {"order": lambda tasks: tasks[::-1]}],
    ids=["workers", "chunk", "singly", "order"],
)
def test_nothing_but_the_point_decides_its_bytes(small: Path, tmp_path: Path, how: dict[str, object]) -> None:
    swept((small / "small.yaml").as_posix(), tmp_path / "out", **how)
    assert digests(tmp_path / "out") == digests(small / "out")


def test_a_point_alone_is_the_point_among_others(small: Path, tmp_path: Path) -> None:
    alone = SMALL.replace("[0 %, 1 %, 2 %]", "[2 %, 5 %]").replace('["0", "0.3"]', '["0.3", "0.9"]')
    swept(written(tmp_path, alone), tmp_path / "out")
    ours, theirs = digests(tmp_path / "out"), digests(small / "out")
    shared = ours.keys() & theirs.keys()
    assert len(shared) == 2  # 2 % and the baseline, at 0.3
    assert all(ours[id] == theirs[id] for id in shared)


def test_both_engines_give_a_point_the_same_bytes(tmp_path: Path) -> None:
    ref = written(tmp_path, SMALL.replace("replications: 12", "replications: 1").replace("90 days", "10 days"))
    for engine in ("compiled", "reference"):
        swept(ref, tmp_path / engine, engine=engine)
    assert digests(tmp_path / "compiled") == digests(tmp_path / "reference")


def test_another_seed_is_another_point_and_0_is_a_seed(small: Path, tmp_path: Path) -> None:
    for seed in (0, 1):
        swept(written(tmp_path, SMALL.replace("seed: 7", f"seed: {seed}")), tmp_path / f"out-{seed}")
    assert not digests(tmp_path / "out-0").keys() & digests(tmp_path / "out-1").keys()
    assert not set(digests(tmp_path / "out-0").values()) & set(digests(tmp_path / "out-1").values())


@pytest.mark.parametrize("count", [12, BLOCK + 7])
def test_sums_are_those_of_run_and_compare_to_the_last_bit(tmp_path: Path, count: int) -> None:
    """Means, products with the baseline, histograms and the fingerprint of all incidents: the bytes `compare` keeps."""
    ref = written(tmp_path, LIVELY.replace("replications: 12", f"replications: {count}"))
    swept(ref, tmp_path / "out", chunk=50)
    with reading(tmp_path / "out") as reader:
        points = reader.study.points
        point = next(
            p for p in points.in_order() if reader.study.points.values(p) == {"share": "2 %", "follow_ons": "0.3"}
        )
        ours, base = reader.data(point), reader.data(points.baseline_of(point))
    assert ours is not None and base is not None
    sets = ["run.horizon=300 days", "world.threat.excitation.follow_ons=0.3"]
    study = compared(
        ["base"], sets=sets, vary=["policy.security_share.share=2 %"], replications=count, seed=7, rows=1, jobs=1
    )
    theirs = study.scenarios[1].aggregates
    assert theirs is not None
    places = list(range(1 + len(ours.about["provinces"])))
    sums = Sums(places, places, twins=False)
    sums.add(0, np.arange(count), _reduced(ours), _reduced(base))
    found = aggregates([sums], tuple(ours.about["provinces"]))
    for name in (
        "counts",
        "means",
        "products",
        "apart",
        "against",
        "differs",
        "pace",
        "histogram_keys",
        "histogram_counts",
    ):
        assert getattr(found, name).tobytes() == getattr(theirs, name).tobytes(), name
    assert found.fingerprint == theirs.fingerprint


def _reduced(of: ChunkData) -> Reduced:
    return Reduced(of.parts, of.pace, of.incidents)


def test_results_are_those_of_compare(tmp_path: Path) -> None:
    ref = written(tmp_path, LIVELY.replace("replications: 12", "replications: 40"))
    swept(ref, tmp_path / "out")
    with reading(tmp_path / "out") as reader:
        names = ("incidents", "deaths", "total_cost", "team_use", "security_spending")
        found = {tuple(reader.study.points.values(r.point).values()): r for r in point_results(reader, names)}
    study = compared(
        ["base"], sets=["run.horizon=300 days", "world.threat.excitation.follow_ons=0"],
        vary=["policy.security_share.share=2 %"], replications=40, seed=7, rows=None,
    )  # fmt: skip
    point = found["2 %", "0"]
    for name in names:
        each = response(name)
        level, contrast = study.scenarios[1].estimate(each), study.scenarios[1].compare(each, study.scenarios[0])
        assert point.levels[name].mean == pytest.approx(level.mean, rel=1e-12)
        assert point.levels[name].half_width == (level.half_width and pytest.approx(level.half_width, rel=1e-9))
        assert point.contrasts[name].mean == pytest.approx(contrast.mean, rel=1e-9, abs=1e-12)
        assert point.contrasts[name].verdict == contrast.verdict


def test_a_parameter_draw_is_that_of_compare(tmp_path: Path) -> None:
    """Draw d of a study is draw d of `run --draws`, and policies meet the same draws."""
    swept(written(tmp_path, DRAWN), tmp_path / "out")
    study = compared(
        ["base"], sets=["run.horizon=60 days"], vary=["policy.security_share.share=3 %"],
        replications=4, draws=3, rows=None,
    )  # fmt: skip
    with reading(tmp_path / "out") as reader:
        found = list(point_results(reader, ("incidents", "plots")))
        policies = policy_results(reader.study, found, ("incidents", "plots"))
        datas = [(one.point.draw, reader.data(one.point)) for one in found if one.point.policy == 1]
    attacks = study.scenarios[1].cell[..., CELL_COUNTS.index("attacks")].sum(axis=(5, 4))
    for draw, data in datas:
        assert data is not None
        assert np.array_equal(data.incidents, attacks[draw - 1])
    three = next(p for p in policies if p.label == "share 3 %")
    level = study.scenarios[1].estimate(response("plots"))
    assert three.states == 3
    assert three.levels["plots"].mean == pytest.approx(level.mean, rel=1e-12)
    assert (three.levels["plots"].low is None) == (level.low is None)


# ------------------------------------------------------------------------------------------------ growing


def test_more_replications_keep_the_first_ones(small: Path, tmp_path: Path) -> None:
    ref = written(tmp_path)
    swept(ref, tmp_path / "out")
    with opened(tmp_path / "out", write=False) as database:
        before = database.found(verify=True).chunks
    outcome = swept(ref, tmp_path / "out", changes={"replications": "20"})
    assert outcome.simulated == (POINTS - 2) * 8  # the twelve that were there are not simulated again
    with opened(tmp_path / "out", write=False) as database:
        after = database.found(verify=True).chunks
    assert all(after[point][: len(places)] == places for point, places in before.items())
    swept(written(tmp_path, SMALL.replace("replications: 12", "replications: 20"), "whole.yaml"), tmp_path / "whole")
    assert digests(tmp_path / "out") == digests(tmp_path / "whole")


@pytest.mark.parametrize("design", ["sobol", "lhs"])
def test_more_points_keep_the_first_ones(tmp_path: Path, design: str) -> None:
    text = (
        SMALL.replace("levels: [0 %, 1 %, 2 %]", "from: 0 %, to: 4 %")
        + f"design: {design}\npoints: 3\ndesign_seed: 0\n"
    )
    ref = written(tmp_path, text)
    swept(ref, tmp_path / "out")
    before = digests(tmp_path / "out")
    more = {"points": "6", **({"grown": ["3"]} if design == "lhs" else {})}
    few, many = read_study(ref).points, read_study(ref, changes=more).points
    assert [few[k].sets for k in range(3)] == [many[k].sets for k in range(3)] and many.rows == 6
    swept(ref, tmp_path / "out", changes=more)
    after = digests(tmp_path / "out")
    assert len(after) > len(before) and {id: after[id] for id in before} == before


def test_a_response_more_is_read_from_what_is_there(small: Path, tmp_path: Path) -> None:
    shutil.copytree(small / "out", tmp_path / "out")
    before = digests(tmp_path / "out")
    words = ("sweep", "extend", "out", "--no-report")
    done = in_this_process(*words, "--response", "injured", "--json", cwd=tmp_path)
    assert done.returncode == 0 and '"simulated": 0' in done.stdout, done.stderr
    with reading(tmp_path / "out") as reader:
        assert reader.study.responses[-1] == "injured" and "attacks" in reader.study.responses
        (*_, last) = point_results(reader, reader.study.responses)
        assert "injured" in last.contrasts
    assert digests(tmp_path / "out") == before
    wrong = in_this_process(*words, "--response", "injuries", cwd=tmp_path)
    assert wrong.returncode == 2 and "injuries" in wrong.stderr and "injured" in wrong.stderr


def test_every_kind_of_table_says_the_same(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="the extra `data` is not installed")
    folder = (small / "out").as_posix()
    for kind in ("csv", "parquet", "netcdf"):
        done = in_this_process("sweep", "export", folder, "--to", kind, "-o", f"points.{kind}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader((tmp_path / "points.csv").read_text(encoding="utf-8").splitlines()))
    read = parquet.read_table(tmp_path / "points.parquet").to_pylist()
    assert [row["point"] for row in read] == [row["point"] for row in rows] and len(rows) == 6 * POINTS
    for one, other in zip(read, rows, strict=True):
        assert one["response"] == other["response"] and one["is_baseline"] == (other["is_baseline"] == "yes")
        for name in ("mean", "half_width", "contrast"):
            assert one[name] == (float(other[name]) if other[name] else None)
    with netcdf_file(tmp_path / "points.netcdf", mmap=False) as file:
        means = [float(row["mean"]) if row["mean"] else np.nan for row in rows]
        np.testing.assert_array_equal(file.variables["mean"][:], means)
    monkeypatch.setattr(table_files, "import_module", lambda name: (_ for _ in ()).throw(ModuleNotFoundError(name)))
    missing = in_this_process("sweep", "export", folder, "--to", "parquet", "-o", "none", cwd=tmp_path)
    assert missing.returncode == 5 and "pip install 'simcpec[data]'" in missing.stderr


def test_what_is_missing_is_cut_at_multiples_of_a_chunk() -> None:
    assert missing([], 10, 4) == [(0, 4), (4, 4), (8, 2)]
    assert missing([(4, 4)], 10, 4) == [(0, 4), (8, 2)]
    assert missing([(0, 6), (3, 5)], 10, 100) == [(8, 2)]
    assert missing([(0, 10)], 10, 3) == [] and missing([(0, 64)], 100, 32) == [(64, 32), (96, 4)]


def test_another_study_is_refused_with_what_differs(small: Path, tmp_path: Path) -> None:
    ref = written(tmp_path)
    swept(ref, tmp_path / "out")
    before = (tmp_path / "out" / "results.sqlite").read_bytes()
    for old, new, said in (
        ("12", "13", "replications: 12 there, 13 now"),
        ("seed: 7", "seed: 0", "seed: 7 there, 0 now"),
        ("2 %]", "3 %]", r"factors\[0\].levels\[2\]: 2 % there, 3 % now"),
        ("90 days", "2 years", "set.run.horizon: 90 days there, 2 years now"),
    ):
        with pytest.raises(Refused, match=said):
            swept(written(tmp_path, SMALL.replace(old, new)), tmp_path / "out")
    with pytest.raises(Refused, match="--resume goes on"):
        swept(written(tmp_path), tmp_path / "out", resume=False)
    assert (tmp_path / "out" / "results.sqlite").read_bytes() == before


def test_a_study_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = written(tmp_path)
    swept(ref, tmp_path / "out")
    monkeypatch.setattr("simcpec.experiments.sweep.studies.study_record.version", lambda: "9.9.9")
    with pytest.raises(Refused, match=r"there, 9\.9\.9 now"):
        swept(ref, tmp_path / "out")


def test_renaming_a_study_changes_nothing(tmp_path: Path) -> None:
    swept(written(tmp_path), tmp_path / "out")
    assert swept(written(tmp_path, SMALL.replace("name: Small", "name: Other")), tmp_path / "out").simulated == 0


def test_compare_writes_the_study_that_it_stands_for(tmp_path: Path) -> None:
    """The study has the points of the comparison, and their bytes."""
    words = ("compare", "bare", "--set", "run.horizon=60 days", "--vary", "policy.security_share.share=0,2%")
    more = ("--vary", "world.threat.excitation={follow_ons: 0.2},{follow_ons: 0.4}", "-r", "3", "--seed", "0")
    done = in_this_process(*words, *more, "--save-study", "study.yaml", "-o", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    study = read_study((tmp_path / "study.yaml").as_posix())
    assert (study.points.rows, study.replications, study.seed) == (4, 3, 0)
    swept((tmp_path / "study.yaml").as_posix(), tmp_path / "swept")
    played = read(tmp_path / "out")
    with reading(tmp_path / "swept") as reader:
        datas = [reader.data(point) for point in reader.study.points.in_order() if point.policy >= 0]
    assert len(played.scenarios) == 5
    for data, scenario in zip(datas, played.scenarios[1:], strict=True):
        assert data is not None
        attacks = scenario.cell[0, ..., CELL_COUNTS.index("attacks")].sum(axis=(4, 3))
        assert np.array_equal(data.incidents, attacks)
    assert in_this_process(*words, *more, "--save-study", "study.yaml", "-o", "two", cwd=tmp_path).returncode == 4


def test_two_sweeps_are_compared_on_the_replications_that_both_have() -> None:
    some = ComparedSweeps(3, (), (1, 0), 4).text
    assert some.splitlines()[-1] == "compared: the first 4 replications of each point"
    assert "no point is in both" in ComparedSweeps(0, (), (1, 2), 4).text


def test_the_table_of_a_large_sweep_reads_no_more_points_than_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All results of a hundred thousand policies would fill the memory; the control asks for all of them."""
    many = TINY.replace("levels: [0 %, 2 %]", "from: 0 %, to: 5 %, steps: 59")
    swept(written(tmp_path, many), tmp_path / "out")
    asked: list[int] = []
    data = SweepReader.data

    def noted(self: SweepReader, point: SweepPoint) -> ChunkData | None:
        asked.append(point.number)
        return data(self, point)

    monkeypatch.setattr(SweepReader, "data", noted)
    with reading(tmp_path / "out") as reader:
        lines = policy_table(reader).splitlines()
        assert lines[-1] == "and 21 more policies" and len(lines) == 1 + MOST + 1
        assert len(set(asked)) == MOST
        assert len(list(point_results(reader, ["attacks"]))) == 61 and len(set(asked)) == 61
