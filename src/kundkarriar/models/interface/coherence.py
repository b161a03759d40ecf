"""Predictions of one model that must fit each other: where they contradict each other, none is handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.errors import ConvergenceError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

ROUNDING, NOTHING = 1e-6, 1e-12
"""Relative and absolute: integrals and series are right to 1e-9."""
ROUNDED = 1e-12
"""How far probabilities that sum to 1 may miss it."""
NOT_CONVERGED = (
    "the sums behind one of the two did not converge at these parameters. Look at fitted.params and fitted.boundary; "
    "kk.NBD() and kk.ParetoNBD() describe customers of whom hardly any leaves."
)


def refuse_more_buyers_than_purchases(p_purchase: Array, expected: Array, *, need: str) -> None:
    """Refuse chances of at least one purchase that exceed the expected purchases over the same time.

    Args:
        p_purchase: probability of at least one purchase, (n,).
        expected: expected purchases, (n,).
        need: who asks, as the start of a sentence.

    Raises:
        ConvergenceError: with both numbers of the first such customers.

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
    _refuse_less(
        expected, p_purchase, need=need, law="the chance of at least one purchase cannot exceed the expected purchases",
        names=("p_purchase", "expected_purchases"),
    )  # fmt: skip


def refuse_counts_beyond_expected(counts: Array, expected: Array, *, need: str) -> None:
    """Refuse probabilities of each number of purchases whose mean exceeds the expected purchases.

    Args:
        counts: probabilities of 0, 1, ... purchases, and of more in the last column, which counts as one more, (n, m).
        expected: expected purchases, (n,).
        need: who asks, as the start of a sentence.

    Raises:
        ConvergenceError: with both numbers of the first such customers.
    """
    numbers = np.arange(counts.shape[1], dtype=np.float64)
    # what lies above is what the probabilities lack to 1: its rounding counts as often as the largest number
    least = np.maximum(counts @ numbers - ROUNDED * numbers[-1], 0.0)
    _refuse_less(
        expected, least, need=need, law="the mean of the numbers of purchases cannot exceed the expected purchases",
        names=("mean_of_counts", "expected_purchases"),
    )  # fmt: skip


def _refuse_less(expected: Array, least: Array, *, need: str, law: str, names: tuple[str, str]) -> None:
    wrong = least > expected * (1 + ROUNDING) + NOTHING
    if not wrong.any():
        return
    at = np.flatnonzero(wrong)
    rows: dict[str, list[Any]] = {
        "row": at.tolist(),
        names[0]: least[at].tolist(),
        names[1]: expected[at].tolist(),
    }
    raise ConvergenceError.at_rows(
        f"{need} contradicts itself: {law}", rows, of=len(expected), hint=NOT_CONVERGED, unit="different customers"
    )
