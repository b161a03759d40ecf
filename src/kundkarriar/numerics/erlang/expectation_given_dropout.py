"""The future of regular customers of any parameters: a mean over the chance of leaving, known in closed form given it.

Given p, with u = 1 - p and j of k stages done, a customer is alive after M further stages with chance u^floor((M+j)/k).
M is negative binomial of size q = s + j and odds z = t / rate. With the roots of unity w_l = exp(2 pi i l / k) and
sigma_l = u^(1/k) w_l that is a sum of k terms,

    alive(p) = sum over l of c_l sigma_l^j (1 + z (1 - sigma_l))^-q,    c_l = p / (k u) sigma_l / (1 - sigma_l),

of which the first rules and the others, complex in pairs, fade. Each purchase is followed by leaving with chance p,
so the purchases expected given p are (1 - alive(p)) / p. Where the terms cancel, which they do while few stages are
likely or u is small, the sum over the number of purchases is short and is taken instead: its terms are positive.

The means over p ~ Beta(a, b) are those of `beta_expectation`, whose nodes do not grow with the parameters, as those of
the sums over purchases (`regular_future`) do. Everything is an array (k, n): a row for each number of stages done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.numerics.special.beta_expectation import log_expectation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from kundkarriar.numerics.erlang.future_state import Ahead

    Array = NDArray[np.float64]
    Complex = NDArray[np.complex128]
    Rows = NDArray[np.int64]
    LogGiven = Callable[[Array, Array, Rows], Array]

CANCELS = 1e-3
"""A sum of less than a thousandth of its terms is taken the other way."""
MOST_PURCHASES, FEWEST_STAGES = 160, 480
"""More purchases do not count where the terms cancel: those who made them at that chance of leaving are fewer than
e^-690. Down to u = 1/2 as many stages leave no rest."""
FADED = 45.0
"""What is less than e^-45 of the first term is left out."""
LEAST, NOBODY = 1e-300, 1e-250
"""Chances of staying no smaller than 1e-300; and a chance of leaving that is none."""
STEEPEST = 1e285
UNSEEN, NOT_A_NUMBER = 1e-12, -700.0
ENDLESS = 1e45
"""A gamma is a beta over 1e45 times as much, of this second parameter."""
AT_ONCE, NODES_AT_ONCE = 1_000_000, 8192
"""Numbers held at once."""


@frozen(kw_only=True, eq=False)
class Stages:
    """How many stages come, of so many different customers.

    Attributes:
        k: stages of a gap.
        done: those done since the last purchase, (n,).
        q: size of the negative binomial, (n,).
        z: its odds, (n,).
        log_counts: log of the probability of 0, 1, ... purchases were there no leaving, (n, N).
        log_some: log of the probability of at least one, (n,).
        most: larger numbers are of no weight against none or one, (n,).
    """

    k: int
    done: Array
    q: Array
    z: Array
    log_counts: Array
    log_some: Array
    most: Rows


def still_alive(t: Any, ahead: Ahead) -> Array:
    """Probability of being alive after `t`, a number or (n,), (k, n).

    >>> from kundkarriar.numerics.erlang.future_state import ahead_of
    >>> someone = ahead_of(k=1, s=np.array([2.525]), rate=45.0, a=0.891, b=4.614)
    >>> still_alive(52.0, someone).round(4)
    array([[0.6976]])
    """
    return np.exp(_means(_log_alive, t, ahead))


def expected_purchases(t: Any, ahead: Ahead) -> Array:
    """Purchases expected within `t`, a number or (n,), (k, n)."""
    return np.exp(_means(_log_purchases, t, ahead))


def p_leaves(t: Any, ahead: Ahead) -> Array:
    """Probability of leaving within `t`, a number or (n,), (k, n): E[p x purchases], p's weight taken into the beta."""
    a, b = ahead.a, ahead.b
    return np.asarray(a / (a + b) * expected_purchases(t, evolve(ahead, a=np.where(a > 0, a + 1, 0.0))))


