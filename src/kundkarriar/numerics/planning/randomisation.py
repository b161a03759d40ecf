"""The difference between treated and held-out customers, with an interval by the random assignment itself.

Amounts are skewed and a holdout may be twenty customers. Then the mean of the smaller arm is mostly too low, and so is
its variance: Welch's interval finds effects that are not there. A test that assigns the same customers anew holds its
level whatever the distribution (Fisher 1935; Ernst 2004, Statistical Science 19(4)), and with a studentised statistic
also where treatment changes the spread, as arms grow (Chung & Romano 2013, Annals of Statistics 41(2)).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import stdtrit

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.numerics.special.group_deviations import group_deviations

LEAST, MOST, CELLS = 2_000, 10_000, 2e7
"""Assignments that are drawn: at least and at most, and how many random numbers that may take."""
PRECISE = 1e-8
"""Standard errors to which ends of intervals are found."""
BLOCK = 200_000
"""Random numbers that are drawn at once: as many as the processor keeps at hand."""
LARGE = 1_000
"""Customers in the smaller arm from which Welch's interval is used."""


class Difference(NamedTuple):
    """The mean of treated less that of held-out customers.

    Attributes:
        estimate: the difference, adjusted by the covariate.
        error: its standard error, by Welch, or where strata differ in the share held out by strata (HC2).
        low, high: the ends of its interval; infinite where the arms are too small to say. All are NaN where nothing
            can be compared.
        sd: standard deviation of the outcome within an arm, after adjustment.
    """

    estimate: float
    error: float
    low: float
    high: float
    sd: float


class Assignments(NamedTuple):
    """The random assignment of n customers, and others that were as likely.

    Attributes:
        held: whether each customer was held out, (n,).
        drawn: positions of those held out by each of P other assignments, (P, h); none where arms are large.
        strata: the stratum of each customer, (n,), where their shares held out differ; None where they have one share.
    """

    held: Mask
    drawn: Whole
    strata: Whole | None = None


