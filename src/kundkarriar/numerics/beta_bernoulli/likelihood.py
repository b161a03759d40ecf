"""BG/BB: purchases at discrete opportunities, each taken with chance p, each of them survived with chance 1 - theta.

Fader, P. S., Hardie, B. G. S. & Shang, J. (2010), "Customer-base analysis in a discrete-time noncontractual setting",
Marketing Science 29(6); equation numbers are of that paper. A customer bought first at opportunity 0; of the next n,
x were taken, the last of them the t_x-th. p ~ Beta(alpha, beta), theta ~ Beta(gamma, delta).

The likelihood, eq. 5, is written as the probability of the history up to t_x, alive all the time, times that of the
silence after it (`silence`): the paper's sum with its common factor taken out, so that only ratios below 1 are added.
"""

from __future__ import annotations

from itertools import count, islice
from typing import TYPE_CHECKING, Any

import numpy as np

from kundkarriar.numerics.beta_bernoulli import trailing_nonpurchase
from kundkarriar.numerics.special import rising_factorial
from kundkarriar.numerics.special.beta_geometric_survival import discounted_stays, expected_stays, log_stays_closely
from kundkarriar.numerics.special.gamma_ratio import log_stays

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.beta_bernoulli.statistics import OpportunityCounts

    Array = NDArray[np.float64]


