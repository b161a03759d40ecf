"""Maximum a posteriori fit of a hidden Markov model: Baum-Welch from several starts, then BFGS.

Each M step is a few steps of BFGS on the expected complete-data log-likelihood (generalised EM): thresholds, effects
and sizes have no closed form. EM finds the basin of the best mode in a dozen iterations and then converges slowly; the
final BFGS ascent, with the same gradient, does not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm.forward_backward import ExpectedCounts
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.hmm.sandwich_covariance import STEP, covariance, inverse_information
from kundkarriar.numerics.hmm.starting_values import starting_theta
from kundkarriar.numerics.optimize.bfgs import maximise_bfgs
from kundkarriar.numerics.optimize.central_differences import hessian

EM_STEPS, M_STEPS = 40, 8
EM_TOLERANCE = 1e-4
"""EM ends where an iteration adds less than this per customer; the BFGS ascent continues from there."""
ASCENT_STEPS = 400
GRADIENT_TOLERANCE = 1e-6
ACCEPTED_GRADIENT = 1e-3
"""An ascent ends at a gradient per customer of `GRADIENT_TOLERANCE`; one that rounding ended below `ACCEPTED_GRADIENT`
has converged too."""
SAMPLE = 5_000
"""Different sequences that starts are tried on, and curvature is measured on, at most."""


@frozen(kw_only=True, eq=False)
class HMMFit:
    """Result of a fit.

    Attributes:
        theta: unconstrained parameters at the maximum, (k,).
        covariance: of theta, (k, k).
        log_likelihood: of all customers, without the prior.
        converged: whether the gradient is practically 0 there.
    """

    theta: Array
    covariance: Array
    log_likelihood: float
    converged: bool


def fit_hmm(objective: PosteriorObjective, *, starts: int, generator: Generator) -> HMMFit:
    """The maximum found from several starts, and the covariance there."""
    sample = evolve(objective, sequences=objective.sequences.sample(SAMPLE, generator))
    theta = best_of_starts(sample, starts=starts, generator=generator)
    information = -hessian(sample.value_and_gradient, theta, step=STEP)
    inverse_hessian = inverse_information(information) * objective.sequences.customers
    theta, largest_gradient = _ascent(
        objective.value_and_gradient, theta, objective=objective, steps=ASCENT_STEPS, inverse_hessian=inverse_hessian
    )
    return HMMFit(
        theta=theta,
        covariance=covariance(sample, theta),
        log_likelihood=float(objective.sequences.weights @ objective.log_likelihood(theta)),
        converged=largest_gradient < ACCEPTED_GRADIENT,
    )


def best_of_starts(objective: PosteriorObjective, *, starts: int, generator: Generator) -> Array:
    """The best of the maxima that EM reaches from several starts, after a BFGS ascent, (k,)."""
    maxima = []
    for start in range(starts):
        theta = run_em(objective, starting_theta(objective, generator=generator, perturbed=start > 0))
        maxima.append((objective.value_and_gradient(theta)[0], theta))
    best = max(maxima, key=lambda each: each[0])[1]
    return _ascent(objective.value_and_gradient, best, objective=objective, steps=ASCENT_STEPS)[0]


def run_em(objective: PosteriorObjective, theta: Array) -> Array:
    """Iterations of generalised EM from `theta`, until one adds less than the tolerance, (k,)."""
    before = -np.inf
    for _ in range(EM_STEPS):
        counts, log_likelihood = objective.e_step(theta)
        value = log_likelihood + objective.log_prior(theta)[0]
        if value - before < EM_TOLERANCE * objective.sequences.customers:
            break
        before = value

        def complete(at: Array, counts: ExpectedCounts = counts) -> tuple[float, Array]:
            (value, gradient), (prior, prior_gradient) = objective.complete_data(at, counts), objective.log_prior(at)
            return value + prior, gradient + prior_gradient

        theta = _ascent(complete, theta, objective=objective, steps=M_STEPS)[0]
    return theta


def _ascent(
    function: Callable[[Array], tuple[float, Array]],
    theta: Array,
    *,
    objective: PosteriorObjective,
    steps: int,
    inverse_hessian: Array | None = None,
) -> tuple[Array, float]:
    """The maximum of `function` by BFGS from `theta`, and the largest element of the gradient per customer there."""
    customers = objective.sequences.customers

    def per_customer(at: Array) -> tuple[float, Array]:
        value, gradient = function(at)
        return value / customers, gradient / customers

    low, high = objective.unconstrained.bounds()
    maximum, _, gradient = maximise_bfgs(
        per_customer,
        theta,
        low=low,
        high=high,
        max_steps=steps,
        gradient_tolerance=GRADIENT_TOLERANCE,
        inverse_hessian=inverse_hessian,
    )
    return maximum, float(np.max(np.abs(gradient), initial=0.0))
