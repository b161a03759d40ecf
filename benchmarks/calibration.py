"""Calibration of intervals and forecasts: models fitted to simulated customer bases, compared with the truths.

    python benchmarks/calibration.py prior   [model] [bases]   # truths drawn from the prior: draws of the posterior
    python benchmarks/calibration.py cover   [model] [bases]   # truth fixed: 90 % intervals of estimates()
    python benchmarks/calibration.py futures [model] [bases]   # truth fixed: purchases, renewals or spend to come

Without a model, all one after the other. One process: a thousand bases of `prior`, or five hundred of `cover`, take
from half a minute to ten minutes a model.

`prior` is simulation-based calibration. Its statements are exact for draws that are right, however few customers a
base has: the truth of a parameter, and what customers did after, lie among the draws given the base as one more draw
does. A base that a fit refuses is left out and counted. Whether it is refused depends on the base alone, and given the
base the truth is distributed as the posterior says, whichever bases are kept.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from attrs import frozen
from calibration_cases import CASES, Case
from scipy.stats import chi2

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

    Array = NDArray[np.float64]

BINS = 20
LEVEL = 0.90
CUSTOMER, TOTAL = "one customer, later", "all customers, later"


@frozen(kw_only=True, eq=False)
class Ranks:
    """Where truths lie among draws, as numbers that are uniform between 0 and 1 if the draws are right.

    Attributes:
        parameters: of the model.
        ranks: one row a base; a column a parameter, then one of what one customer did later, and one of all customers'.
        k_hats: of the posteriors.
        refused: why a law of the data forbids a fit, by number of the base.
        raised: why another fit ended without a maximum, by number of the base.
    """

    parameters: tuple[str, ...]
    ranks: Array
    k_hats: Array
    refused: dict[int, str]
    raised: dict[int, str]

    def covered(self, level: float) -> Array:
        """Share of truths between the draws' quantiles (1 - level) / 2 and (1 + level) / 2, one a column."""
        return np.asarray((np.abs(self.ranks - 0.5) <= level / 2).mean(axis=0))


def ranks_under_prior(case: Case, *, bases: int, seed: int, draws: int = 500) -> Ranks:
    """Truths from the prior, a base of each, and the rank of each truth among the draws given the base."""
    example = case.given(case.truth)
    parameters, unconstrained = tuple(example.free_parameters()), example.unconstrained
    ranks, k_hats, refused, raised = [], [], dict[int, str](), dict[int, str]()
    for number in range(bases):
        generator = np.random.default_rng([seed, number])
        theta = prior_draw(case.prior, unconstrained, generator)
        truth = unconstrained.natural(theta, scale=case.scale)
        base = case.small(dict(zip(parameters, truth.tolist(), strict=True)), generator)
        try:
            fitted = case.spec.fit(base.table)
        except kk.DataError as error:
            refused[number] = str(error).splitlines()[0]
            continue
        except kk.ConvergenceError as error:
            raised[number] = str(error).splitlines()[0]
            continue
        posterior = fitted.posterior(draws=draws, seed=generator, prior=case.prior)
        drawn = case.draw_later(fitted, base.table, posterior, generator)
        # chosen by what the truth and the draws are together, so that the truth stays one of them
        some = np.flatnonzero(np.maximum(drawn.max(axis=1), base.later) > 0)
        one = generator.choice(some if len(some) else len(drawn))
        ranks.append(
            [
                *rank(posterior.values, truth, generator),
                *rank(drawn[[one]].T, base.later[[one]], generator),
                *rank(drawn.sum(axis=0)[:, None], base.later.sum(keepdims=True), generator),
            ]
        )
        k_hats.append(posterior.k_hat)
    return Ranks(parameters=parameters, ranks=np.array(ranks), k_hats=np.array(k_hats), refused=refused, raised=raised)


def prior_draw(prior: kk.WeakPrior, unconstrained: UnconstrainedParameters, generator: Generator) -> Array:
    """Unconstrained parameters from the prior, (k,), within the bounds beyond which a posterior has no density."""
    while True:
        theta: Array = prior.draw(unconstrained.names, size=1, generator=generator)[0]
        if ((unconstrained.low <= theta) & (theta <= unconstrained.high)).all():
            return theta


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
    frames = []
    for base in range(bases):
        found = case.spec.fit(case.whole(case.truth, generator).table).estimates(level=LEVEL)
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
    """What customers are drawn to do, compared with what the simulated ones did.

    Attributes:
        pit: where the outcome of one customer in ten lies among its draws, uniform if they are right, (customers,).
        covered: share of customers within their 90 % interval, one a base, (bases,).
        bias: sum of the draws' means over the sum of the outcomes, (bases,).
    """

    pit: Array
    covered: Array
    bias: Array


def forecasts(case: Case, *, bases: int, seed: int, draws: int = 200) -> Forecasts:
    """Draw what every customer does later, in `bases` bases of one truth."""
    generator = np.random.default_rng(seed)
    pits, covered, bias = [], [], []
    for _ in range(bases):
        base = case.whole(case.truth, generator)
        fitted = case.spec.fit(base.table)
        drawn = case.draw_later(fitted, base.table, fitted.posterior(draws=draws, seed=generator), generator)
        pits.append(rank(drawn.T, base.later, generator)[::10])
        low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
        covered.append(((low <= base.later) & (base.later <= high)).mean())
        bias.append(drawn.mean(axis=1).sum() / base.later.sum())
    return Forecasts(pit=np.concatenate(pits), covered=np.array(covered), bias=np.array(bias))


