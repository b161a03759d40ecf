"""The fit of a repeat-buying model with static covariates."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import customer_columns
from kundkarriar.models.covariates.covariates import Covariates
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.covariates.zero_effects import zero_effects
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.models.fitting.purchase_fit import fit_purchases, fit_rows, refuse_too_little
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows


def fit_with_covariates(
    family: PurchaseFamily,
    summary: Any,
    *,
    covariates: Covariates,
    customers: Any,
    weights: str | None,
    period: str | None,
) -> tuple[dict[str, float], CovariateEffects, str, FitReport]:
    """Parameters, effects, period and report of `family` fitted to a summary frame.

    Args:
        family: the model without covariates.
        summary: one row per customer.
        covariates: the specification; without columns the fit is one without covariates.
        customers: a frame with customer_id and the columns; None where the summary has them.
        weights: the column that counts the customers of a row.
        period: the unit of time of a frame without a column `period`.

    Raises:
        DataError: as a fit without covariates; a column or a customer is missing; a column cannot be fitted.
    """
    if not covariates:
        params, unit, report = fit_purchases(family, summary, weights=weights, period=period)
        return params, NO_EFFECTS, unit, report
    need = f"{family.name}.fit"
    refuse_unweighted_rows(summary, need=need, weights=weights)
    checked = read_purchase_rows(summary, need=need, period=period, weights=weights)
    refuse_too_little(checked.to_fit(), family, checked)
    known = ~checked.unknown[checked.position]
    sources = customer_columns(
        covariates.columns, narrow(summary, need=need), customers, at=checked.position[known], need=need
    )
    rows = checked.to_fit()
    effects, columns = zero_effects(covariates, sources, weights=rows.weights, need=need)
    distinct = evolve(rows, covariates=columns).distinct(period=checked.period).rows
    fitted, report = fit_rows(effects.extend(family), distinct, checked, l2=covariates.l2)
    params = {name: fitted[name] for name in family.parameters}
    return params, effects.with_coefficients(fitted), checked.period, report
