"""The numbers of a generated world, chapter by chapter."""

from __future__ import annotations

from typing import Any

import numpy as np

from simcpec.model import modes
from simcpec.model.world import World, world_fields
from simcpec.numerics import samplers, streams
from simcpec.verification.worlds.axes import widened
from simcpec.verification.worlds.neutral_world import DAY, INF, NEVER, bare_world, with_changes
from simcpec.verification.worlds.switches import LAWS

CODES = ("PUN", "SIN", "KP", "BAL")
GROUPS = {"one": ("all",), "two": ("west", "south")}
HOUR_TICKS = 24  # a clock so coarse that events fall on one tick all the time
#: numbers of `world.Detection` that are rates and that a lever may change, in the order of declaration
DETECTION_RATES = tuple(
    name.removeprefix("detection.")
    for name, fact in world_fields().items()
    if name.startswith("detection.") and fact.dated and "day" in fact.unit
)


class Maker:
    """Numbers for one set of switches, chapter by chapter; the same switches and seed make the same world."""

    def __init__(self, switches: dict[str, Any], numbers: int) -> None:
        self.on, self.rng = switches, np.random.default_rng(numbers)
        self.P, self.C, self.S, self.L = switches["provinces"], switches["cohorts"], 3, 3
        self.E, self.groups = switches["epochs"], GROUPS[switches["groups"]]
        pairs = [(g, p) for g in range(len(self.groups)) for p in range(0, self.P, g + 1)]
        self.group, self.home = ([pair[k] for pair in pairs] for k in range(2))
        self.G, self.O = len(self.groups), len(pairs)
        self.per_day = HOUR_TICKS if switches["clock"] == "hour" else DAY
        self.days = switches["days"]

    def world(self) -> World:
        """The whole of it."""
        base = bare_world(codes=CODES[: self.P], cohorts=self.C, days=self.days, ticks_per_day=self.per_day)
        chapters = (
            self.calendar, self.threat, self.cells, self.intelligence, self.detection, self.operations,
            self.network, self.trust, self.protection, self.procedures, self.insiders, self.movements, self.harm,
            self.capacity, self.origins, self.attack_modes,
        )  # fmt: skip
        changes: dict[str, Any] = {}
        for chapter in chapters:
            changes |= chapter()
        return with_changes(widened(base, epochs=self.E), **changes)

    # ------------------------------------------------------------------------------------------ numbers

    def is_on(self, name: str) -> bool:
        """Return whether a switch of two words is on."""
        return bool(self.on[name] == "on")

    def some(self, *shape: int, low: float = 0.0, high: float = 1.0, zeros: float = 0.1) -> np.ndarray:
        """Numbers between `low` and `high`, a share of them replaced by exactly 0."""
        values = self.rng.uniform(low, high, shape)
        return np.where(self.rng.random(shape) < zeros, 0.0, values)

    def shares(self, *shape: int, high: float = 0.95) -> np.ndarray:
        """Probabilities, now and then exactly 0 or 1."""
        values = self.some(*shape, high=high)
        return np.where(self.rng.random(shape) < 0.05, 1.0, values)

    def own(self, *shape: int) -> np.ndarray:
        """Factors by which provinces differ, or exactly 1."""
        return self.rng.uniform(0.5, 2.0, shape) if self.is_on("own") else np.ones(shape)

    def counts(self, *shape: int, high: int) -> np.ndarray:
        """Whole numbers from 0 to `high`."""
        return self.rng.integers(0, high + 1, shape)

    def law(self, word: str, mean: float) -> tuple[int, float, float]:
        """A duration law of about this mean."""
        if word == "never":
            return NEVER
        shape = float(self.rng.uniform(0.5, 3.0)) if word != "lognormal" else float(self.rng.uniform(0.2, 1.2))
        law = int(LAWS[word])
        return (law, samplers.scale_for_mean(law, mean, shape), shape)

    def tick(self, share: float) -> int:
        """The tick at a share of the horizon."""
        return round(float(self.days) * share * self.per_day)

    # ------------------------------------------------------------------------------------------ chapters

    def calendar(self) -> dict[str, Any]:
        """Periods, dates, clock."""
        ends = {1: [1.0], 3: [0.3, 0.6, 1.0]}[self.on["periods"]]
        warm = int(self.is_on("warm_up") and len(ends) > 1)
        stages = [0.0] if self.on["stages"] == "one" else [0.0, 0.25, 0.7]
        drifts = [0, *([int(self.on["stages"] != "regime")] * (len(stages) - 1))]
        years = [0.0, 0.5] if self.on["budget"] == "two_years" else [0.0]
        dates = [0.2, 0.55] if self.is_on("revisions") else []
        return {
            "calendar__period_end_tick": [self.tick(x) for x in ends],
            "calendar__warm_up_periods": warm,
            "calendar__epoch_start_tick": [0, self.tick(0.4)][: self.E],
            "calendar__stage_start_tick": [self.tick(x) for x in stages],
            "calendar__stage_drifts": drifts,
            "calendar__year_start_tick": [self.tick(x) for x in years[:1]],
            "calendar__decision_tick": [self.tick(x) for x in years],
            "calendar__audit_every_tick": self.per_day * 30 if self.is_on("audits") else 0,
            "calendar__revision_tick": [self.tick(x) for x in dates],
            "calendar__revision_reach": self.shares(len(dates), self.P, self.C),
        }

    def threat(self) -> dict[str, Any]:
        """Births and preparation of plots."""
        stages = 1 if self.on["stages"] == "one" else 3
        rate = self.some(1, self.O, low=0.1, high=0.8, zeros=0.15).repeat(stages, axis=0)
        if self.on["stages"] in ("regime", "both"):
            rate = rate * self.some(stages, self.O, low=0.5, high=1.5)
        drift = self.on["stages"] in ("drift", "both")
        spread = self.some(self.P, self.P, low=0.01, zeros=0.2) + np.eye(self.P) * 0.2
        excited = self.on["excitation"] != "off"
        return {
            "threat__antithetic": int(self.is_on("antithetic")),
            "threat__attempts": modes.ATTEMPTS.index(self.on["attempts"]),
            "threat__mixture_size": 2.0 if self.on["attempts"] == "negbin" else INF,
            "threat__rate": rate,
            "threat__drift_on": int(drift),
            "threat__drift_persistence": (0.7 - 0.2 * np.array(self.group)) * drift,
            "threat__drift_innovation": np.full(self.O, 0.3 if drift else 0.0),
            "threat__drift_stationary": int(drift and self.rng.random() < 0.5),
            "threat__cluster": [0.8, 0.95, 1.0] if self.is_on("clusters") else [1.0, 1.0, 1.0],
            "threat__follow_ons": self.some(self.P, high=0.6) if excited else np.zeros(self.P),
            "threat__follow_by": modes.BASIS.index(self.on["excitation"]) if excited else modes.BY_ATTACK,
            "threat__follow_law": self.law("exponential", 3.0),
            "threat__follow_spread": spread / spread.sum(axis=1, keepdims=True),
            "threat__preparation": self.law(self.on["preparation"], float(self.rng.uniform(2.0, 25.0))),
            "threat__lapse": 0.02 if self.is_on("lapse") else 0.0,
            "threat__initial": modes.INITIAL.index(self.on["initial"]),
            "threat__given": self.counts(self.O, high=5),
        }

    def cells(self) -> dict[str, Any]:
        """Return where plots turn."""
        utility = self.rng.normal(0.0, 1.0, (self.E, self.P, self.C, self.S))
        utility = np.where(self.rng.random(utility.shape) < 0.15, -INF, utility)
        leaving = self.some(self.G, self.P, self.P, high=2.0) * (1.0 - np.eye(self.P))
        outside = self.rng.normal(0.0, 1.0, (self.E, self.G, self.P))
        return {
            "cells__displacement": modes.DISPLACEMENT.index(self.on["displacement"]),
            "cells__utility": utility,
            "cells__leaving": leaving,
            "cells__weight": self.some(self.E, low=0.2, high=4.0, zeros=0.0) * self.is_on("weight"),
            "cells__outside": outside if self.is_on("outside") else np.full(outside.shape, -INF),
            "cells__learning": 0.3,
            "cells__diffusion": 0.4 if self.is_on("diffusion") else 0.0,
        }

    def intelligence(self) -> dict[str, Any]:
        """Return what intelligence units do."""
        gain = self.some(self.P, low=0.1, high=0.5) if self.is_on("intelligence") else np.zeros(self.P)
        host = 1 + self.counts(self.P, high=4)
        return {
            "intelligence__gain": gain,
            "intelligence__reference": np.where(gain > 0.0, 1.0 - np.exp(-gain * host), 1.0),
            "intelligence__host_units": host,
        }

    def detection(self) -> dict[str, Any]:
        """Return how plots are found."""
        mode = modes.DETECTION.index(self.on["detection"])
        rates = {name: self.some(self.E, self.P, high=0.1 if name == "hazard" else 0.05) for name in DETECTION_RATES}
        first = {name: rate[0] for name, rate in rates.items()}
        read = {modes.SEARCH: first["search"], modes.LEADS: first["hazard"] + first["tips"]}
        unit = read.get(mode, sum(first.values(), np.zeros(self.P)))
        return {
            "detection__mode": mode,
            **{f"detection__{name}": rate for name, rate in rates.items()},
            "detection__probability": self.shares(self.E, self.P),
            "detection__proportional": int(self.is_on("proportional")),
            "detection__unit": np.maximum(unit, 0.005),
            "detection__found": modes.FOUND_PLOT.index(self.on["found"]),
        }

    def operations(self) -> dict[str, Any]:
        """Teams and leads."""
        marks = 0.0 if self.on["marks"] == "off" else 1.0
        rate = self.some(self.P, low=0.2, high=1.5) if self.is_on("routine") else np.zeros(self.P)
        return {
            "operations__work_factor": self.own(self.P),
            "operations__work": self.law(self.on["work"], float(self.rng.uniform(0.5, 4.0))),
            "operations__patience": self.law(self.on["patience"], 4.0),
            "operations__priority": modes.PRIORITY.index(self.on["priority"]),
            "operations__teams": self.counts(self.P, high=4),
            "operations__routine": rate,
            "operations__follow_teams": 0.6 if self.is_on("seeking") else 0.0,
            "operations__teams_at_start": self.some(self.P, low=1.0, high=4.0),
            "operations__tempo": self.rng.uniform(0.6, 1.0, (self.E, self.P)),
            "operations__false_leads": self.some(self.P, high=0.05) * self.is_on("false_leads"),
            "operations__success": self.shares(self.E, self.P),
            "operations__arrests": self.some(self.E, self.P, high=0.6) * marks,
            "operations__deaths": self.some(self.E, self.P, high=0.3) * marks,
            "operations__own_losses": self.some(self.E, self.P, high=0.2) * marks,
            "operations__dispersion": 0.7 if self.on["marks"] == "negbin" else INF,
            "operations__goes_wrong": self.shares(self.E, self.P, high=0.3) * marks,
            "operations__yield_follows_stock": int(self.is_on("yield_follows_stock")),
        }

    def network(self) -> dict[str, Any]:
        """Militants and backlash."""
        moving = self.on["network"] != "off"
        stock = np.where(self.rng.random(self.O) < 0.1, 0, self.rng.integers(10, 60, self.O))
        return {
            "network__model": modes.NETWORK.index(self.on["network"]),
            "network__militants": stock,
            "network__inflow": self.some(self.E, self.O, high=0.1),
            "network__recruits": self.some(self.E, self.P, high=0.004),
            "network__exits": self.some(self.E, self.P, high=0.008),
            "network__capacity": stock * self.rng.uniform(0.8, 3.0, self.O) + 1.0,
            "network__unit": np.full(self.O, 0.3 if moving else 0.0),
            "network__most": np.full(self.P, 10**6),
            "network__inflow_power": 0.8,
            "network__water_power": 0.9,
            "network__fire_power": 0.6,
            "network__fire_response": 0.5,
            "network__fire_threshold": 0.5,
            "network__water_rate": 0.003,
            "network__fire_rate": 0.02,
            "network__water_level": self.some(self.E, self.P, high=2.0),
            "network__fire_level": self.some(self.E, self.P, high=2.0),
            "network__per_death": 0.4 if self.is_on("backlash") else 0.0,
            "network__per_arrest": 0.1 if self.is_on("backlash") else 0.0,
            "network__backlash_delay": 40.0,
            "network__footprint_gain": 0.01 if self.is_on("footprint") else 0.0,
            "network__footprint_tips": 0.5 if self.is_on("footprint") else 0.0,
            "network__footprint_reference": self.some(self.P, high=0.3),
            "network__footprint": self.some(self.E, self.P, high=0.4),
            "network__footprint_per_guard": self.some(self.P, high=0.02),
        }

    def trust(self) -> dict[str, Any]:
        """Trust of the people."""
        on = self.is_on("trust")
        return {
            "network__trust_start": 0.6 if on else 1.0,
            "network__trust_wrong": 0.15 if on else 0.0,
            "network__trust_backlash": 0.05 if on else 0.0,
            "network__trust_recovery": 30.0 if on else INF,
        }

    def protection(self) -> dict[str, Any]:
        """Layers, common cause, surge."""
        kind, shape = self.on["layers"], (self.E, self.L)
        constant = self.shares(*shape, high=0.7)
        if kind == "mixed":
            constant = np.where(self.rng.random(shape) < 0.5, constant, -1.0)
        posting = self.rng.random((self.L, self.C, self.S)) + 0.01
        return {
            "protection__constant": {"off": 0.0, "units": -1.0}.get(kind, constant),
            "protection__ceiling": np.minimum(self.shares(self.E, 1, self.L) * self.own(1, self.P, self.L), 1.0),
            "protection__gain": self.some(self.E, 1, self.L, low=0.5, high=5.0) * self.own(1, self.P, self.L),
            "protection__host_units": self.some(self.E, self.P, self.L, self.C, self.S, high=60.0),
            "protection__posting": posting / posting.sum(axis=(1, 2), keepdims=True),
            "protection__unit_effect": self.some(*shape, high=2.0),
            "protection__quality": self.some(self.E, self.P, self.L, self.C, self.S, low=0.5, high=2.0),
            "protection__exposure": self.some(self.P, self.C, self.S, low=10.0, high=200.0),
            "protection__common_cause": self.shares(self.E, high=0.3) * self.is_on("common_cause"),
            "protection__surge_units": 5 if self.is_on("surge") else 0,
            "protection__surge_days": 12.0,
            "protection__surge_reserve": 12,
        }

    def procedures(self) -> dict[str, Any]:
        """Compliance, audits, revisions."""
        ageing, each = self.on["sop"] != "off", (self.E, self.P, self.C)
        return {
            "protection__sop": modes.SOP.index(self.on["sop"]),
            "protection__sop_by": modes.BASIS.index(self.on["sop_by"]),
            "protection__fresh": self.rng.uniform(0.7, 1.0, each) if ageing else np.ones(each),
            "protection__floor": self.rng.uniform(0.1, 0.6, each) if ageing else np.ones(each),
            "protection__decay": self.rng.uniform(10.0, 90.0, each) if ageing else np.full(each, INF),
            "protection__compliance": self.rng.uniform(0.5, 1.0, (self.P, self.C)) if ageing else 1.0,
            "protection__compliance_age": self.some(self.P, self.C, high=60.0),
            "protection__audit_host": self.shares(self.E, self.P, high=0.8),
            "protection__audit_gain": self.some(self.P, high=0.5),
        }

    def insiders(self) -> dict[str, Any]:
        """Regimes of insiders."""
        onset, found = (self.some(self.E, self.P, self.C, high=0.1) for _ in range(2))
        return {
            "protection__insider_on": int(self.on["insider"] != "off"),
            "protection__insider_onset": onset,
            "protection__insider_found": found,
            "protection__insider_multiplier": self.rng.uniform(1.0, 3.0, (self.E, self.P, self.C)),
            "protection__insider_unit": np.maximum(onset, found)[0],
            "protection__insider_steady": int(self.on["insider"] == "steady"),
        }

    def movements(self) -> dict[str, Any]:
        """Movements and escorts."""
        finite = self.on["source"] == "finite"
        never_wait = (samplers.LAW_DETERMINISTIC, 0.0, 1.0)
        quitting, watched = self.on["quitting"], self.on["road"] == "watched"
        return {
            "movements__rule": modes.ESCORT.index(self.on["escort"]),
            "movements__source": modes.SOURCE.index(self.on["source"]),
            "movements__rate": self.some(self.P, self.C, low=0.1, high=0.3 if finite else 1.0),
            "movements__groups": self.counts(self.P, self.C, high=4) if finite else np.zeros((self.P, self.C)),
            "movements__by_air": self.shares(self.E, self.P, self.C, high=0.4) * self.is_on("by_air"),
            "movements__unescorted": self.shares(self.E, self.P, self.C, high=0.4) * self.is_on("lapses"),
            "movements__impatient": self.shares(self.E, self.P, self.C, high=0.8) * self.is_on("lapses"),
            "movements__memory": 20.0 if watched else INF,
            "movements__ambush": 1.0 if watched else INF,
            "movements__traffic": self.some(self.P, self.C, high=0.6) if watched else np.zeros((self.P, self.C)),
            "movements__trip": self.law("lognormal", 1.5),
            "movements__patience": never_wait if quitting == "at_once" else self.law(quitting, 1.0),
            "movements__teams": self.counts(self.P, high=3),
            "movements__escort_units": 6.0,
            "movements__party": self.some(self.C, low=1.0, high=8.0, zeros=0.0),
        }

    def harm(self) -> dict[str, Any]:
        """Consequences of attacks."""
        stoppage = self.on["stoppage"]
        mu = {"power": 2.2, "discrete_power": 2.2, "spliced": 0.8}.get(self.on["severity"], 0.5)
        return {
            "harm__severity": modes.SEVERITY.index(self.on["severity"]),
            "harm__zero": 0.4,
            "harm__mu": mu,
            "harm__sigma": 2.5 if self.on["severity"] == "spliced" else 1.0,
            "harm__start": 1.0,
            "harm__cap": 30.0,
            "harm__table": [[0.0, 0.5], [1.0, 0.7], [3.0, 0.9], [9.0, 1.0]],
            "harm__injured_base": 0.5,
            "harm__injured_per_death": 1.3,
            "harm__injured_size": 0.8,
            "harm__local_base": 0.3,
            "harm__local_per_death": 0.4,
            "harm__guard_share": 0.6,
            "harm__guards_when_stopped": 0.4,
            "harm__stoppage": NEVER if stoppage == "off" else self.law("lognormal", 9.0),
            "harm__spreads": 0.4 if stoppage == "spreads" else 0.0,
            "harm__reported_harmless": 1.0 - self.shares(self.P, high=0.6) * self.is_on("observation"),
            "harm__reported_harmful": 1.0 - self.shares(self.P, high=0.3) * self.is_on("observation"),
            "harm__memory": 25.0 if self.is_on("memory") else 0.0,
        }

    def attack_modes(self) -> dict[str, Any]:
        """Modes of attack, what layers avoid of a breach, and who is present."""
        names = ("any",) if self.on["attack_modes"] == "one" else ("low", "middle", "high")
        M, several = len(names), len(names) > 1
        rows = (self.G, self.P) if self.is_on("own") else (1, 1)
        shares = np.broadcast_to(self.some(*rows, M, low=0.2, zeros=0.1) + 0.01, (self.G, self.P, M))
        planning = self.rng.uniform(0.3, 2.0, M) if several else np.ones(M)
        present = self.rng.integers(1, 12, (self.C, self.S)).astype(float)
        present = np.where(self.rng.random(present.shape) < 0.3, INF, present)
        return {
            "modes": names,
            "mode_addresses": tuple(streams.name_identity(name) for name in names),
            "threat__mode_share": shares / shares.sum(axis=2, keepdims=True) if several else np.ones(shares.shape),
            "threat__mode_planning": planning * self.own(self.P)[:, None],
            "protection__mode_weight": self.some(M, self.L, high=1.8) if several else np.ones((M, self.L)),
            "harm__mode_log_deaths": self.rng.uniform(-1.0, 1.5, M) if several else [0.0],
            "harm__mode_spared": self.shares(M, high=0.6) if several else [0.0],
            "harm__mitigation": self.shares(self.L) * self.is_on("mitigation"),
            "harm__present": present if self.is_on("present") else INF,
        }

    def capacity(self) -> dict[str, Any]:
        """Units bought."""
        kinds = len(modes.INSTRUMENTS)
        most = np.where(np.arange(kinds) == modes.GUARDS, 25, 5)
        budget = self.on["budget"]
        start = self.rng.integers(0, most + 1, (self.P, kinds)) * (budget != "off")
        years = 2 if budget == "two_years" else 1
        target = self.rng.integers(0, most + 1, (years, self.P, kinds))
        parts = self.some(1 + years, self.P, kinds, zeros=0.2) * (budget != "off" and self.on["units"] == "fractional")
        return {
            "capacity__inherited": start,
            "capacity__inherited_part": parts[0],
            "capacity__target": target if budget != "off" else start[None],
            "capacity__target_part": parts[1:],
            "capacity__decision": [0, 1180][:years],
            "capacity__tranches": self.on["tranches"],
            "capacity__hiring": self.law(self.on["lag"], 20.0),
            "capacity__leaving": self.law("exponential", 15.0),
        }

    def origins(self) -> dict[str, Any]:
        """Groups and where they are at home; one group alone has nothing that is its own."""
        several = self.G > 1
        return {
            "groups": self.groups,
            "origins__group": np.array(self.group, np.int64),
            "origins__province": np.array(self.home, np.int64),
            "threat__follow_factor": self.some(self.G, low=0.5, high=2.0) if several else np.ones(1),
            "cells__preference": self.rng.normal(0.0, 1.0, (self.G, self.S)) if several else np.zeros((1, self.S)),
            "network__external": self.some(self.E, self.O, high=0.1) if several else np.zeros((self.E, self.O)),
        }
