"""Checks that the predictions of one model are consistent with each other; contradictions raise an error."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.errors import ConvergenceError

RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-6, 1e-12
"""Of comparisons: integrals and series are accurate to 1e-9."""
SUM_TOLERANCE = 1e-12
"""How far the sum of probabilities may be from 1."""
NOT_CONVERGED = (
    "the sums behind one of the two did not converge at these parameters. Look at fitted.params and fitted.boundary; "
    "kk.NBD() and kk.ParetoNBD() describe customers of whom hardly any leaves."
)


def refuse_more_buyers_than_purchases(p_purchase: Array, expected: Array, *, need: str) -> None:
    """Check that P(at least one purchase) is at most the expected number of purchases over the same time.

    Args:
        p_purchase: probability of at least one purchase, (n,), 0 to 1.
        expected: expected purchases, (n,), >= 0.
        need: the method that was called, as the start of the error's sentence.

    Raises:
        ConvergenceError: with both numbers of the first rows that break the rule.

    >>> refuse_more_buyers_than_purchases(np.array([0.999997]), np.array([1.5e-6]), need="MBG/NBD.predict")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.ConvergenceError: MBG/NBD.predict contradicts itself: the chance of at least one purchase \
cannot exceed the expected purchases: broken by 1 of 1 different customers.
    <BLANKLINE>
    row  p_purchase  expected_purchases
      0    0.999997             1.5e-06
    <BLANKLINE>
    Hint: the sums behind one of the two did not converge at these parameters. Look at fitted.params and \
fitted.boundary; kk.NBD() and kk.ParetoNBD() describe customers of whom hardly any leaves.
    """
    _refuse_below(
        expected, p_purchase, need=need, law="the chance of at least one purchase cannot exceed the expected purchases",
        names=("p_purchase", "expected_purchases"),
    )  # fmt: skip


def refuse_counts_beyond_expected(counts: Array, expected: Array, *, need: str) -> None:
    """Check that the mean of the distribution of purchase counts is at most the expected number of purchases.

    Args:
        counts: probabilities of 0, 1, ..., m - 2 and of m - 1 or more purchases, (n, m). "Or more" counts as m - 1,
            so that the mean is a lower bound.
        expected: expected purchases, (n,), >= 0.
        need: the method that was called, as the start of the error's sentence.

    Raises:
        ConvergenceError: with both numbers of the first rows that break the rule.
    """
    numbers = np.arange(counts.shape[1], dtype=np.float64)
    # the last probability is 1 minus the others, so its rounding error is multiplied by the largest count
    least = np.maximum(counts @ numbers - SUM_TOLERANCE * numbers[-1], 0.0)
    _refuse_below(
        expected, least, need=need, law="the mean of the numbers of purchases cannot exceed the expected purchases",
        names=("mean_of_counts", "expected_purchases"),
    )  # fmt: skip


def _refuse_below(expected: Array, least: Array, *, need: str, law: str, names: tuple[str, str]) -> None:
    """Raise where `expected` is below its lower bound `least`, both (n,), beyond the tolerances."""
    wrong = least > expected * (1 + RELATIVE_TOLERANCE) + ABSOLUTE_TOLERANCE
    if not wrong.any():
        return
    at = np.flatnonzero(wrong)
    rows: dict[str, list[Any]] = {"row": at.tolist(), names[0]: least[at].tolist(), names[1]: expected[at].tolist()}
    raise ConvergenceError.at_rows(
        f"{need} contradicts itself: {law}", rows, of=len(expected), hint=NOT_CONVERGED, unit="different customers"
    )
