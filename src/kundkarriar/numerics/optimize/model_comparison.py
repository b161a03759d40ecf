"""Comparison of fitted models: information criteria, and the likelihood-ratio test of a nested model."""

import math

from scipy.special import gammaincc, gammainccinv


def aic(log_likelihood: float, *, parameters: float) -> float:
    """Akaike's information criterion: 2 x parameters - 2 x log-likelihood; the smaller, the better."""
    return 2 * parameters - 2 * log_likelihood


def bic(log_likelihood: float, *, parameters: float, n: float) -> float:
    """Schwarz's criterion: parameters x ln(n) - 2 x log-likelihood, of n observations; the smaller, the better."""
    return parameters * math.log(n) - 2 * log_likelihood


def p_value(statistic: float, *, extra: int, at_edge: bool) -> float:
    """Probability of the statistic, twice the gain in log-likelihood, or more if the smaller model is true, 0 to 1.

    In the interior it is chi-square with `extra` degrees of freedom, the parameters that the larger model has more.
    `at_edge`, the smaller model lies on the boundary of the larger: one extra parameter is 0 and its gain is 0 half of
    the time, an even mixture of chi-squares with 0 and 1 degrees of freedom (Self and Liang 1987, Journal of the
    American Statistical Association 82, case 5). Further parameters are not identified on the boundary, and the search
    over them adds to the gain by chance. Then the even mixture of `extra` - 1 and `extra` degrees is used, which holds
    for a search over half a circle of directions (Davies 1977, Biometrika 64). For these models it is a bound in
    practice, not a theorem: simulated bases fall below it.

    >>> round(p_value(3.841, extra=1, at_edge=False), 3), round(p_value(2.706, extra=1, at_edge=True), 3)
    (0.05, 0.05)
    """
    if not at_edge:
        return _above(statistic, extra)
    return 0.5 * _above(statistic, extra - 1) + 0.5 * _above(statistic, extra)


def two_at_edge(statistic: float) -> float:
    """The p-value of a statistic that is the sum of two independent ones, each with one parameter at its edge.

    >>> round(two_at_edge(4.231), 3)
    0.05
    """
    return 0.25 * _above(statistic, 0) + 0.5 * _above(statistic, 1) + 0.25 * _above(statistic, 2)


def critical_value(p: float, *, degrees: int) -> float:
    """The value that chi-square with `degrees` degrees of freedom exceeds with probability `p`.

    >>> round(critical_value(0.001, degrees=4), 2)
    18.47
    """
    return float(2.0 * gammainccinv(degrees / 2, p))


def _above(statistic: float, degrees: int) -> float:
    """P(chi-square with `degrees` degrees of freedom >= statistic); with 0 degrees it is a point mass at 0."""
    if degrees == 0:
        return 1.0 if statistic <= 0 else 0.0
    return float(gammaincc(degrees / 2, statistic / 2))
