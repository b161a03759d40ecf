"""Simulation of customers with Erlang-k gaps: latent state given the history, futures, and whole histories.

Parameters are draws, (1, S) or (n, S), or numbers; rows are n customers; everything drawn is (n, S).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.special import gammainc

from kundkarriar.arrays import Array, Mask, Whole

NEAR_CERTAIN_DROPOUT = 1e-6
"""At a 1 - p below this, purchases after the second are negligible."""
SLOWEST = 1e-290
"""Rates are at least this, so that integrals over an infinite horizon are finite."""
SMALLEST_HAZARD = 1e-280
"""A smaller dropout hazard stands for none; its inverse would overflow."""
GAPS_AT_ONCE = 5_000_000


@frozen(kw_only=True, eq=False)
class LatentState:
    """Latent state of customers, each array (n, S).

    Attributes:
        k: Erlang stages of a gap.
        alive: whether the customer is alive.
        done: stages done since the last purchase, 0 to k - 1.
        rate: stages per unit of time while alive.
        p: dropout probability after each purchase.
    """

    k: int
    alive: Mask
    done: Array
    rate: Array
    p: Array

    def at(self, some: Mask) -> LatentState:
        """The customers and draws `some`."""
        return LatentState(k=self.k, alive=self.alive[some], done=self.done[some], rate=self.rate[some], p=self.p[some])


def draw_latent_state(
    generator: Generator, *, p_alive: Array, done: Sequence[Array], s: Any, rate: Any, a: Any, b: Any
) -> LatentState:
    """Draw the latent state: alive or not; given alive, stages done, stage rate and dropout probability.

    Args:
        generator: of random numbers.
        p_alive: probability of being alive, (n, S).
        done: probability of each number of stages done, given alive, k arrays (n, S).
        s: shape of the gamma over stage rates, without the stages done, (n, S).
        rate: its rate, (n, S).
        a: first parameter of the beta over the dropout probability, given alive; 0: nobody drops out.
        b: its second parameter.
    """
    shape = np.shape(p_alive)
    alive = generator.random(shape) < p_alive
    stages, reached = np.zeros(shape), np.zeros(shape)
    at = generator.random(shape) if len(done) > 1 else stages
    for probability in done[:-1]:
        reached += probability
        stages += at >= reached
    rates = generator.standard_gamma(s + stages) / rate
    p = generator.beta(a, b, shape) if np.all(np.asarray(a) > 0) else np.zeros(shape)
    return LatentState(k=len(done), alive=alive, done=stages, rate=rates, p=p)


def draw_futures(
    generator: Generator, latent: LatentState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time alive.

    Stages arrive as a Poisson process; every k-th is a purchase, and purchases stop after a geometric number of
    them: all exact. The time of dropout is drawn. Each purchase before it is discounted by the mean of
    exp(-discount_rate t) at its place among the stages until then, which leaves out the variance of its own time.
    """
    k, done = latent.k, latent.done
    stages = generator.poisson(np.where(latent.alive, latent.rate, 0.0) * horizon).astype(np.float64)
    due = np.where(latent.alive, np.floor((stages + done) / k), 0.0)
    last = last_purchase(generator, latent.p)
    drops_out = latent.alive & (last <= due)
    purchases = np.where(drops_out, last, due)
    time_alive = np.full_like(stages, horizon)
    at = k * last[drops_out] - done[drops_out]
    time_alive[drops_out] = horizon * generator.beta(at, stages[drops_out] - at + 1)
    stages[drops_out] = at - 1
    alive = np.where(latent.alive, discounted_time(discount_rate, time_alive), 0.0)
    before = _discounted_purchases(
        purchases - drops_out, first=k - done, k=k, stages=stages, exposure=discount_rate * time_alive
    )
    return purchases, before + np.where(drops_out, np.exp(-discount_rate * time_alive), 0.0), alive


