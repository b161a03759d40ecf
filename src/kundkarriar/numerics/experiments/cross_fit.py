"""The best single action, the policy of shrunken effects, and the cross-fitted value of differing.

On the rows that chose it a policy looks better than it is: each group's best estimate is chosen for its error too. So a
policy is learnt on all folds but one and valued on that one, and the mean over folds is what learning such a policy
brings. One question is asked of the whole plan: is it worth more than the best single action?

Roads not taken: a test in each group makes false plans in 25 to 42 % of experiments whose arms are shuffled, and never
finds anything if it is made strict enough (Bonferroni); the policy of group means, shrunken or not, loses to the best
single action in most halves of a real randomised mailing.
"""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.pooled_effects import pooled_effects

SURE = 2.0
"""The t above which customers are treated differently."""
REACHED = 0.4
"""Quantile over the repeats of the t that is held against `SURE`: three repeats in five reach it. By the median plans
are claimed more often where there are none, and planted differences are found as often."""


class Differing(NamedTuple):
    """What treating groups differently is worth beside the best single action, a customer, cross-fitted.

    Attributes:
        t: value by its standard error that three in five of the repeats reach; 0 where no fold would differ.
        value: median over the repeats of the value.
        error: its standard error, with the scatter between repeats.
    """

    t: float
    value: float
    error: float


def best_single(sums: ArmSums) -> Whole:
    """The arm with the largest mean over all groups, (...), of sums (..., C, A); the first of equals."""
    mean = sums.over_groups().mean
    return np.asarray(np.where(np.isnan(mean), -np.inf, mean).argmax(axis=-1))


def pooled_means(sums: ArmSums) -> Array:
    """The mean of each arm in each group, pulled towards the arm's mean of all groups, (..., C, A)."""
    error = np.sqrt(sums.pooled_variance)
    pooled = pooled_effects(estimate=np.swapaxes(sums.mean, -1, -2), error=np.swapaxes(error, -1, -2))
    return np.swapaxes(pooled.mean, -1, -2)


def gains(sums: ArmSums, *, single: Whole) -> Array:
    """What each arm adds to the arm `single`, (...), in each group, (..., C, A): pooled differences of means.

    An arm that no row of a group got is not to be chosen there: -inf.
    """
    at = np.broadcast_to(single[..., None, None], (*sums.rows.shape[:-1], 1))
    mean, variance = sums.mean, sums.pooled_variance
    estimate = mean - np.take_along_axis(mean, at, -1)
    error = np.sqrt(variance + np.take_along_axis(variance, at, -1))
    pooled = pooled_effects(estimate=np.swapaxes(estimate, -1, -2), error=np.swapaxes(error, -1, -2))
    gain = np.where(sums.rows > 0, np.swapaxes(pooled.mean, -1, -2), -np.inf)
    np.put_along_axis(gain, at, 0.0, -1)
    return gain


def shrunken_policy(gain: Array, *, single: Whole) -> Whole:
    """The arm of each group, (..., C), by `gains`: the single one unless another is expected to add something."""
    return np.asarray(np.where(gain.max(axis=-1) > 0, gain.argmax(axis=-1), single[..., None]))


