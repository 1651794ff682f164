"""Known answers: what shipped scenarios must give back because queueing theory, probability or arithmetic says so.

    finding.py    one line of the table: truth, estimate, half-width, score, power, verdict
    play.py       many replications of a shipped scenario, stacked
    families.py   the registry: name, module, caption
    the others    a family each: `findings(stage)`; closed forms that are long stand in forms_*.py

No truth comes from the model's own rules: each is a closed form, a chain or an equation that is solved here.
"""
