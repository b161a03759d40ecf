"""Simulation of customers who switch on and off: their futures, and histories of new customers."""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.switching.expectation import time_on

MOST_SWITCHES = 10_000.0
"""Customers who are expected to switch more often than this within the horizon are on for their expected time: its
spread is a hundredth of it."""


@frozen(kw_only=True, eq=False)
class SwitchingState:
    """State of customers, (n, S) each; `returning` (1, S).

    Attributes:
        on: whether the customer is on.
        rate: purchases per unit of time while on.
        leaving: rate of going off while on.
        returning: rate of coming back on while off.
    """

    on: Mask
    rate: Array
    leaving: Array
    returning: Any


def draw_futures(
    generator: Generator, state: SwitchingState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time on.

    Purchases are a Poisson process over the time on: exact. Each is discounted by the mean of exp(-discount_rate t)
    over that time, which is right in expectation and leaves out the variation of their own times.
    """
    time, discounted = _drawn_time_on(generator, state, horizon=horizon, discount_rate=discount_rate)
    purchases = generator.poisson(state.rate * time).astype(np.float64)
    mean_discount = np.divide(discounted, time, out=np.ones_like(time), where=time > 0)
    return purchases, purchases * mean_discount, discounted


def expected_futures(state: SwitchingState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """Expected purchases, discounted purchases and discounted time on given the state, each (n, S)."""
    rates = {"leaving": state.leaving, "returning": state.returning}
    with np.errstate(invalid="ignore"):  # a lifetime without discounting is infinite
        free = np.where(state.on, *time_on(horizon, **rates, discount_rate=0.0))
        alive = np.where(state.on, *time_on(horizon, **rates, discount_rate=discount_rate))
    return state.rate * free, state.rate * alive, alive


def _drawn_time_on(
    generator: Generator, state: SwitchingState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array]:
    """Time on within `horizon`, and its integral of exp(-discount_rate t), (n, S) each."""
    shape = state.on.shape
    returning = np.broadcast_to(state.returning, shape).ravel()
    leaving, on, at = state.leaving.ravel(), state.on.ravel().copy(), np.arange(state.on.size)
    time, discounted, now = np.zeros(len(at)), np.zeros(len(at)), np.zeros(len(at))
    switches = 2.0 * horizon * leaving * returning / (leaving + returning)
    if (often := switches > MOST_SWITCHES).any():
        for total, rate in ((time, 0.0), (discounted, discount_rate)):
            both = time_on(horizon, leaving=leaving[often], returning=returning[often], discount_rate=rate)
            total[often] = np.where(on[often], *both)
        at = np.flatnonzero(~often)
    while len(at):
        here = on[at]
        spell = generator.standard_exponential(len(at)) / np.where(here, leaving[at], returning[at])
        until = np.minimum(now[at] + spell, horizon)
        time[at] += np.where(here, until - now[at], 0.0)
        if discount_rate > 0:
            paid = (np.exp(-discount_rate * now[at]) - np.exp(-discount_rate * until)) / discount_rate
            discounted[at] += np.where(here, paid, 0.0)
        now[at], on[at] = until, ~here
        at = at[until < horizon]
    return time.reshape(shape), (discounted if discount_rate > 0 else time).reshape(shape)


def draw_histories(
    generator: Generator, *, rate: Array, leaving: Array, returning: float, T: Array
) -> tuple[Array, Whole]:
    """Purchase times of new customers observed for `T`, who are on at 0 with their first purchase.

    Returns:
        The times of repeat purchases of all customers, customer by customer and ascending, and where each customer's
        begin, (n + 1,).
    """
    customers: list[Whole] = []
    times: list[Array] = []
    at, now, on = np.arange(len(T)), np.zeros(len(T)), True
    while len(at):
        pace = leaving[at] if on else np.full(len(at), returning)
        until = np.minimum(now[at] + generator.standard_exponential(len(at)) / pace, T[at])
        if on:
            bought = generator.poisson(rate[at] * (until - now[at]))
            customers.append(np.repeat(at, bought))
            begin, length = np.repeat(now[at], bought), np.repeat(until - now[at], bought)
            times.append(begin + length * (1.0 - generator.random(len(begin))))
        now[at], on = until, not on
        at = at[until < T[at]]
    who, when = np.concatenate([*customers, np.empty(0, np.int64)]), np.concatenate([*times, np.empty(0)])
    order = np.lexsort((when, who))
    return when[order], np.concatenate([[0], np.cumsum(np.bincount(who, minlength=len(T)))])
