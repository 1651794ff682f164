"""A random number by its address.

A draw has an address, not a turn. One *block* of four uniforms is Philox4x64-10 (Salmon et al. 2011, bit equal to
``numpy.random.Philox``) of

    key     = (seed and parameter draw, replication)     `key_word`, the number of the replication
    counter = (entity, place, stream, block number)      `candidate_identity` or `mix`, `place_word`, `S_...`, 0, 1, ...

Fields are packed side by side, never hashed, added or multiplied, so two different addresses are two different blocks.
Every field is a word: an int64 whose bits are read as unsigned (see `simcpec.numerics.jit`); so Python integers, numpy
integers and compiled code share one compilation; an integer of 2**63 or more is refused. Within kernels pass numpy
integers (`S_PLOT`, ``np.int64(0)``): a literal Python integer is compiled once per value.

A uniform is an odd multiple of 2**-53: never 0 or 1, and 1 - u is exact, which makes the antithetic partner `1 - u`.
`simcpec.numerics.samplers` turns uniforms into counts, durations and choices.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple

import numpy as np

from simcpec.errors import UserError
from simcpec.numerics.jit import float_of, kernel, mulhilo, signed, unsigned, wrapping_sum

# ------------------------------------------------------------------------------------------------ streams


class Stream(NamedTuple):
    """One decision point: the number in its addresses, whose draws they are, and what each uniform decides.

    blocks : names of the uniforms of block 0, of the next one, and so on; "" is a uniform that nothing reads.
    each : what the block number stands for where every block has the uniforms of `blocks[0]`; "" where it counts.
    """

    number: int
    of: str
    blocks: tuple[tuple[str, ...], ...]
    each: str = ""

    @property
    def decides(self) -> str:
        """What its uniforms decide, in words."""
        blocks = "; next block: ".join(", ".join(name or "(unused)" for name in block) for block in self.blocks)
        return f"{self.of}: {blocks}" + (f"; a block for each {self.each}" if self.each else "")


STREAMS: Final[dict[str, Stream]] = {}
"""All streams by name; filled by the table below, which refuses a second use of a name or a number."""
RETIRED: Final = (14, 15)
"""Numbers of streams that are gone; a number is never given again."""


def _stream(number: int, name: str, of: str, *blocks: tuple[str, ...], each: str = "") -> np.int64:
    if name in STREAMS or number in (*RETIRED, *(stream.number for stream in STREAMS.values())):
        raise ValueError(f"stream {name} = {number}: name or number is taken")
    STREAMS[name] = Stream(number, of, blocks, each)
    return np.int64(number)


_MARKS: Final = (
    ("arrests", "militants killed", "own losses", "whether it goes wrong"),
    ("recruits provoked by deaths", "recruits provoked by arrests"),
    ("whose militants are taken", "to whom the provoked recruits go"),
)  # of an operation, in the three blocks after those of its lead

S_CANDIDATE: Final = _stream(1, "CANDIDATE", "plot candidate", ("gap", "level", "cluster size"))
S_DRIFT: Final = _stream(2, "DRIFT", "drift of the threat at one stage", ("innovation",))
S_MIXTURE: Final = _stream(3, "MIXTURE", "negative binomial attempts of a province", ("gamma factor",))
S_PLOT: Final = _stream(
    4, "PLOT", "plot",
    ("preparation", "lapse", "whether it is found with a fixed probability", "whether an insider lets it pass"),
)  # fmt: skip
S_FIND: Final = _stream(5, "FIND", "detection of a plot", ("gap", "level"), each="candidate")
S_CELL: Final = _stream(6, "CELL", "choice of target by a plot", ("Gumbel term",), each="cell, and 0 for none of them")
S_LAYERS: Final = _stream(7, "LAYERS", "attack", ("common cause", "route layer", "guard layer", "hardening layer"))
S_HARM: Final = _stream(8, "HARM", "breach", ("whether anybody is killed", "killed", "injured", "local deaths"))
S_HARM2: Final = _stream(
    9, "HARM2", "attack",
    ("guards killed", "length of stoppage", "whether a party comes", "whether an escort is met"),
)  # fmt: skip
S_FOLLOW: Final = _stream(10, "FOLLOW", "attack", ("number of follow-on plots",))
S_FOLLOW_CHILD: Final = _stream(11, "FOLLOW_CHILD", "province of a follow-on plot", ("race",), each="province")
S_ROUTINE_LEAD: Final = _stream(12, "ROUTINE_LEAD", "routine lead", ("gap", "level", "work", "patience"), *_MARKS)
S_PLOT_LEAD: Final = _stream(13, "PLOT_LEAD", "lead on a plot", ("work", "patience", "success"), *_MARKS)
S_NETWORK: Final = _stream(16, "NETWORK", "flow of militants", ("gap", "level"))
S_INSIDER: Final = _stream(17, "INSIDER", "regime of insiders", ("gap, or the first regime", "level"))
S_MOVEMENT: Final = _stream(
    18, "MOVEMENT", "movement", ("gap", "accept", "trip", "patience"),
    ("whether by air", "whether it asks for an escort", "whether it would wait for one"),
)  # fmt: skip
S_CAPACITY: Final = _stream(19, "CAPACITY", "tranche of capacity", ("lag",), each="instrument and tranche")
S_PARAMETER: Final = _stream(20, "PARAMETER", "uncertain parameter (its entity is `name_identity`)", ("its draw",))
S_BOOTSTRAP: Final = _stream(21, "BOOTSTRAP", "bootstrap of an estimate", ("index 1", "index 2", "index 3", "index 4"))
S_FALSE_LEAD: Final = _stream(22, "FALSE_LEAD", "false lead of a free team", ("gap", "level", "work"), *_MARKS)
S_SPREAD: Final = _stream(23, "SPREAD", "breach", ("whether work stops there as well",), each="other province")
S_START: Final = _stream(
    24, "START", "plot at the start", ("preparation, or the number of plots", "age, as a share of it", "", "lapse")
)
S_UNIT: Final = _stream(25, "UNIT", "part of a unit that money buys", ("whether it is hired",), each="instrument")
S_REPORT: Final = _stream(26, "REPORT", "attack", ("whether the record of counts has it",))
S_MODE: Final = _stream(27, "MODE", "mode of a plot", ("race",), each="mode (`name_identity`)")
S_SPARED: Final = _stream(
    28, "SPARED", "breach", ("whether the mode spares all", "killed, of those at risk", "injured, of those at risk")
)  # fmt: skip

# ------------------------------------------------------------------------------------------------ addresses

SEED_BITS: Final = 40
DRAW_BITS: Final = 24
NO_COHORT: Final = 255

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_CODE_LENGTH: Final = 6  # 37**6 < 2**32


def check_seed(seed: int) -> int:
    """The seed itself, if it is a whole number from 0 to 2**40 - 1 (0 is a seed). Raises UserError otherwise."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or not 0 <= seed < 2**SEED_BITS:
        raise UserError(f"seed is {seed!r}; allowed: a whole number from 0 to {2**SEED_BITS - 1}")
    return int(seed)


