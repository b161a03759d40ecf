"""Purchase counts within a window that begins later, under (M)BG/CNBD-k, of customers known to be alive now.

Until the window begins nobody looks: the customer may buy c times, survive each purchase, and end with i stages done.
With j stages done now that takes m = k c + i - j stages, whose number is negative binomial, so

    P(c, i) = (s + j)_m / m! z^m (1 - z)^(s + j) S(c),   z = after / (rate + after),  S(c) = (b')_c / (a + b')_c,

and the customer is then one with s + k c, rate + after, b' + c and i stages done (`AliveCustomers`), whose counts are
known. The sum over c leaves out less than 1e-12 of probability. Up to 512 terms are summed one by one. A longer sum of
a bell-shaped distribution is the trapezoidal rule with 512 steps, which is exact to double precision for it; of another
one, Gaussian summation.
"""

from collections.abc import Callable, Iterator

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.bgnbd.alive_customers import AliveCustomers
from kundkarriar.numerics.special.beta_expectation import drop_from_mode, log_density_at_mode
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.numerics.special.bisection import bisected
from kundkarriar.numerics.special.gauss_summation import DIRECT, summation_rule

LOG_NEGLIGIBLE = 28.0
"""Counts with a probability below e^-28 altogether are left out, on either side."""
MOST_TERMS, BLOCK_NODES = 512, 32
BELL_SHAPED = 10.0
"""From this shape of the gamma on, the distribution of counts leaves 0 as a power of at least 9."""
AT_ONCE = 100_000
"""Numbers in memory at once."""


def p_counts_later(
    after: float,
    customers: AliveCustomers,
    *,
    up_to: int,
    p_counts: Callable[[AliveCustomers], Array],
) -> Array:
    """Probability of exactly 0, 1, ..., `up_to` purchases in a window that begins `after` now, (k, n, up_to + 1).

    `p_counts` gives the same of customers alive at its beginning.

    >>> from kundkarriar.numerics.bgnbd import poisson_expectation
    >>> from kundkarriar.numerics.bgnbd.alive_customers import alive_customers
    >>> new = alive_customers(k=1, s=np.array([0.243]), rate=4.414, a=0.793, b=2.426)
    >>> within = lambda customers: poisson_expectation.p_counts(39.0, customers, up_to=2)
    >>> p_counts_later(39.0, new, up_to=2, p_counts=within).round(4)
    array([[[0.754, 0.122, 0.048]]])
    """
    k = customers.k
    counts, active = np.zeros((k, len(customers.s), up_to + 1)), np.zeros((k, len(customers.s)))
    for rows, made, terms in _terms(after, customers, size=max(1, AT_ONCE // (up_to + 1))):
        some = customers.at(rows)
        later = AliveCustomers(k=k, s=some.s + k * made, rate=some.rate + after, a=some.a, b=some.b + made)
        parts = p_counts(later)
        weights = terms * np.exp(log_survival(made, a=some.a, b=some.b))
        starts = np.flatnonzero(np.diff(rows, prepend=-1))
        each = rows[starts]
        for j in range(k):
            states = [weights * _p_stages(k * made + i - j, some.s + j, after / some.rate) for i in range(k)]
            active[j, each] += np.add.reduceat(np.sum(states, axis=0), starts)
            counts[j, each] += np.add.reduceat(np.einsum("ir,irn->rn", states, parts), starts)
    counts[:, :, 0] += np.maximum(1.0 - active, 0.0)
    return counts


def _terms(after: float, customers: AliveCustomers, *, size: int) -> Iterator[tuple[Whole, Array, Array]]:
    """Yield terms of the sums, `size` or more at once: the customer, the purchases made until `after`, the weight."""
    first, last = _range(after, customers)
    steps = np.minimum(last - first, MOST_TERMS)
    by_blocks = (last - first > MOST_TERMS) & (customers.s < BELL_SHAPED)
    plain = np.flatnonzero(~by_blocks)
    ends = np.cumsum(steps[plain] + 1)
    for rows in np.split(plain, np.searchsorted(ends, np.arange(size, ends[-1] if len(ends) else 0, size))):
        if len(rows):
            lengths = steps[rows].astype(np.int64) + 1
            who = np.repeat(np.arange(len(rows)), lengths)
            place = np.arange(len(who)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            stride = np.maximum((last - first)[rows] / np.maximum(steps[rows], 1.0), 1.0)
            yield rows[who], first[rows][who] + place * stride[who], stride[who]
    blocks = np.where(by_blocks, np.ceil(np.log2(np.maximum(last, DIRECT) / DIRECT)), -1.0)
    for count in np.unique(blocks[by_blocks]):
        n, weights = summation_rule(blocks=int(count), nodes=BLOCK_NODES)
        rows, n, weights = np.flatnonzero(blocks == count), np.append(0.0, n), np.append(1.0, weights)
        at_once = max(1, size // len(n))
        for some in (rows[start : start + at_once] for start in range(0, len(rows), at_once)):
            yield np.repeat(some, len(n)), np.tile(n, len(some)), np.tile(weights, len(some))


def _range(after: float, customers: AliveCustomers) -> tuple[Array, Array]:
    """The fewest and the most purchases until `after` that count, each (n,) and whole, by Chernoff's bounds."""
    k, odds = customers.k, after / customers.rate

    def unlikely(m: Array, q: Array) -> Mask:
        """Minus the log of a bound on the probability of so many stages, or of more or fewer, away from the mean."""
        over = m / (q * odds)
        drop = m * np.log(over) - (m + q) * np.log1p(odds * (over - 1) / (1 + odds))
        return np.asarray(drop > LOG_NEGLIGIBLE)

    few, many = customers.s, customers.s + k - 1
    log_mean = np.log(few * odds)
    low, _ = bisected(lambda u: unlikely(np.exp(u), few), log_mean - LOG_NEGLIGIBLE, log_mean, halvings=48)
    mean = many * odds
    reach = np.log1p(4 * LOG_NEGLIGIBLE * (1 + odds) / mean + 10 * np.sqrt((1 + odds) / mean))
    _, high = bisected(lambda u: ~unlikely(np.exp(u), many), np.log(mean), np.log(mean) + reach, halvings=48)
    first, last = np.floor(np.exp(low) / k) - 1, np.ceil((np.exp(high) + k) / k)
    first = np.maximum(first, 0.0)

    def survives(u: Array) -> Mask:
        return np.asarray(log_survival(np.expm1(u), a=customers.a, b=customers.b) > -LOG_NEGLIGIBLE)

    survived, _ = bisected(survives, np.zeros_like(last), np.log1p(last), halvings=48)
    return first, np.maximum(np.minimum(last, np.ceil(np.expm1(survived)) + 1), first)


def _p_stages(m: Array, q: Array, odds: Array) -> Array:
    """Probability of exactly `m` stages, (n,), of a negative binomial of shape `q`; 0 where `m` is below 0."""
    some = np.maximum(m, 1.0)
    density = log_density_at_mode(some, q) - drop_from_mode(np.log(odds * (q / some)), a=some, b=q)
    probability = np.exp(np.where(m > 0.5, density - np.log(some), -q * np.log1p(odds)))
    return np.where(m > -0.5, probability, 0.0)
