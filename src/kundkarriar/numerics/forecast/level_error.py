"""The error of a forecast's level, common to all customers: its size, its draws, and totals with it.

A level is a lognormal factor of mean 1, exp(sd z - sd^2 / 2), of all future purchase rates. Its standard deviation is
learnt from the errors of totals at earlier origins.
"""

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.bisection import bisected

PRIOR_WEIGHT = 2
"""Origins that the prior counts for."""
LEVEL_STREAM = 3
"""Stream key of the level's draws; drawn outcomes, expectations and drift have 0 to 2."""
HALVINGS = 60


def level_sd(*, errors: Array, variances: Array, prior_sd: float) -> float:
    """Standard deviation of the log level, sqrt(max(0, (2 prior_sd^2 + sum(e^2 - v)) / (2 + n))).

    Of n earlier origins: `errors` e, the logarithms of actual / predicted totals, (n,), and `variances` v, what the
    forecasts had stated of the drawn totals' logarithms, (n,): what parameters and futures explain is not counted
    twice.

    >>> round(level_sd(errors=np.array([0.2, -0.1]), variances=np.array([0.01, 0.01]), prior_sd=0.08), 4)
    0.1034
    """
    excess = PRIOR_WEIGHT * prior_sd**2 + float(np.sum(errors**2 - variances))
    return float(np.sqrt(max(excess, 0.0) / (PRIOR_WEIGHT + len(errors))))


def draw_levels(*, entropy: int, draws: int, sd: float) -> Array:
    """The level of each of S draws, (S,): draw s depends on `entropy` and s alone, whatever the number of draws.

    >>> [round(float(level), 3) for level in draw_levels(entropy=1, draws=3, sd=0.1)]
    [0.796, 1.103, 0.926]
    """
    z = np.random.default_rng(np.random.SeedSequence(entropy, spawn_key=(LEVEL_STREAM,))).standard_normal(draws)
    return np.asarray(np.exp(sd * z - sd**2 / 2))


def interval_with_level(totals: Array, *, sd: float, level: float) -> tuple[float, float]:
    """Bounds of the central interval of drawn `totals`, (S,), times a level: the mean over the draws, solved exactly.

    Of totals of at least 0; those of 0 stay 0.

    >>> [round(bound, 2) for bound in interval_with_level(np.full(10, 100.0), sd=0.1, level=0.9)]
    [84.41, 117.29]
    """
    from scipy.special import ndtr  # noqa: PLC0415 - importing the package stays cheap

    p = np.array([(1 - level) / 2, (1 + level) / 2])
    logs = np.log(totals[totals > 0]) - sd**2 / 2
    if sd == 0 or not len(logs):
        low, high = np.quantile(totals, p)
        return float(low), float(high)
    ends = np.full(2, logs.min() - 40 * sd), np.full(2, logs.max() + 40 * sd)
    zeros = 1 - len(logs) / len(totals)

    def below(x: Array) -> Array:
        return np.asarray(zeros + (1 - zeros) * ndtr((x[:, None] - logs) / sd).mean(axis=1) < p)

    low, high = np.exp(bisected(below, *ends, halvings=HALVINGS)[0])
    return (float(low) if p[0] > zeros else 0.0), (float(high) if p[1] > zeros else 0.0)
