"""Calibration of a hidden Markov model: forecasts of purchases from a past month against the months after it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.career_panel import CareerPanel, month_number
from kundkarriar.ladder.hidden.hidden_movement import HiddenMovement
from kundkarriar.ladder.hidden.purchase_panel import PurchasePanel, read_purchases
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.numerics.hmm.emissions import NONE, log_counts
from kundkarriar.numerics.hmm.static_gamma_poisson import fit_gamma_poisson

LEAST_PROBABILITY = 1e-12


def scores(
    careers: FrameT,
    *,
    contacts: Sequence[str],
    fit: Callable[[PurchasePanel], HiddenMovement],
    origin: object,
    horizon: Any,
) -> FrameT:
    """See `FittedHiddenLadder.calibration`."""
    panel = read_purchases(careers, contacts=contacts)
    month, months = _origin_and_months(panel.months, origin=origin, horizon=horizon)
    panel = evolve(panel, months=panel.months.of(panel.months.entry <= month))
    past = panel.until(month)
    fitted = fit(past)
    p, (own_m, own_k) = fitted.ahead(past, months=months), _own_rates(past)
    rows: list[dict[str, Any]] = []
    for step in range(months):
        bought = panel.at(month + step + 1)
        known, y = bought >= 0, bought[bought >= 0].astype(np.float64)
        rules = {
            "hidden": _scored(y, p=p[known, step], m=fitted.chain.m, k=fitted.chain.k),
            "own rate": _scored(y, p=np.ones((len(y), 1)), m=own_m[known, None], k=own_k[known, None]),
        }
        rows += [{"ahead": step + 1, "rule": rule, "customers": len(y), **score} for rule, score in rules.items()]
    return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=careers)


def _origin_and_months(panel: CareerPanel, *, origin: Any, horizon: Any) -> tuple[int, int]:
    """The month to forecast from, and the number of known months after it, at most `horizon`.

    Raises:
        DataError: no month lies before the origin, or none after it.
    """
    month = month_number(origin)
    months = min(months_of(horizon), panel.last - month)
    if not (months >= 1 and month >= panel.first):
        first, last, middle = np.array([panel.first, panel.last, (panel.first + panel.last) // 2]).astype(
            "datetime64[M]"
        )
        raise DataError.because(
            f"calibration needs months before and after `origin` {origin}; the careers go from {first} to {last}.",
            hint=f'origin="{middle}-01".',
        )
    return month, months


def _scored(y: Array, *, p: Array, m: Array, k: Array) -> dict[str, float]:
    """Scores of negative binomial counts of mean m and size k, mixed by p, (n, S), against the counts y, (n,)."""
    actual = np.sum(p * np.exp(log_counts(y[:, None], m=m, k=k)), axis=1)
    none = np.sum(p * np.exp(log_counts(NONE, m=m, k=k)), axis=1)
    return {
        "log_loss": float(np.mean(-np.log(np.maximum(actual, LEAST_PROBABILITY)))),
        "brier": float(np.mean((none - (y == 0)) ** 2)),
        "expected": float(np.sum(p * m, axis=1).mean()),
        "actual": float(y.mean()),
    }


def _own_rates(past: PurchasePanel) -> tuple[Array, Array]:
    """Means and sizes of each customer's next month under a gamma-Poisson model; the months of entry are left out."""
    start, lengths = past.months.start[:-1], past.months.lengths
    bought = np.bincount(past.months.owner, weights=past.y, minlength=len(past))
    x, T = (bought - past.y[start]).astype(np.float64), (lengths - 1).astype(np.float64)
    r, alpha = fit_gamma_poisson(x=x, T=T)
    return (r + x) / (alpha + T), r + x
