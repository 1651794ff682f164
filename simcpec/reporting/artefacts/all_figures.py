"""The figures of a paper, F1 to F22."""

from __future__ import annotations

from collections.abc import Iterable

from simcpec.reporting.artefacts.artefact import EFFECTS, Artefact, Made, for_each_effect, from_study
from simcpec.reporting.artefacts.subject import (
    Subject,
    a_comparison,
    a_study,
    a_sweep,
    an_engine_of_ours,
    calibration,
    draws,
    every_combination,
    every_replication,
    followed_plots,
    moved_alone,
    not_drawn,
    one_factor,
    policies_in_states,
    replications,
    theory,
    thirty_draws,
    two_factors,
)
from simcpec.reporting.calibration.prior_posterior import prior_posterior
from simcpec.reporting.figures import (
    budget_bars,
    dose_response,
    fan_chart,
    fates_bars,
    forest_plot,
    operations_funnel,
    province_panels,
    province_profile,
)
from simcpec.reporting.figures.decision.frontier import pareto_of_study, pareto_of_sweep
from simcpec.reporting.figures.decision.parallel import parallel_coordinates
from simcpec.reporting.figures.decision.partial_values import partial_values
from simcpec.reporting.figures.decision.plane import cost_effectiveness_plane
from simcpec.reporting.figures.decision.value_curves import acceptability_curves, expected_loss, perfect_information
from simcpec.reporting.figures.risk.convergence import convergence_curves
from simcpec.reporting.figures.risk.exceedance import exceedance
from simcpec.reporting.figures.risk.resource_use import resource_use
from simcpec.reporting.figures.risk.storyboard import storyboard
from simcpec.reporting.figures.risk.validation import validation
from simcpec.reporting.figures.risk.waterfall import waterfall

DECISION = (a_study, a_comparison)


def _pareto(of: Subject) -> Iterable[Made | None]:
    if of.study is not None:
        return [pareto_of_study(of.study, effect) for effect in EFFECTS]
    return [pareto_of_sweep(of.one_sweep, effect) for effect in ("attacks", "deaths")]


def _study_or_sweep(of: Subject) -> str:
    """Something to compare, of either kind."""
    if of.sweep is not None:
        return ""
    return a_comparison(of)


def _returns(of: Subject) -> Iterable[Made | None]:
    from simcpec.experiments.sweep.summary import axis_of
    from simcpec.reporting.sweeps.curves import marginal_returns

    axis = axis_of(of.one_sweep)
    return [] if axis is None else [marginal_returns(of.one_sweep, axis)[0]]


def _maps(of: Subject) -> Iterable[Made | None]:
    from simcpec.reporting.sweeps.spreads import heat_map

    return [heat_map(of.one_sweep, name) for name in of.one_sweep.names]


def _tornados(of: Subject) -> Iterable[Made | None]:
    from simcpec.reporting.sweeps.tornado import tornado

    return [tornado(of.one_sweep, name) for name in of.one_sweep.names]


