"""Simulation of Pareto/NBD and GGompertz/NBD: latent states given histories, futures, and histories of new customers.

Parameters are arrays of S draws; rows are n customers; everything drawn is (n, S).
"""

from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask
from kundkarriar.numerics.bgnbd import simulate
from kundkarriar.numerics.pareto_nbd import gompertz_time
from kundkarriar.numerics.pareto_nbd.quadrature import LOG_NEGLIGIBLE, SIMULATION_NODES
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit


@frozen(kw_only=True, eq=False)
class ParetoState:
    """Latent state of customers, (n, S).

    Attributes:
        alive: whether the customer is alive.
        rate: purchases per unit of time while alive.
        dropout_rate: dropout rate now; exp(b t) times as much after t.
        b: ageing, 0 for none; (1, S).
    """

    alive: Mask
    rate: Array
    dropout_rate: Array
    b: Any


def draw_latent_state(
    generator: Generator, *, p_alive: Array, shape: Array, rate: Array, s: Array, beta: Array, b: Any
) -> ParetoState:
    """Draw latent states: alive or not, and given alive the purchase and dropout rates, which are independent.

    Given the history and alive now, purchase rates are Gamma(shape, rate) and dropout rates Gamma(s, beta).
    """
    alive = generator.random(p_alive.shape) < p_alive
    rates = generator.standard_gamma(shape, p_alive.shape) / rate
    dropout_rate = generator.standard_gamma(s, p_alive.shape) / beta
    return ParetoState(alive=alive, rate=rates, dropout_rate=dropout_rate, b=b)


def draw_lifetimes(generator: Generator, dropout_rate: Array, *, b: Any) -> Array:
    """Residual lifetimes at the dropout rates `dropout_rate`; infinite where the rate is practically 0."""
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(
            gompertz_time.inverse_transform(generator.standard_exponential(dropout_rate.shape) / dropout_rate, b)
        )


def draw_futures(
    generator: Generator, state: ParetoState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time alive.

    Purchases are a Poisson process up to the end of the horizon or of the lifetime: exact. Each is discounted by the
    mean of exp(-discount_rate t) over that time, which is right in expectation and leaves out the variation of their
    own times.
    """
    time_alive = np.where(
        state.alive, np.minimum(draw_lifetimes(generator, state.dropout_rate, b=state.b), horizon), 0.0
    )
    purchases = generator.poisson(state.rate * time_alive).astype(np.float64)
    alive = simulate.discounted_time(discount_rate, time_alive)
    mean_discount = np.where(time_alive > 0, alive / np.where(time_alive > 0, time_alive, 1.0), 1.0)
    return purchases, purchases * mean_discount, alive


def expected_futures(state: ParetoState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """Expected purchases, discounted purchases and discounted time alive given the latent state, each (n, S)."""
    free = _time(state, horizon=horizon, discount_rate=0.0)
    alive = free if discount_rate == 0 else _time(state, horizon=horizon, discount_rate=discount_rate)
    return state.rate * free, state.rate * alive, alive


def draw_histories(generator: Generator, *, rate: Array, dropout_rate: Array, b: Any, T: Array) -> tuple[Array, Array]:
    """Repeat purchases and the age at the last one of new customers observed for `T`, each (n,)."""
    time_alive = np.minimum(draw_lifetimes(generator, dropout_rate, b=b), T)
    x = generator.poisson(rate * time_alive).astype(np.float64)
    # the last of x times that are uniform over the time alive
    latest = time_alive * (1.0 - generator.random(len(T))) ** (1.0 / np.maximum(x, 1.0))
    return x, np.where(x > 0, np.minimum(np.maximum(latest, np.finfo(float).tiny), T), 0.0)


def _time(state: ParetoState, *, horizon: float, discount_rate: float) -> Array:
    """Expected discounted time alive within `horizon` given the dropout rate; in closed form without ageing."""
    if not gompertz_time.has_ageing(state.b):
        time = simulate.discounted_time(state.dropout_rate + discount_rate, horizon)
        return np.where(state.alive, time, 0.0)
    dropout_rate = np.maximum(state.dropout_rate, np.finfo(float).tiny)
    m = np.minimum(1.0 / dropout_rate, 1.0 / state.b)
    end = min(horizon, LOG_NEGLIGIBLE / discount_rate if discount_rate > 0 else np.inf)
    reach = np.minimum(
        gompertz_time.log_growth(end, since=0.0, c=m, b=state.b), np.log1p(LOG_NEGLIGIBLE / (dropout_rate * m))
    )
    time = np.zeros_like(dropout_rate)
    for point, weight in zip(*gauss_legendre_unit(SIMULATION_NODES), strict=True):
        y = reach * point
        t, derivative = gompertz_time.inverse_log_growth(y, since=0.0, m=m, b=state.b)
        time += derivative * np.exp(-discount_rate * t - dropout_rate * m * np.expm1(y)) * weight
    return np.where(state.alive, time * reach, 0.0)
