"""Rows of `BacktestResult.newcomers`: who came after an origin, what was forecast of them, and totals with them."""

from typing import Any

import numpy as np

from kundkarriar.scoring.backtest.forecast import MEASURES
from kundkarriar.scoring.backtest.origin_report import OriginReport
from kundkarriar.scoring.newcomers.newcomer_forecast import Foreseen

SIDES = ("predicted", "low", "high")


def newcomer_row(at: OriginReport) -> dict[str, Any]:
    """The row of one origin; what is not forecast is missing, and the note says why."""
    coming, known = at.newcomer_forecast, at.rules[0]
    row: dict[str, Any] = {"origin": at.origin, "until": at.until}
    actual = {"newcomers": at.newcomers, "purchases": at.newcomer_purchases, "sales": at.newcomer_sales}
    for name, value in actual.items():
        row |= {name: value, **_bounds(name, None if coming is None else getattr(coming, name))}
    for measure in MEASURES:
        everything = row[measure] + known.of(measure).actual
        row[f"share_of_{measure}"] = row[measure] / everything if everything > 0 else None
    row["all_sales"] = at.newcomer_sales + known.sales.actual
    return (
        row
        | _bounds("all_sales", all_sales(at))
        | {"note": at.not_forecast or "; ".join(coming.notes if coming else ())}
    )


def all_sales(at: OriginReport) -> Foreseen | None:
    """Forecast sales of known customers and newcomers together, whose draws are added draw by draw."""
    coming, known = at.newcomer_forecast, at.rules[0].sales
    if coming is None:
        return None
    drawn = np.array(known.interval.totals) + np.array(coming.drawn_sales) if coming.drawn_sales else None
    return Foreseen.of(known.predicted + coming.sales.expected, drawn)


def _bounds(name: str, foreseen: Foreseen | None) -> dict[str, float | None]:
    values = (None,) * len(SIDES) if foreseen is None else (foreseen.expected, foreseen.low, foreseen.high)
    return {f"{name}_{side}": value for side, value in zip(SIDES, values, strict=True)}
