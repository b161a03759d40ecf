"""The variance that estimated parameters give an expected total, by the delta method."""

from typing import Any

import numpy as np

from kundkarriar.models.drift.mixed_fits import weighted_members
from kundkarriar.models.families.row_predictions import RowPredictions
from kundkarriar.models.interface.protocols import ReadsSummary
from kundkarriar.models.uncertainty.covariance import covariance_in_logs
from kundkarriar.summaries.purchase_rows import PurchaseRows

STEP = 0.01
"""Step of the numerical derivative, in standard errors of the parameter."""


def total_std_error(model: Any, summary: Any, *, horizon: float, customers: Any, need: str) -> float:
    """Standard error of the expected purchases of all customers of a summary, from the estimated parameters.

    The parts of a mixture were fitted to the same data, so that their errors go the same way: the standard errors are
    averaged. 0 where it is not known: given parameters, a boundary, a user's own model.
    """
    error = 0.0
    for weight, part in weighted_members(model):
        if isinstance(part, RowPredictions) and isinstance(part, ReadsSummary):
            rows = part.read(summary, customers=customers, need=need).rows.distinct(period=part.period).rows
            laws = [(part, rows)] if part.older is None else zip((part, part.older), rows.groups(), strict=True)
            error += weight * float(np.hypot.reduce([_std_error(law, own, horizon=horizon) for law, own in laws]))
    return error


def _std_error(law: RowPredictions, rows: PurchaseRows, *, horizon: float) -> float:
    covariance = covariance_in_logs(law.report, law.unconstrained)
    if covariance is None or not len(rows):
        return 0.0
    params = law.free_parameters()
    steps = STEP * np.sqrt(np.diag(covariance))

    def total(values: dict[str, float]) -> float:
        expected = law.of_own_law(law.family.expected_purchases, rows, values, period=law.period, horizon=horizon)
        return float(rows.weights @ expected)

    at, gradient = total(params), []
    for name, positive, step in zip(params, law.unconstrained.positive, steps, strict=True):
        moved = params[name] * np.exp(step) if positive else params[name] + step
        gradient.append((total(params | {name: float(moved)}) - at) / step)
    slope = np.array(gradient)
    return float(np.sqrt(max(slope @ covariance @ slope, 0.0)))
