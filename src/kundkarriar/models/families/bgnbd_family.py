"""The family of NBD, BG/NBD and MBG/NBD: Poisson purchases with gamma rates, beta-geometric dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.models.families import starting_values
from kundkarriar.models.families.drawn_futures import DrawsFutures, Simulation
from kundkarriar.models.families.purchase_family import NestedFamily
from kundkarriar.models.families.row_parameters import broadcastable, distinct_counts_and_ages, shared_by_all_rows
from kundkarriar.models.families.starting_values import beta_dropout_starts, nbd_starts
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.bgnbd import dropout_opportunities, expectation, likelihood, loglik_batch, nbd
from kundkarriar.numerics.bgnbd import simulate as bgnbd_simulate
from kundkarriar.numerics.bgnbd.p_alive import log_p_alive
from kundkarriar.numerics.bgnbd.sufficient_statistics import tabulate
from kundkarriar.numerics.optimize.forward_mode import variables
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.special.beta_mixture_survival import log_survival
from kundkarriar.numerics.special.chebyshev_interpolation import interpolate_over_ages
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True)
class BGNBDFamily(DrawsFutures):
    """Poisson purchases with gamma-distributed rates, and beta-distributed dropout probabilities.

    Attributes:
        name: as written in messages: "BG/NBD".
        parameters: names in order: r, alpha, and with dropout a, b.
        unconstrained: the unconstrained parameters of the gamma, and with dropout of the beta.
        chances: function from repeat purchases x, (n,), to the number of dropout opportunities, (n,).
        nested: simpler families nested in this one.
    """

    simulation: ClassVar[Simulation] = bgnbd_simulate
    name: str
    parameters: tuple[str, ...]
    unconstrained: UnconstrainedParameters
    chances: Callable[[Array], Array]
    nested: tuple[NestedFamily, ...] = ()

    @property
    def has_dropout(self) -> bool:
        """Whether customers of this family can drop out."""
        return "a" in self.parameters

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` over the unconstrained parameters (k,), with gradient and Hessian."""
        statistics = tabulate(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=self.chances(rows.x), scale=scale
        )
        unit = _unit_term(rows, scale)

        def at(theta: Array) -> tuple[float, Array, Array]:
            values = dict(zip(self.parameters, self.unconstrained.natural(theta), strict=True))
            total = (likelihood if self.has_dropout else nbd).total(statistics, **values)
            value, gradient, hessian = self.unconstrained.in_unconstrained(theta, total)
            return value - unit, gradient, hessian

        return at

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""
        statistics = tabulate(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=self.chances(rows.x), scale=scale
        )
        unit = _unit_term(rows, scale)
        evaluate = loglik_batch.loglik_batch_function(statistics, dropout=self.has_dropout)

        def at(theta: Array) -> Array:
            values = self.unconstrained.natural(theta).T
            return evaluate(**dict(zip(self.parameters, values, strict=True))) - unit

        return at

    def row_objective(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row, at its own row of `theta`, (n, k)."""
        natural = np.moveaxis(self.unconstrained.natural(theta), -1, 0)
        params = variables(dict(zip(self.parameters, natural, strict=True)))
        own = self._log_likelihood(x=rows.x, t_x=rows.t_x / scale, T=rows.T / scale, params=params)
        value, gradient, hessian = self.unconstrained.in_unconstrained(theta, own.derivatives(len(params)))
        return value - rows.x * np.log(scale), gradient, hessian

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit: moment estimates of NBD, with several guesses of the dropout parameters."""
        if not self.has_dropout:
            return nbd_starts(rows, scale=scale)
        return beta_dropout_starts(rows, scale=scale, guesses=starting_values.BGNBD)

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row, not weighted, (n,); (n, S) under draws."""
        x, t_x, T = (broadcastable(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        return np.asarray(self._log_likelihood(x=x, t_x=t_x, T=T, params=params))

    def _log_likelihood(self, *, x: Array, t_x: Array, T: Array, params: Mapping[str, Any]) -> Any:
        """Log-likelihood of each history, (n,) or (n, S); differentiable where the parameters are."""
        if not self.has_dropout:
            return nbd.log_likelihood(x=x, T=T, **params)
        return likelihood.log_likelihood(x=x, t_x=t_x, T=T, chances=self.chances(x), **params)

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        x, t_x, T = (broadcastable(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        if not self.has_dropout:
            return np.zeros(np.broadcast_shapes(x.shape, np.shape(params["r"])))
        return log_p_alive(x=x, t_x=t_x, T=T, chances=self.chances(x), **params)

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time alive of each row, given alive now; computed once per distinct (x, T)."""
        distinct, inverse = distinct_counts_and_ages(rows, params, period)
        endless = np.isinf(horizon)

        def within(x: Array, rate: Array) -> tuple[Array, ...]:
            posterior = self._gamma_and_beta(x, rate, params)
            parts = expectation.discounted(horizon, discount_rate=discount_rate, **posterior)
            finite_dropout = self.has_dropout and not endless
            return (*parts, expectation.p_leaves(horizon, **posterior)) if finite_dropout else parts

        rate = params["alpha"] + distinct.T
        purchases, discounted, alive, *within_horizon = _interpolated(within, params, x=distinct.x, rate=rate)
        if endless:
            purchases = expectation.expected_purchases(horizon, **self._gamma_and_beta(distinct.x, rate, params))
        p_leaves = within_horizon[0] if within_horizon else np.full_like(rate, float(self.has_dropout))
        buys = expectation.p_purchase(horizon, s=params["r"] + distinct.x, rate=rate)
        return ResidualExpectation(
            p_alive=np.exp(self.log_p_alive(rows, params)),
            purchases=purchases[inverse],
            p_purchase=buys[inverse],
            discounted_purchases=discounted[inverse],
            discounted_alive=alive[inverse],
            p_leaves=p_leaves[inverse],
        )

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float
    ) -> Array:
        """Expected purchases of each row within `horizon`, given alive now, (n,)."""
        distinct, inverse = distinct_counts_and_ages(rows, params, period)

        def within(x: Array, rate: Array) -> tuple[Array]:
            return (expectation.expected_purchases(horizon, **self._gamma_and_beta(x, rate, params)),)

        (purchases,) = _interpolated(within, params, x=distinct.x, rate=params["alpha"] + distinct.T)
        return purchases[inverse]

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive `t` periods from now, given alive now, (n,)."""
        if not self.has_dropout:
            return np.ones(len(rows))
        posterior = self._gamma_and_beta(rows.x, params["alpha"] + rows.T, params)
        return np.exp(log_survival(t / posterior["rate"], s=posterior["s"], a=posterior["a"], b=posterior["b"]))

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        return expectation.p_purchase(horizon, s=params["r"] + rows.x, rate=params["alpha"] + rows.T)

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        posterior = self._gamma_and_beta(rows.x, params["alpha"] + rows.T, params)
        return expectation.p_counts(horizon, up_to=up_to, **posterior)

    def simulate(self, params: Mapping[str, Any], *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), in continuous time."""
        rate = generator.gamma(params["r"], size=len(T)) / params["alpha"]
        p = generator.beta(params["a"], params["b"], len(T)) if self.has_dropout else np.zeros(len(T))
        at_once = float(self.chances(np.zeros(1))[0])
        x, t_x = bgnbd_simulate.draw_histories(generator, rate=rate, p=p, T=T, chances_at_first=at_once)
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)))

    def draw_state(
        self, rows: PurchaseRows, params: Mapping[str, Array], generator: Generator
    ) -> bgnbd_simulate.LatentState:
        """Draws of the latent state of each row, one for each parameter draw, (n, S)."""
        p_alive = np.exp(self.log_p_alive(rows, params))
        x, T = rows.x[:, None], rows.T[:, None]
        a = np.broadcast_to(params["a"], p_alive.shape) if self.has_dropout else None
        b = params["b"] + self.chances(x) if self.has_dropout else None
        return bgnbd_simulate.draw_latent_state(
            generator, p_alive=p_alive, shape=params["r"] + x, rate=params["alpha"] + T, a=a, b=b
        )

    def _gamma_and_beta(self, x: Array, rate: Array, params: Mapping[str, Any]) -> dict[str, Any]:
        """Gamma (s, rate) and beta (a, b) parameters of each row, given alive now; a = 0 without dropout."""
        b = params["b"] if self.has_dropout else 1.0
        return {
            "s": params["r"] + x,
            "rate": rate,
            "a": params["a"] if self.has_dropout else 0.0,
            "b": b + self.chances(x),
        }


