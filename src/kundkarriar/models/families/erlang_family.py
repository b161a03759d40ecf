"""BG/CNBD-k and MBG/CNBD-k: gaps of k stages, so that purchases come more evenly than by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.errors import DataError
from kundkarriar.history.summary.purchase_rows import PurchaseRows
from kundkarriar.models.families.poisson_beta_family import beside, rate_moments
from kundkarriar.models.families.purchase_family import Nested
from kundkarriar.models.interface.futures import Futures, Residual
from kundkarriar.numerics.erlang import expectation, likelihood, statistics
from kundkarriar.numerics.erlang.future_state import ahead_of
from kundkarriar.numerics.erlang.simulate import RegularState, draw_futures, draw_state, expected_futures, histories
from kundkarriar.numerics.erlang.stage_rate_parameters import StageRates
from kundkarriar.numerics.erlang.statistics import RegularTable
from kundkarriar.numerics.optimize.unconstrained_parameters import DROPOUT, Coordinates
from kundkarriar.numerics.special.chebyshev_interpolation import along_ages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.models.families.purchase_family import PurchaseFamily
    from kundkarriar.numerics.erlang.future_state import Ahead
    from kundkarriar.numerics.optimize.newton import Surface
    from kundkarriar.numerics.optimize.unconstrained_parameters import Block

    Array = NDArray[np.float64]

RARE = 1e-3
"""A smaller probability is summed, not subtracted from 1."""
SMALLEST = float(np.nextafter(0.0, 1.0))
"""What is to be read off a series of logarithms must be above 0."""


@frozen(kw_only=True)
class RegularFamily:
    """Purchases after every k-th stage, stages at gamma rates, and chances to leave.

    Attributes:
        name: as written in messages.
        k: stages of a gap.
        at_first: 1 where a customer may leave after the first purchase too, else 0.
        leaves: whether customers of this family ever leave.
    """

    name: str
    k: int
    at_first: int
    leaves: bool = True

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in order; k is chosen, not searched."""
        return ("r", "alpha", "a", "b") if self.leaves else ("r", "alpha")

    @property
    def coordinates(self) -> Coordinates:
        """A gamma block over purchase rates, and where customers leave a beta block."""
        rates: Block = StageRates(k=self.k)
        return Coordinates(blocks=(rates, DROPOUT) if self.leaves else (rates,))

    @property
    def nested(self) -> tuple[Nested, ...]:
        """The same regular buying, and nobody leaves."""
        if not self.leaves:
            return ()
        staying = RegularFamily(name="CNBD", k=self.k, at_first=self.at_first, leaves=False)
        return (Nested(family=staying, sentence=_no_dropout(self.k)),)

    def chances(self, x: Array) -> Array:
        """How many times a customer with `x` repeat purchases may have left."""
        return x + self.at_first if self.leaves else np.zeros_like(x)

    def surface(self, rows: PurchaseRows, *, scale: float) -> Surface:
        """The log-likelihood of `rows` over the coordinates, with gradient and Hessian."""
        table, beside_table = self._table(rows, scale=scale), self._constant(rows, scale=scale)
        total = statistics.total if self.leaves else statistics.stayed_total

        def at(theta: Array) -> tuple[float, Array, Array]:
            values = dict(zip(self.parameters, self.coordinates.natural(theta), strict=True))
            value, gradient, hessian = self.coordinates.in_working(theta, total(table, **values))
            return value + beside_table, gradient, hessian

        return at

    def heights(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The same without derivatives, for many points at once: (S, k) to (S,)."""
        table, beside_table = self._table(rows, scale=scale), self._constant(rows, scale=scale)

        def at(theta: Array) -> Array:
            values = self._whole(dict(zip(self.parameters, self.coordinates.natural(theta).T, strict=True)))
            r, alpha = values["r"], values["alpha"]
            a, b = (np.broadcast_to(values[name], r.shape) for name in ("a", "b"))
            return statistics.heights(table, r=r, alpha=alpha, a=a, b=b) + beside_table

        return at

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Moments of NBD, and for dropout four guesses of how many leave."""
        mean, log_r = rate_moments(rows, scale=scale)
        if not self.leaves:
            return [np.array([np.log(mean), log_r])]
        guesses = ((1.5, 0.3, 3.0), (2.5, 0.5, 1.5), (1.1, 0.05, 3.0), (4.0, 0.9, 0.5))
        return [
            np.array([np.log(mean * faster), log_r, np.log(phi / (1 - phi)), np.log(kappa)])
            for faster, phi, kappa in guesses
        ]

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row (not times its weight), (n,)."""
        return likelihood.log_likelihood(
            x=rows.x,
            t_x=rows.t_x,
            T=rows.T,
            chances=self.chances(rows.x),
            gap_log_sum=self._gaps(rows),
            k=self.k,
            **self._whole(params),
        )

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        x, t_x, T = (beside(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        return likelihood.log_p_alive(x=x, t_x=t_x, T=T, chances=self.chances(x), k=self.k, **self._whole(params))

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float
    ) -> Array:
        """Purchases expected of each row within `horizon`, given that it is alive, (n,)."""
        (purchases,) = self._along(
            lambda ahead: (expectation.expected_purchases(horizon, ahead),), rows, params, period=period
        )
        return purchases

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> Residual:
        """What lies ahead of each row given that it is alive."""
        infinite = np.isinf(horizon)

        def within(ahead: Ahead) -> tuple[Array, ...]:
            parts = expectation.discounted(horizon, ahead, discount_rate=discount_rate)
            if infinite:
                return parts
            return (*parts, *expectation.purchases_and_leaves(horizon, ahead))

        discounted, alive, *finite = self._along(within, rows, params, period=period)
        if infinite:
            purchases = expectation.expected_purchases(horizon, self._ahead(rows.x, params["alpha"] + rows.T, params))[
                0
            ]
            leaves = np.full(len(rows), float(self.leaves))
        else:
            purchases, leaves = finite
        return Residual(
            p_alive=np.exp(self.log_p_alive(rows, params)),
            purchases=purchases,
            p_purchase=self.p_purchase(rows, params, horizon=horizon) if not infinite else np.ones(len(rows)),
            discounted_purchases=discounted,
            discounted_alive=alive,
            p_leaves=np.minimum(leaves, 1.0) if self.leaves else np.zeros(len(rows)),
        )

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive after a further `t`, given alive now, (n,)."""
        (stays,) = self._along(lambda ahead: (expectation.still_alive(t, ahead),), rows, params, period="D")
        return stays

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        r, alpha = params["r"], params["alpha"]
        horizon = np.broadcast_to(np.asarray(horizon, dtype=np.float64), (len(rows),))
        none = likelihood.log_p_none(horizon, x=rows.x, t_x=rows.t_x, T=rows.T, k=self.k, r=r, alpha=alpha)
        buys: Array = -np.expm1(none)
        rare = np.flatnonzero(buys < RARE)
        some = rows.at(rare)
        parts = expectation.p_purchase(horizon[rare], self._ahead(some.x, alpha + some.T, params))
        buys[rare] = _mixed(self._done(some, params), parts)
        return buys

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        parts = expectation.p_counts(horizon, self._ahead(rows.x, params["alpha"] + rows.T, params), up_to=up_to)
        return _mixed([chance[:, None] for chance in self._done(rows, params)], parts)

    def draw_outcomes(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Realised futures, (n, S)."""
        hidden = self._draw_state(rows, params, generator)
        drawn = draw_futures(generator, hidden, horizon=horizon, discount_rate=discount_rate)
        return Futures(purchases=drawn[0], discounted_purchases=drawn[1], discounted_alive=drawn[2])

    def draw_expectations(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Expectations given a drawn hidden state, (n, S)."""
        hidden = self._draw_state(rows, params, generator)
        means = expected_futures(hidden, horizon=horizon, discount_rate=discount_rate)
        return Futures(purchases=means[0], discounted_purchases=means[1], discounted_alive=means[2])

    def simulate(self, params: Mapping[str, Any], *, T: Array, generator: Generator) -> PurchaseRows:
        """New customers observed for `T` each, (n,): their histories, with the spacing of purchases."""
        rate = generator.gamma(params["r"], size=len(T)) / params["alpha"]
        p = generator.beta(params["a"], params["b"], len(T)) if self.leaves else np.zeros(len(T))
        x, t_x, gaps = histories(generator, k=self.k, rate=rate, p=p, T=T, chances_at_first=self.at_first)
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)), gap_log_sum=gaps)

    def _table(self, rows: PurchaseRows, *, scale: float) -> RegularTable:
        chances = self.chances(rows.x)
        return RegularTable.of(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=chances, k=self.k, scale=scale
        )

    def _constant(self, rows: PurchaseRows, *, scale: float) -> float:
        """The spacing's part, and the unit's: a density of x moments, each the last of k stages, in the unit of T."""
        gaps = likelihood.gap_term(x=rows.x, gap_log_sum=self._gaps(rows), k=self.k)
        return float(np.sum(rows.weights * (gaps - self.k * rows.x * np.log(scale))))

    def _gaps(self, rows: PurchaseRows) -> Array:
        if rows.gap_log_sum is None and self.k > 1:
            raise needs_gaps(self.name)
        return np.zeros(len(rows)) if rows.gap_log_sum is None else rows.gap_log_sum

    def _whole(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """r, alpha, a, b; a = 0 where nobody leaves."""
        return {"a": 0.0, "b": 1.0, **params}

    def _ahead(self, x: Array, rate: Array, params: Mapping[str, Any]) -> Ahead:
        """How a customer known to be alive carries on; `rate` is alpha + T."""
        values = self._whole(params)
        s, b = values["r"] + self.k * x, values["b"] + self.chances(x)
        return ahead_of(k=self.k, s=s, rate=rate, a=values["a"], b=b)

    def _done(self, rows: PurchaseRows, params: Mapping[str, Any]) -> list[Array]:
        """Probability of each number of stages done since the last purchase, given alive, k arrays (n,)."""
        return likelihood.stages_done(x=rows.x, t_x=rows.t_x, T=rows.T, k=self.k, r=params["r"], alpha=params["alpha"])

    def _along(
        self,
        function: Callable[[Ahead], tuple[Array, ...]],
        rows: PurchaseRows,
        params: Mapping[str, Any],
        *,
        period: str,
    ) -> list[Array]:
        """`function` of the future, mixed over the stages done; each part (n,).

        Given the stages done it hangs on x and T alone: computed once per different pair, by series along ages.
        """
        alone = PurchaseRows(x=rows.x, t_x=np.zeros(len(rows)), T=rows.T, weights=rows.weights).distinct(period=period)

        def within(x: Array, rate: Array) -> tuple[Array, ...]:
            parts = function(self._ahead(x, rate, params))
            return tuple(np.maximum(one, SMALLEST) for part in parts for one in part)

        parts = along_ages(within, x=alone.rows.x, rate=params["alpha"] + alone.rows.T)
        done = self._done(rows, params)
        starts = range(0, len(parts), self.k)
        return [_mixed(done, [part[alone.inverse] for part in parts[start : start + self.k]]) for start in starts]

    def _draw_state(self, rows: PurchaseRows, params: Mapping[str, Array], generator: Generator) -> RegularState:
        """The hidden state of each row under each draw of the parameters, (n, S)."""
        values = self._whole(params)
        x, t_x, T = rows.x[:, None], rows.t_x[:, None], rows.T[:, None]
        done = likelihood.stages_done(x=x, t_x=t_x, T=T, k=self.k, r=values["r"], alpha=values["alpha"])
        return draw_state(
            generator,
            p_alive=np.exp(self.log_p_alive(rows, params)),
            done=done,
            s=values["r"] + self.k * x,
            rate=values["alpha"] + T,
            a=values["a"],
            b=values["b"] + self.chances(x),
        )


def needs_gaps(name: str) -> DataError:
    """The error of who asks for a likelihood of regular buying without the spacing of purchases."""
    return DataError.because(
        f"{name} needs the spacing of purchases to tell regular buying from random: the summary has no column "
        "`gap_log_sum`.",
        hint="kk.summarize(transactions, as_of=..., regularity=True).",
    )


def _no_dropout(k: int) -> str:
    if k == 1:
        return "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
    return (
        "no dropout identifiable: these customers are described as well when nobody leaves. No model here has regular "
        f"buying without leaving: keep this one for its k = {k} and read p_alive as 1, or use kk.NBD() and lose the "
        "regularity."
    )


def _mixed(weights: Sequence[Array], parts: Any) -> Array:
    return np.asarray(sum(weight * part for weight, part in zip(weights, parts, strict=True)))


_: PurchaseFamily = RegularFamily(name="BG/CNBD", k=2, at_first=0)
