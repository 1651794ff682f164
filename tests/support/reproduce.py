"""The result tables of a small study as digests; run as a script it prints them, in whatever surroundings it is run.

    python -P tests/support/reproduce.py ENGINE JOBS REPLICATIONS

Imports nothing but the package and what that needs, so that a Python without test tools can run it.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ("base", "share-2")
#: short, and full of plots, so that attacks, harm and their costs are among what is compared
SETTINGS = ("run.horizon=12 days", "world.provinces.SIN.plots=150 /year", "world.provinces.BAL.plots=50 /year")
DRAWS = 2
SEED = 0


def digests(engine: str, jobs: int, replications: int) -> dict[str, str]:
    """SHA-256 of every table of a study by file name, and of its arrays."""
    from simcpec.experiments.study import study
    from simcpec.storage.csv_tables import scenario_files, study_files

    asked = {"sets": SETTINGS, "seed": SEED, "draws": DRAWS, "replications": replications}
    found = study(SCENARIOS, **asked, jobs=jobs, engine=engine)  # type: ignore[arg-type]
    texts = {name: text.encode() for name, text in study_files(found).items()}
    for result in found.scenarios:
        texts |= {f"{result.slug}/{name}": text.encode() for name, text in scenario_files(result).items()}
        for name in ("cell", "cohort", "province", "costs"):
            texts[f"{result.slug}/{name}"] = getattr(result, name).tobytes()
    return {name: hashlib.sha256(body).hexdigest() for name, body in texts.items()}


def numbers() -> dict[str, str]:
    """SHA-256 of many values of every function of `special_functions`, and of draws of every kind."""
    from simcpec.numerics import samplers, special_functions, streams

    reals, digest = [], hashlib.sha256()
    key = streams.key_word(2**40 - 1, 5)
    for n in range(300):
        entity = streams.mix(n, 1, n) if n % 2 else streams.candidate_identity(n, n * n, n % 16)
        u, v, w, x = streams.block(key, n, entity, streams.place_word(77, n % 3, n % 2), 4, n % 5)
        wide, shape = 10.0 ** (600.0 * v - 300.0), 10.0 ** (4.0 * w - 1.5)
        reals += [
            special_functions.log(wide),
            special_functions.exp(1400.0 * u - 700.0),
            special_functions.log1p(-u),
            special_functions.expm1(v - 0.5),
        ]
        reals += [
            special_functions.power(wide, x),
            special_functions.normal_quantile(u),
            special_functions.log_gamma(30.0 * v),
        ]
        reals += [*special_functions.gamma_tails(shape, 2.0 * shape * x), special_functions.gamma_quantile(u, shape)]
        reals += [samplers.duration(law, 1.0 + x, 0.3 + 3.0 * w, u) for law in range(6)]
        reals += [float(samplers.poisson(30.0 * v, u)), float(samplers.negative_binomial(9.0 * v, 0.2 + x, u))]
    for real in reals:
        digest.update(real.hex().encode())
    return {"numbers": digest.hexdigest()}


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    name, jobs, replications = sys.argv[1:]
    print(json.dumps({**numbers(), **(digests(name, int(jobs), int(replications)) if int(replications) else {})}))
