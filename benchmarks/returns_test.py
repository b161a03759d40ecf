"""Size and power of the test of nobody returning: `FittedReturningNBD.returns_test` on simulated customers.

    python benchmarks/returns_test.py [bases]

Customers are simulated event by event, without any formula of the library, and dated to the day. Printed are, for 200
bases without returns, with other log-normal rates in each, and for 50 with returns:

    rejected   share of bases in which the test rejects nobody returning at .05
    statistic  its 50 %, 90 % and 95 % quantile
    boundary   bases whose fit names a boundary
"""

from __future__ import annotations

import sys
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen
from event_histories import Pauses, observe_pauses

import kundkarriar as kk

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

CUSTOMERS, WEEKS, SEED, LEVEL = 2000, 104.0, 20261130, 0.05


@frozen(kw_only=True)
class Setting:
    """Bases of one kind.

    Attributes:
        bases: how many.
        ages: how many weeks the youngest and the oldest customer are observed, uniform in between.
        traits: m1, s1, m2, s2 and nu of a base, per week.
    """

    bases: int
    ages: tuple[float, float]
    traits: Callable[[Generator], dict[str, float]]


def without_returns(generator: Generator) -> dict[str, float]:
    """Rates around those of published data, none of returning."""
    low, high = np.array([-3.5, 0.6, -3.75, 0.6]), np.array([-1.5, 1.4, -1.75, 1.4])
    return dict(zip(("m1", "s1", "m2", "s2"), generator.uniform(low, high).tolist(), strict=True)) | {"nu": 0.0}


def with_returns(_: Generator) -> dict[str, float]:
    """A pause of 50 weeks on average."""
    return {"m1": -2.5, "s1": 1.0, "m2": -2.75, "s2": 1.0, "nu": 0.02}


SETTINGS = {
    "nobody returns": Setting(bases=200, ages=(5.0, WEEKS), traits=without_returns),
    "nu .02 a week, 104 weeks": Setting(bases=50, ages=(WEEKS, WEEKS), traits=with_returns),
    "nu .02 a week, 5 to 104 weeks": Setting(bases=50, ages=(5.0, WEEKS), traits=with_returns),
}


def main(bases: int | None) -> None:
    """Print a line for each setting."""
    print(f"{CUSTOMERS:,} customers a base; rejected at {LEVEL}")
    print(f"{'bases':32} {'n':>4} {'rejected':>8} {'statistic':>22} {'boundary':>8} {'seconds':>7}")
    for number, (name, setting) in enumerate(SETTINGS.items()):
        began, tests, boundaries = time.perf_counter(), [], 0
        count = bases or setting.bases
        for base in range(count):
            generator = np.random.default_rng([SEED, number, base])
            pauses = Pauses.log_normal(**setting.traits(generator), n=CUSTOMERS, generator=generator)
            summary, _ = observe_pauses(
                pauses,
                T=generator.uniform(*setting.ages, CUSTOMERS),
                horizon=0.0,
                days=7.0,
                period="W",
                generator=generator,
            )
            fitted = kk.ReturningNBD().fit(summary)
            tests.append(fitted.returns_test(summary))
            boundaries += fitted.boundary is not None
        rejected = np.mean([test.p_value <= LEVEL for test in tests])
        quantiles = np.quantile([test.statistic for test in tests], [0.5, 0.9, 0.95])
        told = " ".join(f"{value:.3f}" for value in quantiles)
        print(
            f"{name:32} {count:4} {rejected:8.1%} {told:>22} {boundaries:8} {time.perf_counter() - began:7.0f}",
            flush=True,
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore", kk.DataWarning)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
