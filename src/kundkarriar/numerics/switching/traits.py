"""Traits of customers who switch on and off: log-normal rates, quadrature nodes, unconstrained parameters."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.parameter_blocks import LogLinearParameters, ParameterBlock

FAST = 2.0
"""Largest log of a rate of switching, per median T, at which a search of all rows starts."""
LARGEST = 80.0
"""Largest log of a rate at a node: in single precision powers of larger ones overflow."""
LEAST_SPREAD, MOST_SPREAD = -6.0, 2.0
"""Bounds of the log of a standard deviation of log rates, in a search."""

Reach: TypeAlias = tuple[tuple[float, float], tuple[float, float]]
"""The range of nodes in the logs of the purchase rate and of the rate of going off."""


@frozen(kw_only=True)
class Lattice:
    """How finely the traits are integrated by the trapezoidal rule.

    Its error for a normal posterior is exp(-2 pi^2 / fineness^2).

    Attributes:
        fineness: spacing of the nodes in posterior standard deviations.
        width: how many standard deviations of the traits the nodes reach.
        widest: largest spacing in the logs of the purchase rate and of the rate of going off.
        beyond: how many further times the variance the nodes reach upwards: the mean of a log-normal rate has its mass
            around m + s^2.
        dtype: precision of tables and sums; half the digits take half the time.
    """

    fineness: float
    width: float
    widest: tuple[float, float]
    beyond: float = 0.0
    dtype: Any = np.float64


EXACT = Lattice(fineness=0.95, width=6.0, widest=(0.5, 0.65), beyond=1.0)
"""On the CDNOW sample log-likelihoods of rows are within 1e-6."""
ROUGH = Lattice(fineness=1.1, width=5.0, widest=(0.65, 0.85), dtype=np.float32)
"""Half of the nodes; the total of the same rows is within .001. In single precision, for the beginning of a
search."""
QUICK = Lattice(fineness=1.5, width=4.5, widest=(1.0, 1.2), dtype=np.float32)
"""For the first steps of a search."""
DRAWN = Lattice(fineness=1.5, width=4.0, widest=(1.0, 1.2), beyond=1.0, dtype=np.float32)
"""For draws from the nodes: on CDNOW the mean of all customers is within .0002 of the posterior's, of each .005."""
FIT = evolve(ROUGH, dtype=np.float64)
"""For the end of a search, which would not settle among rounding errors."""


@frozen(kw_only=True)
class Traits:
    """The distribution of rates over customers.

    Attributes:
        m1, s1: mean and standard deviation of the log purchase rate while on.
        m2, s2: mean and standard deviation of the log rate of going off.
        nu: rate of coming back on, the same for all.
    """

    m1: float
    s1: float
    m2: float
    s2: float
    nu: float

    def spacing(self, most: float, lattice: Lattice) -> tuple[float, float]:
        """Spacing of nodes for customers with up to `most` purchases.

        The posterior of the log purchase rate has a variance of about 1 / (purchases + 1 / s1^2), that of the log rate
        of going off one of 1 / (purchases / 4 + 1 / s2^2) or more.
        """
        tight = (most + 1 / self.s1**2) ** -0.5, (most / 4 + 1 / self.s2**2) ** -0.5
        first, second = (min(lattice.fineness * sd, wide) for sd, wide in zip(tight, lattice.widest, strict=True))
        return first, second

    def reach(self, lattice: Lattice) -> Reach:
        """The range of nodes in either log."""
        first, second = (
            (m - lattice.width * s, min(m + lattice.width * s + lattice.beyond * s**2, max(m, LARGEST)))
            for m, s in ((self.m1, self.s1), (self.m2, self.s2))
        )
        return first, second

    def standardised(self, nodes: Nodes) -> tuple[Array, Array]:
        """The logs of the nodes' rates less their means, over their standard deviations, (J,) each."""
        return (nodes.log_rate - self.m1) / self.s1, (nodes.log_leaving - self.m2) / self.s2

    def log_weights(self, nodes: Nodes) -> Array:
        """Log of the share of customers at each node, (J,); all shares of the lattice add up to 1."""
        z1, z2 = self.standardised(nodes)
        sums = [float(np.log(weights.sum())) for weights, _ in self._axes(nodes)]
        return np.asarray(-0.5 * (z1**2 + z2**2) - sum(sums))

    def mean_squares(self, nodes: Nodes) -> tuple[float, float]:
        """Means of the squared standardised logs over the lattice, of a normal distribution about 1.

        They are subtracted where 1 would be, as the lattice ends: else a gradient would not vanish where it should.
        """
        first, second = (float((weights * z**2).sum() / weights.sum()) for weights, z in self._axes(nodes))
        return first, second

    def _axes(self, nodes: Nodes) -> list[tuple[Array, Array]]:
        """Weights and standardised logs along either axis of the whole lattice."""
        axes = []
        for step, s in zip(nodes.spacing, (self.s1, self.s2), strict=True):
            z = np.arange(-np.ceil(nodes.width * s / step), np.ceil(nodes.width * s / step) + 1) * step / s
            axes.append((np.exp(-0.5 * z**2), z))
        return axes


