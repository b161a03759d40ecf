"""Times without a purchase of customers who switch on and off, given their rates: an interrupted Poisson process.

A customer buys at `rate` while on, goes off at rate `leaving` and comes back on at rate `returning`. Started on, the
probabilities of no purchase within g are sums of two exponentials in g (Kuczura 1973, "The interrupted Poisson process
as an overflow process", Bell System Technical Journal 52(3)):

    on(g)        = A exp(r g) + (1 - A) exp((r - D) g)        and on at g
    on or off(g) = B exp(r g) + (1 - B) exp((r - D) g)        in either state at g

with D^2 = d^2 + 4 leaving returning, d = rate + leaving - returning, e = rate - leaving - returning,
r = -2 rate returning / (rate + leaving + returning + D), A = (D - d) / 2D and B = (D - e) / 2D. Each weight and its
complement are computed without subtracting nearly equal numbers. All arrays broadcast.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import fields, frozen

from kundkarriar.arrays import Array


@frozen(kw_only=True, eq=False)
class TwoExponentials:
    """The function w exp(r g) + (1 - w) exp((r - D) g) of g, and its derivatives in ln(returning).

    Attributes:
        r, D: exponent of the slow decay, and by how much faster the quick one is.
        slow, quick: logs of w and 1 - w.
        r_by, D_by, slow_by, quick_by: first and second derivatives of these in `returning`.
        returning: the rate of coming back.
    """

    r: Array
    D: Array
    slow: Array
    quick: Array
    r_by: tuple[Array, Array]
    D_by: tuple[Array, Array]
    slow_by: tuple[Array, Array]
    quick_by: tuple[Array, Array]
    returning: Array

    def as_type(self, dtype: Any) -> TwoExponentials:
        """The same in numbers of another precision."""

        def cast(value: Any) -> Any:
            return tuple(map(cast, value)) if isinstance(value, tuple) else np.asarray(value, dtype=dtype)

        return TwoExponentials(**{each.name: cast(getattr(self, each.name)) for each in fields(TwoExponentials)})

    def log(self, g: Array) -> Array:
        """Its logarithm at `g`."""
        quick = np.asarray(self.D * g)  # large arrays: computed in place
        np.subtract(self.quick, quick, out=quick)
        value = np.maximum(self.slow, quick)
        value += self.r * g
        np.subtract(self.slow, quick, out=quick)
        np.negative(np.abs(quick, out=quick), out=quick)
        np.exp(quick, out=quick)
        quick += 1.0
        value += np.log(quick, out=quick)
        return np.asarray(value)

    def log_and_derivatives(self, g: Array) -> tuple[Array, Array, Array]:
        """Its logarithm at `g`, with first and second derivative in ln(returning)."""
        (r1, r2), (D1, D2) = self.r_by, self.D_by
        quick = self.quick - self.D * g
        apart = np.exp(-np.abs(self.slow - quick))
        value = self.r * g + np.maximum(self.slow, quick) + np.log(1.0 + apart)
        share = np.where(quick > self.slow, 1.0, apart) / (1.0 + apart)  # of the quick decay
        slow1, quick1 = self.slow_by[0], self.quick_by[0] - D1 * g
        first = r1 * g + slow1 + share * (quick1 - slow1)
        second = r2 * g + self.slow_by[1] + share * (self.quick_by[1] - D2 * g - self.slow_by[1])
        second += share * (1.0 - share) * (quick1 - slow1) ** 2
        first *= self.returning
        return value, first, second * self.returning**2 + first


@frozen(kw_only=True, eq=False)
class SwitchingKernel:
    """Probabilities of no purchase within a time, given the rates, started on.

    Attributes:
        on: of being on at its end.
        on_or_off: in either state at its end.
        leaving: the rate of going off.
    """

    on: TwoExponentials
    on_or_off: TwoExponentials
    leaving: Array

    @classmethod
    def of(cls, rate: Array, leaving: Array, returning: Array) -> SwitchingKernel:
        """The kernel of rates >= 0, of which `rate` or `leaving` is above 0."""
        total, d, e = rate + leaving + returning, rate + leaving - returning, rate - leaving - returning
        D = np.hypot(d, 2.0 * np.sqrt(leaving * returning))
        D1 = (2.0 * leaving - d) / D
        D2 = (1.0 - D1**2) / D
        common: dict[str, Any] = {
            "r": -2.0 * rate * returning / (total + D),
            "D": D,
            "r_by": (0.5 * (D1 - 1.0), 0.5 * D2),
            "D_by": (D1, D2),
            "returning": returning,
        }
        by_on, by_either = leaving * total / D**3, 2.0 * rate * leaving / D**3
        on = _weights(d, D, product=4.0 * leaving * returning, by=(by_on, leaving / D**3 - 3.0 * by_on * D1 / D))
        either = _weights(e, D, product=4.0 * rate * leaving, by=(by_either, -3.0 * by_either * D1 / D))
        return cls(on=TwoExponentials(**common, **on), on_or_off=TwoExponentials(**common, **either), leaving=leaving)

    def as_type(self, dtype: Any) -> SwitchingKernel:
        """The same in numbers of another precision."""
        on, on_or_off = self.on.as_type(dtype), self.on_or_off.as_type(dtype)
        return SwitchingKernel(on=on, on_or_off=on_or_off, leaving=np.asarray(self.leaving, dtype=dtype))

    def log_off(self, g: Array) -> Array:
        """Log of the probability of no purchase within `g` and being off at `g`, started on; -inf at 0."""
        r, D = self.on.r, self.on.D
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self.leaving / D) + r * g + np.log(-np.expm1(-D * g)))

    def log_no_purchase_from_off(self, g: Array) -> Array:
        """Log of the probability of no purchase within `g`, started off."""
        r, D = self.on.r, self.on.D
        return np.asarray(r * g + np.log1p(r / D * np.expm1(-D * g)))


def p_on_after(g: Array, *, rate: Array, leaving: Array, returning: Array) -> Array:
    """Probability of being on at `g` after a purchase, given none since: on(g) / on or off(g), without the kernel."""
    d = rate + leaving - returning
    D = np.hypot(d, 2.0 * np.sqrt(leaving * returning))
    large = D + np.abs(d)
    small = 4.0 * leaving * returning / large
    quick = np.exp(-D * g)
    positive = d > 0
    on = np.where(positive, small, large) + np.where(positive, large, small) * quick
    return np.asarray(on / (on + 2.0 * leaving * (1.0 - quick)))


def _weights(part: Array, D: Array, *, product: Array, by: tuple[Array, Array]) -> dict[str, Any]:
    """Logs of w = (D - part) / 2D and of 1 - w, with the derivatives of both, from those of w.

    `product` is that of the numerators D - part and D + part.
    """
    large = D + np.abs(part)
    small = product / large
    w, rest = (np.where(part > 0, one, other) / (2.0 * D) for one, other in ((small, large), (large, small)))
    with np.errstate(divide="ignore", invalid="ignore"):  # a weight of 0 has the log -inf
        w1, rest1 = by[0] / w, -by[0] / rest
        return {
            "slow": np.log(w),
            "quick": np.log(rest),
            "slow_by": (w1, by[1] / w - w1**2),
            "quick_by": (rest1, -by[1] / rest - rest1**2),
        }
