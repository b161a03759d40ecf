"""Second-order forward-mode automatic differentiation: value, gradient and Hessian of a formula in each row.

A formula written for arrays is evaluated at `variables` instead, and gives its derivatives with its value: operators,
the ufuncs of `PARTIALS`, `np.where` and `logaddexp` follow the chain rule, and everything else is refused. Derivatives
that are 0 in all rows are not kept, so that it costs about what derivatives written by hand do. Griewank & Walther
(2008), Evaluating Derivatives, 2nd edition.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.lib.mixins import NDArrayOperatorsMixin
from scipy.special import expit

from kundkarriar.arrays import Array

First = tuple[Any, ...]
Second = dict[tuple[int, int], Any]

PARTIALS: dict[Any, Callable[..., tuple[First, Second]]] = {
    np.negative: lambda _y, _a: ((-1.0,), {}),
    np.exp: lambda y, _a: ((y,), {(0, 0): y}),
    np.expm1: lambda y, _a: ((y + 1.0,), {(0, 0): y + 1.0}),
    np.log: lambda _y, a: ((1 / a,), {(0, 0): -1 / a**2}),
    np.log1p: lambda _y, a: ((1 / (1 + a),), {(0, 0): -1 / (1 + a) ** 2}),
    np.add: lambda _y, _a, _b: ((1.0, 1.0), {}),
    np.subtract: lambda _y, _a, _b: ((1.0, -1.0), {}),
    np.multiply: lambda _y, a, b: ((b, a), {(0, 1): 1.0, (1, 0): 1.0}),
    np.divide: lambda y, _a, b: ((1 / b, -y / b), {(0, 1): -1 / b**2, (1, 0): -1 / b**2, (1, 1): 2 * y / b**2}),
}
"""First partial derivatives of a ufunc, and second ones by pair of inputs (0 where left out), of result and inputs."""


@frozen(eq=False)
class DifferentiableRows(NDArrayOperatorsMixin):
    """One number a row with its derivatives in some variables.

    Attributes:
        value: (n,).
        gradient: first derivative by variable i, (n,), or a number that all rows share.
        hessian: second derivative by pair of variables (i, j), i <= j, likewise.

    >>> x, y = variables({"x": np.array([2.0]), "y": np.array([3.0])}).values()
    >>> value, gradient, hessian = (x * np.log(y)).derivatives(2)
    >>> gradient.round(3).tolist(), hessian.round(3).tolist()
    ([[1.099, 0.667]], [[[0.0, 0.333], [0.333, -0.222]]])
    """

    value: Array
    gradient: dict[int, Any]
    hessian: dict[tuple[int, int], Any]

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__" or options or ufunc not in PARTIALS:
            return NotImplemented
        values = [value_of(given) for given in inputs]
        value = ufunc(*values)
        return chained(value, inputs, *PARTIALS[ufunc](value, *values))

    def __array_function__(self, function: Any, _: Any, inputs: Sequence[Any], __: Any) -> Any:
        if function is not np.where:
            return NotImplemented
        condition, *either = inputs
        return chained(np.where(condition, *map(value_of, either)), either, (condition, ~condition), {})

    def derivatives(self, k: int) -> tuple[Array, Array, Array]:
        """Value (n,), gradient (n, k) and Hessian (n, k, k) in variables 0 to k - 1."""
        gradient, hessian = np.zeros((len(self.value), k)), np.zeros((len(self.value), k, k))
        for i, first in self.gradient.items():
            gradient[:, i] = first
        for (i, j), second in self.hessian.items():
            hessian[:, i, j] = hessian[:, j, i] = second
        return self.value, gradient, hessian


def variables(values: Mapping[str, Array]) -> dict[str, DifferentiableRows]:
    """The variables by name, numbered in their order, where each row has values of its own, (n,)."""
    return {name: DifferentiableRows(value, {i: 1.0}, {}) for i, (name, value) in enumerate(values.items())}


def value_of(given: Any) -> Any:
    """The value of differentiable rows; anything else as it is."""
    return given.value if isinstance(given, DifferentiableRows) else given


def chained(value: Array, inputs: Sequence[Any], first: First, second: Second) -> DifferentiableRows:
    """`value` (n,) as a function of `inputs`, differentiable rows and constants, with derivatives by the chain rule.

    `first` holds the partial derivative in each input, `second` those in ordered pairs of inputs, 0 where left out.
    """
    given = [(u, each) for u, each in enumerate(inputs) if isinstance(each, DifferentiableRows)]
    gradient: dict[int, Any] = {}
    hessian: dict[tuple[int, int], Any] = {}
    for u, one in given:
        for i, slope in one.gradient.items():
            gradient[i] = gradient.get(i, 0.0) + first[u] * slope
        for pair, curvature in one.hessian.items():
            hessian[pair] = hessian.get(pair, 0.0) + first[u] * curvature
    for u, one in given:
        for v, other in given:
            if (u, v) in second:
                for i, slope in one.gradient.items():
                    for j, other_slope in other.gradient.items():
                        if i <= j:
                            hessian[i, j] = hessian.get((i, j), 0.0) + second[u, v] * slope * other_slope
    return DifferentiableRows(value, gradient, hessian)


def logaddexp(one: Any, other: Any) -> Any:
    """Log of exp(one) + exp(other), four times as fast as `np.logaddexp`; one of them may be minus infinity."""
    apart = other - one
    difference = value_of(apart)
    low, high = value_of(one), value_of(other)
    value = np.maximum(low, high) + np.log1p(np.exp(-np.abs(difference)))
    if not isinstance(apart, DifferentiableRows):
        return value
    share = expit(difference)
    mixed = chained(value, (apart,), (share,), {(0, 0): share * expit(-difference)})
    return chained(value, (one, mixed), (1.0, 1.0), {})
