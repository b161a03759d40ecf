"""What ways of treating customers are worth, estimated from an experiment in which arms were drawn at random.

A way says which arm each group gets. Only rows that happened to get the arm of the way tell its value, each for 1 / e
others, where e is the chance of the arm it got.

* Inverse propensity: the weighted mean of these rows (Hajek 1971), sum 1(a = way) y / e over sum 1(a = way) / e.
* Doubly robust: mean of m(way) + 1(a = way) (y - m(way)) / e, where the model m is learnt on other rows (Robins,
  Rotnitzky & Zhao 1994, JASA 89; cross-fitted: Chernozhukov et al. 2018, Econometrics Journal 21). It is right if
  either the chances or the model are.

Errors are those of the influence functions. Spend is skewed, and a mean of few large amounts is skewed still: normal
intervals of the value miss a higher truth four times as often as a lower one. Hall's transformation of the studentised
mean (1992, JRSS B 54, section 2, the cubic one) takes that off. Differences between ways are nearly symmetric and have
normal intervals, to which the transformation does harm, as its estimated skewness is then noise.

Of an arm that few customers got, with few outcomes other than 0, large amounts are mostly missing: its mean is low and
its error small, and 90 % intervals hold the truth in 74 to 86 %. There the scatter of the arm is taken for that of all
arms in the group where that is larger, as far as its outcomes are few. Weights are not clipped: that would bias the
value.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import ndtri

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.cross_fit import difference_terms, doubly_robust_terms, pooled_means

UNTOLD = 0.05
"""Share of the rows in groups in which nobody got the arm of a way, above which its value is not estimated."""
LENT_OUTCOMES = 10.0
"""Outcomes for which the scatter of a group's other arms counts beside an arm's own."""


class Estimate(NamedTuple):
    """An estimate of money per customer, with its standard error; (M,) each for M ways.

    Attributes:
        value: the estimate.
        error: its standard error.
        skew: its skewness, the third cumulant by the cube of the error; 0 for a normal interval.
    """

    value: Array
    error: Array
    skew: Array

    def bounds(self, level: float) -> tuple[Array, Array]:
        """The ends of the central interval."""
        z = float(ndtri((1 + level) / 2))
        low, high = (self.value - self.error * _untransformed(end, skew=self.skew) for end in (z, -z))
        return low, high


def _untransformed(z: float, *, skew: Array) -> Array:
    """The studentised mean whose transformed value is z (Hall 1992, a = 1/3, b = 1/6)."""
    tiny = np.abs(skew) < 1e-6  # the cube root loses all digits
    by = np.where(tiny, 1.0, skew)
    return np.where(tiny, z, 3.0 * (np.cbrt(1.0 + by * (z - by / 6.0)) - 1.0) / by)


class PolicyValues(NamedTuple):
    """Values of M ways, a customer.

    Attributes:
        doubly_robust: by both the chances of arms and a model of the outcome.
        ipw: by the chances of arms.
        difference: doubly robust difference to the way that others are held against.
        effective: effective number of outcomes other than 0 on which each rests, (M,): (sum w |y|)^2 / sum (w y)^2.
    """

    doubly_robust: Estimate
    ipw: Estimate
    difference: Estimate
    effective: Array


class OutcomeSums(NamedTuple):
    """Sums over rows by group and arm, (C, A) each.

    Attributes:
        absolute: of w |y|.
        squares: of (w y)^2.
    """

    absolute: Array
    squares: Array

    @property
    def effective(self) -> Array:
        """Effective number of outcomes other than 0, as equal as those of equal size would be."""
        none = np.zeros_like(self.squares)
        return np.divide(self.absolute**2, self.squares, out=none, where=self.squares > 0)


def outcome_sums(*, outcome: Array, arm: Whole, group: Whole, weight: Array, arms: int, groups: int) -> OutcomeSums:
    """The sums that tell how few outcomes a mean rests on, of rows as for `fold_sums`.

    >>> row = {"arm": np.zeros(4, dtype=int), "group": np.zeros(4, dtype=int), "weight": np.ones(4)}
    >>> outcome_sums(outcome=np.array([0.0, 0.0, 5.0, 5.0]), **row, arms=1, groups=1).effective.tolist()
    [[2.0]]
    """
    cell, size = group * arms + arm, groups * arms
    amount = np.abs(outcome) * weight
    order = np.lexsort((amount, cell))  # so that the order of rows changes no digit
    amount, cell = amount[order], cell[order]
    absolute, squares = (
        np.asarray(np.bincount(cell, weights=each, minlength=size).reshape(groups, arms), dtype=np.float64)
        for each in (amount, amount**2)
    )
    return OutcomeSums(absolute, squares)


def cubed_residuals(*, outcome: Array, arm: Whole, group: Whole, weight: Array, arms: int, groups: int) -> Array:
    """The sums of (w (y - mean of the arm))^3 by group and arm, (C, A), of rows as for `fold_sums`.

    >>> row = {"arm": np.zeros(4, dtype=int), "group": np.zeros(4, dtype=int), "weight": np.ones(4)}
    >>> cubed_residuals(outcome=np.array([0.0, 0.0, 0.0, 4.0]), **row, arms=1, groups=1).tolist()
    [[24.0]]
    """
    order = np.lexsort((outcome, weight, arm, group))  # so that the order of rows changes no digit
    y, a, c, w = (values[order] for values in (outcome, arm, group, weight))
    of_arm, of_weight = (np.bincount(a, weights=each, minlength=arms) for each in (w * y, w))
    residual = y - np.divide(of_arm, of_weight, out=np.zeros(arms), where=of_weight > 0)[a]
    cubes = np.bincount(c * arms + a, weights=(w * residual) ** 3, minlength=groups * arms)
    return np.asarray(cubes.reshape(groups, arms), dtype=np.float64)


def policy_values(sums: ArmSums, *, cubes: Array, outcomes: OutcomeSums, ways: Whole, against: Whole) -> PolicyValues:
    """Values of ways, and their differences to the way `against`.

    NaN for a way whose arms nobody got in groups of more than 5 % of the rows: elsewhere the model speaks for them.
    Where no row of a way has an outcome other than 0 its errors are NaN: nothing shows the scatter of what it brings.

    Args:
        sums: sums of profit by fold, (R, K, C, A).
        cubes: `cubed_residuals` of the same rows, (C, A).
        outcomes: `outcome_sums` of the same rows.
        ways: the arm of each group in each way, (M, C).
        against: the arm of each group in the way that others are held against, (C,).

    >>> from kundkarriar.numerics.experiments.arm_sums import fold_sums
    >>> arm, group = np.tile([0, 1], 200), np.repeat([0, 1], 200)
    >>> outcome = arm * np.where(group == 1, 3.0, -1.0)  # the arm adds 3 in one group and takes 1 in the other
    >>> rows = {"outcome": outcome, "arm": arm, "group": group, "weight": np.full(400, 2.0), "arms": 2, "groups": 2}
    >>> ways = np.array([[0, 1], [1, 1], [0, 0]])
    >>> told = {"cubes": cubed_residuals(**rows), "outcomes": outcome_sums(**rows)}
    >>> values = policy_values(fold_sums(**rows), **told, ways=ways, against=ways[1])
    >>> values.doubly_robust.value.tolist(), values.difference.value.tolist()
    ([1.5, 1.0, 0.0], [0.5, 0.0, -1.0])
    """
    model = np.nan_to_num(pooled_means(sums.rest))  # NaN where all rows of an arm are in the fold: 0 is a model too
    n = sums.rows[0].sum()
    shape = (len(ways), *sums.rows.shape[:-1])
    way, other = (np.broadcast_to(each[..., None, None, :], shape) for each in (ways, against))
    robust = _estimate(*doubly_robust_terms(sums, model=model, way=way), n=n)
    difference = _estimate(*difference_terms(sums, model=model, way=way, other=other), n=n)
    total = sums.total
    of_way = [np.take_along_axis(each[None], ways[..., None], -1)[..., 0] for each in total]
    untold = np.where(of_way[0] > 0, 0.0, total.rows.sum(axis=-1)).sum(axis=-1)
    told = (untold <= UNTOLD * n) & (of_way[0].sum(axis=-1) > 1)
    w, wy, ww, wwy, wwyy = (each.sum(axis=-1) for each in of_way[1:])
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = wy / w
        error = np.sqrt(np.maximum(wwyy - 2.0 * mean * wwy + mean**2 * ww, 0.0)) / w
    unseen = _unseen_squares(total, effective=outcomes.effective)
    third, of_ways, absolute, squares = (
        np.take_along_axis(each[None], ways[..., None], -1)[..., 0] for each in (cubes, unseen, *outcomes)
    )
    of_other = np.take_along_axis(unseen, against[:, None], -1)[:, 0]
    of_both = np.where(ways != against, of_ways + of_other, 0.0).sum(axis=-1)
    effective = OutcomeSums(absolute.sum(axis=-1), squares.sum(axis=-1)).effective
    shown = np.where(effective > 0, 0.0, np.nan)
    cubed, none = third.sum(axis=-1), np.zeros(len(ways))
    alone = of_ways.sum(axis=-1) + shown
    apart = of_both + np.where((ways != against).any(axis=-1), shown, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        made = (robust, alone / n**2, cubed), ((mean, error), alone / w**2, cubed), (difference, apart / n**2, none)
    by_both, by_chance, apart_by = (
        _where(told, value, np.sqrt(spread**2 + more), cubes=third, n=n) for (value, spread), more, third in made
    )
    return PolicyValues(doubly_robust=by_both, ipw=by_chance, difference=apart_by, effective=effective)


def _unseen_squares(total: ArmSums, *, effective: Array) -> Array:
    """What the squared residuals of each arm lack of those with the scatter of the group, at least 0, (C, A)."""
    mean = np.nan_to_num(total.over_groups().mean)
    squares = total.wwyy - 2.0 * mean * total.wwy + mean**2 * total.ww
    of_row = np.divide(squares, total.ww, out=np.zeros_like(squares), where=total.ww > 0)
    n = total.rows.sum(axis=-1, keepdims=True)
    alike = np.divide((total.rows * of_row).sum(axis=-1, keepdims=True), n, out=np.zeros_like(n), where=n > 0)
    return np.asarray(LENT_OUTCOMES / (effective + LENT_OUTCOMES) * total.ww * np.maximum(alike - of_row, 0.0))


def _estimate(total: Array, square: Array, *, n: float) -> tuple[Array, Array]:
    """The means over repeats of estimates and of their variances, of sums of terms and of their squares, (M, R, K)."""
    value = total.sum(axis=-1) / n
    variance = np.maximum(square.sum(axis=-1) - n * value**2, 0.0) / n**2
    return value.mean(axis=-1), np.sqrt(variance.mean(axis=-1))


def _where(told: Mask, value: Array, error: Array, *, cubes: Array, n: float) -> Estimate:
    """The estimate of the ways that are told by rows; NaN of the others."""
    skew = np.divide(cubes, (n * error) ** 3, out=np.zeros(len(told)), where=told & (error > 0))
    return Estimate(np.where(told, value, np.nan), np.where(told, error, np.nan), skew)
