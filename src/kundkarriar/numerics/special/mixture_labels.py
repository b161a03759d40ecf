"""Labels of ordered classes from their probabilities, as many of each as the probabilities expect."""

from math import fsum

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole

DIGITS = 12
"""Probabilities that differ in later decimals are equal."""


def expected_size_labels(p: Array, counts: Array, *, barred: Mask | None = None, first_held: bool = False) -> Whole:
    """The class of each row, (n,), so that classes have about their expected sizes.

    The first class has the rows with its largest probabilities. Each next one fills, from the rows that are left, with
    those that are most probably in it or in one before; the last has the rest. Rows of equal probability stay together,
    so that a size differs from the expected one by at most half of those at its border.

    The most probable class of each row would not do: where most rows are unsure, nearly all are of the largest class.

    Args:
        p: probability of each class, from the highest, (n, K).
        counts: number of customers that each row stands for, (n,).
        barred: rows that are in the last class whatever their probabilities, which count all the same, (n,).
        first_held: whether the first class has the rows of its largest probability, however many they are, where at
            least half a customer is expected in it; else it may be empty where many rows are equal.

    >>> p = np.array([[0.6, 0.3, 0.1], [0.4, 0.4, 0.2], [0.0, 0.4, 0.6], [0.0, 0.3, 0.7]])
    >>> expected_size_labels(p, np.ones(4)).tolist(), p.argmax(axis=1).tolist()
    ([0, 1, 2, 2], [0, 0, 2, 2])
    """
    label, last = np.full(len(p), p.shape[1] - 1), p.shape[1] - 1
    reach = p.cumsum(axis=1).round(DIGITS)
    free = np.ones(len(p), dtype=bool) if barred is None else ~barred
    for at in range(last):
        left = np.flatnonzero((label == last) & free)
        _, place = np.unique(-reach[left, at], return_inverse=True)
        taken = counts[label < last].sum() + np.append(0.0, np.bincount(place, weights=counts[left]).cumsum())
        expected = fsum(reach[:, at] * counts)
        least = 1 if first_held and at == 0 and round(expected, DIGITS) >= 0.5 else 0
        label[left[place < max(np.abs(taken - expected).argmin(), least)]] = at
    return label
