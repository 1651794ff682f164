"""The figures of a calibration, CF1 to CF8."""

from __future__ import annotations

from collections.abc import Callable

from simcpec.reporting.artefacts.artefact import Artefact
from simcpec.reporting.artefacts.subject import (
    Need,
    calibration,
    compared_gaps,
    data_of_figures,
    kept_draws,
    switched_mechanisms,
)
from simcpec.reporting.calibration import figures
from simcpec.reporting.calibration.check_figures import gaps, mechanisms
from simcpec.reporting.calibration.numbers import CalibrationNumbers
from simcpec.reporting.picture import Sketch

Draw = Callable[[CalibrationNumbers], Sketch | None]


def _figure(id: str, title: str, defined: str, draw: Draw, *needs: Need) -> Artefact:
    return Artefact(
        id=id, title=title, defined=defined, needs=(calibration, *needs),
        make=lambda of: [draw(of.one_calibration.numbers)],
    )  # fmt: skip


CALIBRATION_FIGURES = (
    _figure(
        "CF1", "Predicted and observed", "Predictive intervals of counts and persons, and what was observed.",
        figures.predictive,
    ),
    _figure(
        "CF2", "Patterns and elasticities", "Patterns before and after the fit, in deviations of their targets.",
        figures.patterns, data_of_figures,
    ),
    _figure(
        "CF3", "Settings before and after", "Settings that drive the result or that the data moved, on the scale of "
        "the prior.", figures.settings, kept_draws,
    ),
    _figure(
        "CF4", "Attempts and passage", "Draws by their births of plots and attacks of one birth, whose product the "
        "data fix.", figures.ridge_plot, kept_draws,
    ),
    _figure(
        "CF5", "Drift by province", "Persistence and innovation of the threat from each province's own counts.",
        figures.drift, data_of_figures,
    ),
    _figure(
        "CF6", "Ranks of truths", "Ranks of known truths, of a control that must fail, and of what came among "
        "forecasts.", figures.ranks, data_of_figures,
    ),
    _figure(
        "CF7", "Mechanisms in and out", "Change of the log score, and of what a doubled share averts, where a "
        "mechanism is switched.", mechanisms, switched_mechanisms,
    ),
    _figure(
        "CF8", "Gaps between attacks", "Gaps between attacks that nothing was fitted to, predicted over observed.",
        gaps, compared_gaps,
    ),
)  # fmt: skip
