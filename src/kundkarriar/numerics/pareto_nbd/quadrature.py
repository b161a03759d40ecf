"""Quadrature over the dropout time of Pareto/NBD and GGompertz/NBD.

Every integral over a lifetime here is that of (alpha + t)^-p and (beta + u(t))^-s, u being Gompertz time. All their
singularities in u lie on the negative real axis. In y = ln(m + u), m being the nearest of them, the integrands are
smooth in a strip of half-width pi, and Gauss-Legendre quadrature in y converges fast, whatever the size of p and s. All
terms are positive, so nothing cancels. The range is cut off where the integrand has fallen by exp(-45).

With ageing the range in y may be thousands long. The integrand varies on the scale of 1 only up to y_near, where u has
passed every singularity; beyond, the nodes lie in the logarithm of y - y_near.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.pareto_nbd.gompertz_time import has_ageing, inverse_log_growth, log_growth, offset_at
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit

LOG_NEGLIGIBLE = 45.0
"""An integrand that has fallen by exp(-45) is negligible."""
MARGIN = 15.0
"""Further log fall of the purchase rate at which an integral with ageing is cut off: meanwhile the dropout rate has
grown by less, so the rest is still negligible."""

LIKELIHOOD_NODES, AGEING_LIKELIHOOD_NODES = 32, 48
"""Nodes of an integral of the likelihood: the relative error of the odds is below 1e-11 against 40-digit values
(tests/oracles)."""
DERIVATIVE_NODES, AGEING_DERIVATIVE_NODES = 24, 48
"""Nodes of the totals with derivatives: the relative error is below 1e-10 for parameters that any customers suggest.
The second number is for dropout rates that grow by more than exp(2) up to the oldest age."""
EXPECTATION_NODES, LIFELONG_NODES, SIMULATION_NODES = 40, 64, 32

LONG = 12.0
"""The longest panel in y: where s or p is large, the integrand ends within 1 or so of y. Beyond y_near it may end
as suddenly in the logarithm, where half of this is the longest."""


@frozen(kw_only=True, eq=False)
class Node:
    """One quadrature node for each row; all arrays have the shape of the rows.

    Attributes:
        t: time.
        dt: quadrature weight in time.
        log_alpha_ratio: ln((alpha + t) / (alpha + start)).
        log_beta_ratio: ln((beta + u(t)) / (beta + u(start))).
        hazard: d log_beta_ratio / dt, times the weight; s times it is the dropout hazard times the weight.
    """

    t: Array
    dt: Array
    log_alpha_ratio: Array
    log_beta_ratio: Array
    hazard: Array

    def survival(self, p: Any, s: Any) -> Array:
        """Integrand of the powers p and s, relative to its value at the start."""
        return np.asarray(np.exp(-p * self.log_alpha_ratio - s * self.log_beta_ratio))


def nodes(*, start: Any, end: Any, p: Any, alpha: Any, s: Any, beta: Any, b: Any, count: int) -> Iterator[Node]:
    """Quadrature nodes between `start` and `end`, `count` in a panel; everything may be arrays that broadcast.

    `end` may be infinite where the integrand falls fast enough. p and s are the powers of 1 / (alpha + t) and
    1 / (beta + u(t)) in the integrand, both >= 0: p = 0 and an infinite alpha where there are no purchases in it,
    s = 0 where it need not fall.

    >>> given = {"start": 0.0, "end": np.inf, "p": 1.5, "alpha": 4.0, "s": 0.5, "beta": 9.0, "b": 0.0, "count": 24}
    >>> float(sum(0.5 * node.hazard * node.survival(1.5, 0.5) for node in nodes(**given)).round(9))
    0.16
    """
    start, end, p, alpha, s, beta = (np.asarray(given, dtype=np.float64) for given in (start, end, p, alpha, s, beta))
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        nearest = -np.expm1(-b * alpha) / b if has_ageing(b) else alpha
        m = np.minimum(nearest, beta)
        elapsed = np.fmin(end - start, _cutoff(start=start, p=p, alpha=alpha, s=s, beta=beta, b=b))
        reach = log_growth(elapsed, since=start, c=m, b=b)
        if not has_ageing(b):  # beyond both scales it falls as a power of time
            apart = np.log((alpha + start) / (m + start)) + np.log((beta + start) / (m + start))
            reach = np.fmin(reach, apart + LOG_NEGLIGIBLE / (p + s))
        m_now, beta_now = (offset_at(start, c=c, b=b) for c in (m, beta))
        apart = (beta - m) * np.exp(-b * start) / m_now
    for y, dy in _nodes_in_y(reach, beta=beta, b=b, m=m, count=count):
        elapsed, derivative = inverse_log_growth(y, since=0.0, m=m_now, b=b)
        yield Node(
            t=start + elapsed,
            dt=derivative * dy,
            log_alpha_ratio=np.log1p(elapsed / (alpha + start)),
            log_beta_ratio=log_growth(elapsed, since=0.0, c=beta_now, b=b),
            hazard=dy / (1.0 + apart * np.exp(-y)),  # (m + u) / (beta + u), the derivative of ln(beta + u) in y
        )


def _cutoff(*, start: Any, p: Any, alpha: Any, s: Any, beta: Any, b: Any) -> Array:
    """Time that elapses until the integrand has fallen by exp(-45); infinite where it never does."""
    by_dropout, _ = inverse_log_growth(LOG_NEGLIGIBLE / s, since=start, m=beta, b=b)
    # the integral of t^-1 is as large over every unit of ln t, so only p - 1 powers count
    by_purchase = (alpha + start) * np.expm1((LOG_NEGLIGIBLE + MARGIN) / np.maximum(p - 1.0, 0.0))
    if has_ageing(b):
        by_purchase = np.where(b * by_purchase < MARGIN - 5.0, by_purchase, np.inf)
    return np.fmin(by_dropout, np.where(np.isnan(by_purchase), np.inf, by_purchase))


def _nodes_in_y(reach: Array, *, beta: Any, b: Any, m: Any, count: int) -> Iterator[tuple[Array, Array]]:
    """Nodes in y and their weights: up to y_near, and beyond it in logarithms."""
    near = reach
    if has_ageing(b):
        near = np.minimum(reach, np.log(np.maximum(beta, 1.0 / b) / m + 1.0) + 2.0)
    yield from _panel_nodes(near, count=count, longest=LONG)
    if not has_ageing(b):
        return
    beyond = np.log1p(reach - near)
    if np.any(beyond > 0):
        for log_y, weight in _panel_nodes(beyond, count=count, longest=0.5 * LONG):
            yield near + np.expm1(log_y), weight * np.exp(log_y)


def _panel_nodes(length: Array, *, count: int, longest: float) -> Iterator[tuple[Array, Array]]:
    """Gauss-Legendre nodes from 0 to `length` and their weights, in equal panels of at most `longest`."""
    points, weights = gauss_legendre_unit(count)
    panels = max(int(np.ceil(np.max(length, initial=0.0) / longest)), 1)
    for panel in range(panels):
        for point, weight in zip(points, weights, strict=True):
            yield length * ((panel + point) / panels), length * (weight / panels)
