"""Whole-number choices of few customers within limits: an integer programme with equal customers as counts."""

from typing import NamedTuple

import numpy as np

from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import ConvergenceError
from kundkarriar.numerics.money.equal_amounts import merge_ties
from kundkarriar.numerics.planning.knapsack.limits import Limits
from kundkarriar.numerics.planning.knapsack.options import Options

NODES, NODES_TO_A_GAP = 5_000, 300
"""Most nodes of the search: for an exact solution, and where a gap is good enough."""
SOLVER_TOLERANCE = 2e-6
"""By how much the solver may miss a limit, in uses of the dearest option: its own tolerance is 1e-6."""


class Kinds(NamedTuple):
    """Customers whose options tie in value and use.

    Attributes:
        of: kind of each customer, (n,).
        first: the first customer of each kind, (k,).
        size: customers of each kind, (k,).
    """

    of: Whole
    first: Whole
    size: Whole


def kinds_of(options: Options) -> tuple[Kinds, Options]:
    """Which customers are equal, and the options with ties merged."""
    possible = np.isfinite(options.value)
    value = _merged(options.value, possible, -np.inf)
    uses = tuple(use if use.ndim == 1 else _merged(use, possible, 0.0) for use in options.uses)
    of = np.zeros(len(value), dtype=np.int64)
    for column in (column for table in (value, *uses) if table.ndim > 1 for column in table.T):
        if of.max(initial=0) == len(of) - 1:
            break
        _, code = np.unique(column, return_inverse=True)
        _, of = np.unique(of * (code.max() + 1) + code, return_inverse=True)
    _, first, count = np.unique(of, return_index=True, return_counts=True)
    return Kinds(of, first, count), Options(value, uses)


def _merged(table: Array, possible: Array, otherwise: float) -> Array:
    merged = np.full(table.shape, otherwise)
    for at, (values, some) in enumerate(zip(table.T, possible.T, strict=True)):
        merged[some, at] = merge_ties(values[some])
    return merged


def integer_choice(options: Options, limits: Limits, *, kinds: Kinds, gap: float) -> Whole | None:
    """The choice of each customer with the largest value within the limits, (n,); None where there is none.

    Members of a kind get its options in the order of rows. `gap` is the relative gap at which the search may end.
    """
    each = options.rows(kinds.first)
    kind, option = np.nonzero(np.isfinite(each.value))
    worth = each.value[kind, option]
    use = np.array([use[option] if use.ndim == 1 else use[kind, option] for use in each.uses])
    use = use.reshape(len(each.uses), len(kind))
    for tolerance in (0.0, SOLVER_TOLERANCE):
        counts = _counts(worth, use, limits, kind=kind, size=kinds.size, gap=gap, tolerance=tolerance)
        if counts is None:
            return None
        counts = _needed(_within(counts, worth=worth, use=use, limits=limits), worth=worth, use=use, limits=limits)
        sums = use @ counts
        if (sums <= limits.most).all() and (sums >= limits.least).all():
            return _assigned(counts, kind=kind, option=option, kinds=kinds)
    return None


def _counts(
    worth: Array, use: Array, limits: Limits, *, kind: Whole, size: Whole, gap: float, tolerance: float
) -> Whole | None:
    """How many of each kind get each of its options; None where the floors cannot be met."""
    from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: PLC0415  # as in shadow_prices.py
    from scipy.sparse import csr_array  # noqa: PLC0415

    if not len(worth):
        return np.zeros(0, dtype=np.int64) if (limits.least <= 0).all() else None
    # the solver's tolerance is absolute: rows are scaled to what the dearest option uses
    dearest = use.max(axis=1)
    scale = np.where(dearest > 0, dearest, 1.0)
    of_kind = csr_array((np.ones(len(kind)), (kind, np.arange(len(kind)))), shape=(len(size), len(kind)))
    answer = milp(
        -worth / np.abs(worth).max(initial=1e-300),
        integrality=np.ones(len(kind), dtype=np.int64),
        bounds=Bounds(0, size[kind]),
        constraints=[
            LinearConstraint(of_kind, -np.inf, size),
            LinearConstraint(use / scale[:, None], limits.least / scale + tolerance, limits.most / scale - tolerance),
        ],
        options={"mip_rel_gap": gap, "node_limit": NODES_TO_A_GAP if gap else NODES},
    )
    if answer.x is None:
        if np.isfinite(limits.least).any():
            return None
        raise ConvergenceError.because(
            f"the allocation of the last few customers found no answer ({answer.message}).",
            hint="look for extreme values (1e12 and above) among the customers' values, costs and budgets.",
        )
    return np.rint(answer.x).astype(np.int64)


def _within(counts: Whole, *, worth: Array, use: Array, limits: Limits) -> Whole:
    """Counts without the least valuable options, until the solver's tolerance exceeds no cap."""
    kept = counts.copy()
    while (over := use @ kept > limits.most).any():
        taken = np.where((kept > 0) & (use[over].sum(axis=0) > 0), worth, np.inf)
        kept[int(np.argmin(taken))] -= 1
    return kept


def _needed(counts: Whole, *, worth: Array, use: Array, limits: Limits) -> Whole:
    """Counts without options that add nothing and that no floor needs."""
    kept = counts.copy()
    for at in np.flatnonzero((worth <= 0) & (kept > 0)):
        spare = np.divide(use @ kept - limits.least, use[:, at], out=np.full(len(use), np.inf), where=use[:, at] > 0)
        kept[at] -= int(min(kept[at], max(np.floor(spare.min(initial=np.inf)), 0)))
    return kept


def _assigned(counts: Whole, *, kind: Whole, option: Whole, kinds: Kinds) -> Whole:
    """Choice of each customer, (n,): members of a kind get its options in the order of rows."""
    choice = np.full(len(kinds.of), -1)
    for each in np.unique(kind[counts > 0]):
        gets = np.repeat(option[kind == each], counts[kind == each])
        choice[np.flatnonzero(kinds.of == each)[: len(gets)]] = gets
    return choice