def lifelong(ahead: Ahead, *, discount_rate: float) -> tuple[Array, Array]:
    """Purchases and time alive, discounted without an end, each (k, n).

    Given the stage rate lambda, a stage ahead counts f = lambda / (lambda + discount_rate): purchases are
    f^(k - j) E[1 / (1 - u f^k)], and of the time each is the discounted wait for its end. lambda is gamma.
    """
    k = ahead.k
    done, q, scale, a, b = _flat(ahead, ahead.rate * discount_rate)

    def over_p(log_given: Callable[..., Array], share: Array, at: Array) -> tuple[Array, Array, Rows]:
        """The mean over p given the stage rate, in shares of ENDLESS; with ln f, and the rows."""
        stage = np.asarray(-np.log1p(scale[_whole(at)] / (share * ENDLESS)))
        row = np.broadcast_to(_whole(at), stage.shape)
        gap, first, every = k * stage.ravel(), ((k - done[row]) * stage).ravel(), row.ravel()

        def given(p: Array, u: Array, some: Rows) -> Array:
            return log_given(p, u, gap[some], first[some])

        mean = _mean(given, a=a[every], b=b[every], steep=np.exp(gap) / -np.expm1(gap))
        return mean.reshape(stage.shape), stage, row

    def log_purchases(share: Array, at: Array) -> Array:
        mean, stage, row = over_p(_log_purchases_worth, share, at)
        return (k - done[row]) * stage + mean

    def log_alive(share: Array, at: Array) -> Array:
        return over_p(_log_time_worth, share, at)[0]

    rows, endless = np.arange(float(len(q))), np.full(len(q), ENDLESS)
    steep = np.minimum(k * ENDLESS / scale, STEEPEST)
    alive = log_expectation(log_alive, rows, a=q, b=endless, steep=steep)
    purchases = np.empty(len(q))
    for j in range(k):
        some = done == j
        own = {"a": q[some], "b": endless[some], "steep": steep[some]}
        purchases[some] = log_expectation(log_purchases, rows[some], **own, left=float(k - j))
    return np.exp(purchases).reshape(k, -1), np.exp(alive).reshape(k, -1) / discount_rate


def _log_purchases_worth(p: Array, _: Array, gap: Array, __: Array) -> Array:
    return np.asarray(-np.log(p * np.exp(gap) - np.expm1(gap)))


def _log_time_worth(p: Array, u: Array, gap: Array, first: Array) -> Array:
    return np.asarray(np.log(-p * np.expm1(first) - u * np.expm1(gap)) - np.log(p * np.exp(gap) - np.expm1(gap)))


