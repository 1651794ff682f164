"""The old name of `simcpec.verification.bare`."""

from __future__ import annotations

from simcpec.verification.bare import DAY as DAY
from simcpec.verification.bare import INF as INF
from simcpec.verification.bare import bare_world as bare_world
from simcpec.verification.bare import floats as floats
from simcpec.verification.bare import ints as ints
from simcpec.verification.bare import with_changes as with_changes
