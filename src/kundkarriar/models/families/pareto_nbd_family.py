"""The family of Pareto/NBD and GGompertz/NBD: Poisson purchases with gamma rates during a latent lifetime."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import asdict, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.families import starting_values
from kundkarriar.models.families.bgnbd_family import NESTED_NBD
from kundkarriar.models.families.dated_future import DatedFuture, latent_future
from kundkarriar.models.families.purchase_family import (
    NestedFamily,
    Params,
    PurchaseFamily,
    distinct_counts_and_ages,
    histories,
    shared_by_all_rows,
    trait_columns,
)
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.models.interface.prediction_columns import unconditional_counts
from kundkarriar.numerics.increments import lifetimes
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.parameter_blocks import PURCHASE_RATES, gamma_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.pareto_nbd import derivatives, expectation, likelihood, loglik_batch
from kundkarriar.numerics.pareto_nbd import simulate as pareto_nbd_simulate
from kundkarriar.numerics.pareto_nbd.latent_traits import purchase_and_dropout_rates
from kundkarriar.numerics.pareto_nbd.parameters import GOMPERTZ, ParetoParameters
from kundkarriar.numerics.pareto_nbd.sufficient_statistics import tabulate
from kundkarriar.numerics.special.bisection import median_time
from kundkarriar.summaries.equal_rows import group_equal_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True)
class ParetoNBDFamily:
    """Poisson purchases with gamma-distributed rates, and independent lifetimes with gamma-distributed dropout rates.

    Attributes:
        name: as written in messages: "Pareto/NBD".
        parameters: names in order: r, alpha, s, beta; of GGompertz/NBD r, alpha, b, s, beta.
        unconstrained: the unconstrained parameters of the purchase rates and of the lifetimes.
        nested: simpler families nested in this one, the simplest first.
        guesses: guesses of the parameters at which a fit starts; see `starting_values`.
    """

    simulation: ClassVar[ModuleType] = pareto_nbd_simulate
    needs_gaps: ClassVar[bool] = False
    moved_by: ClassVar[frozenset[str]] = frozenset({"leaving"})
    name: str
    parameters: tuple[str, ...]
    unconstrained: UnconstrainedParameters
    nested: tuple[NestedFamily[PurchaseFamily], ...]
    guesses: starting_values.Guesses

    @property
    def memoryless(self) -> bool:
        """Whether customers leave at a rate that does not depend on their age."""
        return "b" not in self.parameters

    def pareto_parameters(self, params: Params) -> ParetoParameters:
        """The parameters for the formulas of `numerics/pareto_nbd`; with b, `beta` is divided by b."""
        b = params.get("b", 0.0)
        beta = params["beta"] / b if "b" in params else params["beta"]
        return ParetoParameters(r=params["r"], alpha=params["alpha"], s=params["s"], beta=beta, b=b)

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` over the unconstrained parameters (k,), with gradient and Hessian."""
        statistics = tabulate(x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, scale=scale)
        unit = float(np.sum(rows.weights * rows.x)) * float(np.log(scale))

        def at(theta: Array) -> tuple[float, Array, Array]:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # far out; the search turns back
                value, gradient, hessian = derivatives.total(statistics, self._pareto_parameters_at(theta))
            return value - unit, gradient, hessian

        return at

    def row_objective(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row, at its own row of `theta`, (n, k)."""
        value, gradient, hessian = derivatives.rows(
            x=rows.x, t_x=rows.t_x / scale, T=rows.T / scale, params=self._pareto_parameters_at(theta)
        )
        return value - rows.x * np.log(scale), gradient, hessian

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""
        statistics = tabulate(x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, scale=scale)
        unit = float(np.sum(rows.weights * rows.x)) * float(np.log(scale))

        def at(theta: Array) -> Array:
            return loglik_batch.loglik_batch(statistics, self._pareto_parameters_at(theta)) - unit

        return at

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit: moment estimates of NBD, with several guesses of the lifetime parameters."""
        return starting_values.starting_values(rows, scale=scale, guesses=self.guesses)

    def log_likelihood(self, rows: PurchaseRows, params: Params) -> Array:
        """Log-likelihood of each row, not weighted, (n,); (n, S) under draws."""
        return likelihood.log_likelihood(**histories(rows, params), **asdict(self.pareto_parameters(params)))

    def log_p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        return likelihood.log_p_alive(**histories(rows, params), **asdict(self.pareto_parameters(params)))

    def residual(
        self, rows: PurchaseRows, params: Params, *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time alive of each row, given alive now; lifetimes once per distinct T."""
        ages, inverse = _distinct_ages(rows, params)
        distinct, each = distinct_counts_and_ages(rows, params, period)
        lifetime = self._residual_lifetime(ages, params)
        alive = expectation.expected_discounted_time(horizon, discount_rate=discount_rate, **lifetime)[inverse]
        buying = self._purchase_rate(rows, params)
        return ResidualExpectation(
            p_alive=self._p_alive(rows, params),
            purchases=buying * expectation.expected_time(horizon, **lifetime)[inverse],
            p_purchase=self._p_purchase_if_alive(distinct, params, horizon=horizon)[each],
            discounted_purchases=buying * alive,
            discounted_alive=alive,
            p_leaves=1.0 - expectation.still_alive(horizon, **lifetime)[inverse],
        )

    def treated_changes(
        self,
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,  # noqa: ARG002 - distinct ages are found without it
        courses: Sequence[Course],
    ) -> CourseDifference:
        """What courses change in expected purchases and time alive of each row, by the factors on leaving."""
        ages, inverse = _distinct_ages(rows, params)
        lifetime = self._residual_lifetime(ages, params)

        def change(course: Course) -> tuple[Array, Array]:
            factors = course.factors(len(ages), lambda odds, window: lifetimes.factor_of_odds(odds, window, **lifetime))
            return lifetimes.change(course, factors=factors, **lifetime)

        bought, active = (np.hstack(parts)[inverse] for parts in zip(*map(change, courses), strict=True))
        p_alive, buying = self._p_alive(rows, params)[:, None], self._purchase_rate(rows, params)[:, None]
        return CourseDifference(purchases=p_alive * buying * bought, active=p_alive * active)

    def expected_purchases(
        self,
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,  # noqa: ARG002 - distinct ages are found without it
        horizon: float,
    ) -> Array:
        """Expected purchases of each row within `horizon`, (n,)."""
        ages, inverse = _distinct_ages(rows, params)
        time = expectation.expected_time(horizon, **self._residual_lifetime(ages, params))[inverse]
        return np.asarray(self._p_alive(rows, params) * self._purchase_rate(rows, params) * time)

    def p_alive_later(self, rows: PurchaseRows, params: Params, *, t: float) -> Array:
        """Probability of being alive `t` periods from now, (n,)."""
        lifetime = self._residual_lifetime(rows.T, params)
        return self._p_alive(rows, params) * expectation.still_alive(t, **lifetime)

    def p_purchase(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, (n,)."""
        return self._p_alive(rows, params) * self._p_purchase_if_alive(rows, params, horizon=horizon)

    def _p_purchase_if_alive(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        shape, rate = params["r"] + rows.x, params["alpha"] + rows.T
        return expectation.p_purchase(horizon, shape=shape, rate=rate, **self._residual_lifetime(rows.T, params))

    def median_next_purchase(self, rows: PurchaseRows, params: Params) -> Array:
        """Median time to the next purchase, (n,); infinite where it is likelier that there is none."""
        return median_time(lambda t: self.p_purchase(rows, params, horizon=t), n=len(rows))

    def p_counts(self, rows: PurchaseRows, params: Params, *, horizon: float, up_to: int, after: float = 0.0) -> Array:
        """Probability of exactly 0, ..., `up_to` purchases within `horizon`, which begins `after` now, (n, up_to + 1).

        Purchase rates do not depend on the lifetime, so the window's are those of now.
        """
        shape, rate = params["r"] + rows.x, params["alpha"] + rows.T
        lifetime = self._residual_lifetime(rows.T + after, params)
        counts = expectation.p_counts(horizon, up_to=up_to, shape=shape, rate=rate, **lifetime)
        return unconditional_counts(self.p_alive_later(rows, params, t=after), counts)

    def latent(self, rows: PurchaseRows, params: Params, *, level: float) -> dict[str, Array]:
        """Mean and interval of each row's purchase rate, and of its dropout rate at age 0, each (n,)."""
        given = asdict(self.pareto_parameters(params))
        purchases, dropout = purchase_and_dropout_rates(**histories(rows, params), **given, level=level)
        return trait_columns(purchase_rate=purchases, dropout_rate=dropout)

    def simulate(self, params: Params, *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), in continuous time."""
        pareto = self.pareto_parameters(params)
        rate = generator.standard_gamma(pareto.r, len(T)) / pareto.alpha
        dropout_rate = generator.standard_gamma(pareto.s, len(T)) / pareto.beta
        x, t_x = pareto_nbd_simulate.draw_histories(generator, rate=rate, dropout_rate=dropout_rate, b=pareto.b, T=T)
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)))

    def _p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Probability of being alive now, (n,); (n, S) under draws."""
        return np.exp(self.log_p_alive(rows, params))

    def _p_alive_of_draws(self, rows: PurchaseRows, params: Params) -> Array:
        """Probability of being alive now under draws, (n, S): an integral each, computed once for equal histories."""
        if any(len(values) > 1 for values in params.values()):  # covariates: parameters of each row
            return self._p_alive(rows, params)
        codes = [pd.factorize(column)[0].astype(np.int64) for column in (rows.x, rows.t_x, rows.T)]
        inverse, first = group_equal_rows(codes)
        return self._p_alive(rows.at(first), params)[inverse]

    def _pareto_parameters_at(self, theta: Array) -> ParetoParameters:
        """The parameters at unconstrained values (k,), or (n, k) for one vector a row; times in scaled units."""
        values = np.moveaxis(self.unconstrained.natural(theta), -1, 0)
        return self.pareto_parameters(dict(zip(self.parameters, values, strict=True)))

    def _purchase_rate(self, rows: PurchaseRows, params: Params) -> Array:
        """Expected purchases per period while alive, given the history, (n,)."""
        return np.asarray((params["r"] + rows.x) / (params["alpha"] + rows.T))

    def _residual_lifetime(self, T: Array, params: Params) -> dict[str, Any]:
        """Parameters of the residual lifetime given alive at age `T`, as `expectation` takes them."""
        pareto = self.pareto_parameters(params)
        return {"s": pareto.s, "beta": expectation.beta_at(T, beta=pareto.beta, b=pareto.b), "b": pareto.b}

    def draw_state(self, rows: PurchaseRows, params: Params, generator: Generator) -> pareto_nbd_simulate.ParetoState:
        """Draws of the latent state of each row, one for each parameter draw, (n, S)."""
        pareto, T = self.pareto_parameters(params), rows.T[:, None]
        return pareto_nbd_simulate.draw_latent_state(
            generator,
            p_alive=self._p_alive_of_draws(rows, params),
            shape=pareto.r + rows.x[:, None],
            rate=pareto.alpha + T,
            s=pareto.s,
            beta=expectation.beta_at(T, beta=pareto.beta, b=pareto.b),
            b=pareto.b,
        )

    def dated_law(self, rows: PurchaseRows, params: Params) -> dict[str, Array]:
        """Of each row given alive: the gammas of its purchase rate and of its dropout rate now; (n, S) each."""
        pareto, T = self.pareto_parameters(params), rows.T[:, None]
        law = {
            "p_alive": self._p_alive_of_draws(rows, params),
            "shape": pareto.r + rows.x[:, None],
            "rate": pareto.alpha + T,
            "s": pareto.s,
            "beta": expectation.beta_at(T, beta=pareto.beta, b=pareto.b),
            "b": pareto.b,
        }
        shape = law["p_alive"].shape
        return {name: np.array(np.broadcast_to(each, shape)) for name, each in law.items()}

    def dated_future(
        self, law: dict[str, Array], *, at: Whole, horizon: float, level: Array, generator: Generator
    ) -> DatedFuture:
        """Drawn candidates of customers at the distinct rows `at`, (n,), and their lifetimes."""
        return latent_future(generator, law, at=at, horizon=horizon, level=level)


def _distinct_ages(rows: PurchaseRows, params: Params) -> tuple[Array, Whole | slice]:
    """Distinct T and the index of each row in them; T of every row where rows have their own parameters."""
    if not shared_by_all_rows(params):
        return rows.T, slice(None)
    ages, inverse = np.unique(rows.T, return_inverse=True)
    return ages, inverse


DROPOUT_RATES = gamma_parameters("log_mean_leaving", "log_s")
PARETO_FAMILY = ParetoNBDFamily(
    name="Pareto/NBD",
    parameters=("r", "alpha", "s", "beta"),
    unconstrained=UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT_RATES)),
    nested=(NESTED_NBD,),
    guesses=starting_values.PARETO_NBD,
)
NO_AGEING = (
    "no ageing identifiable: these customers are described as well when the rate of leaving does not grow with age; "
    "use kk.ParetoNBD()."
)
GGOMPERTZ_FAMILY = ParetoNBDFamily(
    name="GGompertz/NBD",
    parameters=("r", "alpha", "b", "s", "beta"),
    unconstrained=UnconstrainedParameters(blocks=(PURCHASE_RATES, GOMPERTZ)),
    nested=(NESTED_NBD, NestedFamily(family=PARETO_FAMILY, sentence=NO_AGEING)),
    guesses=starting_values.GGOMPERTZ_NBD,
)
