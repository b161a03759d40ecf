"""Simulation of customers with Poisson purchases: latent state given the history, futures, and whole histories.

Parameters are arrays of S draws; rows are n customers; everything drawn is (n, S).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask

SMALLEST_HAZARD = 1e-280
"""A smaller dropout hazard stands for none; its inverse would overflow."""


@frozen(kw_only=True, eq=False)
class LatentState:
    """Latent state of customers, each array (n, S).

    Attributes:
        alive: whether the customer is alive.
        rate: purchases per unit of time while alive.
        p: dropout probability after each purchase.
    """

    alive: Mask
    rate: Array
    p: Array


def draw_latent_state(
    generator: Generator, *, p_alive: Array, shape: Array, rate: Array, a: Array | None, b: Array | None
) -> LatentState:
    """Draw the latent state: alive or not; given alive, purchase rate and dropout probability.

    Args:
        generator: of random numbers.
        p_alive: probability of being alive, (n, S).
        shape: of the gamma over purchase rates given the history, (n, S).
        rate: of the same gamma, (n, S).
        a: first parameter of the beta over the dropout probability, given alive, (n, S); None: nobody drops out.
        b: its second parameter, (n, S).
    """
    alive = generator.random(p_alive.shape) < p_alive
    rates = generator.standard_gamma(shape) / rate
    p = np.zeros_like(rates) if a is None or b is None else generator.beta(a, b)
    return LatentState(alive=alive, rate=rates, p=p)


def draw_futures(
    generator: Generator, latent: LatentState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time alive.

    Purchases arrive as a Poisson process and stop after a geometric number of them: both exact. The time of dropout is
    drawn. The purchases before it are discounted by the mean of exp(-discount_rate t) until then, which has the right
    expectation and leaves out the variance of their own times.
    """
    arrivals = generator.poisson(np.where(latent.alive, latent.rate, 0.0) * horizon).astype(np.float64)
    last = last_purchase(generator, latent.p)
    drops_out = latent.alive & (last <= arrivals)
    purchases = np.where(drops_out, last, arrivals)
    time_alive = np.full_like(arrivals, horizon)
    time_alive[drops_out] = horizon * generator.beta(last[drops_out], arrivals[drops_out] - last[drops_out] + 1)
    alive = np.where(latent.alive, discounted_time(discount_rate, time_alive), 0.0)
    mean_discount = np.where(
        time_alive > 0, discounted_time(discount_rate, time_alive) / np.where(time_alive > 0, time_alive, 1.0), 1.0
    )
    last_discounted = np.where(drops_out, np.exp(-discount_rate * time_alive), 0.0)
    return purchases, (purchases - drops_out) * mean_discount + last_discounted, alive


def expected_futures(latent: LatentState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """Expectations of the same three given the latent state, in closed form."""
    dropout_rate = latent.rate * latent.p
    alive = np.where(latent.alive, discounted_time(dropout_rate + discount_rate, horizon), 0.0)
    purchases = np.where(latent.alive, latent.rate * discounted_time(dropout_rate, horizon), 0.0)
    return purchases, latent.rate * alive, alive


def discounted_time(rate: Any, horizon: Any) -> Array:
    """Integral of exp(-rate t) from 0 to `horizon`, elementwise; `horizon` itself where `rate` is 0.

    >>> discounted_time(np.array([0.0, 1.0]), 52.0)
    array([52.,  1.])
    """
    rate, horizon = np.broadcast_arrays(np.asarray(rate, dtype=float), np.asarray(horizon, dtype=float))
    positive = rate > 0
    safe = np.where(positive, rate, 1.0)
    spell: Array = np.where(positive, -np.expm1(-safe * horizon) / safe, horizon)
    return spell


def draw_histories(
    generator: Generator, *, rate: Array, p: Array, T: Array, chances_at_first: float
) -> tuple[Array, Array]:
    """New customers observed for `T` each: repeat purchases x and age t_x at the last of them, each (n,).

    Args:
        generator: of random numbers.
        rate: purchases per unit of time while alive, (n,).
        p: dropout probability at each opportunity, (n,).
        T: time observed, (n,).
        chances_at_first: 1 if a customer may drop out after the first purchase, else 0.
    """
    arrivals = generator.poisson(rate * T).astype(np.float64)
    last = last_purchase(generator, p) - chances_at_first
    drops_out = last <= arrivals
    x = np.where(drops_out, last, arrivals)
    # the j-th of N uniform arrivals is Beta(j, N - j + 1)
    some = x > 0
    t_x = np.zeros_like(x)
    t_x[some] = T[some] * generator.beta(x[some], arrivals[some] - x[some] + 1)
    return x, t_x


def last_purchase(generator: Generator, p: Array) -> Array:
    """Number of the dropout opportunity at which customers drop out: geometric, 1, 2, ...; huge where `p` is 0."""
    hazard = -np.log1p(-np.minimum(p, 1 - 2.0**-53))  # a beta with tiny parameters may draw exactly 1
    steps: Array = np.ceil(generator.standard_exponential(p.shape) / np.maximum(hazard, SMALLEST_HAZARD))
    return np.maximum(steps, 1.0)
