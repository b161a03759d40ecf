"""Pareto/NBD and GGompertz/NBD: Poisson purchases at gamma rates, during an unseen lifetime."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import asdict, frozen

from kundkarriar.history.summary.purchase_rows import PurchaseRows
from kundkarriar.models.families.poisson_beta_family import WITHOUT_DROPOUT, beside, rate_moments
from kundkarriar.models.families.purchase_family import Nested
from kundkarriar.models.interface.futures import Futures, Residual
from kundkarriar.numerics.optimize.unconstrained_parameters import PURCHASE_RATES, Coordinates, GammaBlock
from kundkarriar.numerics.pareto import derivatives, expectation, likelihood, loglik_batch
from kundkarriar.numerics.pareto import simulate as pareto_simulate
from kundkarriar.numerics.pareto.complete_data_score import Timed
from kundkarriar.numerics.pareto.gompertz_parameters import AgeingBlock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.newton import Surface

    Array = NDArray[np.float64]

GUESSES = ((1.5, 0.5, 1.0), (3.0, 2.0, 0.7), (1.1, 0.1, 1.0), (4.0, 500.0, 0.1))
"""Where a search begins: how much faster than all together the living buy, departures in a median age, and s. By the
last many leave at once and the others hardly ever, which is a top of its own where few ever bought again."""
AGEING_GUESSES = ((1.5, 0.5, 1.0, 0.3), (3.0, 2.0, 0.7, 0.1), (1.1, 0.1, 1.0, 2.0), (4.0, 500.0, 0.1, 0.3))
"""The same, and b in a median age."""


@frozen(kw_only=True)
class TimedFamily:
    """Poisson purchases at gamma rates, and lifetimes that do not know of them.

    Attributes:
        name: as written in messages.
        parameters: names in order; with ageing there is a b.
        coordinates: a gamma block over purchase rates, and one over lifetimes.
        nested: simpler families inside this one, the simplest first.
        guesses: where the lifetime's search begins.
    """

    name: str
    parameters: tuple[str, ...]
    coordinates: Coordinates
    nested: tuple[Nested, ...]
    guesses: tuple[tuple[float, ...], ...]

    def law(self, params: Mapping[str, Any]) -> Timed:
        """The two gammas; with ageing in warped time, where `beta` is divided by b."""
        b = params.get("b", 0.0)
        beta = params["beta"] / b if "b" in params else params["beta"]
        return Timed(r=params["r"], alpha=params["alpha"], s=params["s"], beta=beta, b=b)

    def surface(self, rows: PurchaseRows, *, scale: float) -> Surface:
        """The log-likelihood of `rows` over the coordinates, with gradient and Hessian."""
        table = derivatives.tabulate(x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, scale=scale)
        unit = float(np.sum(rows.weights * rows.x)) * float(np.log(scale))

        def at(theta: Array) -> tuple[float, Array, Array]:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # far out; the search turns back
                value, gradient, hessian = derivatives.total(table, self._law_at(theta))
            return value - unit, gradient, hessian

        return at

    def row_surface(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row at coordinates of its own, (n, k)."""
        value, gradient, hessian = derivatives.rows(
            x=rows.x, t_x=rows.t_x / scale, T=rows.T / scale, law=self._law_at(theta)
        )
        return value - rows.x * np.log(scale), gradient, hessian

    def heights(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The same without derivatives, for many points at once: (S, k) to (S,)."""
        table = derivatives.tabulate(x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, scale=scale)
        unit = float(np.sum(rows.weights * rows.x)) * float(np.log(scale))

        def at(theta: Array) -> Array:
            return loglik_batch.heights(table, self._law_at(theta)) - unit

        return at

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Moments of NBD, and for lifetimes a few guesses of how many leave."""
        mean, log_r = rate_moments(rows, scale=scale)
        return [np.array([np.log(mean * faster), log_r, *np.log(lifetime)]) for faster, *lifetime in self.guesses]

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row (not times its weight), (n,); (n, S) under draws."""
        x, t_x, T = (beside(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        return likelihood.log_likelihood(x=x, t_x=t_x, T=T, **asdict(self.law(params)))

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        x, t_x, T = (beside(values, params["r"]) for values in (rows.x, rows.t_x, rows.T))
        return likelihood.log_p_alive(x=x, t_x=t_x, T=T, **asdict(self.law(params)))

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> Residual:
        """What lies ahead of each row given that it is alive; lifetimes once per different age."""
        ages, inverse = _ages(rows, params)
        lifetime = self._lifetime(ages, params)
        alive = expectation.discounted_time(horizon, discount_rate=discount_rate, **lifetime)[inverse]
        buying = self._rate(rows, params)
        return Residual(
            p_alive=np.exp(self.log_p_alive(rows, params)),
            purchases=buying * expectation.expected_time(horizon, **lifetime)[inverse],
            p_purchase=self._once_each(rows, params, horizon=horizon, period=period),
            discounted_purchases=buying * alive,
            discounted_alive=alive,
            p_leaves=1.0 - expectation.still_alive(horizon, **lifetime)[inverse],
        )

    def expected_purchases(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Any],
        *,
        period: str,  # noqa: ARG002 - ages are told apart without it
        horizon: float,
    ) -> Array:
        """Purchases expected of each row, given that it is alive, (n,)."""
        ages, inverse = _ages(rows, params)
        time = expectation.expected_time(horizon, **self._lifetime(ages, params))[inverse]
        return np.asarray(self._rate(rows, params) * time)

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive after a further `t`, given alive now, (n,)."""
        return expectation.still_alive(t, **self._lifetime(rows.T, params))

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        shape, rate = params["r"] + rows.x, params["alpha"] + rows.T
        return expectation.p_purchase(horizon, shape=shape, rate=rate, **self._lifetime(rows.T, params))

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        shape, rate = params["r"] + rows.x, params["alpha"] + rows.T
        lifetime = self._lifetime(rows.T, params)
        return expectation.p_counts(horizon, up_to=up_to, shape=shape, rate=rate, **lifetime)

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
        drawn = pareto_simulate.draw_futures(generator, hidden, horizon=horizon, discount_rate=discount_rate)
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
        means = pareto_simulate.expected_futures(hidden, horizon=horizon, discount_rate=discount_rate)
        return Futures(purchases=means[0], discounted_purchases=means[1], discounted_alive=means[2])

    def simulate(self, params: Mapping[str, Any], *, T: Array, generator: Generator) -> PurchaseRows:
        """New customers observed for `T` each, (n,): their histories in continuous time."""
        law = self.law(params)
        rate = generator.standard_gamma(law.r, len(T)) / law.alpha
        leaving = generator.standard_gamma(law.s, len(T)) / law.beta
        x, t_x = pareto_simulate.histories(generator, rate=rate, leaving=leaving, b=law.b, T=T)
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)))

    def _law_at(self, theta: Array) -> Timed:
        """The law at coordinates (k,), or (n, k) for one a row; times in the scale."""
        values = np.moveaxis(self.coordinates.natural(theta), -1, 0)
        return self.law(dict(zip(self.parameters, values, strict=True)))

    def _rate(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Purchases expected per unit of time while alive, (n,)."""
        return np.asarray((params["r"] + rows.x) / (params["alpha"] + rows.T))

    def _lifetime(self, T: Array, params: Mapping[str, Any]) -> dict[str, Any]:
        """The residual lifetime of who is alive at age `T`, as `timed_future` takes it."""
        law = self.law(params)
        return {"s": law.s, "beta": expectation.beta_at(T, beta=law.beta, b=law.b), "b": law.b}

    def _once_each(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, period: str) -> Array:
        """`p_purchase` of every row, computed once per different (x, T) where the rows share their parameters."""
        if not _shared(params):
            return self.p_purchase(rows, params, horizon=horizon)
        alone = PurchaseRows(x=rows.x, t_x=np.zeros(len(rows)), T=rows.T, weights=rows.weights).distinct(period=period)
        return self.p_purchase(alone.rows, params, horizon=horizon)[alone.inverse]

    def _draw_state(
        self, rows: PurchaseRows, params: Mapping[str, Array], generator: Generator
    ) -> pareto_simulate.TimedState:
        """The hidden state of each row under each draw of the parameters, (n, S)."""
        law, T = self.law(params), rows.T[:, None]
        return pareto_simulate.draw_state(
            generator,
            p_alive=np.exp(self.log_p_alive(rows, params)),
            shape=law.r + rows.x[:, None],
            rate=law.alpha + T,
            s=law.s,
            beta=expectation.beta_at(T, beta=law.beta, b=law.b),
            b=law.b,
        )


def _shared(params: Mapping[str, Any]) -> bool:
    """Whether all rows have the same parameters."""
    return all(np.ndim(value) == 0 for value in params.values())


def _ages(rows: PurchaseRows, params: Mapping[str, Any]) -> tuple[Array, NDArray[np.int64] | slice]:
    """Different ages and where each row finds its own; where rows have parameters of their own, each row's age."""
    if not _shared(params):
        return rows.T, slice(None)
    ages, inverse = np.unique(rows.T, return_inverse=True)
    return ages, inverse


LEAVING_RATES = GammaBlock(names=("log_mean_leaving", "log_s"))
PARETO_FAMILY = TimedFamily(
    name="Pareto/NBD",
    parameters=("r", "alpha", "s", "beta"),
    coordinates=Coordinates(blocks=(PURCHASE_RATES, LEAVING_RATES)),
    nested=(WITHOUT_DROPOUT,),
    guesses=GUESSES,
)
NO_AGEING = (
    "no ageing identifiable: these customers are described as well when the rate of leaving does not grow with age; "
    "use kk.ParetoNBD()."
)
GGOMPERTZ_FAMILY = TimedFamily(
    name="GGompertz/NBD",
    parameters=("r", "alpha", "b", "s", "beta"),
    coordinates=Coordinates(blocks=(PURCHASE_RATES, AgeingBlock())),
    nested=(WITHOUT_DROPOUT, Nested(family=PARETO_FAMILY, sentence=NO_AGEING)),
    guesses=AGEING_GUESSES,
)
