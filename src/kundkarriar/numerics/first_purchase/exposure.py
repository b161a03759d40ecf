"""Exposure of leads: the months since first contact, each counted as often as covariates and events multiply the rate.

With a static factor exp(u) and a factor exp(v_e) from the first event of kind e on, the exposure after t months is

    C(t) = integral from 0 to t of exp(u + sum of v_e over the events before s) ds,

which is linear between events.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array
from kundkarriar.numerics.optimize.forward_mode import value_of


@frozen(kw_only=True, eq=False)
class LeadSegments:
    """The months of each lead in the segments between its events, in which the rate is constant.

    Attributes:
        length: months in each segment, 0 where the time ends before it, (n, E + 1).
        active: 1 where an event lies before the segment, else 0, (n, E + 1, E).
    """

    length: Array
    active: Array

    @classmethod
    def until(cls, months: Array, after: Array) -> LeadSegments:
        """The segments of the first `months` of each lead, (n,), infinite too, with events `after`, (n, E).

        >>> LeadSegments.until(np.array([5.0]), np.array([[2.0, np.inf]])).length
        array([[2., 3., 0.]])
        """
        inner = np.sort(np.minimum(after, months[:, None]), axis=1)
        start = np.column_stack([np.zeros(len(months)), inner])
        end = np.column_stack([inner, months])
        with np.errstate(invalid="ignore"):  # infinite months with an event that never came: nothing is left
            length = np.where(start < end, end - start, 0.0)
        return cls(length=length, active=(after[:, None, :] <= start[:, :, None]).astype(np.float64))

    def exposure(self, log_pace: Any, effects: Any) -> Any:
        """C of each lead, (n,) or (n, S).

        Args:
            log_pace: u of each lead: (n,) or (n, S), or differentiable rows.
            effects: v of each kind of event: numbers or (S,), or differentiable rows, E of them.

        >>> segments = LeadSegments.until(np.array([5.0]), np.array([[2.0]]))
        >>> segments.exposure(np.zeros(1), [np.log(3.0)])
        array([11.])
        """
        at = value_of(log_pace)
        wide = at.ndim > 1
        total: Any = np.zeros(at.shape)
        for k in range(self.length.shape[1]):
            length, active = self.length[:, k], self.active[:, k]
            if not length.any():
                continue
            rate = log_pace
            for e, effect in enumerate(effects):
                on = active[:, e]
                rate = rate + (on[:, None] if wide else on) * effect
            total = total + (length[:, None] if wide else length) * np.exp(rate)
        return total


def months_at(exposure: Array, after: Array, *, log_pace: Array, effects: Array) -> Array:
    """Months after the first contact at which C reaches `exposure`, (n,): its inverse; infinite where that is.

    Args:
        exposure: what is to be reached, (n,), >= 0.
        after: months to the first event of each kind, (n, E), infinite where none comes.
        log_pace: log of the static factor, (n,).
        effects: log factor of each kind of event, (E,).

    >>> months_at(np.array([11.0]), np.array([[2.0]]), log_pace=np.zeros(1), effects=np.log([3.0]))
    array([5.])
    """
    segments = LeadSegments.until(np.full(len(after), np.inf), after)
    rate = np.exp(log_pace[:, None] + segments.active @ effects)
    counted = np.cumsum(segments.length * rate, axis=1)
    at = (counted < exposure[:, None]).sum(axis=1)
    row = np.arange(len(after))
    start = np.column_stack([np.zeros(len(after)), np.cumsum(segments.length, axis=1)])[row, at]
    before = np.column_stack([np.zeros(len(after)), counted])[row, at]
    return np.asarray(start + (exposure - before) / rate[row, at])
