"""Equality of amounts of money up to rounding, and ranks with ties."""

import numpy as np

from kundkarriar.arrays import Array

TIE_TOLERANCE = 1e-12
"""Largest relative difference of equal amounts, as a share of the amounts that they were added up from.

A double has 16 digits. A sum of a thousand of them, carried through a model or multiplied by a rate, has 13 or more, so
equal customers are within one part in 10**12. A larger tolerance would merge different ones: among a million customers,
neighbours in value are often nearer than one part in 10**9, and hardly ever nearer than this.
"""


def merge_ties(values: Array) -> Array:
    """`values` with each replaced by the largest value that it ties with, (n,). NaN stays.

    Neighbours in the order of size tie where they differ by no more than `TIE_TOLERANCE` of the larger.

    >>> merge_ties(np.array([0.1 + 0.2, 0.3, 7.0])) == merge_ties(np.array([0.3, 0.1 + 0.2, 7.0]))
    array([ True,  True,  True])
    """
    different, place = np.unique(-values, return_inverse=True)
    apart = different[1:] - different[:-1] > TIE_TOLERANCE * np.maximum(np.abs(different[1:]), np.abs(different[:-1]))
    if apart.all():
        return values
    leads = np.concatenate([[True], apart | np.isnan(different[1:])])
    leader: Array = -different[np.flatnonzero(leads)][np.cumsum(leads) - 1]
    return leader[place]


def ranks_from_the_top(values: Array) -> Array:
    """Ranks in descending order, (n,): 1 + the number of larger values; ties share a rank.

    >>> ranks_from_the_top(np.array([0.3, 5.0, 0.1 + 0.2, 0.0]))
    array([2., 1., 2., 4.])
    """
    _, place, count = np.unique(-merge_ties(values), return_inverse=True, return_counts=True)
    larger = np.cumsum(count) - count
    return (larger[place] + 1).astype(np.float64)
