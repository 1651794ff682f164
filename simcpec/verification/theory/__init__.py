"""Known answers: what shipped scenarios must give back because queueing theory, probability or arithmetic says so.

    finding.py    one line of the table: truth, estimate, half-width, score, power, verdict
    simulate.py   many replications of a shipped scenario, stacked
    families.py   the registry: name, module, caption
    checks/       a family each: `findings(stage)`
    closed_forms/ the truths that take more than a line

No truth comes from the model's own rules: each is a closed form, a chain or an equation that is solved here.
"""
