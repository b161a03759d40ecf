"""The fit of a repeat-buying model whose rates are shifted by static covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from kundkarriar.frames import narrow
from kundkarriar.history.summary.counted_rows import refuse_uncounted
from kundkarriar.history.summary.purchase_rows import read_purchase_rows
from kundkarriar.models.covariates.columns import customer_columns
from kundkarriar.models.covariates.design import without_effect
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.fitting.purchase_fit import fit_purchases, fit_rows, refuse_too_little

if TYPE_CHECKING:
    from kundkarriar.models.covariates.covariates import Covariates
    from kundkarriar.models.families.purchase_family import PurchaseFamily
    from kundkarriar.models.interface.fit_report import FitReport


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
        covariates: which columns shift what; none: a fit as any other.
        customers: where the columns stand by customer_id; None: in the summary.
        weights: the column that counts the customers of a row.
        period: the unit of time of a frame without a column `period`.

    Raises:
        DataError: as a fit without covariates; a column or a customer is missing; a column says nothing of its own.
    """
    if not covariates:
        params, unit, report = fit_purchases(family, summary, weights=weights, period=period)
        return params, NO_EFFECTS, unit, report
    need = f"{family.name}.fit"
    refuse_uncounted(summary, need=need, weights=weights)
    checked = read_purchase_rows(summary, need=need, period=period, weights=weights)
    refuse_too_little(checked.to_fit(), family, checked)
    known = ~checked.unknown[checked.position]
    held = customer_columns(
        covariates.columns, narrow(summary, need=need), customers, at=checked.position[known], need=need
    )
    rows = checked.to_fit()
    effects, columns = without_effect(covariates, held, weights=rows.weights, need=need)
    distinct = evolve(rows, covariates=columns).distinct(period=checked.period).rows
    found, report = fit_rows(effects.on(family), distinct, checked, l2=covariates.l2)
    params = {name: found[name] for name in family.parameters}
    return params, effects.with_coefficients(found), checked.period, report
