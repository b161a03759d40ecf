"""Distribution of the number of purchases of customers with given rates, who are on or off now.

The generating function of the number N within a horizon, E[z^N], is that of a two-state process: exp(M h) summed over
the states at the end, with

    M = [[-lambda (1 - z) - mu, mu], [nu, -nu]].

Its values at the points of a circle give the probabilities by a Fourier transform (Abate & Whitt 1992, "Numerical
inversion of probability generating functions", Operations Research Letters 12(4)).
"""

import numpy as np

from kundkarriar.arrays import Array

ALIASING = 1e-13
"""Largest share of the probability of larger numbers that is added to smaller ones."""
SPACE = 4
"""Points of the circle per number: the radius stays near 1, and rounding errors small."""


def p_counts(horizon: float, *, up_to: int, rate: Array, leaving: Array, returning: float) -> tuple[Array, Array]:
    """Probabilities of 0, 1, ..., `up_to` purchases within `horizon`, given on and given off, (J, up_to + 1) each."""
    points = SPACE * (up_to + 8)
    radius = ALIASING ** (1.0 / points)
    z = radius * np.exp(-2j * np.pi * np.arange(points // 2 + 1) / points)
    on, off = generating_function(z, horizon, rate=rate[:, None], leaving=leaving[:, None], returning=returning)
    powers = radius ** np.arange(up_to + 1)
    both = (np.fft.irfft(values, n=points, axis=1)[:, : up_to + 1] / powers for values in (on, off))
    given_on, given_off = (np.clip(values, 0.0, 1.0) for values in both)
    return given_on, given_off


def generating_function(
    z: np.ndarray, horizon: float, *, rate: Array, leaving: Array, returning: float
) -> tuple[np.ndarray, np.ndarray]:
    """E[z^N] of the number N of purchases within `horizon`, given on and given off; |z| <= 1."""
    a = -rate * (1.0 - z) - leaving
    mean, half = 0.5 * (a - returning), 0.5 * (a + returning)
    root = np.sqrt(half**2 + leaving * returning)
    root = np.where(root.real < 0, -root, root)
    fast = np.exp(-2.0 * root * horizon)
    cosh = 0.5 * (1.0 + fast)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(np.abs(root) * horizon < 1e-8, horizon, 0.5 * (1.0 - fast) / root)
    slow = -returning * rate * (1.0 - z) / (root - mean)  # mean + root, which nearly cancel at large rates
    growth = np.exp(slow * horizon)
    return growth * (cosh + ratio * (half + leaving)), growth * (cosh + ratio * (returning - half))
