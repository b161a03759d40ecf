"""`WeakPrior`: a weakly informative prior on a model's unconstrained parameters, and the posterior mode under it."""

from collections.abc import Sequence

import numpy as np
from attrs import field, frozen
from attrs.validators import optional
from numpy.random import Generator

from kundkarriar.arguments import POSITIVE, to_float
from kundkarriar.arrays import Array, Mask
from kundkarriar.models.uncertainty.normal_prior import NormalPrior
from kundkarriar.numerics.optimize.newton import Box, Objective, Optimum, maximise


@frozen(kw_only=True)
class WeakPrior:
    """A proper, weakly informative prior that does not depend on units of time or money.

    A proper prior is needed: as a + b grows, the likelihood tends to a positive limit, so that under a flat prior on
    logs no posterior exists. Each field is the standard deviation (or scale) of one unconstrained parameter.

    Attributes:
        log_mean_purchases: ln of the mean repeat purchases in the median T, normal around 0.
        log_r: ln of the shape of the purchase rates, normal around 0.
        logit_phi: logit of a / (a + b), the mean dropout probability after a purchase, logistic around 0.
        log_kappa: ln of a + b, normal around 1.
        logit_leaves: logit of the mean dropout probability at an opportunity or a renewal, logistic around 0.
        log_kappa_leaves: ln of the sum of the parameters of that probability's beta, normal around 1.
        log_mean_leaving: ln of the mean dropout rate per median T, of dropout at any time, normal around 0.
        log_s: ln of the shape of the dropout rates, normal around 0.
        log_ageing: ln of the growth of the dropout rate per median T (Gompertz), normal around 0.
        logit_buys: logit of the mean probability of a purchase at an opportunity, logistic around 0.
        log_kappa_buys: ln of the sum of the parameters of that probability's beta, normal around 1.
        logit_never: logit of the share of leads who never buy, logistic around 0.
        log_p: ln of the shape of order values within a customer, normal around 1.
        log_q_above_1: ln of q - 1, normal around 0.
        log_order_value: ln of the typical order over the median one, normal around 0.
        log_first_order: ln of the scale of first orders relative to later ones, normal around 0.
        log_typical_purchases: ln of the median customer's purchases in the median T while on, normal around 0; this and
            the next four are of customers who pause and return.
        log_spread_purchases: ln of the standard deviation of ln of those purchases over customers, normal around 0.
        log_typical_leaving: ln of the median customer's rate of going off per median T, normal around 0.
        log_spread_leaving: ln of the standard deviation of ln of that rate over customers, normal around 0.
        log_return: ln of the rate of return per median T, normal around -0.34: e^-4 a week at a median T of 39 weeks.
        coefficient: of a covariate on ln of a rate or on logit phi, per spread of its column, normal around 0.
        purchase_coefficient, dropout_coefficient, both_coefficient, spend_coefficient, pace_coefficient,
            never_coefficient: the same of coefficients on the purchase rate, on dropout, on both at once, on the mean
            order value, on the pace of first purchases, and on never buying; None: as `coefficient`.

    >>> WeakPrior().log_r
    1.5
    """

    log_mean_purchases: float = field(default=3.0, converter=to_float, validator=POSITIVE)
    log_r: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    logit_phi: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    log_kappa: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    log_mean_leaving: float = field(default=3.0, converter=to_float, validator=POSITIVE)
    log_s: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    log_ageing: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    logit_buys: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    log_kappa_buys: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    log_p: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    log_q_above_1: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    log_order_value: float = field(default=3.0, converter=to_float, validator=POSITIVE)
    log_first_order: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    logit_leaves: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    log_kappa_leaves: float = field(default=1.5, converter=to_float, validator=POSITIVE)
    log_typical_purchases: float = field(default=3.0, converter=to_float, validator=POSITIVE)
    log_spread_purchases: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    log_typical_leaving: float = field(default=3.0, converter=to_float, validator=POSITIVE)
    log_spread_leaving: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    log_return: float = field(default=2.0, converter=to_float, validator=POSITIVE)
    coefficient: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    purchase_coefficient: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    dropout_coefficient: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    both_coefficient: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    spend_coefficient: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    logit_never: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    pace_coefficient: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    never_coefficient: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))

    def log_density(self, names: Sequence[str], theta: Array) -> tuple[float, Array, Array]:
        """Log density of the parameters `names` at `theta` up to a constant, its gradient and Hessian."""
        z, scale, logistic = self._standardised(names, theta)
        half = np.tanh(z / 2)
        gradient = np.where(logistic, -half, -z) / scale
        curvature = np.where(logistic, -0.5 * (1 - half**2), -1.0) / scale**2
        return float(self.log_densities(names, theta)), gradient, np.diag(curvature)

    def log_densities(self, names: Sequence[str], theta: Array) -> Array:
        """Log density of the parameters `names` at many points, (..., k) to (...), up to the same constant."""
        z, _, logistic = self._standardised(names, theta)
        density = np.where(logistic, -np.logaddexp(0.0, z) - np.logaddexp(0.0, -z), -0.5 * z**2)
        return np.asarray(density.sum(axis=-1))

    def draw(self, names: Sequence[str], *, size: int, generator: Generator) -> Array:
        """Draws of the unconstrained parameters `names` from the prior, (size, k).

        >>> truths = WeakPrior().draw(["log_r", "log_kappa"], size=4000, generator=np.random.default_rng(1))
        >>> truths.shape, truths.mean(axis=0).round(1) + 0.0
        ((4000, 2), array([0., 1.]))
        """
        zero, scale, logistic = self._standardised(names, np.zeros((size, len(names))))
        normal, uniform = generator.standard_normal(zero.shape), generator.random(zero.shape)
        return np.asarray(scale * (np.where(logistic, np.log(uniform / (1 - uniform)), normal) - zero))

    def _standardised(self, names: Sequence[str], theta: Array) -> tuple[Array, Array, Mask]:
        """Standardised parameters (theta - location) / scale, the scales, and which priors are logistic."""
        scale = self.scales(names)
        location = np.array([LOCATIONS.get(name, 0.0) for name in names])
        return (theta - location) / scale, scale, np.array([name in LOGISTIC for name in names])

    def scales(self, names: Sequence[str]) -> Array:
        """Standard deviations (or scales) of the unconstrained parameters `names`, (k,)."""
        return np.array([self._scale(name) for name in names])

    def _scale(self, name: str) -> float:
        """The scale of one unconstrained parameter; a coefficient is named "purchase:age"."""
        process, coefficient, _ = name.partition(":")
        scale: float | None = getattr(self, f"{process}_coefficient" if coefficient else name)
        return self.coefficient if scale is None else scale


LOCATIONS = {"log_kappa": 1.0, "log_kappa_buys": 1.0, "log_kappa_leaves": 1.0, "log_p": 1.0, "log_return": -0.34}
LOGISTIC = frozenset({"logit_phi", "logit_buys", "logit_leaves", "logit_never"})


def posterior_mode(objective: Objective, names: Sequence[str], *, start: Array, box: Box) -> Optimum:
    """The mode of likelihood times `WeakPrior()`, from the maximum of the likelihood, which may lie at an edge."""
    return maximise(times_prior(objective, names, WeakPrior()), np.clip(start, -3.0, 3.0), box)


def times_prior(objective: Objective, names: Sequence[str], prior: WeakPrior | NormalPrior) -> Objective:
    """The objective plus the log density of a prior on its parameters `names`."""

    def posterior(theta: Array) -> tuple[float, Array, Array]:
        likelihood, density = objective(theta), prior.log_density(names, theta)
        return likelihood[0] + density[0], likelihood[1] + density[1], likelihood[2] + density[2]

    return posterior
