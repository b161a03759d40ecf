"""Blocks of parameters and their unconstrained parameters theta: a gamma's, a beta's, regression coefficients.

Unconstrained parameters have no bounds and no unit (time is divided by a scale, the median age), and are almost
uncorrelated:

    gamma   (ln(shape / rate), ln shape):    the mean rate, and the homogeneity of customers
    beta    (logit phi, ln kappa):           phi = a / (a + b) the mean probability, kappa = a + b

All functions take leading dimensions: theta may be one point (k,), many draws (S, k) or one point a row (n, k).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from attrs import frozen
from scipy.special import expit

from kundkarriar.arrays import Array
from kundkarriar.fields import EFOLDS


class ParameterBlock(Protocol):
    """Some parameters of a model and their unconstrained parameters theta; `scale` is the unit of time in theta."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the unconstrained parameters, (m,)."""
        ...

    @property
    def low(self) -> tuple[float, ...]:
        """Lower bounds of theta in a search, (m,)."""
        ...

    @property
    def high(self) -> tuple[float, ...]:
        """Upper bounds, (m,)."""
        ...

    @property
    def positive(self) -> tuple[bool, ...]:
        """Whether each parameter is above 0, (m,): its intervals are then symmetric in logs."""
        ...

    def natural(self, theta: Array, *, scale: float) -> Array:
        """Parameters at `theta`, (..., m)."""
        ...

    def unconstrained(self, values: Array, *, scale: float) -> Array:
        """Theta of the parameters, (..., m): the inverse of `natural`."""
        ...

    def clipped(self, values: Array) -> Array:
        """Parameters clipped to e^-28..e^28, (..., m): bounds of theta can lead beyond."""
        ...

    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural` at scale 1, (..., m, m): parameter by theta."""
        ...

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the parameters' Hessians in theta at scale 1, weighted by `gradient` (..., m): (..., m, m)."""
        ...


@frozen(kw_only=True)
class GammaParameters:
    """(shape, rate) of a gamma over rates: theta = (ln(shape / rate), ln shape).

    Attributes:
        stages: stages of an event, where the rates are those of stages: theta = (ln(shape / (stages rate)), ln shape),
            so that a prior on the mean rate of events is the same for every number of stages.

    >>> block = GammaParameters(names=("log_mean_purchases", "log_r"))
    >>> block.natural(np.array([0.0, 0.0]), scale=39.0)
    array([ 1., 39.])
    """

    names: tuple[str, str]
    stages: int = 1
    low: tuple[float, float] = (-25.0, -10.0)
    high: tuple[float, float] = (25.0, 12.0)
    positive: tuple[bool, bool] = (True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(shape, rate), (..., 2); the rate in the unit of `scale`."""
        rate = scale / self.stages * np.exp(theta[..., 1] - theta[..., 0])
        return np.stack([np.exp(theta[..., 1]), rate], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta of (shape, rate), (..., 2)."""
        shape, rate = values[..., 0], values[..., 1] * self.stages / scale
        return np.stack([np.log(shape / rate), np.log(shape)], axis=-1)

    def clipped(self, values: Array) -> Array:
        """Clipped to e^-28..e^28 at the same mean rate, (..., 2)."""
        return clip_efolds(values, together=slice(2))

    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural`, (..., 2, 2)."""
        shape, rate = np.moveaxis(self.natural(theta), -1, 0)
        return _matrix([[0 * shape, shape], [-rate, rate]])

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the Hessians, weighted by `gradient`, (..., 2, 2)."""
        shape, rate = np.moveaxis(self.natural(theta) * gradient, -1, 0)
        return _matrix([[rate, -rate], [-rate, rate + shape]])


