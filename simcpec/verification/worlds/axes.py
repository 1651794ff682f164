"""Which axis of which array is which, and what follows from it: worlds widened, relabelled, enlarged, prolonged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from simcpec.model.world import World, flatten, world_fields
from simcpec.numerics import streams
from simcpec.verification.worlds.neutral_world import with_changes

#: axes of the arrays of a world, by name; letters as in `simcpec.model.world`
AXES = {name: fact.axes for name, fact in world_fields().items() if fact.is_array}


def _changed(world: World, letter: str, change: Callable[[str, np.ndarray, int], np.ndarray]) -> World:
    """The world with `change(name, array, axis)` for every axis of that letter."""
    leaves, changes = flatten(world), {}
    for name, letters in AXES.items():
        array = leaves[name]
        for axis in (i for i, each in enumerate(letters) if each == letter):
            array = change(name, array, axis)
        if letter in letters:
            changes[name.replace(".", "__")] = array
    return with_changes(world, **changes)


def widened(world: World, *, epochs: int) -> World:
    """A world of one epoch as one of several equal epochs; `calendar.epoch_start_tick` stays with the caller."""

    def repeat(name: str, array: np.ndarray, axis: int) -> np.ndarray:
        return array if name == "calendar.epoch_start_tick" else np.repeat(array, epochs, axis=axis)

    return _changed(world, "E", repeat)


def relabelled(world: World, order: list[int], *, keep_addresses: bool = False) -> World:
    """Province i of the new world is province order[i] of the old one, with its address (or, wrongly, without it)."""
    homes = world.origins.province.tolist()
    origins = [o for p in order for o, home in enumerate(homes) if home == p]
    moved = _changed(world, "P", lambda _, array, axis: np.take(array, order, axis=axis))
    moved = _changed(moved, "O", lambda _, array, axis: np.take(array, origins, axis=axis))
    moved = with_changes(moved, origins__province=[order.index(homes[o]) for o in origins])
    names = {"provinces": tuple(world.provinces[i] for i in order)}
    addresses = world.addresses if keep_addresses else tuple(world.addresses[i] for i in order)
    return with_changes(moved, **names, addresses=addresses)


def enlarged(world: World, code: str = "NIL") -> World:
    """The world with one more province, in which nothing is born, posted, moved or hired."""

    def append(name: str, array: np.ndarray, axis: int) -> np.ndarray:
        shape, off = (*array.shape[:axis], 1, *array.shape[axis + 1 :]), world_fields()[name].off or 0
        return np.concatenate([array, np.full(shape, off, array.dtype)], axis=axis)

    larger = _changed(_changed(world, "P", append), "O", append)
    spread = larger.threat.follow_spread.copy()
    spread[-1, -1] = 1.0
    changes: dict[str, Any] = {
        "origins__province": [*world.origins.province.tolist(), len(world.provinces)],
        "provinces": (*world.provinces, code),
        "addresses": (*world.addresses, streams.province_address(code)),
        "threat__follow_spread": spread,
    }
    return with_changes(larger, **changes)


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


#: what two halves of a province have half of: rates of what begins, units, persons
EXTENSIVE = words(
    """
    threat.rate operations.routine network.inflow network.external network.capacity
    network.water_level network.fire_level protection.host_units protection.exposure movements.rate
    """
)


def divided(world: World, code: str = "NIL") -> World:
    """The world with its first province as two halves: `EXTENSIVE` leaves are halved, all others are in both.

    Counts of whole things (teams, militants, groups, given plots) cannot be halved and are in both: keep them out.
    """

    def split(name: str, array: np.ndarray, axis: int) -> np.ndarray:
        half = np.take(array, [0], axis=axis) * (0.5 if name in EXTENSIVE else 1)
        rest = np.take(array, range(1, array.shape[axis]), axis=axis)
        return np.concatenate([half, rest, half], axis=axis)

    def split_origins(name: str, array: np.ndarray, axis: int) -> np.ndarray:
        halved = array * np.where(first.reshape([-1, *[1] * (array.ndim - axis - 1)]), 0.5, 1.0)
        whole = halved if name in EXTENSIVE else array
        return np.concatenate([whole, np.compress(first, whole, axis=axis)], axis=axis)

    first = world.origins.province == 0
    larger = _changed(_changed(world, "P", split), "O", split_origins)
    spread = larger.threat.follow_spread.copy()
    spread[:, [0, -1]] *= 0.5
    return with_changes(
        larger,
        origins__province=[*world.origins.province.tolist(), *[len(world.provinces)] * int(first.sum())],
        provinces=(*world.provinces, code),
        addresses=(*world.addresses, streams.province_address(code)),
        threat__follow_spread=spread,
    )


def prolonged(world: World, days: float) -> World:
    """The world with one more reporting period of so many days."""
    horizon = world.calendar.horizon_tick + round(days * world.calendar.ticks_per_day)
    ends = np.append(world.calendar.period_end_tick, horizon)
    return with_changes(world, calendar__horizon_tick=horizon, calendar__period_end_tick=ends)
