"""The old name of `simcpec.verification.generated`."""

from __future__ import annotations

from simcpec.verification.generated import CODES as CODES
from simcpec.verification.generated import HOUR_TICKS as HOUR_TICKS
from simcpec.verification.generated import TEAM_CEILING as TEAM_CEILING
from simcpec.verification.generated import Case as Case
from simcpec.verification.generated import Maker as Maker
from simcpec.verification.generated import made as made
from simcpec.verification.generated import swept as swept
from tests.support.strategies import cases as cases
