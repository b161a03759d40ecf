"""Expected future of customers known to be alive under (M)BG/CNBD-k; at k = 1 `poisson_expectation` is quicker.

Purchases are every k-th event of a Poisson process of stages at rate lambda; j stages have been done since the last
purchase. Given j, lambda ~ Gamma(s + j, rate) with s = r + k x, rate = alpha + T, and the dropout probability
p ~ Beta(a, b') with b' = b + probabilities. The n-th purchase ahead is stage m = k n - j. Without dropout it would come
within t with probability

    F_n(t) = I_z(m, s + j),  z = t / (rate + t),  with density f_n(t) = z^m (1 - z)^(s + j) / (t B(m, s + j)),

and it is made if the customer survives n - 1 purchases, S(n) = E[(1 - p)^(n - 1)] = (b')_(n-1) / (a + b')_(n-1). So

    expected purchases   sum of S(n) F_n(h)
    dropped out by h     sum of S(n) a / (a + b' + n - 1) F_n(h)
    exactly n            S(n + 1) (F_n - F_(n+1)) + S(n) a / (a + b' + n - 1) F_n:  alive, or dropped out at the n-th

and discounted quantities integrate f_n over time. All terms are positive. Sums over n use Gaussian summation
(`gauss_summation`), a few hundred terms for a billion purchases. Integrals use Gauss-Legendre quadrature on panels no
wider than a gap or two at first, which then double. The narrower the distribution of the number of purchases, the more
nodes the summation needs; where a thousand would not do, `expectation_given_dropout` is used instead.

Results are (k, n): one row for each number of stages done, to be weighted by `likelihood.stages_done`.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.special import betainc, betaincc, gammaln

from kundkarriar.arrays import Array, Whole
from kundkarriar.numerics.bgnbd import expectation_given_dropout
from kundkarriar.numerics.bgnbd.alive_customers import AliveCustomers
from kundkarriar.numerics.bgnbd.simulate import discounted_time
from kundkarriar.numerics.special.beta_expectation import drop_from_mode, log_density_at_mode
from kundkarriar.numerics.special.beta_geometric_survival import log_survival
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio
from kundkarriar.numerics.special.gauss_legendre import gauss_legendre_unit
from kundkarriar.numerics.special.gauss_summation import DIRECT, summation_rule

AT_ONCE = 200_000
"""Numbers in memory at once."""
LOG_NEGLIGIBLE = 60.0
"""Counts less probable than exp(-60) are left out of a sum."""
LOG_DISCOUNT_END = 40.0
"""A lifelong integral ends where the discount factor is exp(-40)."""
PANEL_NODES = 12
MOST_BLOCKS = 30
"""Sums end at 32 x 2^30 purchases: the stages of 1e15 purchases are no whole numbers in double precision."""
MOST_NODES, FEW_BLOCKS = 128, 5
"""Where a block needs more nodes, there is one for each purchase; that is feasible up to 32 x 2^5 purchases."""


def expected_purchases(horizon: float, customers: AliveCustomers) -> Array:
    """Expected purchases within `horizon`, (k, n); at an infinite horizon infinite where they diverge (a <= 1)."""
    if np.isinf(horizon):
        return customers.lifelong_purchases()
    (purchases,) = _sum_over_purchases(
        lambda rows, n, weights: _purchase_sum(horizon, rows, n, weights),
        lambda rows: expectation_given_dropout.expected_purchases(horizon, rows),
        horizon,
        customers,
    )
    return purchases


def purchases_and_p_leaves(horizon: float, customers: AliveCustomers) -> tuple[Array, Array]:
    """Expected purchases and probability of dropout within a finite `horizon`, each (k, n)."""

    def sums(rows: AliveCustomers, n: Array, weights: Array) -> Array:
        parts = np.stack([weights[:, None] * each for each in (_survival(n, rows), _dropout_at(n, rows))])
        return np.stack([(parts * due).sum(axis=1) for due in _p_due(n, horizon, rows)], axis=1)

    def means(rows: AliveCustomers) -> tuple[Array, Array]:
        purchases = expectation_given_dropout.expected_purchases(horizon, rows)
        return purchases, expectation_given_dropout.p_leaves(horizon, rows)

    purchases, p_dropout = _sum_over_purchases(sums, means, horizon, customers, parts=2)
    return purchases, p_dropout


def still_alive(t: float, customers: AliveCustomers) -> Array:
    """Probability of being alive after `t`, (k, n); to full precision where it is small."""
    (alive,) = _sum_over_purchases(
        lambda rows, n, weights: _alive_sum(t, rows, n, weights),
        lambda rows: expectation_given_dropout.still_alive(t, rows),
        t,
        customers,
    )
    return alive


def p_purchase(horizon: Any, customers: AliveCustomers) -> Array:
    """Probability of a purchase within `horizon` (one, or one a row), (k, n); no dropout comes before it."""
    return np.stack([part[0] for part in _p_due(np.ones((1, 1)), horizon, customers)])


def p_counts(horizon: float, customers: AliveCustomers, *, up_to: int) -> Array:
    """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, (k, n, up_to + 1)."""
    n = np.arange(up_to + 1.0)[:, None]
    survival = np.exp(log_survival(n, a=customers.a, b=customers.b))
    probabilities = np.stack([survival * _p_exactly(n, j, horizon, customers) for j in range(customers.k)])
    if up_to > 0:
        dropout = _dropout_at(n[1:], customers)
        probabilities[:, 1:] += np.stack([dropout * due for due in _p_due(n[1:], horizon, customers)])
    return np.moveaxis(probabilities, 1, 2)


def residual(horizon: float, customers: AliveCustomers, *, discount_rate: float) -> tuple[Array, ...]:
    """Discounted purchases and time alive, and within a finite horizon purchases and P(dropout), each (k, n)."""
    parts = discounted(horizon, customers, discount_rate=discount_rate)
    return parts if np.isinf(horizon) else (*parts, *purchases_and_p_leaves(horizon, customers))


def discounted(horizon: float, customers: AliveCustomers, *, discount_rate: float) -> tuple[Array, Array]:
    """Discounted purchases, and discounted time alive, within `horizon`, each (k, n).

    Time t counts exp(-discount_rate t); over an infinite horizon `discount_rate` must be above 0. Relative errors are
    below 1e-9 (tests/oracles/make_cnbd.py).
    """
    end = min(horizon, LOG_DISCOUNT_END / discount_rate if discount_rate > 0 else np.inf)

    def means(rows: AliveCustomers) -> tuple[Array, Array]:
        if end < horizon:
            return expectation_given_dropout.lifelong(rows, discount_rate=discount_rate)
        return _discounted_by_parts(end, rows, discount_rate=discount_rate)

    near = discount_rate * end <= 1.0

    def within(rows: AliveCustomers, n: Array, weights: Array) -> tuple[Array, Array]:
        discounted_purchases = np.zeros((rows.k, len(rows.s)))
        alive = _alive_sum(end, rows, n, weights) * discounted_time(discount_rate, end)
        terms = _density_terms(rows, n, weights)
        p_dropout = rows.a / (rows.a + rows.b + (n - 1))
        for t, width in _time_nodes(end, rows, discount_rate=discount_rate):
            purchases, dropout = _rates(t, rows, terms=terms, p_dropout=p_dropout)
            # over a short horizon only the loss by discounting is integrated: the undiscounted sum is known
            discounted_purchases += (
                width * purchases * (-np.expm1(-discount_rate * t) if near else np.exp(-discount_rate * t))
            )
            alive += width * dropout * discounted_time(discount_rate, t)
        if near:
            discounted_purchases = _purchase_sum(end, rows, n, weights) - discounted_purchases
        return discounted_purchases, alive

    purchases, alive = _sum_over_purchases(within, means, end, customers, parts=2)
    return purchases, alive


def _sum_over_purchases(
    terms: Callable[[AliveCustomers, Array, Array], Any],
    means: Callable[[AliveCustomers], Any],
    horizon: float,
    customers: AliveCustomers,
    *,
    parts: int = 1,
) -> list[Array]:
    """Sums over the number of purchases n, each part (k, n), by Gaussian summation; by `means` where it is too long.

    `terms` gives all parts, (parts, k, n) or one (k, n), of customers who share nodes n (N, 1) and weights (N,).
    `means` gives the same as expectations over the dropout probability.
    """
    answer = np.empty((parts, customers.k, len(customers.s)))
    blocks, nodes = _blocks(horizon, customers), _nodes(customers)
    rules = np.stack([blocks, nodes])
    sharp = (blocks == MOST_BLOCKS) | ((nodes > MOST_NODES) & (blocks > FEW_BLOCKS))
    if sharp.any():
        answer[:, :, sharp] = means(customers.at(sharp))
    for rule in np.unique(rules[:, ~sharp], axis=1).T:
        n, weights = summation_rule(blocks=int(rule[0]), nodes=int(rule[1]))
        rows = np.flatnonzero(~sharp & (rules == rule[:, None]).all(axis=0))
        size = max(1, AT_ONCE // len(n))
        for batch in (rows[start : start + size] for start in range(0, len(rows), size)):
            answer[:, :, batch] = terms(customers.at(batch), n[:, None], weights)
    return list(answer)


def _discounted_by_parts(end: float, rows: AliveCustomers, *, discount_rate: float) -> tuple[Array, Array]:
    """`discounted` integrated by parts, from undiscounted purchases and survival at the nodes of time."""
    nodes = list(_time_nodes(end, rows, discount_rate=discount_rate))
    shape = (rows.k, len(nodes), len(rows.s))
    t, width = (np.array([node[part] for node in nodes]).ravel() for part in (0, 1))
    some = rows.at(np.tile(np.arange(len(rows.s)), len(nodes)))
    discounted_width = width * np.exp(-discount_rate * t)
    purchases = discount_rate * (discounted_width * expectation_given_dropout.expected_purchases(t, some)).reshape(
        shape
    ).sum(axis=1)
    purchases += np.exp(-discount_rate * end) * expectation_given_dropout.expected_purchases(end, rows)
    return purchases, (discounted_width * expectation_given_dropout.still_alive(t, some)).reshape(shape).sum(axis=1)


def _blocks(horizon: float, customers: AliveCustomers) -> Whole:
    """Doublings of 32 purchases that each customer's sum needs, (n,), by Chernoff's bound on making more."""
    q, odds = customers.s + customers.k, horizon / customers.rate
    blocks = np.full(len(q), MOST_BLOCKS)
    for block in range(MOST_BLOCKS - 1, -1, -1):
        m = customers.k * (DIRECT * 2.0**block - 1)
        over = np.maximum(m / (q * odds), 1.0)  # m relative to its expectation
        unlikely = m * np.log(over) - (m + q) * np.log1p(odds * (over - 1) / (1 + odds))
        blocks = np.where((over > 1) & (unlikely > LOG_NEGLIGIBLE), block, blocks)
    return blocks


def _nodes(customers: AliveCustomers) -> Whole:
    """Nodes of a block, (n,): they double as the distribution of the number of purchases narrows."""
    sharp = np.sqrt(customers.s + customers.k + customers.a)
    nodes = 16 * 2 ** np.ceil(np.log2(np.maximum(sharp / 6, 1.0)))
    return np.asarray(np.minimum(nodes, DIRECT * 2**FEW_BLOCKS), dtype=np.int64)


def _purchase_sum(horizon: float, rows: AliveCustomers, n: Array, weights: Array) -> Array:
    """Sum of S(n) F_n(horizon), (k, n)."""
    survival = _survival(n, rows)
    return np.stack([weights @ (survival * due) for due in _p_due(n, horizon, rows)])


def _survival(n: Array, rows: AliveCustomers) -> Array:
    """S(n): probability of surviving the first n - 1 purchases."""
    return np.exp(log_survival(n - 1, a=rows.a, b=rows.b))


def _alive_sum(t: float, rows: AliveCustomers, n: Array, weights: Array) -> Array:
    """Sum of S(n + 1) (F_n(t) - F_(n+1)(t)) over n >= 0, (k, n)."""
    survival = np.exp(log_survival(n, a=rows.a, b=rows.b))
    none = np.zeros((1, 1))
    return np.stack(
        [_p_exactly(none, j, t, rows)[0] + weights @ (survival * _p_exactly(n, j, t, rows)) for j in range(rows.k)]
    )


def _dropout_at(n: Any, rows: AliveCustomers) -> Array:
    """S(n) a / (a + b' + n - 1): probability of dropout at the n-th purchase, if that many come."""
    return np.asarray(_survival(n, rows) * rows.a / (rows.a + rows.b + (n - 1.0)))


def _p_due(n: Array, t: Any, rows: AliveCustomers) -> Iterator[Array]:
    """Yield F_n(t) for n (N, 1) after j = 0, 1, ..., k - 1 stages done, each (N, n).

    One more stage done leaves one fewer to come: I_z(m - 1, q + 1) is I_z(m, q) plus a positive term.
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
    """Ln (z^m (1 - z)^q / B(m, q)) with z / (1 - z) = odds, (N, n), to full precision at any m and q."""
    return log_density_at_mode(m, q) - drop_from_mode(np.log(odds * (q / m)), a=m, b=q)


def _p_exactly(n: Array, j: int, t: float, rows: AliveCustomers) -> Array:
    """F_n(t) - F_(n+1)(t): probability of exactly n purchases within `t` without dropout, `j` stages done, (N, n).

    They take k n - j to k n - j + k - 1 stages, whose number is negative binomial.
    """
    q, odds = rows.s + j, t / rows.rate
    first = np.maximum(rows.k * n - j, 0.0)
    some = np.maximum(first, 1.0)
    probability = np.exp(np.where(first > 0, _log_beta_density(some, q, odds) - np.log(some), -q * np.log1p(odds)))
    whole: Array = np.zeros_like(probability)
    for m in range(rows.k):
        stages = first + m
        whole += np.where(stages < rows.k * (n + 1) - j, probability, 0.0)
        probability = probability * ((q + stages) / (stages + 1) * (odds / (1 + odds)))
    return whole


def _density_terms(rows: AliveCustomers, n: Array, weights: Array) -> list[tuple[Array, Array]]:
    """For each number of stages done: m - 1, and the part of ln (S(n) f_n) without t, each (N, n).

    f_n = (q / rate) x (Γ(q + m) / (Γ(q + 1) Γ(m))) z^(m - 1) (1 - z)^(q + 1)
    """
    log_s = log_survival(n - 1, a=rows.a, b=rows.b) + np.log(weights)[:, None]
    terms = []
    for j in range(rows.k):
        q, m = rows.s + j, rows.k * n - j
        sharp = q > m  # so that neither log-gamma exceeds the ratio
        start, steps = np.where(sharp, q + 1, m), np.where(sharp, m - 1, q)
        ratio = log_gamma_ratio(start, steps) - gammaln(np.where(sharp, m, q + 1))
        terms.append((m - 1, log_s + ratio + np.log(q / rows.rate)))
    return terms


def _rates(
    t: Array, rows: AliveCustomers, *, terms: list[tuple[Array, Array]], p_dropout: Array
) -> tuple[Array, Array]:
    """Rates of purchases and of dropout after `t` (n,), each (k, n)."""
    log_z, log_w = -np.log1p(rows.rate / t), -np.log1p(t / rows.rate)
    purchases, dropout = np.empty((rows.k, len(t))), np.empty((rows.k, len(t)))
    for j, (before, log) in enumerate(terms):
        flow = np.exp(before * log_z + (log + (rows.s + j + 1) * log_w))
        purchases[j] = flow.sum(axis=0)
        dropout[j] = np.einsum("nr,nr->r", flow, p_dropout)
    return purchases, dropout


def _time_nodes(end: float, rows: AliveCustomers, *, discount_rate: float) -> Iterator[tuple[Array, Array]]:
    """Gauss-Legendre nodes of time up to `end` and their weights, each (n,).

    The first k + 2 gaps have panels narrow enough to resolve a single gap, whose standard deviation is its mean /
    sqrt(k); after so many the purchase times have spread. Wider than a quarter of `rate`, on which z changes, panels
    double. After the k + 2 gaps all panels double; none is so wide that it discounts its end by more than exp(-4).
    """
    forgets = 4.0 / discount_rate if discount_rate > 0 else np.inf
    gap = rows.k * rows.rate / (rows.s + 1 + 3 * np.sqrt(rows.s + 1))
    narrow, lost = gap * min(2.0, 3.0 / np.sqrt(rows.k)), gap * (rows.k + 2)
    points, weights = gauss_legendre_unit(PANEL_NODES)
    low = np.zeros_like(rows.s)
    while (low < end).any():
        width = np.where(low < lost, np.minimum(narrow, low + rows.rate / 4), low)
        high = np.minimum(low + np.minimum(width, forgets), end)
        for point, weight in zip(points, weights, strict=True):
            yield low + (high - low) * point, weight * (high - low)
        low = high
