"""Parameters of Pareto/NBD and GGompertz/NBD: two gammas and the ageing of lifetimes."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import asdict, frozen

from kundkarriar.numerics.optimize.parameter_blocks import LogLinearParameters

GOMPERTZ = LogLinearParameters(
    names=("log_mean_leaving", "log_s", "log_ageing"),
    low=(-25.0, -10.0, -14.0),
    high=(25.0, 12.0, 3.0),
    matrix=((0, 0, 1), (0, 1, 0), (-1, 1, 1)),
    units=(-1, 0, 0),
    together=slice(1, 3),
)
"""(b, s, beta) of a gamma mixture of Gompertz lifetimes: theta = (ln(s b / beta), ln s, ln b).

The first is the log mean dropout rate at age 0. As ln b falls, the first two become those of the gamma over dropout
rates in Pareto/NBD.
"""


@frozen(kw_only=True)
class ParetoParameters:
    """The parameters of both gammas: numbers, or one value a row or a draw.

    Attributes:
        r, alpha: shape and rate of the gamma over purchase rates.
        s, beta: shape and rate of the gamma over dropout rates, in Gompertz time.
        b: ageing of lifetimes; 0 for Pareto/NBD.
    """

    r: Any
    alpha: Any
    s: Any
    beta: Any
    b: Any = 0.0

    def at(self, index: Any) -> ParetoParameters:
        """Those of some rows or draws; numbers that all share stay as they are."""
        values = asdict(self).items()
        return ParetoParameters(**{name: value[index] if np.ndim(value) else value for name, value in values})