@frozen(kw_only=True, eq=False)
class Nodes:
    """Quadrature nodes of the traits: a lattice in the logs of the two rates.

    Attributes:
        log_rate, log_leaving: the logs, (J,) each.
        spacing: distance of neighbours in either log.
        width: how many standard deviations of the traits the whole lattice reaches.
    """

    log_rate: Array
    log_leaving: Array
    spacing: tuple[float, float]
    width: float

    @classmethod
    def within(cls, reach: Reach, spacing: tuple[float, float], *, around: tuple[float, float], width: float) -> Nodes:
        """The lattice that covers the range in either log, with a node at `around`."""
        axes = [
            middle + np.arange(np.floor((low - middle) / step), np.ceil((high - middle) / step) + 1) * step
            for (low, high), step, middle in zip(reach, spacing, around, strict=True)
        ]
        log_rate, log_leaving = (axis.ravel() for axis in np.meshgrid(*axes, indexing="ij"))
        return cls(log_rate=log_rate, log_leaving=log_leaving, spacing=spacing, width=width)

    def thinned(self, spacing: tuple[float, float], *, around: tuple[float, float]) -> Nodes:
        """A lattice of another spacing over the same range."""
        first, second = ((float(log.min()), float(log.max())) for log in (self.log_rate, self.log_leaving))
        return Nodes.within((first, second), spacing, around=around, width=self.width)

    def __len__(self) -> int:
        return len(self.log_rate)


@frozen(kw_only=True)
class SpreadParameters(ParameterBlock):
    """Mean m and standard deviation s of a log rate: theta = (m + ln scale, ln s), a location and a log.

    Attributes:
        start_high: upper bound of the location at the start of a search.
    """

    start_high: float = 6.25

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(m, s), (..., 2)."""
        return np.stack([theta[..., 0] - np.log(scale), np.exp(theta[..., 1])], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta, (..., 2)."""
        return np.stack([values[..., 0] + np.log(scale), np.log(values[..., 1])], axis=-1)

    def jacobian(self, theta: Array) -> Array:
        """Jacobian, (..., 2, 2)."""
        jacobian = np.zeros((*theta.shape, 2))
        jacobian[..., 0, 0], jacobian[..., 1, 1] = 1.0, np.exp(theta[..., 1])
        return jacobian

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Weighted Hessian, (..., 2, 2)."""
        hessian = np.zeros((*theta.shape, 2))
        hessian[..., 1, 1] = np.exp(theta[..., 1]) * gradient[..., 1]
        return hessian

    @property
    def positive(self) -> tuple[bool, ...]:
        """The spread is above 0, the mean of either sign."""
        return False, True

    @property
    def start(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Spreads of a fifth to 5."""
        return (self.low[0] / 4, -1.6), (self.start_high, 1.6)

    def clipped(self, values: Array) -> Array:
        """The same: the bounds of theta keep them within reason."""
        return values


def log_normal_parameters(log_typical: str, log_spread: str) -> SpreadParameters:
    """The block of a log-normal rate, with the names of its unconstrained parameters."""
    return SpreadParameters(names=(log_typical, log_spread), low=(-25.0, LEAST_SPREAD), high=(25.0, MOST_SPREAD))


@frozen(kw_only=True)
class LogRate(LogLinearParameters):
    """A rate: theta = ln(rate x scale)."""

    matrix: tuple[tuple[int, ...], ...] = ((1,),)
    units: tuple[int, ...] = (-1,)
    together: slice = slice(1)

    @property
    def start(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Below e^2: where customers switch fast the likelihood has a ridge of its own."""
        return (self.low[0] / 4,), (FAST,)


PURCHASING = log_normal_parameters("log_typical_purchases", "log_spread_purchases")
LEAVING = evolve(log_normal_parameters("log_typical_leaving", "log_spread_leaving"), start_high=FAST)
RETURNING = LogRate(names=("log_return",), low=(-25.0,), high=(25.0,))
