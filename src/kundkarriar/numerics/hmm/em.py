"""Maximum a posteriori fit of a hidden Markov model: Baum-Welch from several starts, then BFGS; sandwich covariance.

Each M step is a few steps of BFGS on the expected complete-data log-likelihood (generalised EM): thresholds, effects
and sizes have no closed form. EM finds the basin of the best mode in a dozen iterations and then converges slowly; the
final BFGS ascent, with the same gradient, does not.
"""

from collections.abc import Callable

import numpy as np
from attrs import evolve, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm.forward_backward import ExpectedCounts, Sequences
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel
from kundkarriar.numerics.optimize.bfgs import maximise_bfgs
from kundkarriar.numerics.optimize.central_differences import derivatives, hessian
from kundkarriar.numerics.optimize.newton import Box

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
STAY, LEAST_MEAN = 0.8, 0.02
"""Probability of staying in each state, and least mean, at the first start."""
STEP = 1e-4
"""Step of numerical derivatives."""
LARGEST_SD = 3.0
"""Largest standard deviation in any direction, that of the widest prior: with few customers the sandwich estimate means
little."""


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
    # the inverse of minus the Hessian, with standard deviations of at most the widest prior
    curvatures, axes = np.linalg.eigh(-hessian(sample.value_and_gradient, theta, step=STEP))
    inverse_hessian = (axes / np.maximum(curvatures, 1 / LARGEST_SD**2)) @ axes.T * objective.sequences.customers
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
        theta = run_em(objective, _starting_theta(objective, generator=generator, perturbed=start > 0))
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
    box = Box(n=1, low=low, high=high, gradient_tolerance=GRADIENT_TOLERANCE)
    maximum, _, gradient = maximise_bfgs(per_customer, theta, box, max_steps=steps, inverse_hessian=inverse_hessian)
    return maximum, float(np.max(np.abs(gradient), initial=0.0))


def _starting_theta(objective: PosteriorObjective, *, generator: Generator, perturbed: bool) -> Array:
    """Starting theta, (k,): means of the states from groups of customers by purchases, perturbed for later starts."""
    sequences, space = objective.sequences, objective.unconstrained
    S = space.states
    means = _group_means(sequences, S)
    if perturbed:
        means = np.sort(means * np.exp(0.7 * generator.standard_normal(S)))
        means[0] *= generator.choice([0.1, 1.0])
    means = means * 1.2 ** np.arange(S)  # so that groups with equal means differ too
    stay = generator.uniform(0.6, 0.95) if perturbed else STAY
    P = np.full((S, S), (1 - stay) / max(S - 1, 1)) + np.eye(S) * (stay - (1 - stay) / max(S - 1, 1))
    below = np.cumsum(P, axis=1)[:, :-1]
    model = HiddenMarkovModel(
        initial=np.full((2, S), 1.0 / S),
        mu=np.log(below / (1 - below)),
        rho=np.zeros((S, space.contacts)),
        m=means,
        k=np.full(S, np.inf if space.poisson else 2.0),
    )
    return space.theta(model)


def _group_means(sequences: Sequences, groups: int) -> Array:
    """Mean purchases a month in groups of equal size, from the customers who bought least, (groups,)."""
    present = sequences.observed >= 0
    means = np.where(present, sequences.y[sequences.observed], 0.0).sum(axis=0) / sequences.months
    order = np.argsort(means, kind="stable")
    cumulated = np.cumsum(sequences.weights[order])
    middle = (cumulated - sequences.weights[order] / 2) / cumulated[-1]
    group = np.minimum(middle * groups, groups - 1).astype(np.int64)
    weights = np.bincount(group, weights=sequences.weights[order], minlength=groups)
    total = np.bincount(group, weights=sequences.weights[order] * means[order], minlength=groups)
    return np.sort(np.maximum(total / np.maximum(weights, 1e-12), LEAST_MEAN))


def covariance(objective: PosteriorObjective, theta: Array) -> Array:
    """Sandwich covariance of theta at the maximum, (k, k): H^-1 (sum g g' + curvature of the prior) H^-1.

    It is right also where customers differ in ways that the model does not know (White 1982, Econometrica 50), and is
    H^-1 where they do not. It is nowhere less than H^-1: where nobody took a step, all customers' scores are alike,
    and yet its probability is uncertain.
    """
    scores = derivatives(objective.log_likelihood, theta, step=STEP)
    curvatures, axes = np.linalg.eigh(-hessian(objective.value_and_gradient, theta, step=STEP))
    root = axes / np.sqrt(np.maximum(curvatures, 1 / LARGEST_SD**2))
    scatter = (scores * objective.sequences.weights) @ scores.T - hessian(objective.log_prior, theta, step=STEP)
    ratios, rotation = np.linalg.eigh(root.T @ scatter @ root)
    sandwich = (root @ rotation * np.maximum(ratios, 1.0)) @ (root @ rotation).T
    variances, directions = np.linalg.eigh((sandwich + sandwich.T) / 2)
    return np.asarray((directions * np.clip(variances, 0.0, LARGEST_SD**2)) @ directions.T)
