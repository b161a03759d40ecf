"""The future of a customer known to be alive, who buys after every k-th stage and may leave after each purchase.

Stages come at rate lambda, and j of the k have been done since the last purchase: given that, lambda ~ Gamma(s + j,
rate) with s = r + k x, rate = alpha + T, and p ~ Beta(a, b') with b' = b + chances. The n-th purchase ahead is stage
m = k n - j. Were there no leaving it would have come within t with probability

    F_n(t) = I_z(m, s + j),  z = t / (rate + t),  with density f_n(t) = z^m (1 - z)^(s + j) / (t B(m, s + j)),

and it is made by who stayed through n - 1 purchases, S(n) = E[(1 - p)^(n - 1)] = (b')_(n-1) / (a + b')_(n-1). So

    expected purchases   sum of S(n) F_n(h)
    left by h            sum of S(n) a / (a + b' + n - 1) F_n(h)
    exactly n            S(n + 1) (F_n - F_(n+1)) + S(n) a / (a + b' + n - 1) F_n:  stayed, or left at the n-th

and what is discounted integrates f_n over time. All terms are positive. The sums run over n by a rule that needs some
hundred terms for a billion purchases (`count_rule`); the integrals by Gauss and Legendre on panels no wider than a
gap or two while the gaps can still be told apart, then doubling. The sharper the number of purchases is known, the more
nodes the rule needs: where a thousand purchases would not be sum enough, the mean over the chance of leaving is taken
instead (`regular_mixture`).

Everything is an array (k, n): one row for each number of stages done, to be weighted by `regular_buying.stages_done`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import betainc, betaincc, gammaln

from kundkarriar.numerics.erlang import expectation_given_dropout
from kundkarriar.numerics.special.beta_expectation import fall, log_peak
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio, log_stays
from kundkarriar.numerics.special.gauss_summation import DIRECT, count_rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from kundkarriar.numerics.erlang.future_state import Ahead

    Array = NDArray[np.float64]

AT_ONCE = 200_000
"""Numbers held at once."""
BEYOND = 60.0
"""What is less likely than exp(-60) is left out of a sum."""
FORGOTTEN = 40.0
"""A time discounted by exp(-40) ends a lifelong integral."""
PANEL_NODES = 12
MOST_BLOCKS = 30
"""Of more than 32 x 2^30 purchases the rule is not asked: stages of 1e15 purchases are no whole numbers any more."""
MOST_NODES, FEW_BLOCKS = 128, 5
"""More nodes a block are as many as purchases up to 32 x 2^5, and too many beyond."""


def expected_purchases(horizon: float, ahead: Ahead) -> Array:
    """Purchases expected within `horizon`, (k, n); infinite for a lifelong one where they diverge (a <= 1).

    >>> from kundkarriar.numerics.erlang.future_state import ahead_of
    >>> someone = ahead_of(k=1, s=np.array([2.525]), rate=45.0, a=0.891, b=4.614)
    >>> expected_purchases(52.0, someone).round(4)
    array([[2.2634]])
    """
    if np.isinf(horizon):
        some = ahead.a > 1
        whole = np.where(some, (ahead.a + ahead.b - 1) / np.where(some, ahead.a - 1, 1.0), np.inf)
        return np.tile(whole, (ahead.k, 1))
    return _summed(
        lambda rows, n, weights: [_bought(horizon, rows, n, weights)],
        lambda rows: (expectation_given_dropout.expected_purchases(horizon, rows),),
        horizon,
        ahead,
    )[0]


def p_leaves(horizon: float, ahead: Ahead) -> Array:
    """Probability of leaving within `horizon`, (k, n)."""
    if np.isinf(horizon):
        return np.tile(np.where(ahead.a > 0, 1.0, 0.0), (ahead.k, 1))
    return purchases_and_leaves(horizon, ahead)[1]


def purchases_and_leaves(horizon: float, ahead: Ahead) -> tuple[Array, Array]:
    """Both of a finite `horizon`, for hardly more than one: whether the n-th purchase comes is the same question."""

    def sums(rows: Ahead, n: Array, weights: Array) -> list[Array]:
        parts = np.stack([weights[:, None] * each for each in (_stayed(n, rows), _leaving(n, rows))])
        return list(np.stack([(parts * due).sum(axis=1) for due in _reached(n, horizon, rows)], axis=1))

    def means(rows: Ahead) -> tuple[Array, Array]:
        return expectation_given_dropout.expected_purchases(horizon, rows), expectation_given_dropout.p_leaves(
            horizon, rows
        )

    purchases, leaves = _summed(sums, means, horizon, ahead, parts=2)
    return purchases, leaves


def still_alive(t: float, ahead: Ahead) -> Array:
    """Probability of being alive after `t`, (k, n); its digits are kept where it is small."""
    return _summed(
        lambda rows, n, weights: [_stays(t, rows, n, weights)],
        lambda rows: (expectation_given_dropout.still_alive(t, rows),),
        t,
        ahead,
    )[0]


def p_purchase(horizon: Any, ahead: Ahead) -> Array:
    """Probability of at least one purchase within `horizon` (one, or one a row), (k, n): nobody leaves before it."""
    return np.stack([part[0] for part in _reached(np.ones((1, 1)), horizon, ahead)])


def p_counts(horizon: float, ahead: Ahead, *, up_to: int) -> Array:
    """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, (k, n, up_to + 1)."""
    n = np.arange(up_to + 1.0)[:, None]
    stayed = np.exp(log_stays(n, a=ahead.a, b=ahead.b))
    chances = np.stack([stayed * _exactly(n, j, horizon, ahead) for j in range(ahead.k)])
    if up_to > 0:
        left = _leaving(n[1:], ahead)
        chances[:, 1:] += np.stack([left * due for due in _reached(n[1:], horizon, ahead)])
    return np.moveaxis(chances, 1, 2)


def discounted(horizon: float, ahead: Ahead, *, discount_rate: float) -> tuple[Array, Array]:
    """Discounted purchases, and discounted time alive, within `horizon`, each (k, n).

    Args:
        horizon: periods ahead; `inf` for lifelong, then `discount_rate` > 0.
        ahead: the customers.
        discount_rate: continuous rate per period: time t counts exp(-rate t).

    Returns:
        Relative errors are below 1e-9 (tests/oracles/make_cnbd.py).
    """
    end = min(horizon, FORGOTTEN / discount_rate if discount_rate > 0 else np.inf)

    def means(rows: Ahead) -> tuple[Array, Array]:
        if end < horizon:
            return expectation_given_dropout.lifelong(rows, discount_rate=discount_rate)
        return _discounted_means(end, rows, discount_rate=discount_rate)

    near = discount_rate * end <= 1.0

    def within(rows: Ahead, n: Array, weights: Array) -> list[Array]:
        flow = np.zeros((rows.k, len(rows.s)))
        alive = _stays(end, rows, n, weights) * _discounted_time(discount_rate, end)
        terms = _flow_terms(rows, n, weights)
        leaves = rows.a / (rows.a + rows.b + (n - 1))
        for t, width in _times(end, rows, discount_rate=discount_rate):
            bought, left = _flows(t, rows, terms=terms, leaves=leaves)
            # of a short horizon only what discounting takes off is integrated: the whole is known
            flow += width * bought * (-np.expm1(-discount_rate * t) if near else np.exp(-discount_rate * t))
            alive += width * left * _discounted_time(discount_rate, t)
        return [_bought(end, rows, n, weights) - flow if near else flow, alive]

    purchases, alive = _summed(within, means, end, ahead, parts=2)
    return purchases, alive


def _summed(
    terms: Callable[[Ahead, Array, Array], list[Array]],
    means: Callable[[Ahead], tuple[Array, ...]],
    horizon: float,
    ahead: Ahead,
    *,
    parts: int = 1,
) -> list[Array]:
    """`terms` of customers who need the same rule over n, a batch at a time, and `means` of the sharp; parts (k, n)."""
    answers = [np.empty((ahead.k, len(ahead.s))) for _ in range(parts)]

    def fill(rows: NDArray[np.int64], found: Sequence[Array]) -> None:
        for answer, part in zip(answers, found, strict=True):
            answer[:, rows] = part

    blocks, nodes = _blocks(horizon, ahead), _nodes(ahead)
    rules = np.stack([blocks, nodes])
    sharp = (blocks == MOST_BLOCKS) | ((nodes > MOST_NODES) & (blocks > FEW_BLOCKS))
    if sharp.any():
        fill(np.flatnonzero(sharp), means(ahead.at(np.flatnonzero(sharp))))
    for rule in np.unique(rules[:, ~sharp], axis=1).T:
        n, weights = count_rule(blocks=int(rule[0]), nodes=int(rule[1]))
        rows = np.flatnonzero(~sharp & (rules == rule[:, None]).all(axis=0))
        size = max(1, AT_ONCE // len(n))
        for batch in (rows[start : start + size] for start in range(0, len(rows), size)):
            fill(batch, terms(ahead.at(batch), n[:, None], weights))
    return answers


def _discounted_means(end: float, rows: Ahead, *, discount_rate: float) -> tuple[Array, Array]:
    """`discounted` from the means at many times: a purchase now is worth a purchase at `end`, and the time between."""
    moments = list(_times(end, rows, discount_rate=discount_rate))
    shape = (rows.k, len(moments), len(rows.s))
    t, width = (np.array([moment[part] for moment in moments]).ravel() for part in (0, 1))
    some = rows.at(np.tile(np.arange(len(rows.s)), len(moments)))
    counted = width * np.exp(-discount_rate * t)
    bought = discount_rate * (counted * expectation_given_dropout.expected_purchases(t, some)).reshape(shape).sum(
        axis=1
    )
    bought += np.exp(-discount_rate * end) * expectation_given_dropout.expected_purchases(end, rows)
    return bought, (counted * expectation_given_dropout.still_alive(t, some)).reshape(shape).sum(axis=1)


def _blocks(horizon: float, ahead: Ahead) -> NDArray[np.int64]:
    """How many doublings of 32 purchases each customer needs: Chernoff's bound on making more, (n,)."""
    q, odds = ahead.s + ahead.k, horizon / ahead.rate
    blocks = np.full(len(q), MOST_BLOCKS)
    for block in range(MOST_BLOCKS - 1, -1, -1):
        m = ahead.k * (DIRECT * 2.0**block - 1)
        over = np.maximum(m / (q * odds), 1.0)  # m against what is expected
        unlikely = m * np.log(over) - (m + q) * np.log1p(odds * (over - 1) / (1 + odds))
        blocks = np.where((over > 1) & (unlikely > BEYOND), block, blocks)
    return blocks