def log_likelihood(*, x: Array, t_x: Array, n: Array, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Log-likelihood of each customer, (n,), or (n, S) for parameters of S draws, (1, S). Eq. 5.

    >>> cell = {"x": np.array([4.0]), "t_x": np.array([5.0]), "n": np.array([6.0])}
    >>> log_likelihood(**cell, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783).round(4)
    array([-5.0957])
    """
    left, there = _silence(x=x, t_x=t_x, n=n, alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    x, t_x = _columns((x, t_x), like=left)
    bought: Array = (
        log_stays(x, a=beta, b=alpha)  # B(alpha + x, beta) / B(alpha, beta)
        + log_stays(t_x - x, a=alpha + x, b=beta)
        + log_stays(t_x, a=gamma, b=delta)
    )
    return bought + np.logaddexp(left, there)


def log_p_alive(*, x: Array, t_x: Array, n: Array, ahead: int, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Log of the probability of being alive at opportunity n + `ahead`, (n,). Eq. 11 for 1, A10 for more.

    At 0 it is the probability of having been alive at the last opportunity seen: 1 for who bought at it.

    >>> last_year = {"x": np.array([0.0, 4.0, 6.0]), "t_x": np.array([0.0, 5.0, 6.0]), "n": np.full(3, 6.0)}
    >>> np.exp(log_p_alive(**last_year, ahead=1, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)).round(2)
    array([0.11, 0.7 , 0.93])
    """
    left, there = _silence(x=x, t_x=t_x, n=n, alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    (n,) = _columns((n,), like=left)
    return -np.logaddexp(0.0, left - there) + log_stays_closely(ahead, a=gamma, b=delta + n)


def expected_purchases(upto: float, *, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Purchases expected at the next `upto` opportunities of a customer alive at the last one, (n,).

    Eq. 13 without P(alive); for x = n = 0 it is E[X(upto)] of a new customer.

    >>> new = {"x": np.zeros(1), "n": np.zeros(1), "alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
    >>> expected_purchases(10, **new).round(3)
    array([3.179])
    """
    return np.asarray((alpha + x) / (alpha + beta + n) * expected_stays(upto, a=gamma + 0 * n, b=delta + n))


def discounted_purchases(
    upto: float, *, discount_rate: float, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any
) -> Array:
    """The same, the kth opportunity ahead counted (1 + discount_rate)^-k, (n,). Eq. 14 without P(alive).

    >>> six = {"x": np.array([6.0]), "n": np.array([6.0])}
    >>> ahead = {"alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783, **six}
    >>> discounted_purchases(np.inf, discount_rate=0.1, **ahead).round(2)
    array([5.91])
    """
    ahead = discounted_stays(upto, discount_rate=discount_rate, a=gamma + 0 * n, b=delta + n)
    return np.asarray((alpha + x) / (alpha + beta + n) * ahead)


def next_purchase(*, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Iterator[tuple[Array, Array]]:
    """For k = 1, 2, ... without end, of a customer alive at the last opportunity, each (n,).

    Yields:
        The probability that the next purchase comes at the kth opportunity ahead (the customer stays until then,
        refuses before, and buys), and that after it the customer still waits, neither left nor having bought.

    >>> six = {"x": np.array([6.0]), "n": np.array([6.0])}
    >>> times = next_purchase(**six, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    >>> [float(next(times)[0][0].round(4)) for _ in range(3)]
    [0.8427, 0.0661, 0.011]
    """
    a, b = alpha + x, beta + (n - x)
    waits = np.ones(np.shape(a + 0 * gamma))
    for k in count():
        stays = waits * ((delta + n + k) / (gamma + delta + n + k))
        waits = stays * ((b + k) / (a + b + k))
        yield stays * (a / (a + b + k)), waits


def p_purchase(upto: int, *, x: Any, n: Any, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Probability that a customer alive at the last opportunity buys at one of the next `upto`, (n,).

    >>> six = {"x": np.array([6.0]), "n": np.array([6.0])}
    >>> p_purchase(3, **six, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783).round(4)
    array([0.9198])
    """
    times = next_purchase(x=x, n=n, alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    return np.asarray(sum(buys for buys, _ in islice(times, upto)))


def median_wait(p_alive: Array, *, x: Array, n: Array, most: int, **params: Any) -> Array:
    """The opportunities within which the next purchase comes with probability 1/2, (n,).

    Infinite where it never does, and where it takes more than `most`: the search ends when what a customer may still
    buy cannot bring the probability to 1/2.

    Args:
        p_alive: probability of having been alive at the last opportunity, (n,).
        x: opportunities taken, (n,).
        n: how many there were, (n,).
        most: opportunities looked ahead.
        params: alpha, beta, gamma, delta.

    >>> seen = {"x": np.array([6.0, 0.0]), "n": np.array([6.0, 6.0])}
    >>> median_wait(np.array([1.0, 0.1]), **seen, most=100, alpha=1.204, beta=0.75, gamma=0.657, delta=2.783)
    array([ 1., inf])
    """
    found, so_far = np.full(len(x), np.inf), np.zeros(len(x))
    for k, (buys, waits) in enumerate(islice(next_purchase(x=x, n=n, **params), most), 1):
        so_far += p_alive * buys
        found = np.where(np.isinf(found) & (so_far >= 0.5), k, found)
        if (np.isfinite(found) | (so_far + p_alive * waits < 0.5)).all():
            break
    return found


def p_counts(upto: int, *, most: int, x: Array, n: Array, alpha: Any, beta: Any, gamma: Any, delta: Any) -> Array:
    """Probability of 0, 1, ..., `most` purchases at the next `upto` opportunities, given alive, (n, most + 1).

    For x = n = 0 it is eq. 7. The number bought at i opportunities is carried from i to i + 1 with the chance of
    buying that so many purchases leave; each i weighs as the chance of being there for exactly i of them.

    >>> new = {"x": np.zeros(1), "n": np.zeros(1), "alpha": 1.204, "beta": 0.75, "gamma": 0.657, "delta": 2.783}
    >>> p_counts(6, most=2, **new).round(4)
    array([[0.3112, 0.1701, 0.1215]])
    """
    a, b, c, d = alpha + x, beta + (n - x), (gamma + 0 * n)[:, None], (delta + n)[:, None]
    bought = np.arange(most + 1)
    at = np.zeros((len(a), most + 1))
    at[:, 0] = 1.0
    found = np.zeros_like(at)
    stay = np.ones_like(d)
    for i in range(upto):
        found += stay * c / (c + d + i) * at
        stay = stay * (d + i) / (c + d + i)
        chance = at / (a + b + i)[:, None]
        at = chance * (b[:, None] + (i - bought))  # what would be more than i purchases has no chance yet
        at[:, 1:] += (chance * (a[:, None] + bought))[:, :-1]
    return np.asarray(found + stay * at)


def total(
    seen: OpportunityCounts, *, alpha: float, beta: float, gamma: float, delta: float
) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (4,) and Hessian (4, 4), in (alpha, beta, gamma, delta)."""
    value, gradient, hessian = seen.silences.total(alpha=alpha, beta=beta, gamma=gamma, delta=delta)
    for sign, at, base, counted in (
        (1, [0], alpha, seen.taken),
        (1, [1], beta, seen.refused),
        (-1, [0, 1], alpha + beta, seen.alive),
        (1, [3], delta, seen.alive),
        (-1, [2, 3], gamma + delta, seen.alive),
    ):
        part = rising_factorial.total(base, counted)
        value += sign * part[0]
        gradient[at] += sign * part[1]
        hessian[np.ix_(at, at)] += sign * part[2]
    return value, gradient, hessian


def totals(seen: OpportunityCounts, *, alpha: Array, beta: Array, gamma: Array, delta: Array) -> Array:
    """The log-likelihood of all customers alone, at S points at once, (S,); each parameter is (S,)."""
    of_many = rising_factorial.total_of_many
    history = (
        of_many(alpha, seen.taken) + of_many(beta, seen.refused) - of_many(alpha + beta, seen.alive)
        + of_many(delta, seen.alive) - of_many(gamma + delta, seen.alive)
    )  # fmt: skip
    return np.asarray(history + seen.silences.heights(alpha=alpha, beta=beta, gamma=gamma, delta=delta))


def simulate(
    *, n: Array, alpha: float, beta: float, gamma: float, delta: float, generator: Generator
) -> tuple[Array, Array]:
    """New customers' opportunities taken, and the number of the last one, 0 where none was, each (n,).

    Args:
        n: opportunities that each customer has, (n,).
        alpha: first parameter of the beta over the chance of buying.
        beta: its second.
        gamma: first parameter of the beta over the chance of leaving.
        delta: its second.
        generator: the stream.
    """
    p, theta = generator.beta(alpha, beta, len(n)), generator.beta(gamma, delta, len(n))
    alive = np.minimum(_before_the_first(theta, generator), n)
    last = np.maximum(alive - _before_the_first(p, generator), 0.0)  # counted back from where the customer left
    others = generator.binomial(np.maximum(last - 1, 0).astype(np.int64), p)
    return np.where(last > 0, 1.0 + others, 0.0), last


def _before_the_first(chance: Array, generator: Generator) -> Array:
    """How many trials pass before the first that happens, (n,); at most 1e18."""
    stays_away = np.log1p(-np.minimum(chance, 1 - 1e-16))
    waits = generator.standard_exponential(len(chance)) / np.maximum(-stays_away, 1e-18)
    return np.floor(waits)


def _silence(*, x: Array, t_x: Array, n: Array, alpha: Any, beta: Any, gamma: Any, delta: Any) -> tuple[Array, Array]:
    """Logs of the two parts of the silence after the last purchase."""
    gap = n - t_x
    if np.ndim(alpha) == 2:
        x, t_x = x[:, None], t_x[:, None]
    return trailing_nonpurchase.log_parts(gap, a=alpha + x, b=beta + (t_x - x), c=gamma, d=delta + t_x)


def _columns(values: tuple[Array, ...], *, like: Array) -> tuple[Array, ...]:
    """Row values that broadcast with `like`: (n, 1) where it has a column a draw."""
    return tuple(value[:, None] for value in values) if like.ndim == 2 else values
