"""A purchase family whose purchase and dropout rates depend on each customer's static covariates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.models.covariates.likelihood_blocks import likelihood_blocks, loglik_batch_block, rows_by_profile
from kundkarriar.models.families.purchase_family import NestedFamily, Params, RowFamily
from kundkarriar.models.interface.joined_rows import Result, joined
from kundkarriar.numerics.optimize.linear_predictor import LinearPredictor, linear_predictors, total_in_coefficients
from kundkarriar.numerics.optimize.newton import Box, Objective, best_start
from kundkarriar.numerics.optimize.parameter_blocks import CoefficientParameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.purchase_rows import PurchaseRows

PURCHASE = "log_mean_purchases"
DROPOUT = ("logit_phi", "log_mean_leaving")
"""The unconstrained parameters that covariates act on."""

BATCH_SIZE = 2**16
"""Rows x points held at once while many points are evaluated."""
SUBSAMPLE_ROWS = 4000
"""Rows on which the model without covariates is fitted for starting values."""
START_GRADIENT_TOLERANCE = 1e-4
"""Gradient per customer at which that fit stops."""


@frozen(kw_only=True)
class Term:
    """One coefficient: the column that it multiplies, and the rates that the product acts on.

    Attributes:
        name: "purchase:age", "dropout:channel=web", "both:age".
        column: the column's position among the covariates.
        purchase, dropout: whether it acts on the purchase rate, and on dropout.
        middle, spread: centre and scale of the column among the customers fitted, by which the search standardises it.
    """

    name: str
    column: int
    purchase: bool
    dropout: bool
    middle: float = 0.0
    spread: float = 1.0

    def acts_on(self, name: str) -> bool:
        """Whether the term is part of the linear predictor of the unconstrained parameter `name`."""
        return (self.purchase and name == PURCHASE) or (self.dropout and name in DROPOUT)


@frozen(kw_only=True, eq=False)
class CovariateLoglikBatch:
    """Log-likelihoods of all customers at many points, (S, k) to (S,).

    Attributes:
        totals: of unconstrained parameters of each profile or row, (S, p, k), to the log-likelihood.
        predictors: the linear predictor of each unconstrained parameter of the base family.
        cost: the cost of a point, in rows of a tabulated likelihood.
    """

    totals: Callable[[Array], Array]
    predictors: list[LinearPredictor]
    cost: float

    def __call__(self, tau: Array) -> Array:
        """The log-likelihood of all customers at each point."""
        at_once = max(BATCH_SIZE // len(self.predictors[0].design), 1)
        with np.errstate(all="ignore"):  # as in the search
            blocks = [
                self.totals(linear_predictors(tau[first : first + at_once], self.predictors))
                for first in range(0, len(tau), at_once)
            ]
        return np.concatenate([*blocks, np.empty(0)])


@frozen(kw_only=True)
class CovariateFamily:
    """`base`, with covariates added to ln of the mean purchase rate, and to logit phi or ln of the mean dropout rate.

    Its parameters are those of `base` for a customer whose columns are all 0, and the coefficients. Its unconstrained
    parameters are those of a customer at the columns' centres, and coefficients per spread of their columns: they do
    not depend on units or on where a column has its zero.

    Attributes:
        base: the family without covariates.
        terms: the coefficients.
        width: the number of columns of covariates.
    """

    base: RowFamily
    terms: tuple[Term, ...]
    width: int

    @property
    def name(self) -> str:
        """The name of the base family, as written in messages."""
        return self.base.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the base family's parameters, each pair followed by the coefficients that act on it."""
        names = iter(self.base.parameters)
        return tuple(
            name
            for block, coefficients in self._blocks_with_coefficients()
            for name in (*islice(names, len(block.names)), *coefficients)
        )

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """Those of the base family, for a customer at the columns' centres, and coefficients per spread of a column."""
        blocks = [(block, CoefficientParameters(names=names)) for block, names in self._blocks_with_coefficients()]
        inner = UnconstrainedParameters(blocks=tuple(part for pair in blocks for part in pair if part.names))
        matrix = np.eye(len(inner))
        at = {name: place for place, name in enumerate(inner.names)}
        for term in self.terms:
            matrix[at[term.name], at[term.name]] = 1 / term.spread
            for parameter in self.base.unconstrained.names:
                if term.acts_on(parameter):
                    matrix[at[parameter], at[term.name]] = -term.middle / term.spread
        return evolve(inner, matrix=tuple(map(tuple, matrix.tolist())))

    @property
    def nested(self) -> tuple[NestedFamily[CovariateFamily], ...]:
        """The families nested in the base family, each with the terms that act on its parameters."""
        nested = []
        for simpler in self.base.nested:
            names = simpler.family.unconstrained.names
            terms = tuple(term for term in self.terms if any(map(term.acts_on, names)))
            smaller = evolve(self, base=simpler.family, terms=terms)
            nested.append(NestedFamily(family=smaller, sentence=simpler.sentence))
        return tuple(nested)

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` as a function of the unconstrained parameters, with gradient and Hessian."""
        self.require_covariates(rows)
        blocks = likelihood_blocks(self.base, rows, scale=scale)
        parts = [(self._predictors(covariates), totals) for covariates, totals in blocks]

        def at(tau: Array) -> tuple[float, Array, Array]:
            with np.errstate(all="ignore"):  # far from the maximum rates overflow; the search turns back
                sums = [
                    total_in_coefficients(
                        *totals(linear_predictors(tau, predictors)), predictors=predictors, size=len(tau)
                    )
                    for predictors, totals in parts
                ]
            values, gradients, hessians = zip(*sums, strict=True)
            return sum(values), np.sum(gradients, axis=0), np.sum(hessians, axis=0)

        return at

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""
        self.require_covariates(rows)
        covariates, totals, cost = loglik_batch_block(self.base, rows, scale=scale)
        return CovariateLoglikBatch(totals=totals, predictors=self._predictors(covariates), cost=cost)

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting values: the maximum without covariates on a subsample, and the first start of the base family."""
        subsample = rows.at(np.arange(0, len(rows), max(1, len(rows) // SUBSAMPLE_ROWS)))
        unconstrained = self.base.unconstrained
        low, high, n = unconstrained.low, unconstrained.high, float(subsample.weights.sum())
        box = Box(n=n, low=low, high=high, gradient_tolerance=START_GRADIENT_TOLERANCE)
        begin = self.base.starts(subsample, scale=scale)
        best = np.clip(best_start(self.base.objective(subsample, scale=scale), begin, box), box.low / 4, box.high / 4)
        names, starts = self.unconstrained.names, []
        for start in (best, begin[0]):
            known = dict(zip(unconstrained.names, start.tolist(), strict=True))
            starts.append(np.array([known.get(name, 0.0) for name in names]))
        return starts

    def row_params(self, params: Params, covariates: Array) -> dict[str, Any]:
        """The base family's parameters of each row of `covariates` (n, width): (n,), or (n, S) under draws."""
        given = np.stack([np.asarray(params[name], dtype=float) for name in self.base.parameters], axis=-1)
        theta = list(np.moveaxis(self.base.unconstrained.unconstrained(given, scale=1.0), -1, 0))
        for place, parameter in enumerate(self.base.unconstrained.names):
            for term in self.terms:
                if term.acts_on(parameter):
                    column, weight = covariates[:, term.column], np.asarray(params[term.name])
                    theta[place] = theta[place] + (column[:, None] if weight.ndim == 2 else column) * weight
        predictors = np.stack(np.broadcast_arrays(*theta), axis=-1)
        values = self.base.unconstrained.natural(predictors, scale=1.0)
        return dict(zip(self.base.parameters, np.moveaxis(values, -1, 0), strict=True))

    def _blocks_with_coefficients(self) -> list[tuple[Any, tuple[str, ...]]]:
        """The parameter blocks of the base family, each with the names of the coefficients that act on it.

        A coefficient that acts on two blocks, on the purchase rate and on dropout, is listed with the first.
        """
        unlisted, blocks = list(self.terms), []
        for block in self.base.unconstrained.blocks:
            acting = [term for term in unlisted if any(map(term.acts_on, block.names))]
            unlisted = [term for term in unlisted if term not in acting]
            blocks.append((block, tuple(term.name for term in acting)))
        return blocks

    def _predictors(self, covariates: Array) -> list[LinearPredictor]:
        """The linear predictor of each unconstrained parameter of the base, for rows of `covariates` (n, width)."""
        at = {name: place for place, name in enumerate(self.unconstrained.names)}
        predictors = []
        for name in self.base.unconstrained.names:
            terms = [term for term in self.terms if term.acts_on(name)]
            columns = [(covariates[:, term.column] - term.middle) / term.spread for term in terms]
            places = [at[name], *(at[term.name] for term in terms)]
            predictors.append(
                LinearPredictor(index=np.array(places), design=np.stack([np.ones(len(covariates)), *columns], axis=-1))
            )
        return predictors

    def evaluate(self, function: Callable[..., Result], rows: PurchaseRows, params: Params, **given: Any) -> Result:
        """`function` of rows and the base family's parameters, in the order of all rows.

        Where profiles are few it is called for each; else once for all rows, each with parameters of its own. An
        argument that is an array has a value a row.
        """
        self.require_covariates(rows)
        groups = rows_by_profile(rows)
        if groups is None:
            return function(rows, self.row_params(params, rows.covariates), **given)
        parts = []
        for group in groups:
            own = self.row_params(params, rows.covariates[group[:1]])
            shared = {name: value if value.ndim == 2 else float(value[0]) for name, value in own.items()}
            here = {name: value[group] if np.ndim(value) else value for name, value in given.items()}
            parts.append(function(rows.at(group), shared, **here))
        return joined(groups, parts, n=len(rows))

    def require_covariates(self, rows: PurchaseRows) -> None:
        """Check that the rows carry this family's covariates."""
        if rows.covariates.shape[1] != self.width:
            raise DataError.because(
                f"{self.name} was fitted with {self.width} columns of covariates, these rows carry "
                f"{rows.covariates.shape[1]}.",
                hint="read them with the fitted model: fitted.read(summary, customers=customers).rows.",
            )
