"""One layer over another: what is merged, replaced and dropped, and that the numbers of a word stay with that word."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest

from simcpec.errors import ScenarioError
from simcpec.scenario import explain, load, validate
from simcpec.scenario.layering.merge import Merge, Pruning, _leaf
from simcpec.scenario.reading.nodes import MapNode, Node, Place, Scalar, data_of
from simcpec.scenario.reading.quantity import Quantity
from simcpec.scenario.reading.yaml_reader import read_value
from simcpec.scenario.resolved import Resolved
from simcpec.scenario.schema.maps import Block, Choice, MapOver
from simcpec.scenario.schema.scenario_block import bare, every_block, keys_of

BASE = "extends: base\n"
Steps = tuple[str | int, ...]


def layered(folder: Path, *texts: str) -> Resolved:
    """Files over one another, the last one loaded; the first names what it extends."""
    for k, text in enumerate(texts):
        head = "" if k == 0 else f"extends: layer{k - 1}.yaml\n"
        (folder / f"layer{k}.yaml").write_text(head + text, encoding="utf-8")
    return load(str(folder / f"layer{len(texts) - 1}.yaml"))


def refused(folder: Path, *texts: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        layered(folder, *texts)
    return str(caught.value)


# ------------------------------------------------------------------------------------------------ replace and drop


def test_maps_are_merged_and_replace_takes_away_what_is_below(tmp_path: Path) -> None:
    teams = "world: {operations: {teams: {SIN: 9}}}\n"
    merged = layered(tmp_path, BASE + teams).scenario.world.operations.teams
    assert {code: number.whole for code, number in merged.items() if number.whole}["PUN"] == 15
    replaced = layered(tmp_path, BASE + teams.replace("{SIN", "{replace: true, SIN"))
    assert {
        code: number.whole for code, number in replaced.scenario.world.operations.teams.items() if number.whole
    } == {"SIN": 9}
    assert "replace" not in replaced.text
    assert "world.operations.teams.PUN" in replaced.dropped
    assert "(replaced as a whole)    " in explain(replaced, "world.operations.teams.PUN")


@pytest.mark.parametrize("word", ["false", "true"])
def test_replace_where_nothing_is_below_says_nothing(tmp_path: Path, word: str) -> None:
    text = f"world: {{forces: {{new: {{replace: {word}, payer: federal, strength: {{}}, effectiveness: 1 %, "
    text += "on_duty: 1 %, footprint: 0, unit_cost: 0 USD/year}}}\n"
    assert layered(tmp_path, BASE + text).scenario.world.forces["new"].payer == "federal"


def test_replace_is_true_or_false(tmp_path: Path) -> None:
    text = refused(tmp_path, BASE + "world: {forces: {replace: all}}\n")
    assert "layer0.yaml, line 2, column 18: world.forces.replace is all." in text
    assert "Allowed: true, or leave it out" in text


def test_an_entry_is_dropped_from_a_map(tmp_path: Path) -> None:
    found = layered(
        tmp_path, BASE + "world: {forces: {spu: drop, police: {strength: {ICT: drop}, hiring_lag: drop}}}\n"
    )
    forces = found.scenario.world.forces
    assert "spu" not in forces and "ssd" in forces
    assert forces["police"].hiring_lag is None
    assert forces["police"].strength["ICT"].whole == 0 and forces["police"].strength["BAL"].whole == 3134
    assert "(dropped)    " in explain(found, "world.forces.spu.payer")
    again = layered(tmp_path, BASE + "world: {forces: {spu: drop}}\n", "world: {forces: {ssu: drop}}\n")
    assert not {"spu", "ssu"} & set(again.scenario.world.forces)


def test_what_is_not_there_cannot_be_dropped(tmp_path: Path) -> None:
    text = refused(tmp_path, BASE + "world: {forces: {polce: drop}}\n")
    assert "line 2, column 18: world.forces.polce stands in no layer below." in text
    assert "Did you mean police?" in text
    assert "stands in no layer below" in refused(tmp_path, "name: root\nworld: {forces: {ssd: drop}}\n")


@pytest.mark.parametrize("word", ["drop", "'drop'"])
def test_a_text_may_be_the_word_drop(tmp_path: Path, word: str) -> None:
    found = layered(tmp_path, BASE + f"name: {word}\nworld: {{provinces: {{SIN: {{label: {word}}}}}}}\n")
    assert found.name == "drop" and found.scenario.world.provinces["SIN"].label == "drop"
    assert "spu is drop" in refused(tmp_path, BASE + "world: {forces: {spu: 'drop'}}\n")


def test_replace_and_drop_on_the_command_line() -> None:
    sets = ["world.forces.spu=drop", "world.forces.ssd.strength={replace: true, SIN: 5}", "world.threat.mixture=drop"]
    scenario = load("base", sets=sets).scenario
    assert "spu" not in scenario.world.forces
    assert [code for code, number in scenario.world.forces["ssd"].strength.items() if number.whole] == ["SIN"]


def test_a_list_is_edited_by_the_names_of_its_entries(tmp_path: Path) -> None:
    levers = "policy: {levers: [{lever: sop_revision, from: 2025-02-01}, {lever: army_handover, share: 50 %}]}\n"
    edit = (
        "policy: {levers: {sop_revision: drop, army_handover: {share: 25 %}}, sop: {revisions: {2024-06-01: drop}}}\n"
    )
    policy = layered(tmp_path, BASE + levers, edit).scenario.policy
    assert [(lever.lever, lever.share.text) for lever in policy.levers] == [("army_handover", "25 %")]
    assert [str(revision.date) for revision in policy.sop.revisions] == ["2024-09-01"]
    narrowed = "world: {forces: {caf: {eligible: {PUN: drop, GB: drop}}}}\n"
    assert layered(tmp_path, BASE + narrowed).scenario.world.forces["caf"].eligible == ("SIN", "AJK", "ICT")
    both = levers.replace("army_handover, share: 50 %", "sop_revision")
    for words, text in (
        ("policy.levers.sop_revison stands in no layer below", "policy: {levers: {sop_revison: drop}}\n"),
        ("policy.levers.sop_revision is the name of 2 entries", "policy: {levers: {sop_revision: {share: 9 %}}}\n"),
        ("policy.levers.sop_revision is no drop", "policy: {levers: {sop_revision: 3}}\n"),
    ):
        assert words in refused(tmp_path, BASE + both, text)


def test_the_name_of_an_entry_stays(tmp_path: Path) -> None:
    levers = "policy: {levers: [{lever: army_handover, moves: {army_share: 0.2}}]}\n"
    text = refused(tmp_path, BASE + levers, "policy: {levers: {army_handover: {lever: sop_revision}}}\n")
    assert "policy.levers.army_handover.lever is sop_revision, another name" in text


def test_a_number_in_long_form_is_replaced_as_one_value(tmp_path: Path) -> None:
    """Range, law and source are those of the value that they stand beside."""
    long = "world: {threat: {lapse: {value: 0.2 /year, low: 0.1 /year, high: 0.4 /year, law: lognormal, source: x}}}\n"
    over = layered(tmp_path, BASE + long, "world: {threat: {lapse: {value: 0.3 /year}}}\n")
    lapse = over.scenario.world.threat.lapse
    assert (lapse.text, lapse.low, lapse.law, lapse.source) == ("0.3 /year", None, "none", "")
    assert "world.threat.lapse has no value" in refused(
        tmp_path, BASE + long, "world: {threat: {lapse: {law: uniform}}}\n"
    )
    one_word = layered(tmp_path, BASE + long, "world: {threat: {lapse: 0.3 /year}}\n")
    assert "world.threat.lapse.low" in one_word.dropped


def test_an_empty_map_takes_nothing_away_and_says_so(tmp_path: Path) -> None:
    found = layered(tmp_path, BASE + "world:\n  forces: {}\n")
    assert len(found.scenario.world.forces) == 9
    (note,) = found.notes
    assert note.endswith("layer0.yaml:3:11: world.forces: {} takes nothing away; replace: true in it would")
    assert load("base", sets=["world.forces.fc.strength={}"]).notes == ()


# ------------------------------------------------------------------------------------------------ what goes along


def test_a_province_that_is_dropped_takes_its_entries_along(tmp_path: Path) -> None:
    overlay = "world: {provinces: {PUN: drop}, forces: {spu: drop}, budget: {works: {SIN: 47 %}}}\n"
    found = layered(tmp_path, BASE + overlay)
    assert "PUN" not in found.scenario.world.operations.teams
    assert found.scenario.world.forces["caf"].eligible == ("SIN", "GB", "AJK", "ICT")
    assert "PUN" not in found.text.replace("PUNjab", "")
    (note,) = found.notes
    assert "world.provinces no longer has PUN, whose entries below go along:" in note and "and 8 more" in note
    assert "(dropped with its province)" in explain(found, "world.operations.teams.PUN")


def test_a_list_that_would_have_nothing_left_is_a_fault(tmp_path: Path) -> None:
    text = refused(tmp_path, BASE + "world: {provinces: {PUN: drop}, budget: {works: {SIN: 47 %}}}\n")
    assert "world.forces.spu.eligible[0] is PUN, no province of this scenario" in text
    assert text.count("Allowed:") == 1


def test_what_the_layer_itself_says_about_a_dropped_province_is_a_fault(tmp_path: Path) -> None:
    works = "forces: {spu: drop}, budget: {works: {SIN: 47 %}}"
    overlay = f"world: {{provinces: {{PUN: drop}}, {works}, operations: {{teams: {{PUN: 2}}}}}}\n"
    assert "world.operations.teams.PUN is PUN, no province" in refused(tmp_path, BASE + overlay)


def test_a_cohort_that_is_gone_takes_its_entries_along(tmp_path: Path) -> None:
    posting = "protection: {posting: {corridor: {site: 85 %}}}"
    sop = "policy: {sop: {revisions: []}}\n"
    for cohorts in ("[corridor]", "{scattered: drop}"):
        found = layered(tmp_path, BASE + sop + f"world: {{cohorts: {cohorts}, {posting}}}\n")
        assert found.scenario.world.cohorts == ("corridor",)
        assert set(found.scenario.world.protection.posting) == {"corridor"}
        assert "scattered" not in found.text


def test_all_provinces_are_replaced(tmp_path: Path) -> None:
    """A made-up corridor needs no drop for each of the seven."""
    overlay = """world:
  provinces: {replace: true, NOR: {personnel: {corridor: 90 persons}, plots: 1 /year, militants: 50 persons}}
  intelligence: {host_units: {NOR: 3}}
  forces: {replace: true}
  threat: {excitation: {provinces: {NOR: 0.1}}}
  operations: {teams: {NOR: 2}}
  budget: {works: {NOR: 100 %}}
