"""Simulation of the shifted beta-geometric: memberships of new members."""

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask
from kundkarriar.numerics.bgbb.simulate import failures_before_success


def draw_histories(*, most: Array, alpha: float, beta: float, generator: Generator) -> tuple[Array, Mask]:
    """Renewals of new members, and whether each churned before `most` renewals, the time observed, each (n,)."""
    renewed = failures_before_success(generator.beta(alpha, beta, len(most)), generator)
    return np.minimum(renewed, most), renewed < most
