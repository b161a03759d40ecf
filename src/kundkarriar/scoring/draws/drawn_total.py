"""A drawn total against the expected total: its interval, and whether the data leave the total open."""

import numpy as np

from kundkarriar.arrays import Array

POSTERIOR_MEAN = "mean over the posterior"
EXTENDED = "the interval is extended to the expected total, which the draws lie beside"
LEFT_OPEN = 0.03
"""Relative difference between the mean over the posterior and the total at the fitted parameters left open by data."""
LEVEL_OF_CHANCE = 0.95


def central(values: Array, level: float) -> Array:
    """The bounds of the central interval of `values` along the last axis, (2, ...)."""
    ordered = np.sort(values, axis=-1)  # numpy's quantiles of so few numbers take seven times as long
    last, bounds = ordered.shape[-1] - 1, []
    for share in ((1 - level) / 2, (1 + level) / 2):
        below = int(share * last)
        low, high, beyond = ordered[..., below], ordered[..., min(below + 1, last)], share * last - below
        bounds.append(low + (high - low) * beyond if beyond < 0.5 else high - (high - low) * (1 - beyond))
    return np.where(np.isnan(ordered[..., -1]), np.nan, bounds)


def interval_around(expected: float, totals: Array, level: float) -> tuple[float, float]:
    """The central interval of drawn `totals`, (S,), extended to the `expected` total where that lies outside."""
    low, high = central(totals, level)
    return min(float(low), expected), max(float(high), expected)


def in_one_line(*notes: str) -> str:
    """Notes and sentences as one line; empty ones are left out."""
    return "; ".join(note.removesuffix(".") for note in notes if note)


def mean_and_error(totals: Array) -> tuple[float, float]:
    """The mean of drawn `totals`, (S,), and half the width of its 95 % interval (Student's t): chance of S draws."""
    from scipy.special import stdtrit  # noqa: PLC0415 - importing the package stays cheap

    quantile = float(stdtrit(len(totals) - 1, (1 + LEVEL_OF_CHANCE) / 2))
    return float(totals.mean()), quantile * float(totals.std(ddof=1)) / np.sqrt(len(totals))


def left_open(expected: float, *, mean: float, error: float) -> str:
    """A sentence where the data leave an `expected` total open; else empty.

    They do where its `mean` over the posterior differs by more than 3 %, and by more than `error`, what chance of so
    many draws explains. Both are NaN without draws.
    """
    difference = mean - expected
    if not abs(difference) > max(LEFT_OPEN * abs(expected), error):
        return ""
    share = difference / abs(expected) if expected else np.inf
    return f"the data leave it open: the {POSTERIOR_MEAN} is {mean:,.2f}, {share:+.1%}"
