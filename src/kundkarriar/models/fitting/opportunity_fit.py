"""The fit of BG/BB to a table of opportunities: check, distinct rows, maximum likelihood, report."""

from collections.abc import Callable
from functools import partial
from itertools import product
from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.models.fitting.likelihood_fit import (
    NEVER_AGAIN,
    ONE_ID,
    LikelihoodFit,
    NestedLikelihood,
    left_out,
    objective_of,
    refuse_too_little,
)
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.numerics.bgbb import beta_binomial, likelihood
from kundkarriar.numerics.bgbb.sufficient_statistics import OpportunityStatistics
from kundkarriar.numerics.optimize.parameter_blocks import BUYING, LEAVING
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.discrete_time.opportunity_rows import OpportunityRows, read_opportunity_rows

PARAMETERS = ("alpha", "beta", "gamma", "delta")
UNCONSTRAINED = UnconstrainedParameters(blocks=(BUYING, LEAVING))

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
    "logit_leaves": "the chance of leaving is not identifiable: more customers or more opportunities.",
    "log_kappa_leaves": "how much the chance of leaving differs between customers is not identifiable: all may leave "
    "alike, or some at once and the others never.",
    "log_kappa_buys": "how much the chance of buying differs between customers is not identifiable: all may well buy "
    "with one chance.",
}


def fit_opportunities(table: Any, *, weights: str | None, every: str | None) -> tuple[dict[str, float], str, FitReport]:
    """Parameters, time between opportunities and report of BG/BB fitted to a table."""
    checked = read_opportunity_rows(table, need="BG/BB.fit", every=every, weights=weights)
    rows = checked.to_fit().distinct()[0]
    n = int(rows.weights.sum())
    refuse_too_little(
        "BG/BB",
        n,
        parameters=len(PARAMETERS),
        typed="FittedBGBB(params=..., every=...)",
        left_out=left_out(checked),
        cases=[
            (
                not rows.n.any(),
                f"none of the {n:,} customers had an opportunity after the first (`n_opportunities` 0 for all).",
                'take a later as_of, or shorter opportunities: kk.opportunities(..., every="M").',
            ),
            (not rows.x.any(), NEVER_AGAIN.format(n), ONE_ID),
            (
                bool((rows.x == rows.n).all()),
                f"all {n:,} customers took every opportunity (`frequency` is `n_opportunities`).",
                'take shorter opportunities, which some let pass: kk.opportunities(..., every="M").',
            ),
        ],
    )
    prospects, unknown = (checked.customers(each) for each in (checked.prospect, checked.unknown))
    values, report = likelihood_of(rows).fitted(prospects=prospects, unknown=unknown, distinct_rows=rows)
    return values, checked.period, report


def likelihood_of(rows: OpportunityRows) -> LikelihoodFit:
    """The likelihood of distinct rows, with all that its maximisation needs; nested in it a beta-binomial."""
    statistics = OpportunityStatistics.of(x=rows.x, t_x=rows.t_x, n=rows.n, weights=rows.weights)
    counted = beta_binomial.tabulate(x=rows.x, n=rows.n, weights=rows.weights)
    share = float(rows.weights @ rows.x) / float(rows.weights @ rows.n)
    without_dropout = UnconstrainedParameters(blocks=(BUYING,))
    return LikelihoodFit(
        name="BG/BB",
        parameters=PARAMETERS,
        unconstrained=UNCONSTRAINED,
        objective=objective_of(partial(likelihood.total, statistics), UNCONSTRAINED, PARAMETERS),
        starts=_starts(rows),
        n=float(rows.weights.sum()),
        scale=1.0,
        nested=(
            NestedLikelihood(
                objective=objective_of(partial(beta_binomial.total, counted), without_dropout, PARAMETERS[:2]),
                starts=[np.array([np.log(share / (1 - share)), log_kappa]) for log_kappa in LOG_KAPPA],
                unconstrained=without_dropout,
                sentence=NO_DROPOUT,
            ),
        ),
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
            likelihood.loglik_batch(statistics, **dict(zip(PARAMETERS, values[first : first + at_once].T, strict=True)))
            for first in range(0, len(theta), at_once)
        ]
        return np.concatenate([*blocks, np.empty(0)])

    return at


def _starts(rows: OpportunityRows) -> list[Array]:
    """Starting values: the best grid points, one for each dropout probability.

    Little dropout with rare purchases fits much like much dropout with frequent purchases: the likelihood can have a
    maximum at each.
    """
    evaluate = loglik_batch_of(rows)
    best = []
    for dropout in LOGIT_DROPOUT:
        grid = np.array(list(product(LOGIT_BUYS, LOG_KAPPA, (dropout,), LOG_KAPPA)))
        values = evaluate(grid)
        best.append((float(values.max()), grid[int(values.argmax())]))
    best.sort(key=lambda start: -start[0])
    return [start for _, start in best[:MOST_STARTS]]
