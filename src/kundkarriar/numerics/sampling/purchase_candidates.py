"""Purchases to come as if nobody dropped out: candidates, of which treatments and dropout take theirs.

Laws are by distinct row and draw, (d, S); `at` is the distinct row of each of n customers. Everything drawn is flat: a
pair is a customer in a draw, numbered customer x S + draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.sampling.arrival_times import first_arrival, ordered_times, p_arrival


@frozen(kw_only=True, eq=False)
class Spells:
    """Spans of time in which purchases arrive by chance; outside them the next purchase is not yet due.

    Attributes:
        pair: position among the pairs, (m,).
        start, end: of each, in periods from now, (m,).
        rate: purchases per period, at the fitted level, (m,).
    """

    pair: Whole
    start: Array
    end: Array
    rate: Array


@frozen(kw_only=True, eq=False)
class Candidates:
    """Purchases to come of P pairs that are alive, as if nobody dropped out.

    Attributes:
        pairs: customer x S + draw of each pair, ascending, (P,).
        pair: position of each candidate's pair among them, ascending, (m,).
        time: of each candidate in periods from now, ascending within a pair, (m,).
        visible: whether it is a purchase at the level of its draw, (m,).
        chance: whether the customer may drop out at it, (m,).
        spells: when purchases of the pairs arrive.
    """

    pairs: Whole
    pair: Whole
    time: Array
    visible: Mask
    chance: Mask
    spells: Spells


def draw_poisson_candidates(
    generator: Generator, *, p_alive: Array, shape: Array, rate: Array, at: Whole, horizon: float, level: Array
) -> tuple[Candidates, Mask]:
    """Candidates of customers who buy at random; and which customers are alive without a candidate, (n, S).

    Given alive, purchase rates are Gamma(shape, rate). One uniform number decides whether a customer is alive and
    whether the first candidate lies within the horizon, so that only those who have one are drawn any further. At a
    `level` f above 1, candidates arrive at f times the rate, and one in f has a chance to drop out; below 1 all have it
    and a share f is visible.
    """
    faster = np.maximum(level, 1.0)
    p_some = p_alive * p_arrival(horizon * faster, shape=shape, rate=rate)
    uniform = generator.random((len(at), p_alive.shape[1]))
    alive, some = uniform < p_alive[at], uniform < p_some[at]
    row, draw = np.nonzero(some)
    source = at[row]
    p, s, beta = (values[source, draw] for values in (p_alive, shape, rate))
    own = np.broadcast_to(level, p_alive.shape)[source, draw]
    speed = np.maximum(own, 1.0)
    first = first_arrival(uniform[some] / p, shape=s, rate=beta / speed, horizon=horizon)
    rates = generator.standard_gamma(s + 1.0) / (beta + speed * first)
    later = generator.poisson(rates * speed * (horizon - first))
    _, times = ordered_times(generator, later, start=first, end=horizon)
    pair = np.repeat(np.arange(len(row)), later + 1)
    is_first = np.zeros(len(pair), dtype=np.bool_)
    is_first[np.cumsum(later + 1) - later - 1] = True
    time = np.empty(len(pair))
    time[is_first], time[~is_first] = first, times
    candidates = Candidates(
        pairs=row * p_alive.shape[1] + draw,
        pair=pair,
        time=time,
        visible=share_of(generator, np.minimum(own, 1.0)[pair]),
        chance=share_of(generator, 1.0 / speed[pair]),
        spells=Spells(pair=np.arange(len(row)), start=np.zeros(len(row)), end=np.full(len(row), horizon), rate=rates),
    )
    return candidates, alive & ~some


def arrivals(
    generator: Generator, spells: Spells, *, share: Array, start: Any = 0.0, end: Any = np.inf
) -> tuple[Whole, Array]:
    """Additional purchases at `share` times the rate of each spell between `start` and `end`: pairs and times."""
    opens, closes = np.maximum(spells.start, start), np.minimum(spells.end, end)
    mean = share * spells.rate * np.maximum(closes - opens, 0.0)
    spell, time = ordered_times(generator, generator.poisson(mean), start=opens, end=closes)
    return spells.pair[spell], time


def share_of(generator: Generator, share: Array) -> Mask:
    """Draw which of m candidates belong to a share, (m,); no random numbers where all do."""
    if (share >= 1.0).all():
        return np.ones(len(share), dtype=np.bool_)
    return np.asarray(generator.random(len(share)) < share)
