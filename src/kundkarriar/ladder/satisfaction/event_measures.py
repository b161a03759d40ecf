"""Events of the window before each origin as covariates: whether there were any, how many, their mean value."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask
from kundkarriar.errors import DataError
from kundkarriar.ladder.satisfaction.landmarks import NEED, WINDOW, Landmarks

SATISFACTION, COMPLAINT = "satisfaction", "complaint"
POINT, DEVIATION, ANSWERED, ANY, NUMBER = "point", "standard deviation", "answered", "any", "number"
MEASURES = (POINT, DEVIATION, ANSWERED, ANY, NUMBER)


@frozen(kw_only=True, eq=False)
class Measure:
    """One measure of an event.

    Attributes:
        name: one of `MEASURES`.
        column: the covariate of which it is the coefficient, a position.
        unit: how much of the covariate is one unit of the measure.
        of_mean: whether a unit more is compared with the mean value; else the event is compared with none.
    """

    name: str
    column: int
    unit: float = 1.0
    of_mean: bool = False


@frozen(kw_only=True, eq=False)
class EventMeasures:
    """Covariates that enter one regression together, (m, c), and the measures that are read from it.

    Attributes:
        event: the name of the event.
        happened: which rows have the event, (m,).
        covariates: (m, c); each is 0 at its reference: no event, or the mean value of those who have one.
        measures: the measures.
    """

    event: str
    happened: Mask
    covariates: Array
    measures: tuple[Measure, ...]


def event_measures(landmarks: Landmarks, event: str) -> tuple[EventMeasures, ...]:
    """The measures of an event, by regression.

    Values: their mean, per point and per standard deviation, among those who have one, and beside it whether a customer
    has one at all: who was not asked, or did not answer, is a group of its own and no average customer. Without values,
    and of complaints: whether there were any, and, in a regression of its own, how many.

    Raises:
        DataError: no such event within the window; satisfaction without values, or with one value only.
    """
    events = landmarks.facts.events
    valued = events is not None and event in events.values and event != COMPLAINT
    if event == SATISFACTION and not valued:
        raise DataError.because(
            f"{NEED}: satisfaction is measured by the values of its events, and none of them has a value.",
            hint="give the events a column `value`; events without values are counted: call them 'praise', say.",
        )
    count = landmarks.event_count(event)
    if not (count > 0).any():
        first, last = min(landmarks.days), max(landmarks.days)
        raise DataError.because(
            f"{NEED}: nobody who had bought by then has an event `{event}` in the {WINDOW} before an origin (from "
            f"{first} to {last}).",
            hint="a shorter horizon, fewer origins, or leave the event out.",
        )
    if valued:
        return (_values(landmarks, event),)
    regressions = {ANY: np.minimum(count, 1), **({NUMBER: count} if count.max() > 1 else {})}
    return tuple(
        EventMeasures(
            event=event,
            happened=count > 0,
            covariates=covariate[:, None].astype(np.float64),
            measures=(Measure(name=name, column=0),),
        )
        for name, covariate in regressions.items()
    )


def _values(landmarks: Landmarks, event: str) -> EventMeasures:
    mean = landmarks.event_mean(event)
    answered = ~np.isnan(mean)
    values = np.sort(mean[answered])
    if not len(values) or values[0] == values[-1]:
        which = f"only the value {values[0]:g}" if len(values) else "no value"
        raise DataError.because(
            f"{NEED}: the events `{event}` in the {WINDOW} before the origins have {which}, so that nothing can depend "
            "on it.",
            hint="leave the values out to compare those with such an event and those without, or leave the event out.",
        )
    return EventMeasures(
        event=event,
        happened=answered,
        covariates=np.column_stack([np.where(answered, mean - values.mean(), 0.0), answered]),
        measures=(
            Measure(name=POINT, column=0, of_mean=True),
            Measure(name=DEVIATION, column=0, unit=float(values.std()), of_mean=True),
            Measure(name=ANSWERED, column=1),
        ),
    )
