"""Maximum-likelihood fit of any model: search from several starts, report, and parameters that are not identifiable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import ConvergenceError, DataError
from kundkarriar.fields import EFOLDS
from kundkarriar.models.interface.fit_report import FitReport, quadratic_approximation, unidentified
from kundkarriar.models.uncertainty.priors import posterior_mode
from kundkarriar.numerics.optimize.newton import Box, Objective, Optimum, best_start, held_at_edge, maximise
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

LOGLIK_TOLERANCE = 1e-3
"""Log-likelihoods that differ by less are equal."""
SUBSAMPLE_GRADIENT_TOLERANCE = 1e-4
"""Gradient per customer at which a search on a subsample stops: its maximum is not that of all customers."""
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
    "log_p": "how much the orders of one customer differ is not identifiable: too few repeat purchases.",
    "log_q_above_1": "no heterogeneity in order values identifiable: all customers may well spend alike.",
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
        objective: the log-likelihood; its parameters are the first of the larger model's.
        starts: starting values.
        unconstrained: the nested model's parameters.
        sentence: what `boundary` says where the nested model fits as well.
    """

    objective: Objective
    starts: Sequence[Array]
    unconstrained: UnconstrainedParameters
    sentence: str


@frozen(kw_only=True, eq=False)
class LikelihoodFit:
    """A likelihood, with all that its maximisation needs.

    Attributes:
        name: of the model, in messages.
        unconstrained: the parameters of the search.
        objective: the log-likelihood of all customers.
        starts: starting values.
        n: the number of customers.
        scale: the unit of time or money of the unconstrained parameters.
        subsample_objective: the log-likelihood of a subsample, on which starts are compared where customers are many.
        subsample_n: the number of customers of the subsample.
        nested: nested models, the simplest first.
        hint: what a user should check where the search fails.
        sentences: for parameters that are not identifiable, where they differ from `UNIDENTIFIED`.
    """

    name: str
    unconstrained: UnconstrainedParameters
    objective: Objective
    starts: Sequence[Array]
    n: float
    scale: float
    hint: str
    subsample_objective: Objective | None = None
    subsample_n: float = 1.0
    nested: tuple[NestedLikelihood, ...] = ()
    sentences: Mapping[str, str] = field(factory=dict)

    @property
    def box(self) -> Box:
        """Bounds of the search."""
        return Box(n=self.n, low=self.unconstrained.low, high=self.unconstrained.high)

    def optimum(self) -> Optimum:
        """The maximum, from the best of several starts.

        Raises:
            ConvergenceError: the gradient is not zero where the search ended, or no start has a finite likelihood.
        """
        box = self.box
        if self.subsample_objective is None:
            start = best_start(self.objective, self.starts, box)
        else:
            best = best_start(
                self.subsample_objective,
                self.starts,
                evolve(box, n=self.subsample_n, gradient_tolerance=SUBSAMPLE_GRADIENT_TOLERANCE),
            )
            start = np.clip(best, box.low / 4, box.high / 4)
        optimum = maximise(self.objective, start, box)
        if not np.isfinite(optimum.value):
            raise ConvergenceError.because(
                f"{self.name} did not reach an optimum: the likelihood is not finite wherever the search began.",
                hint=self.hint,
            )
        if not optimum.converged:
            raise ConvergenceError.because(
                f"{self.name} did not reach an optimum: the likelihood still rises "
                f"({optimum.largest_gradient(box) / self.n:.2g} per customer).",
                hint=self.hint,
            )
        return optimum

    def evaluate_at(self, optimum: Optimum) -> Optimum:
        """This likelihood with its derivatives at the maximum of another objective."""
        value, gradient, hessian = self.objective(optimum.theta)
        return evolve(optimum, value=value, gradient=gradient, hessian=hessian)

    def boundary(self, optimum: Optimum) -> str | None:
        """What these customers do not identify, as a sentence; None where all parameters are identified."""
        open_parameter = unidentified(self.unconstrained.names, optimum.hessian) or self._at_edge(optimum)
        for nested in self.nested:
            gain = optimum.value - self._nested_maximum(nested, optimum).value
            if gain < LOGLIK_TOLERANCE or (gain < AKAIKE_GAIN and open_parameter is not None):
                return nested.sentence
        return (
            None
            if open_parameter is None
            else self.sentences.get(open_parameter) or unidentified_sentence(open_parameter)
        )

    def report(self, optimum: Optimum, *, boundary: str | None, **counts: Any) -> FitReport:
        """The report of the fit; `counts` are further fields of it."""
        centre = self._posterior_mode(optimum) if boundary else optimum
        return FitReport(
            fitted=True,
            log_likelihood=float(optimum.value),
            n_customers=int(self.n),
            boundary=boundary,
            converged=True,
            scale=self.scale,
            **quadratic_approximation(centre),
            **counts,
        )

    def _at_edge(self, optimum: Optimum) -> str | None:
        """The first parameter at an edge of the box at which the likelihood still rises."""
        stopped = zip(self.unconstrained.names, held_at_edge(optimum.theta, optimum.gradient, self.box), strict=True)
        return next((name for name, at_edge in stopped if at_edge), None)

    def _posterior_mode(self, optimum: Optimum) -> Optimum:
        return posterior_mode(self.objective, self.unconstrained.names, start=optimum.theta, box=self.box)

    def _nested_maximum(self, nested: NestedLikelihood, optimum: Optimum) -> Optimum:
        box = Box(n=self.n, low=nested.unconstrained.low, high=nested.unconstrained.high)
        prefix = optimum.theta[: len(nested.unconstrained)]
        ends = [maximise(nested.objective, start, box) for start in (prefix, *nested.starts)]
        return max(ends, key=lambda end: end.value)


def natural_values(names: Sequence[str], optimum: Optimum, fit: LikelihoodFit) -> dict[str, float]:
    """The model's parameters at the maximum, by name, clipped to their limits where the likelihood stays the same.

    Raises:
        DataError: clipping lowers the likelihood. The parameters are those of a customer whose covariates are all 0,
            and the covariates lie far from 0.
    """
    values = fit.unconstrained.natural(optimum.theta, scale=fit.scale)
    inside = fit.unconstrained.clipped(values)
    if (inside != values).any():
        value, _, _ = fit.objective(fit.unconstrained.unconstrained(inside, scale=fit.scale))
        if value < optimum.value - LOGLIK_TOLERANCE:
            far = np.array(fit.unconstrained.positive) & (np.abs(np.log(np.abs(values))) > EFOLDS)
            beyond = [f"{name} {value:.1e}" for name, value in zip(np.array(names)[far], values[far], strict=True)]
            raise DataError.because(
                f"{fit.name} ended at parameters beyond e^-28 to e^28, {', '.join(beyond)}: those of a customer whose "
                "covariates are all 0, from which columns lie far away.",
                hint="subtract a usual value: customers.assign(born=customers['born'] - 1980).",
            )
    return dict(zip(names, inside.tolist(), strict=True))