FIGURES = (
    Artefact(
        id="F1", title="Fan chart", needs=(a_study,),
        defined="Cumulative incidents over time with 50, 80 and 95 % bands: of single histories (predictive), and of "
                "the means of parameter draws without their Monte Carlo noise (parameter-only); counts on record.",
        make=lambda of: [fan_chart.fan_chart(of.one_study), fan_chart.fan_of_parameters(of.one_study)],
        remark=lambda of: fan_chart.absent(of.one_study),
    ),
    Artefact(
        id="F2", title="Forest plot", needs=(a_study, a_comparison),
        defined="Paired differences from the baseline: thick, Monte Carlo interval; thin, uncertainty interval.",
        make=from_study(forest_plot.forest_plot),
    ),
    Artefact(
        id="F3", title="Tornado", needs=(a_sweep, moved_alone),
        defined="Change of the paired contrast with each factor at the 5 % and the 95 % quantile of its law, others at "
                "their medians; the widest swing first, extremes inside marked, interaction remainder. Of levels: from "
                "the smallest contrast to the largest, other factors as written.",
        make=_tornados,
    ),
    Artefact(
        id="F4", title="Cost-effectiveness plane", needs=DECISION,
        defined="Effect averted and cost against current practice in every draw, mean, 95 % ellipse without Monte "
                "Carlo "
                "noise, ray of the lowest ratio, quadrants in words.",
        make=for_each_effect(cost_effectiveness_plane),
    ),
    Artefact(
        id="F5", title="Acceptability curves and frontier", needs=(*DECISION, draws),
        defined="Share of draws in which each option has the highest net benefit, ties split, by value of an "
                "effect; and "
                "that of the option with the highest expected net benefit.",
        make=for_each_effect(acceptability_curves),
    ),
    Artefact(
        id="F6", title="Value of perfect information", needs=(*DECISION, draws),
        defined="Mean of the highest net benefit of each draw less the highest mean net benefit, a year.",
        make=for_each_effect(perfect_information),
    ),
    Artefact(
        id="F6b", title="Value of knowing a parameter", needs=(*DECISION, thirty_draws),
        defined="Expected value of partial perfect information of each parameter by regression on draws, its standard "
                "error, and what a parameter that says nothing seems to be worth.",
        make=for_each_effect(partial_values),
    ),
    Artefact(
        id="F7", title="Expected loss", needs=(*DECISION, draws),
        defined="Mean over draws of what the best option of the draw has more net benefit than the chosen one.",
        make=for_each_effect(expected_loss),
    ),
    Artefact(
        id="F8", title="Pareto frontier", needs=(_study_or_sweep,),
        defined="Cost against what happens a year, options that no other beats in both, Monte Carlo bars, baseline.",
        make=_pareto,
    ),
    Artefact(
        id="F9", title="Marginal returns", needs=(a_sweep, one_factor),
        defined="Averted a year per extra USD million between neighbours of a level, same draws and streams at both.",
        make=_returns,
    ),
    Artefact(
        id="F10", title="Exceedance curves", needs=(a_study, replications),
        defined="Share of years whose loss or deaths (aggregate), or deaths of the largest event (occurrence), exceed "
                "an amount, log axes, years without any printed.",
        make=from_study(exceedance),
    ),
    Artefact(
        id="F11", title="Small multiples by province", needs=(a_study,),
        defined="Incidents by province on one scale, the total last, counts in the heads.",
        make=from_study(province_panels.small_multiples),
    ),
    Artefact(
        id="F12", title="Two-factor map", needs=(a_sweep, two_factors),
        defined="Change against the baseline policy over two factors, line of break-even, infeasible cells crossed.",
        make=_maps,
    ),
    Artefact(
        id="F13", title="Path of scenario discovery", needs=(not_drawn,),
        defined="Coverage against density of boxes, chosen box marked.",
        make=lambda of: [],
    ),
    Artefact(
        id="F14", title="Use of resources", needs=(a_study,),
        defined="Guards on escort and response teams in use, movements and leads that wait for them, by period, 90 % "
                "band over histories, capacity line.",
        make=from_study(resource_use),
    ),
    Artefact(
        id="F15", title="Convergence", needs=(a_study, a_comparison, replications),
        defined="Half-width of the difference against replications, paired and of independent runs.",
        make=from_study(convergence_curves),
    ),
    Artefact(
        id="F16", title="Checks against theory", needs=(theory,),
        defined="Simulated over closed form with limits of chance at 95 %, and the limit beyond which a check fails: "
                "Poisson counts, thinning through layers, waits in queues.",
        make=lambda of: [validation(of.one_theory.findings, of.one_theory.run.level)],
    ),
    Artefact(
        id="F17", title="Prior and posterior", needs=(calibration,),
        defined="Laws of parameters before and after calibration in their own units, those first that overlap least, "
                "with the overlap coefficient; members of the ensemble.",
        make=lambda of: [prior_posterior(of.one_calibration)],
    ),
    Artefact(
        id="F18", title="Waterfall", needs=(a_study, a_comparison, every_combination, every_replication),
        defined="From the risk of the baseline over changes of exposure, of threat and every measure to the residual "
                "risk, each with its Shapley average over orders; sums close exactly.",
        make=for_each_effect(waterfall),
    ),
    Artefact(
        id="F19", title="Storyboard", needs=(a_study, a_comparison, an_engine_of_ours),
        defined="Attacks of one replication by province and time in two scenarios, averted and displaced ones marked.",
        make=lambda of: [storyboard(of.one_study, of.folder)],
    ),
    Artefact(
        id="F20", title="Parallel coordinates", needs=(policies_in_states,),
        defined="Means of policies over states of the world across objectives, with satisficing limits.",
        make=lambda of: [parallel_coordinates(of.outcomes, of.limits)],
    ),
    Artefact(
        id="F21", title="Operations funnel", needs=(a_study,),
        defined="Operations, arrests and militants killed, beside the announced counts.",
        make=from_study(operations_funnel.funnel),
    ),
    Artefact(
        id="F22", title="Budget bars", needs=(a_study,),
        defined="Security budget by line and province.",
        make=from_study(budget_bars.budget_bars),
    ),
    Artefact(
        id="F23", title="Fates of the baseline's attacks", needs=(a_study, a_comparison, followed_plots),
        defined="Shares of the attacks of the baseline that stay, move, are displaced or averted; created ones (T15).",
        make=from_study(fates_bars.fates_bars),
    ),
    Artefact(
        id="F24", title="Dose and response", needs=(a_study, a_comparison),
        defined="Paired differences of each response against what a scenario spends.",
        make=from_study(dose_response.dose_response),
    ),
    Artefact(
        id="F25", title="Incidents, money and effect by province", needs=(a_study,),
        defined="Incidents, budget and what is averted, province by province.",
        make=from_study(province_profile.province_profile),
    ),
    Artefact(
        id="F26", title="Provinces as tiles", needs=(a_study,),
        defined="Incidents by province on a schematic map of tiles.",
        make=from_study(province_profile.province_tiles),
    ),
)  # fmt: skip
