"""The likelihood of Gamma-Gamma as a family: with or without a factor of first orders, and covariates."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit
from kundkarriar.models.fitting.spend_rows import SpendRows
from kundkarriar.models.spend.spend_effects import NO_SPEND_EFFECTS, SpendEffects
from kundkarriar.numerics.gamma_gamma import likelihood
from kundkarriar.numerics.gamma_gamma.spend_parameters import FIRST_ORDER, SpendParameters
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.parameter_blocks import CoefficientParameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

MODEL = "Gamma-Gamma"
STARTS = ((4.0, 3.0), (1.0, 2.0), (20.0, 6.0))


@frozen(kw_only=True)
class SpendLikelihood:
    """The likelihood of known orders.

    The search has the parameters of a customer at the columns' centres, and coefficients per spread of their columns:
    they do not depend on units or on where a column has its zero.

    Attributes:
        first_order: whether first orders are counted.
        factor: whether c, the scale of first orders relative to later ones, is a parameter; else it is 1.
        effects: the columns on which the mean order value depends.
    """

    first_order: bool
    factor: bool = False
    effects: SpendEffects = NO_SPEND_EFFECTS

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters, in the order of the search."""
        return ("p", "q", "gamma", *(("c",) if self.factor else ()), *self.effects.names)

    @property
    def at_centres(self) -> UnconstrainedParameters:
        """The unconstrained parameters of a customer at the columns' centres."""
        blocks: list[Any] = [SpendParameters()]
        blocks += [FIRST_ORDER] if self.factor else []
        blocks += [CoefficientParameters(names=self.effects.names)] if self.effects.names else []
        return UnconstrainedParameters(blocks=tuple(blocks))

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The same, whose natural parameters are those of a customer whose columns are all 0."""
        inner = self.at_centres
        if not self.effects.names:
            return inner
        middle, spread = self.effects.centres()
        matrix, first = np.eye(len(inner)), len(inner) - len(spread)
        matrix[2, first:] = -middle / spread
        np.fill_diagonal(matrix[first:, first:], 1 / spread)
        return UnconstrainedParameters(blocks=inner.blocks, matrix=tuple(map(tuple, matrix.tolist())))

    def objective(self, rows: SpendRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` as a function of the unconstrained parameters, with gradient and Hessian."""
        given, constant, inner = self._given(rows, scale), self._unit(rows, scale), self.at_centres

        def at(theta: Array) -> tuple[float, Array, Array]:
            with np.errstate(all="ignore"):  # far from the maximum order values overflow; the search turns back
                value, gradient, hessian = inner.in_unconstrained(
                    theta, likelihood.total(**given, **self._named(inner.natural(theta)))
                )
            return value - constant, gradient, hessian

        return at

    def loglik_batch(self, rows: SpendRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""
        given, constant, inner = self._given(rows, scale), self._unit(rows, scale), self.at_centres

        def at(theta: Array) -> Array:
            values = likelihood.loglik_batch(**given, **self._named(inner.natural(theta)))
            return np.asarray(values - constant)

        return at

    def fit(self, rows: SpendRows, *, starts: list[Array] | None = None) -> LikelihoodFit:
        """The likelihood of rows with known orders, with all that its maximisation needs."""
        scale, more = float(np.median(rows.mean(1.0))), [0.0] * (len(self.parameters) - 3)
        return LikelihoodFit(
            name=MODEL,
            parameters=self.parameters,
            unconstrained=self.unconstrained,
            objective=self.objective(rows, scale=scale),
            starts=starts or [np.array([np.log(p), np.log(q - 1), 0.0, *more]) for p, q in STARTS],
            n=float(rows.weights.sum()),
            scale=scale,
            hint="look for single giant orders: summary.nlargest(5, 'monetary_value').",
        )

    def _given(self, rows: SpendRows, scale: float) -> dict[str, Any]:
        """The data, with money in units of `scale` and standardised columns."""
        given: dict[str, Any] = {"x": rows.x, "m": rows.m / scale, "weights": rows.weights}
        if self.first_order:
            given |= {"first": rows.first / scale, "scaled": rows.newcomer}
        if self.effects.names:
            middle, spread = self.effects.centres()
            given["covariates"] = (rows.covariates - middle) / spread
        return given

    def _unit(self, rows: SpendRows, scale: float) -> float:
        """By how much densities of amounts in units of `scale` exceed those of amounts, in logarithms."""
        amounts = (rows.x > 0).astype(float) + (rows.first > 0)
        return float(np.sum(rows.weights * amounts)) * float(np.log(scale))

    def _named(self, values: Array) -> dict[str, Any]:
        """Parameters by name, as arguments of the likelihood; coefficients together."""
        k = len(self.parameters) - len(self.effects.names)
        named: dict[str, Any] = dict(zip(self.parameters[:k], np.moveaxis(values[..., :k], -1, 0), strict=True))
        if self.effects.names:
            named["coefficients"] = values[..., k:]
        return named
