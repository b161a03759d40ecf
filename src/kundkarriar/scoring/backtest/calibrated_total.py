"""Calibration of a total of drawn values by the factor of a backtest."""

from __future__ import annotations

import numpy as np

from kundkarriar.dates.period import DAYS, Period
from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor, widened_interval
from kundkarriar.scoring.value_draws import APPROXIMATE, ValueDraws, central

SAME_HORIZON = 0.02
"""Largest relative difference between horizons that count as equal: months have 28 to 31 days."""


def calibrated_total(
    draws: ValueDraws, *, factor: CalibrationFactor, tested: Period, level: float
) -> dict[str, float | str]:
    """The total of `draws` times a calibration factor: factor, expected, low, high, note.

    The `factor` is one of purchases where these are drawn, else of sales; of a net value it multiplies the clv, and
    costs are not changed. The interval is that of the draws times the factor, widened by the spread between origins; it
    is missing (NaN) for a single origin. `tested` is the horizon of the backtest.
    """
    if draws.measure == "net_value":
        blocks = (np.sum(values, axis=1) for _, values in draws.together(("clv", "net_value")))
        scaled, net = sum(blocks, start=np.zeros((2, len(draws))))
        totals = factor.factor * scaled + (net - scaled)
    else:
        scaled = draws.totals()
        totals = factor.factor * scaled
    expected, width = float(totals.mean()), factor.log_width(level)
    low, high = np.nan, np.nan
    if width is not None:
        low, high = map(float, central(totals, level))
        multiplied = factor.factor * float(scaled.mean())
        low, high = widened_interval(expected=expected, low=low, high=high, scaled=multiplied, log_width=width)
    note = _calibration_note(draws, factor, tested=tested)
    return {"factor": factor.factor, "expected": expected, "note": note, "low": low, "high": high}


def _calibration_note(draws: ValueDraws, factor: CalibrationFactor, *, tested: Period) -> str:
    drawn = Period(draws.horizon, draws.purchases.period)
    parts = [f"factor: geometric mean of actual / predicted over {tested} at {factor.origins} origins"]
    if factor.log_spread is None or factor.freedom is None:
        parts = [f"factor: actual / predicted over {tested} at one origin", "one origin has no spread: no interval"]
    else:
        spread = f"{factor.log_spread:.3f} on the log scale, t with {factor.freedom:.1f} degrees of freedom"
        parts += [f"interval widened by their spread, {spread}"]
    if abs(tested.days / drawn.days - 1) > SAME_HORIZON:
        parts += [f"tested over {tested}, applied to {drawn.days / DAYS['M']:.3g} months as if it stayed the same"]
    if draws.measure == "net_value":
        parts += ["costs are not multiplied"]
    return "; ".join(parts) + (APPROXIMATE if draws.approximate else "")
