"""Spells of customers who switch on and off, drawn from numbers that belong to the customer and the spell.

The length of a spell is an exponential number over a rate. It is a hash of the customer's key and the spell's number:
so paths under other rates use up the same numbers, however many spells they have, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.sampling.stable_hash import stable_hash

After: TypeAlias = Callable[[Array, Array, Whole], Array]
"""From times and lengths of spells, (m,) each, of customers at positions, (m,), to when the spells end."""

STEP = 0x9E3779B97F4A7C15
"""Between the hashed numbers of a customer's spells."""


def exponential_numbers(key: Any, number: int) -> Array:
    """The standard exponential number of the spell `number`, from 0, of customers with a `key`, (m,) whole numbers.

    >>> keys = np.arange(100_000, dtype=np.uint64)
    >>> bool(abs(exponential_numbers(keys, 3).mean() - 1) < 0.01)
    True
    """
    hashed = stable_hash(ids=key + np.uint64(number * STEP % 2**64))
    return np.asarray(-np.log(((hashed >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53))


@frozen(kw_only=True, eq=False)
class OnSpells:
    """Spans of time in which customers are on, ordered by customer and time, (m,) each.

    Attributes:
        pair: position of the customer among those asked for.
        start, end: in periods from now, between 0 and the horizon.
        horizon: in periods.
    """

    pair: Whole
    start: Array
    end: Array
    horizon: float

    def hold(self, pair: Whole, time: Array) -> Mask:
        """Whether customers at positions `pair` are on at times above 0, (m,) each."""
        if not len(self.pair):
            return np.zeros(len(pair), dtype=np.bool_)
        apart = 2.0 * self.horizon
        last = np.searchsorted(self.pair * apart + self.start, pair * apart + time, side="left") - 1
        return np.asarray((self.pair[last] == pair) & (last >= 0) & (time <= self.end[last]))

    def time_between(self, edges: Array, *, pairs: int) -> Array:
        """The time on of each of so many customers between edges of time, (k + 1,): (pairs, k)."""
        inside = np.diff(np.clip(edges, self.start[:, None], self.end[:, None]), axis=1)
        return np.stack([np.bincount(self.pair, weights=each, minlength=pairs) for each in inside.T], axis=1)


def on_spells(
    key: Any, *, on: Mask, leaving: Array, returning: Array, horizon: float, leaves: After, returns: After
) -> OnSpells:
    """The spells on of m customers within `horizon`, who are `on` now or off, with rates of switching, (m,) each.

    `leaves` and `returns` tell when a spell on and a spell off end whose lengths at these rates are known.
    """
    on, now, at, number = on.copy(), np.zeros(len(on)), np.arange(len(on)), 0
    spells: list[tuple[Whole, Array, Array]] = []
    while len(at):
        length, here = exponential_numbers(key[at], number) / np.where(on[at], leaving[at], returning[at]), on[at]
        until = np.empty(len(at))
        for some, after in ((here, leaves), (~here, returns)):
            until[some] = after(now[at[some]], length[some], at[some])
        until = np.minimum(until, horizon)
        spells.append((at[here], now[at[here]], until[here]))
        now[at], on[at] = until, ~here
        at, number = at[until < horizon], number + 1
    pair, start, end = map(np.concatenate, zip(*spells, strict=True)) if spells else (at, now, now)
    order = np.argsort(pair, kind="stable")  # of one customer they are in order already
    return OnSpells(pair=pair[order], start=start[order], end=end[order], horizon=horizon)


def at_once(now: Array, length: Array, _: Whole) -> Array:
    """The end of a spell at its own rate."""
    return now + length


@frozen(kw_only=True, eq=False)
class TreatedClock:
    """Time that counts `factor` times between `edges`, and once after the last.

    Attributes:
        edges: ascending from 0, (k + 1,).
        factor: of each customer, (m, k).

    >>> clock = TreatedClock(edges=np.array([0.0, 2.0, 9.0]), factor=np.array([[0.5, 2.0]]))
    >>> clock.after(np.array([1.0]), np.array([1.5]), np.array([0]))
    array([2.5])
    """

    edges: Array
    factor: Array

    def after(self, now: Array, length: Array, at: Whole) -> Array:
        """The times when `length` has been counted since `now`, of the customers at positions `at`, (m,) each."""
        speed = np.concatenate([self.factor[at], np.ones((len(at), 1))], axis=1)
        counted = np.cumsum(speed[:, :-1] * np.diff(self.edges), axis=1)
        counted = np.concatenate([np.zeros((len(at), 1)), counted], axis=1)
        row, last = np.arange(len(at)), len(self.edges) - 1
        segment = np.clip(np.searchsorted(self.edges, now, side="right") - 1, 0, last)
        target = counted[row, segment] + speed[row, segment] * (now - self.edges[segment]) + length
        segment = (counted[:, 1:] < target[:, None]).sum(axis=1)
        return np.asarray(self.edges[segment] + (target - counted[row, segment]) / speed[row, segment])
