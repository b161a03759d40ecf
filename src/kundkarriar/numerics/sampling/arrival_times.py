"""Arrival times: the first at a gamma-distributed rate, and all within spans of time."""

from typing import Any

import numpy as np
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole

SOONEST = float(np.nextafter(0.0, 1.0))
"""Arrivals are after time 0."""


def p_arrival(horizon: Any, *, shape: Any, rate: Any) -> Array:
    """Probability of an arrival within `horizon` at a rate that is Gamma(shape, rate): a Lomax distribution.

    >>> float(p_arrival(3.0, shape=np.ones(1), rate=np.ones(1))[0])
    0.75
    """
    return np.asarray(-np.expm1(-shape * np.log1p(horizon / rate)))


def first_arrival(p: Array, *, shape: Any, rate: Any, horizon: Any) -> Array:
    """The time within which an arrival has probability `p`, the inverse of `p_arrival`; at most `horizon`.

    >>> float(first_arrival(np.array([0.75]), shape=1.0, rate=1.0, horizon=9.0)[0])
    3.0
    """
    with np.errstate(divide="ignore", over="ignore"):  # a probability that rounds to 1
        time = rate * np.expm1(-np.log1p(-np.minimum(p, 1.0)) / shape)
    return np.asarray(np.clip(time, SOONEST, horizon))


def ordered_times(generator: Generator, counts: Whole, *, start: Any, end: Any) -> tuple[Whole, Array]:
    """Uniform times between `start` and `end` of each of m spans, ascending: the span of each time, and the times.

    The number of times in each span is its `counts`, (m,). Sums of exponential spacings, over the sum with one spacing
    more, are ordered uniform numbers: so nothing is sorted.

    >>> span, times = ordered_times(np.random.default_rng(1), np.array([2, 0, 1]), start=0.0, end=10.0)
    >>> span.tolist(), times.round(1).tolist()
    ([0, 0, 2], [1.6, 2.0, 0.6])
    """
    span = np.repeat(np.arange(len(counts)), counts)
    if not len(span):
        return span, np.empty(0)
    sums = np.cumsum(generator.standard_exponential(len(span) + len(counts)))
    ends = np.cumsum(counts + 1) - 1
    before = np.concatenate([[0.0], sums[ends[:-1]]])
    inner = np.ones(len(sums), dtype=np.bool_)
    inner[ends] = False
    share = (sums[inner] - before[span]) / (sums[ends] - before)[span]
    start, end = (np.broadcast_to(each, counts.shape)[span] for each in (start, end))
    return span, np.clip(start + (end - start) * share, SOONEST, end)
