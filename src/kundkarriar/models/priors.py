"""What is believed of a customer base before its data: little, but enough to keep draws in the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from kundkarriar.fields import positive
from kundkarriar.numerics.maximum_likelihood import Optimum, maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from kundkarriar.numerics.maximum_likelihood import Box, Surface

    Array = NDArray[np.float64]


@frozen(kw_only=True)
class WeakPrior:
    """A proper prior without units: wide, the same in days or years, in kronor or euros.

    Proper is needed: as a + b grows, the likelihood tends to a positive limit, so that under a flat prior on
    log coordinates no posterior exists. Each field is the standard deviation (or scale) of one coordinate.

    Attributes:
        log_mean_purchases: ln of the mean repeat purchases in a median age, normal around 0.
        log_r: ln of the shape of the purchase rates, normal around 0.
        logit_phi: logit of a / (a + b), the mean chance to leave after a purchase, logistic around 0.
        log_kappa: ln of a + b, normal around 1.
        log_p: ln of the shape of an order's value within a customer, normal around 1.
        log_q_above_1: ln of q - 1, normal around 0.
        log_order_value: ln of the typical order over the median one, normal around 0.

    >>> WeakPrior().log_r
    1.5
    """

    log_mean_purchases: float = field(default=3.0, converter=float, validator=positive)
    log_r: float = field(default=1.5, converter=float, validator=positive)
    logit_phi: float = field(default=1.0, converter=float, validator=positive)
    log_kappa: float = field(default=1.5, converter=float, validator=positive)
    log_p: float = field(default=1.5, converter=float, validator=positive)
    log_q_above_1: float = field(default=1.5, converter=float, validator=positive)
    log_order_value: float = field(default=3.0, converter=float, validator=positive)

    def log_density(self, names: Sequence[str], theta: Array) -> tuple[float, Array, Array]:
        """Log density of the coordinates `names` at `theta` up to a constant, its gradient and Hessian."""
        scale = np.array([getattr(self, name) for name in names])
        away = (theta - np.array([CENTRES.get(name, 0.0) for name in names])) / scale
        logistic = np.array([name == "logit_phi" for name in names])
        half = np.tanh(away / 2)
        value = np.where(logistic, -np.logaddexp(0.0, away) - np.logaddexp(0.0, -away), -0.5 * away**2)
        slope = np.where(logistic, -half, -away) / scale
        bend = np.where(logistic, -0.5 * (1 - half**2), -1.0) / scale**2
        return float(value.sum()), slope, np.diag(bend)


CENTRES = {"log_kappa": 1.0, "log_p": 1.0}


def top_under_prior(surface: Surface, names: Sequence[str], *, start: Array, box: Box) -> Optimum:
    """The top of likelihood times `WeakPrior()`: a point inside, with the likelihood's own derivatives there.

    Args:
        surface: the log-likelihood.
        names: its working coordinates.
        start: the optimum, which may lie at the edge of the world.
        box: of the likelihood.
    """
    prior = WeakPrior()

    def posterior(theta: Array) -> tuple[float, Array, Array]:
        ours, belief = surface(theta), prior.log_density(names, theta)
        return ours[0] + belief[0], ours[1] + belief[1], ours[2] + belief[2]

    top = maximise(posterior, np.clip(start, -3.0, 3.0), box)
    value, gradient, hessian = surface(top.theta)
    return Optimum(theta=top.theta, value=value, gradient=gradient, hessian=hessian, converged=top.converged)
