"""The likelihood of regular buying, summed over a customer base counted once: with slopes, or at many points."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import frozen

from kundkarriar.numerics.poisson_beta import nbd
from kundkarriar.numerics.poisson_beta.statistics import PurchaseTable, tabulate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

AT_ONCE = 2_000_000
"""Numbers held at once while many points are tried."""


@frozen(kw_only=True, eq=False)
class RegularTable:
    """A customer base as counts of stages; times are divided by a scale.

    Attributes:
        k: stages of a gap.
        counts: the base with every purchase counted as k stages.
        stages, t_x, T, chances, weights: every different row, (n,).
    """

    k: int
    counts: PurchaseTable
    stages: Array
    t_x: Array
    T: Array
    chances: NDArray[np.int64]
    weights: Array

    @classmethod
    def of(
        cls, *, x: Array, t_x: Array, T: Array, weights: Array, chances: Array, k: int, scale: float
    ) -> RegularTable:
        """Count a customer base; see `tabulate` for the arguments."""
        counts = tabulate(x=k * x, t_x=t_x, T=T, weights=weights, chances=chances, scale=scale)
        whole = chances.astype(np.int64)
        return cls(k=k, counts=counts, stages=k * x, t_x=t_x / scale, T=T / scale, chances=whole, weights=weights)


def total(table: RegularTable, *, r: float, alpha: float, a: float, b: float) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers less the gap term, its gradient (4,) and Hessian (4, 4), in (r, alpha, a, b)."""
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    value, gradient[:2], hessian[:2, :2] = nbd.total(table.counts, r=r, alpha=alpha)
    risks = table.counts.risks
    j = np.arange(len(risks))
    over_b, over_k = 1 / (b + j), 1 / (a + b + j)
    value += risks @ (np.log(b + j) - np.log(a + b + j))
    gradient[2:] += (-(risks @ over_k), risks @ (over_b - over_k))
    hessian[2:, 2:] += risks @ over_k**2
    hessian[3, 3] -= risks @ over_b**2
    state = _state_total(table, r=r, alpha=alpha, a=a, b=b)
    return float(value + state[0]), gradient + state[1], hessian + state[2]


def stayed_total(table: RegularTable, *, r: float, alpha: float) -> tuple[float, Array, Array]:
    """The same where nobody leaves, in (r, alpha)."""
    value, gradient, hessian = nbd.total(table.counts, r=r, alpha=alpha)
    alive, slopes, bends = _alive_weight(table, r=r, alpha=alpha)

    def over(each: Array) -> float:
        return float(np.sum(table.weights * each))

    value += over(alive)
    gradient += [over(slope) for slope in slopes]
    both, cross, late = (over(bend) for bend in bends)
    return float(value), gradient, hessian + np.array([[both, cross], [cross, late]])