def _unit_term(rows: PurchaseRows, scale: float) -> float:
    """Sum of x ln(scale): converts the log-density of x purchase times from scaled units to the unit of T."""
    return float(np.sum(rows.weights * rows.x)) * float(np.log(scale))


def _interpolated(
    function: Callable[[Array, Array], tuple[Array, ...]], params: Mapping[str, Any], *, x: Array, rate: Array
) -> tuple[Array, ...]:
    """`function(x, rate)` of every row, interpolated over ages where all rows share their parameters."""
    return interpolate_over_ages(function, x=x, rate=rate) if shared_by_all_rows(params) else function(x, rate)


NBD_FAMILY = BGNBDFamily(
    name="NBD",
    parameters=("r", "alpha"),
    unconstrained=UnconstrainedParameters(blocks=(PURCHASE_RATES,)),
    chances=dropout_opportunities.none,
)
NO_DROPOUT = "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
NESTED_NBD = NestedFamily(family=NBD_FAMILY, sentence=NO_DROPOUT)


def beta_geometric_family(name: str, chances: Callable[[Array], Array]) -> BGNBDFamily:
    """A family with beta-geometric dropout; `chances` says after which purchases a customer may drop out."""
    return BGNBDFamily(
        name=name,
        parameters=("r", "alpha", "a", "b"),
        unconstrained=UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT)),
        chances=chances,
        nested=(NESTED_NBD,),
    )
