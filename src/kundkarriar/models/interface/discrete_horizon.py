"""Horizons and discount rates where time comes in steps: opportunities to buy, renewals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.history.discrete_time.anniversaries import step_of, written
from kundkarriar.history.discrete_time.opportunity_rows import MOST
from kundkarriar.models.interface.argument_checks import refuse_next_to_no_rate
from kundkarriar.numerics.sampling.seed import as_seed

if TYPE_CHECKING:
    from numpy.random import Generator


def whole_horizon(horizon: float, *, need: str, unit: str, least: int = 1, endless: bool = False) -> float:
    """A horizon as a whole number of steps.

    Args:
        horizon: as given.
        need: who asks, as the start of a sentence.
        unit: what is counted: "opportunities".
        least: the smallest that has a meaning.
        endless: whether it may be infinite.

    Raises:
        DataError: text, a fraction, less than `least`, or more than any sum runs over.

    >>> whole_horizon(5.0, need="this example", unit="renewals")
    5
    """
    number = isinstance(horizon, (int, float, np.integer, np.floating)) and not isinstance(horizon, bool)
    if number and endless and horizon == math.inf:
        return math.inf
    if not (number and least <= horizon <= MOST and horizon == math.floor(horizon)):
        raise DataError.because(
            f"{need} counts whole {unit}, {least} to {MOST:,}, got {horizon!r}.",
            hint=f"a number, without a unit: 5 is the next five {unit}.",
        )
    return int(horizon)


def rate_per_step(discount_rate: float, *, every: str, horizon: float, need: str) -> float:
    """The discount rate from one step to the next, effective, of a yearly one.

    Raises:
        DataError: no number of at least 0, or 0 where the horizon has no end.

    >>> round(rate_per_step(0.10, every="M", horizon=12, need="this example"), 6)
    0.007974
    """
    number = isinstance(discount_rate, (int, float, np.integer, np.floating)) and not isinstance(discount_rate, bool)
    if not (number and 0 <= discount_rate < math.inf):
        raise DataError.because(
            f"{need} needs a yearly discount rate of at least 0, got {discount_rate!r}.", hint="discount_rate=0.10."
        )
    refuse_next_to_no_rate(discount_rate, need=need)
    if discount_rate == 0 and math.isinf(horizon):
        raise DataError.because(f"{need} cannot add up a lifetime without discounting.", hint="discount_rate=0.10.")
    return math.expm1(step_of(every).years * math.log1p(discount_rate))


def as_typed(every: object) -> str:
    """The length of a step, checked and in one spelling: the converter of a field `every`.

    >>> as_typed("1Y")
    'Y'
    """
    return written(step_of(every))


def as_counts(given: object, *, need: str, unit: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """How many steps each simulated customer is observed for, (n,).

    Raises:
        DataError: not whole numbers of at least 0.
    """
    counts = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if counts.ndim != 1 or not ((counts >= 0) & (counts <= MOST) & (counts == np.floor(counts))).all():
        raise DataError.because(
            f"{need} observes each customer for a whole number of {unit}, 0 to {MOST:,}.",
            hint="fitted.simulate([6] * 1000, seed=1).",
        )
    return counts


def as_generator(seed: int | Generator) -> Generator:
    """The stream of a seed."""
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(as_seed(seed))
