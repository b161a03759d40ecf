"""Draws of a fitted microsimulation: purchases and events of all customers, and their paths over the rungs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array, Whole
from kundkarriar.dates.period import Period
from kundkarriar.errors import warn
from kundkarriar.frames import FrameT
from kundkarriar.ladder.events_ahead.event_rates import EventRates
from kundkarriar.ladder.events_ahead.events_ahead import REFERRAL, EventsAhead
from kundkarriar.ladder.ladder_history import LadderHistory, earlier_day
from kundkarriar.ladder.microsimulation.drawn_blocks import EVENT_LAWS_STREAM, Drawing, drawn_blocks
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.drawn_paths import DrawnPaths
from kundkarriar.ladder.microsimulation.process import active_so_far, history_of, prospects_ahead, purchases_ahead
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.rungs.rung_facts import needed_events
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws, Treatments
from kundkarriar.scoring.level import PRIOR, Level
from kundkarriar.scoring.prospects.later_purchases import later_purchases
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.threads import DRAWN, in_threads

NEED = "Microsimulation"


class DrawnRungs:
    """Draws of rungs to come; a final class holds the spec, the process and the rates of events.

    See `FittedMicrosimulation`.
    """

    __slots__ = ()

    microsimulation: Any
    process: Any
    events: EventRates | None

    @property
    def level(self) -> Level:
        """The error of the level in draws."""
        given: Level | None = self.microsimulation.level
        if given is not None:
            return given
        return self.process.scorer.level if isinstance(self.process, FittedValueScorer) else PRIOR

    def at_end(self, history: LadderHistory[Any], *, horizon: str) -> Array:
        """Probabilities of each customer's rung at the end of the horizon, whatever the flag of lapse, (n, rungs)."""
        ahead, whole = self.ahead(history, origin=None, months=months_of(horizon))
        states = len(ahead.states)
        p = np.zeros((len(whole), states))
        for paths in self.paths(ahead):
            p[paths.customers] = paths.by_customer(states=states, draws=self.microsimulation.draws)[:, -1]
        of_rungs = [p[:, ahead.rung_of == rung].sum(axis=1) for rung in range(len(whole.rungs))]
        return np.asarray(np.stack(of_rungs, axis=1) / self.microsimulation.draws)

    def ahead(
        self, history: LadderHistory[FrameT], *, origin: Any, months: int
    ) -> tuple[RungsAhead, LadderHistory[FrameT]]:
        """The history up to the origin, and its rungs from then on."""
        whole = self.until(history, origin)
        return RungsAhead.of(whole, months=months), whole

    def until(self, history: LadderHistory[FrameT], origin: Any) -> LadderHistory[FrameT]:
        """The history up to the origin."""
        whole: LadderHistory[FrameT] = history_of(history, need=NEED)
        if origin is None:
            return whole
        return whole.before(earlier_day(origin, last=whole.facts_as_of.as_of, name="origin"))

    def within(
        self, history: LadderHistory[Any], *, scorer: FittedValueScorer | None, horizon: str | None
    ) -> tuple[RungsAhead, float]:
        """Month ends within a horizon of whole months, and its days; None: the scorer's, or twelve months.

        The scorer's horizon typed in is the scorer's: one question has one answer.
        """
        months = None if horizon is None else months_of(horizon)
        own = None if scorer is None else Period.of(scorer.scorer.horizon)
        if own is not None and (months is None or own == Period.of(f"{months}M")):
            return RungsAhead.over(history, days=own.days), own.days
        ahead = RungsAhead.of(history, months=12 if months is None else months)
        return ahead, float(ahead.days)

    def tallied(self, ahead: RungsAhead, of: Callable[[Any], Any], values: int, *, group: Whole, groups: int) -> Array:
        """Number of customers by draw, month end, group and value of `DrawnPaths.tallied`, `group` of each, (n,)."""
        draws = self.microsimulation.draws
        return np.asarray(
            sum(
                paths.tallied(of, values, group=group[paths.customers], groups=groups, draws=draws)
                for paths in self.paths(ahead)
            ),
            dtype=np.float64,
        )

    def paths(self, ahead: RungsAhead) -> Iterator[DrawnPaths]:
        """The paths of all customers, block by block; prospects whose first purchase is not foreseen are silent."""
        drawn = self.drawn(self.process, ahead.history, days=ahead.days)

        def followed(draw: Drawing) -> DrawnPaths:
            return draw().paths(ahead, draws=len(drawn))

        yield from in_threads(followed, self.blocks(ahead, drawn), of=DRAWN)

    def blocks(
        self,
        ahead: RungsAhead,
        drawn: PurchaseDraws,
        *,
        treatments: Treatments = (),
        most: float = 1.0,
        money: DrawnMoney | None = None,
    ) -> Iterator[Drawing]:
        """All draws of purchases, and of the events that rungs ask for, block by block of customers.

        `most` is the largest factor on referrals that is asked for; the scorer of `money` foresees first purchases,
        None: the own process.
        """
        events, asked = None, needed_events(ahead.history.rungs)
        if self.events is None and asked and ahead.history.facts_as_of.has_events:
            warn(
                f"{NEED}: the history has events, which rungs ask for, and the fit had none: no more are foreseen. "
                "Fit to a history with events: ladder.history(transactions, as_of=..., events=events)."
            )
        if self.events is not None and asked:
            events = self.events_ahead(self.events, ahead, drawn, names=asked, days=ahead.days, most=most)
        if money is None:
            later = prospects_ahead(self.process, ahead.history, known=drawn)
        else:
            later = later_purchases(money.scorer, money.base, known=drawn)
        customers = ahead.history.facts_as_of.customers
        return drawn_blocks(drawn, customers, treatments=treatments, events=events, later=later)

    def counted_events(self, history: LadderHistory[Any]) -> tuple[str, ...]:
        """What an effect on events may be on: "referrals", where a rung asks for them and they are foreseen."""
        rates = () if self.events is None else self.events.rates
        foreseen = any(each.event == REFERRAL for each in rates) and history.facts_as_of.has_events
        return ("referrals",) if foreseen and REFERRAL in needed_events(history.rungs) else ()

    def events_ahead(
        self,
        rates: EventRates,
        ahead: RungsAhead,
        drawn: PurchaseDraws,
        *,
        names: Collection[str],
        days: int,
        most: float,
    ) -> EventsAhead | None:
        """The events of some names to come of all customers within `days`, beside their drawn purchases."""
        stream = np.random.SeedSequence(drawn.entropy, spawn_key=(EVENT_LAWS_STREAM,))
        events = rates.ahead(
            ahead.history.facts_as_of,
            draws=len(drawn),
            horizon=days,
            generator=np.random.default_rng(stream),
            active=active_so_far(self.process, ahead.history),
            names=names,
        )
        return None if events is None else evolve(events, most=most)

    def drawn(self, process: Any, history: LadderHistory[Any], *, days: float) -> PurchaseDraws:
        """Purchases of a process for `days` after the history's last day."""
        spec = self.microsimulation
        return purchases_ahead(process, history, days=days, draws=spec.draws, seed=spec.seed, level_sd=self.level.sd)
