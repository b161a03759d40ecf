"""Blocks of parameters and their unconstrained parameters theta: a gamma's, a beta's, regression coefficients.

Unconstrained parameters have no bounds and no unit (time is divided by a scale, the median age), and are almost
uncorrelated:

    gamma   (ln(shape / rate), ln shape):    the mean rate, and the homogeneity of customers
    beta    (logit phi, ln kappa):           phi = a / (a + b) the mean probability, kappa = a + b

All functions take leading dimensions: theta may be one point (k,), many draws (S, k) or one point a row (n, k).
"""

from abc import ABC, abstractmethod

import numpy as np
from attrs import Factory, field, frozen
from scipy.special import expit, logit

from kundkarriar.arrays import Array
from kundkarriar.fields import EFOLDS


@frozen(kw_only=True)
class ParameterBlock(ABC):
    """Some parameters of a model and their unconstrained parameters theta; `scale` is the unit of time in theta.

    Attributes:
        names: of the unconstrained parameters, (m,).
        low, high: bounds of theta in a search, (m,).
        together: positions of positive parameters whose ratio, the mean, is kept where they are clipped; None for
            coefficients, which are of any sign and not clipped.
    """

    names: tuple[str, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    together: slice | None = slice(2)

    @property
    def positive(self) -> tuple[bool, ...]:
        """Whether each parameter is above 0, (m,): its intervals are then symmetric in logs."""
        return (self.together is not None,) * len(self.names)

    @property
    def start(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Bounds of theta within which a search starts, (m,) and (m,): well inside, away from flat ridges."""
        return tuple(edge / 4 for edge in self.low), tuple(edge / 4 for edge in self.high)

    @abstractmethod
    def natural(self, theta: Array, *, scale: float) -> Array:
        """Parameters at `theta`, (..., m)."""

    @abstractmethod
    def unconstrained(self, values: Array, *, scale: float) -> Array:
        """Theta of the parameters, (..., m): the inverse of `natural`."""

    @abstractmethod
    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural` at scale 1, (..., m, m): parameter by theta."""

    @abstractmethod
    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the parameters' Hessians in theta at scale 1, weighted by `gradient` (..., m): (..., m, m)."""

    def clipped(self, values: Array) -> Array:
        """Parameters clipped to e^-28..e^28, (..., m); those inside are unchanged.

        In a corner of theta's bounds a parameter lies beyond. There almost nobody drops out, or customers hardly
        differ, so the likelihood depends on the mean alone.

        >>> PURCHASE_RATES.clipped(np.array([np.exp(5.0), np.exp(30.0)])) / np.exp([3.0, 28.0])
        array([1., 1.])
        """
        if self.together is None:
            return values
        logs = np.log(values[..., self.together])
        beyond = np.maximum(logs.max(axis=-1) - EFOLDS, 0.0) + np.minimum(logs.min(axis=-1) + EFOLDS, 0.0)
        moved = np.array(values)
        moved[..., self.together] *= np.exp(-beyond)[..., None]
        return np.clip(moved, np.exp(-EFOLDS), np.exp(EFOLDS))


@frozen(kw_only=True)
class LogLinearParameters(ParameterBlock):
    """Parameters whose logarithms are linear in theta: exp(`matrix` theta) x `factors` x scale^`units`, each (m,)."""

    matrix: tuple[tuple[int, ...], ...]
    units: tuple[int, ...]
    factors: tuple[float, ...] = (1.0,)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """Parameters, (..., m)."""
        return np.asarray(np.exp(theta @ np.array(self.matrix).T) * self._unit(scale))

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta, (..., m)."""
        return np.asarray(np.log(values / self._unit(scale)) @ np.linalg.inv(self.matrix).T)

    def jacobian(self, theta: Array) -> Array:
        """Jacobian, (..., m, m)."""
        return np.asarray(self.natural(theta)[..., None] * np.array(self.matrix))

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Weighted Hessian, (..., m, m)."""
        rows = np.array(self.matrix, dtype=np.float64)
        return np.tensordot(self.natural(theta) * gradient, rows[:, :, None] * rows[:, None, :], axes=1)

    def _unit(self, scale: float) -> Array:
        return np.asarray(np.array(self.factors) * scale ** np.array(self.units, dtype=np.float64))


def gamma_parameters(log_mean: str, log_shape: str, *, stages: int = 1) -> LogLinearParameters:
    """(shape, rate) of a gamma over rates: theta = (ln(shape / (stages x rate)), ln shape), under these names.

    `stages` events of the gamma's rates are one event of the mean: the Erlang stages of a gap between purchases.
    """
    return LogLinearParameters(
        names=(log_mean, log_shape),
        low=(-25.0, -10.0),
        high=(25.0, 12.0),
        matrix=((0, 1), (-1, 1)),
        units=(0, 1),
        factors=(1.0, 1.0 / stages),
    )


@frozen(kw_only=True)
class BetaParameters(ParameterBlock):
    """(a, b) of a beta over probabilities, which have no unit: theta = (logit phi, ln kappa)."""

    low: tuple[float, ...] = (-25.0, -12.0)
    high: tuple[float, ...] = (25.0, 14.0)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002
        """(a, b), (..., 2)."""
        kappa = np.exp(theta[..., 1])
        return np.stack([kappa * expit(theta[..., 0]), kappa * expit(-theta[..., 0])], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002
        """Theta, (..., 2)."""
        a, b = values[..., 0], values[..., 1]
        return np.stack([np.log(a / b), np.log(a + b)], axis=-1)

    def jacobian(self, theta: Array) -> Array:
        """Jacobian, (..., 2, 2)."""
        a, b = np.moveaxis(self.natural(theta), -1, 0)
        mix = a * b / (a + b)
        return as_matrices([[mix, a], [-mix, b]])

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Weighted Hessian, (..., 2, 2)."""
        a, b = np.moveaxis(self.natural(theta), -1, 0)
        g_a, g_b = np.moveaxis(gradient, -1, 0)
        mix = a * b / (a + b) * (g_a - g_b)
        return as_matrices([[mix * (b - a) / (a + b), mix], [mix, g_a * a + g_b * b]])


@frozen(kw_only=True)
class ShareParameter(ParameterBlock):
    """A share between 0 and 1: theta = its logit.

    >>> ShareParameter(names=("logit_never",)).natural(np.zeros(1))
    array([0.5])
    """

    low: tuple[float, ...] = (-25.0,)
    high: tuple[float, ...] = (25.0,)
    together: slice | None = slice(1)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002
        """The share, (..., 1)."""
        return np.asarray(expit(theta))

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002
        """Its logit, (..., 1)."""
        return np.asarray(logit(values))

    def jacobian(self, theta: Array) -> Array:
        """Jacobian, (..., 1, 1)."""
        return np.asarray(expit(theta) * expit(-theta))[..., None]

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Weighted Hessian, (..., 1, 1)."""
        share = expit(theta)
        return np.asarray(gradient * share * expit(-theta) * (1 - 2 * share))[..., None]


@frozen(kw_only=True)
class CoefficientParameters(ParameterBlock):
    """Regression coefficients of standardised columns, log ratios without a unit: theta is the coefficients.

    At a bound a rate falls 22,026-fold per standard deviation of a column.
    """

    low: tuple[float, ...] = Factory(lambda own: (-10.0,) * len(own.names), takes_self=True)
    high: tuple[float, ...] = Factory(lambda own: (10.0,) * len(own.names), takes_self=True)
    together: None = field(default=None, init=False)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002
        """Coefficients, (..., m)."""
        return theta

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002
        """The same, (..., m)."""
        return values

    def jacobian(self, theta: Array) -> Array:
        """The identity, (..., m, m)."""
        return np.broadcast_to(np.eye(theta.shape[-1]), (*theta.shape, theta.shape[-1]))

    def hessian(self, theta: Array, gradient: Array) -> Array:  # noqa: ARG002
        """Zeros, (..., m, m)."""
        return np.zeros((*theta.shape, theta.shape[-1]))


def as_matrices(rows: list[list[Array]]) -> Array:
    """Matrices (..., m, m) of entries (...); filled, because stacking takes ten times as long."""
    matrices = np.empty((*np.shape(rows[0][0]), len(rows), len(rows)))
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            matrices[..., i, j] = entry
    return matrices


PURCHASE_RATES = gamma_parameters("log_mean_purchases", "log_r")
DROPOUT = BetaParameters(names=("logit_phi", "log_kappa"))
"""Of dropout after a purchase."""
LEAVING = BetaParameters(names=("logit_leaves", "log_kappa_leaves"))
"""Of dropout at an opportunity or a renewal."""
BUYING = BetaParameters(names=("logit_buys", "log_kappa_buys"))
"""Of buying at an opportunity, or in a month."""
NEVER_BUYING = ShareParameter(names=("logit_never",))
"""Of leads who never buy."""
