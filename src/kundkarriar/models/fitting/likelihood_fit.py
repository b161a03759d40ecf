"""Maximum-likelihood fit of any model: search from several starts, report, and parameters that are not identifiable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.fields import EFOLDS
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.uncertainty.normal_prior import NormalPrior
from kundkarriar.models.uncertainty.priors import posterior_mode, times_prior
from kundkarriar.numerics.optimize.newton import (
    Box,
    Objective,
    Optimum,
    best_start,
    held_at_edge,
    largest_gradient,
    maximise,
)
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.checked_summary import CheckedRows

LOGLIK_TOLERANCE = 1e-3
"""Log-likelihoods that differ by less are equal."""
ROUNDING = 1e-9
AKAIKE_GAIN = 2.0
"""The gain in log-likelihood that the parameters beyond a nested model must bring to be worth having (Akaike)."""

UNIDENTIFIED = {
    "log_mean_purchases": "the purchase rate is not identifiable from so little: more customers or a longer time.",
    "log_r": "no heterogeneity in purchase rates identifiable: all customers may well buy at one rate.",
    "logit_phi": "the chance of leaving is not identifiable: more customers or a longer time, or use kk.NBD().",
    "log_kappa": "no heterogeneity in dropout identifiable: how much the chance of leaving differs between "
    "customers is open.",
    "log_mean_leaving": "the rate of leaving is not identifiable: more customers or a longer time, or use kk.NBD().",
    "log_s": "no heterogeneity in lifetimes identifiable: how much customers differ in leaving is open.",
    "log_ageing": "whether customers leave sooner the older they are is not identifiable; use kk.ParetoNBD().",
    "logit_buys": "the chance of buying is not identifiable from so little: more customers or more opportunities.",
    "log_kappa_buys": "no heterogeneity in buying identifiable: all customers may well buy with one chance.",
    "log_p": "how much the orders of one customer differ is not identifiable: they may well not differ at all.",
    "log_q_above_1": "no heterogeneity in order values identifiable: all customers may well spend alike.",
    "log_typical_purchases": "the purchase rate is not identifiable from so little: more customers or a longer time.",
    "log_spread_purchases": "no heterogeneity in purchase rates identifiable: all customers may well buy at one rate.",
    "log_typical_leaving": "the rate of leaving is not identifiable: these customers are described as well when nobody "
    "pauses or leaves; more customers or a longer time, or use kk.NBD().",
    "log_spread_leaving": "no heterogeneity in pausing identifiable: how much customers differ in how soon they go off "
    "is open.",
    "log_return": "no returns identifiable: these customers are described as well when nobody who leaves comes back; "
    "use kk.ParetoNBD().",
    "log_first_order": "how first orders compare with later ones is not identifiable from so few customers.",
    "log_order_value": "the typical order value is not identifiable from so few customers.",
}
"""Sentences for unconstrained parameters that the data do not identify."""


def unidentified_sentence(name: str) -> str:
    """The sentence for an unconstrained parameter that the data do not identify.

    >>> unidentified_sentence("purchase:channel=web")
    'the coefficient purchase:channel=web is not identifiable: too few customers, or no purchases, tell it from others.'
    """
    if ":" in name:
        return f"the coefficient {name} is not identifiable: too few customers, or no purchases, tell it from others."
    return UNIDENTIFIED[name]


@frozen(kw_only=True, eq=False)
class NestedLikelihood:
    """The likelihood of the same data under a nested model.

    Attributes:
        objective: the log-likelihood; its parameters are among the larger model's.
        starts: starting values.
        unconstrained: the nested model's parameters.
        sentence: what `boundary` says where the nested model fits as well.
    """

    objective: Objective
    starts: Sequence[Array]
    unconstrained: UnconstrainedParameters
    sentence: str


@frozen(kw_only=True, eq=False)
class SearchStage:
    """A quicker objective, on which a search begins.

    Attributes:
        objective: the log-likelihood of a subsample, or a rough one.
        n: its number of customers.
        gradient_tolerance: gradient per customer at which the search on it stops: its maximum is not that of all
            customers.
        gain_tolerance: the search on it also stops where a step would gain less.
    """

    objective: Objective
    n: float
    gradient_tolerance: float = 1e-4
    gain_tolerance: float = 0.0


@frozen(kw_only=True, eq=False)
class Search:
    """The objectives of a search.

    Attributes:
        objective: the log-likelihood of all customers.
        stages: where customers are many, quicker objectives before it. Starts are compared on the first.
        gain_tolerance: the search on all customers also stops where a step would gain less; 0 where the objective is
            quick.
        exact: the log-likelihood of all customers at a point, where the objective is a rough one; else None.
        nested: nested models that are not families of their own.
    """

    objective: Objective
    stages: tuple[SearchStage, ...] = ()
    gain_tolerance: float = 0.0
    exact: Callable[[Array], float] | None = None
    nested: tuple[NestedLikelihood, ...] = ()


@frozen(kw_only=True, eq=False)
class LikelihoodFit:
    """A likelihood, with all that its maximisation needs.

    Attributes:
        name: of the model, in messages.
        parameters: names of the model's parameters.
        unconstrained: the parameters of the search.
        objective: the log-likelihood of all customers.
        starts: starting values.
        n: the number of customers.
        scale: the unit of time or money of the unconstrained parameters.
        hint: what a user should check where the search fails.
        stages, gain_tolerance, exact: as in `Search`.
        nested: nested models, the simplest first.
        sentences: for parameters that are not identifiable, where they differ from `UNIDENTIFIED`.
    """

    name: str
    parameters: tuple[str, ...]
    unconstrained: UnconstrainedParameters
    objective: Objective
    starts: Sequence[Array]
    n: float
    scale: float
    hint: str
    stages: tuple[SearchStage, ...] = ()
    gain_tolerance: float = 0.0
    exact: Callable[[Array], float] | None = None
    nested: tuple[NestedLikelihood, ...] = ()
    sentences: Mapping[str, str] = field(factory=dict)

    @property
    def box(self) -> Box:
        """Bounds of the search."""
        return Box(
            n=self.n,
            low=self.unconstrained.low,
            high=self.unconstrained.high,
            gain_tolerance=self.gain_tolerance,
        )

    def fitted(self, *, l2: float = 0.0, **counts: Any) -> tuple[dict[str, float], FitReport]:
        """The parameters of the greatest likelihood by name, and the report of the fit with `counts` of customers.

        With a ridge penalty `l2` on coefficients, per customer, the report is of the likelihood without it: standard
        errors of the penalised one would be too small, because the penalty is not information in the data.
        """
        searched = self.penalised(l2) if l2 else self
        optimum = searched.optimum()
        values, boundary = self.natural_values(optimum), searched.boundary(optimum)
        optimum = centre = self.evaluated_at(optimum) if l2 else optimum
        if boundary:
            names, start = self.unconstrained.names, optimum.theta
            centre = self.evaluated_at(posterior_mode(self.objective, names, start=start, box=self.box))
        return values, self._report(self.log_likelihood(optimum), centre=centre, boundary=boundary, **counts)

    def fitted_under(self, prior: NormalPrior, **counts: Any) -> tuple[dict[str, float], FitReport]:
        """The parameters of the greatest likelihood times `prior` by name, and the report of the likelihood there."""
        names, low, high = self.unconstrained.names, self.box.low, self.box.high
        posterior = times_prior(self.objective, names, prior)
        starts = (np.clip(prior.means, low, high), *self.starts)
        optimum = evolve(self, objective=posterior, starts=starts, stages=()).optimum()
        here = self.evaluated_at(optimum)
        return self.natural_values(here), self._report(self.log_likelihood(here), centre=here, **counts)

    def _report(self, log_likelihood: float, *, centre: Optimum, **told: Any) -> FitReport:
        """The report of a fit with its quadratic approximation at `centre`."""
        return FitReport(
            fitted=True,
            log_likelihood=log_likelihood,
            n_customers=int(self.n),
            converged=True,
            scale=self.scale,
            centre=centre.theta.tolist(),
            slope=centre.gradient.tolist(),
            information=(-0.5 * (centre.hessian + centre.hessian.T)).tolist(),
            **told,
        )

    def log_likelihood(self, optimum: Optimum) -> float:
        """The log-likelihood at the end of a search."""
        return float(optimum.value if self.exact is None else self.exact(optimum.theta))

    def penalised(self, l2: float) -> LikelihoodFit:
        """The fit whose objective is the log-likelihood - customers x `l2` x the sum of squared coefficients.

        The coefficients are the parameters that may be negative; each is per spread of its column.
        """
        n = self.n
        return evolve(
            self,
            objective=_with_ridge(self.objective, self.unconstrained, l2=l2 * n),
            stages=tuple(
                evolve(stage, objective=_with_ridge(stage.objective, self.unconstrained, l2=l2 * stage.n))
                for stage in self.stages
            ),
            nested=tuple(
                evolve(each, objective=_with_ridge(each.objective, each.unconstrained, l2=l2 * n))
                for each in self.nested
            ),
        )

    def optimum(self) -> Optimum:
        """The maximum, from the best of several starts."""
        box, starts = self.box, self.starts
        for stage in self.stages:
            rough = evolve(
                box, n=stage.n, gradient_tolerance=stage.gradient_tolerance, gain_tolerance=stage.gain_tolerance
            )
            starts = [self.unconstrained.clipped_start(best_start(stage.objective, starts, rough))]
        optimum = max((maximise(self.objective, start, box) for start in starts), key=lambda end: end.value)
        if not (np.isfinite(optimum.value) and optimum.converged):
            slope = largest_gradient(optimum.theta, optimum.gradient, box) / self.n
            rises = f"the likelihood still rises ({slope:.2g} per customer)"
            nowhere = "the likelihood is not finite wherever the search began"
            raise ConvergenceError.because(
                f"{self.name} did not reach an optimum: {rises if np.isfinite(optimum.value) else nowhere}.",
                hint=self.hint,
            )
        return self._within_limits(optimum) if all(self.unconstrained.positive) else optimum

    def _within_limits(self, optimum: Optimum) -> Optimum:
        """The maximum among parameters from e^-28 to e^28, where the likelihood rises beyond them.

        Parameters that go to 0 together, as those of lifetimes where nobody leaves, can lead there. The search goes on
        from the nearest parameters within the limits, and not back.
        """
        inside = self.unconstrained.clipped(self.unconstrained.natural(optimum.theta, scale=self.scale))
        theta = self.unconstrained.unconstrained(inside, scale=self.scale)
        if self.objective(theta)[0] > optimum.value - LOGLIK_TOLERANCE:
            return optimum
        box, moved = self.box, theta - optimum.theta
        low = np.where(moved > ROUNDING, np.maximum(box.low, theta), box.low)
        high = np.where(moved < -ROUNDING, np.minimum(box.high, theta), box.high)
        return maximise(self.objective, theta, evolve(box, low=low, high=high))

    def boundary(self, optimum: Optimum) -> str | None:
        """What these customers do not identify, as a sentence; None where all parameters are identified."""
        names = self.unconstrained.names
        at_edge = held_at_edge(optimum.theta, optimum.gradient, self.box)
        held = next((name for name, edge in zip(names, at_edge, strict=True) if edge), None)
        unknown = unidentified(names, optimum.hessian) or held
        costly = self.gain_tolerance > 0  # nested models are then tried only where some parameter is open
        for nested in () if costly and unknown is None else self.nested:
            box = evolve(self.box, low=nested.unconstrained.low, high=nested.unconstrained.high)
            own = optimum.theta[[names.index(name) for name in nested.unconstrained.names]]
            gain = optimum.value - max(maximise(nested.objective, at, box).value for at in (own, *nested.starts))
            if gain < LOGLIK_TOLERANCE or (gain < AKAIKE_GAIN and unknown is not None):
                return nested.sentence
        return None if unknown is None else self.sentences.get(unknown) or unidentified_sentence(unknown)

    def natural_values(self, optimum: Optimum) -> dict[str, float]:
        """The model's parameters at the maximum, clipped to their limits where the likelihood stays the same.

        It falls where covariates lie far from 0: the parameters are those of a customer whose covariates are all 0.
        """
        values = self.unconstrained.natural(optimum.theta, scale=self.scale)
        inside = self.unconstrained.clipped(values)
        if (inside != values).any():
            value, _, _ = self.objective(self.unconstrained.unconstrained(inside, scale=self.scale))
            if value < optimum.value - LOGLIK_TOLERANCE:
                far = np.array(self.unconstrained.positive) & (np.abs(np.log(np.abs(values))) > EFOLDS)
                named = zip(np.array(self.parameters)[far], values[far], strict=True)
                raise DataError.because(
                    f"{self.name} ended at parameters beyond e^-28 to e^28, "
                    f"{', '.join(f'{name} {value:.1e}' for name, value in named)}: those of a customer whose "
                    "covariates are all 0, from which columns lie far away.",
                    hint="subtract a usual value: customers.assign(born=customers['born'] - 1980).",
                )
        return dict(zip(self.parameters, inside.tolist(), strict=True))

    def evaluated_at(self, optimum: Optimum) -> Optimum:
        """The likelihood with its derivatives where another objective has its maximum."""
        value, gradient, hessian = self.objective(optimum.theta)
        return evolve(optimum, value=value, gradient=gradient, hessian=hessian)


def unidentified(names: Sequence[str], hessian: Array, *, widest: float = 5.0) -> str | None:
    """Name of the unconstrained parameter with the largest standard deviation, if that exceeds `widest`; else None.

    A standard deviation of 5 in logs is a 95 % interval from 1/20,000 to 20,000 times the estimate: the data do not
    identify the parameter.
    """
    curvatures, directions = np.linalg.eigh(-hessian)
    spread = (directions**2 / np.maximum(curvatures, 1e-12)).sum(axis=1)
    worst = int(np.argmax(spread))
    return names[worst] if spread[worst] > widest**2 else None


def objective_of(
    total: Callable[..., tuple[float, Array, Array]],
    unconstrained: UnconstrainedParameters,
    names: Sequence[str],
    *,
    constant: float = 0.0,
) -> Objective:
    """The objective of a log-likelihood `total` plus `constant`; both have the parameters `names`."""

    def at(theta: Array) -> tuple[float, Array, Array]:
        values = dict(zip(names, unconstrained.natural(theta), strict=True))
        value, gradient, hessian = unconstrained.in_unconstrained(theta, total(**values))
        return value + constant, gradient, hessian

    return at


def refuse_too_little(
    name: str,
    n: int,
    *,
    parameters: int,
    typed: str,
    who: str = "customers",
    left_out: str = "",
    cases: Iterable[tuple[bool, str, str]] = (),
) -> None:
    """Check that there are more customers than parameters; `cases` say what else makes a fit impossible, with a hint.

    The message says whom the model describes (`who`), and how published parameters are typed in (`typed`).
    """
    if n <= parameters:
        raise DataError.because(
            f"{name} has {parameters} parameters and needs more {who} than that, got {n}{left_out}.",
            hint=f"fit to more {who}; published parameters can be typed in: kk.{typed}.",
        )
    for broken, law, hint in cases:
        if broken:
            raise DataError.because(f"{name} cannot be fitted: {law}", hint=hint)


def left_out(checked: CheckedRows[Any]) -> str:
    """The customers of a checked table that a fit leaves out, in brackets; empty where there are none."""
    prospects, unknown = (checked.customers(each) for each in (checked.prospect, checked.unknown))
    if not prospects and not unknown:
        return ""
    return f" ({prospects} without a purchase and {unknown} of unknown beginning left out)"


NEVER_AGAIN = "none of the {:,} customers ever bought again (`frequency` 0 for all)."
ONE_ID = "observe for longer, or check that several purchases of a customer share one customer_id."


def _with_ridge(objective: Objective, unconstrained: UnconstrainedParameters, *, l2: float) -> Objective:
    weight = np.where(unconstrained.positive, 0.0, l2)

    def at(theta: Array) -> tuple[float, Array, Array]:
        value, gradient, hessian = objective(theta)
        return value - float(weight @ theta**2), gradient - 2 * weight * theta, hessian - 2 * np.diag(weight)

    return at
