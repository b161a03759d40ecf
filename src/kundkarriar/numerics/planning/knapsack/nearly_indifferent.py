"""A choice within the limits, from the best options at the shadow prices: few customers are solved for jointly.

At the shadow prices all but a few customers have a best option that is clearly better than their next. Those with the
smallest margins are solved for jointly (the core of a knapsack problem: Balas & Zemel 1980). Where many tie, blocks of
them come first, in a linear programme: all members of a block get the same, but for at most one block a constraint.
"""

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.money.equal_amounts import TIE_TOLERANCE
from kundkarriar.numerics.planning.knapsack.integer_programme import integer_choice, kinds_of
from kundkarriar.numerics.planning.knapsack.limits import Limits
from kundkarriar.numerics.planning.knapsack.options import Options, used
from kundkarriar.numerics.planning.knapsack.shadow_prices import Dual

CORE_SIZE = 48
"""Nearly indifferent customers that are solved for jointly; a base this small is solved exactly."""
MOST_KINDS = 384
"""Kinds of customers in one integer programme."""
BLOCKS = 1024
CORE_GAP = 0.01
"""The same, as a share of what the joint solution itself is worth."""
SMALL_GAP, TRIES = 1e-4, 2
"""Share of the bound at which no larger core is tried, and how many are at most."""
NEAR = 1e-9
"""Options that tie at the shadow prices, which are a solver's, differ by no more than this share of their values."""
GAP = 1e-5
"""Gap at which the joint solution of a large base is good enough, as a share of the bound."""
ANY_GAP = 1e9
"""The gap where any choice within the limits will do."""


def joint_choice(options: Options, limits: Limits, dual: Dual, *, gap: float = GAP) -> Whole | None:
    """The choice within the limits, (n,), -1 for none; None where the floors cannot be met.

    Customers with the smallest margins are solved for jointly, the others keep their best option at the shadow prices.
    They are more and more, until there is a solution, and a little longer while its gap is large. `gap`: as `GAP`.
    """
    choice, margin = dual.best.choice, dual.best.value - dual.best.second
    eligible = int(np.isfinite(margin).sum())
    largest = float(np.abs(options.value[np.isfinite(options.value)]).max(initial=0.0))
    best, worth, tries = None, -np.inf, 0
    size = min(CORE_SIZE, eligible)
    while size and tries < TRIES and dual.bound - worth > max(SMALL_GAP, gap) * abs(dual.bound):
        reach = np.partition(margin, size - 1)[size - 1] + TIE_TOLERANCE * largest
        core = (margin <= reach) & np.isfinite(margin)
        everyone = int(core.sum()) == eligible
        answer = _with_core(options, limits, dual, core, gap=0.0 if everyone and gap <= GAP else gap)
        if answer is not None:
            tries += 1
            value = float(options.of_chosen(options.value, answer).sum())
            best, worth = (answer, value) if value > worth else (best, worth)
        if everyone:
            break
        size = min(4 * size, eligible)
    if eligible == 0 and limits.hold(used(options, choice)):
        return choice
    return best


def _with_core(options: Options, limits: Limits, dual: Dual, core: Mask, *, gap: float) -> Whole | None:
    """The choice of all, (n,), after the joint solution for the `core` (n,); None where it has none."""
    answer = np.where(core, -1, dual.best.choice)
    left = _left(limits, used(options, answer))
    if left is None:
        return None
    members = np.flatnonzero(core)
    margin = (dual.best.value - dual.best.second)[members]
    found = _of_members(options.rows(members), left, dual, margin, gap=gap)
    if found is None:
        return None
    answer[members] = found
    return answer


def _left(limits: Limits, sums: Array) -> Limits | None:
    """What others leave of the limits, with room for ties; None where they exceed a cap."""
    left = limits.less(sums)
    room = TIE_TOLERANCE * np.where(np.isfinite(limits.most), limits.most, 0.0)
    if (left.most < -room).any():
        return None
    below = TIE_TOLERANCE * np.where(np.isfinite(limits.least), limits.least, 0.0)
    return Limits(np.maximum(left.most, 0.0) + room, left.least - below)