def _means(log_given: Callable[[Stages, Array, Array, Rows], Array], t: Any, ahead: Ahead) -> Array:
    """Logarithm of the mean over p, (k, n)."""
    k = ahead.k
    done, q, z, a, b = _flat(ahead, t / ahead.rate)
    counts = max(MOST_PURCHASES, FEWEST_STAGES // k)
    answer = np.empty(len(q))
    size = max(1, AT_ONCE // (k * counts))
    for start in range(0, len(q), size):
        some = slice(start, start + size)
        stages = _stages(k=k, done=done[some], q=q[some], z=z[some], counts=counts)
        share = z[some] / (1 + z[some])
        steep = np.maximum((1 + q[some]) * z[some], np.exp(np.minimum(k * np.log1p(share * q[some]), 575.0)))

        def given(p: Array, u: Array, row: Rows, stages: Stages = stages) -> Array:
            return log_given(stages, p, u, row)

        answer[some] = _mean(given, a=a[some], b=b[some], steep=steep)
    return answer.reshape(k, -1)


def _flat(ahead: Ahead, clock: Array) -> tuple[Array, ...]:
    """Stages done, q, `clock`, a and b of every customer after each number of stages, (k n,)."""
    done = np.repeat(np.arange(float(ahead.k)), len(ahead.s))
    s, *others = (np.tile(column, ahead.k) for column in (ahead.s, clock, ahead.a, ahead.b))
    return (done, s + done, *others)


def _mean(log_given: Callable[[Array, Array, Rows], Array], *, a: Array, b: Array, steep: Array) -> Array:
    """Logarithm of the mean of exp(log_given(p, 1 - p, row)) over p ~ Beta(a, b), (n,); a = 0: p = 0.

    Of a small 1 - p the digits count as well as of a small p. Where a > b the mean is split by
    Beta(a, b) = b / (a + b) Beta(a, b + 1) + a / (a + b) Beta(a + 1, b): the first has little weight at p = 1 and is
    taken over p, the second little at p = 0 and is taken over 1 - p. Where hardly more than nothing comes of a p of
    1e-12 the second is a share of at most 1e-12, whose p have no digits in 1 - p.
    """

    def over_p(p: Array, row: Array) -> Array:
        return log_given(p, np.maximum(1 - p, LEAST), _whole(row))

    def over_u(u: Array, row: Array) -> Array:
        u = np.maximum(u, LEAST)
        return log_given(np.maximum(1 - u, 2.0**-54), u, _whole(row))

    answer = np.empty(len(a))
    rows = np.arange(float(len(a)))
    none, low, high = a == 0, (a > 0) & (a <= b), a > b
    answer[none] = log_given(np.full(int(none.sum()), NOBODY), np.ones(int(none.sum())), np.flatnonzero(none))
    answer[low] = log_expectation(over_p, rows[low], a=a[low], b=b[low], steep=steep[low])
    stays = log_expectation(over_p, rows[high], a=a[high], b=b[high] + 1, steep=steep[high])
    answer[high] = np.log(b[high] / (a + b)[high]) + stays
    least = np.full(len(a), UNSEEN)
    seen = high & (log_given(least, 1 - least, _whole(rows)) > NOT_A_NUMBER)
    leaves = log_expectation(over_u, rows[seen], a=b[seen], b=a[seen] + 1, steep=steep[seen])
    answer[seen] = np.logaddexp(answer[seen], leaves - np.log1p(b[seen] / a[seen]))
    return answer


def _whole(row: Array) -> Rows:
    return np.asarray(row, dtype=np.int64)


def _stages(*, k: int, done: Array, q: Array, z: Array, counts: int) -> Stages:
    """With the logarithms of how many purchases would be made."""
    m = np.arange(1.0, k * counts)
    share = z / (1 + z)
    log_stages = np.zeros((len(q), k * counts))
    log_stages[:, 1:] = np.cumsum(np.log((q[:, None] + (m - 1)) / m) + np.log(share)[:, None], axis=1)
    log_none = -q * np.log1p(z)
    log_stages += log_none[:, None]
    placed = np.full((len(q), k * (counts + 1)), -np.inf)
    np.put_along_axis(placed, done.astype(np.int64)[:, None] + np.arange(k * counts), log_stages, axis=1)
    log_counts = _log_sum(placed.reshape(len(q), counts + 1, k))[:, :counts]
    log_some = _log_some(q, z, log_counts, log_stages, k - done)
    of_weight = log_counts > np.minimum(log_counts[:, :1], log_counts[:, 1:2]) - FADED
    most = counts - 1 - np.argmax(of_weight[:, ::-1], axis=1)
    return Stages(k=k, done=done, q=q, z=z, log_counts=log_counts, log_some=log_some, most=most)


def _log_some(q: Array, z: Array, log_counts: Array, log_stages: Array, first: Array) -> Array:
    """Log of the probability that the first purchase comes: summed where the sum ends, else what fewer stages leave."""
    share = z / (1 + z)
    ends = share * np.maximum(1.0, (q + first) / (first + 1)) < 0.9
    before = (np.arange(log_stages.shape[1]) < first[:, None]) & (np.arange(log_stages.shape[1]) > 0)
    rest = -np.expm1(-q * np.log1p(z)) - np.where(before, np.exp(log_stages), 0.0).sum(axis=1)
    return np.where(ends, _log_sum(log_counts[:, 1:]), np.log(np.where(ends, 1.0, rest)))


def _log_sum(logs: Array) -> Array:
    """Logarithm of the sum of exponentials along the last axis; not all may be minus infinity."""
    top = np.maximum(logs.max(axis=-1), -1e300)
    return np.asarray(np.log(np.maximum(np.exp(logs - top[..., None]).sum(axis=-1), LEAST)) + top)


def _log_alive(stages: Stages, p: Array, u: Array, row: Rows) -> Array:
    p, u, row = np.broadcast_arrays(p, u, row)
    q = stages.q[row]
    whole = size = slow = np.zeros(p.shape)
    for turn, (log, coefficient) in enumerate(_turns(stages, p, u, row)):
        if turn == 0:
            slow = log.real
            whole = size = coefficient.real
            continue
        fade = q * (log.real - slow)
        if (fade > FADED).all():
            break
        term = coefficient * np.exp(-fade - 1j * (q * log.imag))
        whole, size = whole + term.real, size + np.abs(term)
    sound = whole > CANCELS * size
    found = np.asarray(np.log(np.where(sound, whole, 1.0)) - q * slow)
    few = np.flatnonzero(~sound)
    flat = found.ravel()
    for at, log_u, log_counts in _purchases(stages, few, p.ravel(), u.ravel(), row.ravel()):
        flat[at] = _log_sum(log_counts + np.arange(log_counts.shape[1]) * log_u)
    return flat.reshape(p.shape)


def _log_purchases(stages: Stages, p: Array, u: Array, row: Rows) -> Array:
    p, u, row = np.broadcast_arrays(p, u, row)
    alive = np.exp(_log_alive(stages, p, u, row))
    found = np.asarray(np.log(np.maximum(1.0 - alive, LEAST)) - np.log(p))
    many = alive > 0.5
    if many.any():
        found[many] = _log_few_left(stages, p[many], u[many], row[many])
    return found


def _log_few_left(stages: Stages, p: Array, u: Array, row: Rows) -> Array:
    """The same where most stay: each term's complement, or the sum over purchases."""
    q = stages.q[row]
    whole, size = np.zeros(p.shape), np.zeros(p.shape)
    for log, coefficient in _turns(stages, p, u, row):
        term = coefficient * -np.expm1(-q * log)
        whole, size = whole + term.real, size + np.abs(term)
    sound = whole > CANCELS * size
    found = np.log(np.where(sound, whole, 1.0))
    for at, log_u, log_counts in _purchases(stages, np.flatnonzero(~sound), p, u, row):
        n = np.arange(1, log_counts.shape[1])
        likely = log_u[:, 0] > np.log(0.5)
        some, log_some = log_counts[:, 1:], stages.log_some[row[at]]
        found[at[likely]] = _log_sum((some + np.log(-np.expm1(n * log_u)))[likely])
        stayed = np.exp(some - log_some[:, None] + n * log_u).sum(axis=1)
        found[at[~likely]] = (log_some + np.log1p(-np.where(likely, 0.0, stayed)))[~likely]
    return np.asarray(found - np.log(p))


def _purchases(stages: Stages, places: Rows, p: Array, u: Array, row: Rows) -> Iterator[tuple[Rows, Array, Array]]:
    """Some of `places` at once, with ln u (m, 1) and the logarithms of the counts (m, N)."""
    places = places[np.argsort(stages.most[row[places]])]
    for at in (places[start : start + NODES_AT_ONCE] for start in range(0, len(places), NODES_AT_ONCE)):
        most = stages.most[row[at[-1]]]
        yield at, _log_staying(p[at], u[at])[:, None], stages.log_counts[row[at], : most + 1]


def _log_staying(p: Array, u: Array) -> Array:
    """Logarithm of u = 1 - p, from whichever is small."""
    return np.where(p < 0.5, np.log1p(-np.minimum(p, 0.5)), np.log(u))


def _turns(stages: Stages, p: Array, u: Array, row: Rows) -> Iterator[tuple[Complex, Complex]]:
    """Of every root of unity, or pair, ln(1 + z (1 - sigma_l)) and c_l sigma_l^j; real parts are to be added."""
    k, done, z = stages.k, stages.done[row], stages.z[row]
    log_u = _log_staying(p, u)
    root, short = np.exp(log_u / k), -np.expm1(log_u / k)
    before = p / k * np.exp(((1 + done) / k - 1) * log_u)
    for turn in range(k // 2 + 1):
        both = 1.0 if turn in (0, k / 2) else 2.0
        away = short + 2 * root * np.sin(np.pi * turn / k) ** 2  # 1 - sigma_l, real
        aside = -root * np.sin(2 * np.pi * turn / k)
        slow = 1 + z * away
        log = np.log1p(z * away) + 0.5 * np.log1p((z * aside / slow) ** 2) + 1j * np.arctan2(z * aside, slow)
        yield log, both * before * np.exp(2j * np.pi * turn * (1 + done) / k) / (away + 1j * aside)
