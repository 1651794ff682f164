"""All planted faults are caught by the check that is named for them, and the right program passes the same checks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simcpec.cli import main
from simcpec.errors import UserError
from simcpec.model.rules import threat
from simcpec.verification.theory import faults, smoke, teeth
from simcpec.verification.theory.finding import LIMIT


def by_check() -> dict[str, list[str]]:
    """Names of the faults that each check must catch."""
    groups: dict[str, list[str]] = {}
    for fault in faults.FAULTS:
        groups.setdefault(teeth.caption(fault.check), []).append(fault.name)
    return groups


@pytest.mark.parametrize("names", by_check().values(), ids=lambda names: "-".join(names))
def test_a_check_catches_its_planted_faults_and_passes_the_right_program(names: list[str]) -> None:
    found = teeth.teeth(only=names)
    assert [one.fault for one in found] == names
    assert [one.fault for one in found if not one.caught] == []
    assert [one.check for one in found if not one.sound] == []
    assert min((abs(one.wrong) for one in found if one.wrong is not None), default=LIMIT + 1) > LIMIT


def test_there_are_at_least_twenty_faults() -> None:
    assert sum(map(len, by_check().values())) == len(faults.FAULTS) >= 20


def test_a_fault_is_gone_when_its_check_has_ended() -> None:
    right = threat.gap_days
    (fault,) = teeth.chosen(["rate"])
    with pytest.raises(RuntimeError), fault.plant():
        assert threat.gap_days is not right
        raise RuntimeError
    assert threat.gap_days is right


def test_what_is_no_fault_is_missed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    harmless = faults.Mutant(
        name="harmless", says="nothing is wrong", check=smoke.tails,
        plant=faults.instead(threat, "gap_days", lambda right: right),
    )  # fmt: skip
    monkeypatch.setattr(teeth, "FAULTS", (harmless,))
    code = main(["verify", "teeth", "--json"])
    out, err = capsys.readouterr()
    told: dict[str, Any] = json.loads(out)
    assert code == 4 and told["missed"] == ["harmless"] and told["faults"][0]["caught"] is False
    assert "missed: harmless" in err


def test_names_of_faults_are_unique_and_an_unknown_one_is_refused() -> None:
    names = [fault.name for fault in faults.FAULTS]
    assert len(set(names)) == len(names)
    assert all(teeth.caption(fault.check) for fault in faults.FAULTS)
    with pytest.raises(UserError, match=r"'hurdel'.*Did you mean hurdle\?"):
        teeth.chosen(["hurdel"])
