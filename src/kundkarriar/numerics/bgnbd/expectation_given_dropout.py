"""Expected future of customers known to be alive, by closed forms given the dropout probability p and means over p.

Valid at any parameters. Given p, with u = 1 - p and j of k stages done, a customer is alive after M further stages with
probability u^floor((M+j)/k). M is negative binomial of size q = s + j and odds z = t / rate. With the roots of unity
w_l = exp(2 pi i l / k) and sigma_l = u^(1/k) w_l that is a sum of k terms,

    alive(p) = sum over l of c_l sigma_l^j (1 + z (1 - sigma_l))^-q,    c_l = p / (k u) sigma_l / (1 - sigma_l),

of which the first dominates and the others, complex in pairs, decay. Each purchase is followed by dropout with
probability p, so the expected purchases given p are (1 - alive(p)) / p. The terms cancel while few stages are likely or
u is small; there the sum over the number of purchases is short and is taken instead: its terms are positive.

The means over p ~ Beta(a, b) are those of `beta_expectation`, whose number of nodes does not grow with the parameters;
that of the sums in `expectation` does. Results are (k, n): a row for each number of stages done.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.bgnbd.alive_customers import AliveCustomers
from kundkarriar.numerics.special.beta_expectation import log_expectation

Complex = NDArray[np.complex128]
Rows = Whole

CANCELLATION = 1e-3
"""Where the sum is below a thousandth of its terms' absolute sum, the sum over purchases is taken instead."""
MOST_PURCHASES, FEWEST_STAGES = 160, 480
"""Purchases of the sum over purchases, at most, and stages, at least. Where the terms cancel, the probability of more
is below e^-690."""
LOG_NEGLIGIBLE = 45.0
"""Terms below e^-45 of the first are left out."""
SMALLEST_SURVIVAL, NO_DROPOUT = 1e-300, 1e-250
"""The least 1 - p; and a p that stands for 0."""
MAX_STEEPNESS = 1e285
TINY, LOG_UNDERFLOW = 1e-12, -700.0
HUGE = 1e45
"""A gamma is 1e45 times a beta whose second parameter is 1e45."""
AT_ONCE, NODES_AT_ONCE = 1_000_000, 8192
"""Numbers in memory at once."""


@frozen(kw_only=True, eq=False)
class Stages:
    """Distribution of the number of stages ahead of each customer, without dropout.

    Attributes:
        k: Erlang stages of a gap.
        done: stages done since the last purchase, (n,).
        q: size of the negative binomial, (n,).
        z: its odds, (n,).
        log_counts: log probability of 0, 1, ... purchases, (n, N).
        log_some: log probability of at least one purchase, (n,).
        most: larger numbers of purchases are negligible beside none or one, (n,).
    """

    k: int
    done: Array
    q: Array
    z: Array
    log_counts: Array
    log_some: Array
    most: Rows


def still_alive(t: Any, customers: AliveCustomers) -> Array:
    """Probability of being alive after `t`, a number or (n,), (k, n)."""
    return np.exp(_log_mean(_log_alive, t, customers))


def expected_purchases(t: Any, customers: AliveCustomers) -> Array:
    """Expected purchases within `t`, a number or (n,), (k, n)."""
    return np.exp(_log_mean(_log_purchases, t, customers))


def p_leaves(t: Any, customers: AliveCustomers) -> Array:
    """Probability of dropout within `t`, a number or (n,), (k, n): E[p x purchases], with the factor p in the beta."""
    a, b = customers.a, customers.b
    return np.asarray(a / (a + b) * expected_purchases(t, evolve(customers, a=np.where(a > 0, a + 1, 0.0))))


