"""When two amounts are one: they differ by no more than the rounding of what they were added up from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TIE = 1e-12
"""Amounts that differ by no more than this share of what they were added up from are the same amount.

A double keeps 16 digits. A sum of a thousand of them, carried through a model or multiplied by a rate, keeps 13 or
more, so that equal customers stay within one part in 10**12. And not more: among a million different customers,
neighbours in value are often nearer than one part in 10**9, and hardly ever nearer than this.
"""


def alike(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """`values` with ties made equal, (n,): each is the largest of those that it ties with. NaN stays.

    Neighbours in the order of size tie where they differ by no more than `TIE` of the larger.

    >>> alike(np.array([0.1 + 0.2, 0.3, 7.0])) == alike(np.array([0.3, 0.1 + 0.2, 7.0]))
    array([ True,  True,  True])
    """
    different, place = np.unique(-values, return_inverse=True)
    apart = different[1:] - different[:-1] > TIE * np.maximum(np.abs(different[1:]), np.abs(different[:-1]))
    if apart.all():
        return values
    leads = np.concatenate([[True], apart | np.isnan(different[1:])])
    leader: NDArray[np.float64] = -different[np.flatnonzero(leads)][np.cumsum(leads) - 1]
    return leader[place]


def ranks_from_the_top(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 + how many are larger, (n,); ties share a rank.

    >>> ranks_from_the_top(np.array([0.3, 5.0, 0.1 + 0.2, 0.0]))
    array([2., 1., 2., 4.])
    """
    _, place, count = np.unique(-alike(values), return_inverse=True, return_counts=True)
    larger = np.cumsum(count) - count
    return (larger[place] + 1).astype(np.float64)
