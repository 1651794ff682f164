"""Money that buys no whole unit: told above 5 % of a line, once for scenarios with the same plan, never for less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simcpec.economics.unspent_money import Unspent, unspent_lines
from simcpec.model.modes import ESCORTS, GUARDS, INSTRUMENTS, OPERATIONS
from simcpec.model.plan import Plan
from simcpec.reporting.page import findings
from simcpec.scenario.building.build import build
from simcpec.scenario.resolved import load
from tests.support import studies


def of_share(share: str) -> Plan:
    """The plan of the base case at another share."""
    return build(load("base", sets=[f"policy.security_share.share={share}"])).plan


def test_at_half_a_per_cent_most_of_the_money_for_operations_stays_unspent() -> None:
    found = {line.instrument: line for line in unspent_lines(of_share("0.5 %"))}
    assert found["operations"] == Unspent(instrument="operations", given=705_600_000, unspent=405_600_000)
    assert found["operations"].most
    assert not found["hardening"].most
    assert "guards" not in found  # 5 % or less of it is left


def test_the_bound_is_five_per_cent_exactly() -> None:
    plan = of_share("1 %")
    given, spent = np.zeros_like(plan.given), np.zeros_like(plan.given)
    given[0, 0, [GUARDS, OPERATIONS, ESCORTS]] = 100
    spent[0, 0, [GUARDS, OPERATIONS, ESCORTS]] = (95, 94, 0)
    found = unspent_lines(replace(plan, given=given, spent=spent))
    assert [(line.instrument, line.unspent) for line in found] == [("operations", 6), ("escorts", 100)]
    assert not unspent_lines(replace(plan, given=given, spent=given))


@pytest.mark.parametrize("share", ["0.5 %", "1 %", "3 %"])
def test_what_is_given_is_spent_or_unspent_to_the_cent(share: str) -> None:
    plan = of_share(share)
    for line in unspent_lines(plan):
        k = INSTRUMENTS.index(line.instrument)
        assert line.unspent + int(plan.spent[:, :, k].sum()) == line.given == int(plan.given[:, :, k].sum())


def test_the_findings_tell_it_once_for_the_same_plan() -> None:
    base = studies.result(seed=1)
    given, spent = base.plan.given.copy(), base.plan.given.copy()
    given[0, 0, OPERATIONS] += 10**11
    poor = replace(base, plan=replace(base.plan, given=given, spent=spent), name="Poor")
    rich = replace(base, plan=replace(base.plan, spent=base.plan.given), name="Rich")
    found = [each for each in findings.findings(studies.study(poor, poor, rich)) if each.about == "Unspent money"]
    assert len(found) == 1
    assert "USD 1 bn" in found[0].text and "operations" in found[0].text
    assert "buy no whole unit and stay unspent" in found[0].text
    assert not [each for each in findings.findings(studies.study(rich, baseline=None)) if each.about == "Unspent money"]
