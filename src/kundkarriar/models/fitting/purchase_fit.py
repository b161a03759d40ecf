"""The fit of a repeat-buying model to a summary: check, distinct rows, maximum likelihood, report."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit, NestedLikelihood, natural_values
from kundkarriar.models.fitting.penalty import penalise, without_penalty
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows

SUBSAMPLE_ROWS = 4000
"""Starts are compared on about this many rows; the best start is continued on all rows."""


def fit_purchases(
    family: PurchaseFamily, summary: Any, *, weights: str | None, period: str | None
) -> tuple[dict[str, float], str, FitReport]:
    """Parameters, period and report of `family` fitted to a summary frame."""
    need = f"{family.name}.fit"
    refuse_unweighted_rows(summary, need=need, weights=weights)
    checked = read_purchase_rows(summary, need=need, period=period, weights=weights)
    rows = checked.to_fit().merged(period=checked.period)
    values, report = fit_rows(family, rows, checked)
    return values, checked.period, report


def fit_rows(
    family: PurchaseFamily, rows: PurchaseRows, checked: CheckedSummary, *, l2: float = 0.0
) -> tuple[dict[str, float], FitReport]:
    """Parameters and report of `family` fitted to the distinct rows of a checked summary.

    Args:
        family: the model.
        rows: the distinct rows of the customers that the fit uses.
        checked: the summary that the rows come from.
        l2: ridge penalty on coefficients of covariates.
    """
    refuse_too_little(rows, family, checked)
    fit = likelihood_of(family, rows)
    penalised = penalise(fit, l2=l2)
    optimum = penalised.optimum()
    report = fit.report(
        without_penalty(optimum, fit=fit, penalised=penalised),
        boundary=penalised.boundary(optimum),
        prospects=int(checked.prospect.sum()),
        unknown=int(checked.unknown.sum()),
        season=checked.season,
        distinct_rows=rows,
    )
    return natural_values(family.parameters, optimum, fit), report


def likelihood_of(family: PurchaseFamily, rows: PurchaseRows) -> LikelihoodFit:
    """The likelihood of distinct rows under `family`, with all that its maximisation needs."""
    scale = float(np.median(rows.T[rows.T > 0]))
    stride = max(1, len(rows) // SUBSAMPLE_ROWS)
    subsample = rows.at(np.arange(0, len(rows), stride))
    return LikelihoodFit(
        name=family.name,
        unconstrained=family.unconstrained,
        objective=family.objective(rows, scale=scale),
        starts=family.starts(rows, scale=scale),
        n=float(rows.weights.sum()),
        scale=scale,
        subsample_objective=family.objective(subsample, scale=scale) if stride > 1 else None,
        subsample_n=float(subsample.weights.sum()),
        nested=tuple(
            NestedLikelihood(
                objective=nested.family.objective(rows, scale=scale),
                starts=nested.family.starts(rows, scale=scale)[:1],
                unconstrained=nested.family.unconstrained,
                sentence=nested.sentence,
            )
            for nested in family.nested
        ),
        hint="look for customers who buy far more often than all others (summary.nlargest(5, 'frequency')).",
    )


def refuse_too_little(rows: PurchaseRows, family: PurchaseFamily, checked: CheckedSummary) -> None:
    """Check that there are more customers than parameters, and that some customer bought again.

    Raises:
        DataError: otherwise.
    """
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
