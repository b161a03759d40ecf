"""The test that first orders are of the scale of later ones."""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit
from kundkarriar.models.fitting.spend_rows import SpendRows
from kundkarriar.models.spend.spend_effects import SpendEffects
from kundkarriar.models.spend.spend_likelihood import SpendLikelihood
from kundkarriar.numerics.optimize.model_comparison import p_value
from kundkarriar.numerics.optimize.newton import maximise

LEAST_RATIO = 10.83
"""The quantile .999 of chi-square with one degree of freedom."""
LEAST_LOG = 0.1
"""|ln c| below which first orders count as later ones, however many customers tell the difference."""
FEWEST = 3
"""Customers of whom a first order and later ones are known, above which c is sought."""


@frozen(kw_only=True)
class FirstOrderTest:
    """The likelihood-ratio test of c = 1, that first orders are of the scale of later ones.

    Attributes:
        c: the estimate of the scale of first orders relative to later ones; 1 where too few customers bought again.
        likelihood_ratio: twice the gain in log-likelihood over c = 1, at least 0.
        p_value: from chi-square with one degree of freedom.
        counted: whether the fit has c: the ratio is above 10.83 and |ln c| above .1; else c is 1.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> kk.GammaGamma(first_order=True).fit(summary).first_order_test(summary).counted
    False
    """

    c: float
    likelihood_ratio: float
    p_value: float
    counted: bool


def first_order_test(rows: SpendRows, *, effects: SpendEffects, l2: float = 0.0) -> tuple[FirstOrderTest, Array]:
    """The test on rows with known orders; and the unconstrained parameters of the model that it chooses, (k,)."""
    plain = SpendLikelihood(first_order=True, effects=effects)
    one = _search(plain, rows, l2=l2).optimum()
    if rows.returning_newcomers() <= FEWEST:
        return FirstOrderTest(c=1.0, likelihood_ratio=0.0, p_value=1.0, counted=False), one.theta
    search = _search(evolve(plain, factor=True), rows, l2=l2)
    other = maximise(search.objective, np.insert(one.theta, 3, 0.0), search.box)
    ratio, log_c = max(2 * (other.value - one.value), 0.0), float(other.theta[3])
    counted = bool(ratio > LEAST_RATIO and abs(log_c) > LEAST_LOG)
    test = FirstOrderTest(
        c=float(np.exp(log_c)),
        likelihood_ratio=ratio,
        p_value=p_value(ratio, extra=1, at_edge=False),
        counted=counted,
    )
    return test, other.theta if counted else one.theta


def _search(kind: SpendLikelihood, rows: SpendRows, *, l2: float) -> LikelihoodFit:
    """The penalised likelihood in the unit of its scale."""
    fit = evolve(kind.fit(rows), scale=1.0)
    return fit.penalised(l2) if l2 else fit
