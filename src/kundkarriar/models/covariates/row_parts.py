"""A likelihood of customers whose coordinates differ, as parts that the unshifted family can value.

Where few covariates differ, all customers of one profile are a base of their own: a part is then a list of totals, one
a profile, as fast as without covariates. Otherwise a part is a block of single rows, each at coordinates of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np
from attrs import frozen

from kundkarriar.errors import CapabilityError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from kundkarriar.history.summary.purchase_rows import PurchaseRows
    from kundkarriar.models.families.purchase_family import PurchaseFamily

    Array = NDArray[np.float64]
    Totals = Callable[[Array], tuple[Array, Array, Array]]
    Heights = Callable[[Array], Array]

PROFILES = 64
"""So many different profiles, or fewer, are valued one by one."""
BLOCK = 2**16
"""Rows of a block otherwise."""
LABOUR = 50
"""What a single row costs beside a row of a table."""
MOST = 5_000
"""Single rows that may be valued thousands of times: beyond, a posterior is as good as normal."""

Value = TypeVar("Value")


@runtime_checkable
class RowWise(Protocol):
    """Has a likelihood of single rows that may all differ in their coordinates."""

    def row_surface(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row at coordinates of its own, (n, k)."""
        ...


@frozen(kw_only=True, eq=False)
class ShiftedPart(Generic[Value]):
    """Some customers, by what shifts them.

    Attributes:
        covariates: of each profile, or of each row, (p, width).
        totals: their log-likelihoods, times weights, at coordinates of their own.
        work: what a point costs, in rows of a table.
    """

    covariates: Array
    totals: Callable[[Array], Value]
    work: float


def profile_groups(rows: PurchaseRows) -> list[NDArray[np.int64]] | None:
    """Positions of the rows of each profile; None where there are too many profiles, or no rows."""
    which, first = rows.profiles()
    if not 0 < len(first) <= PROFILES:
        return None
    order = np.argsort(which, kind="stable")
    return np.split(order, np.cumsum(np.bincount(which))[:-1])


def too_laborious(rows: PurchaseRows) -> bool:
    """Whether these rows are too many, and too different, to be valued at thousands of points."""
    return rows.covariates.shape[1] > 0 and len(rows) > MOST and profile_groups(rows) is None


def shifted_parts(
    base: PurchaseFamily, rows: PurchaseRows, *, scale: float
) -> list[ShiftedPart[tuple[Array, Array, Array]]]:
    """The log-likelihood of the rows in parts, with derivatives in the base's coordinates.

    Raises:
        CapabilityError: many profiles, and a family that cannot value rows one by one.
    """
    groups = profile_groups(rows)
    if groups is not None:
        profiles = rows.covariates[[group[0] for group in groups]]
        totals = _by_profile(base, rows, groups, scale=scale)
        return [ShiftedPart(covariates=profiles, totals=totals, work=float(len(rows)))]
    if not isinstance(base, RowWise):
        raise CapabilityError.because(
            f"{base.name} takes covariates of at most {PROFILES} different profiles.",
            hint="make numeric columns coarser, or use kk.MBGNBD, kk.BGNBD or kk.ParetoNBD.",
        )
    blocks = [rows.at(np.arange(first, min(first + BLOCK, len(rows)))) for first in range(0, len(rows), BLOCK)]
    return [
        ShiftedPart(
            covariates=block.covariates, totals=_by_row(base, block, scale=scale), work=float(LABOUR * len(block))
        )
        for block in blocks
    ]


def shifted_heights(base: PurchaseFamily, rows: PurchaseRows, *, scale: float) -> ShiftedPart[Array]:
    """The sum of all log-likelihoods at many points: (S, p, k) to (S,)."""
    groups = profile_groups(rows)
    if groups is not None:
        profiles = rows.covariates[[group[0] for group in groups]]
        heights = [base.heights(rows.at(group), scale=scale) for group in groups]

        def of_profiles(theta: Array) -> Array:
            found = [height(theta[:, profile]) for profile, height in enumerate(heights)]
            return np.asarray(np.sum(found, axis=0))

        return ShiftedPart(covariates=profiles, totals=of_profiles, work=float(len(rows)))

    def of_rows(theta: Array) -> Array:
        values = np.swapaxes(base.coordinates.natural(theta, scale=scale), 0, 1)
        own = {name: _shared(value) for name, value in zip(base.parameters, np.moveaxis(values, -1, 0), strict=True)}
        return np.asarray(rows.weights @ base.log_likelihood(rows, own))

    return ShiftedPart(covariates=rows.covariates, totals=of_rows, work=float(LABOUR * len(rows)))


def _shared(values: Array) -> Array:
    """Draws of a parameter, (1, S) where all rows have the same, else (n, S)."""
    return values[:1] if (values == values[:1]).all() else values


def _by_profile(base: PurchaseFamily, rows: PurchaseRows, groups: list[Any], *, scale: float) -> Totals:
    surfaces = [base.surface(rows.at(group), scale=scale) for group in groups]

    def at(theta: Array) -> tuple[Array, Array, Array]:
        totals = [surface(own) for surface, own in zip(surfaces, theta, strict=True)]
        values, gradients, hessians = zip(*totals, strict=True)
        return np.array(values), np.array(gradients), np.array(hessians)

    return at


def _by_row(base: RowWise, rows: PurchaseRows, *, scale: float) -> Totals:
    weights = rows.weights

    def at(theta: Array) -> tuple[Array, Array, Array]:
        value, gradient, hessian = base.row_surface(rows, theta, scale=scale)
        return weights * value, weights[:, None] * gradient, weights[:, None, None] * hessian

    return at
