"""The fit of BG/BB to a table of opportunities: check, distinct rows, maximum likelihood, report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit, NestedLikelihood, natural_values
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.numerics.bgbb import beta_binomial, likelihood, loglik_batch
from kundkarriar.numerics.bgbb.sufficient_statistics import OpportunityStatistics
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, BetaParameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.discrete_time.opportunity_rows import (
    CheckedOpportunities,
    OpportunityRows,
    read_opportunity_rows,
)

PARAMETERS = ("alpha", "beta", "gamma", "delta")
BUYING = BetaParameters(names=("logit_buys", "log_kappa_buys"))
UNCONSTRAINED = UnconstrainedParameters(blocks=(BUYING, DROPOUT))

LOGIT_DROPOUT, LOGIT_BUYS, LOG_KAPPA = (-4.0, -2.0, -0.7, 0.7, 2.0, 4.0), (-4.0, -2.0, -0.7, 0.5, 2.0), (-0.5, 1.5, 4.0)
"""Grid of starting values: logits of the mean probabilities of dropout and of a purchase; ln kappa, where kappa is the
sum of a beta's two parameters."""
MOST_STARTS = 4

BATCH_SIZE = 2**19
"""Array elements held at once while many points are evaluated."""

NO_DROPOUT = (
    "no dropout identifiable: these customers are described as well when nobody leaves (a beta-binomial); p_alive "
    "says nothing here."
)
UNIDENTIFIED = {
    "logit_phi": "the chance of leaving is not identifiable: more customers or more opportunities.",
    "log_kappa": "how much the chance of leaving differs between customers is not identifiable: all may leave alike, "
    "or some at once and the others never.",
    "log_kappa_buys": "how much the chance of buying differs between customers is not identifiable: all may well buy "
    "with one chance.",
}


def fit_opportunities(table: Any, *, weights: str | None, every: str | None) -> tuple[dict[str, float], str, FitReport]:
    """Parameters, time between opportunities and report of BG/BB fitted to a table."""
    checked = read_opportunity_rows(table, need="BG/BB.fit", every=every, weights=weights)
    rows = checked.to_fit().distinct()[0]
    _refuse_too_little(rows, checked)
    fit = likelihood_of(rows)
    optimum = fit.optimum()
    report = fit.report(
        optimum,
        boundary=fit.boundary(optimum),
        prospects=int(checked.prospect.sum()),
        unknown=int(checked.unknown.sum()),
        distinct_rows=rows,
    )
    return natural_values(PARAMETERS, optimum, fit), checked.period, report


def likelihood_of(rows: OpportunityRows) -> LikelihoodFit:
    """The likelihood of distinct rows, with all that its maximisation needs."""
    statistics = OpportunityStatistics.of(x=rows.x, t_x=rows.t_x, n=rows.n, weights=rows.weights)

    def objective(theta: Array) -> tuple[float, Array, Array]:
        values = dict(zip(PARAMETERS, UNCONSTRAINED.natural(theta), strict=True))
        return UNCONSTRAINED.in_unconstrained(theta, likelihood.total(statistics, **values))

    return LikelihoodFit(
        name="BG/BB",
        unconstrained=UNCONSTRAINED,
        objective=objective,
        starts=_starts(rows),
        n=float(rows.weights.sum()),
        scale=1.0,
        nested=(_without_dropout(rows),),
        hint="look for customers who took far more opportunities than all others (table.nlargest(5, 'frequency')).",
        sentences=UNIDENTIFIED,
    )


def loglik_batch_of(rows: OpportunityRows) -> Callable[[Array], Array]:
    """The log-likelihood of distinct rows at many points, unconstrained parameters (S, 4) to (S,)."""
    statistics = OpportunityStatistics.of(x=rows.x, t_x=rows.t_x, n=rows.n, weights=rows.weights)
    at_once = max(BATCH_SIZE // max(len(statistics.trailing_nonpurchases.x), len(statistics.alive), 1), 1)

    def at(theta: Array) -> Array:
        values = UNCONSTRAINED.natural(theta)
        blocks = [
            loglik_batch.loglik_batch(
                statistics, **dict(zip(PARAMETERS, values[first : first + at_once].T, strict=True))
            )
            for first in range(0, len(theta), at_once)
        ]
        return np.concatenate([*blocks, np.empty(0)])

    return at


def _without_dropout(rows: OpportunityRows) -> NestedLikelihood:
    """The nested model of the same customers without dropout: a beta-binomial."""
    counted = beta_binomial.tabulate(x=rows.x, n=rows.n, weights=rows.weights)
    unconstrained = UnconstrainedParameters(blocks=(BUYING,))

    def objective(theta: Array) -> tuple[float, Array, Array]:
        alpha, beta = unconstrained.natural(theta)
        return unconstrained.in_unconstrained(theta, beta_binomial.total(counted, alpha=alpha, beta=beta))

    return NestedLikelihood(
        objective=objective, starts=_beta_binomial_starts(rows), unconstrained=unconstrained, sentence=NO_DROPOUT
    )


def _beta_binomial_starts(rows: OpportunityRows) -> list[Array]:
    """Starting values of a beta-binomial: the share of opportunities taken, at several `log_kappa`."""
    share = float(rows.weights @ rows.x) / float(rows.weights @ rows.n)
    return [np.array([np.log(share / (1 - share)), log_kappa]) for log_kappa in LOG_KAPPA]


def _starts(rows: OpportunityRows) -> list[Array]:
    """Starting values: the best grid points, one for each dropout probability.

    Little dropout with rare purchases fits much like much dropout with frequent purchases: the likelihood can have a
    maximum at each.
    """
    evaluate = loglik_batch_of(rows)
    best = []
    for dropout in LOGIT_DROPOUT:
        grid = np.array([(b, kb, dropout, k) for b in LOGIT_BUYS for kb in LOG_KAPPA for k in LOG_KAPPA])
        values = evaluate(grid)
        best.append((float(values.max()), grid[int(values.argmax())]))
    best.sort(key=lambda start: -start[0])
    return [start for _, start in best[:MOST_STARTS]]


def _refuse_too_little(rows: OpportunityRows, checked: CheckedOpportunities) -> None:
    """Check that there are more customers than parameters, some opportunities, and some but not only purchases.

    Raises:
        DataError: otherwise.
    """
    n = int(rows.weights.sum()) if len(rows) else 0
    if n <= len(PARAMETERS):
        raise DataError.because(
            f"BG/BB has {len(PARAMETERS)} parameters and needs more customers than that, got {n} "
            f"({checked.prospect.sum()} without a purchase and {checked.unknown.sum()} of unknown beginning left out).",
            hint="fit to the whole customer base; published parameters can be typed in: "
            "FittedBGBB(params=..., every=...).",
        )
    for broken, law, hint in (
        (
            not rows.n.any(),
            f"none of the {n:,} customers had an opportunity after the first (`n_opportunities` 0 for all).",
            'take a later as_of, or shorter opportunities: kk.opportunities(..., every="M").',
        ),
        (
            not rows.x.any(),
            f"none of the {n:,} customers ever bought again (`frequency` 0 for all).",
            "observe for longer, or check that several purchases of a customer share one customer_id.",
        ),
        (
            (rows.x == rows.n).all(),
            f"all {n:,} customers took every opportunity (`frequency` is `n_opportunities`).",
            'take shorter opportunities, which some let pass: kk.opportunities(..., every="M").',
        ),
    ):
        if broken:
            raise DataError.because(f"BG/BB cannot be fitted: {law}", hint=hint)