def lifelong(customers: AliveCustomers, *, discount_rate: float) -> tuple[Array, Array]:
    """Discounted purchases and discounted time alive over an infinite horizon, each (k, n).

    Given the stage rate lambda, each stage ahead is discounted by f = lambda / (lambda + discount_rate). Discounted
    purchases are f^(k - j) E[1 / (1 - u f^k)]. Both are then averaged over the gamma of lambda.
    """
    k = customers.k
    done, q, scale, a, b = _flat(customers, customers.rate * discount_rate)

    def over_p(log_given: Callable[..., Array], share: Array, at: Array) -> tuple[Array, Array, Rows]:
        """Log of the mean over p at given stage rates; with ln f and the rows, three arrays of one shape.

        `log_given` is the log of the averaged quantity, of p, 1 - p, k ln f and (k - j) ln f. The stage rate lambda is
        `share` x HUGE / rate: with share ~ Beta(q, HUGE) that is the gamma. `at` are the rows, as floats.
        """
        stage = np.asarray(-np.log1p(scale[_as_rows(at)] / (share * HUGE)))
        row = np.broadcast_to(_as_rows(at), stage.shape)
        gap, first, every = k * stage.ravel(), ((k - done[row]) * stage).ravel(), row.ravel()

        def given(p: Array, u: Array, some: Rows) -> Array:
            return log_given(p, u, gap[some], first[some])

        mean = _log_mean_of_rows(given, a=a[every], b=b[every], steepness=np.exp(gap) / -np.expm1(gap))
        return mean.reshape(stage.shape), stage, row

    def log_purchases(share: Array, at: Array) -> Array:
        mean, stage, row = over_p(_log_discounted_purchases, share, at)
        return (k - done[row]) * stage + mean

    def log_alive(share: Array, at: Array) -> Array:
        return over_p(_log_discounted_time, share, at)[0]

    rows, endless = np.arange(float(len(q))), np.full(len(q), HUGE)
    steepness = np.minimum(k * HUGE / scale, MAX_STEEPNESS)
    alive = log_expectation(log_alive, rows, a=q, b=endless, steepness=steepness)
    purchases = np.empty(len(q))
    for j in range(k):
        some = done == j
        own = {"a": q[some], "b": endless[some], "steepness": steepness[some]}
        purchases[some] = log_expectation(log_purchases, rows[some], **own, power_at_zero=float(k - j))
    return np.exp(purchases).reshape(k, -1), np.exp(alive).reshape(k, -1) / discount_rate


def _log_discounted_purchases(p: Array, _: Array, gap: Array, __: Array) -> Array:
    """Ln 1 / (1 - u f^k), with gap = k ln f."""
    return np.asarray(-np.log(p * np.exp(gap) - np.expm1(gap)))


def _log_discounted_time(p: Array, u: Array, gap: Array, first: Array) -> Array:
    """Ln of the discounted time alive x discount_rate, with gap = k ln f and first = (k - j) ln f."""
    return np.asarray(np.log(-p * np.expm1(first) - u * np.expm1(gap)) - np.log(p * np.exp(gap) - np.expm1(gap)))


