"""Covariance of the estimates of a hidden Markov model: sandwich of numerical Hessians and customers' scores."""

from __future__ import annotations

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.hmm.objective import PosteriorObjective
from kundkarriar.numerics.optimize.central_differences import derivatives, hessian

STEP = 1e-4
"""Step of numerical derivatives."""
LARGEST_SD = 3.0
"""Largest standard deviation in any direction, that of the widest prior: with few customers the sandwich estimate means
little."""


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


def inverse_information(information: Array) -> Array:
    """The inverse of minus the Hessian, with standard deviations of at most the widest prior."""
    curvatures, directions = np.linalg.eigh(information)
    return np.asarray((directions / np.maximum(curvatures, 1 / LARGEST_SD**2)) @ directions.T)
