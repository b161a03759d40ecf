"""Events to come of a history's customers, drawn as candidates: those happen whose customer is active."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.ladder.events_ahead.exposed_events import LEADS, ExposedEvents
from kundkarriar.ladder.microsimulation.drawn_paths import DrawnDays
from kundkarriar.numerics.event_rates.drawn_events import draw_events

REFERRAL = "referral"
"""The event by which a customer recommends to somebody."""
ALWAYS = -1.0
"""The mark of events that no activity is asked for."""


@frozen(kw_only=True, eq=False)
class DrawnEvents:
    """Candidates of events of c customers in S draws, as if all were active throughout.

    They are drawn without regard to activity, and each has a mark that says whether it happens: so a treatment that
    changes who is active takes events from customers, or gives them some, and changes no other one. So does an effect
    on their number, by a second mark.

    Attributes:
        names: the names of the events.
        event: the event of each candidate, a place in `names`, (m,).
        row: its customer, a place among the c, (m,).
        draw: its draw, a place among the S, (m,).
        day: its day, counted from the last day of the history: 1 is the next day, (m,).
        mark: a uniform number, (m,): it happens where it lies below the active share of its time. `ALWAYS` for leads.
        needed: the least factor on the number of events under which it happens, (m,): below 1 as usual.
    """

    names: tuple[str, ...]
    event: Whole
    row: Whole
    draw: Whole
    day: Whole
    mark: Array
    needed: Array

    def of(self, name: str) -> Whole:
        """The candidates of an event, places among the m."""
        return np.flatnonzero(self.event == self.names.index(name)) if name in self.names else np.empty(0, np.int64)

    def happens(self, active: Array | None = None, *, edges: Whole | None = None, factor: Array | None = None) -> Mask:
        """Which candidates happen, (m,); arguments as `happening`."""
        happens = self.needed < (1.0 if factor is None else factor)
        if active is not None and edges is not None:
            span = np.searchsorted(edges, self.day) - 1
            share = active[self.row, self.draw, span] / (edges[span + 1] - edges[span])
            happens &= self.mark < share
        return np.asarray(happens)

    def happening(
        self, active: Array | None = None, *, edges: Whole | None = None, factor: Array | None = None
    ) -> Mapping[str, DrawnDays]:
        """The events that happen, by name, ordered by customer, then draw, then day.

        Args:
            active: days that each customer is active in each draw between the edges, (c, S, k); None: all of them.
            edges: the ends of the k spans in days from the last day of the history, ascending from 0, (k + 1,); the
                last one is the end of the horizon. Within a span events are spread evenly: month ends are exact for
                rungs, which are asked at month ends.
            factor: factor on the number of events at each candidate, (m,), up to `EventsAhead.most`; None: 1.
        """
        happens = self.happens(active, edges=edges, factor=factor)
        answer = {}
        for place, name in enumerate(self.names):
            at = np.flatnonzero(happens & (self.event == place))
            at = at[np.lexsort((self.day[at], self.draw[at], self.row[at]))]
            answer[name] = DrawnDays(row=self.row[at], draw=self.draw[at], day=self.day[at])
        return answer


@frozen(kw_only=True, eq=False)
class EventsAhead:
    """Events to come of the customers of a history, from which tiles of customers and draws are drawn.

    Attributes:
        exposed: the customers' events so far and the time in which they happened, by event and kind of customer.
        mean, shape: of each of these, the law of its rates in each draw, (S,).
        horizon: days ahead.
        most: the largest factor on the number of referrals that is asked for, at least 1.
    """

    exposed: tuple[ExposedEvents, ...]
    mean: tuple[Array, ...]
    shape: tuple[Array, ...]
    horizon: int
    most: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the events, each once."""
        return tuple(dict.fromkeys(each.event for each in self.exposed))

    def draw(self, customers: Whole, draws: slice, generator: Generator) -> DrawnEvents:
        """Candidates of events of `customers`, places in the history, (c,), in some draws.

        `generator` is the random stream of this tile.
        """
        names = self.names
        nothing = np.empty(0, np.int64)
        parts = [(nothing, nothing, nothing, nothing, np.empty(0), np.empty(0))]
        needed = generator.spawn(1)[0]
        for each, mean, shape in zip(self.exposed, self.mean, self.shape, strict=True):
            own, most = np.flatnonzero(each.still[customers]), self.most if each.event == REFERRAL else 1.0
            row, draw, day = draw_events(
                counts=each.counts[customers[own]],
                exposure=each.exposure[customers[own]],
                mean=mean[draws],
                shape=shape[draws],
                horizon=self.horizon,
                generator=generator,
                factor=most,
            )
            mark = np.full(len(row), ALWAYS) if each.of == LEADS else generator.random(len(row))
            parts.append(
                (np.full(len(row), names.index(each.event)), own[row], draw, day, mark, most * needed.random(len(row)))
            )
        event, row, draw, day, mark, least = (np.concatenate(each) for each in zip(*parts, strict=True))
        return DrawnEvents(names=names, event=event, row=row, draw=draw, day=day, mark=mark, needed=least)
