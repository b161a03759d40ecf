"""The family of NBD, (M)BG/NBD and (M)BG/CNBD-k: gamma rates, Poisson or Erlang-k purchases, beta-geometric dropout."""

from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import DataError
from kundkarriar.models.families import starting_values
from kundkarriar.models.families.dated_future import DatedFuture, chances_future
from kundkarriar.models.families.no_dropout import NO_DROPOUT, no_dropout_sentence
from kundkarriar.models.families.purchase_family import (
    NestedFamily,
    Params,
    PurchaseFamily,
    distinct_counts_and_ages,
    histories,
    shared_by_all_rows,
    trait_columns,
)
from kundkarriar.models.fitting.likelihood_fit import objective_of
from kundkarriar.models.interface.futures import ResidualExpectation
from kundkarriar.models.interface.prediction_columns import unconditional_counts
from kundkarriar.numerics.bgnbd import expectation, latent_traits, later_counts, likelihood, poisson_expectation
from kundkarriar.numerics.bgnbd import simulate as bgnbd_simulate
from kundkarriar.numerics.bgnbd.alive_customers import AliveCustomers, alive_customers
from kundkarriar.numerics.bgnbd.loglik_batch import loglik_batch_function
from kundkarriar.numerics.bgnbd.sufficient_statistics import PurchaseStatistics, tabulate
from kundkarriar.numerics.increments import chances
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.numerics.optimize.forward_mode import variables
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES, gamma_parameters
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.special.bisection import median_time
from kundkarriar.numerics.special.chebyshev_interpolation import interpolate_over_ages
from kundkarriar.summaries.purchase_rows import PurchaseRows

RARE = 1e-3
"""Smaller probabilities are summed term by term, because 1 minus a probability near 1 loses digits."""
SMALLEST = float(np.nextafter(0.0, 1.0))
"""Lower bound of values that are interpolated as logarithms."""


