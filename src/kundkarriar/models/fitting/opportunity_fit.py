"""The fit of BG/BB to a table of opportunities: rows checked, made distinct, searched, and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import DataError
from kundkarriar.history.discrete_time.opportunity_rows import read_opportunity_rows
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit, Smaller, natural_values
from kundkarriar.numerics.beta_bernoulli import beta_binomial, likelihood
from kundkarriar.numerics.beta_bernoulli.statistics import OpportunityCounts
from kundkarriar.numerics.optimize.unconstrained_parameters import DROPOUT, BetaBlock, Coordinates

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kundkarriar.history.discrete_time.opportunity_rows import CheckedOpportunities, OpportunityRows
    from kundkarriar.models.interface.fit_report import FitReport

    Array = NDArray[np.float64]

PARAMETERS = ("alpha", "beta", "gamma", "delta")
BUYING = BetaBlock(names=("logit_buys", "log_kappa_buys"))
COORDINATES = Coordinates(blocks=(BUYING, DROPOUT))

LEAVING, BUYS, ALIKE = (-4.0, -2.0, -0.7, 0.7, 2.0, 4.0), (-4.0, -2.0, -0.7, 0.5, 2.0), (-0.5, 1.5, 4.0)
"""Guesses: logits of the mean chance of leaving and of buying, and ln of the sum of a beta's two numbers."""
STARTS = 4

BLOCK = 2**19
"""Numbers held at once while many points are valued."""

NO_DROPOUT = (
    "no dropout identifiable: these customers are described as well when nobody leaves (a beta-binomial); p_alive "
    "says nothing here."
)
OPEN = {
    "logit_phi": "the chance of leaving is not identifiable: more customers or more opportunities.",
    "log_kappa": "how much the chance of leaving differs between customers is not identifiable: all may leave alike, "
    "or some at once and the others never.",
    "log_kappa_buys": "how much the chance of buying differs between customers is not identifiable: all may well buy "
    "with one chance.",
}


def fit_opportunities(table: Any, *, weights: str | None, every: str | None) -> tuple[dict[str, float], str, FitReport]:
    """Parameters, length of an opportunity and report of BG/BB fitted to a table."""
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
        evidence=rows,
    )
    return natural_values(PARAMETERS, optimum, fit), checked.every, report


def likelihood_of(rows: OpportunityRows) -> LikelihoodFit:
    """The likelihood of distinct rows, ready to be searched."""
    seen = OpportunityCounts.of(x=rows.x, t_x=rows.t_x, n=rows.n, weights=rows.weights)

    def surface(theta: Array) -> tuple[float, Array, Array]:
        values = dict(zip(PARAMETERS, COORDINATES.natural(theta), strict=True))
        return COORDINATES.in_working(theta, likelihood.total(seen, **values))

    return LikelihoodFit(
        name="BG/BB",
        coordinates=COORDINATES,
        surface=surface,
        starts=_starts(rows),
        n=float(rows.weights.sum()),
        scale=1.0,
        smaller=(_nobody_leaves(rows),),
        look="look for customers who took far more opportunities than all others (table.nlargest(5, 'frequency')).",
        open=OPEN,
    )


def heights_of(rows: OpportunityRows) -> Callable[[Array], Array]:
    """The log-likelihood of distinct rows for many points of the coordinates at once, (S, 4) to (S,)."""
    seen = OpportunityCounts.of(x=rows.x, t_x=rows.t_x, n=rows.n, weights=rows.weights)
    at_once = max(BLOCK // max(len(seen.silences.x), len(seen.alive), 1), 1)

    def at(theta: Array) -> Array:
        values = COORDINATES.natural(theta)
        blocks = [
            likelihood.totals(seen, **dict(zip(PARAMETERS, values[first : first + at_once].T, strict=True)))
            for first in range(0, len(theta), at_once)
        ]
        return np.concatenate([*blocks, np.empty(0)])

    return at


def _nobody_leaves(rows: OpportunityRows) -> Smaller:
    """The same customers under chances to buy alone: a beta-binomial."""
    counted = beta_binomial.counted(x=rows.x, n=rows.n, weights=rows.weights)
    coordinates = Coordinates(blocks=(BUYING,))

    def surface(theta: Array) -> tuple[float, Array, Array]:
        alpha, beta = coordinates.natural(theta)
        return coordinates.in_working(theta, beta_binomial.total(counted, alpha=alpha, beta=beta))

    return Smaller(surface=surface, starts=_shares(rows), coordinates=coordinates, sentence=NO_DROPOUT)


def _shares(rows: OpportunityRows) -> list[Array]:
    """The share of opportunities taken, of customers alike and of customers unlike."""
    share = float(rows.weights @ rows.x) / float(rows.weights @ rows.n)
    return [np.array([np.log(share / (1 - share)), alike]) for alike in ALIKE]


def _starts(rows: OpportunityRows) -> list[Array]:
    """The likeliest of some guesses under each of several shares of customers that leave.

    Few who leave and buy seldom look much like many who leave at once and bought often: the likelihood has a top for
    either.
    """
    at = heights_of(rows)
    tops = []
    for leaves in LEAVING:
        guesses = np.array([(b, kb, leaves, k) for b in BUYS for kb in ALIKE for k in ALIKE])
        heights = at(guesses)
        tops.append((float(heights.max()), guesses[int(heights.argmax())]))
    tops.sort(key=lambda top: -top[0])
    return [guess for _, guess in tops[:STARTS]]


def _refuse_too_little(rows: OpportunityRows, checked: CheckedOpportunities) -> None:
    """Refuse customers too few, without an opportunity, or all alike in buying always or never."""
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
