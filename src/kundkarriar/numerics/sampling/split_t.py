"""Split-t: a multivariate t with different scales each way along its axes, a proposal for a skewed unimodal density.

Geweke (1989), "Bayesian inference in econometric models using Monte Carlo integration", Econometrica 57(6), section 4.
Sides are drawn in proportion to their scales, so that the density is continuous at the centre.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen
from numpy.random import Generator
from scipy.special import gammaln

from kundkarriar.arrays import Array

FREEDOM = 7.0
"""Degrees of freedom: power tails, heavier than those of any posterior under `WeakPrior`."""

STEPS = (1.0, 2.0, 3.5, 6.0)
"""Distances along an axis, in standard deviations, at which the density is compared with a normal one."""
NARROWEST, WIDEST = 0.4, 5.0


@frozen(kw_only=True, eq=False)
class SplitT:
    """A split-t distribution.

    Attributes:
        centre: its mode, (k,).
        axes: one axis a column, of the length of one unit of the t, (k, k).
        ahead, behind: scale along each axis and against it, (k,).
    """

    centre: Array
    axes: Array
    ahead: Array
    behind: Array

    @classmethod
    def around(cls, log_density: Callable[[Array], Array], *, centre: Array, covariance: Array) -> SplitT:
        """Split-t that falls no faster than `log_density` along the eigenvectors of `covariance` (k, k), either way.

        `centre` (k,) is about the mode of the density, which takes points (S, k).
        """
        variances, directions = np.linalg.eigh(covariance)
        axes = directions * np.sqrt(np.maximum(variances, 1e-12))
        k, steps = len(centre), np.array(STEPS)
        both_ways = np.concatenate([axes.T, -axes.T])
        points = centre + steps[:, None, None] * both_ways
        log_densities = log_density(np.concatenate([centre[None], points.reshape(-1, k)]))
        fall = np.nan_to_num(log_densities[0] - log_densities[1:], nan=np.inf).reshape(len(steps), 2 * k)
        fall = np.clip(fall, 1e-3, 1e9)
        stretch = np.clip((steps[:, None] / np.sqrt(2 * fall)).max(axis=0), NARROWEST, WIDEST)
        return cls(centre=centre, axes=axes, ahead=stretch[:k], behind=stretch[k:])

    def draw(self, size: int, *, generator: Generator) -> Array:
        """Draws, (size, k)."""
        k = len(self.centre)
        radius = np.sqrt(FREEDOM / generator.chisquare(FREEDOM, size))
        spherical = np.abs(generator.standard_normal((size, k))) * radius[:, None]
        forward = generator.random((size, k)) * (self.ahead + self.behind) < self.ahead
        stretched: Array = np.where(forward, self.ahead, -self.behind) * spherical
        return self.centre + stretched @ self.axes.T

    def log_density(self, theta: Array) -> Array:
        """Log density of points (S, k), (S,)."""
        k = len(self.centre)
        along = np.linalg.solve(self.axes, (theta - self.centre).T).T
        square = ((along / np.where(along > 0, self.ahead, self.behind)) ** 2).sum(axis=1)
        volume = np.linalg.slogdet(self.axes)[1] + np.log((self.ahead + self.behind) / 2).sum()
        constant = gammaln((FREEDOM + k) / 2) - gammaln(FREEDOM / 2) - 0.5 * k * np.log(FREEDOM * np.pi) - volume
        return np.asarray(constant - 0.5 * (FREEDOM + k) * np.log1p(square / FREEDOM))
