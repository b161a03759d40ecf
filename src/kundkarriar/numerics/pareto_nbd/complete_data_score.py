"""Score and Hessian of the complete-data log density of Pareto/NBD and GGompertz/NBD: the dropout time t is known.

The unconstrained parameters are theta = (ln(r / alpha), ln r, ln(s / beta), ln s), and with ageing ln b. Given that a
customer dropped out at t, or is alive at t, the log density is that of two gammas: purchases are x events in the
exposure t, dropout is one event, or none, in the exposure u(t). With a shape, a rate, a count c and an exposure e, each
is

    V = -shape ln(1 + e / rate) - c ln(rate + e) + (terms in the shape and c alone).
"""

from typing import Any, TypeAlias

import numpy as np

from kundkarriar.arrays import Array
from kundkarriar.numerics.pareto_nbd import gompertz_time
from kundkarriar.numerics.pareto_nbd.likelihood import log_survival
from kundkarriar.numerics.pareto_nbd.parameters import ParetoParameters

Hessian: TypeAlias = dict[tuple[int, int], Array]
"""The entries that are not zero, by pairs of parameters i <= j."""


def log_density_alive(t: Any, *, x: Any, params: ParetoParameters) -> Array:
    """Log density V of x purchases by a customer who is alive at `t`, elementwise."""
    purchases = -params.r * np.log1p(t / params.alpha) - x * np.log(params.alpha + t)
    return np.asarray(purchases + log_survival(t, s=params.s, beta=params.beta, b=params.b))


def complete_data_score(t: Any, *, x: Any, dropouts: float, params: ParetoParameters) -> tuple[list[Array], Hessian]:
    """Gradient and Hessian in theta given `x` purchases and a dropout at `t` (`dropouts` 1.0), or none by `t` (0.0).

    They are without those of lnΓ(r + x) - lnΓ(r).
    """
    b = params.b
    purchase_gradient, purchase_hessian = _gamma(params.r, x, np.log1p(t / params.alpha))
    log_ratio = gompertz_time.log_growth(t, since=0.0, c=params.beta, b=b)  # u(t) itself overflows for the old
    dropout_gradient, dropout_hessian = _gamma(params.s, dropouts, log_ratio)
    gradient = [*purchase_gradient, dropout_gradient[0], dropout_gradient[1] + dropouts]
    hessian = {**purchase_hessian, **{(i + 2, j + 2): part for (i, j), part in dropout_hessian.items()}}
    if gompertz_time.has_ageing(b):
        first, second = gompertz_time.derivatives_in_log_b(t, c=params.beta, b=b)
        share = np.exp(-log_ratio)
        events = params.s + dropouts
        gradient.append(dropouts * b * t - events * first)
        hessian[2, 4] = -events * share * first
        hessian[3, 4] = (events * share - params.s) * first
        hessian[4, 4] = dropouts * b * t - events * (second - first * first)
    return gradient, hessian


def _gamma(shape: Any, count: Any, log_ratio: Any) -> tuple[list[Array], Hessian]:
    """Gradient and Hessian of V in (ln(shape / rate), ln shape); `log_ratio` is ln(1 + exposure / rate)."""
    late, early = np.exp(-log_ratio), -np.expm1(-log_ratio)
    expected = shape * early
    in_log_rate = expected - count * late
    second = -(shape + count) * late * early
    log_no_event = -shape * log_ratio
    gradient = [-in_log_rate, log_no_event + in_log_rate]
    hessian = {(0, 0): second, (0, 1): -(expected + second), (1, 1): log_no_event + 2.0 * expected + second}
    return gradient, hessian
