"""The posterior of a hidden chain's parameters as a surface: height and slopes.

The slopes of the log-likelihood are those of the expected complete one at the same point (Fisher's identity), so EM
and the last climb use the same sums. The prior is light: it keeps a state that nobody visits from running away, and is
forgotten after a few dozen customers.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve, frozen
from scipy.special import xlogy

from kundkarriar.numerics.hmm import emissions, ordered_logit
from kundkarriar.numerics.hmm.forward_backward import Expected, Paths, expected, forward
from kundkarriar.numerics.hmm.parameters import HiddenChain, HiddenCoordinates, tables
from kundkarriar.numerics.optimize.ordered_parameters import pulled_back

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FIRST_PRIOR = 0.5
STEP_PRIOR = 1.0
"""Customers in each first state, and steps from each state, that the prior counts for."""
MEAN_PRIOR = (-1.0, 3.0)
GAP_PRIOR = (0.0, 1.5)
SIZE_PRIOR = (0.5, 2.0)
EFFECT_PRIOR = (0.0, 2.0)
"""Mean and standard deviation of normal priors: of ln m_1 less the logarithm of the mean count, of the logarithms
of the gaps between ln m's, of ln k's, and of the effects of contacts (one standard deviation of them)."""


@frozen(kw_only=True, eq=False)
class HiddenSurface:
    """Paths, and the coordinates of the chains asked of them.

    Attributes:
        paths: the customers' months, contacts in their standard deviations.
        coordinates: of the chains.
    """

    paths: Paths
    coordinates: HiddenCoordinates

    def height(self, theta: Array) -> tuple[float, Array]:
        """Log-likelihood and log-prior together, and the slopes, (k,)."""
        found, evidence = self.expected(theta)
        prior, slope = self.prior(theta)
        _, own = self.complete(theta, found)
        return evidence + prior, own + slope

    def expected(self, theta: Array) -> tuple[Expected, float]:
        """The E step at a point."""
        paths = self.paths
        chain = self.coordinates.chain(theta)
        return expected(paths, tables(chain, y=paths.y, a=paths.a, opened=paths.opened))

    def evidence(self, theta: Array) -> Array:
        """The log-likelihood of each path, (n,)."""
        paths = self.paths
        chain = self.coordinates.chain(theta)
        return forward(paths, tables(chain, y=paths.y, a=paths.a, opened=paths.opened)).log_evidence

    def complete(self, theta: Array, found: Expected) -> tuple[float, Array]:
        """The log-likelihood of states as if they had been seen, and its slopes: what the M step maximises."""
        coordinates, paths = self.coordinates, self.paths
        chain, part = coordinates.chain(theta), coordinates.parts(theta)
        table = tables(chain, y=paths.y, a=paths.a, opened=paths.opened)
        height = (
            np.sum(xlogy(found.initial, chain.initial))
            + np.sum(xlogy(found.steps, table.P))
            + np.sum(found.counts * table.log_f)
            + np.sum(found.first * table.log_first)
        )
        initial = found.initial - found.initial.sum(axis=1, keepdims=True) * chain.initial
        mu, rho = ordered_logit.slopes(found.steps, mu=chain.mu, rho=chain.rho, a=paths.a)
        plain = emissions.slopes(paths.y, m=chain.m, k=chain.k)
        opening = emissions.opening_slopes(paths.y, m=chain.m, k=chain.k) if paths.opened else plain
        in_m, in_k = (
            np.sum(found.counts * one + found.first * other, axis=1) for one, other in zip(plain, opening, strict=True)
        )
        slopes = [
            initial[:, 1:],
            pulled_back(part["mu"], mu) if coordinates.states > 1 else mu,
            rho,
            pulled_back(part["m"], in_m),
            in_k[: len(part["k"])],
        ]
        return float(height), np.concatenate([slope.ravel() for slope in slopes])

    def prior(self, theta: Array) -> tuple[float, Array]:
        """The log-prior and its slopes."""
        S, paths = self.coordinates.states, self.paths
        nothing = np.zeros((S, len(paths.y)))
        some = Expected(
            initial=np.full((2, S), FIRST_PRIOR),
            steps=np.ones((S, S)) * (STEP_PRIOR / S) * self._share[:, None, None],
            counts=nothing,
            first=nothing,
        )
        height, slope = self.complete(theta, some)
        centre, wide = self._normal
        away = (theta - centre) / wide
        return height - 0.5 * float(away @ away), slope - away / wide

    @cached_property
    def _normal(self) -> tuple[Array, Array]:
        """Means and standard deviations of the normal priors, infinite where there is none, each (k,)."""
        told = {"rho": EFFECT_PRIOR, "m": GAP_PRIOR, "k": SIZE_PRIOR}
        both = {name: told.get(name, (0.0, np.inf)) for name in self.coordinates.shapes}
        centre, wide = (
            {name: np.full(shape, both[name][at]) for name, shape in self.coordinates.shapes.items()} for at in (0, 1)
        )
        centre["m"][0], wide["m"][0] = self._log_mean + MEAN_PRIOR[0], MEAN_PRIOR[1]
        both_flat = [np.concatenate([part.ravel() for part in parts.values()]) for parts in (centre, wide)]
        return both_flat[0], both_flat[1]

    @cached_property
    def _share(self) -> Array:
        """Share of the months that came after each set of contacts, (A,)."""
        moved = self.paths.moved[:-1][self.paths.seen[1:] >= 0]
        return np.asarray(np.bincount(moved, minlength=len(self.paths.a)) / max(len(moved), 1))

    @cached_property
    def _log_mean(self) -> float:
        """The logarithm of the mean count."""
        paths = self.paths
        there = paths.seen >= 0
        total = np.sum(np.where(there, paths.y[paths.seen], 0.0) @ paths.weights)
        return float(np.log(max(float(total), 0.5) / float(paths.months @ paths.weights)))


def with_paths(surface: HiddenSurface, paths: Paths) -> HiddenSurface:
    """The same of other paths."""
    return evolve(surface, paths=paths)


def in_units(chain: HiddenChain, scale: Array) -> HiddenChain:
    """A chain whose contacts were divided by `scale`, with effects of one more contact."""
    return evolve(chain, rho=chain.rho / scale)
