"""Parameters of Pareto/NBD and GGompertz/NBD: two gammas and the ageing of lifetimes."""

from __future__ import annotations

from typing import Any

from attrs import frozen


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
