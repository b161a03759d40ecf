"""Draws of single customers: their hidden state given what they did, and the future that follows.

Parameters are arrays of S draws; rows are n customers; everything drawn is (n, S).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NEVER_LEAVES = 1e-280
"""A smaller chance of leaving is as good as none, and its inverse would overflow."""


@frozen(kw_only=True, eq=False)
class HiddenState:
    """What is not seen of customers: all (n, S).

    Attributes:
        alive: whether they are.
        rate: purchases per unit of time while alive.
        p: chance of leaving after each purchase.
    """

    alive: NDArray[np.bool_]
    rate: Array
    p: Array


def draw_hidden_state(
    generator: Generator, *, p_alive: Array, shape: Array, rate: Array, a: Array | None, b: Array | None
) -> HiddenState:
    """Alive or not, and given alive the purchase rate and the chance of leaving; without `a` nobody leaves.

    Args:
        generator: the stream.
        p_alive: probability of being alive, (n, S).
        shape: of the gamma over purchase rates given the history, (n, S).
        rate: of the same gamma, (n, S).
        a: first parameter of the beta over the chance of leaving, given alive, (n, S); None: nobody leaves.
        b: its second parameter, (n, S).
    """
    alive = generator.random(p_alive.shape) < p_alive
    rates = generator.standard_gamma(shape) / rate
    p = np.zeros_like(rates) if a is None or b is None else generator.beta(a, b)
    return HiddenState(alive=alive, rate=rates, p=p)


def draw_futures(
    generator: Generator, hidden: HiddenState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time alive.

    Purchases arrive as a Poisson process and stop after a geometric number of them: both exact. The moment of
    leaving is drawn; the purchases before it stand at the mean of exp(-discount_rate t) over that stretch,
    which is right in expectation and leaves out their own jitter.
    """
    arrivals = generator.poisson(np.where(hidden.alive, hidden.rate, 0.0) * horizon).astype(np.float64)
    last = last_purchase(generator, hidden.p)
    leaves = hidden.alive & (last <= arrivals)
    purchases = np.where(leaves, last, arrivals)
    stay = np.full_like(arrivals, horizon)
    stay[leaves] = horizon * generator.beta(last[leaves], arrivals[leaves] - last[leaves] + 1)
    alive = np.where(hidden.alive, discounted_time(discount_rate, stay), 0.0)
    mean_discount = np.where(stay > 0, discounted_time(discount_rate, stay) / np.where(stay > 0, stay, 1.0), 1.0)
    at_the_end = np.where(leaves, np.exp(-discount_rate * stay), 0.0)
    return purchases, (purchases - leaves) * mean_discount + at_the_end, alive


def expected_futures(hidden: HiddenState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """The same three given the hidden state, in expectation: closed forms."""
    leaving = hidden.rate * hidden.p
    alive = np.where(hidden.alive, discounted_time(leaving + discount_rate, horizon), 0.0)
    purchases = np.where(hidden.alive, hidden.rate * discounted_time(leaving, horizon), 0.0)
    return purchases, hidden.rate * alive, alive


def discounted_time(rate: Any, horizon: Any) -> Array:
    """The integral of exp(-rate t) from 0 to `horizon`: the horizon itself where `rate` is 0.

    >>> discounted_time(np.array([0.0, 1.0]), 52.0)
    array([52.,  1.])
    """
    rate, horizon = np.broadcast_arrays(np.asarray(rate, dtype=float), np.asarray(horizon, dtype=float))
    positive = rate > 0
    safe = np.where(positive, rate, 1.0)
    spell: Array = np.where(positive, -np.expm1(-safe * horizon) / safe, horizon)
    return spell


def histories(generator: Generator, *, rate: Array, p: Array, T: Array, chances_at_first: float) -> tuple[Array, Array]:
    """New customers observed for `T`: repeat purchases x and age at the last of them t_x, each (n,).

    Args:
        generator: the stream.
        rate: purchases per unit of time while alive, (n,).
        p: chance of leaving at each occasion, (n,).
        T: how long each is observed, (n,).
        chances_at_first: 1 where the first purchase is such an occasion, else 0.
    """
    wanted = generator.poisson(rate * T).astype(np.float64)
    last = last_purchase(generator, p) - chances_at_first
    leaves = last <= wanted
    x = np.where(leaves, last, wanted)
    # the j-th of N uniform arrivals is Beta(j, N - j + 1)
    some = x > 0
    t_x = np.zeros_like(x)
    t_x[some] = T[some] * generator.beta(x[some], wanted[some] - x[some] + 1)
    return x, t_x


def last_purchase(generator: Generator, p: Array) -> Array:
    """At which occasion they leave: geometric, 1, 2, ...; beyond any count where `p` is 0."""
    hazard = -np.log1p(-np.minimum(p, 1 - 2.0**-53))  # a beta of tiny parameters draws 1 itself
    steps: Array = np.ceil(generator.standard_exponential(p.shape) / np.maximum(hazard, NEVER_LEAVES))
    return np.maximum(steps, 1.0)
