"""Unconstrained parameters of a model: bounded parameters, their Jacobian, and derivatives of the log-likelihood.

Likelihoods are maximised in them, and their posterior is nearly normal.
"""

from typing import TypeVar

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.parameter_blocks import ParameterBlock

Value = TypeVar("Value", float, "Array")


@frozen(kw_only=True)
class UnconstrainedParameters:
    """Unconstrained parameters theta of a whole model, (..., k): those of its blocks, concatenated.

    Attributes:
        blocks: of the model's parameters, in order.
        matrix: if given, `matrix` x theta are those of the blocks, with their names and bounds; invertible, (k, k).

    >>> from kundkarriar.numerics.optimize.parameter_blocks import DROPOUT, PURCHASE_RATES
    >>> UnconstrainedParameters(blocks=(PURCHASE_RATES, DROPOUT)).natural(np.zeros(4), scale=39.0)
    array([ 1. , 39. ,  0.5,  0.5])
    """

    blocks: tuple[ParameterBlock, ...]
    matrix: tuple[tuple[float, ...], ...] | None = None

    def __len__(self) -> int:
        return len(self.names)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the unconstrained parameters, (k,)."""
        return tuple(name for block in self.blocks for name in block.names)

    @property
    def low(self) -> Array:
        """Lower bounds of theta in a search, (k,)."""
        return np.array([edge for block in self.blocks for edge in block.low])

    @property
    def high(self) -> Array:
        """Upper bounds, (k,)."""
        return np.array([edge for block in self.blocks for edge in block.high])

    def clipped_start(self, theta: Array) -> Array:
        """Theta within the bounds of the start of a search, (k,)."""
        low, high = ([edge for block in self.blocks for edge in block.start[end]] for end in (0, 1))
        return np.clip(theta, low, high)

    @property
    def positive(self) -> tuple[bool, ...]:
        """Whether each parameter is above 0, (k,): its intervals are then symmetric in logs."""
        return tuple(above for block in self.blocks for above in block.positive)

    def natural(self, theta: Array, *, scale: float = 1.0) -> Array:
        """The model's parameters at `theta`, (..., k)."""
        theta = self._of_blocks(theta)
        return np.concatenate([block.natural(theta[..., at], scale=scale) for block, at in self._parts()], axis=-1)

    def unconstrained(self, values: Array, *, scale: float = 1.0) -> Array:
        """Theta of the parameters, (..., k): the inverse of `natural`."""
        parts = [block.unconstrained(values[..., at], scale=scale) for block, at in self._parts()]
        theta = np.concatenate(parts, axis=-1)
        return theta if self.matrix is None else np.linalg.solve(np.array(self.matrix), theta[..., None])[..., 0]

    def clipped(self, values: Array) -> Array:
        """Parameters clipped to e^-28..e^28, (..., k): bounds of theta can lead beyond."""
        return np.concatenate([block.clipped(values[..., at]) for block, at in self._parts()], axis=-1)

    def log_natural(self, theta: Array) -> Array:
        """The log of each positive parameter, and other parameters as they are, (..., k)."""
        natural = self.natural(theta)
        return np.where(self.positive, np.log(np.where(self.positive, natural, 1.0)), natural)

    def log_jacobian(self, theta: Array) -> Array:
        """Jacobian of `log_natural`, (..., k, k): parameter by theta."""
        unit = np.where(self.positive, self.natural(theta), 1.0)
        return np.asarray(self.jacobian(theta) / unit[..., None])

    def in_unconstrained(self, theta: Array, total: tuple[Value, Array, Array]) -> tuple[Value, Array, Array]:
        """A log-likelihood with derivatives in theta (..., k), at scale 1, from one with derivatives in the parameters.

        `total` is the value (...), gradient (..., k) and Hessian (..., k, k).
        """
        value, gradient, hessian = total
        jacobian = self.jacobian(theta)
        transposed = np.swapaxes(jacobian, -1, -2)
        hessian = transposed @ hessian @ jacobian + self.hessian(theta, gradient)
        return value, (transposed @ gradient[..., None])[..., 0], hessian

    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural` at scale 1, (..., k, k): parameter by theta."""
        theta = self._of_blocks(theta)
        jacobian = np.zeros((*theta.shape, theta.shape[-1]))
        for block, at in self._parts():
            jacobian[..., at, at] = block.jacobian(theta[..., at])
        return jacobian if self.matrix is None else jacobian @ np.array(self.matrix)

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the parameters' Hessians in theta at scale 1, weighted by `gradient` (..., k): (..., k, k)."""
        theta = self._of_blocks(theta)
        hessian = np.zeros((*theta.shape, theta.shape[-1]))
        for block, at in self._parts():
            hessian[..., at, at] = block.hessian(theta[..., at], gradient[..., at])
        return hessian if self.matrix is None else np.array(self.matrix).T @ hessian @ np.array(self.matrix)

    def _of_blocks(self, theta: Array) -> Array:
        return theta if self.matrix is None else theta @ np.array(self.matrix).T

    def _parts(self) -> list[tuple[ParameterBlock, slice]]:
        """Each block with the positions of its parameters."""
        ends = np.cumsum([len(block.names) for block in self.blocks]).tolist()
        return [(block, slice(end - len(block.names), end)) for block, end in zip(self.blocks, ends, strict=True)]
