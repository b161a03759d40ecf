"""The likelihood of customers whose parameters depend on covariates, in blocks that the base family can evaluate.

A profile is a distinct row of covariates. Where there are few profiles, one block holds a total for each profile, which
is as fast as without covariates. Otherwise a block holds a value for each row, at parameters of its own.
"""

from collections.abc import Callable

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.families.purchase_family import RowFamily
from kundkarriar.summaries.purchase_rows import PurchaseRows

Totals = Callable[[Array], tuple[Array, Array, Array]]

MAX_PROFILES = 64
"""Up to this many profiles, the likelihood is evaluated profile by profile."""
BLOCK_ROWS = 2**16
"""Rows of a block where it is evaluated row by row."""
ROW_COST = 50
"""The cost of a row evaluated by itself, in rows of a tabulated likelihood."""
MAX_SAMPLED_ROWS = 5_000
"""Rows that may be evaluated one by one at thousands of points; of more customers the posterior is nearly normal."""


def rows_by_profile(rows: PurchaseRows) -> list[Whole] | None:
    """Positions of the rows of each profile; None where there are too many profiles, or no rows."""
    which, first = rows.profiles()
    if not 0 < len(first) <= MAX_PROFILES:
        return None
    order = np.argsort(which, kind="stable")
    return np.split(order, np.cumsum(np.bincount(which))[:-1])


def too_costly_to_sample(rows: PurchaseRows) -> bool:
    """Whether importance sampling would be too slow: many rows with many profiles."""
    return rows.covariates.shape[1] > 0 and len(rows) > MAX_SAMPLED_ROWS and rows_by_profile(rows) is None


def likelihood_blocks(base: RowFamily, rows: PurchaseRows, *, scale: float) -> list[tuple[Array, Totals]]:
    """The log-likelihood of the rows in blocks, with derivatives in the unconstrained parameters of the base family.

    Of each block the covariates of its profiles, or of its rows, (p, width), and a function from unconstrained
    parameters of each, (p, k), to its log-likelihood times weight.
    """
    groups = rows_by_profile(rows)
    if groups is not None:
        return [(_profiles(rows, groups), _by_profile(base, rows, groups, scale=scale))]
    starts = range(0, len(rows), BLOCK_ROWS)
    blocks = [rows.at(np.arange(first, min(first + BLOCK_ROWS, len(rows)))) for first in starts]
    return [(block.covariates, _by_row(base, block, scale=scale)) for block in blocks]


def loglik_batch_block(
    base: RowFamily, rows: PurchaseRows, *, scale: float
) -> tuple[Array, Callable[[Array], Array], float]:
    """All rows in one block, as in `likelihood_blocks`, whose function takes many points: (S, p, k) to (S,).

    Also the cost of a point, in rows of a tabulated likelihood.
    """
    groups = rows_by_profile(rows)
    if groups is not None:
        batches = [base.loglik_batch(rows.at(group), scale=scale) for group in groups]

        def of_profiles(theta: Array) -> Array:
            totals = [batch(theta[:, profile]) for profile, batch in enumerate(batches)]
            return np.asarray(np.sum(totals, axis=0))

        return _profiles(rows, groups), of_profiles, float(len(rows))

    def of_rows(theta: Array) -> Array:
        values = np.swapaxes(base.unconstrained.natural(theta, scale=scale), 0, 1)
        moved = zip(base.parameters, np.moveaxis(values, -1, 0), strict=True)
        return np.asarray(rows.weights @ base.log_likelihood(rows, {name: _shared(value) for name, value in moved}))

    return rows.covariates, of_rows, float(ROW_COST * len(rows))


def _profiles(rows: PurchaseRows, groups: list[Whole]) -> Array:
    return rows.covariates[[group[0] for group in groups]]


def _shared(values: Array) -> Array:
    """Draws of a parameter: (1, S) where all rows have the same draws, else (n, S)."""
    return values[:1] if (values == values[:1]).all() else values


def _by_profile(base: RowFamily, rows: PurchaseRows, groups: list[Whole], *, scale: float) -> Totals:
    objectives = [base.objective(rows.at(group), scale=scale) for group in groups]

    def at(theta: Array) -> tuple[Array, Array, Array]:
        totals = [objective(own) for objective, own in zip(objectives, theta, strict=True)]
        values, gradients, hessians = zip(*totals, strict=True)
        return np.array(values), np.array(gradients), np.array(hessians)

    return at


def _by_row(base: RowFamily, rows: PurchaseRows, *, scale: float) -> Totals:
    weights = rows.weights

    def at(theta: Array) -> tuple[Array, Array, Array]:
        value, gradient, hessian = base.row_objective(rows, theta, scale=scale)
        return weights * value, weights[:, None] * gradient, weights[:, None, None] * hessian

    return at
