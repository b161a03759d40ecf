"""NBD, BG/NBD and MBG/NBD: Poisson purchases at gamma rates, and after a purchase a chance to leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.history.summary.purchase_rows import PurchaseRows
from kundkarriar.models.families.purchase_family import Nested
from kundkarriar.models.interface.futures import Futures, Residual
from kundkarriar.numerics.optimize.unconstrained_parameters import DROPOUT, PURCHASE_RATES, Coordinates
from kundkarriar.numerics.poisson_beta import expectation, likelihood, loglik_batch, nbd, row_derivatives
from kundkarriar.numerics.poisson_beta.simulate import (
    HiddenState,
    draw_futures,
    draw_hidden_state,
    expected_futures,
    histories,
)
from kundkarriar.numerics.poisson_beta.statistics import tabulate
from kundkarriar.numerics.special.beta_mixture_survival import log_survival
from kundkarriar.numerics.special.chebyshev_interpolation import along_ages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.newton import Surface

    Array = NDArray[np.float64]

GUESSES = (
    (1.5, 0.0, 0.3, 3.0),
    (2.5, 0.0, 0.5, 1.5),
    (1.1, 0.0, 0.05, 3.0),
    (4.0, 1.5, 0.85, 1.0),
    (2.0, 1.5, 0.5, 2.0),
)
"""How much faster than the average the alive buy, how much more alike they are than NBD thinks, phi and kappa. The last
two find the top where few purchases leave two explanations: rates that differ, or alike customers of whom many
leave."""


@frozen(kw_only=True)
class GeometricFamily:
    """Poisson purchases at gamma rates, and chances to leave.

    Attributes:
        name: as written in messages.
        parameters: names in order: r, alpha, and where customers leave a, b.
        coordinates: a gamma block, and where customers leave a beta block.
        chances: how many times a customer with x repeat purchases may have left.
        nested: simpler families inside this one.
    """

    name: str
    parameters: tuple[str, ...]
    coordinates: Coordinates
    chances: Callable[[Array], Array]
    nested: tuple[Nested, ...] = ()

    @property
    def leaves(self) -> bool:
        """Whether customers of this family ever leave."""
        return "a" in self.parameters

    def surface(self, rows: PurchaseRows, *, scale: float) -> Surface:
        """The log-likelihood of `rows` over the coordinates, with gradient and Hessian."""
        table = tabulate(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=self.chances(rows.x), scale=scale
        )
        unit = _in_unit(rows, scale)

        def at(theta: Array) -> tuple[float, Array, Array]:
            values = dict(zip(self.parameters, self.coordinates.natural(theta), strict=True))
            total = (likelihood if self.leaves else nbd).total(table, **values)
            value, gradient, hessian = self.coordinates.in_working(theta, total)
            return value - unit, gradient, hessian

        return at

    def heights(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The same without derivatives, for many points at once: (S, k) to (S,)."""
        table = tabulate(
            x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=self.chances(rows.x), scale=scale
        )
        unit = _in_unit(rows, scale)
        heights = loglik_batch.heights(table, leaves=self.leaves)

        def at(theta: Array) -> Array:
            values = self.coordinates.natural(theta).T
            return heights(**dict(zip(self.parameters, values, strict=True))) - unit

        return at

    def row_surface(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row at coordinates of its own, (n, k)."""
        values = dict(zip(self.parameters, np.moveaxis(self.coordinates.natural(theta), -1, 0), strict=True))
        x, t_x, T = rows.x, rows.t_x / scale, rows.T / scale
        if self.leaves:
            own = row_derivatives.beta_geometric(x=x, t_x=t_x, T=T, chances=self.chances(x), **values)
        else:
            own = row_derivatives.poisson_gamma(x=x, T=T, **values)
        value, gradient, hessian = self.coordinates.in_working(theta, own)
        return value - x * np.log(scale), gradient, hessian

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Moments of NBD, and for dropout several guesses of how many leave."""
        mean, log_r = rate_moments(rows, scale=scale)
        if not self.leaves:
            return [np.array([np.log(mean), log_r])]
        return [
            np.array([np.log(mean * faster), log_r + alike, np.log(phi / (1 - phi)), np.log(kappa)])
            for faster, alike, phi, kappa in GUESSES
        ]

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row (not times its weight), (n,); (n, S) under draws."""
        x, t_x, T = (beside(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        if not self.leaves:
            return nbd.log_likelihood(x=x, T=T, **params)
        return likelihood.log_likelihood(x=x, t_x=t_x, T=T, chances=self.chances(x), **params)

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        x, t_x, T = (beside(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        if not self.leaves:
            return np.zeros(np.broadcast_shapes(x.shape, np.shape(params["r"])))
        return likelihood.log_p_alive(x=x, t_x=t_x, T=T, chances=self.chances(x), **params)

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> Residual:
        """What lies ahead of each row given that it is alive: computed once per different (x, T)."""
        alone, inverse = _ages(rows, params, period)
        endless = np.isinf(horizon)

        def within(x: Array, rate: Array) -> tuple[Array, ...]:
            ahead = self._ahead(x, rate, params)
            parts = expectation.discounted(horizon, discount_rate=discount_rate, **ahead)
            leaves = self.leaves and not endless
            return (*parts, expectation.p_leaves(horizon, **ahead)) if leaves else parts

        rate = params["alpha"] + alone.T
        purchases, discounted, alive, *within_horizon = _along(within, params, x=alone.x, rate=rate)
        if endless:
            purchases = expectation.expected_purchases(horizon, **self._ahead(alone.x, rate, params))
        leaves = within_horizon[0] if within_horizon else np.full_like(rate, float(self.leaves))
        buys = expectation.p_purchase(horizon, s=params["r"] + alone.x, rate=rate)
        return Residual(
            p_alive=np.exp(self.log_p_alive(rows, params)),
            purchases=purchases[inverse],
            p_purchase=buys[inverse],
            discounted_purchases=discounted[inverse],
            discounted_alive=alive[inverse],
            p_leaves=leaves[inverse],
        )

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float
    ) -> Array:
        """Purchases expected of each row, given that it is alive, (n,)."""
        alone, inverse = _ages(rows, params, period)

        def within(x: Array, rate: Array) -> tuple[Array]:
            return (expectation.expected_purchases(horizon, **self._ahead(x, rate, params)),)

        (purchases,) = _along(within, params, x=alone.x, rate=params["alpha"] + alone.T)
        return purchases[inverse]

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive after a further `t`, given alive now, (n,)."""
        if not self.leaves:
            return np.ones(len(rows))
        ahead = self._ahead(rows.x, params["alpha"] + rows.T, params)
        return np.exp(log_survival(t / ahead["rate"], s=ahead["s"], a=ahead["a"], b=ahead["b"]))

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        return expectation.p_purchase(horizon, s=params["r"] + rows.x, rate=params["alpha"] + rows.T)

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        ahead = self._ahead(rows.x, params["alpha"] + rows.T, params)
        return expectation.p_counts(horizon, up_to=up_to, **ahead)

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
        """New customers observed for `T` each, (n,): their histories in continuous time."""
        rate = generator.gamma(params["r"], size=len(T)) / params["alpha"]
        p = generator.beta(params["a"], params["b"], len(T)) if self.leaves else np.zeros(len(T))
        at_once = float(self.chances(np.zeros(1))[0])
        x, t_x = histories(generator, rate=rate, p=p, T=T, chances_at_first=at_once)
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)))

    def _draw_state(self, rows: PurchaseRows, params: Mapping[str, Array], generator: Generator) -> HiddenState:
        """The hidden state of each row under each draw of the parameters, (n, S)."""
        p_alive = np.exp(self.log_p_alive(rows, params))
        x, T = rows.x[:, None], rows.T[:, None]
        a = np.broadcast_to(params["a"], p_alive.shape) if self.leaves else None
        b = params["b"] + self.chances(x) if self.leaves else None
        return draw_hidden_state(generator, p_alive=p_alive, shape=params["r"] + x, rate=params["alpha"] + T, a=a, b=b)

    def _ahead(self, x: Array, rate: Array, params: Mapping[str, Any]) -> dict[str, Any]:
        """The gamma and the beta that a customer known to be alive carries on with; a = 0: nobody leaves."""
        b = params["b"] if self.leaves else 1.0
        return {
            "s": params["r"] + x,
            "rate": rate,
            "a": params["a"] if self.leaves else 0.0,
            "b": b + self.chances(x),
        }


