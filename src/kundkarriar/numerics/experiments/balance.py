"""Whether arms are as alike as chance makes them: their sizes, their shares of groups, what was known before.

Each function gives the probability of arms as different as these, or more, if they were drawn as stated. What is tested
was settled before treatment, so that treatment cannot be the cause of a difference.
"""

import numpy as np
from scipy.special import chdtrc, ndtr

from kundkarriar.arrays import Array, Whole

LEAST_EXPECTED = 5.0
"""Customers expected in a cell from which the chi-square approximation holds; groups with fewer are taken together."""
LEAST_EFFECTIVE = 100.0
"""Effective number of customers, (sum w)^2 / sum w^2, from which a sum of weights is taken for normal."""


def sample_ratio(*, count: Array, share: Array) -> float:
    """Probability that arms intended to have these shares of the customers, (A,), have counts as far from them, (A,).

    Pearson's chi-square with A - 1 degrees of freedom.

    >>> round(sample_ratio(count=np.array([5_200.0, 4_800.0]), share=np.array([0.5, 0.5])), 6)
    6.3e-05
    """
    expected = count.sum() * share / share.sum()
    return float(chdtrc(len(count) - 1, ((count - expected) ** 2 / expected).sum()))


def arms_by_groups(*, count: Array) -> float:
    """Probability that arms whose shares are the same in all groups have counts as different, (C, A).

    Pearson's chi-square of independence. Groups in which fewer than five customers are expected in some arm are taken
    together, as the approximation does not hold for them. 1 of a single group.

    >>> round(arms_by_groups(count=np.array([[60.0, 40.0], [40.0, 60.0]])), 4)
    0.0047
    """
    share = count.sum(axis=0) / count.sum()
    few = count.sum(axis=1) * share.min() < LEAST_EXPECTED
    table = np.vstack([count[~few], count[few].sum(axis=0)]) if few.any() else count
    expected = table.sum(axis=1, keepdims=True) * share
    freedom = (len(table) - 1) * (len(share) - 1)
    return float(chdtrc(freedom, ((table - expected) ** 2 / expected).sum())) if freedom else 1.0


def arms_by_values(*, values: Array, arm: Whole, weight: Array, arms: int) -> float:
    """Probability that arms with the same distribution of a quantity have values as different, (n,).

    The weighted means of the ranks are compared, so that a few giants decide nothing: with equal weights this is the
    test of Kruskal & Wallis (1952), JASA 47, in large samples. The sampling variance of an arm's mean is taken about
    the mean of all, which is known, sum w^2 (r - mean)^2 / (sum w)^2: so an arm without scatter is not taken for one
    without error.

    Args:
        values: a quantity known before treatment, (n,).
        arm: number of the arm of each row, (n,).
        weight: one over the chance of the arm the row got, (n,).
        arms: how many there are, A.

    >>> arm = np.repeat([0, 1], 50)
    >>> round(arms_by_values(values=np.arange(100.0), arm=arm, weight=np.ones(100), arms=2), 12)
    0.0
    >>> arms_by_values(values=np.arange(100.0), arm=np.tile([0, 1, 1, 0], 25), weight=np.ones(100), arms=2)
    1.0
    """
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    rank = (np.cumsum(times) - (times - 1) / 2)[place]
    away = rank - rank.mean()
    w, wr, wwrr = (
        np.bincount(arm, weights=each, minlength=arms) for each in (weight, weight * away, (weight * away) ** 2)
    )
    precision = np.divide(w**2, wwrr, out=np.zeros(arms), where=wwrr > 0)
    if not precision.any():
        return 1.0
    mean = wr / w
    common = (precision * mean).sum() / precision.sum()
    return float(chdtrc(arms - 1, (precision * (mean - common) ** 2).sum()))


def weights_by_groups(*, weight: Array, arm: Whole, group: Whole, arms: int, groups: int) -> float:
    """Probability that customers got the arms as far from their chances, in all groups, if these are right.

    Of two arms the chance of either is known for everyone, so the customers of an arm in each group are compared with
    the sum of its chances. Of more arms only the chance of the arm that a customer got is known: the sum of one over
    the chances of an arm's customers, which estimates the number of all customers, is compared with that. The largest
    standardised difference over arms and groups counts, times the number of comparisons (Bonferroni). Sums of an
    effective number of customers below 100 are not compared, as they are far from normal.

    Args:
        weight: one over the chance of the arm the row got, (n,), at least 1.
        arm: number of the arm of each row, (n,).
        group: number of its group, (n,).
        arms: how many arms there are, A.
        groups: how many groups there are, C.

    >>> half, arm, group = np.full(200, 2.0), np.repeat([0, 1], 100), np.zeros(200, dtype=np.int64)
    >>> weights_by_groups(weight=half, arm=arm, group=group, arms=2, groups=1)
    1.0
    >>> weights_by_groups(weight=1.5 * half, arm=np.minimum(arm, 0), group=group, arms=2, groups=1) < 0.001
    True
    """
    if arms == 2:
        chance = np.where(arm == 1, 1 / weight, 1 - 1 / weight)
        away, variance = (
            np.bincount(group, weights=each, minlength=groups) for each in (arm - chance, chance * (1 - chance))
        )
        told = np.bincount(group, minlength=groups) > 0
    else:
        cell = group * arms + arm
        w, ww = (np.bincount(cell, weights=each, minlength=groups * arms) for each in (weight, weight**2))
        customers = np.repeat(np.bincount(group, minlength=groups), arms)
        away, told = w - customers, (w > 0) & (w**2 >= LEAST_EFFECTIVE * ww)
        # too small a sum has too small a variance: both lack the same customers of small chances
        short = np.divide(customers, w, out=np.ones_like(w), where=w > 0).clip(min=1.0)
        variance = np.maximum(ww - w, 0.0) * short**2
    far = (np.abs(away) > 1e-9 * len(arm)) & told
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(far, np.abs(away) / np.sqrt(variance), 0.0)
    return float(min(1.0, 2.0 * ndtr(-z.max()) * max(np.count_nonzero(told), 1)))
