"""Calibration factor of forecast totals from the errors at several origins, and its uncertainty at the next origin."""

import math

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array

FEW_DEGREES = 3.0
"""Degrees of freedom below which t quantiles are many times the normal ones: of 90 % intervals 2.4 at 3, 6.3 at 1."""


@frozen(kw_only=True)
class CalibrationFactor:
    """Factor by which forecast totals are multiplied, and its variation between origins.

    Attributes:
        factor: geometric mean over origins of actual / predicted.
        origins: number of origins.
        log_spread: standard deviation between origins of ln(actual / predicted); None for one origin.
        freedom: degrees of freedom of the spread; None for one origin.
        mean_variance: variance of the mean of the logarithms, as a share of the squared spread.
    """

    factor: float
    origins: int
    log_spread: float | None
    freedom: float | None
    mean_variance: float

    @property
    def roughly_known(self) -> bool:
        """Whether the spread has so few degrees of freedom that they, more than the spread, make intervals wide."""
        return self.freedom is not None and self.freedom < FEW_DEGREES

    def log_width(self, level: float) -> float | None:
        """Half the width, on the log scale, of the central interval of the next origin's actual / predicted.

        t quantile x spread x sqrt(1 + variance of the mean): the next origin differs from the mean of the past ones by
        its own error and by theirs. None for one origin, which has no spread.
        """
        if self.log_spread is None or self.freedom is None:
            return None
        from scipy.special import stdtrit  # noqa: PLC0415 - importing the package stays cheap

        return float(stdtrit(self.freedom, (1 + level) / 2)) * self.log_spread * math.sqrt(1 + self.mean_variance)

    def widened(self, expected: float, low: float, high: float, *, scaled: float, level: float) -> tuple[float, float]:
        """The interval of a calibrated total, widened by the spread between origins: half-widths in quadrature.

        `scaled` is the part of the `expected` total that the factor multiplied. The spread between origins contains
        the sampling variation too, which the interval already has. The result is therefore too wide, by a factor of
        sqrt(2) at most, where the model has no error of its own. NaN for a single origin, which has no spread.
        """
        width = self.log_width(level)
        if width is None:
            return math.nan, math.nan
        down, up = abs(scaled) * -math.expm1(-width), abs(scaled) * math.expm1(width)
        return expected - math.hypot(expected - low, down), expected + math.hypot(high - expected, up)


def calibration_factor(*, predicted: Array, actual: Array, overlap: Array) -> CalibrationFactor | None:
    """Calibration factor and its spread, from m origins whose horizons may overlap.

    The errors of two origins are taken to be correlated by the share R of their horizons that overlaps. Then the sum
    of squares about the mean is, in expectation, tr(MR) times the variance (M being the centring matrix), not m - 1
    times: the plain variance would be too small. The degrees of freedom are Satterthwaite's, tr(MR)^2 / tr(MRMR)
    (Satterthwaite 1946, Biometrics Bulletin 2), and the mean has the variance 1'R1 / m^2.

    Of totals (m,) and the matrix R, `overlap` (m, m). None where some total is not positive: it has no logarithm.
    """
    if not (predicted > 0).all() or not (actual > 0).all():
        return None
    m = len(actual)
    logs = np.log(actual / predicted)
    mean_variance = float(overlap.sum()) / m**2
    centred = (np.eye(m) - 1 / m) @ overlap
    trace = float(np.trace(centred))
    spread = freedom = None
    if trace > 1e-9:  # one origin, or several of one date
        spread = math.sqrt(float(np.sum((logs - logs.mean()) ** 2)) / trace)
        freedom = trace**2 / float(np.trace(centred @ centred))
    return CalibrationFactor(
        factor=float(np.exp(logs.mean())), origins=m, log_spread=spread, freedom=freedom, mean_variance=mean_variance
    )


def overlaps(*, start: Array, end: Array) -> Array:
    """Overlap of each two of m horizons as a share of the shorter one, (m, m).

    >>> overlaps(start=np.array([0.0, 5.0, 10.0]), end=np.array([10.0, 15.0, 20.0]))
    array([[1. , 0.5, 0. ],
           [0.5, 1. , 0.5],
           [0. , 0.5, 1. ]])
    """
    common = np.minimum.outer(end, end) - np.maximum.outer(start, start)
    return np.asarray(np.maximum(common, 0.0) / np.minimum.outer(end - start, end - start))
