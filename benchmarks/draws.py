"""Many different customer bases: does every fit end, and at the top?

    python benchmarks/draws.py [bases] [model ...]

By default 200 random parameter vectors of each model, 2,000 customers simulated from each, in continuous time (whole
opportunities for BG/BB), observed for 5 to 52 periods. Told are: fits that raised; fits whose likelihood lies below that
of the truth; fits more than 1e-4 below the best of ten further searches from random points; boundaries by name; and how
far predictions move when time is measured in units 128 times as long.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

import kundkarriar as kk
from kundkarriar.errors import KundkarriarError
from kundkarriar.models.purchase_fit import likelihood_of
from kundkarriar.numerics.maximum_likelihood import maximise

if TYPE_CHECKING:
    import pandas as pd

BASES, CUSTOMERS, STARTS, SEED = 200, 2000, 10, 20261122
AGE = 52.0
UNIT = 128
RANGES = {
    "log_mean_purchases": (-1.5, 3.0),
    "log_r": (-1.5, 1.5),
    "logit_phi": (-3.0, 2.0),
    "log_kappa": (-1.5, 2.5),
    "log_mean_leaving": (-2.0, 2.0),
    "log_s": (-1.5, 1.5),
    "log_ageing": (-1.0, 2.0),
}
"""Where the coordinates of the truths are drawn, uniformly; per median age."""


@frozen(kw_only=True)
class Fit:
    """One base: how the fit fared."""

    below_truth: float
    below_best: float
    moved: float
    boundary: str | None


def truth(fitted_type: Any, generator: np.random.Generator) -> Any:
    """A model of random parameters."""
    family = fitted_type.family
    theta = np.array([generator.uniform(*RANGES[name]) for name in family.coordinates.names])
    values = family.coordinates.natural(theta, scale=AGE / 2)
    params = fitted_type.params_type(**dict(zip(family.parameters, values.tolist(), strict=True)))
    return fitted_type(params=params, period="W")


def one_base(spec: Any, fitted_type: Any, generator: np.random.Generator) -> Fit | None:
    """Simulate and fit; None where nobody bought again, so that there is nothing to fit."""
    known = truth(fitted_type, generator)
    summary = known.simulate(generator.uniform(5.0, AGE, CUSTOMERS), seed=generator)
    if not summary["frequency"].any():
        return None
    fitted = spec.fit(summary)
    rows, family = fitted.report.evidence, fitted.family
    fit = likelihood_of(family, rows)
    box = fit.box
    inside = [np.array([generator.uniform(*RANGES[name]) for name in box_names(family)]) for _ in range(STARTS)]
    best = max(maximise(fit.surface, start, box).value for start in inside)
    return Fit(
        below_truth=known.log_likelihood_of(summary) - fitted.log_likelihood,
        below_best=best - fitted.log_likelihood,
        moved=moved(spec, fitted, summary),
        boundary=fitted.boundary,
    )


def box_names(family: Any) -> tuple[str, ...]:
    """The coordinates of a family."""
    names: tuple[str, ...] = family.coordinates.names
    return names


def moved(spec: Any, fitted: Any, summary: pd.DataFrame) -> float:
    """Largest relative change of a prediction when time is counted in units 128 times as long."""
    longer = summary.assign(recency=summary["recency"] / UNIT, T=summary["T"] / UNIT)
    first = fitted.predict(summary, horizon=26)
    second = spec.fit(longer).predict(longer, horizon=26 / UNIT)
    names = ["p_alive", "expected_purchases"]
    return float((second[names] / first[names] - 1).abs().max().max())


def subjects() -> dict[str, tuple[Any, Any]]:
    """Every model over customers' summaries, by name: spec and fitted type."""
    return {
        "NBD": (kk.NBD(), kk.FittedNBD),
        "BG/NBD": (kk.BGNBD(), kk.FittedBGNBD),
        "MBG/NBD": (kk.MBGNBD(), kk.FittedMBGNBD),
        "Pareto/NBD": (kk.ParetoNBD(), kk.FittedParetoNBD),
        "GGompertz/NBD": (kk.GGompertzNBD(), kk.FittedGGompertzNBD),
    }


def main(names: list[str], *, bases: int = BASES) -> None:
    """Print one line a model."""
    print(f"{bases} bases of {CUSTOMERS:,} customers a model")
    print(f"{'model':14} {'raised':>6} {'nobody':>6} {'below truth':>11} {'most below best of ten':>22} {'moved':>9}")
    for name in names or list(subjects()):
        spec, fitted_type = subjects()[name]
        raised, empty, fits = 0, 0, list[Fit]()
        for number in range(bases):
            generator = np.random.default_rng([SEED, number])
            try:
                fit = one_base(spec, fitted_type, generator)
            except KundkarriarError as error:
                raised += 1
                print(f"  base {number}: {str(error).splitlines()[0]}")
                continue
            if fit is None:
                empty += 1
            else:
                fits.append(fit)
        below = sum(fit.below_truth > 0 for fit in fits)
        behind, shift = (max(getattr(fit, field) for fit in fits) for field in ("below_best", "moved"))
        print(f"{name:14} {raised:6} {empty:6} {below:11} {behind:22.1e} {shift:9.1e}", flush=True)
        for sentence, count in Counter(fit.boundary for fit in fits if fit.boundary).most_common():
            print(f"  {count:4} x {sentence}", flush=True)


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:] if word.isdigit()]
    main([word for word in sys.argv[1:] if not word.isdigit()], bases=(sizes or [BASES])[0])