@frozen(kw_only=True)
class BGNBDFamily:
    """Erlang-k intervals between purchases with gamma-distributed stage rates; beta-distributed dropout probabilities.

    Attributes:
        name: as written in messages: "BG/CNBD".
        k: number of stages of an interval between purchases; None: purchases are Poisson, with no k as a parameter.
        at_first: 1 if a customer may drop out after the first purchase too (MBG), else 0 (BG).
        has_dropout: whether customers of this family can drop out.
    """

    simulation: ClassVar[ModuleType] = bgnbd_simulate
    memoryless: ClassVar[bool] = True
    needs_gaps: ClassVar[bool] = False
    name: str
    k: int | None = None
    at_first: int = 0
    has_dropout: bool = True

    @property
    def stages(self) -> int:
        """Number of stages of an interval between purchases, 1 for Poisson purchases."""
        return 1 if self.k is None else self.k

    @property
    def moved_by(self) -> frozenset[str]:
        """Effects act on leaving, unless nobody leaves; of regular purchases it is not known what they change."""
        return frozenset({"leaving"}) if self.has_dropout and self.stages == 1 else frozenset()

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in order: r, alpha, and with dropout a, b; k is chosen separately."""
        return ("r", "alpha", "a", "b") if self.has_dropout else ("r", "alpha")

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters of the gamma, and with dropout of the beta."""
        rates = gamma_parameters(*PURCHASE_RATES.names, stages=self.stages)
        return UnconstrainedParameters(blocks=(rates, DROPOUT) if self.has_dropout else (rates,))

    @property
    def nested(self) -> tuple[NestedFamily[PurchaseFamily], ...]:
        """The family with the same k and no dropout."""
        if not self.has_dropout:
            return ()
        without_dropout = BGNBDFamily(name="NBD" if self.k is None else "CNBD", k=self.k, has_dropout=False)
        return (NestedFamily(family=without_dropout, sentence=no_dropout_sentence(self.stages)),)

    def chances(self, x: Array) -> Array:
        """Number of dropout opportunities of a customer with `x` repeat purchases, (n,)."""
        return x + self.at_first if self.has_dropout else np.zeros_like(x)

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` over the unconstrained parameters (k,), with gradient and Hessian."""
        total = partial(likelihood.total, self._statistics(rows, scale=scale))
        return objective_of(
            total, self.unconstrained, self.parameters, constant=self._constant_terms(rows, scale=scale)
        )

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""
        evaluate = loglik_batch_function(self._statistics(rows, scale=scale), dropout=self.has_dropout)
        constant = self._constant_terms(rows, scale=scale)
        return lambda theta: evaluate(**self._natural(theta)) + constant

    def row_objective(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row, at its own row of `theta`, (n, k)."""
        seen = {"x": rows.x, "t_x": rows.t_x / scale, "T": rows.T / scale}
        own = self._log_likelihood(rows, seen, variables(self._natural(theta)))
        value, gradient, hessian = self.unconstrained.in_unconstrained(theta, own.derivatives(len(self.parameters)))
        return value - self._log_unit(rows, scale=scale), gradient, hessian

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit: moment estimates of NBD, with several guesses of the dropout parameters."""
        guesses = starting_values.BGNBD if self.k is None else starting_values.BGCNBD
        if not self.has_dropout:
            guesses = starting_values.NBD
        return starting_values.starting_values(rows, scale=scale, guesses=guesses)

    def log_likelihood(self, rows: PurchaseRows, params: Params) -> Array:
        """Log-likelihood of each row, not weighted, (n,); (n, S) under draws."""
        return np.asarray(self._log_likelihood(rows, histories(rows, params), params))

    def log_p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        seen, values = histories(rows, params), _with_dropout_params(params)
        return likelihood.log_p_alive(**seen, chances=self.chances(seen["x"]), k=self.stages, **values)

    def expected_purchases(self, rows: PurchaseRows, params: Params, *, period: str, horizon: float) -> Array:
        """Expected purchases of each row within `horizon`, (n,)."""
        (purchases,) = self._interpolated(
            lambda alive: (self._expectation.expected_purchases(horizon, alive),), rows, params, period=period
        )
        return self._p_alive(rows, params) * purchases

    def residual(
        self, rows: PurchaseRows, params: Params, *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time alive of each row, given alive now."""
        discounted, alive, *within_horizon = self._interpolated(
            lambda alive: self._expectation.residual(horizon, alive, discount_rate=discount_rate),
            rows,
            params,
            period=period,
        )
        if within_horizon:
            purchases, p_leaves = within_horizon
            p_purchase = self._p_purchase_if_alive(rows, params, horizon=horizon)
        else:
            purchases, *_ = self._alive_customers(rows.x, params["alpha"] + rows.T, params).lifelong_purchases()
            p_leaves = p_purchase = np.ones(len(rows))
        return ResidualExpectation(
            p_alive=self._p_alive(rows, params),
            purchases=purchases,
            p_purchase=p_purchase,
            discounted_purchases=discounted,
            discounted_alive=alive,
            p_leaves=np.minimum(p_leaves, 1.0) if self.has_dropout else np.zeros(len(rows)),
        )

    def treated_changes(
        self, rows: PurchaseRows, params: Params, *, period: str, courses: Sequence[Course]
    ) -> CourseDifference:
        """What courses change in expected purchases and time alive of each row, by the factors on leaving."""
        parts = [self._treated_change(rows, params, period=period, course=course) for course in courses]
        return CourseDifference.beside(parts)

    def _treated_change(self, rows: PurchaseRows, params: Params, *, period: str, course: Course) -> CourseDifference:
        sign, q = course.sign, course.purchases.shape[1]

        def within(alive: AliveCustomers) -> tuple[Array, ...]:
            factors = course.factors(len(alive.s), lambda odds, window: chances.factor_of_odds(odds, window, alive))
            purchases, active = chances.change(course, alive, factors=factors)
            return tuple(sign * each[None] for each in (*purchases.T, *active.T))

        parts = self._interpolated(within, rows, params, period=period, positive=sign != 0)
        p_alive = self._p_alive(rows, params)
        columns = np.stack([(sign or 1) * p_alive * part for part in parts] or [p_alive[:, None][:, :0]], axis=-1)
        return CourseDifference(purchases=columns[:, :q], active=columns[:, q:])

    def p_alive_later(self, rows: PurchaseRows, params: Params, *, t: float) -> Array:
        """Probability of being alive `t` periods from now, (n,)."""
        if not self.has_dropout:
            return np.ones(len(rows))
        if self.stages == 1:  # quick enough for every row
            alive = self._alive_customers(rows.x, params["alpha"] + rows.T, params)
            still_alive = poisson_expectation.still_alive(t, alive).ravel()
        else:
            (still_alive,) = self._interpolated(
                lambda alive: (expectation.still_alive(t, alive),), rows, params, period="D"
            )
        return self._p_alive(rows, params) * still_alive

    def p_purchase(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, (n,)."""
        return self._p_alive(rows, params) * self._p_purchase_if_alive(rows, params, horizon=horizon)

    def _p_purchase_if_alive(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, given alive now, (n,)."""
        r, alpha = params["r"], params["alpha"]
        horizon = np.broadcast_to(np.asarray(horizon, dtype=np.float64), (len(rows),))
        none = likelihood.log_p_none(horizon, x=rows.x, t_x=rows.t_x, T=rows.T, k=self.stages, r=r, alpha=alpha)
        buys: Array = -np.expm1(none)
        if self.stages > 1:
            rare = np.flatnonzero(buys < RARE)
            some = self._alive_customers(rows.x, alpha + rows.T, params).at(rare)
            stages = [weight[rare] for weight in self._stage_probabilities(rows, params)]
            buys[rare] = _mixture(stages, expectation.p_purchase(horizon[rare], some))
        return buys

    def median_next_purchase(self, rows: PurchaseRows, params: Params) -> Array:
        """Median time to the next purchase, (n,); infinite where it is likelier that there is none."""
        return median_time(lambda t: self.p_purchase(rows, params, horizon=t), n=len(rows))

    def p_counts(self, rows: PurchaseRows, params: Params, *, horizon: float, up_to: int, after: float = 0.0) -> Array:
        """Probability of exactly 0, ..., `up_to` purchases within `horizon`, which begins `after` now, (n, up_to + 1).

        Without dropout, Poisson purchases of a later window are those of one that begins now.
        """
        within = partial(self._expectation.p_counts, horizon, up_to=up_to)
        if after == 0.0 or not (self.has_dropout or self.stages > 1):
            parts = within(self._alive_customers(rows.x, params["alpha"] + rows.T, params))
        else:
            some, each = distinct_counts_and_ages(rows, params, "D")
            alive = self._alive_customers(some.x, params["alpha"] + some.T, params)
            parts = later_counts.p_counts_later(after, alive, up_to=up_to, p_counts=within)[:, each]
        counts = _mixture([weight[:, None] for weight in self._stage_probabilities(rows, params)], parts)
        return unconditional_counts(self._p_alive(rows, params), counts)

    def latent(self, rows: PurchaseRows, params: Params, *, level: float) -> dict[str, Array]:
        """Mean and interval of each row's purchase rate and, with dropout, its dropout probability, each (n,)."""
        alive, values = self._p_alive(rows, params), _with_dropout_params(params)
        traits = {
            "purchase_rate": latent_traits.purchase_rate(
                **histories(rows, params),
                p_alive=alive,
                done=self._stage_probabilities(rows, params),
                r=values["r"],
                alpha=values["alpha"],
                level=level,
            )
        }
        if self.has_dropout:
            traits["dropout_probability"] = latent_traits.dropout_probability(
                chances=self.chances(rows.x), p_alive=alive, a=values["a"], b=values["b"], level=level
            )
        return trait_columns(**traits)

    def simulate(self, params: Params, *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), in continuous time; with k, their gaps too."""
        rate = generator.gamma(params["r"], size=len(T)) / params["alpha"]
        p = generator.beta(params["a"], params["b"], len(T)) if self.has_dropout else np.zeros(len(T))
        x, t_x = bgnbd_simulate.draw_histories(
            generator, k=self.stages, rate=rate, p=p, T=T, chances_at_first=self.at_first
        )
        gaps = None if self.k is None else bgnbd_simulate.draw_gap_log_sums(generator, k=self.k, x=x, t_x=t_x)
        return PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(T)), gap_log_sum=gaps)

    def draw_state(self, rows: PurchaseRows, params: Params, generator: Generator) -> bgnbd_simulate.LatentState:
        """Draws of the latent state of each row, one for each parameter draw, (n, S)."""
        return bgnbd_simulate.draw_latent_state(generator, **self._latent_law(rows, params))

    def dated_law(self, rows: PurchaseRows, params: Params) -> dict[str, Array]:
        """What `draw_state` draws from, each (n, S): `done_0`, `done_1`, ... are probabilities of stages done."""
        law = self._latent_law(rows, params)
        law |= {f"done_{number}": each for number, each in enumerate(law.pop("done"))}
        return {name: np.array(np.broadcast_to(each, law["p_alive"].shape)) for name, each in law.items()}

    def dated_future(
        self, law: dict[str, Array], *, at: Whole, horizon: float, level: Array, generator: Generator
    ) -> DatedFuture:
        """Drawn candidates of customers at the distinct rows `at`, (n,), and the marks by which they drop out."""
        given: dict[str, Any] = {"at": at, "horizon": horizon, "level": level}
        return chances_future(generator, law, stages=self.stages, has_dropout=self.has_dropout, **given)

    def _latent_law(self, rows: PurchaseRows, params: Params) -> dict[str, Any]:
        """The law of the latent state of each row given its history, under draws."""
        seen, values = histories(rows, params), _with_dropout_params(params)
        r, alpha = values["r"], values["alpha"]
        return {
            "p_alive": self._p_alive(rows, params),
            "done": likelihood.stages_done(**seen, k=self.stages, r=r, alpha=alpha),
            "s": r + self.stages * seen["x"],
            "rate": alpha + seen["T"],
            "a": values["a"],
            "b": values["b"] + self.chances(seen["x"]),
        }

    def _p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Probability of being alive now, (n,); (n, S) under draws."""
        return np.exp(self.log_p_alive(rows, params))

    @property
    def _expectation(self) -> Any:
        """The formulas of the future of customers who are alive."""
        return poisson_expectation if self.stages == 1 else expectation

    def _natural(self, theta: Array) -> dict[str, Any]:
        """The parameters by name at unconstrained values (k,) or (n, k)."""
        return dict(zip(self.parameters, np.moveaxis(self.unconstrained.natural(theta), -1, 0), strict=True))

    def _statistics(self, rows: PurchaseRows, *, scale: float) -> PurchaseStatistics:
        chances, k = self.chances(rows.x), self.stages
        return tabulate(x=rows.x, t_x=rows.t_x, T=rows.T, weights=rows.weights, chances=chances, k=k, scale=scale)

    def _log_likelihood(self, rows: PurchaseRows, seen: Params, params: Params) -> Any:
        """Log-likelihood of each history, (n,) or (n, S); differentiable where the parameters are."""
        gaps, x = self._gap_log_sum(rows), seen["x"]
        chances, values = self.chances(x), _with_dropout_params(params)
        return likelihood.log_likelihood(
            **seen, chances=chances, gap_log_sum=gaps.reshape(x.shape), k=self.stages, **values
        )

    def _constant_terms(self, rows: PurchaseRows, *, scale: float) -> float:
        """Terms of the log-likelihood without parameters: the gaps between purchases, and the unit of T."""
        gaps = likelihood.gap_term(x=rows.x, gap_log_sum=self._gap_log_sum(rows), k=self.stages)
        return float(np.sum(rows.weights * (gaps - self._log_unit(rows, scale=scale))))

    def _log_unit(self, rows: PurchaseRows, *, scale: float) -> Array:
        """What converts the log density of the purchase times from scaled units to the unit of T, (n,)."""
        return np.asarray(self.stages * rows.x * np.log(scale))

    def _gap_log_sum(self, rows: PurchaseRows) -> Array:
        if rows.gap_log_sum is None and self.stages > 1:
            raise missing_gap_log_sum(self.name)
        return np.zeros(len(rows)) if rows.gap_log_sum is None else rows.gap_log_sum

    def _alive_customers(self, x: Array, rate: Array, params: Params) -> AliveCustomers:
        """Parameters of the future of each row, given alive now; `rate` is alpha + T."""
        values = _with_dropout_params(params)
        s, b = values["r"] + self.stages * x, values["b"] + self.chances(x)
        return alive_customers(k=self.stages, s=s, rate=rate, a=values["a"], b=b)

    def _stage_probabilities(self, rows: PurchaseRows, params: Params) -> list[Array]:
        """Probability of 0, ..., k - 1 completed stages since the last purchase, given alive now, k arrays (n,)."""
        return likelihood.stages_done(
            x=rows.x, t_x=rows.t_x, T=rows.T, k=self.stages, r=params["r"], alpha=params["alpha"]
        )

    def _interpolated(
        self,
        function: Callable[[AliveCustomers], tuple[Array, ...]],
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,
        positive: bool = True,
    ) -> list[Array]:
        """`function` of the customers alive now, averaged over the number of completed stages; each part (n,).

        Given the number of completed stages, the parts depend on x and T only. They are computed once per distinct
        (x, T), and where they are `positive` and all rows share their parameters they are interpolated over ages.
        """
        distinct, inverse = distinct_counts_and_ages(rows, params, period)

        def within(x: Array, rate: Array) -> tuple[Array, ...]:
            parts = function(self._alive_customers(x, rate, params))
            return tuple(np.maximum(one, SMALLEST) if positive else one for part in parts for one in part)

        rate = params["alpha"] + distinct.T
        parts = (
            interpolate_over_ages(within, x=distinct.x, rate=rate)
            if positive and shared_by_all_rows(params)
            else within(distinct.x, rate)
        )
        weights = self._stage_probabilities(rows, params)
        starts = range(0, len(parts), self.stages)
        return [_mixture(weights, [part[inverse] for part in parts[start : start + self.stages]]) for start in starts]


def missing_gap_log_sum(name: str) -> DataError:
    """The error for a likelihood with k > 1 of a summary without the column `gap_log_sum`."""
    return DataError.because(
        f"{name} needs the spacing of purchases to tell regular buying from random: the summary has no column "
        "`gap_log_sum`.",
        hint="kk.summarize(transactions, as_of=..., regularity=True).",
    )


def _with_dropout_params(params: Params) -> dict[str, Any]:
    """The parameters r, alpha, a, b; a = 0 without dropout."""
    return {"a": 0.0, "b": 1.0, **params}


def _mixture(weights: Sequence[Array], parts: Any) -> Array:
    """The sum over stages of weight x part."""
    return np.asarray(sum(weight * part for weight, part in zip(weights, parts, strict=True)))


NBD_FAMILY = BGNBDFamily(name="NBD", has_dropout=False)
NESTED_NBD = NestedFamily(family=NBD_FAMILY, sentence=NO_DROPOUT)
