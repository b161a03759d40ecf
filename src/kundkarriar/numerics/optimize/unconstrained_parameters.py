"""Coordinates in which likelihoods are searched and their uncertainty is nearly normal.

A model's parameters come in blocks: the shape and rate of a gamma, the two parameters of a beta. Each block has
coordinates without bounds, without a unit (time is divided by a scale, the median age) and almost uncorrelated:

    gamma   (ln(shape / rate), ln shape):    the mean rate, and how little customers differ
    beta    (logit phi, ln kappa):           phi = a / (a + b) the mean chance, kappa = a + b

All functions take leading dimensions: theta may be one point (k,), many draws (S, k) or one point a row (n, k).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from attrs import frozen
from scipy.special import expit

from kundkarriar.fields import EFOLDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

Value = TypeVar("Value", float, "NDArray[np.float64]")


class Block(Protocol):
    """Some parameters of a model and the coordinates that stand for them; `scale` is what 1 is in them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates, m of them."""
        ...

    @property
    def low(self) -> tuple[float, ...]:
        """Lower edges of the search, (m,)."""
        ...

    @property
    def high(self) -> tuple[float, ...]:
        """Upper edges, (m,)."""
        ...

    @property
    def positive(self) -> tuple[bool, ...]:
        """Which parameters are above 0: their intervals are symmetric in logs, (m,)."""
        ...

    def natural(self, theta: Array, *, scale: float) -> Array:
        """The parameters at `theta`, (..., m)."""
        ...

    def working(self, values: Array, *, scale: float) -> Array:
        """The coordinates of the parameters, (..., m): the inverse of `natural`."""
        ...

    def within(self, values: Array) -> Array:
        """Parameters that a search at its edges left beyond e^-28..e^28, brought inside, (..., m); others as given."""
        ...

    def slopes(self, theta: Array) -> Array:
        """Slopes of the parameters at scale 1, (..., m, m): parameter by coordinate."""
        ...

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes of the parameters at scale 1, summed with the weights `gradient` (..., m): (..., m, m)."""
        ...


