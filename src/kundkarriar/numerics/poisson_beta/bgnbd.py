"""BG/NBD: a customer may leave after each *repeat* purchase, so whoever bought once is surely alive.

Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005), "Counting your customers the easy way: an alternative to
the Pareto/NBD model", Marketing Science 24(2); equation numbers are of that paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundkarriar.numerics.poisson_beta import likelihood

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def chances(x: Array) -> Array:
    """How many times a customer with `x` repeat purchases may have left: after each of them, (n,)."""
    return x


def log_likelihood(*, x: Array, t_x: Array, T: Array, r: float, alpha: float, a: float, b: float) -> Array:
    """Log-likelihood of each customer, (n,). Eq. 6.

    >>> import numpy as np
    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> log_likelihood(**someone, r=0.243, alpha=4.414, a=0.793, b=2.426).round(4)
    array([-9.4586])
    """
    return likelihood.log_likelihood(x=x, t_x=t_x, T=T, chances=chances(x), r=r, alpha=alpha, a=a, b=b)


def log_p_alive(*, x: Array, t_x: Array, T: Array, r: float, alpha: float, a: float, b: float) -> Array:
    """Log of the probability that each customer is alive, (n,). The denominator of eq. 10.

    >>> import numpy as np
    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> np.exp(log_p_alive(**someone, r=0.243, alpha=4.414, a=0.793, b=2.426)).round(5)
    array([0.72658])
    """
    return likelihood.log_p_alive(x=x, t_x=t_x, T=T, chances=chances(x), r=r, alpha=alpha, a=a, b=b)
