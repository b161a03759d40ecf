"""Horizons, step lengths and discount rates of discrete-time models, whose steps are opportunities or renewals."""

from __future__ import annotations

import math

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.models.interface.argument_checks import require_meaningful_rate
from kundkarriar.summaries.discrete_time.calendar_steps import calendar_step, step_text
from kundkarriar.summaries.discrete_time.opportunity_rows import MOST


def whole_horizon(horizon: float, *, need: str, unit: str, least: int = 1, endless: bool = False) -> float:
    """The horizon as a whole number of steps, or infinity.

    Args:
        horizon: as given by the user.
        need: the method that was called, as the start of an error's sentence.
        unit: name of the steps: "opportunities".
        least: smallest allowed horizon.
        endless: whether the horizon may be infinite.

    Raises:
        DataError: text, a fraction, less than `least`, or more than 100,000 and finite.

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
    """The effective discount rate per step that compounds to an effective yearly `discount_rate`.

    Args:
        discount_rate: yearly and effective, >= 0.
        every: length of a step: "M".
        horizon: steps ahead; infinite only with a discount rate above 0.
        need: the method that was called, as the start of an error's sentence.

    Raises:
        DataError: text, negative, tiny, or 0 with an infinite horizon.

    >>> round(rate_per_step(0.10, every="M", horizon=12, need="this example"), 6)
    0.007974
    """
    number = isinstance(discount_rate, (int, float, np.integer, np.floating)) and not isinstance(discount_rate, bool)
    if not (number and 0 <= discount_rate < math.inf):
        raise DataError.because(
            f"{need} needs a yearly discount rate of at least 0, got {discount_rate!r}.", hint="discount_rate=0.10."
        )
    require_meaningful_rate(discount_rate, need=need)
    if discount_rate == 0 and math.isinf(horizon):
        raise DataError.because(f"{need} cannot add up a lifetime without discounting.", hint="discount_rate=0.10.")
    return math.expm1(calendar_step(every).years * math.log1p(discount_rate))


def as_step_length(every: object) -> str:
    """The length of a step in canonical spelling; the converter of a field `every`.

    >>> as_step_length("1Y")
    'Y'
    """
    return step_text(calendar_step(every))


def as_step_counts(given: object, *, need: str, unit: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Numbers of steps that simulated customers are observed for, (n,).

    Raises:
        DataError: not whole numbers from 0 to 100,000.
    """
    counts = np.atleast_1d(np.asarray(given, dtype=np.float64))
    if counts.ndim != 1 or not ((counts >= 0) & (counts <= MOST) & (counts == np.floor(counts))).all():
        raise DataError.because(
            f"{need} observes each customer for a whole number of {unit}, 0 to {MOST:,}.",
            hint="fitted.simulate([6] * 1000, seed=1).",
        )
    return counts
