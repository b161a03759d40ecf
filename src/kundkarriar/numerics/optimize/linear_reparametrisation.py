"""Linear reparametrisation of unconstrained parameters."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters


@frozen(kw_only=True)
class LinearReparametrisation:
    """Parameters tau with theta = `matrix` x tau, where theta are those of `inner`; a block itself.

    Attributes:
        inner: unconstrained parameters of the same names and bounds.
        matrix: invertible, (m, m), as rows.

    >>> from kundkarriar.numerics.optimize.parameter_blocks import PURCHASE_RATES
    >>> from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
    >>> inner = UnconstrainedParameters(blocks=(PURCHASE_RATES,))
    >>> halved = LinearReparametrisation(inner=inner, matrix=((0.5, 0.0), (0.0, 1.0)))
    >>> halved.natural(np.array([2.0, 0.0]), scale=1.0).round(4)
    array([1.    , 0.3679])
    """

    inner: UnconstrainedParameters
    matrix: tuple[tuple[float, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of tau: those of theta."""
        return self.inner.names

    @property
    def low(self) -> tuple[float, ...]:
        """Lower bounds of tau: those of theta."""
        return tuple(self.inner.low)

    @property
    def high(self) -> tuple[float, ...]:
        """Upper bounds."""
        return tuple(self.inner.high)

    @property
    def positive(self) -> tuple[bool, ...]:
        """Whether each parameter is above 0."""
        return self.inner.positive

    def natural(self, theta: Array, *, scale: float) -> Array:
        """Parameters at tau, (..., m)."""
        return self.inner.natural(theta @ self._matrix.T, scale=scale)

    def unconstrained(self, values: Array, *, scale: float) -> Array:
        """Tau of the parameters, (..., m)."""
        inner = self.inner.unconstrained(values, scale=scale)
        return np.asarray(np.linalg.solve(self._matrix, inner[..., None])[..., 0])

    def clipped(self, values: Array) -> Array:
        """Parameters clipped to e^-28..e^28, (..., m)."""
        return self.inner.clipped(values)

    def jacobian(self, theta: Array) -> Array:
        """Jacobian of `natural`, (..., m, m): parameter by tau."""
        return np.asarray(self.inner.jacobian(theta @ self._matrix.T) @ self._matrix)

    def hessian(self, theta: Array, gradient: Array) -> Array:
        """Sum of the Hessians in tau, weighted by `gradient`, (..., m, m)."""
        return np.asarray(self._matrix.T @ self.inner.hessian(theta @ self._matrix.T, gradient) @ self._matrix)

    @property
    def _matrix(self) -> Array:
        return np.array(self.matrix)
