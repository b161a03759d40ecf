"""Fits to many different simulated customer bases: whether each converges, and to the maximum.

    python benchmarks/draws.py [bases] [starts] [model ...]

By default 200 random parameter vectors of each model and 2,000 customers simulated from each: in continuous time,
observed for 5 to 52 periods; for BG/BB 3 to 20 whole opportunities; for the shifted beta-geometric 1 to 20 renewals;
for Gamma-Gamma 1 to about 30 repeat purchases. The number of stages k is 2. Printed are, for each model:

    refused      bases whose data cannot be fitted, such as those in which nobody bought again
    raised       fits that raised another error
    below truth  fits with a likelihood below that of the truth
    behind       fits below the best of ten further searches from random points, and by how much at most
    moved        fits whose predictions change when time (for Gamma-Gamma: money) is measured in units 128 times as
                 long (ReturningNBD, whose gaps are days: in years), and by how much at most
    boundaries   fits at a boundary of the parameters, with what is said of it

Bases in which any of this is wrong are printed one by one.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

import kundkarriar as kk
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import DataError, KundkarriarError
from kundkarriar.models import shifted_beta_geometric
from kundkarriar.models.fitting import opportunity_fit, purchase_fit
from kundkarriar.numerics.optimize.newton import maximise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit

BASES, CUSTOMERS, STARTS, SEED = 200, 2000, 10, 20261122
AGE = 52.0
UNIT = 128
BEHIND, MOVED = 1e-4, 1e-6
"""More than this below the best of all searches, or moved by the unit of time, is a fault."""
RANGES = {
    "log_mean_purchases": (-1.5, 3.0),
    "log_r": (-1.5, 1.5),
    "logit_phi": (-3.0, 2.0),
    "log_kappa": (-1.5, 2.5),
    "log_mean_leaving": (-2.0, 2.0),
    "log_s": (-1.5, 1.5),
    "log_ageing": (-1.0, 2.0),
    "logit_buys": (-3.0, 2.0),
    "log_kappa_buys": (-1.5, 2.5),
    "logit_leaves": (-3.0, 2.0),
    "log_kappa_leaves": (-1.5, 2.5),
    "log_typical_purchases": (-1.0, 3.0),
    "log_spread_purchases": (-1.0, 0.7),
    "log_typical_leaving": (-2.0, 2.0),
    "log_spread_leaving": (-1.0, 0.7),
    "log_return": (-3.0, 2.0),
    "log_p": (-1.0, 3.0),
    "log_q_above_1": (-1.0, 3.0),
    "log_order_value": (-1.0, 1.0),
}
"""Ranges of the truths' unconstrained parameters, drawn uniformly; per median age, or in the median order value."""

Generator = np.random.Generator


@frozen(kw_only=True)
class Fit:
    """Comparisons of the fit to one base."""

    below_truth: float
    below_best: float
    moved: float
    boundary: str | None


@frozen(kw_only=True)
class Subject:
    """A model, and how bases of its customers are made.

    Attributes:
        spec: how to fit it.
        typed: the fitted type.
        fixed: what is known of the truth beforehand: k, or the length of a period.
        simulate: customers of a fitted model.
        likelihood: of a fitted model, ready to be searched again.
        predict: what is compared between units: of a fitted model, a base, and the length of the unit.
        rescaled: a base in units so many times as long; None where there is no unit.
        unit: how many times as long.
    """

    spec: Any
    typed: Any
    fixed: Mapping[str, Any]
    simulate: Callable[[Any, Generator], pd.DataFrame]
    likelihood: Callable[[Any], LikelihoodFit]
    predict: Callable[[Any, pd.DataFrame, float], pd.DataFrame]
    rescaled: Callable[[pd.DataFrame, float], pd.DataFrame] | None
    unit: float = UNIT


