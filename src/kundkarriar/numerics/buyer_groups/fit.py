"""Maximum a posteriori fit of the mixture of buyer groups, from several random starts."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from attrs import evolve
from numpy.random import Generator
from scipy.optimize import minimize
from scipy.special import logit

from kundkarriar.arrays import Array, Mask
from kundkarriar.numerics.buyer_groups.histories import Histories
from kundkarriar.numerics.buyer_groups.likelihood import scores, total
from kundkarriar.numerics.buyer_groups.parameters import SIZE, GroupParams, group_params, prior_mean, transformed

PRIOR_SD = 1.5
"""Standard deviation of the normal prior on the unconstrained parameters: it weighs less than one customer."""
START_SAMPLE, SAMPLE = 800, 3_000
"""Customers that starts are tried on, and that the best is optimised on first; with all it then changes little."""
GAIN, GRADIENT = 1e-12, 1e-8
"""The optimisation ends where a step gains less than this share of the mean log-likelihood, or at such a gradient. A
gradient of 1e-5 leaves the third digit of mean gaps to the machine."""
LEAST_CURVATURE = 1e-5
"""The smallest curvature is taken to be at least this share of the largest."""
ALIKE, LEAST_ALIKE = 14, float(np.log(0.75))
"""Position of ln r, and its least value. Were customers of a group to differ by orders of magnitude, a single purchase
years ago would fit the group that buys every month."""
START_STEPS, STEPS, ROUND = 25, 300, 12
"""Steps from each start, from the best one, and of these at once."""
FURTHEST = 2.0
"""Most that a parameter moves along a direction in a round."""
EACH = np.ones(SIZE, dtype=bool)


def fit_groups(rows: Histories, *, starts: int, generator: Generator) -> tuple[GroupParams, bool]:
    """Parameters of the highest posterior density, and whether the optimisation converged.

    The random `starts` are tried on `START_SAMPLE` customers; the best is optimised, first on `SAMPLE`.
    """
    unit = float(np.median(rows.T[rows.T > 0])) if (rows.T > 0).any() else 1.0
    log_gaps = rows.gap_log_sum - rows.x * np.log(unit)
    scaled = evolve(rows, t_x=rows.t_x / unit, T=rows.T / unit, gap_log_sum=log_gaps)
    order = generator.permutation(len(scaled))
    few, some = (scaled.at(order[:size]).distinct()[0] for size in (START_SAMPLE, SAMPLE))
    tried = [_minimised(few, start, steps=START_STEPS) for start in _starts(scaled, starts=starts, generator=generator)]
    best = min(tried, key=lambda optimum: float(optimum.fun))
    optimum = _minimised_preconditioned(some, best.x)
    if len(scaled) > SAMPLE:
        some = scaled.distinct()[0]
        optimum = _minimised_preconditioned(some, optimum.x)
    if optimum.x[ALIKE] < LEAST_ALIKE:
        optimum.x[ALIKE] = LEAST_ALIKE
        optimum = _minimised_preconditioned(some, optimum.x, moving=np.arange(SIZE) != ALIKE)
    return group_params(transformed(optimum.x), unit=unit), bool(optimum.success)


def objective(theta: Array, rows: Histories) -> tuple[float, Array]:
    """The minimised function: minus the mean log-likelihood and log prior density, and its gradient, (16,)."""
    value, gradient = total(rows, theta)
    z, customers = (theta - prior_mean()) / PRIOR_SD, rows.weights.sum()
    return -(value - 0.5 * float(z @ z)) / customers, -(gradient - z / PRIOR_SD) / customers


def _minimised(rows: Histories, start: Array, *, steps: int) -> Any:
    """L-BFGS from `start` within a box around the prior mean."""
    bounds = [(at - 6.0, at + 6.0) for at in prior_mean()]
    inside = np.clip(start, *np.array(bounds).T)
    of_theta = partial(objective, rows=rows)
    return minimize(
        of_theta,
        inside,
        jac=True,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": steps, "ftol": GAIN, "gtol": GRADIENT},
    )


def _minimised_preconditioned(rows: Histories, start: Array, *, moving: Mask = EACH) -> Any:
    """L-BFGS from `start`, in parameters in which the information there, the outer product of scores, is the identity.

    They are chosen anew after each `ROUND` of steps: of the parameters as they are it takes three times as many.
    Parameters that are not `moving`, (16,), stay at the start.
    """
    for _ in range(STEPS // ROUND):
        of_scaled, scaling = _scaled(rows, start, moving=moving)
        furthest = FURTHEST / np.abs(scaling).max(axis=0)
        optimum = minimize(
            of_scaled,
            np.zeros(len(furthest)),
            jac=True,
            method="L-BFGS-B",
            bounds=[(-most, most) for most in furthest],
            options={"maxiter": ROUND, "ftol": GAIN, "gtol": GRADIENT},
        )
        inside = (np.abs(optimum.x) < furthest).all()
        start = optimum.x = start + scaling @ optimum.x
        if optimum.success and inside:
            break
    return optimum


def _scaled(rows: Histories, start: Array, *, moving: Mask) -> tuple[Callable[[Array], tuple[float, Array]], Array]:
    """The objective in scaled steps u from `start`, and the steps of theta, (16, m), of the m that move."""
    _, score = scores(rows, start)
    information = ((score.T * rows.weights) @ score + np.eye(SIZE) / PRIOR_SD**2) / rows.weights.sum()
    curvature, directions = np.linalg.eigh(information[np.ix_(moving, moving)])
    scaling = np.zeros((SIZE, len(curvature)))
    scaling[moving] = directions / np.sqrt(np.maximum(curvature, LEAST_CURVATURE * curvature.max()))

    def of_scaled(u: Array) -> tuple[float, Array]:
        value, gradient = objective(start + scaling @ u, rows)
        return value, scaling.T @ gradient

    return of_scaled, scaling


def _starts(rows: Histories, *, starts: int, generator: Generator) -> list[Array]:
    """The prior mean at the purchase rate of these customers, then draws around it."""
    rate = max(float(rows.weights @ rows.x), 1.0) / max(float(rows.weights @ rows.T), 1e-9)
    first = prior_mean()
    first[5] = np.log(rate)
    known = rows.share[~np.isnan(rows.share)]
    if len(known):
        first[11] = logit(np.clip(known.mean(), 0.05, 0.95)) - 0.7
    return [first, *(first + generator.normal(0.0, 1.0, len(first)) for _ in range(starts - 1))]
