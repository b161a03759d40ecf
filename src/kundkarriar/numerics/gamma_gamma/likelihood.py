"""Likelihood of Gamma-Gamma: spend per purchase is gamma within a customer, and its rate is gamma between customers.

Fader, P. S. & Hardie, B. G. S. (2013), "The gamma-gamma model of monetary value", note 025; equation numbers
are of that note. `m` is the mean spend of `x` repeat purchases: each is Gamma(p, nu), with nu ~ Gamma(q, gamma).

A first order can be counted too: `first`, (n,), is its value, 0 where that is unknown. It is c times an order of its
customer's, where `scaled` is true, and 1 times elsewhere. With n orders known, S = first / c + x m is their sum on the
scale of later ones. The densities are then of the first order and of the sum of the others, (z, R) = (first, x m):

    Gamma(pn + q) / (Gamma(p) Gamma(px) Gamma(q)) gamma^q (z/c)^(p-1) / c R^(px-1) / (gamma + S)^(pn+q)

without the factors of z where it is unknown, and of R where x is 0. Covariates multiply mean order values: the gamma of
a customer is gamma exp(covariates @ coefficients).
"""

from typing import Any

import numpy as np
from scipy.special import gammaln, polygamma, psi

from kundkarriar.arrays import Array
from kundkarriar.numerics.special.gamma_ratio import LOG_2_PI, log_gamma_ratio, stirling_remainder

ROWS, POINTS = 4096, 64
"""Customers times parameter vectors whose logarithms are in memory together: they fit a cache."""
NEAR, TERMS = 0.05, 4
"""Deviances with a relative difference below NEAR are taken by a series, whose remainder is below 1e-17."""


def log_likelihood(
    *, x: Array, m: Array, p: float, q: float, gamma: Any, first: Array | None = None, c: Any = 1.0
) -> Array:
    """Log-likelihood of each mean spend `m` of `x` purchases, (n,), eq. 1a; of `first` orders and sums, where given.

    `gamma` and `c` may differ from row to row, (n,).

    >>> log_likelihood(x=np.array([2.0]), m=np.array([22.35]), p=6.25, q=3.74, gamma=15.44).round(4)
    array([-3.5513])
    """
    if first is None:
        return _of_means(x=x, m=m, p=p, q=q, gamma=gamma)
    known = first > 0
    z, later, n = np.where(known, first / c, 0.0), x * m, x + known
    density = _of_means(x=n, m=(z + later) / n, p=p, q=q, gamma=gamma) - np.log(n) - np.where(known, np.log(c), 0.0)
    # given the sum S of both, R / z is a beta prime with p x and p, whose scale is 1
    both = known & (x > 0)
    z, later, x = (values[both] for values in (z, later, x))
    density[both] += _of_means(x=x, m=later / x, p=p, q=p, gamma=z) - np.log(x) + np.log1p(later / z)
    return density


def _of_means(*, x: Array, m: Array, p: float, q: float, gamma: Any) -> Array:
    """The log density of each mean spend, (n,)."""
    shape, both, z = p * x, p * x + q, m * x
    # density of a beta prime: Stirling's formula leaves two deviances, which are positive, and no large terms
    density: Array = 0.5 * (np.log(q) + np.log(shape / both) - LOG_2_PI) - np.log(m)
    density += stirling_remainder(both) - stirling_remainder(shape) - stirling_remainder(q)
    difference = (shape * gamma - q * z) / (gamma + z)  # of the shape from its expectation given m
    from_shape = _deviance(shape, both * (z / (gamma + z)), difference)
    density -= from_shape + _deviance(q, both * (gamma / (gamma + z)), -difference)
    return density


def _deviance(observed: Any, expected: Any, difference: Any) -> Array:
    """The deviance observed ln(observed / expected) - difference, without cancellation; >= 0.

    `difference` is observed - expected. Loader, C. (2000), "Fast and accurate computation of binomial probabilities".
    """
    relative = difference / expected
    near = np.abs(relative) < NEAR
    v = np.where(near, relative / (2.0 + relative), 0.0)
    # (1 + e) ln(1 + e) - e at e = 2 v / (1 - v), where ln(1 + e) = 2 (v + v^3 / 3 + ...)
    tail = np.zeros_like(v)
    for k in range(TERMS, 0, -1):
        tail = (tail + 1.0 / (2 * k + 1)) * (v * v)
    by_series = difference * v + 2.0 * observed * v * tail
    with np.errstate(divide="ignore", invalid="ignore"):
        by_logs = observed * np.log(observed / expected) - difference
    return np.asarray(np.where(near, by_series, by_logs))