def truth(subject: Subject, generator: Generator) -> Any:
    """A model of random parameters."""
    of_params = {name: value for name, value in subject.fixed.items() if name == "k"}
    of_model = {name: value for name, value in subject.fixed.items() if name != "k"}
    typed = subject.typed
    ones = {name: 1.0 for name in typed.params_type.__slots__ if name[0] != "_"} | of_params
    example = typed(params=typed.params_type(**ones), **of_model)
    theta = anywhere(example.unconstrained.names, generator)
    scale = 30.0 if typed is kk.FittedGammaGamma else AGE / 2 if "period" in subject.fixed else 1.0
    values = example.unconstrained.natural(theta, scale=scale)
    found = dict(zip(example.free_parameters(), values.tolist(), strict=True))
    return typed(params=typed.params_type(**found, **of_params), **of_model)


def anywhere(names: tuple[str, ...], generator: Generator) -> Any:
    """Random unconstrained parameters."""
    return np.array([generator.uniform(*RANGES[name]) for name in names])


def one_base(subject: Subject, generator: Generator, *, starts: int) -> Fit:
    """Simulate, fit, search again and measure."""
    known = truth(subject, generator)
    table = subject.simulate(known, generator)
    fitted = subject.spec.fit(table)
    fit = subject.likelihood(fitted)
    inside = [anywhere(fitted.unconstrained.names, generator) for _ in range(starts)]
    ends = [maximise(fit.objective, start, fit.box) for start in inside]
    best = max(end.value if fit.exact is None else fit.exact(end.theta) for end in ends)
    return Fit(
        below_truth=known.log_likelihood_of(table) - fitted.log_likelihood,
        below_best=best - fitted.log_likelihood,
        moved=moved(subject, fitted, table),
        boundary=fitted.boundary,
    )


def moved(subject: Subject, fitted: Any, table: pd.DataFrame) -> float:
    """Largest relative change of a prediction in units 128 times as long; 0 where there is none."""
    if subject.rescaled is None:
        return 0.0
    longer = subject.rescaled(table, subject.unit)
    first = subject.predict(fitted, table, 1.0)
    second = subject.predict(subject.spec.fit(longer), longer, subject.unit)
    return float((second / first - 1).abs().max().max())


def purchases(spec: Any, typed: Any, **fixed: Any) -> Subject:
    """A model of purchases in continuous time."""

    def rescaled(table: pd.DataFrame, unit: float) -> pd.DataFrame:
        longer = table.assign(recency=table["recency"] / unit, T=table["T"] / unit)
        if "gap_log_sum" in table:
            longer["gap_log_sum"] = table["gap_log_sum"] - table["frequency"] * np.log(unit)
        return longer

    def predict(fitted: Any, table: pd.DataFrame, unit: float) -> pd.DataFrame:
        predicted: pd.DataFrame = fitted.predict(table, horizon=AGE / 2 / unit)
        return predicted[["p_alive", "expected_purchases"]]

    return Subject(
        spec=spec,
        typed=typed,
        fixed={"period": "W", **fixed},
        simulate=lambda known, generator: known.simulate(generator.uniform(5.0, AGE, CUSTOMERS), seed=generator),
        likelihood=lambda fitted: purchase_fit.likelihood_of(fitted.family, fitted.report.distinct_rows),
        predict=predict,
        rescaled=rescaled,
    )


def in_years(table: pd.DataFrame, weeks: float) -> pd.DataFrame:
    """A base in weeks with gaps, in years of so many weeks."""
    return table.assign(recency=table["recency"] / weeks, T=table["T"] / weeks, period="Y")


def in_steps(spec: Any, typed: Any, likelihood: Callable[[Any], LikelihoodFit], *, fewest: int) -> Subject:
    """A model of opportunities or renewals, which have no unit."""
    return Subject(
        spec=spec,
        typed=typed,
        fixed={"every": "Y"},
        simulate=lambda known, generator: known.simulate(generator.integers(fewest, 21, CUSTOMERS), seed=generator),
        likelihood=lambda fitted: likelihood(fitted.report.distinct_rows),
        predict=lambda fitted, table, _: fitted.predict(table, horizon=5),
        rescaled=None,
    )