def key_word(seed: int, draw: int = 0) -> int:
    """First key word: `seed` (40 bits) and the number of the parameter draw (24 bits) side by side.

    Draw 0 is the central values. Raises UserError outside these ranges.
    """
    if isinstance(draw, bool) or not isinstance(draw, int | np.integer) or not 0 <= draw < 2**DRAW_BITS:
        raise UserError(f"parameter draw is {draw!r}; allowed: a whole number from 0 to {2**DRAW_BITS - 1}")
    return _as_signed(check_seed(seed) << DRAW_BITS | int(draw))


def province_address(code: str) -> int:
    """A province's code (1 to 6 of A-Z and 0-9) as a number in [1, 37**6): base 37, first letter lowest; a bijection.

    The draws of a province hang on its code alone, so adding or reordering provinces moves no draw.
    Raises UserError for any other code.
    """
    if not 1 <= len(code) <= _CODE_LENGTH or any(letter not in _ALPHABET for letter in code):
        raise UserError(f"province code is {code!r}; allowed: 1 to {_CODE_LENGTH} of the letters A-Z and digits 0-9")
    return sum((_ALPHABET.index(letter) + 1) * 37**place for place, letter in enumerate(code))


def name_identity(name: str) -> int:
    """The entity of a named thing, such as a parameter: the first 64 bits of the SHA-256 of its name, as a word."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "little", signed=True)


def _as_signed(word: int) -> int:
    return ((word & (2**64 - 1)) ^ 2**63) - 2**63


@kernel
def place_word(province_address: int, cohort: int, lineage: int) -> int:
    """Counter word of a place: lineage, cohort (8 bits, `NO_COHORT` for none), province address (32 bits).

    lineage : 0 for entities that descend from candidates, 1 for descendants with a mixed identity (`mix`), and above
    this bit the number of the armed group.
    """
    return int((np.int64(lineage) << 40) | (np.int64(cohort) << 32) | np.int64(province_address))


@kernel
def origin_word(province_address: int, group: int, descendant: int) -> int:
    """Place of what a group has in a home province.      descendant : 1 for plots that follow attacks, else 0."""
    return place_word(province_address, NO_COHORT, int((np.int64(group) << 1) | np.int64(descendant)))


@kernel
def group_of(place: int) -> int:
    """Number of the armed group in the word of a place."""
    return int(np.int64(place) >> 41)


@kernel
def strip_index(strip: int, index: int) -> int:
    """Index of a candidate of a source in strips: the strip (< 2**6) above its index within the strip (< 2**34)."""
    return int((np.int64(strip) << 34) | np.int64(index))


@kernel
def candidate_identity(stage: int, index: int, member: int) -> int:
    """Identity of a candidate: stage (< 2**20), index within the stage (< 2**40), member of its cluster (< 2**4)."""
    return int((np.int64(stage) << 44) | (np.int64(index) << 4) | np.int64(member))


@kernel
def _finalise(z: int) -> int:
    """splitmix64 finaliser (Steele et al. 2014; variant 13 of Stafford), a bijection of unsigned words."""
    _, z = mulhilo(z ^ (z >> 30), 0xBF58476D1CE4E5B9)
    _, z = mulhilo(z ^ (z >> 27), 0x94D049BB133111EB)
    return z ^ (z >> 31)


@kernel
def mix(parent_entity: int, parent_place: int, k: int) -> int:
    """The word that identifies the k-th descendant of an entity: the same in every scenario where it exists.

    For a given parent, different k never collide; across a million descendants of one replication two collide with
    probability 3e-8.
    """
    z = _finalise(wrapping_sum(unsigned(parent_entity), 0x9E3779B97F4A7C15))
    z = _finalise(wrapping_sum(z ^ unsigned(parent_place), 0x9E3779B97F4A7C15))
    return signed(_finalise(wrapping_sum(z ^ unsigned(k), 0x9E3779B97F4A7C15)))


# ------------------------------------------------------------------------------------------------ uniforms


@kernel
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox4x64-10: 256 random bits, as unsigned words, of a 256-bit counter and a 128-bit key."""
    c0, c1, c2, c3 = unsigned(c0), unsigned(c1), unsigned(c2), unsigned(c3)
    k0, k1 = unsigned(k0), unsigned(k1)
    for _ in range(10):
        high0, low0 = mulhilo(0xD2E7470EE14C6C93, c0)
        high1, low1 = mulhilo(0xCA5A826395121157, c2)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0 = wrapping_sum(k0, 0x9E3779B97F4A7C15)
        k1 = wrapping_sum(k1, 0xBB67AE8584CAA73B)
    return c0, c1, c2, c3


