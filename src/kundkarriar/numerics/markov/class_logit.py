"""Multinomial logit of the class on covariates, within the EM of a mixture.

log w_nk = ln w_k + x_n' c_k, up to a constant, with covariates of mean 0, so that w_k is the class probability of an
average customer. The M step has no closed form. One step with an upper bound of the curvature (Böhning 1992, Annals of
the Institute of Statistical Mathematics 44) never lowers the likelihood, which is all that EM needs of an iteration.

Sums over customers are `einsum`s: BLAS divides them among threads, which costs more than they take.
"""

import numpy as np
from scipy.special import log_softmax, softmax

from kundkarriar.arrays import Array

RIDGE = 1.0
"""The prior of each coefficient is normal around 0 with variance 1: covariates have standard deviation 1."""


def log_weights(design: Array, *, weights: Array, coefficients: Array) -> Array:
    """Log prior class probabilities of each customer, (n, K); (1, K) without covariates.

    `design` (n, q) holds the covariates, of mean 0 and standard deviation 1, with `coefficients` (q, K); an average
    customer has the class probabilities `weights` (K,).

    >>> half, rises = np.array([0.5, 0.5]), np.array([[0.0, 2.0]])
    >>> log_weights(np.array([[1.0], [-1.0]]), weights=half, coefficients=rises).round(3)
    array([[-2.127, -0.127],
           [-0.127, -2.127]])
    """
    if not len(coefficients):
        return np.log(weights)[None, :]
    return np.asarray(log_softmax(np.log(weights) + np.einsum("nq,qk->nk", design, coefficients), axis=1))


def m_step(design: Array, z: Array, *, counts: Array, weights: Array, coefficients: Array) -> tuple[Array, Array]:
    """Weights (K,) and coefficients (q, K) after one step of the M step from `weights` and `coefficients`.

    `z` (n, K) are posterior class probabilities, and `counts` (n,) the customers that each row stands for.
    """
    q = design.shape[1]
    columns = np.hstack([np.ones((len(design), 1)), design])
    counted = columns * counts[:, None]
    residual = z - np.exp(log_weights(design, weights=weights, coefficients=coefficients))
    ridge = RIDGE * np.eye(q + 1)
    ridge[0, 0] = 0.0
    now = np.vstack([np.log(weights), coefficients])
    bound = np.einsum("nq,nr->qr", counted, columns) + 2 * ridge
    then = now + 2 * np.linalg.solve(bound, np.einsum("nq,nk->qk", counted, residual) - ridge @ now)
    return np.asarray(softmax(then[0])), then[1:] - then[1:].mean(axis=1, keepdims=True)