SUBJECTS = {
    "NBD": purchases(kk.NBD(), kk.FittedNBD),
    "BG/NBD": purchases(kk.BGNBD(), kk.FittedBGNBD),
    "MBG/NBD": purchases(kk.MBGNBD(), kk.FittedMBGNBD),
    "BG/CNBD-2": purchases(kk.BGCNBD(k=2), kk.FittedBGCNBD, k=2),
    "MBG/CNBD-2": purchases(kk.MBGCNBD(k=2), kk.FittedMBGCNBD, k=2),
    "Pareto/NBD": purchases(kk.ParetoNBD(), kk.FittedParetoNBD),
    "GGompertz/NBD": purchases(kk.GGompertzNBD(), kk.FittedGGompertzNBD),
    "ReturningNBD": evolve(
        purchases(kk.ReturningNBD(), kk.FittedReturningNBD), rescaled=in_years, unit=DAYS["Y"] / DAYS["W"]
    ),
    "BG/BB": in_steps(kk.BGBB(), kk.FittedBGBB, opportunity_fit.likelihood_of, fewest=3),
    "sBG": in_steps(
        kk.ShiftedBetaGeometric(), kk.FittedShiftedBetaGeometric, shifted_beta_geometric.likelihood_of, fewest=1
    ),
    "Gamma-Gamma": Subject(
        spec=kk.GammaGamma(),
        typed=kk.FittedGammaGamma,
        fixed={},
        simulate=lambda known, generator: known.simulate(generator.geometric(0.3, CUSTOMERS), seed=generator),
        likelihood=lambda fitted: fitted.likelihood.fit(fitted.report.distinct_rows),
        predict=lambda fitted, table, unit: fitted.predict(table)[["expected_order_value"]] * unit,
        rescaled=lambda table, unit: table.assign(monetary_value=table["monetary_value"] / unit),
    ),
}


def row(name: str, *, bases: int, starts: int) -> None:
    """Print one model."""
    began = time.perf_counter()
    refused, raised, fits = 0, 0, dict[int, Fit]()
    for number in range(bases):
        generator = np.random.default_rng([SEED, number])
        try:
            fits[number] = one_base(SUBJECTS[name], generator, starts=starts)
        except DataError as error:
            refused += 1
            print(f"  base {number} refused: {str(error).splitlines()[0]}")
        except (KundkarriarError, ArithmeticError, ValueError) as error:
            raised += 1
            print(f"  base {number} raised: {str(error).splitlines()[0]}")
    for number, fit in fits.items():
        if fit.below_truth > 0 or fit.below_best > BEHIND or fit.moved > MOVED:
            print(f"  base {number}: {fit}")
    below = sum(fit.below_truth > 0 for fit in fits.values())
    behind = [fit.below_best for fit in fits.values()]
    shift = [fit.moved for fit in fits.values()]
    far = sum(value > BEHIND for value in behind)
    shifted = sum(value > MOVED for value in shift)
    moved_most = f"{max(shift):.1e}" if SUBJECTS[name].rescaled else "no unit"
    print(
        f"{name:14} {refused:7} {raised:6} {below:11} {far:6} {max(behind):8.1e} {shifted:5} {moved_most:>8} "
        f"{sum(fit.boundary is not None for fit in fits.values()):10} {time.perf_counter() - began:7.0f}",
        flush=True,
    )
    for sentence, count in Counter(fit.boundary for fit in fits.values() if fit.boundary).most_common():
        print(f"  {count:4} x {sentence}", flush=True)


def main(names: list[str], *, bases: int = BASES, starts: int = STARTS) -> None:
    """Print one line a model."""
    print(f"{bases} bases of {CUSTOMERS:,} customers a model, {starts} further searches each")
    print(
        f"{'model':14} {'refused':>7} {'raised':>6} {'below truth':>11} {'behind':>6} {'at most':>8} {'moved':>5} "
        f"{'at most':>8} {'boundaries':>10} {'seconds':>7}"
    )
    for name in names or list(SUBJECTS):
        row(name, bases=bases, starts=starts)


if __name__ == "__main__":
    sizes = dict(zip(("bases", "starts"), (int(word) for word in sys.argv[1:] if word.isdigit()), strict=False))
    main([word for word in sys.argv[1:] if not word.isdigit()], **sizes)
