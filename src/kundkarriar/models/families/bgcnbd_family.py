"""The family of BG/CNBD-k and MBG/CNBD-k: Erlang-k intervals between purchases, geometric dropout."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.models.families import starting_values
from kundkarriar.models.families.drawn_futures import DrawsFutures, Simulation
from kundkarriar.models.families.purchase_family import NestedFamily, PurchaseFamily
from kundkarriar.models.families.row_parameters import broadcastable, distinct_counts_and_ages
from kundkarriar.models.families.starting_values import beta_dropout_starts, nbd_starts
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.numerics.bgcnbd import expectation, likelihood, loglik_batch
from kundkarriar.numerics.bgcnbd import simulate as bgcnbd_simulate
from kundkarriar.numerics.bgcnbd.alive_customers import AliveCustomers, alive_customers
from kundkarriar.numerics.bgcnbd.p_alive import log_p_alive
from kundkarriar.numerics.bgcnbd.sufficient_statistics import ErlangStatistics
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES, gamma_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.special.chebyshev_interpolation import interpolate_over_ages
from kundkarriar.summaries.purchase_rows import PurchaseRows

RARE = 1e-3
"""Smaller probabilities are summed term by term, because 1 minus a probability near 1 loses digits."""
SMALLEST = float(np.nextafter(0.0, 1.0))
"""Lower bound of values that are interpolated as logarithms."""


@frozen(kw_only=True)
class BGCNBDFamily(DrawsFutures):
    """Erlang-k intervals between purchases with gamma-distributed stage rates; beta-distributed dropout probabilities.

    Attributes:
        name: as written in messages: "BG/CNBD".
        k: number of stages of an interval between purchases.
        at_first: 1 if a customer may drop out after the first purchase too (MBG), else 0 (BG).
        has_dropout: whether customers of this family can drop out.
    """

    simulation: ClassVar[Simulation] = bgcnbd_simulate
    name: str
    k: int
    at_first: int
    has_dropout: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in order: r, alpha, and with dropout a, b; k is chosen separately."""
        return ("r", "alpha", "a", "b") if self.has_dropout else ("r", "alpha")

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters of the gamma, and with dropout of the beta."""
        rates = gamma_parameters(*PURCHASE_RATES.names, stages=self.k)
        return UnconstrainedParameters(blocks=(rates, DROPOUT) if self.has_dropout else (rates,))

    @property
    def nested(self) -> tuple[NestedFamily, ...]:
        """The family with the same k and no dropout."""
        if not self.has_dropout:
            return ()
        without_dropout = BGCNBDFamily(name="CNBD", k=self.k, at_first=self.at_first, has_dropout=False)
        return (NestedFamily(family=without_dropout, sentence=_no_dropout_sentence(self.k)),)

    def chances(self, x: Array) -> Array:
        """Number of dropout opportunities of a customer with `x` repeat purchases, (n,)."""
        return x + self.at_first if self.has_dropout else np.zeros_like(x)

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` over the unconstrained parameters (k,), with gradient and Hessian."""
        statistics, constant = self._statistics(rows, scale=scale), self._constant_terms(rows, scale=scale)
        total = likelihood.total if self.has_dropout else likelihood.total_without_dropout

        def at(theta: Array) -> tuple[float, Array, Array]:
            values = dict(zip(self.parameters, self.unconstrained.natural(theta), strict=True))
            value, gradient, hessian = self.unconstrained.in_unconstrained(theta, total(statistics, **values))
            return value + constant, gradient, hessian

        return at

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""
        statistics, constant = self._statistics(rows, scale=scale), self._constant_terms(rows, scale=scale)

        def at(theta: Array) -> Array:
            values = self._with_dropout_params(
                dict(zip(self.parameters, self.unconstrained.natural(theta).T, strict=True))
            )
            r, alpha = values["r"], values["alpha"]
            a, b = (np.broadcast_to(values[name], r.shape) for name in ("a", "b"))
            return loglik_batch.loglik_batch(statistics, r=r, alpha=alpha, a=a, b=b) + constant

        return at

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit: moment estimates of NBD, with four guesses of the dropout parameters."""
        if not self.has_dropout:
            return nbd_starts(rows, scale=scale)
        return beta_dropout_starts(rows, scale=scale, guesses=starting_values.BGCNBD)

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row, not weighted, (n,)."""
        return likelihood.log_likelihood(
            x=rows.x,
            t_x=rows.t_x,
            T=rows.T,
            chances=self.chances(rows.x),
            gap_log_sum=self._gap_log_sum(rows),
            k=self.k,
            **self._with_dropout_params(params),
        )

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        x, t_x, T = (broadcastable(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        return log_p_alive(x=x, t_x=t_x, T=T, chances=self.chances(x), k=self.k, **self._with_dropout_params(params))

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float
    ) -> Array:
        """Expected purchases of each row within `horizon`, given alive now, (n,)."""
        (purchases,) = self._interpolated(
            lambda alive: (expectation.expected_purchases(horizon, alive),), rows, params, period=period
        )
        return purchases

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time alive of each row, given alive now."""
        infinite = np.isinf(horizon)

        def within(alive: AliveCustomers) -> tuple[Array, ...]:
            parts = expectation.discounted(horizon, alive, discount_rate=discount_rate)
            if infinite:
                return parts
            return (*parts, *expectation.purchases_and_p_leaves(horizon, alive))

        discounted, discounted_alive, *finite = self._interpolated(within, rows, params, period=period)
        if infinite:
            purchases = expectation.expected_purchases(
                horizon, self._alive_customers(rows.x, params["alpha"] + rows.T, params)
            )[0]
            p_leaves = np.full(len(rows), float(self.has_dropout))
        else:
            purchases, p_leaves = finite
        return ResidualExpectation(
            p_alive=np.exp(self.log_p_alive(rows, params)),
            purchases=purchases,
            p_purchase=self.p_purchase(rows, params, horizon=horizon) if not infinite else np.ones(len(rows)),
            discounted_purchases=discounted,
            discounted_alive=discounted_alive,
            p_leaves=np.minimum(p_leaves, 1.0) if self.has_dropout else np.zeros(len(rows)),
        )

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive `t` periods from now, given alive now, (n,)."""
        (p_alive_later,) = self._interpolated(
            lambda alive: (expectation.still_alive(t, alive),), rows, params, period="D"
        )
        return p_alive_later

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        r, alpha = params["r"], params["alpha"]
        horizon = np.broadcast_to(np.asarray(horizon, dtype=np.float64), (len(rows),))
        none = likelihood.log_p_none(horizon, x=rows.x, t_x=rows.t_x, T=rows.T, k=self.k, r=r, alpha=alpha)
        buys: Array = -np.expm1(none)
        rare = np.flatnonzero(buys < RARE)
        some = rows.at(rare)
        parts = expectation.p_purchase(horizon[rare], self._alive_customers(some.x, alpha + some.T, params))
        buys[rare] = _mixture(self._stage_probabilities(some, params), parts)
        return buys

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        parts = expectation.p_counts(
            horizon, self._alive_customers(rows.x, params["alpha"] + rows.T, params), up_to=up_to
        )
        return _mixture([weight[:, None] for weight in self._stage_probabilities(rows, params)], parts)

    def simulate(self, params: Mapping[str, Any], *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), with the gaps between purchases."""
        rate = generator.gamma(params["r"], size=len(T)) / params["alpha"]
        p = generator.beta(params["a"], params["b"], len(T)) if self.has_dropout else np.zeros(len(T))
        x, t_x, gaps = bgcnbd_simulate.draw_histories(
            generator, k=self.k, rate=rate, p=p, T=T, chances_at_first=self.at_first
        )
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)), gap_log_sum=gaps)

    def _statistics(self, rows: PurchaseRows, *, scale: float) -> ErlangStatistics:
        chances = self.chances(rows.x)
        return ErlangStatistics.of(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=chances, k=self.k, scale=scale
        )

    def _constant_terms(self, rows: PurchaseRows, *, scale: float) -> float:
        """Terms of the log-likelihood without parameters: the gaps between purchases, and the unit of T."""
        gaps = likelihood.gap_term(x=rows.x, gap_log_sum=self._gap_log_sum(rows), k=self.k)
        return float(np.sum(rows.weights * (gaps - self.k * rows.x * np.log(scale))))

    def _gap_log_sum(self, rows: PurchaseRows) -> Array:
        if rows.gap_log_sum is None and self.k > 1:
            raise missing_gap_log_sum(self.name)
        return np.zeros(len(rows)) if rows.gap_log_sum is None else rows.gap_log_sum

    def _with_dropout_params(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters r, alpha, a, b; a = 0 without dropout."""
        return {"a": 0.0, "b": 1.0, **params}

    def _alive_customers(self, x: Array, rate: Array, params: Mapping[str, Any]) -> AliveCustomers:
        """Parameters of the future of each row, given alive now; `rate` is alpha + T."""
        values = self._with_dropout_params(params)
        s, b = values["r"] + self.k * x, values["b"] + self.chances(x)
        return alive_customers(k=self.k, s=s, rate=rate, a=values["a"], b=b)

    def _stage_probabilities(self, rows: PurchaseRows, params: Mapping[str, Any]) -> list[Array]:
        """Probability of 0, ..., k - 1 completed stages since the last purchase, given alive now, k arrays (n,)."""
        return likelihood.stages_done(x=rows.x, t_x=rows.t_x, T=rows.T, k=self.k, r=params["r"], alpha=params["alpha"])

    def _interpolated(
        self,
        function: Callable[[AliveCustomers], tuple[Array, ...]],
        rows: PurchaseRows,
        params: Mapping[str, Any],
        *,
        period: str,
    ) -> list[Array]:
        """`function` of the customers alive now, averaged over the number of completed stages; each part (n,).

        Given the number of completed stages, the parts depend on x and T only. They are computed once per distinct
        (x, T) and interpolated over ages.
        """
        distinct, inverse = distinct_counts_and_ages(rows, params, period)

        def within(x: Array, rate: Array) -> tuple[Array, ...]:
            parts = function(self._alive_customers(x, rate, params))
            return tuple(np.maximum(one, SMALLEST) for part in parts for one in part)

        parts = interpolate_over_ages(within, x=distinct.x, rate=params["alpha"] + distinct.T)
        weights = self._stage_probabilities(rows, params)
        starts = range(0, len(parts), self.k)
        return [_mixture(weights, [part[inverse] for part in parts[start : start + self.k]]) for start in starts]

    def draw_state(
        self, rows: PurchaseRows, params: Mapping[str, Array], generator: Generator
    ) -> bgcnbd_simulate.ErlangState:
        """Draws of the latent state of each row, one for each parameter draw, (n, S)."""
        values = self._with_dropout_params(params)
        x, t_x, T = rows.x[:, None], rows.t_x[:, None], rows.T[:, None]
        done = likelihood.stages_done(x=x, t_x=t_x, T=T, k=self.k, r=values["r"], alpha=values["alpha"])
        return bgcnbd_simulate.draw_latent_state(
            generator,
            p_alive=np.exp(self.log_p_alive(rows, params)),
            done=done,
            s=values["r"] + self.k * x,
            rate=values["alpha"] + T,
            a=values["a"],
            b=values["b"] + self.chances(x),
        )


def missing_gap_log_sum(name: str) -> DataError:
    """The error for a likelihood with k > 1 of a summary without the column `gap_log_sum`."""
    return DataError.because(
        f"{name} needs the spacing of purchases to tell regular buying from random: the summary has no column "
        "`gap_log_sum`.",
        hint="kk.summarize(transactions, as_of=..., regularity=True).",
    )


def _no_dropout_sentence(k: int) -> str:
    if k == 1:
        return "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
    return (
        "no dropout identifiable: these customers are described as well when nobody leaves. No model here has regular "
        f"buying without leaving: keep this one for its k = {k} and read p_alive as 1, or use kk.NBD() and lose the "
        "regularity."
    )


def _mixture(weights: Sequence[Array], parts: Any) -> Array:
    """The sum over stages of weight x part."""
    return np.asarray(sum(weight * part for weight, part in zip(weights, parts, strict=True)))


_: PurchaseFamily = BGCNBDFamily(name="BG/CNBD", k=2, at_first=0)