def print_prior(name: str, bases: int) -> pd.DataFrame:
    """Ranks of truths from the prior; a row a quantity."""
    found = ranks_under_prior(CASES[name], bases=bases, seed=1)
    used, refused, raised = len(found.ranks), len(found.refused), len(found.raised)
    print(
        f"{name}: {bases} prior draws, {used} used, {refused} refused, {raised} raised; "
        f"k-hat above .7 in {(found.k_hats > 0.7).sum()} (largest {found.k_hats.max():.2f})"
    )
    for word, reasons in (("refused", found.refused), ("raised", found.raised)):
        for why, times in Counter(reasons.values()).most_common():
            print(f"    {word} {times}: {why} (base {next(at for at in reasons if reasons[at] == why)})")
    rows = pd.DataFrame(
        {
            "quantity": [*found.parameters, CUSTOMER, TOTAL],
            "cover 90": 100 * found.covered(0.9),
            "cover 50": 100 * found.covered(0.5),
            "mean rank": found.ranks.mean(axis=0),
            "p": uniformity(found.ranks),
        }
    )
    print(rows.to_string(index=False, float_format="{:.4g}".format))
    return rows.assign(model=name, used=used, refused=refused, raised=raised)


def print_cover(name: str, bases: int) -> pd.DataFrame:
    """Coverage of the intervals of `estimates()`."""
    found = intervals(CASES[name], bases=bases, seed=2)
    known = found[found["known"]]
    shares = known.groupby("parameter", sort=False)[["covered", "truth_below", "truth_above"]].mean() * 100
    shares.insert(0, "bases", known.groupby("parameter", sort=False).size())
    print(f"{name}: 90 % intervals of estimates(); {bases} bases of the size of the published data")
    print(shares.round(1).to_string())
    print(f"    average {shares['covered'].mean():.1f} %")
    return pd.DataFrame()


def print_futures(name: str, bases: int) -> pd.DataFrame:
    """Coverage and randomised PIT of what is to come."""
    found = forecasts(CASES[name], bases=bases, seed=3)
    p = float(uniformity(found.pit[:, None])[0])
    print(
        f"{name}: {bases} bases: 90 % intervals of a customer cover {100 * found.covered.mean():.1f} % "
        f"(lowest base {100 * found.covered.min():.1f}); PIT of {len(found.pit):,} customers uniform: p {p:.4f}; "
        f"total drawn / came {found.bias.mean():.4f}"
    )
    return pd.DataFrame({"model": [name], "quantity": ["futures"], "p": [p]})


CHECKS: dict[str, tuple[Callable[[str, int], pd.DataFrame], int | None]] = {
    "prior": (print_prior, None),
    "cover": (print_cover, 500),
    "futures": (print_futures, 100),
}


def requested(words: Sequence[str]) -> Iterator[tuple[str, str, int]]:
    """The checks, models and numbers of bases that the command line asks for."""
    bases = next((int(word) for word in words if word.isdigit()), None)
    for check in [word for word in words if word in CHECKS] or CHECKS:
        for name in [word for word in words if word in CASES] or CASES:
            yield check, name, bases or CHECKS[check][1] or CASES[name].prior_draws


def print_models(rows: pd.DataFrame) -> None:
    """A line of docs/numbers.md for each model of `prior`, whose rows have p-values after Holm."""
    print(
        "\n| model | used | refused | parameters, 90 % | each | 50 % | customer | all customers | p | after Holm | s |"
    )
    for name, of_model in rows.groupby("model", sort=False):
        parameters = of_model[~of_model["quantity"].isin([CUSTOMER, TOTAL])]
        later = of_model.set_index("quantity")["cover 90"]
        each, first = parameters["cover 90"], of_model.iloc[0]
        print(
            f"| {name} | {first['used']:.0f} | {first['refused']:.0f} | {each.mean():.1f} "
            f"| {each.min():.1f} to {each.max():.1f} | {parameters['cover 50'].mean():.1f} "
            f"| {later[CUSTOMER]:.1f} | {later[TOTAL]:.1f} | {of_model['p'].min():.3f} "
            f"| {of_model['holm'].min():.2f} | {first['seconds']:.0f} |"
        )


def main(words: Sequence[str]) -> None:
    """Run and print what is asked for."""
    found = []
    for check, name, bases in requested(words):
        began = time.perf_counter()
        rows = CHECKS[check][0](name, bases)
        seconds = time.perf_counter() - began
        print(f"    ({check}, {seconds:.0f} s)", flush=True)
        found.append(rows.assign(check=check, seconds=seconds))
    tests = pd.concat(found, ignore_index=True)
    if len(tests):
        tests["holm"] = holm(tests["p"].tolist())
        if "cover 90" in tests:
            print_models(tests.dropna(subset="cover 90"))
        worst = tests.sort_values("p").iloc[0]
        print(
            f"\n{len(tests)} tests of uniformity; the smallest p {worst['p']:.4f}, after Holm {worst['holm']:.4f}, "
            f"of {worst['model']}, {worst['quantity']}"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore", kk.DataWarning)
    main(sys.argv[1:])
