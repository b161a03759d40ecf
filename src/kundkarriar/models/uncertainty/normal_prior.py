"""`NormalPrior`: a normal prior on a model's unconstrained parameters, with the interface of `WeakPrior`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import FINITE, POSITIVE, as_tuple, read_names, refusal, to_floats
from kundkarriar.arrays import Array


@frozen(kw_only=True)
class NormalPrior:
    """Independent normal distributions of unconstrained parameters.

    Attributes:
        names: the unconstrained parameters, in the model's order.
        means, sds: mean and standard deviation of each.

    >>> prior = NormalPrior(names=("log_r",), means=(0.3,), sds=(0.5,))
    >>> round(prior.log_density(["log_r"], np.array([0.8]))[0], 3)
    -0.5
    """

    names: tuple[str, ...] = field(converter=as_tuple)
    means: tuple[float, ...] = field(converter=to_floats)
    sds: tuple[float, ...] = field(converter=to_floats)

    @names.validator
    def _names_of_parameters(self, attribute: Attribute[Any], names: Any) -> None:
        read_names(names, attribute.name, empty=False)

    @means.validator
    @sds.validator
    def _one_of_each(self, attribute: Attribute[Any], values: Any) -> None:
        law = FINITE if attribute.name == "means" else POSITIVE
        if not (isinstance(values, tuple) and len(values) == len(self.names) and all(map(law.holds, values))):
            hint = "take the prior of a fit: fitted.report.prior."
            raise refusal(values, attribute.name, law=f"{law.law}, one for each name", hint=hint)

    def log_density(self, names: Sequence[str], theta: Array) -> tuple[float, Array, Array]:
        """Log density of the parameters `names` at `theta` up to a constant, its gradient and Hessian."""
        z, sd = self._standardised(names, theta)
        return float(-0.5 * np.sum(z**2)), -z / sd, np.diag(-1.0 / sd**2)

    def log_densities(self, names: Sequence[str], theta: Array) -> Array:
        """Log density of the parameters `names` at many points, (..., k) to (...), up to the same constant."""
        return np.asarray(-0.5 * np.sum(self._standardised(names, theta)[0] ** 2, axis=-1))

    def _standardised(self, names: Sequence[str], theta: Array) -> tuple[Array, Array]:
        at = [self.names.index(name) for name in names]
        mean, sd = np.array(self.means)[at], np.array(self.sds)[at]
        return (theta - mean) / sd, sd