def expected_futures(latent: LatentState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """Expectations of the same three given the latent state, in closed form.

    Stages done modulo k, weighted by 1 - p at each purchase, are a cyclic Markov chain with absorption. Its eigenvalues
    are the k roots sigma of 1 - p; the probability of being d stages before a purchase at t is the mean of
    sigma^-d exp(-rate t (1 - sigma)).
    """
    purchases, _ = _given_alive(latent, horizon=horizon, discount_rate=0.0)
    discounted, alive = _given_alive(latent, horizon=horizon, discount_rate=discount_rate)

    def if_alive(part: Array) -> Array:
        return np.where(latent.alive, np.maximum(part, 0.0), 0.0)

    return if_alive(purchases), if_alive(discounted), if_alive(alive)


def _given_alive(latent: LatentState, *, horizon: float, discount_rate: float) -> tuple[Array, Array]:
    """Expected discounted purchases and discounted time alive, given that the customer is alive."""
    k, rate = latent.k, np.maximum(latent.rate, SLOWEST)
    if k == 1:  # one root, 1 - p
        alive = discounted_time(rate * latent.p + discount_rate, horizon)
        return rate * alive, alive
    near_certain = 1.0 - latent.p < NEAR_CERTAIN_DROPOUT
    p = np.where(near_certain, 0.0, latent.p)
    root = (1.0 - p) ** (1 / k)
    # 1 - root keeps its digits where p is small
    short: Any = -np.expm1(np.log1p(-p) / k)
    purchases, alive = np.zeros_like(rate), np.zeros_like(rate)
    for root_number in range(k // 2 + 1):
        both = 1.0 if root_number in (0, k / 2) else 2.0  # a root and its conjugate
        sigma: Any = root * np.exp(2j * np.pi * root_number / k) if root_number else root
        decay = rate * ((1.0 - sigma) if root_number else short) + discount_rate
        spell = _complex_discounted_time(decay, horizon) if root_number else discounted_time(decay, horizon)
        purchases += both / k * (sigma ** (latent.done + 1 - k) * spell).real * rate
        cycle = sum(sigma ** (stage - k + 1.0) for stage in range(k))
        alive += both / k * (sigma**latent.done * cycle * spell).real
    if near_certain.any():
        purchases[near_certain], alive[near_certain] = _given_near_certain_dropout(
            latent.at(near_certain), horizon=horizon, discount_rate=discount_rate
        )
    return purchases, alive


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


def _complex_discounted_time(decay: NDArray[np.complex128], horizon: float) -> NDArray[np.complex128]:
    """The same integral for a complex decay, which is not 0."""
    whole = 1.0 if np.isinf(horizon) else -np.expm1(-decay * horizon)
    return np.asarray(whole / decay)


def _given_near_certain_dropout(latent: LatentState, *, horizon: float, discount_rate: float) -> tuple[Array, Array]:
    """`_given_alive` where dropout at the next purchase is nearly certain: that purchase, and the one after it."""
    survival, rate = 1.0 - latent.p, np.maximum(latent.rate, SLOWEST)
    discount = rate / (rate + discount_rate)
    clock = (rate + discount_rate) * horizon
    m = latent.k - latent.done
    after = m + latent.k
    purchases = discount**m * gammainc(m, clock) + survival * discount**after * gammainc(after, clock)
    alive = np.zeros_like(purchases)
    for stage in range(1, 2 * latent.k + 1):
        probability = np.where(stage <= m, 1.0, np.where(stage <= after, survival, 0.0))
        alive += probability * discount**stage * gammainc(stage, clock) / rate
    return purchases, alive


def _discounted_purchases(count: Array, *, first: Array, k: int, stages: Array, exposure: Array) -> Array:
    """Sum of E[exp(-exposure u)] over `count` purchases.

    At k = 1 each of them is a uniform time u. At others, purchase n is order statistic i = first + (n - 1) k of
    `stages` uniform times u: mean x = i / (stages + 1), variance x (1 - x) / (stages + 2). exp(-exposure x) sums to a
    geometric series; the effect of the variance is of second order and is summed by the two-point Gauss rule. The third
    order is below exposure^3 / 100 of a purchase.
    """
    if k == 1:
        return count * discounted_time(exposure, 1.0)
    step = k / (stages + 1)
    start = first / (stages + 1)
    exponent = exposure * step
    small = exponent < 1e-12
    series = np.where(small, count, np.expm1(-exponent * count) / np.expm1(-np.where(small, 1.0, exponent)))
    whole = np.exp(-exposure * start) * series
    middle = start + step * (count - 1) / 2
    reach = step * np.sqrt(np.maximum(count**2 - 1, 0.0) / 12)
    second_order = sum(x * (1 - x) * np.exp(-exposure * x) for x in (middle - reach, middle + reach)) / 2
    whole = whole + count * 0.5 * exposure**2 / (stages + 2) * second_order
    return np.where(count > 0, np.minimum(whole, count), 0.0)


def draw_histories(
    generator: Generator, *, k: int, rate: Array, p: Array, T: Array, chances_at_first: int
) -> tuple[Array, Array]:
    """Repeat purchases x and age t_x at the last of them of new customers observed for `T` each, (n,).

    Given the number of stages within T, their times are uniform order statistics, so the time of the last purchase is
    a beta: exact, without a loop over purchases.

    Args:
        generator: of random numbers.
        k: Erlang stages of a gap.
        rate: stages per unit of time, (n,).
        p: dropout probability at each opportunity, (n,).
        T: time observed, (n,).
        chances_at_first: 1 if a customer may drop out after the first purchase, else 0.
    """
    stages = generator.poisson(rate * T).astype(np.float64)
    x = np.minimum(np.floor(stages / k), last_purchase(generator, p) - chances_at_first)
    bought = x > 0
    t_x = np.zeros_like(x)
    t_x[bought] = T[bought] * generator.beta(k * x[bought], stages[bought] - k * x[bought] + 1)
    return x, t_x


def draw_gap_log_sums(generator: Generator, *, k: int, x: Array, t_x: Array) -> Array:
    """Sums of the logarithms of the gaps between x purchases until t_x, (n,): shares of t_x are a Dirichlet."""
    counts: Whole = x.astype(np.int64)
    sums = np.zeros(len(x))
    some = np.flatnonzero(counts > 0)
    cuts = np.searchsorted(np.cumsum(counts[some]), np.arange(GAPS_AT_ONCE, counts.sum(), GAPS_AT_ONCE))
    for rows in np.split(some, np.unique(cuts)):
        if not len(rows):
            continue
        starts = np.cumsum(counts[rows]) - counts[rows]
        shares = generator.standard_gamma(float(k), int(counts[rows].sum()))
        whole = np.add.reduceat(shares, starts)
        sums[rows] = counts[rows] * np.log(t_x[rows] / whole) + np.add.reduceat(np.log(shares), starts)
    return sums


def last_purchase(generator: Generator, p: Array) -> Array:
    """Number of the dropout opportunity at which customers drop out: geometric, 1, 2, ...; huge where `p` is 0."""
    hazard = -np.log1p(-np.minimum(p, 1 - 2.0**-53))  # a beta with tiny parameters may draw exactly 1
    steps: Array = np.ceil(generator.standard_exponential(p.shape) / np.maximum(hazard, SMALLEST_HAZARD))
    return np.maximum(steps, 1.0)
