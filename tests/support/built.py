"""All that is built of scenarios, as digests; runs as a program that shares nothing between them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import fields
from hashlib import sha256
from typing import Any

import numpy as np

from simcpec.model.world import digest
from simcpec.scenario import load, shipped
from simcpec.scenario.building.build import BuiltScenario, build
from simcpec.scenario.reading import shared_parts

OVER = (  # what reads levers, forces, dates, money, inherited units
    "policy.units=fractional",
    "policy.levers=[{lever: helicopters, from: 2026-03-01}]",
    "policy.levers=[{lever: ssd_expansion, from: 2026-07-01, to: 2028-01-01}]",
    "world.detection.hazard=0.3 /year",
    "world.provinces.SIN.plots=4 /year",
    "world.budget.inherited.security_share.share=0.4 %",
    "run.horizon=2 years",
)


def cases() -> Iterator[tuple[str, str]]:
    """Every shipped scenario, and some with one more setting."""
    yield from ((name, "") for name in shipped())
    yield from ((name, more) for more in OVER for name in ("base", "share-1"))


def printed(name: str, more: str = "") -> str:
    """A digest of all that is built: world, money, labels, remarks, and the keys that were looked at."""
    return digest_of(build(load(name, sets=[more] if more else [])))


def digest_of(built: BuiltScenario) -> str:
    """A digest of one built scenario."""
    parts: list[Any] = [digest(built.world), built.province_labels, built.period_labels, built.period_days]
    for money in (built.plan, built.prices):
        for field in fields(money):
            value = getattr(money, field.name)
            parts.append((value.shape, value.dtype.str, value.tobytes()) if isinstance(value, np.ndarray) else value)
    return sha256(repr([*parts, built.remarks, sorted(built.keys_read)]).encode()).hexdigest()


def forget() -> None:
    """Forget all shared parts, as a new process has none."""
    shared_parts._HELD.clear()


def main() -> None:
    """Print the digest of every case."""
    found = {}
    for case in cases():
        forget()
        found[str(case)] = printed(*case)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
