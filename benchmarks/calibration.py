"""Calibration of intervals and forecasts: models fitted to simulated customer bases, compared with the truths.

    python benchmarks/calibration.py prior   MBGNBD [bases]   # truths drawn from WeakPrior: ranks of the truth
    python benchmarks/calibration.py cover   MBGNBD [bases]   # truth fixed: 90 % intervals of estimates()
    python benchmarks/calibration.py futures MBGNBD [bases]   # truth fixed: purchases of the next 39 weeks, spend

Without a model, all one after the other; each can be run alone. One process: a thousand bases of `prior`, or five
hundred of `cover`, take from half a minute to ten minutes a model.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from attrs import frozen
from calibration_cases import CASES, Case, cdnow_ages, cdnow_repeats, simulated
from scipy.stats import chi2

import kundkarriar as kk
from kundkarriar.summaries.purchase_rows import PurchaseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

BINS = 20
LEVEL = 0.90


@frozen(kw_only=True, eq=False)
class Ranks:
    """Where truths lie among draws, as numbers that are uniform between 0 and 1 if the draws are right.

    Attributes:
        names: the parameters.
        ranks: one row a base, one column a parameter.
        k_hats: of the posteriors.
        refused: bases that a fit refused, by the first words of why.
    """

    names: tuple[str, ...]
    ranks: Array
    k_hats: Array
    refused: dict[str, int]


def ranks_under_prior(case: Case, *, bases: int, seed: int, draws: int = 500) -> Ranks:
    """Truths from `WeakPrior()`, a base of each, and the rank of each truth among the draws of its posterior.

    Bases that a fit refuses by a law of the data, such as that somebody bought again, are left out: a selection on the
    data leaves ranks uniform.
    """
    generator = np.random.default_rng(seed)
    example = case.given(case.truth)
    names = tuple(example.free_parameters())
    ranks, k_hats, refused = [], [], dict[str, int]()
    for _ in range(bases):
        theta = kk.WeakPrior().draw(example.unconstrained.names, size=1, generator=generator)
        truth = example.unconstrained.natural(theta, scale=case.scale)[0]
        try:
            base = case.small(case.given(dict(zip(names, truth.tolist(), strict=True))), generator)
            posterior = case.spec.fit(base).posterior(draws=draws, seed=generator)
        except (kk.DataError, kk.ConvergenceError, ValueError) as error:
            why = str(error).split(":")[0]
            refused[why] = refused.get(why, 0) + 1
            continue
        ranks.append(rank(posterior.values, truth, generator))
        k_hats.append(posterior.k_hat)
    return Ranks(names=names, ranks=np.array(ranks), k_hats=np.array(k_hats), refused=refused)


def rank(draws: Array, truth: Array, generator: Generator) -> Array:
    """The share of draws below the truth, (k,), ties and the ends broken at random."""
    below, equal = (draws < truth).sum(axis=0), (draws == truth).sum(axis=0)
    return np.asarray((below + generator.random(np.shape(below)) * (equal + 1)) / (len(draws) + 1))


def uniformity(values: Array, *, bins: int = BINS) -> Array:
    """P-value of a chi-square test that each column is uniform between 0 and 1, (k,)."""
    counts = np.stack([np.histogram(column, bins=bins, range=(0, 1))[0] for column in values.T])
    expected = len(values) / bins
    return np.asarray(chi2.sf(((counts - expected) ** 2 / expected).sum(axis=1), bins - 1))


def holm(p_values: Sequence[float]) -> Array:
    """P-values adjusted for being many, after Holm (1979), in the order given."""
    p = np.asarray(p_values)
    order = np.argsort(p)
    adjusted = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    found = np.empty_like(p)
    found[order] = np.minimum(adjusted, 1.0)
    return found


def intervals(case: Case, *, bases: int, seed: int) -> pd.DataFrame:
    """The 90 % intervals of `estimates()` in `bases` bases of one truth.

    Returns:
        base, parameter, known (False at a boundary), covered, truth_below, truth_above.
    """
    generator = np.random.default_rng(seed)
    model, frames = case.given(case.truth), []
    for base in range(bases):
        found = case.spec.fit(case.whole(model, generator)).estimates(level=LEVEL)
        truth = np.array([case.truth[name] for name in found["parameter"]])
        low, high = found["low"].to_numpy(), found["high"].to_numpy()
        known = ~np.isnan(low)
        frames.append(
            pd.DataFrame(
                {
                    "base": base,
                    "parameter": found["parameter"],
                    "known": known,
                    "covered": known & (low <= truth) & (truth <= high),
                    "truth_below": known & (truth < low),
                    "truth_above": known & (truth > high),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


@frozen(kw_only=True, eq=False)
class Forecasts:
    """Drawn purchases of the horizon, compared with the simulated ones.

    Attributes:
        pit: where the outcome of one customer in ten lies among its draws, uniform if they are right, (customers,).
        covered: share of customers within their 90 % interval, one a base, (bases,).
        bias: sum of the draws' means over the sum of the outcomes, (bases,).
    """

    pit: Array
    covered: Array
    bias: Array


def forecasts(case: Case, *, bases: int, seed: int, ages: Array, horizon: float = 39.0, draws: int = 200) -> Forecasts:
    """Draw the purchases of every customer in the horizon, in `bases` bases of one truth."""
    generator = np.random.default_rng(seed)
    pits, covered, bias = [], [], []
    for _ in range(bases):
        summary, later = simulated(case, ages=ages, horizon=horizon, generator=generator)
        fitted = case.spec.fit(summary)
        x, t_x, log_gaps = (summary[name] for name in ("frequency", "recency", "gap_log_sum"))
        rows = PurchaseRows(x=x, t_x=t_x, T=ages, weights=np.ones(len(ages)), gap_log_sum=log_gaps)
        drawn = fitted.draw_outcomes(
            rows,
            posterior=fitted.posterior(draws=draws, seed=generator),
            horizon=horizon,
            discount_rate=0.0,
            generator=generator,
        ).purchases
        pits.append(rank(drawn.T, later, generator)[::10])
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
        covered.append(((low <= later) & (later <= high)).mean())
        bias.append(drawn.mean(axis=1).sum() / later.sum())
    return Forecasts(pit=np.concatenate(pits), covered=np.array(covered), bias=np.array(bias))


@frozen(kw_only=True, eq=False)
class SpendIntervals:
    """Share of customers whose spend, given how often they bought, lies within its 90 % interval, one a base."""

    covered: Array


def spend_intervals(case: Case, *, bases: int, seed: int, draws: int = 400) -> SpendIntervals:
    """Five more orders of every repeat buyer, in `bases` bases of one truth."""
    generator = np.random.default_rng(seed)
    p, q, gamma = case.truth["p"], case.truth["q"], case.truth["gamma"]
    covered = []
    for _ in range(bases):
        x = cdnow_repeats()
        nu = generator.gamma(q, size=len(x)) / gamma
        mean = generator.gamma(p * x) / nu / x
        orders = generator.integers(1, 6, len(x))
        came = generator.gamma(p * orders) / nu
        fitted = case.spec.fit(pd.DataFrame({"frequency": x, "monetary_value": mean}))
        drawn = fitted.draw_spend(
            x,
            mean,
            purchases=np.repeat(orders[:, None], draws, axis=1),
            posterior=fitted.posterior(draws=draws, seed=generator),
            generator=generator,
        )
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
        covered.append(((low <= came) & (came <= high)).mean())
    return SpendIntervals(covered=np.array(covered))


def print_prior(name: str, bases: int) -> list[tuple[str, float]]:
    """Ranks of truths from the prior; the p-value of each parameter."""
    found = ranks_under_prior(CASES[name], bases=bases, seed=1)
    p = uniformity(found.ranks)
    bad = int((found.k_hats > 0.7).sum())
    print(f"{name}: {len(found.ranks)} bases, {bad} with k-hat above .7 (largest {found.k_hats.max():.2f})")
    for why, times in found.refused.items():
        print(f"    refused {times}: {why}")
    for at, (parameter, value) in enumerate(zip(found.names, p, strict=True)):
        print(f"    {parameter:8} mean rank {found.ranks[:, at].mean():.3f}   p {value:.4f}")
    return [(f"{name} {parameter}", float(value)) for parameter, value in zip(found.names, p, strict=True)]


def print_cover(name: str, bases: int) -> list[tuple[str, float]]:
    """Coverage of the intervals of `estimates()`."""
    found = intervals(CASES[name], bases=bases, seed=2)
    known = found[found["known"]]
    shares = known.groupby("parameter", sort=False)[["covered", "truth_below", "truth_above"]].mean() * 100
    shares.insert(0, "bases", known.groupby("parameter", sort=False).size())
    print(f"{name}: 90 % intervals of estimates(); {bases} bases of the size of the published data")
    print(shares.round(1).to_string())
    print(f"    average {shares['covered'].mean():.1f} %")
    return []


def print_futures(name: str, bases: int) -> list[tuple[str, float]]:
    """Coverage and randomised PIT of purchases to come, and of spend given purchases."""
    case = CASES[name]
    if name == "GammaGamma":
        covered = spend_intervals(case, bases=bases, seed=4).covered
        print(f"{name}: spend of 1 to 5 orders, {bases} bases: 90 % intervals cover {100 * covered.mean():.1f} %")
    if case.live is None:
        return []
    found = forecasts(case, bases=bases, seed=3, ages=cdnow_ages())
    p = float(uniformity(found.pit[:, None])[0])
    print(
        f"{name}: next 39 weeks, {bases} bases: 90 % intervals cover {100 * found.covered.mean():.1f} % "
        f"(lowest base {100 * found.covered.min():.1f}); PIT of {len(found.pit):,} customers uniform: p {p:.4f}; "
        f"total drawn / came {found.bias.mean():.4f}"
    )
    return [(f"{name} futures", p)]


CHECKS: dict[str, tuple[Callable[[str, int], list[tuple[str, float]]], int]] = {
    "prior": (print_prior, 1000),
    "cover": (print_cover, 500),
    "futures": (print_futures, 100),
}


def requested(words: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """The checks, models and numbers of bases that the command line asks for."""
    check, name, bases = (*words, None, None, None)[:3]
    for each in [check] if check else CHECKS:
        for model in [name] if name else CASES:
            yield each, model, int(bases or CHECKS[each][1])


def main(words: Sequence[str]) -> None:
    """Run and print what is asked for."""
    tests = []
    for check, name, bases in requested(words):
        began = time.perf_counter()
        tests += CHECKS[check][0](name, bases)
        print(f"    ({check}, {time.perf_counter() - began:.0f} s)", flush=True)
    if tests:
        adjusted = holm([p for _, p in tests])
        worst = int(np.argmin(adjusted))
        print(
            f"\n{len(tests)} tests of uniformity; the smallest p after Holm: {adjusted[worst]:.4f}, {tests[worst][0]}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
