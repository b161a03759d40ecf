"""Likelihood of Pareto/NBD and GGompertz/NBD: Poisson purchases at gamma rates during a latent lifetime.

A customer is alive beyond t with probability S(t) = (beta / (beta + u(t)))^s, where u(t) = t in Pareto/NBD
(Schmittlein, Morrison & Colombo 1987, Management Science 33(1)) and u(t) = (exp(b t) - 1) / b in GGompertz/NBD (Bemmaor
& Glady 2012, Management Science 58(5); `beta` here is theirs divided by b). With p = r + x,

    L = Γ(r + x) / Γ(r) alpha^r [S(T) (alpha + T)^-p + integral from t_x to T of -S'(t) (alpha + t)^-p dt].

The integral over the first term is the odds of having dropped out, taken by quadrature (`quadrature.py`): no
hypergeometric functions, whose difference overflows or cancels in one of twenty extreme cases.
"""

from typing import Any

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.pareto_nbd import gompertz_time
from kundkarriar.numerics.pareto_nbd.quadrature import AGEING_LIKELIHOOD_NODES, LIKELIHOOD_NODES, nodes
from kundkarriar.numerics.special.gamma_ratio import log_gamma_ratio


def log_survival(t: Any, *, s: Any, beta: Any, b: Any) -> Array:
    """Log of the probability that a customer is alive beyond `t`, elementwise.

    >>> round(float(np.exp(log_survival(10.0, s=1.0, beta=10.0, b=0.0))), 9)
    0.5
    """
    return np.asarray(-s * gompertz_time.log_growth(t, since=0.0, c=beta, b=b))


def log_likelihood(*, x: Array, t_x: Array, T: Array, r: Any, alpha: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Log-likelihood of each history, the times of its purchases included, (n,).

    >>> customer = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> log_likelihood(**customer, r=0.553, alpha=10.578, s=0.606, beta=11.669).round(4)
    array([-9.5543])
    """
    purchases = log_gamma_ratio(r, x) - x * np.log(alpha + t_x) - r * np.log1p(t_x / alpha)
    # from the last purchase on: where all drop out at once, S(T) and the odds of dropout are huge and cancel
    log_dropout, log_alive = trailing_nonpurchase(x=x, t_x=t_x, T=T, r=r, alpha=alpha, s=s, beta=beta, b=b)
    return np.asarray(purchases + log_survival(t_x, s=s, beta=beta, b=b) + np.logaddexp(log_alive, log_dropout))


def log_p_alive(*, x: Array, t_x: Array, T: Array, r: Any, alpha: Any, s: Any, beta: Any, b: Any = 0.0) -> Array:
    """Log of the probability of being alive at T, (n,); parameters may be arrays that broadcast with the rows.

    >>> customer = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> np.exp(log_p_alive(**customer, r=0.553, alpha=10.578, s=0.606, beta=11.669)).round(4)
    array([0.8692])
    """
    log_dropout, log_alive = trailing_nonpurchase(x=x, t_x=t_x, T=T, r=r, alpha=alpha, s=s, beta=beta, b=b)
    return np.asarray(-np.logaddexp(0.0, log_dropout - log_alive))


def trailing_nonpurchase(
    *, x: Array, t_x: Array, T: Array, r: Any, alpha: Any, s: Any, beta: Any, b: Any, count: int | None = None
) -> tuple[Array, Array]:
    """Logs of the two parts of the probability of no purchase after t_x: with dropout by T, and alive at T.

    Both are given that the customer was alive at `t_x`; the first is an integral of `count` nodes.
    """
    p = r + x
    integral = np.zeros(np.broadcast_shapes(*map(np.shape, (p, t_x, T, alpha, s, beta, b))))
    count = count or (AGEING_LIKELIHOOD_NODES if gompertz_time.has_ageing(b) else LIKELIHOOD_NODES)
    for node in nodes(start=t_x, end=T, p=p, alpha=alpha, s=s, beta=beta, b=b, count=count):
        integral += node.hazard * node.survival(p, s)
    no_purchase = p * np.log1p((T - t_x) / (alpha + t_x))
    log_alive = -(no_purchase + s * gompertz_time.log_growth(T - t_x, since=t_x, c=beta, b=b))
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(s) + np.log(integral)), np.asarray(log_alive)
