"""The old name of `simcpec.verification.axes`."""

from __future__ import annotations

from simcpec.verification.axes import AXES as AXES
from simcpec.verification.axes import NEUTRAL as NEUTRAL
from simcpec.verification.axes import enlarged as enlarged
from simcpec.verification.axes import prolonged as prolonged
from simcpec.verification.axes import relabelled as relabelled
from simcpec.verification.axes import widened as widened
