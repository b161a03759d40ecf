"""Reproducible sums of money: the same for any order of the amounts, and exact for amounts of four decimals."""

import math
from itertools import pairwise

import numpy as np

from kundkarriar.arrays import Array, Whole

PARTS = 1e4
"""Amounts have at most four decimals: cents, and the unit prices of fuel, paper and energy."""
SLACK = 2.0**-44
"""Largest relative distance of a sum from its decimal: 128 rounded additions add up to a quarter of it."""
SURE = 128
LARGEST = 0.25 / (PARTS * SLACK)
"""Largest sum whose rounding errors are small against a ten-thousandth: some 440 million."""
LEVELS = 3
"""Each level has 53 bits less those of the number of terms: three levels are enough for any amount."""
MOST_BITS = 1000
"""Beyond 2**1000 there is no room left for exactness."""
AT_ONCE = 2**16
"""Amounts that are split together: as many as a processor's cache holds."""


def nearest_decimal(value: Array, *, of: Array) -> Array:
    """`value` rounded to four decimals where it differs from that only by the rounding of a sum, else as given, (n,).

    It is a sum, or a difference of sums, and `of` the sum of the absolute amounts in it.

    >>> nearest_decimal(np.array([0.3 - 0.1, 1 / 3]), of=np.array([0.4, 1.0])).tolist()
    [0.2, 0.3333333333333333]
    """
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.rint(value * PARTS) / PARTS
        return np.where((np.abs(value - near) <= SLACK * of) & (of <= LARGEST), near, value)


def by_window(values: Array, start: Whole, end: Whole) -> Array:
    """The sum of the finite `values[start:end]` for each window, (k,); 0 where it is empty.

    The order within a window changes no digit. Where all amounts of a window have at most four decimals, the sum is
    the double nearest to their decimal sum. Gains and losses are added separately, and subtracted once.

    A plain sum of few amounts that is next to a decimal can only be that decimal. Other sums are computed from parts
    that add without rounding: multiples of a power of two that depends on the window alone.

    Source: parts as in Rump, Ogita and Oishi (2008), SIAM Journal on Scientific Computing 31(1), algorithm 3.2; for
    sums that do not depend on the order, Demmel and Nguyen (2013), 21st IEEE Symposium on Computer Arithmetic.

    >>> several = np.array([19.9, 4.35, 0.07, 123.45, 7.7])
    >>> [by_window(amounts, np.array([0]), np.array([5])).item() for amounts in (several, several[::-1])]
    [155.47, 155.47]
    """
    answer = np.zeros(len(start))
    some = np.flatnonzero(end > start)
    if not len(some):
        return answer
    start, end = start[some], end[some]
    if values.min() < 0:
        gained = _of_gains(np.maximum(values, 0.0), start, end)
        lost = _of_gains(np.maximum(-values, 0.0), start, end)
        answer[some] = nearest_decimal(gained - lost, of=gained + lost)
    else:
        answer[some] = _of_gains(values, start, end)
    return answer


def by_group(values: Array, group: Whole, *, size: int) -> Array:
    """The sum of the `values` (m,) of each `group` (m,), from 0, (size,); 0 for a group without: see `by_window`."""
    if (group[1:] < group[:-1]).any():
        order = np.argsort(group, kind="stable")
        values, group = values[order], group[order]
    first = np.flatnonzero(np.concatenate([np.ones(min(len(group), 1), dtype=bool), group[1:] != group[:-1]]))
    answer = np.zeros(size)
    answer[group[first]] = by_window(values, first, np.append(first[1:], len(group)))
    return answer


def total(values: Array) -> float:
    """The sum of all `values` (m,): see `by_window`."""
    return float(by_window(values, np.array([0]), np.array([len(values)]))[0])


def _of_gains(values: Array, start: Whole, end: Whole) -> Array:
    """Sums of non-empty windows of non-negative values, (k,)."""
    count = end - start
    plain = _added(values, start, end)
    with np.errstate(over="ignore", invalid="ignore"):
        near = np.rint(plain * PARTS) / PARTS
        off = np.abs(plain - near)
        sure = (off <= 0.5 * SLACK * plain) & (plain <= 0.5 * LARGEST) & (count <= SURE)
    if sure.all():
        return near
    # a sum of two amounts is rounded only once anyway
    few, many = ~sure & (count <= 2), np.flatnonzero(~sure & (count > 2))
    near[few] = nearest_decimal(plain[few], of=plain[few])
    if len(many):
        # as many together as a processor's cache holds
        piece = start[many] // AT_ONCE
        cuts = np.flatnonzero(np.diff(piece, prepend=-1, append=piece[-1] + 1)).tolist()
        exact = np.concatenate([_exact(values, start[many[a:b]], end[many[a:b]]) for a, b in pairwise(cuts)])
        near[many] = nearest_decimal(exact, of=exact)
    return near


def _added(values: Array, start: Whole, end: Whole) -> Array:
    """Plain sums of non-empty windows, (k,)."""
    if end[-1] == len(values) and (end[:-1] == start[1:]).all():
        return np.add.reduceat(values, start)
    edges = np.stack([start, end], axis=1).ravel()
    if edges[-1] == len(values) and (edges[:-1] < len(values)).all():
        edges = edges[:-1]  # the last window runs to the end by itself
    else:
        values = np.append(values, 0.0)
    return np.asarray(np.add.reduceat(values, edges)[::2])


def _exact(values: Array, start: Whole, end: Whole) -> Array:
    """Sums of non-empty windows, (k,), rounded once, for any order of the values.

    The values are split in two parts, of which the multiples of one power of two add without rounding. The error of
    the other part matters only next to the middle of two doubles: such windows are split further, by their own units.
    """
    first, count = int(start.min()), end - start
    some = values[first : int(end.max())]
    room = math.ceil(math.log2(int(count.max()))) + 1
    bits = min(math.frexp(float(some.max()))[1], MOST_BITS - room)
    high = (some + math.ldexp(1.5, bits + room)) - math.ldexp(1.5, bits + room)
    whole, rest = _added(high, start - first, end - first), _added(some - high, start - first, end - first)
    answer = whole + rest
    back = answer - whole
    lost = (whole - (answer - back)) + (rest - back)  # of the last addition, to the last bit (Knuth)
    missed = 4.0 * count.astype(np.float64) ** 2 * math.ldexp(1.0, bits + room - 106)
    mantissa = np.frexp(answer)[0]
    open_ = np.flatnonzero(~(np.abs(lost) + missed < np.spacing(answer) / 2) | (mantissa == 0.5))
    if len(open_):
        answer[open_] = _in_parts(values, start[open_], count[open_])
    return answer


def _in_parts(values: Array, start: Whole, count: Whole) -> Array:
    """As `_exact`, with each value split into whole multiples of its window's units, which add without rounding."""
    begins = np.cumsum(count) - count
    left = values[np.arange(int(count.sum())) + np.repeat(start - begins, count)]
    bits = np.frexp(np.maximum.reduceat(left, begins))[1].astype(np.int64)
    room = np.ceil(np.log2(count)).astype(np.int64) + 1
    sums = []
    for _ in range(LEVELS):
        # to add this number and take it away rounds to multiples of 2**(bits + room - 52)
        large = np.repeat(np.ldexp(1.5, np.minimum(bits + room, MOST_BITS)), count)
        part = (left + large) - large
        sums.append(np.add.reduceat(part, begins))
        left = left - part
        bits = bits + room - 53
        if not left.any():
            break
    return np.array([math.fsum(parts) for parts in np.stack(sums, axis=1).tolist()])