def _nodes(ahead: Ahead) -> NDArray[np.int64]:
    """Nodes of a block: the sharper the number of purchases is known, the more, in steps of doubling, (n,)."""
    sharp = np.sqrt(ahead.s + ahead.k + ahead.a)
    nodes = 16 * 2 ** np.ceil(np.log2(np.maximum(sharp / 6, 1.0)))
    return np.asarray(np.minimum(nodes, DIRECT * 2**FEW_BLOCKS), dtype=np.int64)


def _bought(horizon: float, rows: Ahead, n: Array, weights: Array) -> Array:
    each = _stayed(n, rows)
    return np.stack([weights @ (each * due) for due in _reached(n, horizon, rows)])


def _stayed(n: Array, rows: Ahead) -> Array:
    """Probability of still being there for the n-th purchase, were all of them made."""
    return np.exp(log_stays(n - 1, a=rows.a, b=rows.b))


def _stays(t: float, rows: Ahead, n: Array, weights: Array) -> Array:
    stayed = np.exp(log_stays(n, a=rows.a, b=rows.b))
    none = np.zeros((1, 1))
    return np.stack(
        [_exactly(none, j, t, rows)[0] + weights @ (stayed * _exactly(n, j, t, rows)) for j in range(rows.k)]
    )


def _leaving(n: Any, rows: Ahead) -> Array:
    """Probability of leaving at the n-th purchase, were all of them made."""
    return np.asarray(_stayed(n, rows) * rows.a / (rows.a + rows.b + (n - 1.0)))


