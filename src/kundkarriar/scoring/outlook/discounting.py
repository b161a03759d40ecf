"""What lies ahead of each row, discounted: by the model itself, or from its predictions alone."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from attrs import fields_dict

from kundkarriar.errors import CapabilityError
from kundkarriar.models.interface.coherence import refuse_more_buyers_than_purchases
from kundkarriar.models.interface.futures import Residual
from kundkarriar.models.interface.protocols import Discounts
from kundkarriar.scoring.outlook.seasonal_discounting import seasonal_residual

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kundkarriar.history.summary.purchase_rows import PurchaseRows
    from kundkarriar.scoring.costs import Costs
    from kundkarriar.season.clock import SeasonClock

NODES = 6
"""Gauss-Legendre nodes for the discounting of predictions: beside the model's own discounting at 10 % a year they
are off by less than 1e-10 over one year and 1e-7 over three."""


def outlook(
    model: Any, rows: PurchaseRows, *, discount_rate: float, costs: Costs | None, clock: SeasonClock | None
) -> Callable[[float], Residual]:
    """What lies ahead of each row within a horizon, as a function of the horizon.

    Args:
        model: fitted.
        rows: the customers.
        discount_rate: continuous, per period of the calendar.
        costs: what customers cost; None: nothing.
        clock: how the rows' time is warped; None: it is the calendar's.

    Returns:
        A function of the periods of the calendar ahead, `inf` for lifelong.
    """
    distinct = rows.distinct(period=model.period)

    @cache  # horizons of one day share their months
    def at(warped: float, rate: float) -> Residual:
        return residual(model, distinct.rows, horizon=warped, discount_rate=rate, costs=costs)

    def ahead(horizon: float) -> Residual:
        if clock is None:
            alone = at(horizon, discount_rate)
        else:
            alone = seasonal_residual(at, horizon=horizon, rate=discount_rate, clock=clock)
        return Residual(**{name: getattr(alone, name)[distinct.inverse] for name in fields_dict(Residual)})

    return ahead


def residual(
    model: Any,
    rows: PurchaseRows,
    *,
    horizon: float,
    discount_rate: float,
    costs: Costs | None,
) -> Residual:
    """`model.residual(...)` where the model can discount, else the same from `predict` at several horizons.

    A model that only predicts leaves lifelong values and the probability of leaving unknown (NaN).

    Raises:
        CapabilityError: cost to serve is paid while alive, and the model does not say how long that is.
        ConvergenceError: the model expects fewer purchases than buyers.
    """
    if isinstance(model, Discounts):
        ahead = model.residual(rows, horizon=horizon, discount_rate=discount_rate)
        refuse_more_buyers_than_purchases(ahead.p_purchase, ahead.purchases, need=type(model).__name__)
        return ahead
    if costs is not None and costs.serve_per_year != 0.0:
        raise CapabilityError.because(
            f"{type(model).__name__} does not say how long customers stay alive (it lacks Discounts), so the cost "
            "to serve cannot be counted.",
            hint="leave out serve_per_year, or use kk.MBGNBD, kk.BGNBD or kk.NBD, which can.",
        )
    return _from_predictions(model, rows, horizon=horizon, discount_rate=discount_rate)


def _from_predictions(model: Any, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> Residual:
    """By parts: E[sum of exp(-rate t)] = exp(-rate h) E(h) + rate x the integral of exp(-rate t) E(t) over (0, h)."""
    unknown = np.full(len(rows.x), np.nan)
    summary = pd.DataFrame(
        {
            "customer_id": np.arange(len(rows.x)),
            "frequency": rows.x.astype(np.int64),
            "recency": rows.t_x,
            "T": rows.T,
            "period": model.period,
        }
    )
    at_end = model.predict(summary, horizon=1.0 if math.isinf(horizon) else horizon)
    p_alive: NDArray[np.float64] = at_end["p_alive"].to_numpy(dtype=np.float64)
    if math.isinf(horizon):
        return Residual(
            p_alive=p_alive,
            purchases=unknown,
            p_purchase=unknown,
            discounted_purchases=unknown,
            discounted_alive=unknown,
            p_leaves=unknown,
        )
    purchases = at_end["expected_purchases"].to_numpy(dtype=np.float64)
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    discounted = math.exp(-discount_rate * horizon) * purchases
    if discount_rate == 0:
        nodes, weights = nodes[:0], weights[:0]
    for node, weight in zip((nodes + 1) * horizon / 2, weights * horizon / 2, strict=True):
        until = model.predict(summary, horizon=float(node))["expected_purchases"].to_numpy(dtype=np.float64)
        discounted = discounted + weight * discount_rate * math.exp(-discount_rate * node) * until
    alive = np.where(p_alive > 0, p_alive, 1.0)
    return Residual(
        p_alive=p_alive,
        purchases=purchases / alive,
        p_purchase=unknown,
        discounted_purchases=discounted / alive,
        discounted_alive=np.zeros(len(alive)),
        p_leaves=unknown,
    )