def assignments(*, held: Mask, strata: Whole, level: float, seed: int) -> Assignments:
    """Assignments with as many held out in each stratum as there were, (n,) each: enough of them for `level`.

    >>> drawn = assignments(held=np.array([True, False, False, True]), strata=np.array([0, 0, 0, 1]), level=0.9, seed=1)
    >>> drawn.drawn.shape, sorted(set(drawn.drawn[:, 0].tolist())), set(drawn.drawn[:, 1].tolist())
    ((2000, 2), [0, 1, 2], {3})
    """
    n, h = len(held), int(held.sum())
    uneven = strata if _uneven(held, strata) else None
    if not 0 < h < n or min(h, n - h) > LARGE:
        return Assignments(held, np.zeros((0, h), dtype=np.int64), uneven)
    number = int(np.clip(min(80 / (1 - level), CELLS / n), LEAST, MOST))
    rng, parts = np.random.default_rng(seed), []
    for each in np.unique(strata[held]).tolist():
        rows = np.flatnonzero(strata == each)
        take = int(held[rows].sum())
        if take == len(rows):
            parts.append(np.broadcast_to(rows, (number, take)))
            continue
        block = max(BLOCK // len(rows), 1)
        drawn = [_smallest(rng, min(block, number - at), len(rows), take) for at in range(0, number, block)]
        parts.append(rows[np.concatenate(drawn)])
    return Assignments(held, np.concatenate(parts, axis=1), uneven)


def _smallest(rng: np.random.Generator, number: int, n: int, take: int) -> Whole:
    """Positions of the `take` smallest of n random numbers, `number` times, (number, take)."""
    drawn = rng.random((number, n), dtype=np.float32)
    chosen = drawn <= np.partition(drawn, take - 1, axis=1)[:, take - 1 : take]
    tied = np.flatnonzero(chosen.sum(axis=1) != take)
    chosen[tied] = False
    chosen[tied[:, None], np.argpartition(drawn[tied], take - 1, axis=1)[:, :take]] = True
    return (np.flatnonzero(chosen) % n).reshape(number, take)


def _uneven(held: Mask, strata: Whole) -> bool:
    """Whether some stratum has another share held out than all, by more than the rounding of one customer."""
    cell = np.unique(strata, return_inverse=True)[1]
    own, size = np.bincount(cell, weights=held), np.bincount(cell)
    return bool((np.abs(own - size * held.mean()) > 1 + 1e-9).any())


def difference(*, y: Array, x: Array, assigned: Assignments, level: float) -> Difference:
    """The difference in `y`, (n,), with an interval of probability `level`.

    It is adjusted by the covariate `x`, (n,), known before: y - theta (x - mean x), theta = cov(x, y) / var(x) over
    both arms (CUPED: Deng et al. 2013, WSDM, eq. 3 to 5), which takes off the share rho^2 of the variance. The
    interval has all differences that the assignments do not contradict, each arm being shifted by them; 0 is inside
    wherever the test of no effect does not reject. Where the smaller arm has more than `LARGE` customers it is Welch's.

    Where strata differ in the share held out, as where holdouts are kept, treated and held out differ by stratum too.
    Then all is in deviations from the means of strata: the estimate is the mean of the differences in the strata, each
    with the weight n p (1 - p), p its share held out; the standard error lets each arm of each stratum have its own
    variance.

    >>> y, held = np.arange(40.0) % 7, np.arange(40) % 4 == 0
    >>> assigned = assignments(held=held, strata=np.zeros(40, np.int64), level=0.95, seed=1)
    >>> found = difference(y=y + 3 * ~held, x=np.zeros(40), assigned=assigned, level=0.95)
    >>> round(found.estimate, 3), found.low < 3 < found.high
    (3.367, True)
    """
    held, treated = assigned.held, ~assigned.held
    h, n = int(held.sum()), len(held)
    strata = assigned.strata
    centred = x - x.mean() if strata is None else group_deviations(x, strata)
    spread = float(centred @ centred)
    both = (y, treated.astype(np.float64))
    within = both if strata is None else [group_deviations(each, strata) for each in both]
    y_free, d_free = (each - (centred @ each / spread if spread > 0 else 0.0) * centred for each in within)
    moments = np.stack([y_free, d_free, y_free**2, y_free * d_free, d_free**2])
    whole = moments.sum(axis=1)[:, None]
    own = _Arms(moments[:, held].sum(axis=1)[:, None], whole, h=h, n=n)
    if own.shift[0] < 1e-9:  # one of each, whom the covariate tells apart, or strata of one arm each
        return Difference(np.nan, np.nan, np.nan, np.nan, np.nan)
    estimate = float(own.difference(0.0)[0] / own.shift[0])
    if strata is None:
        (error,), (degrees,) = own.welch(estimate)
    else:
        error, degrees = _by_strata(y_free - estimate * d_free, d_free, held=held, strata=strata)
    sd = float(np.sqrt(own.within(estimate)[0]))
    beyond = (1 - level) / 2
    if not len(assigned.drawn):
        reach = float(-stdtrit(degrees, beyond) * error)
        return Difference(estimate, float(error), estimate - reach, estimate + reach, sd)
    drawn = _Arms(np.stack([each[assigned.drawn].sum(axis=1) for each in moments]), whole, h=h, n=n)
    step = max(float(error), 1e-9 * (1.0 + abs(estimate)))
    low, high = (_end(own, drawn, estimate=estimate, step=sign * step, beyond=beyond) for sign in (-1.0, 1.0))
    return Difference(estimate, float(error), low, high, sd)


def _by_strata(left: Array, d: Array, *, held: Mask, strata: Whole) -> tuple[float, float]:
    """Standard error of the estimate, and its degrees of freedom.

    Residuals `left` and treatment `d`, (n,) each, are in deviations from strata.

    The variance is sum d^2 e^2 / (1 - v) by the square of sum d^2, with the leverage v = 1 / n + d^2 / sum d^2 of
    customers in strata of n (HC2: MacKinnon & White 1985, Journal of Econometrics 29(3), eq. 13); the degrees are
    Satterthwaite's over the arms of strata. Of one stratum both are Welch's.
    """
    cell = np.unique(strata, return_inverse=True)[1]
    spread = float(d @ d)
    leverage = 1 / np.bincount(cell)[cell] + d**2 / spread
    kept = leverage < 1 - 1e-9  # who is alone in a stratum tells nothing, and is at 0 in both
    parts = np.where(kept, d**2 * left**2, 0.0) / np.where(kept, 1 - leverage, 1.0) / spread**2
    arm = 2 * cell + held
    own, size = np.bincount(arm, weights=parts), np.bincount(arm)
    beneath = float((own**2 / np.maximum(size - 1, 1)).sum())
    variance = float(own.sum())
    return float(np.sqrt(variance)), variance**2 / beneath if beneath > 0 else 1.0


class _Arms(NamedTuple):
    """Moments of the arms of P assignments: of y - tau d they are polynomials in tau.

    Attributes:
        held: sums of y, d, y^2, y d, d^2 over those held out, (5, P).
        whole: the same over all, (5, 1).
        h, n: customers held out, and in all.
    """

    held: Array
    whole: Array
    h: int
    n: int

    @property
    def shift(self) -> Array:
        """How much of a unit of treatment the adjusted difference shows, (P,): 1 without adjustment."""
        other = self.whole - self.held
        return np.asarray(other[1] / (self.n - self.h) - self.held[1] / self.h)

    def difference(self, tau: float) -> Array:
        """Difference of means of y - tau d, (P,)."""
        other = self.whole - self.held
        means = [(s[0] - tau * s[1]) / m for s, m in ((other, self.n - self.h), (self.held, self.h))]
        return np.asarray(means[0] - means[1])

    def within(self, tau: float) -> Array:
        """Variance within the arms, pooled, (P,)."""
        squares = sum(self._squares(sums, m, tau) for sums, m in self._parts())
        return np.asarray(squares / max(self.n - 2, 1))

    def t(self, tau: float) -> Array:
        """Studentised difference of means of y - tau d, (P,)."""
        found, error = self.difference(tau), np.sqrt(sum(self._variances(tau)))
        t = np.divide(found, error, out=np.copysign(np.inf, found), where=error > 0)
        return np.where(found == 0, 0.0, t)

    def welch(self, tau: float) -> tuple[Array, Array]:
        """Standard error and degrees of freedom of the difference of means of y - tau d, (P,) each."""
        parts = self._variances(tau)
        error = np.sqrt(sum(parts))
        beneath = sum(each**2 / max(m - 1, 1) for each, (_, m) in zip(parts, self._parts(), strict=True))
        degrees = np.divide(error**4, beneath, out=np.full(len(error), 1.0), where=beneath > 0)
        return error, degrees

    def _variances(self, tau: float) -> list[Array]:
        """Variance of the mean of each arm; an arm of one has none of its own, and takes that within both."""
        return [(self._squares(sums, m, tau) / (m - 1) if m > 1 else self.within(tau)) / m for sums, m in self._parts()]

    def _parts(self) -> tuple[tuple[Array, int], ...]:
        return (self.whole - self.held, self.n - self.h), (self.held, self.h)

    def _squares(self, sums: Array, m: int, tau: float) -> Array:
        mean = (sums[0] - tau * sums[1]) / m
        raw = sums[2] - 2 * tau * sums[3] + tau**2 * sums[4]
        squares = raw - m * mean**2
        return np.asarray(np.where(squares > 1e-12 * raw, squares, 0.0))  # 0 but for rounding


def _end(own: _Arms, drawn: _Arms, *, estimate: float, step: float, beyond: float) -> float:
    """The end of the interval in the direction of `step`: where the assignments as extreme are the share `beyond`."""
    sign = -np.sign(step)

    def rejects(tau: float) -> bool:
        at, others = sign * own.t(tau)[0], sign * drawn.t(tau)
        extreme = (
            int(np.count_nonzero(others >= at - 1e-9 * (1.0 + abs(at))))
            if np.isfinite(at)
            else int(np.count_nonzero(others == at))
        )
        return (1 + extreme) / (len(others) + 1) <= beyond

    inside, width = estimate, step
    for _ in range(16):
        if rejects(outside := estimate + width):
            break
        inside, width = outside, 2 * width
    else:
        return float(np.copysign(np.inf, step))
    for _ in range(40):
        if abs(outside - inside) <= PRECISE * abs(step):
            break
        middle = (inside + outside) / 2
        inside, outside = (inside, middle) if rejects(middle) else (middle, outside)
    # studentised tests need not be monotone: what is not rejected at 0 is not excluded
    if sign * inside > 0 and not rejects(0.0):
        return 0.0
    return inside
