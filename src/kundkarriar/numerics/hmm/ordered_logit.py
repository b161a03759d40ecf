"""Transition probabilities between ordered states as ordered logits with contacts as covariates, one for each state.

P(s -> at most j) = Lambda(mu_sj - rho_s . a), j = 1, ..., S - 1, with mu_sj rising in j: Netzer, Lattin & Srinivasan
(2008), Marketing Science 27(2), eq. 4 to 6. A positive rho_s moves customers of state s up. Without contacts a row may
be any distribution: S - 1 thresholds for S - 1 free probabilities.
"""

import numpy as np
from scipy.special import expit, log_expit

from kundkarriar.arrays import Array


def log_transitions(*, mu: Array, rho: Array, a: Array) -> Array:
    """Log transition probabilities under each set of contacts `a` (A, C), (A, S, S).

    The thresholds `mu` (S, S - 1) rise along a row; `rho` (S, C) are the effects.
    """
    S = len(mu)
    if S == 1:
        return np.zeros((len(a), 1, 1))
    eta = mu - (a @ rho.T)[:, :, None]
    logs = np.empty((len(a), S, S))
    logs[..., 0] = log_expit(eta[..., 0])
    logs[..., -1] = log_expit(-eta[..., -1])
    # Lambda(x) - Lambda(y) = Lambda(x) Lambda(-y) (1 - exp(y - x)): no digits cancel far out
    between = np.log(-np.expm1(-np.diff(mu, axis=1)))
    logs[..., 1:-1] = log_expit(eta[..., 1:]) + log_expit(-eta[..., :-1]) + between
    return logs


def gradient(steps: Array, *, mu: Array, rho: Array, a: Array) -> tuple[Array, Array]:
    """Gradient of sum `steps` (A, S, S) x log P in the thresholds, (S, S - 1), and in the effects, (S, C)."""
    if len(mu) == 1:
        return np.zeros((1, 0)), np.zeros_like(rho)
    eta = mu - (a @ rho.T)[:, :, None]
    below, above = steps[..., :-1], steps[..., 1:]
    in_eta = below * expit(-eta) - above * expit(eta)
    between = 1.0 / np.expm1(np.diff(mu, axis=1))
    in_eta[..., 1:] += below[..., 1:] * between
    in_eta[..., :-1] -= above[..., :-1] * between
    return in_eta.sum(axis=0), -np.einsum("us,uc->sc", in_eta.sum(axis=2), a)