@frozen(kw_only=True)
class GammaBlock:
    """(shape, rate) of a gamma over rates: theta = (ln(shape / rate), ln shape).

    >>> block = GammaBlock(names=("log_mean_purchases", "log_r"))
    >>> block.natural(np.array([0.0, 0.0]), scale=39.0)
    array([ 1., 39.])
    """

    names: tuple[str, str]
    low: tuple[float, float] = (-25.0, -10.0)
    high: tuple[float, float] = (25.0, 12.0)
    positive: tuple[bool, bool] = (True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """(shape, rate), (..., 2); the rate in the unit of `scale`."""
        return np.stack([np.exp(theta[..., 1]), scale * np.exp(theta[..., 1] - theta[..., 0])], axis=-1)

    def working(self, values: Array, *, scale: float = 1.0) -> Array:
        """The coordinates of (shape, rate), (..., 2)."""
        shape, rate = values[..., 0], values[..., 1] / scale
        return np.stack([np.log(shape / rate), np.log(shape)], axis=-1)

    def within(self, values: Array) -> Array:
        """Inside e^-28..e^28 at the same mean rate, (..., 2)."""
        return within_efolds(values, together=slice(2))

    def slopes(self, theta: Array) -> Array:
        """Parameter by coordinate, (..., 2, 2)."""
        shape, rate = np.moveaxis(self.natural(theta), -1, 0)
        return _matrix([[0 * shape, shape], [-rate, rate]])

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes under `gradient`, (..., 2, 2)."""
        shape, rate = np.moveaxis(self.natural(theta) * gradient, -1, 0)
        return _matrix([[rate, -rate], [-rate, rate + shape]])


@frozen(kw_only=True)
class BetaBlock:
    """(a, b) of a beta over chances: theta = (logit phi, ln kappa).

    >>> BetaBlock(names=("logit_phi", "log_kappa")).natural(np.array([0.0, 0.0]))
    array([0.5, 0.5])
    """

    names: tuple[str, str]
    low: tuple[float, float] = (-25.0, -12.0)
    high: tuple[float, float] = (25.0, 14.0)
    positive: tuple[bool, bool] = (True, True)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - a chance has no unit
        """(a, b), (..., 2)."""
        kappa = np.exp(theta[..., 1])
        return np.stack([kappa * expit(theta[..., 0]), kappa * expit(-theta[..., 0])], axis=-1)

    def working(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - a chance has no unit
        """The coordinates of (a, b), (..., 2)."""
        a, b = values[..., 0], values[..., 1]
        return np.stack([np.log(a / b), np.log(a + b)], axis=-1)

    def within(self, values: Array) -> Array:
        """Inside e^-28..e^28 at the same mean chance, (..., 2)."""
        return within_efolds(values, together=slice(2))

    def slopes(self, theta: Array) -> Array:
        """Parameter by coordinate, (..., 2, 2)."""
        a, b = np.moveaxis(self.natural(theta), -1, 0)
        mix = a * b / (a + b)
        return _matrix([[mix, a], [-mix, b]])

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes under `gradient`, (..., 2, 2)."""
        a, b = np.moveaxis(self.natural(theta), -1, 0)
        towards_a, towards_b = np.moveaxis(gradient, -1, 0)
        mix = a * b / (a + b) * (towards_a - towards_b)
        return _matrix([[mix * (b - a) / (a + b), mix], [mix, towards_a * a + towards_b * b]])


@frozen(kw_only=True)
class CoefficientBlock:
    """Coefficients, of any sign, of columns whose unit is their spread: they are their own coordinates.

    >>> CoefficientBlock(names=("purchase:age",)).natural(np.array([-0.3]))
    array([-0.3])
    """

    names: tuple[str, ...]

    @property
    def low(self) -> tuple[float, ...]:
        """Lower edges: a rate that falls 22,026 times for each spread of a column."""
        return (-10.0,) * len(self.names)

    @property
    def high(self) -> tuple[float, ...]:
        """Upper edges."""
        return (10.0,) * len(self.names)

    @property
    def positive(self) -> tuple[bool, ...]:
        """None need be."""
        return (False,) * len(self.names)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - a log ratio of rates has no unit
        """The coefficients, (..., m)."""
        return theta

    def working(self, values: Array, *, scale: float = 1.0) -> Array:  # noqa: ARG002 - as above
        """The same, (..., m)."""
        return values

    def within(self, values: Array) -> Array:
        """The same, (..., m)."""
        return values

    def slopes(self, theta: Array) -> Array:
        """Parameter by coordinate, (..., m, m)."""
        return np.broadcast_to(np.eye(theta.shape[-1]), (*theta.shape, theta.shape[-1]))

    def bend(self, theta: Array, gradient: Array) -> Array:  # noqa: ARG002 - straight
        """Second slopes, (..., m, m): none."""
        return np.zeros((*theta.shape, theta.shape[-1]))


@frozen(kw_only=True)
class Coordinates:
    """The coordinates of a whole model: those of its blocks, one after the other. Itself a block.

    >>> rates = GammaBlock(names=("log_mean_purchases", "log_r"))
    >>> both = Coordinates(blocks=(rates, BetaBlock(names=("logit_phi", "log_kappa"))))
    >>> both.natural(np.zeros(4), scale=39.0)
    array([ 1. , 39. ,  0.5,  0.5])
    """

    blocks: tuple[Block, ...]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """The coordinates, k of them."""
        return tuple(name for block in self.blocks for name in block.names)

    @property
    def low(self) -> Array:
        """Lower edges of the search, (k,)."""
        return np.array([edge for block in self.blocks for edge in block.low])

    @property
    def high(self) -> Array:
        """Upper edges, (k,)."""
        return np.array([edge for block in self.blocks for edge in block.high])

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """The model's parameters at `theta`, (..., k)."""
        return self._joined(theta, lambda block, part: block.natural(part, scale=scale))

    def working(self, values: Array, *, scale: float = 1.0) -> Array:
        """The coordinates of the parameters, (..., k): the inverse of `natural`."""
        return self._joined(values, lambda block, part: block.working(part, scale=scale))

    def within(self, values: Array) -> Array:
        """Parameters that a search at its edges left beyond e^-28..e^28, brought inside, (..., k)."""
        return self._joined(values, lambda block, part: block.within(part))

    @property
    def positive(self) -> tuple[bool, ...]:
        """Which parameters are above 0, (k,)."""
        return tuple(above for block in self.blocks for above in block.positive)

    def log_slopes(self, theta: Array) -> Array:
        """Slopes of each positive parameter's logarithm, and of any other parameter itself, (k, k): by coordinate."""
        unit = np.where(self.positive, self.natural(theta), 1.0)
        slopes: Array = self.slopes(theta) / unit[..., None]
        return slopes

    def in_working(self, theta: Array, total: tuple[Value, Array, Array]) -> tuple[Value, Array, Array]:
        """A log-likelihood with derivatives in the parameters turned into one with derivatives in theta.

        Args:
            theta: where, (..., k), at scale 1.
            total: value (...), gradient (..., k), Hessian (..., k, k) in the parameters.
        """
        value, gradient, hessian = total
        slopes = self.slopes(theta)
        across = np.swapaxes(slopes, -1, -2)
        curved = across @ hessian @ slopes + self.bend(theta, gradient)
        return value, (across @ gradient[..., None])[..., 0], curved

    def bend(self, theta: Array, gradient: Array) -> Array:
        """Second slopes of the parameters at scale 1, summed with the weights `gradient`, (..., k, k)."""
        bend = np.zeros((*theta.shape, theta.shape[-1]))
        for block, at in self._parts():
            bend[..., at, at] = block.bend(theta[..., at], gradient[..., at])
        return bend

    def slopes(self, theta: Array) -> Array:
        """Slopes of the parameters at scale 1, (..., k, k): parameter by coordinate."""
        slopes = np.zeros((*theta.shape, theta.shape[-1]))
        for block, at in self._parts():
            slopes[..., at, at] = block.slopes(theta[..., at])
        return slopes

    def _joined(self, values: Array, of: Callable[[Block, Array], Array]) -> Array:
        return np.concatenate([of(block, values[..., at]) for block, at in self._parts()], axis=-1)

    def _parts(self) -> list[tuple[Block, slice]]:
        """Each block and where its coordinates stand."""
        ends = np.cumsum([len(block.names) for block in self.blocks]).tolist()
        return [(block, slice(end - len(block.names), end)) for block, end in zip(self.blocks, ends, strict=True)]


def within_efolds(values: Array, *, together: slice) -> Array:
    """Parameters inside e^-28..e^28, (..., m); those inside stay as they are.

    The edges of a search are coordinates, and in a corner of theirs a parameter lies beyond. Nearly nobody leaves
    there, or all customers are alike, so that the mean is all that the likelihood sees.

    Args:
        values: above 0.
        together: the parameters that are multiplied alike: their ratio is the mean.

    >>> within_efolds(np.array([np.exp(5.0), np.exp(30.0)]), together=slice(2)) / np.exp([3.0, 28.0])
    array([1., 1.])
    """
    logs = np.log(values[..., together])
    beyond = np.maximum(logs.max(axis=-1) - EFOLDS, 0.0) + np.minimum(logs.min(axis=-1) + EFOLDS, 0.0)
    moved = np.array(values)
    moved[..., together] *= np.exp(-beyond)[..., None]
    return np.clip(moved, np.exp(-EFOLDS), np.exp(EFOLDS))


def _matrix(rows: list[list[Array]]) -> Array:
    """Entries of one shape (...) as matrices, (..., m, m); filled, because stacking takes ten times as long."""
    matrix = np.empty((*np.shape(rows[0][0]), len(rows), len(rows)))
    for i, row in enumerate(rows):
        for j, entry in enumerate(row):
            matrix[..., i, j] = entry
    return matrix


PURCHASE_RATES = GammaBlock(names=("log_mean_purchases", "log_r"))
DROPOUT = BetaBlock(names=("logit_phi", "log_kappa"))
