"""How the shares of categories in a group of customers compare with those of all customers, with intervals."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from scipy.special import ndtri

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.money.exact_sums import by_group
from kundkarriar.numerics.money.exact_sums import total as in_all


@frozen(kw_only=True, eq=False)
class GroupIndex:
    """Shares of C categories in G groups.

    Attributes:
        amount: amounts, (G, C).
        buyers: customers with an amount above 0, (G, C).
        active: customers with an amount in any category, (G,).
        share: share of the category in the group's amounts, (G, C); NaN of a group without any.
        share_all: the same of all customers, (C,).
        index: share over share_all, (G, C).
        low, high: central interval of the index, (G, C).
    """

    amount: Array
    buyers: Whole
    active: Whole
    share: Array
    share_all: Array
    index: Array
    low: Array
    high: Array


def group_index(
    *, group: Whole, groups: int, customer: Whole, category: Whole, amount: Array, categories: int, level: float
) -> GroupIndex:
    """The index of each group and category, whose interval counts customers as the independent units.

    The logarithm of the index is linearised in the customers, who are in the group and among all: with amounts a of a
    customer in the category and t in all categories, the group's contribution is (a - share t) / sum of a, less the
    same of all. The variance is the sum of squares, times n / (n - 1) of the group's n customers with an amount. Where
    nobody in the group has the category, the index is 0, and its upper limit is that of the share of a binomial with n
    trials and no success.

    Args:
        group: the group of each customer, (n,), below `groups`.
        groups: their number.
        customer: position of the customer of each amount, (m,).
        category: the category of each amount, (m,), below `categories`; a customer has each category once.
        amount: at least 0, (m,).
        categories: their number.
        level: of the interval, between 0 and 1.

    Source: variance of a ratio by linearisation, Cochran (1977), Sampling Techniques, eq. 6.13.
    """
    n, order = len(group), np.argsort(group, kind="stable")
    place = np.empty(n, dtype=np.int64)
    place[order] = np.arange(n)
    group, customer = group[order], place[customer]
    total = by_group(amount, customer, size=n)
    of_group = by_group(total, group, size=groups)
    active = np.bincount(group[total > 0], minlength=groups)
    shape = (groups, categories)
    sums, buyers = np.zeros(shape), np.zeros(shape, dtype=np.int64)
    spread = np.zeros(shape)
    everything = in_all(total)
    share = np.full(shape, np.nan)
    for c in range(categories):
        at = category == c
        own = np.zeros(n)
        own[customer[at]] = amount[at]
        sums[:, c] = by_group(own, group, size=groups)
        buyers[:, c] = np.bincount(group[own > 0], minlength=groups)
        np.divide(sums[:, c], of_group, out=share[:, c], where=of_group > 0)
        if not sums[:, c].any():
            continue
        of_all = (own - in_all(own) / everything * total) / in_all(own)
        some = sums[:, c] > 0
        per = np.divide(1.0, sums[:, c], out=np.zeros(groups), where=some)
        of_own = (own - np.nan_to_num(share[:, c])[group] * total) * per[group]
        outside = in_all(of_all**2) - by_group(of_all**2, group, size=groups)
        spread[:, c] = by_group((of_own - of_all) ** 2, group, size=groups) + np.maximum(outside, 0.0)
    share_all = (
        np.array([in_all(column) for column in sums.T]) / everything if everything > 0 else np.full(categories, np.nan)
    )
    n_active = active[:, None]
    more = np.where(n_active > 1, n_active / np.maximum(n_active - 1, 1), np.inf)
    half = ndtri((1 + level) / 2) * np.sqrt(np.multiply(spread, more, out=np.zeros(shape), where=spread > 0))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        index = share / share_all
        low, high = index * np.exp(-half), index * np.exp(half)
        none = 1.0 - ((1 - level) / 2) ** (1.0 / np.maximum(n_active, 1))
        high = np.where((sums == 0) & (n_active > 0), none / share_all, high)
    return GroupIndex(
        amount=sums, buyers=buyers, active=active, share=share, share_all=share_all, index=index, low=low, high=high
    )
