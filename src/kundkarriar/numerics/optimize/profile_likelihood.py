"""Confidence intervals by profile likelihood.

An end of a parameter's interval is the largest (or smallest) value of the parameter at which the log-likelihood is at
least its maximum less half a chi-square quantile. Each step maximises the parameter under a quadratic approximation of
the log-likelihood at the last point, after Neale & Miller (1997), "The use of likelihood-based confidence intervals in
genetic models", Behavior Genetics 27(2). Derivatives are differences of a batch of log-likelihoods, of all ends at
once. The parameter's own second derivative is left out: with it as many steps were needed.
"""

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters

DIFFERENCE = 0.03
"""Differences are taken over this many standard deviations: their bias and their rounding are both below 1e-3."""
STEPS = 40
NEAR = 1e-3
"""An end is found where the log-likelihood is this near to its limit and a step would move the parameter by no more
than this many standard deviations. (The step itself may be long, where other parameters move along a flat ridge.)"""
STUCK = 1e-6
FAR = 30.0
"""An end not found within so many standard deviations, or where steps become too small, is open."""


def profile_intervals(
    loglik_batch: Callable[[Array], Array],
    parameters: UnconstrainedParameters,
    *,
    maximum: Array,
    covariance: Array,
    level: float,
) -> tuple[Array, Array]:
    """Low and high end of each parameter, of positive ones in logs, (k,) and (k,); infinite where open.

    `loglik_batch` takes points theta (S, k) to log-likelihoods (S,); `covariance` (k, k) is the inverse of minus the
    Hessian at the `maximum` (k,).

    The logarithm of a Poisson mean with 16 events in 4 periods:

    >>> from kundkarriar.numerics.optimize.parameter_blocks import CoefficientParameters
    >>> alone = UnconstrainedParameters(blocks=(CoefficientParameters(names=("log_mean",)),))
    >>> at = {"maximum": np.log([4.0]), "covariance": np.eye(1) / 16}
    >>> ends = profile_intervals(lambda y: 16 * y[:, 0] - 4 * np.exp(y[:, 0]), alone, **at, level=0.95)
    >>> np.exp(ends).round(2).ravel()
    array([2.35, 6.29])
    """
    k = len(maximum)
    which, sign = np.tile(np.arange(k), 2), np.repeat([-1.0, 1.0], k)
    unit = np.asarray(np.linalg.cholesky(covariance), dtype=np.float64)
    limit = float(loglik_batch(maximum[None])[0]) - 0.5 * float(ndtri(0.5 + level / 2)) ** 2
    away = np.zeros((2 * k, k))
    converged, active = np.zeros(2 * k, dtype=bool), np.ones(2 * k, dtype=bool)
    for _ in range(STEPS):
        at = np.flatnonzero(active)
        theta = maximum + away[at] @ unit.T
        value, gradient, hessian = _derivatives(loglik_batch, theta, unit)
        towards = sign[at, None] * (parameters.log_jacobian(theta)[np.arange(len(at)), which[at]] @ unit)
        step = _step(value - limit, gradient, hessian, towards=towards)
        raised = np.abs((towards * step).sum(axis=1)) / np.sqrt((towards**2).sum(axis=1))
        converged[at] = (np.abs(value - limit) < NEAR) & (raised < NEAR)
        new = np.clip(theta + step @ unit.T, parameters.low, parameters.high) - maximum
        moved = np.linalg.solve(unit, new.T).T - away[at]
        away[at] += moved
        active[at] = ~converged[at] & (np.abs(moved).max(axis=1) > STUCK) & (np.abs(away[at]).max(axis=1) < FAR)
        if not active.any():
            break
    theta = np.where(converged[:, None], maximum + away @ unit.T, maximum)
    ends = np.where(converged, parameters.log_natural(theta)[np.arange(2 * k), which], sign * np.inf)
    return ends[:k], ends[k:]


def _step(over: Array, gradient: Array, hessian: Array, *, towards: Array) -> Array:
    """Steps to the maximum of the parameter where the quadratic approximation is at the limit, (E, k).

    Of a log-likelihood `over` (E,) its limit, with its gradient (E, k) and Hessian (E, k, k); `towards` (E, k) is the
    gradient of the parameter.
    """
    eigenvalues, eigenvectors = np.linalg.eigh(-hessian)
    inverse = 1 / np.maximum(eigenvalues, 0.05)

    def solved(right: Array) -> Array:
        turned = np.einsum("eji,ej->ei", eigenvectors, right) * inverse
        return np.asarray(np.einsum("eij,ej->ei", eigenvectors, turned))

    uphill, ahead = solved(gradient), solved(towards)
    room = np.maximum(2 * over + (gradient * uphill).sum(axis=1), 0.0)
    step = uphill + np.sqrt(room / (towards * ahead).sum(axis=1))[:, None] * ahead
    length = np.sqrt((step**2).sum(axis=1))
    return np.asarray(step * np.minimum(1.0, 2.0 / np.maximum(length, 1e-300))[:, None])


def _derivatives(loglik_batch: Callable[[Array], Array], theta: Array, unit: Array) -> tuple[Array, Array, Array]:
    """Value (E,), gradient (E, k) and Hessian (E, k, k) at `theta` by differences, in the columns of `unit`."""
    k = theta.shape[1]
    one = DIFFERENCE * np.eye(k)
    pairs = [(i, j) for i in range(k) for j in range(i)]
    both = np.array([one[i] + one[j] for i, j in pairs]).reshape(-1, k)
    stencil = np.concatenate([np.zeros((1, k)), one, -one, both, -both]) @ unit.T
    around = loglik_batch((theta[:, None] + stencil).reshape(-1, k)).reshape(len(theta), -1)
    value, rest = around[:, 0], around[:, 1:]
    ahead, behind = rest[:, :k], rest[:, k : 2 * k]
    forth, back = rest[:, 2 * k : 2 * k + len(pairs)], rest[:, 2 * k + len(pairs) :]
    hessian = np.zeros((len(theta), k, k))
    for i in range(k):
        hessian[:, i, i] = (ahead[:, i] + behind[:, i] - 2 * value) / DIFFERENCE**2
    for at, (i, j) in enumerate(pairs):
        sides = ahead[:, i] + behind[:, i] + ahead[:, j] + behind[:, j] - 2 * value
        hessian[:, i, j] = hessian[:, j, i] = (forth[:, at] + back[:, at] - sides) / (2 * DIFFERENCE**2)
    return value, (ahead - behind) / (2 * DIFFERENCE), hessian
