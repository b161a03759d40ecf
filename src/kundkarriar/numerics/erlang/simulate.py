"""Draws of single customers who buy regularly: hidden state, the future that follows, and whole histories.

Parameters are draws, (1, S) or (n, S), or numbers; rows are n customers; everything drawn is (n, S).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import frozen
from scipy.special import gammainc

from kundkarriar.numerics.poisson_beta.simulate import discounted_time, last_purchase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

SURELY = 1e-6
"""A chance to stay this small leaves at most two purchases to speak of."""
SLOWEST = 1e-290
"""No rate is 0, so that an endless horizon has an inverse."""
GAPS_AT_ONCE = 5_000_000


@frozen(kw_only=True, eq=False)
class RegularState:
    """What is not seen of customers: all (n, S).

    Attributes:
        k: stages of a gap.
        alive: whether they are.
        done: stages done since the last purchase, 0 to k - 1.
        rate: stages per unit of time while alive.
        p: chance of leaving after each purchase.
    """

    k: int
    alive: NDArray[np.bool_]
    done: Array
    rate: Array
    p: Array


def draw_state(
    generator: Generator, *, p_alive: Array, done: Sequence[Array], s: Array, rate: Array, a: Any, b: Any
) -> RegularState:
    """Alive or not; and given alive the stages done, then the stage rate, and the chance of leaving.

    Args:
        generator: the stream.
        p_alive: probability of being alive, (n, S).
        done: probability of each number of stages done, given alive, k arrays (n, S).
        s: shape of the gamma over stage rates before the stages done, (n, S).
        rate: its rate, (n, S).
        a: first parameter of the beta over the chance of leaving, given alive; 0: nobody leaves.
        b: its second parameter.
    """
    shape = np.shape(p_alive)
    alive = generator.random(shape) < p_alive
    at = generator.random(shape)
    stages, reached = np.zeros(shape), np.zeros(shape)
    for chance in done[:-1]:
        reached += chance
        stages += at >= reached
    rates = generator.standard_gamma(s + stages) / rate
    p = generator.beta(a, b, shape) if np.all(np.asarray(a) > 0) else np.zeros(shape)
    return RegularState(k=len(done), alive=alive, done=stages, rate=rates, p=p)


def draw_futures(
    generator: Generator, hidden: RegularState, *, horizon: float, discount_rate: float
) -> tuple[Array, Array, Array]:
    """Realised purchases within `horizon`, their discounted number, and the discounted time alive.

    Stages arrive as a Poisson process; every k-th is a purchase, and purchases stop after a geometric number of
    them: all exact. The moment of leaving is drawn; each purchase before it stands at the mean of exp(-discount_rate
        t) at
    its place among the stages of that stretch, which leaves out its own jitter.
    """
    k, done = hidden.k, hidden.done
    stages = generator.poisson(np.where(hidden.alive, hidden.rate, 0.0) * horizon).astype(np.float64)
    due = np.where(hidden.alive, np.floor((stages + done) / k), 0.0)
    last = last_purchase(generator, hidden.p)
    leaves = hidden.alive & (last <= due)
    purchases = np.where(leaves, last, due)
    stay = np.full_like(stages, horizon)
    at = k * last[leaves] - done[leaves]
    stay[leaves] = horizon * generator.beta(at, stages[leaves] - at + 1)
    stages[leaves] = at - 1
    alive = np.where(hidden.alive, discounted_time(discount_rate, stay), 0.0)
    before = _discounted_places(purchases - leaves, first=k - done, k=k, stages=stages, exposure=discount_rate * stay)
    return purchases, before + np.where(leaves, np.exp(-discount_rate * stay), 0.0), alive


def expected_futures(hidden: RegularState, *, horizon: float, discount_rate: float) -> tuple[Array, Array, Array]:
    """The same three given the hidden state, in expectation: closed forms.

    Stages done modulo k, each round weighted by 1 - p, are a circle with one leak: its eigenvalues are the k roots
    sigma of 1 - p, and the chance to stand d stages before a purchase at t is the mean of sigma^-d exp(-rate t (1 -
    sigma)).
    """
    purchases, _ = _around(hidden, horizon=horizon, discount_rate=0.0)
    discounted, alive = _around(hidden, horizon=horizon, discount_rate=discount_rate)

    def of_the_living(part: Array) -> Array:
        return np.where(hidden.alive, np.maximum(part, 0.0), 0.0)

    return of_the_living(purchases), of_the_living(discounted), of_the_living(alive)


def _around(hidden: RegularState, *, horizon: float, discount_rate: float) -> tuple[Array, Array]:
    """Discounted purchases, and discounted time alive, of who is alive."""
    k, rate = hidden.k, np.maximum(hidden.rate, SLOWEST)
    surely = 1.0 - hidden.p < SURELY
    p = np.where(surely, 0.0, hidden.p)
    root = (1.0 - p) ** (1 / k)
    # 1 - root keeps its digits where p is small
    short: Any = -np.expm1(np.log1p(-p) / k)
    purchases, alive = np.zeros_like(rate), np.zeros_like(rate)
    for turn in range(k // 2 + 1):
        both = 1.0 if turn in (0, k / 2) else 2.0  # a root and its conjugate
        sigma: Any = root * np.exp(2j * np.pi * turn / k) if turn else root
        decay = rate * ((1.0 - sigma) if turn else short) + discount_rate
        spell = _complex_spell(decay, horizon) if turn else discounted_time(decay, horizon)
        purchases += both / k * (sigma ** (hidden.done + 1 - k) * spell).real * rate
        circle = sum(sigma ** (stage - k + 1.0) for stage in range(k))
        alive += both / k * (sigma**hidden.done * circle * spell).real
    if surely.any():
        some = RegularState(
            k=k, alive=hidden.alive[surely], done=hidden.done[surely], rate=rate[surely], p=hidden.p[surely]
        )
        purchases[surely], alive[surely] = _once(some, horizon=horizon, discount_rate=discount_rate)
    return purchases, alive


def _complex_spell(decay: NDArray[np.complex128], horizon: float) -> NDArray[np.complex128]:
    """The integral of exp(-decay t) from 0 to `horizon`."""
    whole = 1.0 if np.isinf(horizon) else -np.expm1(-decay * horizon)
    return np.asarray(whole / decay)


def _once(hidden: RegularState, *, horizon: float, discount_rate: float) -> tuple[Array, Array]:
    """The same of who all but surely leaves at the next purchase: that one, and the one after by its small chance."""
    stays = 1.0 - hidden.p
    kept = hidden.rate / (hidden.rate + discount_rate)
    clock = (hidden.rate + discount_rate) * horizon
    m = hidden.k - hidden.done
    after = m + hidden.k
    purchases = kept**m * gammainc(m, clock) + stays * kept**after * gammainc(after, clock)
    alive = np.zeros_like(purchases)
    for stage in range(1, 2 * hidden.k + 1):
        chance = np.where(stage <= m, 1.0, np.where(stage <= after, stays, 0.0))
        alive += chance * kept**stage * gammainc(stage, clock) / hidden.rate
    return purchases, alive


def _discounted_places(count: Array, *, first: Array, k: int, stages: Array, exposure: Array) -> Array:
    """Sum of E[exp(-exposure u)] over `count` purchases.

    The n-th stands at place first + (n - 1) k of `stages` random moments u of (0, 1): mean x = place / (stages + 1),
    variance x (1 - x) / (stages + 2). exp(-exposure x) is a geometric series; what the variance adds is taken to second
    order, at the two points of Gauss's rule. The next order is below exposure^3 / 100 of a purchase.
    """
    step = k / (stages + 1)
    start = first / (stages + 1)
    turn = exposure * step
    small = turn < 1e-12
    series = np.where(small, count, np.expm1(-turn * count) / np.expm1(-np.where(small, 1.0, turn)))
    whole = np.exp(-exposure * start) * series
    middle = start + step * (count - 1) / 2
    reach = step * np.sqrt(np.maximum(count**2 - 1, 0.0) / 12)
    bend = sum(x * (1 - x) * np.exp(-exposure * x) for x in (middle - reach, middle + reach)) / 2
    whole = whole + count * 0.5 * exposure**2 / (stages + 2) * bend
    return np.where(count > 0, np.minimum(whole, count), 0.0)


def histories(
    generator: Generator, *, k: int, rate: Array, p: Array, T: Array, chances_at_first: int
) -> tuple[Array, Array, Array]:
    """New customers observed for `T` each: x, t_x and the sum of the logarithms of their gaps, each (n,).

    Given how many stages come within T, their moments are as many uniform ones, so the moment of the last purchase is
    a beta, and the gaps before it are a Dirichlet: exact, and no loop over purchases.

    Args:
        generator: the stream.
        k: stages of a gap.
        rate: stages per unit of time, (n,).
        p: chance of leaving after each purchase, (n,).
        T: how long each is observed, (n,).
        chances_at_first: 1 where the first purchase may be the last, else 0.
    """
    stages = generator.poisson(rate * T).astype(np.float64)
    x = np.minimum(np.floor(stages / k), last_purchase(generator, p) - chances_at_first)
    bought = x > 0
    t_x = np.zeros_like(x)
    t_x[bought] = T[bought] * generator.beta(k * x[bought], stages[bought] - k * x[bought] + 1)
    return x, t_x, _gap_log_sums(generator, k=k, x=x.astype(np.int64), t_x=t_x)


def _gap_log_sums(generator: Generator, *, k: int, x: NDArray[np.int64], t_x: Array) -> Array:
    sums = np.zeros(len(x))
    some = np.flatnonzero(x > 0)
    cuts = np.searchsorted(np.cumsum(x[some]), np.arange(GAPS_AT_ONCE, x.sum(), GAPS_AT_ONCE))
    for rows in np.split(some, np.unique(cuts)):
        if not len(rows):
            continue
        starts = np.cumsum(x[rows]) - x[rows]
        shares = generator.standard_gamma(float(k), int(x[rows].sum()))
        whole = np.add.reduceat(shares, starts)
        sums[rows] = x[rows] * np.log(t_x[rows] / whole) + np.add.reduceat(np.log(shares), starts)
    return sums
