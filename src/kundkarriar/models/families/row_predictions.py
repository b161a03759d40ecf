"""`RowPredictions`, the base class of fitted repeat-buying models: predictions and draws of checked rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
from attrs import Attribute, asdict, evolve, field, frozen
from numpy.random import Generator

from kundkarriar.arguments import read_generator, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError
from kundkarriar.models.covariates.effects import NO_EFFECTS, CovariateEffects
from kundkarriar.models.covariates.family import CovariateFamily
from kundkarriar.models.covariates.likelihood_blocks import too_costly_to_sample
from kundkarriar.models.families.dated_future import DatedFamily
from kundkarriar.models.families.purchase_family import LikelihoodFamily, Params, PurchaseFamily, residuals_of_family
from kundkarriar.models.interface.argument_checks import CONTINUOUS_RATE, HORIZON, SPAN, known_period, read_lifelong
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.futures import FUTURE_PARTS, Ahead, FutureDraws, ResidualExpectation
from kundkarriar.models.interface.joined_rows import Result, joined
from kundkarriar.models.interface.prediction_columns import count_columns
from kundkarriar.models.uncertainty.posterior import Posterior, draws_of_parameters
from kundkarriar.models.uncertainty.posterior_draws import LoglikBatch
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.purchase_rows import PurchaseRows

OLDER = "older "
"""Prefix of the names of parameters of customers older than the data, beside those of newcomers."""
SUM_ERROR = 1e-8
"""Relative error of expected purchases, which matters where those of a later window are a small difference of two."""
ANY_HORIZON = 1.0
"""Where the horizon is 0, which is known without the family, residual expectations are asked for P(alive) alone."""


def older_law(owner: Any, attribute: Attribute[Any], older: Any) -> None:
    """Validator of the law of customers older than the data: None, or a fit of the same family with one law."""
    if older is None:
        return
    law = "None, or a fit of the same model and period with one law"
    same = type(older) is type(owner) and (older.family, older.period) == (owner.family, owner.period)
    if not same or older.older is not None or tuple(older.free_parameters()) != tuple(owner.free_parameters()):
        raise refusal(older, attribute.name, law=law, hint="take it from a fit: fitted.older.")


@frozen(kw_only=True, repr=False)
class RowPredictions(FittedModel):
    """A repeat-buying model on checked rows, of which `FittedPurchases` makes frames."""

    family: ClassVar[PurchaseFamily]
    period: str = field(validator=known_period)

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which the likelihood was maximised."""
        return self.family_with_effects.unconstrained

    @property
    def effects(self) -> CovariateEffects:
        """The covariate effects on the rates of single customers; none in a model without covariates."""
        return NO_EFFECTS

    @property
    def family_with_effects(self) -> LikelihoodFamily:
        """The family with the covariate effects applied to its rates."""
        return self.effects.extend(self.family)

    @property
    def older(self) -> RowPredictions | None:
        """The law of customers older than the data; None where they follow the same law as all others."""
        return None

    @property
    def laws(self) -> dict[str, FittedModel]:
        """The law of newcomers, and after it that of customers older than the data, if they have one."""
        return {"": self} if self.older is None else {"": self, OLDER: self.older}

    @property
    def posterior_names(self) -> tuple[str, ...]:
        """Names of the columns of posterior draws: the parameters, "older r" those of the law of older customers."""
        return tuple(f"{prefix}{name}" for prefix, law in self.laws.items() for name in law.free_parameters())

    @property
    def needs_gaps(self) -> bool:
        """Whether the model reads the column `gaps` of a summary, from `kk.summarize(..., gaps=True)`."""
        return self.family.needs_gaps

    def free_parameters(self) -> dict[str, float]:
        """The parameters that a fit estimates, by name, in the order of the unconstrained parameters."""
        values = asdict(self.params) | self.effects.coefficients()
        return {name: values[name] for name in self.family_with_effects.parameters}

    def _loglik_batch_of(self, rows: PurchaseRows) -> LoglikBatch | None:
        """The log-likelihood of distinct rows at many unconstrained parameter vectors: (S, k) to (S,).

        None where thousands of customers all differ in their covariates.
        """
        if too_costly_to_sample(rows):
            return None
        return self.family_with_effects.loglik_batch(rows, scale=self.report.scale)

    def expected_within(self, rows: PurchaseRows, horizon: float) -> Array:
        """Expected purchases of each row within `horizon` periods, at least 0, (n,)."""
        if horizon == 0:
            return np.zeros(len(rows))
        return self.evaluated(self.family.expected_purchases, rows, period=self.period, horizon=horizon)

    def p_purchase_within(self, rows: PurchaseRows, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, 0 for all rows or above 0, a number or (n,), (n,)."""
        if np.all(horizon == 0):
            return np.zeros(len(rows))
        return self.evaluated(self.family.p_purchase, rows, horizon=horizon)

    def counts_within(
        self, rows: PurchaseRows, horizon: float, up_to: int, *, need: str, after: float = 0.0
    ) -> dict[str, Array]:
        """Columns p_0 to p_<up_to> and p_more of the purchases of each row within `horizon`, from `after` now on."""
        if horizon == 0:
            return count_columns(
                np.eye(1, up_to + 1).repeat(len(rows), axis=0), expected=np.zeros(len(rows)), need=need
            )
        counts = self.evaluated(self.family.p_counts, rows, horizon=horizon, up_to=up_to, after=after)
        expected = self.expected_within(rows, after + horizon)
        if after > 0:
            expected = np.maximum(expected - (1 - SUM_ERROR) * self.expected_within(rows, after), 0.0)
        return count_columns(counts, expected=expected, need=need)

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """Expected purchases and time alive of each row, apart for who is alive now and who is not; see `Discounts`."""
        (ahead,) = self.residuals(rows, ahead=((horizon, discount_rate),))
        return ahead

    def residuals(self, rows: PurchaseRows, *, ahead: Ahead) -> tuple[ResidualExpectation, ...]:
        """What `residual` gives for several horizons and discount rates; see `DiscountsTogether`."""
        rates = [CONTINUOUS_RATE.read(rate, "discount_rate") for _, rate in ahead]
        spans = [
            read_lifelong(horizon, law=HORIZON, discount_rate=rate)
            for (horizon, _), rate in zip(ahead, rates, strict=True)
        ]
        known = [(span or ANY_HORIZON, rate) for span, rate in zip(spans, rates, strict=True)]
        found = self.evaluated(partial(residuals_of_family, self.family, ahead=known), rows, period=self.period)
        return tuple(own if span > 0 else own.at_once() for own, span in zip(found, spans, strict=True))

    @property
    def moved_by(self) -> frozenset[str]:
        """On what of the process effects act, beside purchases: "leaving" and "returning"; see `ForeseesTreatment`."""
        return self.family.moved_by

    def treated_changes(self, rows: PurchaseRows, *, courses: Sequence[Course]) -> tuple[CourseDifference, ...]:
        """What each course changes in each row's expected purchases and time active; see `ForeseesTreatment`."""
        changes = [each.nothing(len(rows)) for each in courses]
        acting = [at for at, each in enumerate(courses) if each.acts_on & self.moved_by]
        if acting:
            own = [courses[at] for at in acting]
            of_all = partial(self.family.treated_changes, courses=own)  # several courses are no values of rows
            whole = self.evaluated(of_all, rows, period=self.period)
            for at, change in zip(acting, whole.by_course(own), strict=True):
                changes[at] = change
        return tuple(changes)

    def at_draw(self, posterior: Posterior, draw: int) -> RowPredictions:
        """The same model with the parameters of one draw of `posterior`; see `TakesDraw`."""
        draws = draws_of_parameters(posterior, names=self.posterior_names, model=type(self).__name__)
        values = {name: float(each[draw]) for name, each in draws.items()}
        return self._with_parameters(values)

    def _with_parameters(self, values: Mapping[str, float]) -> RowPredictions:
        """The same laws with other values of their free parameters, by the names of `posterior_names`."""
        known: dict[str, Any] = asdict(self.params)
        own = {name: value for name, value in values.items() if name in known}
        changed: dict[str, Any] = {"params": evolve(self.params, **own)}
        if self.effects is not NO_EFFECTS:
            changed["effects"] = self.effects.with_coefficients(values)
        if self.older is not None:
            of_older = {name.removeprefix(OLDER): value for name, value in values.items() if name.startswith(OLDER)}
            changed["older"] = self.older._with_parameters(of_older)  # noqa: SLF001 - of the same class
        return evolve(self, **changed)

    def draw_outcomes(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Draws of realised futures within a finite `horizon`, one column per draw of `posterior`; see `Simulates`."""
        span, rate = HORIZON.read(horizon, "horizon"), CONTINUOUS_RATE.read(discount_rate, "discount_rate")
        source = read_generator(generator)
        draw = partial(self.family.simulation.draw_futures, source, horizon=span, discount_rate=rate)
        (outcomes,) = self._futures((draw,), rows, self._parameter_draws(posterior), source)
        return outcomes

    def draw_expectations(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Expected futures given drawn latent states, one column per draw of `posterior`; see `Simulates`."""
        rate = CONTINUOUS_RATE.read(discount_rate, "discount_rate")
        span = read_lifelong(horizon, law=HORIZON, discount_rate=rate)
        expect = partial(self.family.simulation.expected_futures, horizon=span, discount_rate=rate)
        (expected,) = self._futures((expect,), rows, self._parameter_draws(posterior), read_generator(generator))
        return expected

    def draw_futures(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> tuple[FutureDraws, FutureDraws]:
        """What `draw_outcomes` gives, and the expected futures given the same drawn latent states."""
        span, rate = HORIZON.read(horizon, "horizon"), CONTINUOUS_RATE.read(discount_rate, "discount_rate")
        source, simulation = read_generator(generator), self.family.simulation
        draw = partial(simulation.draw_futures, source, horizon=span, discount_rate=rate)
        expect = partial(simulation.expected_futures, horizon=span, discount_rate=rate)
        outcomes, expected = self._futures((draw, expect), rows, self._parameter_draws(posterior), source)
        return outcomes, expected

    def draw_dated(
        self,
        rows: PurchaseRows,
        *,
        posterior: Posterior,
        horizon: float,
        generator: Generator,
        level: Array,
        treatments: Sequence[Treatment] = (),
    ) -> tuple[DatedPurchases, ...]:
        """Purchases of each row within `horizon` periods as usual and under treatments; see `DrawsPurchases`."""
        span, source, family = SPAN.read(horizon, "horizon"), read_generator(generator), self.family
        if not isinstance(family, DatedFamily):
            raise CapabilityError.because(f"{family.name} cannot date purchases.", hint="kk.MBGNBD and kk.BGNBD can.")
        distinct = rows.distinct(period=self.period)
        law = self.evaluated(family.dated_law, distinct.rows, self._parameter_draws(posterior))
        at = distinct.inverse
        if np.ndim(level) == 2:
            law, at = {name: values[at] for name, values in law.items()}, np.arange(len(rows))
        return family.dated_future(law, at=at, horizon=span, level=level, generator=source).worlds(treatments, source)

    def _futures(
        self,
        of_state: Sequence[Callable[[Any], tuple[Array, ...]]],
        rows: PurchaseRows,
        draws: Params,
        generator: Generator,
    ) -> tuple[FutureDraws, ...]:
        """Purchases, discounted purchases and discounted time alive of drawn latent states, by each of `of_state`."""

        def of_rows(some: PurchaseRows, params: Params) -> tuple[FutureDraws, ...]:
            state = self.family.draw_state(some, params, generator)
            return tuple(FutureDraws(**dict(zip(FUTURE_PARTS, each(state), strict=True))) for each in of_state)

        return self.evaluated(of_rows, rows, draws)

    def _parameter_draws(self, posterior: Posterior) -> dict[str, Array]:
        """The draws of `posterior` by parameter, each (1, S); a posterior of another model is refused."""
        own = draws_of_parameters(posterior, names=self.posterior_names, model=type(self).__name__)
        return {name: values[None, :] for name, values in own.items()}

    def evaluated(
        self, function: Callable[..., Result], rows: PurchaseRows, params: Params | None = None, **given: Any
    ) -> Result:
        """`function` of the family at the parameters of each row, or at `params`, draws of them.

        Rows of customers older than the data have their own law, if there is one. An argument that is an array has a
        value a row.
        """
        if self.older is None or rows.older is None or not rows.older.any():
            return self.of_own_law(function, rows, params, **given)
        groups, parts = [], []
        for prefix, law, member in (("", self, ~rows.older), (OLDER, self.older, rows.older)):
            if len(group := np.flatnonzero(member)):
                here = {name: value[group] if np.ndim(value) else value for name, value in given.items()}
                groups.append(group)
                parts.append(law.of_own_law(function, rows.at(group), params, prefix=prefix, **here))
        return joined(groups, parts, n=len(rows))

    def of_own_law(
        self,
        function: Callable[..., Result],
        rows: PurchaseRows,
        params: Params | None,
        *,
        prefix: str = "",
        **given: Any,
    ) -> Result:
        """`function` of the family at this law's parameters, or at those of `params` with `prefix`."""
        own, family = self.free_parameters(), self.family_with_effects
        params = own if params is None else {name: params[f"{prefix}{name}"] for name in own}
        if isinstance(family, CovariateFamily):
            return family.evaluate(function, rows, params, **given)
        return function(rows, params, **given)

    def log_likelihood_of_rows(self, rows: PurchaseRows) -> float:
        """The log-likelihood of rows, with their weights, at the model's parameters."""
        return float(np.sum(rows.weights * self.evaluated(self.family.log_likelihood, rows)))