def _log_mean(log_given: Callable[[Stages, Array, Array, Rows], Array], t: Any, customers: AliveCustomers) -> Array:
    """Log of the mean of exp(log_given) over p, (k, n)."""
    k = customers.k
    done, q, z, a, b = _flat(customers, t / customers.rate)
    counts = max(MOST_PURCHASES, FEWEST_STAGES // k)
    answer = np.empty(len(q))
    size = max(1, AT_ONCE // (k * counts))
    for start in range(0, len(q), size):
        some = slice(start, start + size)
        stages = _stages(k=k, done=done[some], q=q[some], z=z[some], counts=counts)
        share = z[some] / (1 + z[some])
        steepness = np.maximum((1 + q[some]) * z[some], np.exp(np.minimum(k * np.log1p(share * q[some]), 575.0)))

        def given(p: Array, u: Array, row: Rows, stages: Stages = stages) -> Array:
            return log_given(stages, p, u, row)

        answer[some] = _log_mean_of_rows(given, a=a[some], b=b[some], steepness=steepness)
    return answer.reshape(k, -1)


def _flat(customers: AliveCustomers, clock: Array) -> tuple[Array, ...]:
    """Stages done, q, `clock`, a and b for every number of stages done and customer, (k n,)."""
    done = np.repeat(np.arange(float(customers.k)), len(customers.s))
    s, *others = (np.tile(column, customers.k) for column in (customers.s, clock, customers.a, customers.b))
    return (done, s + done, *others)


def _log_mean_of_rows(
    log_given: Callable[[Array, Array, Rows], Array], *, a: Array, b: Array, steepness: Array
) -> Array:
    """Log of the mean of exp(log_given(p, 1 - p, row)) over p ~ Beta(a, b), (n,); a = 0: p = 0.

    A small 1 - p needs full precision, as a small p does. Where a > b the mean is split by
    Beta(a, b) = b / (a + b) Beta(a, b + 1) + a / (a + b) Beta(a + 1, b). The first has little weight at p = 1 and is
    integrated over p, the second little at p = 0 and is integrated over 1 - p. The second is left out where the
    function is negligible at p = 1e-12 already.
    """

    def over_p(p: Array, row: Array) -> Array:
        return log_given(p, np.maximum(1 - p, SMALLEST_SURVIVAL), _as_rows(row))

    def over_u(u: Array, row: Array) -> Array:
        u = np.maximum(u, SMALLEST_SURVIVAL)
        return log_given(np.maximum(1 - u, 2.0**-54), u, _as_rows(row))

    answer = np.empty(len(a))
    rows = np.arange(float(len(a)))
    none, low, high = a == 0, (a > 0) & (a <= b), a > b
    answer[none] = log_given(np.full(int(none.sum()), NO_DROPOUT), np.ones(int(none.sum())), np.flatnonzero(none))
    answer[low] = log_expectation(over_p, rows[low], a=a[low], b=b[low], steepness=steepness[low])
    first = log_expectation(over_p, rows[high], a=a[high], b=b[high] + 1, steepness=steepness[high])
    answer[high] = np.log(b[high] / (a + b)[high]) + first
    least = np.full(len(a), TINY)
    counts_too = high & (log_given(least, 1 - least, _as_rows(rows)) > LOG_UNDERFLOW)
    second = log_expectation(
        over_u, rows[counts_too], a=b[counts_too], b=a[counts_too] + 1, steepness=steepness[counts_too]
    )
    answer[counts_too] = np.logaddexp(answer[counts_too], second - np.log1p(b[counts_too] / a[counts_too]))
    return answer


def _as_rows(row: Array) -> Rows:
    return np.asarray(row, dtype=np.int64)


def _stages(*, k: int, done: Array, q: Array, z: Array, counts: int) -> Stages:
    """Build `Stages`, for up to `counts` - 1 purchases."""
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
    relevant = log_counts > np.minimum(log_counts[:, :1], log_counts[:, 1:2]) - LOG_NEGLIGIBLE
    most = counts - 1 - np.argmax(relevant[:, ::-1], axis=1)
    return Stages(k=k, done=done, q=q, z=z, log_counts=log_counts, log_some=log_some, most=most)


def _log_some(q: Array, z: Array, log_counts: Array, log_stages: Array, first: Array) -> Array:
    """Log probability of at least one purchase, (n,): summed where the sum converges, else a complement."""
    share = z / (1 + z)
    ends = share * np.maximum(1.0, (q + first) / (first + 1)) < 0.9
    before = (np.arange(log_stages.shape[1]) < first[:, None]) & (np.arange(log_stages.shape[1]) > 0)
    rest = -np.expm1(-q * np.log1p(z)) - np.where(before, np.exp(log_stages), 0.0).sum(axis=1)
    return np.where(ends, _log_sum(log_counts[:, 1:]), np.log(np.where(ends, 1.0, rest)))


def _log_sum(logs: Array) -> Array:
    """Log of the sum of exponentials along the last axis; not all may be minus infinity."""
    largest = np.maximum(logs.max(axis=-1), -1e300)
    return np.asarray(np.log(np.maximum(np.exp(logs - largest[..., None]).sum(axis=-1), SMALLEST_SURVIVAL)) + largest)


def _log_alive(stages: Stages, p: Array, u: Array, row: Rows) -> Array:
    """Log probability of being alive given p."""
    p, u, row = np.broadcast_arrays(p, u, row)
    q = stages.q[row]
    total = absolute = dominant = np.zeros(p.shape)
    for root_number, (log, coefficient) in enumerate(_root_terms(stages, p, u, row)):
        if root_number == 0:
            dominant = log.real
            total = absolute = coefficient.real
            continue
        decay = q * (log.real - dominant)
        if (decay > LOG_NEGLIGIBLE).all():
            break
        term = coefficient * np.exp(-decay - 1j * (q * log.imag))
        total, absolute = total + term.real, absolute + np.abs(term)
    accurate = total > CANCELLATION * absolute
    log_alive = np.asarray(np.log(np.where(accurate, total, 1.0)) - q * dominant)
    few = np.flatnonzero(~accurate)
    flat = log_alive.ravel()
    for at, log_u, log_counts in _purchases(stages, few, p.ravel(), u.ravel(), row.ravel()):
        flat[at] = _log_sum(log_counts + np.arange(log_counts.shape[1]) * log_u)
    return flat.reshape(p.shape)


def _log_purchases(stages: Stages, p: Array, u: Array, row: Rows) -> Array:
    """Log of the expected purchases given p."""
    p, u, row = np.broadcast_arrays(p, u, row)
    alive = np.exp(_log_alive(stages, p, u, row))
    log_purchases = np.asarray(np.log(np.maximum(1.0 - alive, SMALLEST_SURVIVAL)) - np.log(p))
    many = alive > 0.5
    if many.any():
        log_purchases[many] = _log_purchases_at_high_survival(stages, p[many], u[many], row[many])
    return log_purchases


def _log_purchases_at_high_survival(stages: Stages, p: Array, u: Array, row: Rows) -> Array:
    """Log of the expected purchases given p where survival is above 1/2: from complements, or summed over purchases."""
    q = stages.q[row]
    total, absolute = np.zeros(p.shape), np.zeros(p.shape)
    for log, coefficient in _root_terms(stages, p, u, row):
        term = coefficient * -np.expm1(-q * log)
        total, absolute = total + term.real, absolute + np.abs(term)
    accurate = total > CANCELLATION * absolute
    log_purchases = np.log(np.where(accurate, total, 1.0))
    for at, log_u, log_counts in _purchases(stages, np.flatnonzero(~accurate), p, u, row):
        n = np.arange(1, log_counts.shape[1])
        likely = log_u[:, 0] > np.log(0.5)
        some, log_some = log_counts[:, 1:], stages.log_some[row[at]]
        log_purchases[at[likely]] = _log_sum((some + np.log(-np.expm1(n * log_u)))[likely])
        survival = np.exp(some - log_some[:, None] + n * log_u).sum(axis=1)
        log_purchases[at[~likely]] = (log_some + np.log1p(-np.where(likely, 0.0, survival)))[~likely]
    return np.asarray(log_purchases - np.log(p))


def _purchases(stages: Stages, places: Rows, p: Array, u: Array, row: Rows) -> Iterator[tuple[Rows, Array, Array]]:
    """Yield some of `places` at once, with ln u (m, 1) and the log probabilities of the counts (m, N)."""
    places = places[np.argsort(stages.most[row[places]])]
    for at in (places[start : start + NODES_AT_ONCE] for start in range(0, len(places), NODES_AT_ONCE)):
        most = stages.most[row[at[-1]]]
        yield at, _log_u(p[at], u[at])[:, None], stages.log_counts[row[at], : most + 1]


def _log_u(p: Array, u: Array) -> Array:
    """Ln u, from whichever of p and u = 1 - p is small."""
    return np.where(p < 0.5, np.log1p(-np.minimum(p, 0.5)), np.log(u))


def _root_terms(stages: Stages, p: Array, u: Array, row: Rows) -> Iterator[tuple[Complex, Complex]]:
    """Yield ln(1 + z (1 - sigma_l)) and c_l sigma_l^j of each root of unity or pair of roots; real parts are summed."""
    k, done, z = stages.k, stages.done[row], stages.z[row]
    log_u = _log_u(p, u)
    root, short = np.exp(log_u / k), -np.expm1(log_u / k)
    before = p / k * np.exp(((1 + done) / k - 1) * log_u)
    for root_number in range(k // 2 + 1):
        both = 1.0 if root_number in (0, k / 2) else 2.0
        away = short + 2 * root * np.sin(np.pi * root_number / k) ** 2  # 1 - sigma_l, real
        aside = -root * np.sin(2 * np.pi * root_number / k)
        slow = 1 + z * away
        log = np.log1p(z * away) + 0.5 * np.log1p((z * aside / slow) ** 2) + 1j * np.arctan2(z * aside, slow)
        yield log, both * before * np.exp(2j * np.pi * root_number * (1 + done) / k) / (away + 1j * aside)
