"""The headline responses side by side in the worlds between which published evidence does not decide.

Sources disagree on two things that most of the answers hang on.  Of six operations three were followed by more
violence, one by less and two by neither; police studies find that guards lower crime by 0.3 to 0.7 per cent for each
per cent more, the study of static guards finds nothing beyond the guarded block.  Each reading is a world here, and
none is more likely than another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from simcpec.errors import UserError
from simcpec.experiments.execution.thread_pool import Notice
from simcpec.scenario import Resolved, load
from simcpec.units import decimal_text
from simcpec.verification.responses.check_list import ADDED, checks
from simcpec.verification.responses.response_check import FoundResponse, ResponseCheck
from simcpec.verification.responses.simulate import of_checks

SHARES = (Fraction(1, 2), Fraction(2), Fraction(3))  # times the security share of the scenario
TAKEN = ("ssd_expansion", "guards: more on duty", f"intelligence + USD {ADDED} m")
"""Responses of the list that are looked at in every world, beside those of the share."""


@dataclass(frozen=True, kw_only=True)
class DisputedWorld:
    """One reading of the evidence: what it says, the settings that make it, and the entry behind it."""

    name: str
    says: str
    sets: tuple[str, ...]
    entry: str


def disputed_worlds(base: Resolved) -> tuple[DisputedWorld, ...]:
    """The worlds, the scenario's own first."""
    layer = "world.protection.layers.guard"
    idle = tuple(f"world.forces.{name}.effectiveness=0 %" for name in base.scenario.world.forces)
    return (
        DisputedWorld(name="as written", says="the scenario as it is", sets=(), entry=""),
        *(
            DisputedWorld(
                name=f"backlash {word}",
                says=f"{word} backlash: recruits for deaths and arrests, and for a footprint beyond today's",
                sets=(f"world.backlash.world={word}",), entry="responses.backlash.operations_pakistan",
            )
            for word in ("none", "moderate", "strong")
            if base.scenario.world.backlash.world != word
        ),
        DisputedWorld(
            name="guards as police", says="guards as effective as police studies find police: elasticity -0.3 to -0.7",
            sets=(f"{layer}.ceiling=100 %", f"{layer}.gain=1.5 persons/guard"), entry="responses.guards",
        ),
        DisputedWorld(
            name="static guards idle", says="guards who stand at a place stop nothing; escorts do as before",
            sets=(*idle, "world.hired.effectiveness=0 %"), entry="responses.static_guards.beyond",
        ),
    )  # fmt: skip


def headline_checks(base: Resolved) -> tuple[ResponseCheck, ...]:
    """The responses that are looked at in every world; raises UserError for a budget that is no share."""
    found = {check.name: check for check in checks(base)}
    share = base.scenario.policy.security_share.share
    if share is None:
        raise UserError(f"{base.ref} gives its security budget as explicit amounts; allowed: a share of an amount")
    shares = (
        ResponseCheck(
            name=f"share x {decimal_text(times)}", says=f"{decimal_text(times)} times the security share",
            sets=(f"policy.security_share.share={decimal_text(share.exact * times * 100)} %",),
        )
        for times in SHARES
    )  # fmt: skip
    return (*shares, *(found[name] for name in TAKEN))


def in_worlds(
    scenario: str = "base",
    *,
    sets: Sequence[str] = (),
    replications: int,
    seed: int | None = None,
    jobs: int | None = None,
    notice: Notice,
) -> Iterator[tuple[DisputedWorld, FoundResponse]]:
    """Simulate the headline responses in every world, world by world.

    Raises UserError for a scenario whose budget is no share, EngineError where a replication cannot be simulated.
    """
    base = load(scenario, sets=list(sets))
    chosen, first = headline_checks(base), int(base.scenario.run.seed) if seed is None else seed
    for world in disputed_worlds(base):
        notice(f"{world.name} ...")
        found = of_checks(
            chosen, scenario, sets=(*sets, *world.sets), replications=replications, seed=first, jobs=jobs, notice=notice
        )
        yield from ((world, response) for response in found)
