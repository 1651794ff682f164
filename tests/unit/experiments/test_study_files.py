"""Study files: what they mean, and one clear fault with its line for each that means nothing."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from simcpec.errors import ScenarioError, UserError
from simcpec.experiments.sweep.studies import study_file
from simcpec.experiments.sweep.studies.factors import parted, stepped
from simcpec.experiments.sweep.studies.points import BASELINE, identity
from simcpec.experiments.sweep.studies.study_file import SweepStudy, read_study
from simcpec.scenario.layering.shipped_files import shipped_studies
from simcpec.units import parse_quantity
from tests.support.command import surroundings
from tests.support.sweeps import written

HEAD = "name: A\nbase: base\n"
SHARE = "policy.security_share.share"


def study(folder: Path, text: str) -> SweepStudy:
    return read_study(written(folder, HEAD + text))


def factor(text: str, more: str = "") -> str:
    return f"factors:\n  - {{{text}}}\n{more}"


# ruff: noqa: E501
# file, what the message names, and the line it stands in
BAD: dict[str, tuple[str, str, int]] = {
    "one level": (factor(f"key: {SHARE}, levels: [1 %]"), "one level", 4),
    "no level": (factor(f"key: {SHARE}, levels: []"), "no level", 4),
    "nothing varied": (factor(f"key: {SHARE}"), "levels is missing", 4),
    "a billion levels": (factor(f"key: {SHARE}, from: 0 %, to: 1 %, steps: 1000000000"), "1000000000", 4),
    "a billion steps": (factor(f"key: {SHARE}, from: 0 %, to: 1 %, step: 0.000000001 %"), "1,000,000,001 levels", 4),
    "mixed types": (factor(f"key: {SHARE}, levels: [1 %, much]"), "numbers and other values", 4),
    "not a number": (factor(f"key: {SHARE}, levels: [1 %, .nan]"), "levels", 4),
    "nan": (factor(f"key: {SHARE}, levels: [1 %, nan]"), "levels", 4),
    "infinite": (factor(f"key: {SHARE}, from: 0 %, to: inf %, steps: 4"), "inf %, no number", 4),
    "upside down": (factor(f"key: {SHARE}, from: 5 %, to: 1 %, step: 1 %"), "not above from", 4),
    "never reaches": (factor(f"key: {SHARE}, from: 0 %, to: 1 %, step: 0.3 %"), "The last level before the end is 0.9 %", 4),
    "step of zero": (factor(f"key: {SHARE}, from: 0 %, to: 1 %, step: 0 %"), "step is 0 %", 4),
    "other unit": (factor("key: world.preparation.mean, from: 10 days, to: 2 years, steps: 4"), "another unit", 4),
    "out of bounds": (factor(f"key: {SHARE}, levels: [0 %, 400 %]"), "400 %", 4),
    "no unit": (factor(f"key: {SHARE}, levels: [0, 1]"), "without a unit", 4),
    "twice the level": (factor(f"key: {SHARE}, levels: [1 %, 1.0 %]"), "twice", 4),
    "levels and a range": (factor(f"key: {SHARE}, levels: [1 %, 2 %], from: 1 %"), "stands beside levels", 4),
    "missing key": (factor("key: policy.security_shar.share, levels: [1 %, 2 %]"), "Did you mean security_share", 4),
    "no key of a scenario": (factor("key: polcy.units, levels: [whole, fractional]"), "no key of policy or world", 4),
    "seed": (factor("key: run.seed, levels: [1, 2]"), "all points share it", 4),
    "run": (factor("key: run.horizon, levels: [1 years, 2 years]"), "is no factor", 4),
    "word": (factor("key: policy.escort.rule, levels: [quit, wait, walk]"), "walk", 4),
    "unknown lever": (factor("lever: helicopter, levels: [off, 50 %]"), "Did you mean helicopters", 4),
    "two kinds": (factor(f"key: {SHARE}, lever: helicopters, levels: [1 %, 2 %]"), "key and lever", 4),
    "unknown word": (factor(f"key: {SHARE}, levls: [1 %, 2 %]"), "Did you mean levels", 4),
    "split without a taker": (factor("split: guards, levels: [10 %, 20 %]"), "absorbs is missing", 4),
    "split that takes too much": (factor("split: guards, levels: [10 %, 95 %], absorbs: operations"), "leaves -", 4),
    "law in a grid": (factor(f"key: {SHARE}, from: 0 %, to: 1 %, law: uniform"), "levels one by one", 4),
    "law that cannot be": (
        factor(f"key: {SHARE}, from: 0 %, to: 1 %, law: lognormal", "design: lhs\npoints: 4\n"), "above 0", 4,
    ),
    "lhs without points": (factor(f"key: {SHARE}, from: 0 %, to: 1 %", "design: lhs\n"), "points is missing", 5),
    "points of a grid": (factor(f"key: {SHARE}, levels: [0 %, 1 %]", "points: 4\n"), "read by nothing", 5),
    "unknown design": (factor(f"key: {SHARE}, levels: [0 %, 1 %]", "design: gird\n"), "Did you mean grid", 5),
    "unknown response": (factor(f"key: {SHARE}, levels: [0 %, 1 %]", "responses: [atacks]\n"), "Did you mean attacks", 5),
    "baseline of the world": (
        factor(f"key: {SHARE}, levels: [0 %, 1 %]", "baseline: {world.counted_as: breach}\n"), "no key of the policy", 5,
    ),
    "bad set": (factor(f"key: {SHARE}, levels: [0 %, 1 %]", "set: {world.counted_as: brech}\n"), "Did you mean breach", 5),
    "no replications": (
        factor(f"key: {SHARE}, levels: [0 %, 1 %]", "replications: 0\n"), "replications is 0", 5,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_study_is_refused_in_its_line(tmp_path: Path, name: str) -> None:
    text, said, line = BAD[name]
    with pytest.raises(ScenarioError) as caught:
        study(tmp_path, text)
    message = str(caught.value)
    assert said in message, message
    assert f"small.yaml, line {line}, column" in message
    assert caught.value.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_two_factors_on_one_key_are_refused(tmp_path: Path) -> None:
    one = f"  - {{key: {SHARE}, levels: [0 %, 1 %]}}\n"
    with pytest.raises(ScenarioError, match="which another factor varies already"):
        study(tmp_path, "factors:\n" + one + one.replace("0 %", "2 %"))
    whole = (
        "  - {key: policy.security_share, levels: [{share: 1 %, of: annual_outlay}, {share: 2 %, of: annual_outlay}]}\n"
    )
    with pytest.raises(ScenarioError, match="which another factor varies already"):
        study(tmp_path, "factors:\n" + one + whole)


def test_a_grid_that_is_too_large_is_counted_at_once(tmp_path: Path) -> None:
    forces = ("ssd", "spu", "ssu", "police", "fc", "caf", "sponsor", "foreign", "joint")
    keys = [f"forces.{force}.{key}" for force in forces for key in ("effectiveness", "on_duty")]
    keys += ["operations.success", "protection.training", "movements.by_air", "protection.layers.route.ceiling"]
    rows = [f"  - {{lever: {name}, name: f{k}, levels: [off, 50 %]}}\n" for k, name in enumerate(_levers())]
    rows += [f"  - {{key: world.{key}, name: {key}, levels: [10 %, 20 %]}}\n" for key in keys]
    rows += [
        f"  - {{key: world.provinces.{p}.plots, name: {p}, levels: [1 /year, 2 /year]}}\n"
        for p in ("PUN", "SIN", "BAL", "KPK", "GB")
    ]
    assert len(rows) == 64
    with pytest.raises(ScenarioError, match=f"makes a grid of {2**64:,} points"):
        study(tmp_path, "factors:\n" + "".join(rows))


def test_a_grid_is_counted_before_anything_else_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study_file, "load", lambda *_, **__: pytest.fail("the base scenario was loaded"))
    rows = "".join(f"  - {{key: world.nothing{k}, levels: [1 %, 200 %]}}\n" for k in range(64))
    with pytest.raises(ScenarioError) as told:
        study(tmp_path, "factors:\n" + rows)
    assert [fault.problem for fault in told.value.faults] == [f"makes a grid of {2**64:,} points (64 factors)"]
    for levels, count in (("step: 0.000000005 %", "1,000,000,001"), ("steps: 999999", "1,000,000")):
        with pytest.raises(ScenarioError, match=f"makes {count} levels"):
            study(tmp_path, f"factors:\n  - {{key: policy.security_share.share, from: 0 %, to: 5 %, {levels}}}\n")


REFUSED = """
import sys
from simcpec.cli import main
codes = [main(["sweep", verb, file]) for file in sys.argv[1:] for verb in ("plan", "run")]
heavy = {"numba", "llvmlite", "scipy", "pandas", "matplotlib", "simpy"}
print(codes, sorted(heavy & set(sys.modules)), "simcpec.results.records" in sys.modules)
import simcpec.experiments.sweep.studies.combined
print(sorted({"numba", "scipy"} & set(sys.modules)))
"""


def test_a_study_that_is_too_large_is_refused_before_the_simulation_is_imported(tmp_path: Path) -> None:
    """Numba and scipy take longer than everything else; the control, what makes the points, does import them."""
    rows = "".join(f"  - {{key: world.nothing{k}, levels: [1 %, 200 %]}}\n" for k in range(64))
    levels = f"factors:\n  - {{key: {SHARE}, from: 0 %, to: 5 %, step: 0.000000005 %}}\n"
    files = [
        written(tmp_path, HEAD + text, f"{name}.yaml")
        for name, text in (("grid", "factors:\n" + rows), ("levels", levels))
    ]
    words = [sys.executable, "-c", REFUSED, *files]
    done = subprocess.run(words, cwd=tmp_path, env=surroundings(), capture_output=True, encoding="utf-8")
    lines = done.stdout.splitlines()
    assert lines[0] == "[2, 2, 2, 2] [] False", done.stdout + done.stderr
    assert lines[-1] == "['numba', 'scipy']"
    assert done.stderr.count("makes a grid of 18,446,744,073,709,551,616 points") == 2
    assert done.stderr.count("makes 1,000,000,001 levels") == 2


def _levers() -> list[str]:
    from simcpec import catalogue

    return [name for name, lever in catalogue.levers().items() if not lever.needs][:37]


def test_ranges_are_counted_in_decimals() -> None:
    assert stepped("0.1", "1.0", "0.1") == ("0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1")
    assert parted("0.1", "1.0", 9, log=False) == stepped("0.1", "1.0", "0.1")
    assert len(parted("0.1 %", "1.0 %", 10, log=False)) == 11  # ten intervals
    assert parted("0.1 %", "1.0 %", 10, log=False)[1] == "0.19 %"
    assert parted("1 days", "100 days", 2, log=True) == ("1 days", "10 days", "100 days")
    assert sum(0.1 for _ in range(10)) != 1.0  # what counting in floats would have met


def test_a_split_keeps_its_sum(tmp_path: Path) -> None:
    parts = "factors:\n  - {split: guards, levels: [10 %, 45.5 %], absorbs: rest}\n"
    found = study(tmp_path, parts)
    for number in range(found.points.rows):
        scenario = found.load(found.points[number].sets).scenario  # refused where it does not add up to 100 %
        assert str(scenario.policy.split.guards.text) == found.points.values(found.points[number])["guards"]


def test_a_split_that_one_instrument_absorbs_leaves_the_others(tmp_path: Path) -> None:
    found = study(tmp_path, "factors:\n  - {split: guards, levels: [42 %, 55 %], absorbs: operations}\n")
    split = found.load(found.points[0].sets).scenario.policy.split
    assert (split.guards.text, split.operations.text, split.escorts.text) == ("42 %", "24 %", "7 %")


def test_a_lever_is_added_at_its_level_or_left_out(tmp_path: Path) -> None:
    text = "factors:\n  - {lever: helicopters, levels: [off, 50 %], entry: {from: 2026-01-01, provinces: [BAL]}}\n"
    found = study(tmp_path, text)
    without, with_it = (found.load(found.points[k].sets).scenario.policy.levers for k in range(2))
    assert without == []
    assert (with_it[0].lever, with_it[0].share.text, with_it[0].provinces) == ("helicopters", "50 %", ("BAL",))


def test_policies_and_states_meet_as_the_study_says(tmp_path: Path) -> None:
    sides = (
        f"policies:\n  factors: [{{key: {SHARE}, levels: [0 %, 2 %]}}]\n"
        "states_of_the_world:\n  factors: [{key: world.threat.excitation.follow_ons, levels: ['0', '0.2']}]\n"
    )
    full, paired = (study(tmp_path, f"{sides}combine: {word}\n").points for word in ("full_factorial", "paired"))
    assert (full.rows, paired.rows) == (4, 2)
    assert [(paired[k].policy, paired[k].state) for k in range(2)] == [(0, 0), (1, 1)]
    base = full.baseline_of(full[3])
    assert base.policy == BASELINE and base.sets == ("world.threat.excitation.follow_ons=0.2",)
    with pytest.raises(ScenarioError, match="combine is missing"):
        study(tmp_path, sides)
    with pytest.raises(ScenarioError, match="does not belong to policies"):
        study(
            tmp_path,
            "combine: paired\n"
            + sides.replace(SHARE, "world.threat.clusters").replace("0 %, 2 %", "[100 %], [50 %, 50 %]"),
        )


def test_the_identity_of_a_point_is_that_of_its_scenario(tmp_path: Path) -> None:
    found = study(tmp_path, f"factors:\n  - {{key: {SHARE}, levels: [1 %, 2 %]}}\n")
    base, same, other = (found.load(sets) for sets in ((), (f"{SHARE}=1 %",), (f"{SHARE}=2 %",)))
    assert identity(base, seed=0, draw=0) == identity(same, seed=0, draw=0)
    assert identity(base, seed=0, draw=0) == identity(
        found.load(("name=Another", "run.replications=3")), seed=0, draw=0
    )
    ids = {identity(base, seed=s, draw=d) for s in (0, 1) for d in (0, 1)} | {identity(other, seed=0, draw=0)}
    assert len(ids) == 5


DESIGN = f"factors:\n  - {{key: {SHARE}, name: share}}\n  - {{key: world.counted_as, name: counts}}\n"
CSV = "design: file\nfile: design.csv\n"
FACTORS = (
    f"factors:\n  - {{key: {SHARE}, name: share, from: 0 %, to: 5 %}}\n"
    "  - {key: world.counted_as, name: counts, levels: [attack, breach]}\n" + CSV
)
BAD_CSV = {
    "missing column": ("share\n1 %\n", "counts has no column", 1),
    "double column": ("share,counts,share\n1 %,attack,2 %\n", "share stands twice", 1),
    "unknown column": ("share,counts,shares\n1 %,attack,2 %\n", "is no factor of the study", 1),
    "semicolons": ("share;counts\n1 %;attack\n", "between commas", 1),
    "ragged": ("share,counts\n1 %,attack\n2 %\n", "has 1 cells", 3),
    "decimal comma": ("share,counts\n1,5 %,attack\n", "decimal comma", 2),
    "quoted decimal comma": ('share,counts\n"1,5 %",attack\n', "with a decimal comma", 2),
    "text in a number": ("share,counts\nmuch,attack\n", "much", 2),
    "other level": ("share,counts\n1 %,atack\n", "Did you mean attack", 2),
    "empty": ("", "is empty", 0),
    "no point": ("share,counts\n", "has no point", 0),
}


@pytest.mark.parametrize("name", sorted(BAD_CSV))
def test_a_bad_design_is_refused_in_its_line(tmp_path: Path, name: str) -> None:
    text, said, line = BAD_CSV[name]
    (tmp_path / "design.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        study(tmp_path, FACTORS)
    message = str(caught.value)
    assert said in message and "design.csv" in message, message
    assert line == 0 or f"line {line}" in message


def test_columns_of_a_design_are_taken_by_name(tmp_path: Path) -> None:
    (tmp_path / "design.csv").write_bytes("\ufeffcounts,share\r\nbreach,2 %\r\nattack,\r\n".encode())
    found = study(tmp_path, FACTORS).points
    said = [found.values(found[k]) for k in range(found.rows)]
    assert said == [{"share": "2 %", "counts": "breach"}, {"share": "", "counts": "attack"}]


def test_an_unknown_study_names_the_nearest_one() -> None:
    with pytest.raises(UserError, match="Did you mean security-share"):
        read_study("security-shares")


@pytest.mark.parametrize("name", sorted(shipped_studies()))
def test_shipped_studies_are_sound(name: str) -> None:
    found = read_study(name)
    assert found.points.rows > 1
    found.load(found.points[found.points.rows - 1].sets)


def test_values_of_a_range_are_what_their_unit_says(tmp_path: Path) -> None:
    """The quick way to a text gives the quantity that the exact one gives, in shares, days, rates, counts and numbers."""
    for key, ends in (
        ("policy.security_share.share", ("0 %", "5 %")),
        ("world.preparation.mean", ("30 days", "2 years")),
        ("world.threat.excitation.follow_ons", ("0", "0.3")),
        ("world.threat.lapse", ("0.1 /year", "3 /year")),
        ("world.surge_reserve", ("10 guards", "2000 guards")),
    ):
        low, high = (end if "2 years" not in end else "730 days" for end in ends)
        text = f"factors:\n  - {{key: {key}, from: '{low}', to: '{high}'}}\ndesign: sobol\npoints: 8\n"
        (found,) = (lambda points: points.policy_factors or points.state_factors)(study(tmp_path, text).points)
        assert found.range is not None
        for place in (0.0, 0.1, 1 / 3, 0.987654321):
            value = found.range.low + place * (found.range.high - found.range.low)
            exact = round(value) if found.range.whole else Fraction(f"{value:.12g}")
            assert parse_quantity(str(found.text_at(place)), found.range.kind) == exact, (key, place)
