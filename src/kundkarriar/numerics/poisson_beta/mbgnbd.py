"""MBG/NBD: a customer may leave after *each* purchase, the first included, so one-time buyers may be gone.

Batislam, E. P., Denizel, M. & Filiztekin, A. (2007), "Empirical validation and comparison of models for
customer base analysis", International Journal of Research in Marketing 24(3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kundkarriar.numerics.poisson_beta import likelihood

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


def chances(x: Array) -> Array:
    """How many times a customer with `x` repeat purchases may have left: after each, and the first, (n,)."""
    return x + 1


def log_likelihood(*, x: Array, t_x: Array, T: Array, r: float, alpha: float, a: float, b: float) -> Array:
    """Log-likelihood of each customer, (n,).

    >>> import numpy as np
    >>> someone = {"x": np.array([2.0]), "t_x": np.array([30.43]), "T": np.array([38.86])}
    >>> log_likelihood(**someone, r=0.525, alpha=6.183, a=0.891, b=1.614).round(4)
    array([-9.4856])
    """
    return likelihood.log_likelihood(x=x, t_x=t_x, T=T, chances=chances(x), r=r, alpha=alpha, a=a, b=b)


def log_p_alive(*, x: Array, t_x: Array, T: Array, r: float, alpha: float, a: float, b: float) -> Array:
    """Log of the probability that each customer is alive, (n,).

    >>> import numpy as np
    >>> once = {"x": np.array([0.0]), "t_x": np.array([0.0]), "T": np.array([38.86])}
    >>> np.exp(log_p_alive(**once, r=0.525, alpha=6.183, a=0.891, b=1.614)).round(3)
    array([0.39])
    """
    return likelihood.log_p_alive(x=x, t_x=t_x, T=T, chances=chances(x), r=r, alpha=alpha, a=a, b=b)
