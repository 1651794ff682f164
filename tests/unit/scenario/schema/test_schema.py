"""The schema: what leaves become, which forms they have, and what the JSON Schema says about them."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from fractions import Fraction
from typing import Any, get_args

import pytest

from simcpec.errors import ScenarioError, UserError
from simcpec.model import modes
from simcpec.numerics.streams import check_seed
from simcpec.scenario import json_schema, load, validate
from simcpec.scenario.schema.leaf import ValueKind
from simcpec.scenario.schema.maps import Block
from simcpec.scenario.schema.policy_block import MOST_SEED
from simcpec.scenario.schema.scenario_block import Scenario, block_at, keys_of
from simcpec.units import Horizon


@pytest.fixture(scope="module")
def base() -> Any:
    return load("base").scenario


def refused(*sets: str) -> str:
    faults = validate("base", sets)
    assert faults, "nothing was refused"
    return "\n".join(map(str, faults))


def test_leaves_are_canonical_and_exact(base: Any) -> None:
    assert base.policy.split.guards.exact == Fraction(52, 100) and base.policy.split.guards.value == 0.52
    assert base.world.detection.hazard.exact == Fraction(9, 10) / Fraction(36525, 100)
    assert base.world.budget.annual_outlay.exact == 2_520_000_000
    assert base.world.provinces["PUN"].personnel["corridor"].whole == 540
    assert base.run.horizon == Horizon(years=4) and base.run.start == date(2025, 1, 1)
    assert base.world.costs.value_of_life is None


def test_every_seed_that_a_scenario_may_have_is_one_of_the_streams() -> None:
    assert check_seed(MOST_SEED) == MOST_SEED
    with pytest.raises(UserError, match="seed is"):
        check_seed(MOST_SEED + 1)


def test_a_scenario_is_frozen_and_can_be_copied_and_sent(base: Any) -> None:
    with pytest.raises(ValueError, match="frozen"):
        base.policy.capacity = "constant"
    assert copy.deepcopy(base) == base
    assert pickle.loads(pickle.dumps(base)) == base


def test_an_omitted_province_has_zero(base: Any) -> None:
    punjab = base.world.forces["spu"].strength
    assert list(punjab) == list(base.world.provinces)
    assert [code for code, guards in punjab.items() if guards.exact != 0] == ["PUN"]
    assert list(base.world.threat.excitation.provinces) == ["BAL", "KP"], "follow_ons hold where nothing is said"


@pytest.mark.parametrize("law", ["none", "uniform", "triangular", "normal", "lognormal", "beta"])
def test_an_uncertain_number_has_value_range_law_and_source(law: str) -> None:
    form = f"{{value: 5 %, low: 1 %, high: 12 %, law: {law}, source: judgement, grade: D, reason: to be swept}}"
    leaf = load("base", sets=[f"world.protection.common_cause={form}"]).scenario.world.protection.common_cause
    assert (leaf.value, leaf.low, leaf.high, leaf.law, leaf.grade) == (0.05, 0.01, 0.12, law, "D")
    assert leaf.uncertain == (law != "none")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("{low: 1 %, high: 9 %}", "has no value"),
        ("{value: 5 %, low: 1 %}", "one end of a range"),
        ("{value: 5 %, law: uniform}", "the law uniform but no range"),
        ("{value: 5 %, low: 6 %, high: 9 %}", "outside its range"),
        ("{value: 5 %, low: 9 %, high: 1 %}", "outside its range"),
        ("{value: 5 %, low: 0 %, high: 9 %, law: lognormal}", "lognormal from 0"),
        ("{value: 50 %, low: 0 %, high: 100 %, law: beta}", None),
        ("{value: 1 %, low: 0 %, high: 100 %, law: beta}", "no beta law"),
        ("{value: 5 %, low: 1 %, high: 9 %, law: gauss}", "common_cause.law is gauss"),
        ("{value: 5 %, low: 1 %, high: 900 %}", "common_cause.high is 900 %"),
        ("{value: 5 %, grade: E}", "one of A, B, C, D"),
        ("{value: 5 %, hihg: 3 %}", "Did you mean high?"),
        ("[5 %]", "is a list"),
        ("", "is empty"),
    ],
)
def test_a_range_has_to_make_sense(form: str, words: str | None) -> None:
    faults = validate("base", [f"world.protection.common_cause={form}"])
    assert (words is None) == (faults == [])
    assert words is None or words in "\n".join(map(str, faults))


def test_a_policy_is_not_uncertain() -> None:
    assert "is a map" in refused("policy.split.guards={value: 52 %, low: 50 %, high: 54 %, law: uniform}")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("policy.security_share.share=0.5", "Did you mean 0.5 % or 50 %?"),
        ("policy.security_share=0.5", "{share: 0.5 %, of: annual_outlay}"),
        ("policy.split.guards=50 %", "policy.split adds up to 98 %"),
        ("world.threat.clusters=[85 %, 11 %]", "adds up to 96 %"),
        ("world.threat.clusters=[25 %, 25 %, 25 %, 25 %]", "has 4 items"),
        ("world.protection.posting.corridor.site=46 %", "adds up to 101 %"),
        ("world.budget.works.PUN=21 %", "world.budget.works adds up to 101 %"),
        ("world.settings.site.time=59 %", "world.settings adds up to 99 %"),
        ("policy.provinces={rule: explicit, shares: {SIN: 40 %}}", "adds up to 40 %"),
        ("world.operations.teams={PNJ: 3}", "no province of this scenario"),
        ("world.operations.teams={PUN: 3.5}", "no whole number"),
        ("world.movements.party={corridor: 8}", None),
        ("world.movements.rate.corrdor=1 /year", "Did you mean corridor?"),
        ("world.cohorts=[corridor, corridor]", "names corridor twice"),
        ("world.cohorts=[]", "has 0 items"),
        ("world.provinces.Sindh.plots=1 /year", "1 to 6 capital letters"),
        ("world.provinces.BAL.address=SIN", "has the address SIN, as another province"),
        ("world.threat.attempts=negbin", "mixture is none, but attempts are negbin"),
        ("world.threat.mixture=2", "is read by nothing, because attempts are plots"),
        ("world.backlash.per_death=2", "Write world: custom"),
        ("world.hired.strength={SIN: 5}", "world.hired.strength"),
        ("world.harm.foreign={law: empirical}", "table is missing, because law is empirical"),
        ("policy.provinces.shares={SIN: 100 %}", "read by nothing, because rule is mixed"),
        ("policy.surge.mode=true", None),
        ("policy.security_share.of=true", "one of annual_outlay"),
        ("policy.sop.revisions=[{date: 2024-06-31}]", "a day that no calendar has"),
        ("run.seed=-1", "from 0 to"),
        ("run.seed=1099511627776", "from 0 to 1099511627775"),
        ("run.seed=1099511627775", None),
        ("run.replications=0", "from 1 to"),
        ("run.replications=2.5", "no whole number"),
        ("run.horizon=500 years", "from 1 day to 200 years"),
        ("run.horizon=190 years", "ends after 2199"),
        ("run.start=1492-01-01", "from 1900-01-01"),
        ("world.stoppage.length.mean=0 days", "from 0.000000001 days to 1000 years"),
        ("world.threat.drift.persistence=1", "to below 1"),
        ("policy.levers=[{lever: sop_revison}]", "Did you mean sop_revision?"),
        ("name=''", "is empty"),
        ("name=true", "Put it in quotes"),
        ("worldd.x=1", "Did you mean world?"),
        ("world.split.guards=1 %", "There is a key policy.split"),
    ],
)
def test_settings_that_cannot_be_are_refused(setting: str, words: str | None) -> None:
    faults = validate("base", [setting])
    assert (words is None) == (faults == []), faults
    assert words is None or words in "\n".join(map(str, faults))


def test_a_deterministic_preparation_has_no_hazard_to_be_proportional_to() -> None:
    law = "world.preparation={law: deterministic, mean: 150 days}"
    assert validate("base", [law]) == []
    assert "has no hazard" in refused(law, "world.detection.proportional=on")


def test_switches_to_other_laws_and_bases_are_complete() -> None:
    sets = [
        "policy.security_share={of: explicit, amounts: [20 m USD/year, 30 m USD/year]}",
        "policy.provinces={rule: explicit, shares: {SIN: 60 %, BAL: 40 %}}",
        "world.harm.foreign={law: empirical, table: [{deaths: 0, share: 60 %}, {deaths: 3 persons, share: 40 %}]}",
        "world.threat.initial={SIN: 2}",
        "world.network.inflow={BAL: 10 /year}",
        "world.protection.layers.guard.stop_probability=30 %",
        "policy.levers=[{lever: sop_revision, enabled: false, from: 2025-06-01, provinces: [KP]}]",
    ]
    scenario = load("base", sets=sets).scenario
    assert [amount.whole for amount in scenario.policy.security_share.amounts] == [20_000_000, 30_000_000]
    assert scenario.policy.security_share.share is None
    assert scenario.policy.provinces.shares["PUN"].exact == 0
    assert scenario.world.threat.initial["SIN"].whole == 2
    assert scenario.policy.levers[0].from_ == date(2025, 6, 1)


def test_everybody_gone_is_refused() -> None:
    people = [
        f"world.provinces.{code}.personnel={{corridor: 0, scattered: 0}}" for code in load("base").scenario.provinces
    ]
    assert "have no personnel at all" in refused(*people)
    assert validate("base", people[1:]) == []


def test_a_party_is_asked_of_every_cohort() -> None:
    words = refused("world.cohorts=[corridor, scattered, visitors]")
    assert "world.movements.party says nothing about visitors" in words
    assert validate("base", ["world.cohorts=[corridor, scattered, visitors]", "world.movements.party.visitors=2"]) == []


def test_all_faults_are_told_at_once() -> None:
    sets = ["world.detection.mode=lead", "policy.split.guards=52", "run.sed=1", "world.trust.start=200 %"]
    keys = {fault.key for fault in validate("base", sets)}
    assert keys == {"world.detection.mode", "policy.split.guards", "run.sed", "world.trust.start"}


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("world.threat.attempts", modes.ATTEMPTS),
        ("world.displacement.mode", modes.DISPLACEMENT),
        ("world.detection.mode", modes.DETECTION),
        ("policy.operations.priority", modes.PRIORITY),
        ("world.network.model", modes.NETWORK),
        ("policy.sop.mode", modes.SOP),
        ("policy.escort.rule", modes.ESCORT),
        ("world.movements.source", modes.SOURCE),
        ("world.harm.foreign.law", modes.SEVERITY),
        ("world.counted_as", modes.BASIS),
        ("world.threat.excitation.by", modes.BASIS),
    ],
)
def test_the_words_of_the_switches_are_those_of_the_model(path: str, words: tuple[str, ...]) -> None:
    *block, key = path.split(".")
    found = block_at(tuple(block))
    assert found is not None
    assert set(get_args(keys_of(found)[key].annotation)) == set(words)


def test_instruments_layers_and_settings_are_those_of_the_model(base: Any) -> None:
    assert tuple(base.policy.split.by_instrument()) == modes.INSTRUMENTS
    assert tuple(type(base.world.budget.instruments).model_fields) == modes.INSTRUMENTS
    assert tuple(type(base.world.protection.layers).model_fields) == modes.LAYERS
    assert tuple(type(base.world.settings).model_fields) == modes.SETTINGS


def all_blocks(block: type[Block] = Scenario) -> set[type[Block]]:
    found = {block}
    for field in block.model_fields.values():
        stack = [field.annotation]
        while stack:
            shape = stack.pop()
            stack += list(get_args(shape))
            if isinstance(shape, type) and issubclass(shape, Block) and shape not in found:
                found |= all_blocks(shape)
    return found


def test_every_leaf_says_what_it_is() -> None:
    blocks = all_blocks()
    assert len(blocks) > 40
    for block in blocks:
        for key, field in keys_of(block).items():
            leaf = next((part for part in field.metadata if isinstance(part, ValueKind)), None)
            inner = [shape for shape in (field.annotation, *get_args(field.annotation)) if isinstance(shape, type)]
            is_block = any(issubclass(shape, Block) for shape in inner)
            says = leaf.says if leaf is not None else field.description
            assert says or is_block or (key == "law"), f"{block.__name__}.{key} says nothing"


def test_the_json_schema_knows_every_key_and_its_unit() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert set(schema["properties"]) == {"extends", "name", "describes", "policy", "world", "run"}
    detection = schema["$defs"]["DetectionBlock"]
    assert detection["additionalProperties"] is False
    assert detection["properties"]["hazard"]["unit"] == "/year"
    assert detection["properties"]["hazard"]["description"].startswith("per plot")
    assert detection["properties"]["mode"]["enum"] == list(modes.DETECTION)
    assert "lambda" in schema["$defs"]["Displacement"]["properties"]
    defaulted = {"found", "hazard_by_province", "tips_by_province"}  # have a default
    assert set(detection["required"]) == set(detection["properties"]) - {"replace"} - defaulted


def test_the_json_schema_says_the_rule_of_layers() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert "replace: true" in schema["description"] and "NAME: drop" in schema["description"]
    force, world, policy = (schema["$defs"][name]["properties"] for name in ("ForceBlock", "WorldBlock", "PolicyBlock"))
    assert force["replace"]["type"] == "boolean" and "replace" in force["strength"]["properties"]
    assert {"const": "drop"}.items() <= force["hiring_lag"]["anyOf"][1].items()
    assert force["strength"]["additionalProperties"]["anyOf"][1]["const"] == "drop"
    (forces,) = world["forces"]["patternProperties"].values()
    assert [one.get("const") for one in forces["anyOf"]] == [None, "drop", None]
    assert [one["type"] for one in policy["levers"]["anyOf"]] == ["array", "object"]
    assert "replace" not in schema["properties"]


def test_a_missing_key_says_what_belongs_there(tmp_path: Any) -> None:
    text = load("base").text.replace("  seed: 2024\n", "")
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"run\.seed is missing.\n.*\n  Allowed: seed of all random numbers"):
        load(str(tmp_path / "x.yaml"))
