"""The most probable hidden chain: Baum-Welch from several starts, then a climb of the surface; and how sure it is.

Each M step is a few steps of BFGS on the expected complete log-likelihood (generalised EM): thresholds, effects and
sizes have no closed form. EM finds the right hill in a dozen rounds and then creeps; the last climb, with the same
slopes, does not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.numerics.hmm.objective import HiddenSurface, with_paths
from kundkarriar.numerics.hmm.parameters import HiddenChain
from kundkarriar.numerics.optimize.bfgs import climb

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.hmm.forward_backward import Expected, Paths

    Array = NDArray[np.float64]

ROUNDS, M_STEPS = 40, 8
SETTLED = 1e-4
"""EM ends where a round adds less than this per customer; the climb goes on from there."""
CLIMBS = 400
FLAT = 1e-6
ACCEPTED = 1e-3
"""A climb ends at a slope per customer of `FLAT`; one that rounding ended below `ACCEPTED` is at the top too."""
SEARCHED = 5_000
"""Different paths that starts are tried on, and curvature is measured on, at most."""
LITTLE = 1e-4
WIDEST = 3.0
"""No direction is less certain than this standard deviation, that of the widest prior: few customers make the sandwich
of slopes and curvatures mean little."""
STAY = 0.8
LEAST_MEAN = 0.02


@frozen(kw_only=True, eq=False)
class HiddenFit:
    """Where a search ended.

    Attributes:
        theta: the point, (k,).
        covariance: of the coordinates there, (k, k).
        log_likelihood: of all customers, without the prior.
        converged: whether the surface is flat there.
    """

    theta: Array
    covariance: Array
    log_likelihood: float
    converged: bool


def fit_hidden(surface: HiddenSurface, *, starts: int, generator: Generator) -> HiddenFit:
    """The highest point found from several starts, and the covariance there."""
    few = with_paths(surface, surface.paths.some(SEARCHED, generator))
    theta = searched(few, starts=starts, generator=generator)
    bend = _inverse(-curvature(few.height, theta)) * surface.paths.customers
    theta, slope = _up(surface.height, theta, surface=surface, steps=CLIMBS, bend=bend)
    return HiddenFit(
        theta=theta,
        covariance=covariance(few, theta),
        log_likelihood=float(surface.paths.weights @ surface.evidence(theta)),
        converged=slope < ACCEPTED,
    )


def searched(surface: HiddenSurface, *, starts: int, generator: Generator) -> Array:
    """Where the highest of several searches ended, (k,)."""
    found = []
    for start in range(starts):
        theta = expectation_maximised(surface, starting(surface, generator=generator, shaken=start > 0))
        found.append((surface.height(theta)[0], theta))
    highest = max(found, key=lambda each: each[0])[1]
    return _up(surface.height, highest, surface=surface, steps=CLIMBS)[0]


def expectation_maximised(surface: HiddenSurface, theta: Array) -> Array:
    """Rounds of EM, until they add little."""
    before = -np.inf
    for _ in range(ROUNDS):
        found, evidence = surface.expected(theta)
        height = evidence + surface.prior(theta)[0]
        if height - before < SETTLED * surface.paths.customers:
            break
        before = height

        def complete(at: Array, found: Expected = found) -> tuple[float, Array]:
            (value, slope), (prior, own) = surface.complete(at, found), surface.prior(at)
            return value + prior, slope + own

        theta = _up(complete, theta, surface=surface, steps=M_STEPS)[0]
    return theta


def curvature(surface_at: Callable[[Array], tuple[float, Array]], theta: Array) -> Array:
    """How slopes change from coordinate to coordinate, (k, k), by differences."""
    steps = np.eye(len(theta)) * LITTLE
    found = np.stack([surface_at(theta + step)[1] - surface_at(theta - step)[1] for step in steps]) / (2 * LITTLE)
    return np.asarray((found + found.T) / 2)


def covariance(surface: HiddenSurface, theta: Array) -> Array:
    """How uncertain the coordinates are, (k, k): the inverse curvature, with the scatter of customers' own slopes.

    H^-1 (sum g g' + curvature of the prior) H^-1: right also where customers differ in ways that the chain does not
    know (White 1982, Econometrica 50), and H^-1 where they do not. Nowhere less than H^-1: of a step that nobody took
    all customers' slopes are alike, and still it is not known how seldom it is.
    """
    steps = np.eye(len(theta)) * LITTLE
    slopes = np.stack([surface.evidence(theta + step) - surface.evidence(theta - step) for step in steps]) / (
        2 * LITTLE
    )
    bends, axes = np.linalg.eigh(-curvature(surface.height, theta))
    root = axes / np.sqrt(np.maximum(bends, 1 / WIDEST**2))
    scatter = (slopes * surface.paths.weights) @ slopes.T - curvature(surface.prior, theta)
    wider, turned = np.linalg.eigh(root.T @ scatter @ root)
    found = (root @ turned * np.maximum(wider, 1.0)) @ (root @ turned).T
    spreads, directions = np.linalg.eigh((found + found.T) / 2)
    return np.asarray((directions * np.clip(spreads, 0.0, WIDEST**2)) @ directions.T)


def starting(surface: HiddenSurface, *, generator: Generator, shaken: bool) -> Array:
    """A first guess: states as customers who bought little, more and much; every later guess is shaken."""
    paths, coordinates = surface.paths, surface.coordinates
    S = coordinates.states
    means = _group_means(paths, S)
    if shaken:
        means = np.sort(means * np.exp(0.7 * generator.standard_normal(S)))
        means[0] *= generator.choice([0.1, 1.0])
    means = means * 1.2 ** np.arange(S)  # groups that bought alike are still told apart
    stay = generator.uniform(0.6, 0.95) if shaken else STAY
    P = np.full((S, S), (1 - stay) / max(S - 1, 1)) + np.eye(S) * (stay - (1 - stay) / max(S - 1, 1))
    below = np.cumsum(P, axis=1)[:, :-1]
    chain = HiddenChain(
        initial=np.full((2, S), 1.0 / S),
        mu=np.log(below / (1 - below)),
        rho=np.zeros((S, coordinates.contacts)),
        m=means,
        k=np.full(S, np.inf if coordinates.poisson else 2.0),
    )
    return coordinates.theta(chain)


def _group_means(paths: Paths, groups: int) -> Array:
    """Mean purchases a month of as many customers each, from those who bought least, (groups,)."""
    there = paths.seen >= 0
    mine = np.where(there, paths.y[paths.seen], 0.0).sum(axis=0) / paths.months
    order = np.argsort(mine, kind="stable")
    cumulated = np.cumsum(paths.weights[order])
    group = np.minimum((cumulated - paths.weights[order] / 2) / cumulated[-1] * groups, groups - 1).astype(np.int64)
    weights = np.bincount(group, weights=paths.weights[order], minlength=groups)
    total = np.bincount(group, weights=paths.weights[order] * mine[order], minlength=groups)
    return np.sort(np.maximum(total / np.maximum(weights, 1e-12), LEAST_MEAN))


def _up(
    surface_at: Callable[[Array], tuple[float, Array]],
    theta: Array,
    *,
    surface: HiddenSurface,
    steps: int,
    bend: Array | None = None,
) -> tuple[Array, float]:
    """The highest point that a climb finds, and the steepest slope per customer there."""
    everyone = surface.paths.customers

    def shared(at: Array) -> tuple[float, Array]:
        value, slope = surface_at(at)
        return value / everyone, slope / everyone

    low, high = surface.coordinates.edges()
    found, _, slope = climb(shared, theta, low=low, high=high, steps=steps, flat=FLAT, bend=bend)
    return found, float(np.max(np.abs(slope), initial=0.0))


def _inverse(curvature: Array) -> Array:
    """The inverse, with directions in which the surface is flat no wider than the prior."""
    bends, directions = np.linalg.eigh(curvature)
    return np.asarray((directions / np.maximum(bends, 1 / WIDEST**2)) @ directions.T)
