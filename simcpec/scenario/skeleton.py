"""A commented scenario of a new corridor, to be filled in: complete enough to run, and honest about its blanks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from simcpec.errors import UserError
from simcpec.scenario.schema.maps import PROVINCE_CODE
from simcpec.units import SHARE, format_quantity, short

MOST = 64

HEAD = """\
# {name}: a scenario of another corridor. Every number below that ends in FILL is a placeholder, equal in all provinces:
# replace it, and say in a comment where yours is from. What is not said here is taken from the base case of CPEC:
# mechanisms, durations, prices. `simcpec resolve {file}` prints all of it, `simcpec schema` says what each key may be.
extends: base
name: "{name}"
describes: A skeleton with placeholders; nothing here has been counted.

policy:                               # what a decision-maker chooses
  security_share: {{share: 1 %, of: annual_outlay}}     # FILL: the budget as a share of `annual_outlay` below
  sop: {{revisions: []}}                # dated revisions of the procedures: {{date: 2026-06-01}}
  levers: []                          # dated instruments: `simcpec list levers`

world:                                # what nobody chooses
  record: none                        # or a file with counts of your own, for reports (see the tour)
  provinces:
    replace: true                     # the provinces of the base case go, with their entries in all maps below
"""
PROVINCE = """\
    {code}:
      label: {code}                   # FILL: the name for people
      personnel: {{corridor: 500 persons, scattered: 500 persons}}     # FILL: foreign personnel by cohort
      plots: 1 /year                  # FILL: plots born a year
      militants: 1000 persons         # FILL: militants at the start
      population: 3000000 persons     # FILL: who lives there
      area: 10000 sq km               # FILL: of its territory
"""
REST = """\
  threat:
    steps: []                         # regime steps: {{date: 2026-01-01, provinces: [{first}], factor: 1.5}}
  intelligence:
    host_units: {units}                # FILL: intelligence units of the host state
  operations:                         # intelligence-based operations of the host state
    routine_leads: {leads}             # FILL: routine leads
    teams: {teams}                     # FILL: teams
    arrests: {arrests}                 # FILL: mean an operation
    deaths: {deaths}                   # FILL: militants killed, mean an operation
  forces:                             # guards of the host state
    replace: true
    guards:
      payer: federal
      strength: {strength}             # FILL: guards
      effectiveness: 70 %             # FILL: effect of a guard against that of the best
      on_duty: 33 %                   # share of guards on duty at any moment
      footprint: 0.5                  # weight of a guard in what people see of the military
      unit_cost: 6000 USD/year        # FILL: of one guard
  protection:
    routes:
      length: {roads}                  # FILL: km of the roads that movements use
  movements:
    escort_teams: {escorts}            # FILL: escort teams of the host state
  budget:
    annual_outlay: 500 m USD/year     # FILL: the base of the security share
    capital_cost: 5000 m USD          # FILL: the base of `of: capital_cost_once`
    works: {works}                     # FILL: share of the outlay; adds up to 100 %

run:                                  # how it is played
  start: 2025-01-01                   # FILL: first day that counts
  horizon: 4 years
"""


def skeleton(name: str, provinces: Sequence[str], file: str) -> str:
    """YAML of a scenario over base with these provinces, which validates and runs.

    name : for people.      file : what the comment in it calls the file.
    Raises `UserError` for codes that are none, that stand twice, or are too many.
    """
    _refuse(provinces)
    each = {key: f"{{{', '.join(f'{code}: {value}' for code in provinces)}}}" for key, value in {
        "units": "10", "leads": "400 /year", "teams": "3", "arrests": "0.1", "deaths": "0.02",
        "strength": "1000 guards", "roads": "500 km", "escorts": "1",
    }.items()}  # fmt: skip
    works = ", ".join(f"{code}: {share}" for code, share in zip(provinces, _shares(len(provinces)), strict=True))
    text = HEAD.format(name=_plain(name), file=_plain(file)) + "".join(PROVINCE.format(code=code) for code in provinces)
    return text + REST.format(first=provinces[0], works=f"{{{works}}}", **each)


def _plain(text: str) -> str:
    """A name that YAML reads as the text it is, also inside a comment."""
    return re.sub(r"[^\w .,()-]", " ", short(text)).strip() or "corridor"


def _refuse(provinces: Sequence[str]) -> None:
    if not 1 <= len(provinces) <= MOST:
        raise UserError(f"{len(provinces)} provinces; allowed: 1 to {MOST}, for example --provinces NORTH,SOUTH")
    for code in provinces:
        if not re.fullmatch(PROVINCE_CODE.pattern, code, re.ASCII):
            proposed = re.sub(r"[^A-Z0-9]", "", code.upper())[:6]
            hint = f" Did you mean {proposed}?" if re.fullmatch(PROVINCE_CODE.pattern, proposed) else ""
            raise UserError(f"province {short(code)}; allowed: {PROVINCE_CODE.allowed}.{hint}")
    twice = sorted({code for code in provinces if list(provinces).count(code) > 1})
    if twice:
        raise UserError(f"provinces names {', '.join(twice)} twice; allowed: each code once")


def _shares(count: int) -> list[str]:
    """Equal shares in hundredths of a per cent that add up to 100 % exactly; the first takes what is left over."""
    each = Fraction(10_000 // count, 10_000)
    shares = [1 - each * (count - 1), *[each] * (count - 1)]
    return [format_quantity(share, SHARE, exact=True) for share in shares]
