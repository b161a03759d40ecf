"""P-value of the likelihood-ratio test of a smaller model nested in a larger one."""

from __future__ import annotations

from scipy.special import gammaincc


def p_value(statistic: float, *, extra: int, at_edge: bool) -> float:
    """Probability of the statistic or more if the smaller model is true, 0 to 1.

    In the interior, twice the gain in log-likelihood is chi-square with `extra` degrees of freedom. If the smaller
    model lies on the boundary of the larger, one extra parameter is 0 and its gain is 0 half of the time: an even
    mixture of chi-squares with 0 and 1 degrees of freedom (Self and Liang 1987, Journal of the American Statistical
    Association 82, case 5). Further parameters are not identified on the boundary, and the search over them adds to the
    gain by chance. Then the even mixture of `extra` - 1 and `extra` degrees is used, which holds for a search over half
    a circle of directions (Davies 1977, Biometrika 64). For these models it is a bound in practice, not a theorem:
    simulated bases fall below it.

    Args:
        statistic: twice the gain in log-likelihood, at least 0.
        extra: parameters of the larger model beyond the smaller, at least 1.
        at_edge: whether one of them is at its boundary in the smaller model.

    >>> round(p_value(3.841, extra=1, at_edge=False), 3), round(p_value(2.706, extra=1, at_edge=True), 3)
    (0.05, 0.05)
    """
    if not at_edge:
        return _above(statistic, extra)
    return 0.5 * _above(statistic, extra - 1) + 0.5 * _above(statistic, extra)


def _above(statistic: float, degrees: int) -> float:
    """P(chi-square with `degrees` degrees of freedom >= statistic); with 0 degrees it is a point mass at 0."""
    if degrees == 0:
        return 1.0 if statistic <= 0 else 0.0
    return float(gammaincc(degrees / 2, statistic / 2))
