"""How surprising the gain of a larger model would be if the smaller one inside it were true."""

from __future__ import annotations

from scipy.special import gammaincc


def p_value(statistic: float, *, extra: int, at_edge: bool) -> float:
    """The probability of a gain of `statistic` or more by chance, 0 to 1.

    Inside, twice the gain in log-likelihood follows a chi-square of `extra` degrees of freedom. Where the smaller
    model is the edge of the larger, one extra parameter stands at 0 and the gain of moving it is 0 half of the time:
    an even mixture of chi-squares of 0 and 1 degrees of freedom (Self and Liang 1987, Journal of the American
    Statistical Association 82, case 5). Further parameters have no meaning at the edge, and the search over them adds
    to what chance gains. There the even mixture of `extra` - 1 and `extra` degrees stands, which is what a search
    over half a circle of directions would give (Davies 1977, Biometrika 64). It is a bound in practice, not a theorem
    for these models: simulated bases fall below it.

    Args:
        statistic: twice the gain in log-likelihood, at least 0.
        extra: parameters of the larger model beyond the smaller, at least 1.
        at_edge: whether one of them stands at its edge in the smaller model.

    >>> round(p_value(3.841, extra=1, at_edge=False), 3), round(p_value(2.706, extra=1, at_edge=True), 3)
    (0.05, 0.05)
    """
    if not at_edge:
        return _above(statistic, extra)
    return 0.5 * _above(statistic, extra - 1) + 0.5 * _above(statistic, extra)


def _above(statistic: float, degrees: int) -> float:
    """P(chi-square of `degrees` >= statistic); of 0 degrees it is always 0."""
    if degrees == 0:
        return 1.0 if statistic <= 0 else 0.0
    return float(gammaincc(degrees / 2, statistic / 2))
