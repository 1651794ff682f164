"""The old name of `simcpec.verification.generated`."""

from __future__ import annotations

from simcpec.verification.generated import Case as Case
from simcpec.verification.generated import made as made
from simcpec.verification.generated import swept as swept
from simcpec.verification.maker import CODES as CODES
from simcpec.verification.maker import HOUR_TICKS as HOUR_TICKS
from simcpec.verification.maker import TEAM_CEILING as TEAM_CEILING
from simcpec.verification.maker import Maker as Maker
from tests.support.strategies import cases as cases
