"""Forecasts of hidden states from a past month, held against what was then bought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.frames import new_frame
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.movement.forecast_origin import calibration_months
from kundkarriar.numerics.hmm.emissions import log_count, log_counts
from kundkarriar.numerics.hmm.static_gamma_poisson import fit_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.ladder.hidden.hidden_ladder import HiddenLadder

    Array = NDArray[np.float64]
    Whole = NDArray[np.int64]

LEAST = 1e-12
GRID = np.linspace(0.0, 0.99, 100)
"""Shares of customers who buy as much again, that are tried."""


@frozen(kw_only=True, eq=False)
class Told:
    """What a rule says of one month of every customer.

    Attributes:
        actual: probability of the count that came, (n,).
        none: of no purchase, (n,).
        mean: expected purchases, (n,).
    """

    actual: Array
    none: Array
    mean: Array


def scores(spec: HiddenLadder, careers: Any, *, origin: Any, horizon: int) -> Any:
    """See `FittedHiddenLadder.calibration`."""
    panel = read_purchases(careers, contacts=spec.contacts)
    month, months = calibration_months(panel.months, origin=origin, horizon=horizon)
    panel = evolve(panel, months=panel.months.of(panel.months.entry <= month))
    past = panel.until(month)
    fitted = spec.fit_panel(past)
    p = fitted.ahead(past, horizon=months)
    alike, own = spec.one_state(past), _own_rates(past)
    rows = []
    for step in range(months):
        y = panel.at(month + step + 1)
        there = y >= 0
        said = {
            "hidden": _hidden(p[:, step], y, m=fitted.chain.m, k=fitted.chain.k),
            "one state": _one(y, *alike),
            "own rate": _one(y, *own),
            "last month again": _again(past, y, ahead=step + 1, alike=alike),
        }
        rows += [
            {
                "ahead": step + 1,
                "rule": rule,
                "customers": int(there.sum()),
                "log_loss": float(np.mean(-np.log(np.maximum(told.actual[there], LEAST)))),
                "brier": float(np.mean((told.none - (y == 0))[there] ** 2)),
                "expected": float(told.mean[there].mean()),
                "actual": float(y[there].mean()),
            }
            for rule, told in said.items()
        ]
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


def _hidden(p: Array, y: Whole, *, m: Array, k: Array) -> Told:
    counts, code = np.unique(y, return_inverse=True)
    given = np.exp(log_counts(np.maximum(counts, 0).astype(np.float64), m=m, k=k)).T[code.reshape(-1)]
    none = np.exp(log_counts(np.zeros(1), m=m, k=k))[:, 0]
    return Told(actual=np.sum(p * given, axis=1), none=p @ none, mean=p @ m)


def _one(y: Whole, mean: Array | float, size: Array | float) -> Told:
    """Counts with a mean and a size, one for all or one each."""
    m, k = (np.broadcast_to(np.asarray(each, dtype=np.float64), y.shape) for each in (mean, size))
    bought = np.maximum(y, 0).astype(np.float64)
    actual = np.exp(log_count(bought, m=m, k=k))
    return Told(actual=actual, none=np.exp(log_count(np.zeros(len(y)), m=m, k=k)), mean=m)


def _again(past: PurchasePanel, y: Whole, *, ahead: int, alike: tuple[float, float]) -> Told:
    """As much as in the last month, with the share who did so long before; else as everyone."""
    last = past.at(past.months.last)
    before = past.at(past.months.last - ahead)
    everyone = _one(last, *alike)
    both = before >= 0
    seen = everyone.actual[both], (before == last)[both]
    heights = [np.mean(np.log(share * seen[1] + (1 - share) * seen[0])) if both.any() else -share for share in GRID]
    share = float(GRID[int(np.argmax(heights))])
    plain = _one(y, *alike)
    return Told(
        actual=share * (y == last) + (1 - share) * plain.actual,
        none=share * (last == 0) + (1 - share) * plain.none,
        mean=share * last + (1 - share) * plain.mean,
    )


def _own_rates(past: PurchasePanel) -> tuple[Array, Array]:
    """Means and sizes of everyone's next month, where each buys at a rate of their own; first months are left out."""
    start, lengths = past.months.start[:-1], past.months.lengths
    bought = np.bincount(past.months.owner, weights=past.y, minlength=len(past))
    x, T = (bought - past.y[start]).astype(np.float64), (lengths - 1).astype(np.float64)
    r, alpha = fit_rates(x=x, T=T)
    return (r + x) / (alpha + T), r + x
