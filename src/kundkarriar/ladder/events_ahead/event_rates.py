"""Rates at which customers refer, complain, ask and visit: fitted to a history, from which events ahead are drawn."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from attrs.validators import optional
from numpy.random import Generator

from kundkarriar.arguments import FINITE, NAME, POSITIVE, Text, refusal, to_float, to_floats
from kundkarriar.arrays import Array
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.events_ahead.events_ahead import EventsAhead
from kundkarriar.ladder.events_ahead.exposed_events import BUYERS, LEADS, exposed_events
from kundkarriar.ladder.fitted_fields import BY_FIT, as_tuple
from kundkarriar.numerics.event_rates.negative_binomial import RateLaw, fit_rate_law
from kundkarriar.stored import Stored


def _variances(_: object, attribute: Attribute[Any], value: Any) -> None:
    law = "two variances with their covariance between them, which they allow"
    if not (isinstance(value, tuple) and len(value) == 3 and all(map(FINITE.holds, value))):
        raise refusal(value, attribute.name, law=law, hint=BY_FIT)
    in_mean, both, in_shape = value
    if min(in_mean, in_shape) < 0 or both**2 > in_mean * in_shape * (1 + 1e-9):
        raise refusal(value, attribute.name, law=law, hint=BY_FIT)


@frozen(kw_only=True)
class EventRate:
    """The rates of an event: a gamma over customers.

    Attributes:
        event: its name.
        of: whose events: of "buyers" since the first purchase, or of "leads" since the first contact.
        per_day: mean rate a day.
        shape: shape of the gamma; None: the counts show no differences between customers.
        spread: variance of the log of the mean, covariance with the log of the shape, and variance of that.
    """

    stored_as = "event rate"
    event: str = field(validator=NAME)
    of: str = field(validator=Text(among=(BUYERS, LEADS)))
    per_day: float = field(converter=to_float, validator=POSITIVE)
    shape: float | None = field(default=None, converter=to_float, validator=optional(POSITIVE))
    spread: tuple[float, float, float] = field(default=(0.0, 0.0, 0.0), converter=to_floats, validator=_variances)

    @property
    def law(self) -> RateLaw:
        """The gamma, as arrays."""
        in_mean, both, in_shape = self.spread
        return RateLaw(
            mean=self.per_day,
            shape=np.inf if self.shape is None else self.shape,
            covariance=np.array([[in_mean, both], [both, in_shape]]),
        )


def _rates(_: object, attribute: Attribute[Any], value: Any) -> None:
    if not isinstance(value, tuple) or not all(isinstance(each, EventRate) for each in value):
        raise refusal(value, attribute.name, law="a tuple of EventRate", hint=BY_FIT)


@frozen(kw_only=True)
class EventRates(Stored):
    """The rates of all events of a history that may happen again.

    Referrals, complaints, visits and other events of buyers happen at a rate while the customer is active; interest,
    quotes and other events of leads at a rate since the first contact. Customers differ in their rates, so those with
    many events have more to come. Contracts and co-development begin a state that lasts, and nobody is foreseen to
    begin one. Of answers with a value (satisfaction) the last one counts, and none are foreseen.

    Attributes:
        rates: one for each event and kind of customer with at least one such event.
    """

    stored_as = "event rates"
    rates: tuple[EventRate, ...] = field(converter=as_tuple, validator=_rates)

    @classmethod
    def fit(cls, facts_as_of: FactsAsOf, *, active: Array | None = None) -> EventRates | None:
        """Fit the rates to the events of a history, by maximum likelihood; None where no events were given.

        Args:
            facts_as_of: the history.
            active: expected number of days that each customer was active since the first purchase, (n,); what it says
                of customers without one is not read. None: all days since then.
        """
        if facts_as_of.events is None:
            return None
        rates = []
        for each in exposed_events(facts_as_of, active=active):
            law = fit_rate_law(each.counts, each.exposure)
            if law.mean > 0:
                (in_mean, both), (_, in_shape) = law.covariance.tolist()
                rates.append(
                    EventRate(
                        event=each.event,
                        of=each.of,
                        per_day=law.mean,
                        shape=law.shape if np.isfinite(law.shape) else None,
                        spread=(in_mean, both, in_shape),
                    )
                )
        return cls(rates=tuple(rates))

    def ahead(
        self,
        facts_as_of: FactsAsOf,
        *,
        draws: int,
        horizon: int,
        generator: Generator,
        active: Array | None = None,
        names: Collection[str] | None = None,
    ) -> EventsAhead | None:
        """Events to come of the customers of a history; None where no events were given.

        The laws of the rates are drawn here, once for each draw; all customers share them.

        Args:
            facts_as_of: the history, of other customers than those of the fit, too.
            draws: number of draws.
            horizon: days ahead.
            generator: the random stream of the laws.
            active: as in `fit`.
            names: the events that are asked; None: all.
        """
        if facts_as_of.events is None:
            return None
        rates = [each for each in self.rates if names is None or each.event in names]
        drawn = [each.law.draw(draws, generator) for each in rates]
        exposed = {
            (each.event, each.of): each
            for each in exposed_events(facts_as_of, active=active, names=dict.fromkeys(each.event for each in rates))
        }
        return EventsAhead(
            exposed=tuple(exposed[each.event, each.of] for each in rates),
            mean=tuple(mean for mean, _ in drawn),
            shape=tuple(shape for _, shape in drawn),
            horizon=horizon,
        )
