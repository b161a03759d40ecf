"""Likelihood of a finite mixture of three buyer groups, with gradient, and class probabilities of customers.

Members of the groups differ in how soon they drop out, and in how often and how evenly they buy. A customer of group g,
with times in units of the median age, first bought at 0 and then

    drops out after each purchase with probability q_g (as in MBG/NBD, but one probability for the whole group),
    else waits a gap ~ Gamma(k_g, lambda), lambda ~ Gamma(r, r m_g / k_g): m_g is about the group's mean gap.

k is 1 where purchases come at random, larger where they are regular, smaller where they come in clumps (Platzer &
Reutterer 2016, Marketing Science 35(5), with k no whole number). With x repeat purchases the last of which lies at
t_x, at age T,

    f = (1 - q)^x gaps^(k-1) / Gamma(k)^x  alpha^r Gamma(r + k x) / (Gamma(r) (alpha + t_x)^(r + k x))
        ((1 - q) I_z(r + k x, k) + q),      alpha = r m / k,  z = (alpha + t_x) / (alpha + T),

I being the regularized incomplete beta function: the probability that a gap outlasts the trailing nonpurchase, given
that the customer has not dropped out. A known share of wallet is Beta with the group's mean.

The class probabilities are proportional to w_g f_g: a customer with few purchases keeps about the mixture weights.
"""

import numpy as np
from scipy.special import betainc, betaln, gammaln

from kundkarriar.arrays import Array
from kundkarriar.numerics.buyer_groups.histories import Histories
from kundkarriar.numerics.buyer_groups.parameters import GROUPS, STEP, GroupParams, group_params, jacobian, transformed
from kundkarriar.numerics.special.mixture_posterior import component_probabilities

SHARE_EDGE = 0.01
"""Shares of wallet are clipped to this distance from 0 and 1, where a beta density may be 0 or infinite."""


def log_density(rows: Histories, params: GroupParams) -> Array:
    """Log density of each history in each group, (n, G)."""
    return np.stack([_group_log_density(rows, params, g) for g in range(len(params.weights))], axis=1)


def class_probabilities(rows: Histories, params: GroupParams) -> tuple[Array, Array]:
    """Probability of each group for each history, (n, G), and the log-likelihood of the history, (n,)."""
    return component_probabilities(log_density(rows, params) + np.log(params.weights), axis=1)


def total(rows: Histories, theta: Array) -> tuple[float, Array]:
    """Log-likelihood of all customers and its gradient in theta, (16,)."""
    log_likelihood, score = scores(rows, theta)
    return float(rows.weights @ log_likelihood), rows.weights @ score


def scores(rows: Histories, theta: Array) -> tuple[Array, Array]:
    """Log-likelihood of each history, (n,), and its gradient in theta, (n, 16): the groups' by class probability."""
    whole = transformed(theta)
    groups = [_group_score(rows, whole, g) for g in range(GROUPS)]
    log_joint = np.stack([log_density for log_density, _ in groups], axis=1) + whole[:GROUPS]
    probability, log_likelihood = component_probabilities(log_joint, axis=1)
    score = np.zeros((len(rows), len(whole)))
    score[:, :GROUPS] = probability
    for g, (_, of_group) in enumerate(groups):
        for at, values in of_group.items():
            score[:, at] += probability[:, g] * values
    return log_likelihood, score @ jacobian(theta)


def _group_log_density(rows: Histories, params: GroupParams, g: int) -> Array:
    return _group_densities(rows, params, g)[0]


def _group_densities(rows: Histories, params: GroupParams, g: int) -> tuple[Array, Array]:
    """Log density of each history in a group, and the probability that a customer who stays has not bought since."""
    dropout, k, r = params.dropout[g], params.k[g], params.r
    alpha, stages = r * params.gap[g] / k, r + k * rows.x
    no_purchase = betainc(stages, k, (alpha + rows.t_x) / (alpha + rows.T))
    purchases = (
        rows.x * np.log1p(-dropout)
        + (k - 1) * rows.gap_log_sum
        - rows.x * gammaln(k)
        + r * np.log(alpha)
        + gammaln(stages)
        - gammaln(r)
        - stages * np.log(alpha + rows.t_x)
    )
    trailing = np.log((1 - dropout) * no_purchase + dropout)
    return np.asarray(purchases + trailing + _share_log_density(rows.share, params, g)), no_purchase


def _share_log_density(given: Array, params: GroupParams, g: int) -> Array:
    known = ~np.isnan(given)
    if not known.any():
        return np.zeros(len(given))
    s = np.clip(np.where(known, given, 0.5), SHARE_EDGE, 1 - SHARE_EDGE)
    a, b = params.share[g] * params.concentration, (1 - params.share[g]) * params.concentration
    return np.where(known, (a - 1) * np.log(s) + (b - 1) * np.log1p(-s) - betaln(a, b), 0.0)


def _group_score(rows: Histories, whole: Array, g: int) -> tuple[Array, dict[int, Array]]:
    """Log density of a group, (n,), and its score by position in `transformed`; in k, r and share by differences."""
    params = group_params(whole)
    log_density, no_purchase = _group_densities(rows, params, g)
    dropout, k, r = params.dropout[g], params.k[g], params.r
    alpha, stages = r * params.gap[g] / k, r + k * rows.x
    z = (alpha + rows.t_x) / (alpha + rows.T)
    trailing = (1 - dropout) * no_purchase + dropout
    positive = rows.t_x < rows.T
    inside = np.where(positive, z, 0.5)
    beta_density = np.exp((stages - 1) * np.log(inside) + (k - 1) * np.log1p(-inside) - betaln(stages, k))
    no_purchase_by_alpha = np.where(positive, beta_density * (rows.T - rows.t_x) / (alpha + rows.T) ** 2, 0.0)
    by_alpha = r / alpha - stages / (alpha + rows.t_x) + (1 - dropout) * no_purchase_by_alpha / trailing
    score = {
        3 + g: dropout * rows.x - dropout * (1 - dropout) * (1 - no_purchase) / trailing,
        6 + g: -alpha * by_alpha,
    }
    for at in (9 + g, 15):
        score[at] = (_group_log_density(rows, _moved(whole, at), g) - log_density) / STEP
    if (~np.isnan(rows.share)).any():
        of_share = _share_log_density(rows.share, params, g)
        for at in (12 + g, 16):
            score[at] = (_share_log_density(rows.share, _moved(whole, at), g) - of_share) / STEP
    return log_density, score


def _moved(whole: Array, at: int) -> GroupParams:
    moved = whole.copy()
    moved[at] += STEP
    return group_params(moved)