"""
    found = layered(tmp_path, BASE + overlay)
    assert found.scenario.provinces == ("NOR",) and not found.scenario.world.forces
    assert set(found.scenario.world.threat.excitation.provinces) == {"NOR"}
    assert all(code not in found.text for code in ("PUN", "BAL", "AJK"))


# ------------------------------------------------------------------------------------------------ numbers of a word

#: switches and words of maps that have no numbers of their own, and why
WITHOUT_NUMBERS = {
    "capacity": "whether money buys capacity",
    "reactive_by": "what procedures are refreshed after",
    "found": "whether a plot that was found may still attack",
    "counted_as": "what a count counts",
    "payer": "who pays",
    "period": "length of a period of the report",
    "antithetic": "how random numbers are drawn",
    "priority": "order of a queue",
    "proportional": "form of a hazard whose numbers are those of the mode",
    "rule": "escort: the patience of movements is theirs whatever the rule",
    "start": "law of the first value of the drift, or of the regime of insiders",
    "units": "whether money buys parts of units",
    "yield_follows_stock": "whether a number is multiplied",
}


def words(block: type[Block], key: str) -> tuple[str, ...]:
    shape = bare(keys_of(block)[key].annotation)
    return get_args(shape) if get_origin(shape) is Literal else ()


SWITCHES = [(path, block.choice) for path, block in every_block() if block.choice is not None]


def test_every_switch_says_which_numbers_are_whose() -> None:
    for path, block in every_block():
        for key in keys_of(block):
            if words(block, key) and (block.choice is None or block.choice.switch != key):
                assert key in WITHOUT_NUMBERS, (path, key)
        if block.choice is not None:
            assert set(words(block, block.choice.switch)) <= set(block.choice.reads), path
            assert block.choice.keys | {block.choice.switch} <= set(keys_of(block)), path
            assert set(block.choice.shared) | set(block.choice.optional) <= block.choice.keys, path
    assert len(SWITCHES) >= 25


def number(key: str, word: str) -> Node:
    """Something that can be told to have been written under a word."""
    place = Place("below")
    if key in ("rate", "shares", "provinces", "personnel"):
        return MapNode({"SIN": Scalar(word, True, place)}, {"SIN": place}, place)
    return Scalar(word, True, place)


def table(path: Steps, entries: dict[str, Node]) -> MapNode:
    """A tree with one map in it."""
    node = MapNode(entries, {key: Place("x", 1, 1) for key in entries}, Place("x"))
    for step in map(str, reversed(path)):
        node = MapNode({step: node}, {step: Place("x", 1, 1)}, Place("x"))
    return node


def at(root: Node, path: Steps) -> dict[str, Node]:
    for step in map(str, path):
        assert isinstance(root, MapNode)
        root = root.entries[step]
    assert isinstance(root, MapNode)
    return dict(root.entries)


def plain(text: str) -> Scalar:
    return Scalar(text, True, Place("x"))


def inherited(path: Path, choice: Choice, chain: tuple[str, ...]) -> set[str]:
    """Keys that the last word of a chain of layers reads, and whose number was written for another word."""
    merge, root = Merge(), None
    for k, word in enumerate(chain):
        own = {key: number(key, word) for key in choice.reads[word]} if k < len(chain) - 1 else {}
        root = merge.over(root, table(path, {choice.switch: plain(word), **own}))
    assert root is not None
    found = at(root, path)
    wrong = set()
    for key in choice.reads[chain[-1]]:
        if key in found and key not in choice.shared and chain[-1] not in str(data_of(found[key])):
            wrong.add(key)
    return wrong


@pytest.mark.parametrize(("path", "choice"), SWITCHES, ids=[".".join(map(str, path)) for path, _ in SWITCHES])
def test_another_word_of_a_switch_inherits_no_number_of_the_earlier_one(path: Steps, choice: Choice) -> None:
    """Every pair of words, and every pair with a third word between them."""
    every = tuple(choice.reads) if len(choice.reads) < 9 else tuple(choice.reads)[:3]
    for old in every:
        for new in every:
            if old != new:
                assert inherited(path, choice, (old, new)) == set(), (old, new)
            for between in every:
                if old != between != new:
                    assert inherited(path, choice, (old, between, new)) == set(), (old, between, new)


def test_the_check_of_inheritance_can_fail() -> None:
    """With every number shared, each of them passes on."""
    path, choice = ("world", "preparation"), Choice("law", {"gamma": ("mean", "shape"), "weibull": ("mean", "shape")})
    assert inherited(path, choice, ("gamma", "weibull")) == set()
    merged = Merge().over(
        table(path, {"law": plain("gamma"), "mean": plain("gamma"), "shape": plain("gamma")}),
        table(path, {"law": plain("gamma")}),
    )
    assert set(at(merged, path)) == {"law", "mean", "shape"}


@pytest.mark.parametrize(
    ("setting", "missing"),
    [
        ("world.preparation={law: gamma, mean: 1 days}", "world.preparation.shape is missing, because law is gamma"),
        ("world.preparation.law=exponential", "world.preparation.mean is missing, because law is exponential"),
        ("world.harm.foreign={law: power, start: 1 persons, cap: 9 persons}", "world.harm.foreign.mu is missing"),
        ("policy.security_share.of=capital_cost_once", "policy.security_share.share is missing"),
        ("world.network.model=logistic", "world.network.recruits is missing"),
        ("world.movements.source=finite", "world.movements.rate is missing, because source is finite"),
        ("world.threat.excitation.by=breach", "world.threat.excitation.follow_ons is missing"),
    ],
)
def test_a_word_without_its_numbers_is_refused_with_what_it_had(setting: str, missing: str) -> None:
    text = "\n".join(map(str, validate("base", [setting])))
    assert missing in text
    assert "(scenarios/base.yaml:" in text and "write it again if it is meant here" in text


def test_a_word_again_keeps_the_numbers(tmp_path: Path) -> None:
    again = layered(tmp_path, BASE + "world: {preparation: {law: lognormal, mean: 9 days}}\n")
    assert again.scenario.world.preparation.shape.text == "0.6" and again.notes == ()


def test_numbers_given_again_have_the_place_where_they_stand(tmp_path: Path) -> None:
    found = layered(tmp_path, BASE + "world: {preparation: {law: gamma, mean: 9 days, shape: 2}}\n")
    assert [found.origins[f"world.preparation.{key}"][-1].place.column for key in ("law", "mean", "shape")] == [
        23,
        35,
        49,
    ]
    dropped = layered(tmp_path, BASE + "world: {preparation: {law: exponential, mean: 9 days, shape: drop}}\n")
    assert "world.preparation.shape" in dropped.dropped


def test_numbers_of_a_word_on_the_command_line_may_come_in_any_order() -> None:
    """All of a command is one layer."""
    parts = ["world.preparation.shape=2", "world.preparation.law=gamma", "world.preparation.mean=9 days"]
    for sets in (parts, parts[::-1]):
        law = load("base", sets=sets).scenario.world.preparation
        assert (law.law, law.mean.text, law.shape.text) == ("gamma", "9 days", "2")


def test_backlash_by_hand_leaves_its_numbers_with_custom(tmp_path: Path) -> None:
    by_hand = "world: {backlash: {world: custom, per_death: 0.8}}\n"
    named = layered(tmp_path, BASE + by_hand, "world: {backlash: {world: moderate}}\n")
    assert named.scenario.world.backlash.per_death.value == 0
    assert "no longer custom, whose own per_death: 0.8" in named.notes[0]
    assert layered(tmp_path, BASE + by_hand).scenario.world.backlash.per_arrest.value == 0


def test_the_floor_of_a_precision_has_the_unit_of_its_response(tmp_path: Path) -> None:
    below = "run: {precision: {response: deaths, half_width: 5 %, floor: 0.1, at_most: 1000}}\n"
    precision = layered(tmp_path, BASE + below, "run: {precision: {response: incidents}}\n").scenario.run.precision
    assert precision[0].floor is None and precision[0].half_width.text == "5 %"


def test_shares_of_an_explicit_rule_do_not_come_back(tmp_path: Path) -> None:
    explicit = "policy: {provinces: {rule: explicit, shares: {PUN: 100 %}}}\n"
    found = layered(
        tmp_path,
        BASE + explicit,
        "policy: {provinces: {rule: threat}}\n",
        "policy: {provinces: {rule: explicit, shares: {SIN: 100 %}}}\n",
    )
    shares: dict[str, Quantity] = found.scenario.policy.provinces.shares
    assert {code for code, share in shares.items() if share.value} == {"SIN"}


def test_true_and_false_stand_for_on_and_off() -> None:
    node, _ = read_value("{policy: {surge: {mode: true}, escort: {rule: false}}, world: {agreements: {x: TRUE}}}", "x")
    assert isinstance(node, MapNode)
    root = Merge().over(None, node)
    assert data_of(root) == {
        "policy": {"surge": {"mode": "on"}, "escort": {"rule": "off"}},
        "world": {"agreements": {"x": "on"}},
    }


def test_what_is_dropped_is_told_in_the_order_of_the_file() -> None:
    """By the order of a set this would hold for one seed of hashes in 5,040."""
    codes = ["ZZ", "B", "Q", "AA", "M", "C", "Y"]
    leaves = (_leaf(block, key) for _, block in every_block() for key in keys_of(block))
    map_of = next(leaf for leaf in leaves if isinstance(leaf, MapOver) and leaf.declared == "provinces")
    merge, above = Merge(), table(("world", "provinces"), {"SIN": plain("1")})
    pruning = Pruning(merge, {"provinces": frozenset(codes)}, above)
    pruning._node(table((), {code: plain("1") for code in [*codes, "SIN"]}), dict, map_of, ("world", "map"))
    assert [one.path[-1] for one in merge.taken] == codes