def heights(table: RegularTable, *, r: Array, alpha: Array, a: Array, b: Array) -> Array:
    """Log-likelihood of all customers without the gap term, at many parameters, (S,); a = 0: nobody leaves."""
    many = max(1, AT_ONCE // (len(table.stages) + len(table.counts.buyers) + len(table.counts.risks)))
    points = [np.asarray(given, dtype=float)[:, None] for given in (r, alpha, a, b)]
    blocks = [_heights(table, *(given[start : start + many] for given in points)) for start in range(0, len(r), many)]
    return np.concatenate(blocks) if blocks else np.empty(0)


def _heights(table: RegularTable, r: Array, alpha: Array, a: Array, b: Array) -> Array:
    counts = table.counts
    rising = np.log(r + np.arange(len(counts.buyers))) @ counts.buyers
    aged = np.log(alpha + counts.ages) @ counts.age_x + (r * np.log1p(counts.ages / alpha)) @ counts.age_n
    j = np.arange(len(counts.risks))
    stayed = -np.log1p(a / (b + j)) @ counts.risks
    s = r + table.stages
    late = 1 / (alpha + table.T)
    step = (table.T - table.t_x) * late
    weight = np.ones_like(s)
    for stage in range(table.k - 1, 0, -1):
        weight *= s + (stage - 1)
        weight *= step / stage
        weight += 1.0
    some = table.chances > 0
    with np.errstate(divide="ignore"):  # a = 0: nobody leaves
        odds = np.where(some, np.log(a / (b + np.maximum(table.chances - 1.0, 0.0))), -np.inf)
    odds = odds + s * np.log1p((table.T - table.t_x) / (alpha + table.t_x))
    small = np.exp(-np.abs(odds))
    state = np.maximum(odds, 0.0) + np.log(np.where(odds > 0, 1.0 + weight * small, weight + small))
    return np.asarray(rising - aged + stayed + state @ table.weights)


def _state_total(table: RegularTable, *, r: float, alpha: float, a: float, b: float) -> tuple[float, Array, Array]:
    """Sum of ln(W + odds of having left) over the rows, with its derivatives in (r, alpha, a, b).

    With q the share of `odds`, slopes mix as (1 - q) those of ln W + q those of ln odds, and curvatures likewise, with
    q (1 - q) times the square of their difference besides.
    """
    last = np.maximum(table.chances - 1.0, 0.0)
    s, closer = r + table.stages, 1 / (alpha + table.T) - 1 / (alpha + table.t_x)
    silence = np.log1p((table.T - table.t_x) / (alpha + table.t_x))
    alive, towards, bends = _alive_weight(table, r=r, alpha=alpha)
    odds = np.where(table.chances > 0, np.log(a) - np.log(b + last) + s * silence, -np.inf)
    value = np.logaddexp(alive, odds)
    left = table.weights * np.exp(odds - value)
    stayed = table.weights * np.exp(alive - value)
    mixed = left * np.exp(alive - value)
    both = stayed + left
    slopes_left = (silence, s * closer, np.full_like(s, 1 / a), -1 / (b + last))
    never = np.zeros_like(s)
    slopes_alive = (*towards, never, never)
    apart = [there - here for there, here in zip(slopes_left, slopes_alive, strict=True)]
    gradient, hessian = np.zeros(4), np.zeros((4, 4))
    for i in range(4):
        gradient[i] = np.sum(left * slopes_left[i]) + np.sum(stayed * slopes_alive[i])
        for j in range(i, 4):
            hessian[i, j] = hessian[j, i] = np.sum(mixed * apart[i] * apart[j])
    hessian[0, 0] += np.sum(stayed * bends[0])
    hessian[1, 1] += np.sum(stayed * bends[2] + left * s * closer * -(1 / (alpha + table.T) + 1 / (alpha + table.t_x)))
    cross = np.sum(stayed * bends[1] + left * closer)
    hessian[0, 1] += cross
    hessian[1, 0] += cross
    hessian[2, 2] -= np.sum(left) / a**2
    hessian[3, 3] += np.sum(left / (b + last) ** 2)
    return float(np.sum(both * value)), gradient, hessian


def _alive_weight(
    table: RegularTable, *, r: float, alpha: float
) -> tuple[Array, tuple[Array, Array], tuple[Array, Array, Array]]:
    """The weight ln W of each row, its slopes in (r, alpha), and its curvatures (r r, r alpha, alpha alpha).

    They are moments, over the stages done j with weights (s)_j u^j / j!, of j and of the sums h of 1 / (s + i), i < j.
    """
    s, late = r + table.stages, 1 / (alpha + table.T)
    step = (table.T - table.t_x) * late
    term, whole = np.ones_like(s), np.ones_like(s)
    h, g = np.zeros_like(s), np.zeros_like(s)
    moments = np.zeros((5, len(s)))
    for j in range(1, table.k):
        stage = s + (j - 1)
        term = term * (stage * step / j)
        h = h + 1 / stage
        g = g + 1 / stage**2
        whole = whole + term
        moments += term * np.stack([h, np.full_like(s, j), h * h - g, j * h, np.full_like(s, j * (j + 1))])
    mean_h, mean_j, bent_h, crossed, bent_j = moments / whole
    slopes = (mean_h, -late * mean_j)
    bends = (bent_h - mean_h**2, -late * (crossed - mean_j * mean_h), late**2 * (bent_j - mean_j**2))
    return np.log(whole), slopes, bends
