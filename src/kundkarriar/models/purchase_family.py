"""What tells one repeat-buying model from another: values, not classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.models.futures import Futures, Residual
from kundkarriar.numerics import beta_geometric, geometric_dropout, nbd, working_coordinates
from kundkarriar.numerics.age_series import along_ages
from kundkarriar.numerics.dropout_draws import HiddenState, draw_futures, draw_hidden_state, expected_futures
from kundkarriar.numerics.purchase_table import tabulate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.history.purchase_rows import PurchaseRows
    from kundkarriar.models.posterior import Posterior
    from kundkarriar.numerics.maximum_likelihood import Surface

    Array = NDArray[np.float64]


@frozen(kw_only=True)
class PurchaseFamily:
    """Poisson purchases at gamma rates, and chances to leave.

    Attributes:
        name: as written in messages.
        parameters: names in order: r, alpha, and where customers leave a, b.
        chances: how many times a customer with x repeat purchases may have left.
    """

    name: str
    parameters: tuple[str, ...]
    chances: Callable[[Array], Array]

    @property
    def leaves(self) -> bool:
        """Whether customers of this family ever leave."""
        return "a" in self.parameters

    @property
    def coordinates(self) -> tuple[str, ...]:
        """Names of the working coordinates."""
        return working_coordinates.NAMES[: len(self.parameters)]

    def surface(self, rows: PurchaseRows, *, scale: float) -> Surface:
        """The log-likelihood of `rows` over the working coordinates, with gradient and Hessian."""
        table = tabulate(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=self.chances(rows.x), scale=scale
        )
        # a density of x moments in the unit of T: x ln(scale) brings it back from the scaled unit
        in_unit = float(np.sum(rows.weights * rows.x)) * np.log(scale)

        def at(theta: Array) -> tuple[float, Array, Array]:
            values = dict(zip(self.parameters, working_coordinates.natural(theta), strict=True))
            total = (beta_geometric if self.leaves else nbd).total(table, **values)
            value, gradient, hessian = working_coordinates.in_working(theta, total)
            return value - in_unit, gradient, hessian

        return at

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, float]) -> Array:
        """Log-likelihood of each row (not times its weight), (n,)."""
        if not self.leaves:
            return nbd.log_likelihood(x=rows.x, T=rows.T, **params)
        return beta_geometric.log_likelihood(x=rows.x, t_x=rows.t_x, T=rows.T, chances=self.chances(rows.x), **params)

    def p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Probability of being alive now; (n,), or (n, S) where parameters are S draws."""
        if not self.leaves:
            return np.ones(np.broadcast_shapes(_column(rows.x, params["r"]).shape, np.shape(params["r"])))
        x, t_x, T = (_column(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        return np.exp(beta_geometric.log_p_alive(x=x, t_x=t_x, T=T, chances=self.chances(x), **params))

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, float], *, period: str, horizon: float, discount_rate: float
    ) -> Residual:
        """What lies ahead of each row given that it is alive: computed once per different (x, T)."""
        alone, inverse = _ages(rows, period)
        infinite = np.isinf(horizon)

        def within(x: Array, rate: Array) -> tuple[Array, ...]:
            ahead = self._ahead(x, rate, params)
            bought = geometric_dropout.discounted(horizon, discount_rate=discount_rate, **ahead)
            stays = np.ones_like(rate) if infinite else geometric_dropout.still_alive(horizon, **ahead)
            return *bought, stays

        rate = params["alpha"] + alone.T
        purchases, discounted, alive, stays = along_ages(within, x=alone.x, rate=rate)
        if infinite:
            purchases = geometric_dropout.expected_purchases(horizon, **self._ahead(alone.x, rate, params))
            stays = 0.0 * stays if self.leaves else stays
        buys = geometric_dropout.p_purchase(horizon, s=params["r"] + alone.x, rate=rate)
        return Residual(
            p_alive=self.p_alive(rows, params),
            purchases=purchases[inverse],
            p_purchase=buys[inverse],
            discounted_purchases=discounted[inverse],
            discounted_alive=alive[inverse],
            p_leaves=np.maximum(1.0 - stays, 0.0)[inverse],
        )

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, float], *, period: str, horizon: float
    ) -> Array:
        """Purchases expected of each row, given that it is alive, (n,)."""
        alone, inverse = _ages(rows, period)

        def within(x: Array, rate: Array) -> tuple[Array]:
            return (geometric_dropout.expected_purchases(horizon, **self._ahead(x, rate, params)),)

        (purchases,) = along_ages(within, x=alone.x, rate=params["alpha"] + alone.T)
        return purchases[inverse]

    def draw_state(self, rows: PurchaseRows, posterior: Posterior, generator: Generator) -> HiddenState:
        """The hidden state of each row under each draw of the parameters, (n, S)."""
        params = posterior.params()
        p_alive = self.p_alive(rows, params)
        x, T = _column(rows.x, params["r"]), _column(rows.T, params["r"])
        a = np.broadcast_to(params["a"], p_alive.shape) if self.leaves else None
        b = params["b"] + self.chances(x) if self.leaves else None
        return draw_hidden_state(generator, p_alive=p_alive, shape=params["r"] + x, rate=params["alpha"] + T, a=a, b=b)

    def draw_outcomes(
        self, rows: PurchaseRows, posterior: Posterior, *, horizon: float, discount_rate: float, generator: Generator
    ) -> Futures:
        """Realised futures, (n, S)."""
        hidden = self.draw_state(rows, posterior, generator)
        drawn = draw_futures(generator, hidden, horizon=horizon, discount_rate=discount_rate)
        return Futures(purchases=drawn[0], discounted_purchases=drawn[1], discounted_alive=drawn[2])

    def draw_expectations(
        self, rows: PurchaseRows, posterior: Posterior, *, horizon: float, discount_rate: float, generator: Generator
    ) -> Futures:
        """Expectations given a drawn hidden state, (n, S)."""
        hidden = self.draw_state(rows, posterior, generator)
        means = expected_futures(hidden, horizon=horizon, discount_rate=discount_rate)
        return Futures(purchases=means[0], discounted_purchases=means[1], discounted_alive=means[2])

    def _ahead(self, x: Array, rate: Array, params: Mapping[str, float]) -> dict[str, Any]:
        """The gamma and the beta that a customer known to be alive carries on with; a = 0: nobody leaves."""
        b = params["b"] if self.leaves else 1.0
        return {
            "s": params["r"] + x,
            "rate": rate,
            "a": params["a"] if self.leaves else 0.0,
            "b": b + self.chances(x),
        }


def _column(values: Array, draws: Any) -> Array:
    """Row values that broadcast against draws: (n, 1) where the parameters are S draws."""
    return values[:, None] if np.ndim(draws) else values


def _ages(rows: PurchaseRows, period: str) -> tuple[PurchaseRows, NDArray[np.int64]]:
    """Different (x, T) and where each row finds its own: what lies ahead of the living hangs on no more."""
    alone = type(rows)(x=rows.x, t_x=np.zeros(len(rows)), T=rows.T, weights=rows.weights).distinct(period=period)
    return alone.rows, alone.inverse


NBD_FAMILY = PurchaseFamily(name="NBD", parameters=("r", "alpha"), chances=nbd.chances)
