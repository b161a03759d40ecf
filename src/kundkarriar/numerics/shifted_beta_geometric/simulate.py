"""Simulation of the shifted beta-geometric: memberships of new members."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask


def draw_histories(*, most: Array, alpha: float, beta: float, generator: Generator) -> tuple[Array, Mask]:
    """Renewals of new members, and whether each churned before `most` renewals, each (n,).

    Args:
        most: renewals that each member has at most within the time observed, (n,).
        alpha: first parameter of the beta over churn probabilities.
        beta: its second.
        generator: random stream.
    """
    theta = generator.beta(alpha, beta, len(most))
    hazard = -np.log1p(-np.minimum(theta, 1 - 1e-16))
    renewed = np.floor(generator.standard_exponential(len(most)) / np.maximum(hazard, 1e-18))
    return np.minimum(renewed, most), renewed < most
