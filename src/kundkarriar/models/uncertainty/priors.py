"""What is believed of a customer base before its data: little, but enough to keep draws in the world."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import field, frozen

from kundkarriar.fields import positive
from kundkarriar.numerics.optimize.newton import Optimum, maximise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.numerics.optimize.newton import Box, Surface

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
        log_mean_leaving: ln of the mean departures in a median age, of a customer who leaves at any time, normal
            around 0.
        log_s: ln of the shape of the rates of leaving, normal around 0.
        log_ageing: ln of how fast the rate of leaving grows, in a median age (Gompertz), normal around 0.
        logit_buys: logit of the mean chance to buy at an opportunity, logistic around 0.
        log_kappa_buys: ln of the sum of the beta's two numbers over that chance, normal around 1.
        log_p: ln of the shape of an order's value within a customer, normal around 1.
        log_q_above_1: ln of q - 1, normal around 0.
        log_order_value: ln of the typical order over the median one, normal around 0.
        coefficient: what a covariate adds to ln of a rate or to logit phi, per spread of its column, normal around 0.

    >>> WeakPrior().log_r
    1.5
    """

    log_mean_purchases: float = field(default=3.0, converter=float, validator=positive)
    log_r: float = field(default=1.5, converter=float, validator=positive)
    logit_phi: float = field(default=1.0, converter=float, validator=positive)
    log_kappa: float = field(default=1.5, converter=float, validator=positive)
    log_mean_leaving: float = field(default=3.0, converter=float, validator=positive)
    log_s: float = field(default=1.5, converter=float, validator=positive)
    log_ageing: float = field(default=1.5, converter=float, validator=positive)
    logit_buys: float = field(default=1.0, converter=float, validator=positive)
    log_kappa_buys: float = field(default=1.5, converter=float, validator=positive)
    log_p: float = field(default=1.5, converter=float, validator=positive)
    log_q_above_1: float = field(default=1.5, converter=float, validator=positive)
    log_order_value: float = field(default=3.0, converter=float, validator=positive)
    coefficient: float = field(default=1.0, converter=float, validator=positive)

    def log_density(self, names: Sequence[str], theta: Array) -> tuple[float, Array, Array]:
        """Log density of the coordinates `names` at `theta` up to a constant, its gradient and Hessian."""
        away, scale, logistic = self._away(names, theta)
        half = np.tanh(away / 2)
        slope = np.where(logistic, -half, -away) / scale
        bend = np.where(logistic, -0.5 * (1 - half**2), -1.0) / scale**2
        return float(self.log_densities(names, theta)), slope, np.diag(bend)

    def log_densities(self, names: Sequence[str], theta: Array) -> Array:
        """Log density of the coordinates `names` at many points, (..., k) to (...), up to the same constant."""
        away, _, logistic = self._away(names, theta)
        density = np.where(logistic, -np.logaddexp(0.0, away) - np.logaddexp(0.0, -away), -0.5 * away**2)
        return np.asarray(density.sum(axis=-1))

    def draw(self, names: Sequence[str], *, size: int, generator: Generator) -> Array:
        """Coordinates of customer bases as this prior believes them, (size, k).

        >>> truths = WeakPrior().draw(["log_r", "log_kappa"], size=4000, generator=np.random.default_rng(1))
        >>> truths.shape, truths.mean(axis=0).round(1) + 0.0
        ((4000, 2), array([0., 1.]))
        """
        zero, scale, logistic = self._away(names, np.zeros((size, len(names))))
        normal, uniform = generator.standard_normal(zero.shape), generator.random(zero.shape)
        return np.asarray(scale * (np.where(logistic, np.log(uniform / (1 - uniform)), normal) - zero))

    def _away(self, names: Sequence[str], theta: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
        """How far from the middle, in scales; the scales; and which are logistic."""
        # coefficients are named "purchase:age": there are as many as columns, and one belief for all
        scale = np.array([getattr(self, "coefficient" if ":" in name else name) for name in names])
        middle = np.array([CENTRES.get(name, 0.0) for name in names])
        return (theta - middle) / scale, scale, np.array([name in LOGISTIC for name in names])


CENTRES = {"log_kappa": 1.0, "log_kappa_buys": 1.0, "log_p": 1.0}
LOGISTIC = frozenset({"logit_phi", "logit_buys"})


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
