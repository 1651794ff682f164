"""The tables of a paper, T0 to T22."""

from __future__ import annotations

from simcpec.reporting.artefacts.artefact import Artefact, from_study
from simcpec.reporting.artefacts.paper_tables.methods_tables import convergence, reproducibility
from simcpec.reporting.artefacts.paper_tables.net_benefit import net_benefit_table
from simcpec.reporting.artefacts.paper_tables.parameters import parameters
from simcpec.reporting.artefacts.subject import (
    a_comparison,
    a_precision,
    a_sensitivity_design,
    a_study,
    a_sweep,
    an_ensemble,
    fitted_ensemble,
    followed_plots,
    not_drawn,
    policies_in_states,
)
from simcpec.reporting.calibration.fit_table import calibration_fit
from simcpec.reporting.calibration.history_chapter import history_fit
from simcpec.reporting.decision.glance import glance
from simcpec.reporting.decision.robustness import robustness
from simcpec.reporting.decision.tables import break_even, cost_effectiveness
from simcpec.reporting.sweeps.sensitivity_table import sensitivity_table
from simcpec.reporting.tables import (
    budget,
    contrasts,
    disputed_worlds,
    fates,
    modes,
    outcomes,
    payers,
    precision,
    responses,
    settings,
    variance,
)

TABLES = (
    Artefact(
        id="T0", title="At a glance", needs=(a_study, a_comparison),
        defined="Every scenario in one row: means of the baseline, paired differences and verdicts of the others.",
        make=from_study(glance),
    ),
    Artefact(
        id="T1", title="Scenario definition", needs=(a_study, a_comparison),
        defined="Settings that differ from the baseline: old and new value with unit, budget a year, source and grade.",
        make=from_study(outcomes.definition),
    ),
    Artefact(
        id="T2", title="Parameters", needs=(a_study,),
        defined="Every setting with value, unit, range and law of draws, grade, source and locator; unused numbers "
                "apart; in LaTeX with the .bib file of its sources.",
        make=from_study(parameters),
    ),
    Artefact(
        id="T2b", title="How well founded the settings are", needs=(a_study,),
        defined="Number of settings by grade, by scenario.",
        make=from_study(settings.grades),
    ),
    Artefact(
        id="T3", title="Calibration fit", needs=(fitted_ensemble,),
        defined="Target, observed count with its exact Poisson interval, simulated mean, 90 % predictive interval, "
                "tail "
                "probability; provinces add up to the total.",
        make=lambda of: [] if of.fitted is None else [calibration_fit(of.fitted)],
    ),
    Artefact(
        id="T4", title="Headline outcomes", needs=(a_study,),
        defined="Mean a year of each response and scenario, Monte Carlo half-width, uncertainty interval over draws.",
        make=from_study(outcomes.headline),
    ),
    Artefact(
        id="T4b", title="Precision that was asked for", needs=(a_study, a_precision),
        defined="Half-widths wanted and reached, at the look at which each was reached or given up.",
        make=from_study(precision.precision),
    ),
    Artefact(
        id="T5", title="Paired differences", needs=(a_study, a_comparison),
        defined="Mean over draws and replications of scenario minus baseline; half-width of the paired spread within "
                "draws; 5-95 % over draws corrected for Monte Carlo noise; verdict; variance ratio.",
        make=from_study(contrasts.contrasts),
    ),
    Artefact(
        id="T6", title="Incident-rate ratios", needs=(a_study, a_comparison),
        defined="Ratio of mean incidents per person-year by province and in total, with the interval of a paired "
                "bootstrap; model-based, not an empirical estimate.",
        make=from_study(contrasts.rate_ratios),
    ),
    Artefact(
        id="T7", title="Cost-effectiveness", needs=(a_study, a_comparison),
        defined="Options by cost: effect, increment and ratio along the frontier, status, and against the baseline.",
        make=from_study(cost_effectiveness),
    ),
    Artefact(
        id="T7b", title="Net benefit at stated values", needs=(a_study, a_comparison),
        defined="Mean net benefit of every option, probability of being best, expected loss of choosing it.",
        make=from_study(net_benefit_table),
    ),
    Artefact(
        id="T8", title="Budget allocation", needs=(a_study,),
        defined="Security budget of the run by province and line; sums equal the budget to the cent.",
        make=from_study(budget.allocation),
    ),
    Artefact(
        id="T8b", title="The host's forces", needs=(a_study,),
        defined="Cost of every force by province and payer, beside the security budget.",
        make=from_study(budget.host_forces),
    ),
    Artefact(
        id="T8c", title="Who pays", needs=(a_study,),
        defined="Every line of money by payer, where others than the sponsor pay a part.",
        make=from_study(payers.payers),
    ),
    Artefact(
        id="T8d", title="What levers cost", needs=(a_study,),
        defined="Cost of every lever by payer and province.",
        make=from_study(payers.levers),
    ),
    Artefact(
        id="T9", title="Sensitivity indices", needs=(a_sweep, a_sensitivity_design),
        defined="First-order and total index of every factor (Sobol'), or mean absolute and spread of elementary "
                "effects (Morris), with 95 % bootstrap intervals; near 0 where the interval covers 0; share of noise.",
        make=lambda of: [sensitivity_table(of.one_sweep)],
    ),
    Artefact(
        id="T10", title="Scenario discovery", needs=(not_drawn,),
        defined="Box of factors with range, quasi-p, coverage, density and resampling frequency.",
        make=lambda of: [],
    ),
    Artefact(
        id="T11", title="Robustness", needs=(policies_in_states,),
        defined="Share of states of the world in which a policy keeps limits, mean, 90 % quantile and largest regret "
                "in the unit of the objective, choice by minimax regret, ties in words.",
        make=lambda of: [robustness(of.outcomes, of.limits)],
    ),
    Artefact(
        id="T12", title="Break-even", needs=(a_study, a_comparison),
        defined="Cost over the yearly harm of the baseline; share averted; attacks a year from which it pays at 10, 50 "
                "and 90 % confidence; what a death must be worth.",
        make=from_study(break_even),
    ),
    Artefact(
        id="T13", title="Convergence", needs=(a_study,),
        defined="Replications used, half-widths of means and of paired differences, and the rule that ended it.",
        make=from_study(convergence),
    ),
    Artefact(
        id="T14", title="Reproducibility", needs=(a_study,),
        defined="Command, seed, engine, versions and digests.",
        make=from_study(reproducibility),
    ),
    Artefact(
        id="T15", title="What became of the baseline's attacks", needs=(a_study, a_comparison, followed_plots),
        defined="Attacks of the baseline that another scenario leaves, moves in time, displaces or averts, and "
                "those it "
                "creates; sums close exactly.",
        make=from_study(fates.fates),
    ),
    Artefact(
        id="T16", title="Replications saved", needs=(a_study, a_comparison),
        defined="How many times fewer replications pairing and conditional means need than independent runs.",
        make=from_study(variance.variance_ratios),
    ),
    Artefact(
        id="T17", title="Responses against published ones", needs=(a_study,),
        defined="Elasticities of the shipped base case against the ranges of the literature.",
        make=from_study(responses.responses),
    ),
    Artefact(
        id="T18", title="Modes of attack", needs=(a_study,),
        defined="Attacks, breaches and deaths by mode of attack.",
        make=from_study(modes.attack_modes),
    ),
    Artefact(
        id="T19", title="Attacks by group", needs=(a_study,),
        defined="Attacks by the group whose plots they are.",
        make=from_study(modes.attacks_by_group),
    ),
    Artefact(
        id="T20", title="Responses where sources disagree", needs=(a_study,),
        defined="Headline responses in each of the worlds where sources disagree: on backlash, and on what guards do.",
        make=from_study(disputed_worlds.disputed_worlds),
    ),
    Artefact(
        id="T21", title="Readings that the sources leave open", needs=(a_study,),
        defined="What twice the share averts under each reading of what is counted, and of what the 1 % is taken.",
        make=from_study(disputed_worlds.open_readings),
    ),
    Artefact(
        id="T22", title="The record, and what it moved", needs=(a_study, an_ensemble),
        defined="Fit of the ensemble whose members are the draws, and which settings the data moved; its provenance.",
        make=from_study(history_fit),
    ),
)  # fmt: skip
