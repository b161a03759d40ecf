"""The fit of a repeat-buying model to a summary: check, covariates, distinct rows, maximum likelihood, report."""

from __future__ import annotations

from functools import partial
from typing import Any, Protocol, runtime_checkable

import numpy as np
from attrs import evolve, frozen

from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import check_unread, customer_columns
from kundkarriar.models.covariates.covariates import Covariates
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.covariates.zero_effects import zero_effects
from kundkarriar.models.families.purchase_family import LikelihoodFamily, PurchaseFamily
from kundkarriar.models.fitting.likelihood_fit import (
    NEVER_AGAIN,
    ONE_ID,
    LikelihoodFit,
    NestedLikelihood,
    Search,
    SearchStage,
    left_out,
    refuse_too_little,
)
from kundkarriar.models.fitting.two_laws import LawLikelihood, laws_of, refuse_unfit_for_two_laws
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.earlier.last_day import last_day
from kundkarriar.summaries.purchase_rows import PurchaseRows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows

SUBSAMPLE_ROWS = 4000
"""Starts are compared on about this many rows; the best start is continued on all rows."""


@runtime_checkable
class HasSearch(Protocol):
    """A family whose likelihood takes so long that it searches in a way of its own."""

    def search(self, rows: PurchaseRows, *, scale: float) -> Search:
        """The objectives of its search."""


@frozen(kw_only=True, eq=False)
class FittedLaw:
    """Parameters, covariate effects and report of a fit."""

    params: dict[str, float]
    effects: CovariateEffects
    report: FitReport


@frozen(kw_only=True, eq=False)
class PurchasesToFit:
    """The customers of a summary that a repeat-buying model is fitted to.

    Attributes:
        rows: their distinct rows, with covariates.
        groups: those of customers known from their first purchase on, and of those who may be older than the data;
            None where nobody may.
        effects: the covariate effects, all coefficients 0.
        l2: the penalty on coefficients.
        checked: the whole summary with all its checks.
        as_of: the last day of the data; None where the summary does not say it.
    """

    rows: PurchaseRows
    groups: tuple[PurchaseRows, PurchaseRows] | None
    effects: CovariateEffects
    l2: float
    checked: CheckedSummary
    as_of: str | None

    def likelihood(self, family: PurchaseFamily) -> LikelihoodFit:
        """The likelihood of the rows under `family` with the covariate effects."""
        return likelihood_of(self.effects.extend(family), self.rows)

    def laws(self, family: PurchaseFamily) -> tuple[FittedLaw, FittedLaw | None]:
        """The law of all customers, or of newcomers, and that of customers older than the data, if they have one."""
        checked = self.checked
        counts = {"prospects": checked.customers(checked.prospect), "season": checked.season, "as_of": self.as_of}
        one, *two = laws_of(self.likelihood(family), self._likelihoods(family), l2=self.l2, **counts)
        rows = self.groups if two and self.groups else (self.rows,)
        newcomers, *older = (
            FittedLaw(
                params={name: values[name] for name in family.parameters},
                effects=self.effects.with_coefficients(values),
                report=evolve(report, distinct_rows=own),
            )
            for (values, report), own in zip((one, *two), rows, strict=True)
        )
        return newcomers, older[0] if older else None

    def _likelihoods(self, family: PurchaseFamily) -> tuple[LawLikelihood, LawLikelihood] | None:
        if self.groups is None:
            return None
        extended, scale = self.effects.extend(family), median_age(self.rows)
        known, older = (
            LawLikelihood(
                fit=partial(likelihood_of, extended, rows, scale=scale),
                customers=int(rows.weights.sum()),
                repeat_buyers=int(rows.weights[rows.x > 0].sum()),
            )
            for rows in self.groups
        )
        return known, older


def purchases_to_fit(
    family: PurchaseFamily,
    summary: Any,
    *,
    covariates: Covariates,
    customers: Any,
    weights: str | None,
    period: str | None,
) -> PurchasesToFit:
    """The customers of a summary that enter a fit of `family`, checked; arguments as of `fit`."""
    need = f"{family.name}.fit"
    refuse_unweighted_rows(summary, need=need, weights=weights)
    checked = read_purchase_rows(summary, need=need, period=period, weights=weights, gaps=family.needs_gaps)
    rows, effects = checked.rows, NO_EFFECTS
    if rows.older is not None:
        refuse_unfit_for_two_laws(family, rows, period=checked.period)
    refuse_too_few_purchases(rows, family, checked)
    if not covariates:
        check_unread(customers, need=need)
    else:
        sources = customer_columns(
            covariates.columns, narrow(summary, need=need), customers, at=checked.position, need=need
        )
        effects, columns = zero_effects(covariates, sources, weights=rows.weights, need=need)
        rows = evolve(rows, covariates=columns)
        refuse_too_few_purchases(rows, effects.extend(family), checked)
    groups = None
    if rows.older is not None:
        known, older = (group.merged(period=checked.period) for group in rows.groups())
        groups, rows = (known, older), evolve(rows, older=None)
    merged = rows.merged(period=checked.period)
    return PurchasesToFit(
        rows=merged,
        groups=groups,
        effects=effects,
        l2=covariates.l2,
        checked=checked,
        as_of=last_day(narrow(summary, need=need), need=need),
    )


def median_age(rows: PurchaseRows) -> float:
    """The unit of time of the unconstrained parameters."""
    return float(np.median(rows.T[rows.T > 0]))


def likelihood_of(family: LikelihoodFamily, rows: PurchaseRows, *, scale: float | None = None) -> LikelihoodFit:
    """The likelihood of distinct rows under `family`, with all that its maximisation needs; `scale` None: their own."""
    scale = median_age(rows) if scale is None else scale
    search = _search(family, rows, scale=scale)
    return LikelihoodFit(
        name=family.name,
        parameters=family.parameters,
        unconstrained=family.unconstrained,
        starts=family.starts(rows, scale=scale),
        n=float(rows.weights.sum()),
        scale=scale,
        objective=search.objective,
        stages=search.stages,
        gain_tolerance=search.gain_tolerance,
        exact=search.exact,
        nested=tuple(
            NestedLikelihood(
                objective=nested.family.objective(rows, scale=scale),
                starts=nested.family.starts(rows, scale=scale)[:1],
                unconstrained=nested.family.unconstrained,
                sentence=nested.sentence,
            )
            for nested in family.nested
        )
        + search.nested,
        hint="look for customers who buy far more often than all others (summary.nlargest(5, 'frequency')).",
    )


def _search(family: LikelihoodFamily, rows: PurchaseRows, *, scale: float) -> Search:
    """The family's own search, or one that begins with a subsample where rows are many."""
    if isinstance(family, HasSearch):
        return family.search(rows, scale=scale)
    stages: tuple[SearchStage, ...] = ()
    if (stride := len(rows) // SUBSAMPLE_ROWS) > 1:
        some = rows.at(np.arange(0, len(rows), stride))
        stages = (SearchStage(objective=family.objective(some, scale=scale), n=float(some.weights.sum())),)
    return Search(objective=family.objective(rows, scale=scale), stages=stages)


def refuse_too_few_purchases(rows: PurchaseRows, family: LikelihoodFamily, checked: CheckedSummary) -> None:
    """Check that there are more customers than parameters, and that some customer bought again."""
    n = int(rows.weights.sum())
    refuse_too_little(
        family.name,
        n,
        parameters=len(family.parameters),
        typed=f"Fitted{family.name.replace('/', '')}(params=..., period=...)",
        left_out=left_out(checked),
        cases=[(not rows.x.any(), NEVER_AGAIN.format(n), ONE_ID)],
    )
