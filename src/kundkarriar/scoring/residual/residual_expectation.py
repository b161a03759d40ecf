"""Residual expectation of each row, discounted: from the model's `residual`, or by quadrature of its predictions."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import CapabilityError
from kundkarriar.frames import add_columns
from kundkarriar.models.interface.futures import RESIDUAL_PARTS, Ahead, ResidualExpectation
from kundkarriar.models.interface.prediction_columns import refuse_more_buyers_than_purchases
from kundkarriar.models.interface.predictions import predictions
from kundkarriar.models.interface.protocols import Discounts, able, residuals_of
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit
from kundkarriar.scoring.costs import Costs
from kundkarriar.scoring.residual.seasonal_expectation import seasonal_expectation
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.summaries.equal_rows import as_whole_days
from kundkarriar.summaries.packed_gaps import GAPS, packed
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

NUMBER_OF_NODES = 6
"""Gauss-Legendre nodes for discounting predictions. The error relative to the model's own discounting at 10 % a year
is below 1e-10 over one year and below 1e-7 over three."""


def residual_expectation_by_horizon(
    model: Any,
    rows: PurchaseRows,
    *,
    discount_rate: float,
    costs: Costs | None,
    clock: SeasonClock | None,
    horizons: Sequence[float] = (),
) -> Callable[[float], ResidualExpectation]:
    """The residual expectation of each row, as a function of the horizon in calendar periods, `inf` for lifelong.

    `discount_rate` is continuous, per period of the calendar; without a `clock` the rows are in calendar time. Those
    `horizons` that will be asked are then computed together.
    """
    distinct, known = rows.distinct(period=model.period), {}
    if clock is None and horizons:
        ahead = [(horizon, discount_rate) for horizon in horizons]
        known = dict(zip(ahead, residual_expectations(model, distinct.rows, ahead=ahead, costs=costs), strict=True))

    @cache  # the months of a short horizon are also months of a long one
    def at_warped_horizon(warped: float, rate: float) -> ResidualExpectation:
        found = known.get((warped, rate))
        return found or residual_expectation(model, distinct.rows, horizon=warped, discount_rate=rate, costs=costs)

    def at_horizon(horizon: float) -> ResidualExpectation:
        if clock is None:
            ahead = at_warped_horizon(horizon, discount_rate)
        else:
            ahead = seasonal_expectation(at_warped_horizon, horizon=horizon, rate=discount_rate, clock=clock)
        return ahead.at(distinct.inverse)

    return at_horizon


def residual_expectation(
    model: Any, rows: PurchaseRows, *, horizon: float, discount_rate: float, costs: Costs | None
) -> ResidualExpectation:
    """The residual expectation of each row within a horizon."""
    (expectation,) = residual_expectations(model, rows, ahead=[(horizon, discount_rate)], costs=costs)
    return expectation


def residual_expectations(
    model: Any, rows: PurchaseRows, *, ahead: Ahead, costs: Costs | None
) -> tuple[ResidualExpectation, ...]:
    """The residual expectation of each row for each horizon and discount rate of `ahead`.

    A model that can discount gives it by `residual`. For a model that only predicts, it is computed from predictions at
    several horizons; P(purchase), the dropout probability and all lifelong values are then NaN. A CapabilityError says
    that there is a cost to serve, which is paid while alive, and the model gives no time alive.
    """
    if able(model, Discounts):
        expectations = residuals_of(model, rows, ahead=ahead)
        for own in (each for expectation in expectations for each in (expectation, expectation.returning)):
            if own is not None:
                refuse_more_buyers_than_purchases(own.p_purchase, own.purchases, need=type(model).__name__)
        return expectations
    if costs is not None and costs.serve_per_year != 0.0:
        raise CapabilityError.because(
            f"{type(model).__name__} does not say how long customers stay alive (it lacks Discounts), so the cost "
            "to serve cannot be counted.",
            hint="leave out serve_per_year, or use kk.MBGNBD, kk.BGNBD or kk.NBD, which can.",
        )
    return tuple(
        _expectation_from_predictions(model, rows, horizon=horizon, discount_rate=rate) for horizon, rate in ahead
    )


def _packed_gaps(model: Any, gaps: PurchaseGaps, *, like: object) -> Any:
    """The column `gaps` of rows; gaps that a season warps are no days, and a model that only predicts reads days."""
    days = as_whole_days(gaps.length, days=DAYS[model.period])
    if days is None:
        raise CapabilityError.because(
            f"{type(model).__name__} reads gaps in whole days, and a season warps them.",
            hint="leave out `season`, or give the model kk.Discounts, which gets the gaps in warped time.",
        )
    return packed(evolve(gaps, length=days), missing=np.zeros(len(gaps), dtype=bool), like=like)


def _expectation_from_predictions(
    model: Any, rows: PurchaseRows, *, horizon: float, discount_rate: float
) -> ResidualExpectation:
    """The residual expectation from `predict`, with purchases discounted by parts; time alive is 0.

    E[sum of exp(-rate t)] = exp(-rate h) E(h) + rate x the integral of exp(-rate t) E(t) over (0, h).
    """
    summary = pd.DataFrame(
        {
            "customer_id": np.arange(len(rows.x)),
            "frequency": rows.x.astype(np.int64),
            "recency": rows.t_x,
            "T": rows.T,
            "period": model.period,
        }
    )
    if rows.older is not None:
        summary["entry"] = np.where(rows.older, "unknown", "known")
    if rows.gaps is not None:
        summary = add_columns(summary, {GAPS: _packed_gaps(model, rows.gaps, like=summary)})

    def predicted(ahead: float) -> tuple[Array, Array]:
        columns = ("p_alive", "expected_purchases")
        p_alive, purchases = predictions(model, summary, columns, ids=range(len(summary)), horizon=ahead)
        return np.clip(p_alive, 0.0, 1.0), np.maximum(purchases, 0.0)

    p_alive, purchases = predicted(1.0 if math.isinf(horizon) else horizon)
    parts: dict[str, Any] = dict.fromkeys(RESIDUAL_PARTS, np.full(len(rows.x), np.nan)) | {"p_alive": p_alive}
    if math.isfinite(horizon):
        discounted = math.exp(-discount_rate * horizon) * purchases
        if discount_rate > 0:
            nodes, weights = gauss_legendre_unit(NUMBER_OF_NODES)
            for node, weight in zip(nodes * horizon, weights * horizon, strict=True):
                by_node = predicted(float(node))[1]
                discounted = discounted + weight * discount_rate * math.exp(-discount_rate * node) * by_node
        alive = np.where(p_alive > 0, p_alive, 1.0)
        parts |= {"purchases": purchases / alive, "discounted_purchases": discounted / alive}
        parts["discounted_alive"] = np.zeros(len(alive))
    return ResidualExpectation(**parts)