def _of_members(options: Options, limits: Limits, dual: Dual, margin: Array, *, gap: float) -> Whole | None:
    """The choice of the core's members; None where they cannot meet the floors."""
    kinds, options = kinds_of(options)
    choice, still_open = np.full(len(margin), -1), np.arange(len(margin))
    while len(kinds.size) > MOST_KINDS:
        found = _of_blocks(options.rows(still_open), limits, dual.prices)
        if found is None:
            return None
        decided, again = found
        # some more than the undecided, so that whole numbers fit
        again[np.argsort(margin[still_open], kind="stable")[:CORE_SIZE]] = True
        if again.all():
            break
        limits = limits.less(used(options.rows(still_open), np.where(again, -1, decided)))
        choice[still_open] = decided
        still_open = still_open[again]
        kinds, _ = kinds_of(options.rows(still_open))
    last = options.rows(still_open)
    worth = float(np.maximum(last.value.max(axis=1, initial=0.0), 0.0).sum())
    if gap > 0 or len(last.value) < len(margin) or len(kinds.size) > 2 * CORE_SIZE:
        gap = max(gap, min(GAP * abs(dual.bound) / max(worth, 1e-300), CORE_GAP))
    found_last = integer_choice(last, limits, kinds=kinds, gap=gap)
    if found_last is None:
        return None
    choice[still_open] = found_last
    return choice


def _of_blocks(options: Options, limits: Limits, prices: Array) -> tuple[Whole, Mask] | None:
    """The choice of customers whose block gets one option, (m,), and who is in one that would get several, (m,).

    A block is a run of customers in the order of rows who have the same best options, up to ties.
    """
    from scipy.optimize import LinearConstraint, milp  # noqa: PLC0415  # on first use: importing stays cheap
    from scipy.sparse import csr_array  # noqa: PLC0415

    uses = [np.broadcast_to(use, options.value.shape) for use in options.uses]
    block, size = _blocks(options, uses, prices)
    possible = np.ones((size, options.value.shape[1]), dtype=bool)
    np.logical_and.at(possible, block, np.isfinite(options.value))
    of, option = np.nonzero(possible)

    def summed(table: Array) -> Array:
        columns = [np.bincount(block, weights=column, minlength=size).astype(np.float64) for column in table.T]
        sums: Array = np.stack(columns, axis=1)[of, option]
        return sums

    worth = summed(np.where(np.isfinite(options.value), options.value, 0.0))
    use = np.array([summed(np.where(np.isfinite(options.value), each, 0.0)) for each in uses]).reshape(-1, len(of))
    scale = np.maximum(use.max(axis=1, initial=0.0), 1e-300)
    one_each = csr_array((np.ones(len(of)), (of, np.arange(len(of)))), shape=(size, len(of)))
    answer = milp(  # without whole numbers: a linear programme
        -worth / max(float(np.abs(worth).max(initial=0.0)), 1e-300),
        constraints=[
            LinearConstraint(one_each, -np.inf, 1),
            LinearConstraint(use / scale[:, None], limits.least / scale, limits.most / scale),
        ],
    )
    if answer.x is None:
        return None
    choice, mixed = np.full(size, -1), np.zeros(size, dtype=bool)
    choice[of[answer.x > 0.5]] = option[answer.x > 0.5]
    mixed[of[(answer.x > 1e-9) & (answer.x < 1 - 1e-9)]] = True
    return choice[block], mixed[block]


def _blocks(options: Options, uses: list[Array], prices: Array) -> tuple[Whole, int]:
    """The block of each customer, (m,), and how many blocks there are."""
    reduced = options.value - sum(price * use for price, use in zip(prices, uses, strict=True))
    largest = np.abs(np.where(np.isfinite(options.value), options.value, 0.0)).max(axis=1, initial=0.0)
    near = np.maximum(reduced.max(axis=1, initial=0.0), 0.0) - NEAR * largest
    _, group = np.unique(np.packbits(reduced >= near[:, None], axis=1), axis=0, return_inverse=True)
    order = np.argsort(group.reshape(-1), kind="stable")
    length = -(-len(order) // BLOCKS)
    ends = (np.arange(len(order)) % length == 0) | (np.diff(group.reshape(-1)[order], prepend=-1) != 0)
    block = np.empty(len(order), dtype=np.int64)
    block[order] = np.cumsum(ends) - 1
    return block, int(ends.sum())
