"""The fit of a repeat-buying model: starts from moments, a search on distinct rows, and boundaries by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve

from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.history.purchase_rows import read_purchase_rows
from kundkarriar.models.fit_report import FitReport, parabola, unidentified
from kundkarriar.models.priors import top_under_prior
from kundkarriar.models.purchase_family import NBD_FAMILY
from kundkarriar.numerics.maximum_likelihood import Box, Optimum, best_start, maximise
from kundkarriar.numerics.working_coordinates import HIGH, LOW, natural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.history.purchase_rows import CheckedSummary, PurchaseRows
    from kundkarriar.models.purchase_family import PurchaseFamily
    from kundkarriar.numerics.maximum_likelihood import Surface

    Array = NDArray[np.float64]

SCOUTS = 4000
"""Starts are compared on about this many rows; the best goes on with all."""

SAME = 1e-3
"""Log-likelihoods this close are one."""
WORTH = 2.0
"""What the two parameters of dropout must add to the log-likelihood to be worth having (Akaike)."""

NO_DROPOUT = "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
OPEN = {
    "log_mean_purchases": "the purchase rate is not identifiable from so little: more customers or a longer time.",
    "log_r": "no heterogeneity in purchase rates identifiable: all customers may well buy at one rate.",
    "logit_phi": "the chance of leaving is not identifiable: more customers or a longer time, or use kk.NBD().",
    "log_kappa": "no heterogeneity in dropout identifiable: how much the chance of leaving differs between "
    "customers is open.",
}


def fit_purchases(
    family: PurchaseFamily, summary: Any, *, weights: str | None, period: str | None
) -> tuple[dict[str, float], str, FitReport]:
    """Parameters, period and report of `family` fitted to a summary frame."""
    checked = read_purchase_rows(summary, need=f"{family.name}.fit", period=period, weights=weights)
    rows = checked.to_fit().distinct(period=checked.period).rows
    _refuse_too_little(rows, family, checked)
    scale = float(np.median(rows.T[rows.T > 0]))
    n = float(rows.weights.sum())
    k = len(family.parameters)
    box = Box(n=n, low=LOW[:k], high=HIGH[:k])
    surface = family.surface(rows, scale=scale)
    optimum = _search(family, rows, surface, scale=scale, box=box)
    if not optimum.converged:
        raise ConvergenceError.because(
            f"{family.name} did not reach an optimum: the likelihood still rises "
            f"({np.abs(optimum.gradient).max() / n:.2g} per customer).",
            hint="look for customers who buy far more often than all others (summary.nlargest(5, 'frequency')).",
        )
    boundary = _boundary(family, rows, optimum, scale=scale, box=box)
    inside = top_under_prior(surface, family.coordinates, start=optimum.theta, box=box) if boundary else optimum
    values = natural(optimum.theta, scale=scale)
    report = FitReport(
        fitted=True,
        log_likelihood=float(optimum.value),
        n_customers=int(n),
        prospects=int(checked.prospect.sum()),
        unknown=int(checked.unknown.sum()),
        boundary=boundary,
        converged=True,
        scale=scale,
        **parabola(inside),
    )
    return dict(zip(family.parameters, values.tolist(), strict=True)), checked.period, report


def _refuse_too_little(rows: PurchaseRows, family: PurchaseFamily, checked: CheckedSummary) -> None:
    n = int(rows.weights.sum()) if len(rows) else 0
    if n <= len(family.parameters):
        raise DataError.because(
            f"{family.name} has {len(family.parameters)} parameters and needs more customers than that, got {n} "
            f"({checked.prospect.sum()} without a purchase and {checked.unknown.sum()} of unknown beginning left out).",
            hint="fit to the whole customer base; published parameters can be typed in: "
            f"Fitted{family.name.replace('/', '')}(params=..., period=...).",
        )
    if not rows.x.any():
        raise DataError.because(
            f"{family.name} cannot be fitted: none of the {n:,} customers ever bought again (`frequency` 0 for all).",
            hint="observe for longer, or check that several purchases of a customer share one customer_id.",
        )


def _search(family: PurchaseFamily, rows: PurchaseRows, surface: Surface, *, scale: float, box: Box) -> Optimum:
    """The optimum over all rows, from the best of several starts (compared on some rows where there are many)."""
    starts = _starts(family, rows, scale=scale)
    stride = max(1, len(rows) // SCOUTS)
    some = rows.at(np.arange(0, len(rows), stride)) if stride > 1 else rows
    scout = family.surface(some, scale=scale) if stride > 1 else surface
    start = best_start(scout, starts, evolve(box, n=float(some.weights.sum())))
    inside = np.clip(start, box.low / 4, box.high / 4) if stride > 1 else start
    return maximise(surface, inside, box)


def _starts(family: PurchaseFamily, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
    """Moments of NBD, and for dropout three guesses of how many leave."""
    T = rows.T / scale
    bought, aged = (float(np.sum(rows.weights * values)) for values in (rows.x, T))
    mean = bought / aged
    over = float(np.sum(rows.weights * (rows.x - mean * T) ** 2)) - bought
    r = mean**2 * float(np.sum(rows.weights * T**2)) / over if over > 0 else 10.0
    log_r = np.log(np.clip(r, 0.05, 10.0))
    if not family.leaves:
        return [np.array([np.log(mean), log_r])]
    guesses = ((1.5, 0.3, 3.0), (2.5, 0.5, 1.5), (1.1, 0.05, 3.0))
    return [
        np.array([np.log(mean * faster), log_r, np.log(phi / (1 - phi)), np.log(kappa)])
        for faster, phi, kappa in guesses
    ]


def _boundary(family: PurchaseFamily, rows: PurchaseRows, optimum: Optimum, *, scale: float, box: Box) -> str | None:
    """Which of the model's ideas these customers leave open, as a sentence; None where all are settled."""
    open_coordinate = unidentified(family.coordinates, optimum.hessian)
    if family.leaves:
        nested = NBD_FAMILY.surface(rows, scale=scale)
        edges = Box(n=box.n, low=LOW[:2], high=HIGH[:2])
        gain = optimum.value - maximise(nested, optimum.theta[:2], edges).value
        if gain < SAME or (gain < WORTH and open_coordinate is not None):
            return NO_DROPOUT
    return None if open_coordinate is None else OPEN[open_coordinate]