@kernel
def uniform(word: int) -> float:
    """((word >> 12) + 0.5) * 2**-52: in (0, 1), never 0 or 1. With all bits of the word flipped it is exactly 1 - u.

    With 53 bits the half would round the largest value to 1. The sum is made by putting the 52 bits below 2**52.
    """
    return ((float_of((unsigned(word) >> 12) | 0x4330000000000000) - 4503599627370496.0) + 0.5) * 2.220446049250313e-16


@kernel
def block(key0: int, key1: int, entity: int, place: int, stream: int, number: int) -> tuple[float, float, float, float]:
    """The four uniforms at one address: key (`key_word`, replication), counter (entity, place, stream, number)."""
    a, b, c, d = philox(entity, place, stream, number, key0, key1)
    return uniform(a), uniform(b), uniform(c), uniform(d)


@kernel
def twin_block(
    key0: int, replication: int, antithetic: int, entity: int, place: int, stream: int, number: int
) -> tuple[float, float, float, float]:
    """The four uniforms of what drives the births of plots; where replications are twins, the second mirrors the first.

    antithetic : 1: replications 2k and 2k + 1 share the address of 2k, and of the second all bits are flipped, which
    makes every u exactly 1 - u; 0: as `block`. Each replication for itself has the same law either way.
    """
    odd = replication & antithetic  # the last bit of the replication: 1 in a second twin, else 0
    a, b, c, d = philox(entity, place, stream, number, key0, replication - odd)
    flips = unsigned(-odd)
    return uniform(a ^ flips), uniform(b ^ flips), uniform(c ^ flips), uniform(d ^ flips)