def _reached(n: Array, t: Any, rows: Ahead) -> Iterator[Array]:
    """Probability that the n-th purchase (N, 1) would come within `t`, after j = 0, 1, ..., k - 1 stages, each (N, n).

    One stage more done is one to go less: I_z(m - 1, q + 1) is I_z(m, q) and a positive term.
    """
    m, odds = rows.k * n, np.broadcast_to(t / rows.rate, rows.s.shape)
    due = _incomplete_beta(m, rows.s, odds)
    log = _log_beta_density(m, rows.s, odds) - np.log(rows.s) + np.log1p(1 / odds)
    for j in range(rows.k):
        yield due
        due = due + np.exp(log)
        if j + 2 < rows.k:
            log = log + np.log((m - j - 1) / (rows.s + j + 1)) - np.log(odds)


def _incomplete_beta(m: Array, q: Array, odds: Array) -> Array:
    """I_z(m, q) with z / (1 - z) = odds, (N, n), from whichever of z and 1 - z is small."""
    late = odds > 1
    due = np.empty((len(m), len(q)))
    due[:, ~late] = betainc(m, q[~late], odds[~late] / (1 + odds[~late]))
    due[:, late] = betaincc(q[late], m, 1 / (1 + odds[late]))
    return due


def _log_beta_density(m: Array, q: Array, odds: Array) -> Array:
    """Ln (z^m (1 - z)^q / B(m, q)) with z / (1 - z) = odds, (N, n), with its digits at any m and q."""
    return log_peak(m, q) - fall(np.log(odds * (q / m)), a=m, b=q)


