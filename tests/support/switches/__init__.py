"""The old name of `simcpec.verification.switches`."""

from __future__ import annotations

from simcpec.verification.switches import LAWS as LAWS
from simcpec.verification.switches import ON as ON
from simcpec.verification.switches import SWITCHES as SWITCHES
