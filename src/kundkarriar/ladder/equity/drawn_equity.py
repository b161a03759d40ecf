"""Customer equity of a fitted microsimulation."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arguments import AMOUNT, LEVEL, read_object
from kundkarriar.arrays import Array
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.errors import CapabilityError, DataError, warn
from kundkarriar.frames import FrameT
from kundkarriar.ladder.equity.equity import DrawnReferrals, EquitySums, equity_table, refuse_growth
from kundkarriar.ladder.equity.newcomers import NewcomerLives, ReferralLaw
from kundkarriar.ladder.equity.referrals import PastReferrals, Referrals
from kundkarriar.ladder.events_ahead.events_ahead import REFERRAL, EventsAhead
from kundkarriar.ladder.events_ahead.exposed_events import BUYERS
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.changed_world import sizes_drawn
from kundkarriar.ladder.microsimulation.drawn_blocks import drawn_blocks
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.drawn_rungs import DrawnRungs
from kundkarriar.ladder.microsimulation.process import foresees_first_purchases, scorer_of
from kundkarriar.ladder.microsimulation.scenario import COUNTED, customers_of, read_changes, world_of
from kundkarriar.models.interface.protocols import needs_gaps
from kundkarriar.scoring.newcomers.arrivals import Arrivals
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.prospects.later_purchases import later_purchases
from kundkarriar.threads import DRAWN, in_threads

STREAM = 10
"""Stream key of referrals and newcomers; those of today's customers are below."""
NEED = "micro.equity"


