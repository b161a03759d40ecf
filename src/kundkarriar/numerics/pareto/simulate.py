"""Draws of single customers with a lifetime: their hidden state given what they did, and the future that follows.

Parameters are arrays of S draws; rows are n customers; everything drawn is (n, S).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen

from kundkarriar.numerics.pareto import gompertz_time
from kundkarriar.numerics.pareto.quadrature import FORGOTTEN, gauss
from kundkarriar.numerics.poisson_beta import simulate

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

NODES = 32


@frozen(kw_only=True, eq=False)
class TimedState:
    """What is not seen of customers: (n, S).

    Attributes:
        alive: whether they are.
        rate: purchases per unit of time while alive.
        leaving: chance of leaving per unit of time now; exp(b t) times as much after t.
        b: ageing, 0 for none; (1, S).
    """

    alive: NDArray[np.bool_]
    rate: Array
    leaving: Array
    b: Any


def draw_state(
    generator: Generator, *, p_alive: Array, shape: Array, rate: Array, s: Array, beta: Array, b: Any
) -> TimedState:
    """Alive or not, and given alive the rates of purchases and of leaving, which are independent.

    Args:
        generator: the stream.
        p_alive: probability of being alive, (n, S).
        shape: of the gamma over purchase rates given the history, (n, S).
        rate: of the same gamma, (n, S).
        s: shape of the gamma over rates of leaving, (1, S).
        beta: its rate given alive now, (n, S).
        b: ageing, (1, S), or 0.
    """
    alive = generator.random(p_alive.shape) < p_alive
    rates = generator.standard_gamma(shape, p_alive.shape) / rate
    leaving = generator.standard_gamma(s, p_alive.shape) / beta
    return TimedState(alive=alive, rate=rates, leaving=leaving, b=b)


def lifetimes(generator: Generator, leaving: Array, *, b: Any) -> Array:
    """How long each goes on living; infinite for who practically never leaves."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(gompertz_time.unwarped(generator.standard_exponential(leaving.shape) / leaving, b))


def draw_futures(
    generator: Generator, hidden: TimedState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time alive.

    Purchases are a Poisson process up to the end of the horizon or of the lifetime: exact. They stand at the mean of
    exp(-discount_rate t) over that stretch, which is right in expectation and leaves out their own jitter.
    """
    stay = np.where(hidden.alive, np.minimum(lifetimes(generator, hidden.leaving, b=hidden.b), horizon), 0.0)
    purchases = generator.poisson(hidden.rate * stay).astype(np.float64)
    alive = simulate.discounted_time(discount_rate, stay)
    mean_discount = np.where(stay > 0, alive / np.where(stay > 0, stay, 1.0), 1.0)
    return purchases, purchases * mean_discount, alive


def expected_futures(hidden: TimedState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """The same three given the hidden state, in expectation."""
    free = _time(hidden, horizon=horizon, discount_rate=0.0)
    alive = free if discount_rate == 0 else _time(hidden, horizon=horizon, discount_rate=discount_rate)
    return hidden.rate * free, hidden.rate * alive, alive


def histories(generator: Generator, *, rate: Array, leaving: Array, b: Any, T: Array) -> tuple[Array, Array]:
    """Repeat purchases and the age at the last one of new customers observed for `T`, (n,)."""
    stay = np.minimum(lifetimes(generator, leaving, b=b), T)
    x = generator.poisson(rate * stay).astype(np.float64)
    # the last of x moments that are uniform over the stay
    latest = stay * (1.0 - generator.random(len(T))) ** (1.0 / np.maximum(x, 1.0))
    return x, np.where(x > 0, np.minimum(np.maximum(latest, np.finfo(float).tiny), T), 0.0)


def _time(hidden: TimedState, *, horizon: float, discount_rate: float) -> Array:
    """Discounted time alive within `horizon` given the rate of leaving: closed without ageing."""
    if not gompertz_time.ages(hidden.b):
        time = simulate.discounted_time(hidden.leaving + discount_rate, horizon)
        return np.where(hidden.alive, time, 0.0)
    leaving = np.maximum(hidden.leaving, np.finfo(float).tiny)
    m = np.minimum(1.0 / leaving, 1.0 / hidden.b)
    end = min(horizon, FORGOTTEN / discount_rate if discount_rate > 0 else np.inf)
    reach = np.minimum(gompertz_time.log_growth(end, since=0.0, c=m, b=hidden.b), np.log1p(FORGOTTEN / (leaving * m)))
    time = np.zeros_like(leaving)
    for point, weight in zip(*gauss(NODES), strict=True):
        y = reach * point
        t, slope = gompertz_time.after_growth(y, since=0.0, m=m, b=hidden.b)
        time += slope * np.exp(-discount_rate * t - leaving * m * np.expm1(y)) * weight
    return np.where(hidden.alive, time * reach, 0.0)