def total(
    *,
    x: Array,
    m: Array,
    weights: Array,
    p: float,
    q: float,
    gamma: float,
    first: Array | None = None,
    scaled: Array | None = None,
    c: float | None = None,
    covariates: Array | None = None,
    coefficients: Any = (),
) -> tuple[float, Array, Array]:
    """Log-likelihood of all customers, its gradient (k,) and Hessian (k, k), in (p, q, gamma, c, *coefficients).

    Without `c` that is 1, and no parameter. Terms in x alone are computed once per different x. Sums, not dot products:
    those would start threads of BLAS, which on a busy machine cost more than the sums.
    """
    z = np.zeros_like(x) if first is None else first
    known = z > 0
    moved = np.zeros_like(x) if scaled is None or c is None else scaled * known
    z = z if c is None else np.where(moved > 0, z / c, z)
    n, later = x + known, x * m
    spent = z + later
    design = np.ones((len(x), 1)) if covariates is None else np.column_stack([np.ones(len(x)), covariates])
    log_rate = np.log(gamma) + np.einsum("ij,j->i", design[:, 1:], np.asarray(coefficients, dtype=float))
    rate = np.exp(log_rate)
    log_far, over = np.log(rate + spent), 1 / (rate + spent)
    often, both = weights * n, p * n + q
    # ln(S / (gamma + S)), to be multiplied by many orders: where S is large, a difference of logarithms has few digits
    share = np.where(spent > rate, -np.log1p(rate / np.maximum(spent, rate)), np.log(spent) - log_far)
    shares = np.sum(often * share)
    split = _split(p=p, x=x, z=z, later=later, spent=spent, weights=weights * (known & (x > 0)))
    counts, inverse = np.unique(n, return_inverse=True)
    at = np.bincount(inverse, weights=weights)
    shape, ends = p * counts, p * counts + q
    value = (
        np.sum(at * log_gamma_ratio(shape, q)) - np.sum(weights) * gammaln(q)
        + q * np.sum(weights * (log_rate - log_far)) + p * shares
        + split[0] - np.sum(weights * _log_amounts(x=x, m=m, first=first))
    )  # fmt: skip
    digamma, trigamma = psi(ends), polygamma(1, ends)
    near, shift = weights * (rate * over), z * moved * over
    slopes = np.einsum("ij,i->j", design, q * weights - both * near)
    gradient = [
        np.sum(at * counts * (digamma - psi(shape))) + shares + split[1],
        np.sum(at * (digamma - psi(q))) + np.sum(weights * (log_rate - log_far)),
        *slopes,
    ]
    by_p, by_q = np.einsum("ij,i->j", design, -n * near), np.einsum("ij,i->j", design, weights * spent * over)
    curved = np.einsum("ij,i,ik->jk", design, -both * near * spent * over, design)
    pq = np.sum(at * counts * trigamma)
    hessian = np.zeros((len(gradient), len(gradient)))
    hessian[0, 0] = np.sum(at * counts**2 * (trigamma - polygamma(1, shape))) + split[2]
    hessian[0, 1] = hessian[1, 0] = pq
    hessian[1, 1] = np.sum(at * (trigamma - polygamma(1, q)))
    hessian[0, 2:] = hessian[2:, 0] = by_p
    hessian[1, 2:] = hessian[2:, 1] = by_q
    hessian[2:, 2:] = curved
    units = np.ones(len(gradient))
    units[2] = 1 / gamma
    if c is not None:
        of_c = np.array([
            np.sum(often * shift - weights * moved),
            np.sum(weights * shift),
            *np.einsum("ij,i->j", design, -both * near * shift),
        ])  # fmt: skip
        gradient.insert(3, np.sum(weights * (both * shift - p * moved)))
        hessian = np.insert(np.insert(hessian, 3, of_c, axis=0), 3, np.insert(of_c, 3, 0.0), axis=1)
        hessian[3, 3] = -np.sum(weights * both * shift * (1 - shift))
        units = np.insert(units, 3, 1 / c)
    in_logs = np.array(gradient)
    # gamma and c in logarithms so far
    hessian *= np.outer(units, units)
    for place in range(2, 3 if c is None else 4):
        hessian[place, place] -= in_logs[place] * units[place] ** 2
    return float(value), in_logs * units, hessian