def rate_moments(rows: PurchaseRows, *, scale: float) -> tuple[float, float]:
    """Mean purchases per `scale` of age, and ln r of NBD, both from moments."""
    T = rows.T / scale
    bought, aged = (float(np.sum(rows.weights * values)) for values in (rows.x, T))
    mean = bought / aged
    over = float(np.sum(rows.weights * (rows.x - mean * T) ** 2)) - bought
    r = mean**2 * float(np.sum(rows.weights * T**2)) / over if over > 0 else 10.0
    return mean, float(np.log(np.clip(r, 0.05, 10.0)))


def beside(values: Array, parameter: Any) -> Array:
    """Row values that broadcast against a parameter: a column (n, 1) where it is draws."""
    return values[:, None] if np.ndim(parameter) == 2 else values


def _in_unit(rows: PurchaseRows, scale: float) -> float:
    """A density of x moments in the unit of T: x ln(scale) brings it back from the scaled unit."""
    return float(np.sum(rows.weights * rows.x)) * float(np.log(scale))


def _shared(params: Mapping[str, Any]) -> bool:
    """Whether all rows have the same parameters."""
    return all(np.ndim(value) == 0 for value in params.values())


def _ages(rows: PurchaseRows, params: Mapping[str, Any], period: str) -> tuple[PurchaseRows, NDArray[np.int64] | slice]:
    """Different (x, T) and where each row finds its own: what lies ahead of the living hangs on no more."""
    if not _shared(params):
        return rows, slice(None)
    alone = PurchaseRows(x=rows.x, t_x=np.zeros(len(rows)), T=rows.T, weights=rows.weights).distinct(period=period)
    return alone.rows, alone.inverse


def _along(
    function: Callable[[Array, Array], tuple[Array, ...]], params: Mapping[str, Any], *, x: Array, rate: Array
) -> tuple[Array, ...]:
    """`function(x, rate)` of every row, by series along ages where the rows share their parameters."""
    return along_ages(function, x=x, rate=rate) if _shared(params) else function(x, rate)


NBD_FAMILY = GeometricFamily(
    name="NBD",
    parameters=("r", "alpha"),
    coordinates=Coordinates(blocks=(PURCHASE_RATES,)),
    chances=nbd.chances,
)
NO_DROPOUT = "no dropout identifiable: these customers are described as well when nobody leaves; use kk.NBD()."
WITHOUT_DROPOUT = Nested(family=NBD_FAMILY, sentence=NO_DROPOUT)


def leaving_family(name: str, chances: Callable[[Array], Array]) -> GeometricFamily:
    """A family whose customers leave after purchases, by where they have `chances` to."""
    return GeometricFamily(
        name=name,
        parameters=("r", "alpha", "a", "b"),
        coordinates=Coordinates(blocks=(PURCHASE_RATES, DROPOUT)),
        chances=chances,
        nested=(WITHOUT_DROPOUT,),
    )