@frozen(kw_only=True)
class BetaParameters:
    """(a, b) of a beta over probabilities: theta = (logit phi, ln kappa).

    >>> BetaParameters(names=("logit_phi", "log_kappa")).natural(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """

    names: tuple[str, str]
    low: tuple[float, float] = (-25.0, -12.0)
    high: tuple[float, float] = (25.0, 14.0)
    positive: tuple[bool, bool] = (True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - a probability has no unit
        """(a, b), (..., 2)."""
        kappa = np.exp(theta[..., 1])
        return np.stack([kappa * expit(theta[..., 0]), kappa * expit(-theta[..., 0])], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - a probability has no unit
        """Theta of (a, b), (..., 2)."""
        a, b = values[..., 0], values[..., 1]
        return np.stack([np.log(a / b), np.log(a + b)], axis=-1)

    def clipped(self, values: Array) -> Array:
        """Clipped to e^-28..e^28 at the same mean probability, (..., 2)."""
        return clip_efolds(values, together=slice(2))

    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural`, (..., 2, 2)."""
        a, b = np.moveaxis(self.natural(theta), -1, 0)
        mix = a * b / (a + b)
        return _matrix([[mix, a], [-mix, b]])

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the Hessians, weighted by `gradient`, (..., 2, 2)."""
        a, b = np.moveaxis(self.natural(theta), -1, 0)
        g_a, g_b = np.moveaxis(gradient, -1, 0)
        mix = a * b / (a + b) * (g_a - g_b)
        return _matrix([[mix * (b - a) / (a + b), mix], [mix, g_a * a + g_b * b]])


@frozen(kw_only=True)
class CoefficientParameters:
    """Regression coefficients, of any sign, of standardised columns: theta is the coefficients.

    >>> CoefficientParameters(names=("purchase:age",)).natural(np.array([-0.3]))
    array([-0.3])
    """

    names: tuple[str, ...]

    @property
    def low(self) -> tuple[float, ...]:
        """Lower bounds: a rate that falls 22,026-fold per standard deviation of a column."""
        return (-10.0,) * len(self.names)

    @property
    def high(self) -> tuple[float, ...]:
        """Upper bounds."""
        return (10.0,) * len(self.names)

    @property
    def positive(self) -> tuple[bool, ...]:
        """No coefficient need be above 0."""
        return (False,) * len(self.names)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - a log ratio of rates has no unit
        """Coefficients, (..., m)."""
        return theta

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - as above
        """The same, (..., m)."""
        return values

    def clipped(self, values: Array) -> Array:
        """The same, (..., m)."""
        return values

    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural`, (..., m, m): the identity."""
        return np.broadcast_to(np.eye(theta.shape[-1]), (*theta.shape, theta.shape[-1]))

    def hessian(self, theta: Array, gradient: Array) -> Array:  # noqa: ARG002 - linear
        """Sum of the Hessians, (..., m, m): 0."""
        return np.zeros((*theta.shape, theta.shape[-1]))


def clip_efolds(values: Array, *, together: slice) -> Array:
    """Parameters clipped to e^-28..e^28, (..., m); those inside are unchanged.

    In a corner of theta's bounds a parameter lies beyond. There almost nobody drops out, or customers hardly differ, so
    the likelihood depends on the mean alone.

    Args:
        values: parameters, > 0.
        together: parameters multiplied by the same factor, which keeps their ratio, the mean.

    >>> clip_efolds(np.array([np.exp(5.0), np.exp(30.0)]), together=slice(2)) / np.exp([3.0, 28.0])
    array([1., 1.])
    """
    logs = np.log(values[..., together])
    beyond = np.maximum(logs.max(axis=-1) - EFOLDS, 0.0) + np.minimum(logs.min(axis=-1) + EFOLDS, 0.0)
    moved = np.array(values)
    moved[..., together] *= np.exp(-beyond)[..., None]
    return np.clip(moved, np.exp(-EFOLDS), np.exp(EFOLDS))


def _matrix(rows: list[list[Array]]) -> Array:
    """Matrices (..., m, m) of entries (...); filled, because stacking takes ten times as long."""
    matrix = np.empty((*np.shape(rows[0][0]), len(rows), len(rows)))
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            matrix[..., i, j] = entry
    return matrix


PURCHASE_RATES = GammaParameters(names=("log_mean_purchases", "log_r"))
DROPOUT = BetaParameters(names=("logit_phi", "log_kappa"))