def _split(*, p: float, x: Array, z: Array, later: Array, spent: Array, weights: Array) -> tuple[float, float, float]:
    """Log density of the parts of each sum that first and later orders are, and its derivatives in p; no constant."""
    some = weights > 0
    if not some.any():
        return 0.0, 0.0, 0.0
    x, z, later, spent, weights = (values[some] for values in (x, z, later, spent, weights))
    counts, inverse = np.unique(x, return_inverse=True)
    at = np.bincount(inverse, weights=weights)
    shares = np.sum(weights * (np.log(z / spent) + x * np.log(later / spent)))
    few, every = p * counts, p * counts + p
    return (
        float(np.sum(at * (log_gamma_ratio(few, p) - gammaln(p))) + p * shares),
        float(np.sum(at * ((counts + 1) * psi(every) - counts * psi(few) - psi(p))) + shares),
        float(np.sum(at * ((counts + 1) ** 2 * polygamma(1, every) - counts**2 * polygamma(1, few) - polygamma(1, p)))),
    )


def _log_amounts(*, x: Array, m: Array, first: Array | None) -> Array:
    """Sum of the logarithms of the amounts whose density it is, (n,): of the mean, or of first order and sum."""
    if first is None:
        return np.log(m)
    return np.log(np.where(x > 0, x * m, 1.0)) + np.log(np.where(first > 0, first, 1.0))


def loglik_batch(
    *,
    x: Array,
    m: Array,
    weights: Array,
    p: Array,
    q: Array,
    gamma: Array,
    first: Array | None = None,
    scaled: Array | None = None,
    c: Array | None = None,
    covariates: Array | None = None,
    coefficients: Array | None = None,
) -> Array:
    """Log-likelihood of all customers at S parameter vectors, (S,); parameters are (S,), coefficients (S, k)."""
    z = np.zeros_like(x) if first is None else first
    known = z > 0
    moved = np.zeros_like(x) if scaled is None or c is None else scaled * known
    n, later = x + known, x * m
    counts, inverse = np.unique(n, return_inverse=True)
    at = np.bincount(inverse, weights=weights)
    shape = p * counts[:, None]
    value = at @ (gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(gamma))
    split = known & (x > 0)
    if split.any():
        counts, inverse = np.unique(x[split], return_inverse=True)
        few = p * counts[:, None]
        value += np.bincount(inverse, weights=weights[split]) @ (gammaln(few + p) - gammaln(few) - gammaln(p))
    logs = np.log(np.where(known, z, 1.0)) + x * np.log(np.where(later > 0, later, 1.0))
    value += p * np.sum(weights * logs) - np.sum(weights * _log_amounts(x=x, m=m, first=first))
    if c is not None:
        value -= p * np.log(c) * np.sum(weights * moved)
    if covariates is not None and coefficients is not None:
        value += q * np.einsum("sk,k->s", coefficients, np.einsum("i,ik->k", weights, covariates))
    often = weights * n
    for start in range(0, len(p), POINTS):
        some = slice(start, start + POINTS)
        for row in range(0, len(z), ROWS):
            block = slice(row, row + ROWS)
            far: Array = z[block, None] + later[block, None]
            if c is not None:
                far = z[block, None] * np.where(moved[block, None] > 0, 1 / c[some], 1.0) + later[block, None]
            if covariates is not None and coefficients is not None:
                far = far + gamma[some] * np.exp(np.einsum("ik,sk->is", covariates[block], coefficients[some]))
            else:
                far = far + gamma[some]
            np.log(far, out=far)
            value[some] -= p[some] * np.einsum("i,is->s", often[block], far)
            value[some] -= q[some] * np.einsum("i,is->s", weights[block], far)
    return np.asarray(value)
