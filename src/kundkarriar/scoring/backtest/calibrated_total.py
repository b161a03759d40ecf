"""A total of drawn values beside the same calibrated by a backtest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.history.period import DAYS, Period
from kundkarriar.numerics.forecast.calibration_factor import widened
from kundkarriar.scoring.backtest.backtest_result import BacktestResult

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.numerics.forecast.calibration_factor import CalibrationFactor
    from kundkarriar.scoring.value_draws import ValueDraws

SAME_HORIZON = 0.02
"""Horizons that differ by less than this share are the same: months have 28 to 31 days."""


def calibrated_total(draws: ValueDraws, backtest: Any, *, level: float) -> dict[str, float | str]:
    """The total times the backtest's factor: factor, expected, low, high, and a note on how they came about.

    The factor multiplies sales; of a net value it multiplies the clv, and costs stay as they are. The bounds are those
    of the draws times the factor, widened by the spread between the origins; missing where there was one origin.

    Raises:
        DataError: not a backtest's result, one of other models, or one without a factor.
    """
    _refuse_other(draws, backtest)
    measure = "purchases" if draws.measure == "purchases" else "sales"
    factor = backtest.factor(measure)
    if factor is None:
        raise DataError.because(
            f"the backtest has no calibration factor of {measure}: at some origin their total, foreseen or actual, is "
            "not above 0.",
            hint="look at result.totals(); fewer origins, or a longer horizon.",
        )
    scaled, fixed = _parts(draws)
    totals = factor.factor * scaled + fixed
    expected = float(totals.mean())
    found = {"factor": factor.factor, "expected": expected, "note": _note(draws, backtest, factor)}
    width = factor.log_width(level)
    if width is None:
        return found | {"low": np.nan, "high": np.nan}
    low, high = (float(np.quantile(totals, p)) for p in ((1 - level) / 2, (1 + level) / 2))
    multiplied = factor.factor * float(scaled.mean())
    low, high = widened(expected=expected, low=low, high=high, scaled=multiplied, log_width=width)
    return found | {"low": low, "high": high}


def _parts(draws: ValueDraws) -> tuple[NDArray[np.float64], NDArray[np.float64] | float]:
    """What of each drawn total a factor of sales multiplies, and what it leaves as it is, (S,)."""
    if draws.measure != "net_value":
        return draws.totals(), 0.0
    clv, net = (np.zeros(len(draws)) for _ in range(2))
    for _, (one, other) in draws.together(("clv", "net_value")):
        clv += one.sum(axis=0)
        net += other.sum(axis=0)
    return clv, net - clv


def _refuse_other(draws: ValueDraws, backtest: Any) -> None:
    if not isinstance(backtest, BacktestResult):
        raise DataError.because(
            f"`backtest` must be what kk.Backtest(...).run(transactions) gives, got {type(backtest).__name__}.",
            hint="kk.backtest(...) gives the summary alone; write kk.Backtest(...).run(transactions).",
        )
    models = type(draws.purchases).__name__, type(draws.spend).__name__
    if backtest.models != models:
        raise DataError.because(
            f"the backtest tested {' and '.join(backtest.models)}, the draws are of {' and '.join(models)}.",
            hint="run the backtest with the scorer that the draws come from.",
        )


def _note(draws: ValueDraws, backtest: BacktestResult, factor: CalibrationFactor) -> str:
    tested, drawn = Period.of(backtest.backtest.horizon), Period(draws.horizon, draws.purchases.period)
    said = [f"factor: geometric mean of actual / predicted over {tested} at {factor.origins} origins"]
    if factor.log_spread is None or factor.freedom is None:
        said = [f"factor: actual / predicted over {tested} at one origin", "one origin has no spread: no interval"]
    else:
        spread = f"{factor.log_spread:.3f} on the log scale, t with {factor.freedom:.1f} degrees of freedom"
        said += [f"interval widened by their spread, {spread}"]
    if abs(tested.days / drawn.days - 1) > SAME_HORIZON:
        said += [f"tested over {tested}, applied to {drawn.days / DAYS['M']:.3g} months as if it stayed the same"]
    if draws.measure == "net_value":
        said += ["costs are not multiplied"]
    return "; ".join(said)
