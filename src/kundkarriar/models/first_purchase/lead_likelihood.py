"""The likelihood of leads in unconstrained parameters, with all that its maximisation needs."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.models.first_purchase.lead_effects import LeadEffects
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit, SearchStage
from kundkarriar.numerics.first_purchase import likelihood
from kundkarriar.numerics.first_purchase.likelihood import LeadCells
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.parameter_blocks import BUYING, NEVER_BUYING, CoefficientParameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.leads.lead_rows import LeadRows

NAME = "FirstPurchase"
PARAMETERS = ("alpha", "beta", "never")
UNIDENTIFIED = {
    "logit_buys": "how soon leads buy is not identifiable from so little: more leads or a longer time.",
    "log_kappa_buys": "how much leads who ever buy differ in their pace is not identifiable: all may be alike, or some "
    "buy at once and the others never.",
    "logit_never": "the share of leads who never buy is not identifiable: these leads are described as well when "
    "everybody buys in the end; p_ever says nothing here, and p_first_purchase holds for horizons as long as the data.",
}
STARTS = ((1.0, 0.0), (3.0, -1.5), (0.0, -4.0), (5.0, 1.0))
"""ln kappa and logit never."""
SUBSAMPLE_ROWS = 4000
"""Starts are compared on about this many rows; the best start is continued on all rows."""
ROW_COST = 10
"""The cost of a row at a point, in rows of a tabulated likelihood."""


@frozen(kw_only=True, eq=False)
class LeadLoglik:
    """The log-likelihood of rows at many unconstrained parameter vectors, (S, k) to (S,)."""

    parts: tuple[LeadCells, ...]
    search: UnconstrainedParameters

    def __call__(self, theta: Array) -> Array:
        """The log-likelihood at each of S points, (S,)."""
        return likelihood.loglik_batch(self.parts, self.search.natural(theta))

    @property
    def cost(self) -> float:
        """The cost of a point, in rows of a tabulated likelihood."""
        return float(ROW_COST * sum(map(len, self.parts)))


@frozen(kw_only=True, eq=False)
class LeadLikelihood:
    """The likelihood of leads with the columns and events of `effects`.

    The search has coefficients per spread of their columns, and about the pace and the log odds of never buying of a
    lead at the columns' centres: they depend neither on units nor on where a column has its zero.
    """

    effects: LeadEffects

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of the search."""
        return (*PARAMETERS, *self.effects.names)

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters."""
        names = self.effects.names
        blocks = (BUYING, NEVER_BUYING, *((CoefficientParameters(names=names),) if names else ()))
        return UnconstrainedParameters(blocks=blocks, matrix=self._matrix())

    @property
    def _search(self) -> UnconstrainedParameters:
        """The same, of which the third natural parameter is the logit of never buying."""
        rest = CoefficientParameters(names=("logit_never", *self.effects.names))
        return UnconstrainedParameters(blocks=(BUYING, rest), matrix=self._matrix())

    def _matrix(self) -> tuple[tuple[float, ...], ...] | None:
        if not self.effects.names:
            return None
        middle, spread = self.effects.centres()
        k, odds = len(PARAMETERS), len(self.effects.pace) + len(self.effects.events)
        matrix = np.eye(k + len(middle))
        np.fill_diagonal(matrix[k:, k:], 1 / spread)
        matrix[0, k : k + odds] = -(middle / spread)[:odds]
        matrix[2, k + odds :] = -(middle / spread)[odds:]
        return tuple(map(tuple, matrix.tolist()))

    def cells(self, rows: LeadRows) -> tuple[LeadCells, ...]:
        """Rows who bought, and rows who have not, where there are any."""
        start, end = rows.cells()
        pace, never = self.effects.columns_of(rows.covariates)
        given: dict[str, Array] = {
            "start": start,
            "end": end,
            "after": rows.after,
            "pace": pace,
            "never": never,
            "weights": rows.weights,
        }
        groups = ((True, rows.bought), (False, ~rows.bought))
        return tuple(
            LeadCells.of(bought=bought, **{name: values[some] for name, values in given.items()})
            for bought, some in groups
            if some.any()
        )

    def objective(self, rows: LeadRows) -> Objective:
        """The log-likelihood of distinct rows with gradient and Hessian in the unconstrained parameters."""
        parts, search = self.cells(rows), self._search

        def at(theta: Array) -> tuple[float, Array, Array]:
            return search.in_unconstrained(theta, likelihood.total(parts, search.natural(theta)))

        return at

    def loglik_batch(self, rows: LeadRows) -> LeadLoglik:
        """The log-likelihood of distinct rows at many points."""
        return LeadLoglik(parts=self.cells(rows), search=self._search)

    def fit(self, rows: LeadRows) -> LikelihoodFit:
        """The likelihood of distinct rows, with all that its maximisation needs."""
        rate = float(rows.weights[rows.bought].sum() / (rows.weights @ rows.months))
        more = [0.0] * len(self.effects.names)
        logit = np.log(rate / (1 - rate)) if rate < 0.5 else 0.0
        stages: tuple[SearchStage, ...] = ()
        if (stride := len(rows) // SUBSAMPLE_ROWS) > 1:
            some = rows.at(np.arange(0, len(rows), stride))
            stages = (SearchStage(objective=self.objective(some), n=float(some.weights.sum())),)
        return LikelihoodFit(
            name=NAME,
            parameters=self.parameters,
            unconstrained=self.unconstrained,
            objective=self.objective(rows),
            starts=[np.array([logit, log_kappa, never, *more]) for log_kappa, never in STARTS],
            n=float(rows.weights.sum()),
            scale=1.0,
            hint="look at the months to the first purchase: leads['months'][leads['bought']].describe().",
            stages=stages,
            sentences=UNIDENTIFIED,
        )
