"""The fit of the shifted beta-geometric to memberships: check, counts, maximum likelihood, report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit, natural_values
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.shifted_beta_geometric import likelihood
from kundkarriar.summaries.discrete_time.membership_rows import MembershipRows, read_membership_rows

NAME = "ShiftedBetaGeometric"
PARAMETERS = ("alpha", "beta")
UNCONSTRAINED = UnconstrainedParameters(blocks=(DROPOUT,))
UNIDENTIFIED = {
    "logit_phi": "the chance of leaving is not identifiable: more members or more renewals.",
    "log_kappa": "how much the chance of leaving differs between members is not identifiable: all may leave alike, "
    "with a retention that stays the same, or some at once and the others never.",
}


def fit_memberships(table: Any, *, weights: str | None, every: str | None) -> tuple[dict[str, float], str, FitReport]:
    """Parameters, time between renewals and report of the shifted beta-geometric fitted to a table."""
    rows = read_membership_rows(table, need=f"{NAME}.fit", every=every, weights=weights).distinct()
    _refuse_too_little(rows)
    fit = likelihood_of(rows)
    optimum = fit.optimum()
    report = fit.report(optimum, boundary=fit.boundary(optimum), distinct_rows=rows)
    return natural_values(PARAMETERS, optimum, fit), rows.every, report


def likelihood_of(rows: MembershipRows) -> LikelihoodFit:
    """The likelihood of distinct rows, with all that its maximisation needs."""
    ended_at, faced = rows.counts()

    def objective(theta: Array) -> tuple[float, Array, Array]:
        alpha, beta = UNCONSTRAINED.natural(theta)
        total = likelihood.total(ended_at=ended_at, faced=faced, alpha=alpha, beta=beta)
        return UNCONSTRAINED.in_unconstrained(theta, total)

    share = float(ended_at.sum() / faced.sum())
    return LikelihoodFit(
        name=NAME,
        unconstrained=UNCONSTRAINED,
        objective=objective,
        starts=[np.array([np.log(share / (1 - share)), log_kappa]) for log_kappa in (0.0, 1.5, 4.0)],
        n=float(rows.weights.sum()),
        scale=1.0,
        hint="look at the counts: table.groupby(['renewals', 'ended']).size().",
        sentences=UNIDENTIFIED,
    )


def loglik_batch_of(rows: MembershipRows) -> Callable[[Array], Array]:
    """The log-likelihood of distinct rows at many points, unconstrained parameters (S, 2) to (S,)."""
    ended_at, faced = rows.counts()

    def at(theta: Array) -> Array:
        alpha, beta = UNCONSTRAINED.natural(theta).T
        return likelihood.loglik_batch(ended_at=ended_at, faced=faced, alpha=alpha, beta=beta)

    return at


def _refuse_too_little(rows: MembershipRows) -> None:
    """Check that there are more members than parameters, that some churned, and that some renewed.

    Raises:
        DataError: otherwise.
    """
    n = int(rows.weights.sum())
    if n <= len(PARAMETERS):
        raise DataError.because(
            f"{NAME} has {len(PARAMETERS)} parameters and needs more members than that, got {n}.",
            hint=f"fit to all members; published parameters can be typed in: Fitted{NAME}(params=..., every=...).",
        )
    ended_at, faced = rows.counts()
    for broken, law, hint in (
        (
            not ended_at.any(),
            f"none of the {n:,} members has left (`ended` False for all).",
            "take a later as_of: kk.memberships(members, as_of=..., every=...).",
        ),
        (
            (ended_at == faced).all(),
            f"none of the {n:,} members has renewed (`renewals` 0 for all).",
            "take a later as_of, or check `every`: it is the period that members sign for.",
        ),
    ):
        if broken:
            raise DataError.because(f"{NAME} cannot be fitted: {law}", hint=hint)
