"""Columns of predictions, computed for distinct customers, and checks that they are consistent with each other."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import ConvergenceError
from kundkarriar.frames import FrameT, add_columns
from kundkarriar.summaries.checked_summary import CheckedRows

RELATIVE_TOLERANCE, ABSOLUTE_TOLERANCE = 1e-6, 1e-12
"""Of comparisons: integrals and series are accurate to 1e-9."""
SUM_TOLERANCE = 1e-12
"""How far the sum of probabilities may be from 1."""
NOT_CONVERGED = (
    "the sums behind one of the two did not converge at these parameters. Look at fitted.params and fitted.boundary; "
    "kk.NBD() and kk.ParetoNBD() describe customers of whom hardly any leaves."
)


def add_expanded(table: FrameT, columns: Mapping[str, Array], inverse: Whole, checked: CheckedRows[Any]) -> FrameT:
    """Add columns with a value for each distinct customer, of which `inverse` is the one of each customer."""
    return add_columns(table, {name: checked.spread(values[inverse]) for name, values in columns.items()})


def unconditional_counts(p_alive: Array, counts: Array) -> Array:
    """Probabilities of 0, 1, ..., m purchases, (n, m + 1), from those given alive: who is not alive buys nothing."""
    whole: Array = p_alive[:, None] * counts
    whole[:, 0] += 1 - p_alive
    return whole


def count_columns(counts: Array, *, expected: Array, need: str) -> dict[str, Array]:
    """The probabilities of 0, 1, ..., m purchases, and of more: columns `p_0`, `p_1`, ... and `p_more`, each (n,).

    From the probabilities `counts` (n, m + 1) and the `expected` purchases (n,).
    """
    counts = np.hstack([counts, np.maximum(1 - counts.sum(axis=1, keepdims=True), 0.0)])
    refuse_counts_beyond_expected(counts, expected, need=need)
    return {**{f"p_{j}": counts[:, j] for j in range(counts.shape[1] - 1)}, "p_more": counts[:, -1]}


def one_by_one(counts: Mapping[str, Array]) -> dict[str, Array]:
    """Counts of one customer as columns: purchases (0, 1, ...) and probability, (m,), without those of more."""
    probability = np.array([float(values[0]) for name, values in counts.items() if name != "p_more"])
    return {"purchases": np.arange(len(probability)), "probability": probability}


def refuse_more_buyers_than_purchases(p_purchase: Array, expected: Array, *, need: str) -> None:
    """Check that P(at least one purchase), (n,), is at most the expected purchases, (n,), of the same time."""
    _refuse_below(expected, p_purchase, need=need, law="the chance of at least one purchase", name="p_purchase")


def refuse_counts_beyond_expected(counts: Array, expected: Array, *, need: str) -> None:
    """Check that the mean of a distribution of purchase counts, (n, m), is at most the expected purchases, (n,).

    Its last column, m - 1 or more purchases, counts as m - 1, so that the mean is a lower bound.
    """
    numbers = np.arange(counts.shape[1], dtype=np.float64)
    # the last probability is 1 minus the others, so its rounding error is multiplied by the largest count
    least = np.maximum(counts @ numbers - SUM_TOLERANCE * numbers[-1], 0.0)
    _refuse_below(expected, least, need=need, law="the mean of the numbers of purchases", name="mean_of_counts")


def _refuse_below(expected: Array, least: Array, *, need: str, law: str, name: str) -> None:
    """Raise where `expected` is below its lower bound `least`, both (n,), beyond the tolerances."""
    at = np.flatnonzero(least > expected * (1 + RELATIVE_TOLERANCE) + ABSOLUTE_TOLERANCE)
    if len(at):
        rows: dict[str, list[Any]] = {
            "row": at.tolist(),
            name: least[at].tolist(),
            "expected_purchases": expected[at].tolist(),
        }
        raise ConvergenceError.at_rows(
            f"{need} contradicts itself: {law} cannot exceed the expected purchases",
            rows,
            of=len(expected),
            hint=NOT_CONVERGED,
            unit="different customers",
        )