def _exactly(n: Array, j: int, t: float, rows: Ahead) -> Array:
    """Probability that the n-th purchase would come within `t`, and no more, after `j` stages done, (N, n).

    It takes k n - j to k n - j + k - 1 stages, whose number is negative binomial.
    """
    q, odds = rows.s + j, t / rows.rate
    first = np.maximum(rows.k * n - j, 0.0)
    some = np.maximum(first, 1.0)
    chance = np.exp(np.where(first > 0, _log_beta_density(some, q, odds) - np.log(some), -q * np.log1p(odds)))
    whole: Array = np.zeros_like(chance)
    for m in range(rows.k):
        stages = first + m
        whole += np.where(stages < rows.k * (n + 1) - j, chance, 0.0)
        chance = chance * ((q + stages) / (stages + 1) * (odds / (1 + odds)))
    return whole


def _flow_terms(rows: Ahead, n: Array, weights: Array) -> list[tuple[Array, Array]]:
    """For each number of stages done: m - 1 of the n-th purchase, and the part of ln (S(n) f_n) without t, each (N, n).

    f_n = (q / rate) x (Γ(q + m) / (Γ(q + 1) Γ(m))) z^(m - 1) (1 - z)^(q + 1)
    """
    stayed = log_stays(n - 1, a=rows.a, b=rows.b) + np.log(weights)[:, None]
    terms = []
    for j in range(rows.k):
        q, m = rows.s + j, rows.k * n - j
        sharp = q > m  # neither log-gamma of a ratio is larger than the ratio
        start, steps = np.where(sharp, q + 1, m), np.where(sharp, m - 1, q)
        ratio = log_gamma_ratio(start, steps) - gammaln(np.where(sharp, m, q + 1))
        terms.append((m - 1, stayed + ratio + np.log(q / rows.rate)))
    return terms


def _flows(t: Array, rows: Ahead, *, terms: list[tuple[Array, Array]], leaves: Array) -> tuple[Array, Array]:
    """Purchases, and departures, per unit of time after `t` (n,), each (k, n)."""
    log_z, log_w = -np.log1p(rows.rate / t), -np.log1p(t / rows.rate)
    bought, left = np.empty((rows.k, len(t))), np.empty((rows.k, len(t)))
    for j, (before, log) in enumerate(terms):
        flow = np.exp(before * log_z + (log + (rows.s + j + 1) * log_w))
        bought[j] = flow.sum(axis=0)
        left[j] = np.einsum("nr,nr->r", flow, leaves)
    return bought, left


def _times(end: float, rows: Ahead, *, discount_rate: float) -> Iterator[tuple[Array, Array]]:
    """Times up to `end`, each (n,), and the width of time that each stands for.

    Until k + 2 gaps have passed, in which even a customer of a known rate loses step, panels are narrow enough to
    follow a single gap, whose standard deviation is its mean / sqrt(k); and from a quarter of `rate` on, where z
    bends, they double. After that they double throughout; none is so wide that its end is discounted by more than
    exp(-4).
    """
    forgets = 4.0 / discount_rate if discount_rate > 0 else np.inf
    gap = rows.k * rows.rate / (rows.s + 1 + 3 * np.sqrt(rows.s + 1))
    narrow, lost = gap * min(2.0, 3.0 / np.sqrt(rows.k)), gap * (rows.k + 2)
    points, weights = np.polynomial.legendre.leggauss(PANEL_NODES)
    low = np.zeros_like(rows.s)
    while (low < end).any():
        width = np.where(low < lost, np.minimum(narrow, low + rows.rate / 4), low)
        high = np.minimum(low + np.minimum(width, forgets), end)
        for point, weight in zip(points, weights, strict=True):
            yield low + (high - low) * 0.5 * (point + 1), 0.5 * weight * (high - low)
        low = high


def _discounted_time(rate: float, t: Any) -> Array:
    """The integral of exp(-rate t) from 0 to `t`."""
    return np.asarray(-np.expm1(-rate * t) / rate if rate > 0 else t)