def value_of_differing(sums: ArmSums) -> Differing:
    """The cross-fitted value of the shrunken policy beside the best single action, of sums by fold, (R, K, C, A).

    Both are learnt on the rows outside each fold. On the fold the difference is estimated doubly robustly: by the
    means of the other folds, corrected by the weighted residuals of the rows that got the arm.

    The standard error is that of the influence function, or the larger one that holds if both arms scatter alike in
    each group. Spend of a thin arm shows its scatter badly: without a large amount among its rows it is low, and looks
    sure. Of arms of equal chances both errors are the same.

    >>> from kundkarriar.numerics.experiments.arm_sums import fold_sums
    >>> rng, n = np.random.default_rng(1), 4_000
    >>> arm, group = rng.integers(0, 2, n), rng.integers(0, 2, n)
    >>> outcome = rng.normal(np.where(group == 1, 1.0, -1.0) * arm, 3.0)  # the arm helps one group and harms the other
    >>> sums = fold_sums(outcome=outcome, arm=arm, group=group, weight=np.full(n, 2.0), arms=2, groups=2)
    >>> value_of_differing(sums).t > SURE, round(value_of_differing(sums).value, 2)
    (True, 0.44)
    """
    rest = sums.rest
    single = best_single(rest)
    policy = shrunken_policy(gains(rest, single=single), single=single)
    other = np.broadcast_to(single[..., None], policy.shape)
    model = pooled_means(rest)
    total, square = difference_terms(sums, model=model, way=policy, other=other)
    unseen = _unseen_squares(sums, model=model, way=policy, other=other)
    n = sums.rows[0].sum()
    value = total.sum(axis=1) / n
    error = np.sqrt(np.maximum(square.sum(axis=1) + unseen - n * value**2, 0.0)) / n
    t = np.divide(value, error, out=np.zeros_like(value), where=error > 0)
    middle = float(np.median(value))
    spread = float(np.sqrt(np.median(error**2 + (value - middle) ** 2)))
    return Differing(float(np.quantile(t, REACHED)), middle, spread)


def _unseen_squares(sums: ArmSums, *, model: Array, way: Whole, other: Whole) -> Array:
    """What both arms' squared residuals lack of those that rows of one scatter would have, at least 0, (R,)."""
    differ = way != other
    own, ww, of_rows, n = np.zeros((4, *way.shape[:1], way.shape[-1]))
    for each in (way, other):
        q = np.where(differ, _residuals(sums, model=model, way=each)[2], 0.0)
        rows, squares = (np.where(differ, _of_way(values, each), 0.0) for values in (sums.rows, sums.ww))
        own, ww, n = own + q.sum(axis=1), ww + squares.sum(axis=1), n + rows.sum(axis=1)
        of_rows = of_rows + (rows * np.divide(q, squares, out=np.zeros_like(q), where=squares > 0)).sum(axis=1)
    alike = ww * np.divide(of_rows, n, out=np.zeros_like(n), where=n > 0)
    return np.asarray(np.maximum(alike - own, 0.0).sum(axis=-1))


def doubly_robust_terms(sums: ArmSums, *, model: Array, way: Whole) -> tuple[Array, Array]:
    """Sums over groups of the doubly robust terms of a way, (..., C), and of their squares, (...).

    The term of a row in group c is m(way) + w (y - m(way)) if it got the arm of the way there, else m(way). The model m
    is (..., C, A).
    """
    n = sums.rows.sum(axis=-1)
    m, r, q = _residuals(sums, model=model, way=way)
    return (n * m + r).sum(axis=-1), (n * m**2 + 2.0 * m * r + q).sum(axis=-1)


def difference_terms(sums: ArmSums, *, model: Array, way: Whole, other: Whole) -> tuple[Array, Array]:
    """As `doubly_robust_terms`, of the difference between two ways: 0 where both are the same arm."""
    differ = way != other
    n = sums.rows.sum(axis=-1)
    m, r, q = zip(*(_residuals(sums, model=model, way=each) for each in (way, other)), strict=True)
    gap, r_gap = m[0] - m[1], r[0] - r[1]
    total = np.where(differ, n * gap + r_gap, 0.0)
    square = np.where(differ, n * gap**2 + 2.0 * gap * r_gap + q[0] + q[1], 0.0)
    return total.sum(axis=-1), square.sum(axis=-1)


def _residuals(sums: ArmSums, *, model: Array, way: Whole) -> tuple[Array, Array, Array]:
    """The model of each group's arm, and the sums of w (y - model) and of its square, (..., C) each."""
    m = _of_way(model, way)
    w, wy, ww, wwy, wwyy = (_of_way(values, way) for values in sums[1:])
    return m, wy - m * w, wwyy - 2.0 * m * wwy + m**2 * ww


def _of_way(values: Array, way: Whole) -> Array:
    """The values (..., C, A) of each group's arm, (..., C)."""
    each = np.broadcast_to(values, (*way.shape, values.shape[-1]))
    return np.asarray(np.take_along_axis(each, way[..., None], -1)[..., 0])
