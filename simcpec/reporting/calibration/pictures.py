"""Every figure of a calibration, drawn."""

from __future__ import annotations

from simcpec.calibration.calibrate import Calibration
from simcpec.reporting.calibration import figures
from simcpec.reporting.calibration.check_figures import gaps, mechanisms
from simcpec.reporting.calibration.numbers import numbers_of
from simcpec.reporting.picture import Picture, rendered

DRAWN = (
    figures.predictive, figures.patterns, figures.settings, figures.ridge_plot, figures.drift, figures.ranks,
    mechanisms, gaps,
)  # fmt: skip


def pictures(of: Calibration) -> list[Picture]:
    """Return every figure that there are numbers for."""
    numbers = numbers_of(of)
    sketches = [draw(numbers) for draw in DRAWN]
    return [rendered(sketch, of.weighed.plan.digest) for sketch in sketches if sketch is not None]