class DrawnEquity(DrawnRungs):
    """Draws of rungs, and of the customers whom today's customers and newcomers bring."""

    __slots__ = ()

    def equity(
        self,
        history: LadderHistory[FrameT],
        *,
        scorer: Any = None,
        referrals: Referrals | None = None,
        arrivals: Arrivals | None = Arrivals(),  # noqa: B008 - a frozen spec
        acquisition_cost: float | None = None,
        changes: Any = (),
        origin: Any = None,
        horizon: str | None = None,
        level: float = 0.9,
    ) -> FrameT:
        """Customer equity: net value within the horizon of today's customers, of whom referrals bring, and of others.

        Each krona counts once. Today's customers bring what `value` says. Referrals are drawn while customers are
        active; some bring a customer, who brings a first order and what follows it until the end of the horizon, less
        `referrals.cost`, and who may refer others. Arrivals are the other newcomers: their forecast is learned from
        those of the past who did not come by referral. Leads and prospects who become customers are among them. But
        where the scorer foresees first purchases, prospects known today are in the base with what they bring; their
        first purchases are taken from the arrivals of the same month, draw by draw, down to none. Whom a referral
        brings would not have come otherwise.

        Args:
            history: as `forecast`; for `referrals` with events.
            scorer: as `value`.
            referrals: what comes of events "referral"; None: newcomers are not told apart.
            arrivals: how newcomers are forecast, with the scorer's season if it has none of its own; None: none are
                counted, as of a cohort.
            acquisition_cost: cost of each of the arrivals, due at the first purchase. It has no default.
            changes: `kk.Change`s, as `scenario`, and of effects on "referrals": more referrals, or fewer, of today's
                customers whom they concern.
            origin: as `forecast`.
            horizon: whole months ahead, as text; None: the scorer's horizon.
            level: level of the intervals.

        Returns:
            part, rung, customers (whose value it is, as expected), referrals (which they make: of "referred", all),
            value, low, high; with changes also changed (the value), difference, difference_low, difference_high. The
            parts are "base", "referred", "arrivals" and "total", their sum. "referred by rung now" and "referred by
            newcomers" sum to "referred": they say who brings them, and are not added to the total.

        Raises:
            CapabilityError: there is no scorer, or it has no spend model; referrals without events; a change that
                nothing here counts.
            DataError: errors of arrivals; no acquisition cost; no referrals in the history, or more of them than
                newcomers; a change outside the horizon.

        Warns:
            DataWarning: what makes the forecast of arrivals doubtful; a change concerns nobody; whoever recommended is
                not in the history.
        """
        scorer, level = scorer_of(self.process, scorer), LEVEL.read(level, "level")
        if arrivals is not None:
            read_object(arrivals, "arrivals", kind=Arrivals, hint="write arrivals=kk.Arrivals(), or None for none.")
        if referrals is not None:
            read_object(referrals, "referrals", kind=Referrals, hint="write referrals=kk.Referrals(conversion=0.2).")
        cost = self._acquisition_cost(acquisition_cost, needed=arrivals is not None)
        foreseen: bool = foresees_first_purchases(scorer)
        counted = (*COUNTED, *(["referrals"] if referrals else []), *([FIRST_PURCHASE] if foreseen else []))
        none = isinstance(changes, tuple | list) and not changes
        several = () if none else read_changes(changes, model=scorer.purchases, priced=True, counted=counted)
        whole = self.until(history, origin)
        ahead, days = self.within(whole, scorer=scorer, horizon=horizon)
        drawn = self.drawn(scorer, whole, days=max(days, ahead.days))
        money = DrawnMoney.by(scorer, ahead, days=days)
        world = None
        if several:
            sizes = sizes_drawn(several, draws=len(drawn), seed=self.microsimulation.seed)
            table = customers_of(ahead, money)
            world = world_of(several, table, sizes=sizes, ahead=ahead, drawn=drawn, foreseen=foreseen, need=NEED)
        generator = np.random.default_rng(np.random.SeedSequence(drawn.entropy, spawn_key=(STREAM,)))
        events = law = own = None
        if referrals is not None:
            past = PastReferrals.of(referrals, whole.facts_as_of)
            own = DrawnReferrals(past=past, conversion=past.conversions(len(drawn), generator))
            most = 1.0 if world is None else world.most_referrals
            events = self._referrals_ahead(ahead, drawn, days=int(np.ceil(max(days, ahead.days))), most=most)
            law = _law(events, own, code=len(whole.rungs))
            refuse_growth(law.mean * law.conversion * days)
        sums = EquitySums(
            ahead=ahead, days=days, draws=len(drawn), money=money, world=world, referrals=own, generator=generator
        )
        treatments = () if world is None else world.treatments()
        later = later_purchases(scorer, money.base, known=drawn)
        customers = whole.facts_as_of.customers
        drawings = drawn_blocks(drawn, customers, treatments=treatments, events=events, later=later)
        for block in in_threads(lambda draw: draw(), drawings, of=DRAWN):
            sums.add(block)
        known = whole.facts_as_of
        first = FirstPurchases.of(known.days, as_of=known.as_of, burn_in=whole.burn_in)
        if arrivals is not None:
            season = arrivals.season if arrivals.season is not None else scorer.scorer.season
            fitted = evolve(arrivals, season=season).of(first if own is None else own.past.others(first))
            for sentence in fitted.weaknesses:
                warn(f"{NEED}: {sentence}")
            sums.arrive(fitted)
        latest = LatestNewcomers.of(money.base, known.days, first, gaps=needs_gaps(scorer.purchases))
        if sums.comes and not len(latest):
            raise DataError.because(
                f"{NEED}: no customer came after the burn-in of {whole.burn_in}, so that the value of those to come is "
                "not known.",
                hint="a shorter burn_in in ladder.history(...).",
            )
        lives = NewcomerLives(
            money=money,
            known=drawn,
            latest=latest,
            law=law,
            generator=generator,
            blocks=drawn.blocks + (0 if later is None else later.blocks),
        )
        costs = np.append(np.full(len(whole.rungs) + 1, referrals.cost if referrals else 0.0), cost)
        sums.live(lives, costs=costs)
        answer: FrameT = equity_table(sums, level=level, like=whole.like)
        return answer

    def _acquisition_cost(self, given: Any, *, needed: bool) -> float:
        if given is not None:
            return AMOUNT.read(given, "acquisition_cost")
        if needed:
            raise DataError.because(
                "`acquisition_cost` has no default: what a newcomer costs is known to you alone.",
                hint="acquisition_cost=40; 0 states that newcomers cost nothing; arrivals=None counts none.",
            )
        return 0.0

    def _referrals_ahead(self, ahead: Any, drawn: Any, *, days: int, most: float) -> EventsAhead:
        """The referrals to come of today's customers."""
        rates = None if self.events is None else [each for each in self.events.rates if each.event == REFERRAL]
        events = None
        if self.events is not None and rates:
            events = self.events_ahead(self.events, ahead, drawn, names={REFERRAL}, days=days, most=most)
        if events is None:
            raise CapabilityError.because(
                "the microsimulation was fitted to a history without referrals: their rates are not known.",
                hint="kk.Microsimulation(...).fit(ladder.history(transactions, as_of=..., events=events)).",
            )
        return events


def _law(events: EventsAhead, own: DrawnReferrals, *, code: int) -> ReferralLaw:
    """How newcomers refer: at the rates of buyers, if these refer."""
    nobody: Array = np.zeros(len(own.conversion))
    laws = {each.of: law for each, *law in zip(events.exposed, events.mean, events.shape, strict=True)}
    mean, shape = laws.get(BUYERS, (nobody, nobody + np.inf))
    return ReferralLaw(mean=mean, shape=shape, conversion=own.conversion, lag=own.lag, code=code)
