"""Microsimulation of rungs by drawn purchases: spec and fitted movement."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import DRAWS, LEVEL, SEED
from kundkarriar.dates.period import Period
from kundkarriar.effects.effect import FIRST_PURCHASE
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.discounts.drawn_discounts import DrawnDiscounts
from kundkarriar.ladder.equity.drawn_equity import DrawnEquity
from kundkarriar.ladder.events_ahead.event_rates import EventRates
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.class_forecast import DrawnClasses
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.process import (
    PROCESS,
    active_so_far,
    fitted_process,
    foresees_first_purchases,
    history_of,
    model_of,
    or_average,
    purchase_process,
    scorer_of,
)
from kundkarriar.ladder.microsimulation.rung_values import RungSums, value_table
from kundkarriar.ladder.microsimulation.scenario import COUNTED, ScenarioSums, read_changes, scenario_table
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.movement.reached import reached_columns, rungs_above
from kundkarriar.ladder.movement.state_columns import sizes_columns, state_columns
from kundkarriar.models.interface.fitted_model import first_line
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.scoring.level import Level, as_level, level_or_sd
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored import Stored, whole
from kundkarriar.stored_forms import or_null, written
from kundkarriar.threads import DRAWN, in_threads

NEED = "Microsimulation"


@frozen(kw_only=True)
class Microsimulation(Stored):
    """Forecasts of rungs from the purchase process: purchases are drawn ahead and put through the ladder's own rules.

    A rung that asks for twelve months of purchases depends on more than the rung of the month before, so no chain of
    steps between rungs forecasts it well. Here each customer's history goes on by drawn purchases, day by day, and the
    code that makes careers says on which rung each path stands, with lapse, grace, time on a rung and rules of one's
    own. Within a draw all customers share the member of an average, its parameters and the level.

    Prospects stay prospects, but with a scorer that has a `first_purchase`: the day of each one's first purchase is
    drawn, and from then on the life of a newcomer with the prospect's own columns, with the parameters and the level of
    the draw. Who has no first contact stays a prospect.

    Events that rungs ask are drawn beside the purchases: referrals, complaints and others at rates in which customers
    differ, while they are active; interest and quotes of leads since the first contact. A contract is a state that
    lasts, and nobody is foreseen to begin one; of answers with a value (satisfaction) the last one counts. Events so
    far act on the chance of a first purchase, those to come do not; prospects who buy have the events of leads.

    Attributes:
        process: a purchase model or a scorer, each spec or fitted; of a scorer, model, season and level are used.
            The default is `kk.ModelAverage()`. Models that can date their purchases can be used.
        draws: number of futures of each customer. 200 give sizes of rungs; the log loss of single customers' forecasts
            gains some hundredths of a unit up to 1,000.
        seed: seed of all draws.
        level: the error of forecasts that all customers share, a `kk.Level` or its sd; None: that of the scorer, else
            the prior.

    >>> import kundkarriar as kk
    >>> ladder = kk.CustomerLadder.kundkarriar()
    >>> history = ladder.history(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> micro = Microsimulation(process=kk.MBGNBD(), draws=50, seed=1).fit(history)
    >>> micro.forecast(history, horizon="1M").head(3)
       customer_id  ahead          rung  lapsed  probability
    0            4      1        client   False         1.00
    1           21      1  repeat buyer   False         0.02
    2           21      1  repeat buyer    True         0.98
    """

    stored_as = "microsimulation"
    process: Any = field(
        default=None, converter=or_average, validator=purchase_process, repr=first_line, metadata=written(PROCESS)
    )
    draws: int = field(default=200, validator=DRAWS)
    seed: int = field(default=1, validator=SEED)
    level: Level | None = field(
        default=None, converter=as_level, validator=optional(level_or_sd), metadata=written(or_null(whole(Level)))
    )

    def fit(self, history: LadderHistory[Any]) -> FittedMicrosimulation:
        """Fit the process to the purchases of a history, unless it is fitted already.

        Raises:
            CapabilityError: careers in place of a history, or a process that cannot date its purchases.
            DataError: errors of the model.

        Warns:
            DataWarning: the process was fitted to later purchases than those of the history.
        """
        history = history_of(history, need=f"{NEED}.fit")
        process, facts = fitted_process(self.process, history), history.facts_as_of
        events = None
        if facts.has_events:
            events = EventRates.fit(facts, active=active_so_far(process, history))
        return FittedMicrosimulation(microsimulation=self, process=process, events=events)


@frozen(kw_only=True)
class FittedMicrosimulation(DrawnClasses, DrawnDiscounts, DrawnEquity, Stored):
    """A microsimulation with a fitted process.

    One that was read back by `from_dict` has no data: it draws parameters from a normal approximation, and its answers
    differ a little from those before.

    Attributes:
        microsimulation: the spec.
        process: the fitted purchase model, or the fitted scorer.
        events: the rates of events to come; None without events.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> micro = kk.Microsimulation(process=kk.MBGNBD(), draws=50, seed=1).fit(history)
    >>> micro.sizes(history, horizon="1M")[["ahead", "rung", "lapsed", "expected"]][2:].round({"expected": -1})
       ahead       rung  lapsed  expected
    2      1     moving   False     220.0
    3      1     moving    True    1510.0
    4      1  recurring   False     370.0
    5      1  recurring    True     160.0
    6      1  exclusive   False     100.0
    7      1  exclusive    True       0.0
    """

    stored_as = "fitted microsimulation"
    microsimulation: Microsimulation = field(
        validator=instance_of(Microsimulation), repr=lambda spec: f"{spec.draws:,} draws"
    )
    process: Any = field(validator=purchase_process, repr=first_line, metadata=written(PROCESS))
    events: EventRates | None = field(
        default=None,
        validator=optional(instance_of(EventRates)),
        repr=lambda events: str(None if events is None else list(dict.fromkeys(each.event for each in events.rates))),
    )

    def forecast(self, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "6M") -> FrameT:
        """Probabilities of each customer's rung at the month ends ahead: the shares of the draws.

        Args:
            history: purchases and events, from `ladder.history`; of other customers than those of the fit, too.
            origin: a day, or a span before the last day; of the history nothing after it is read, but the process is
                that of the fit: `kk.backtest_movement` fits anew at each origin. None: the last day.
            horizon: whole months ahead, as text ("6M").

        Returns:
            customer_id, ahead (1: the first month end after the origin), rung, lapsed (where the ladder has the flag),
            probability. States on which no draw stands are left out: their probability is 0.

        Raises:
            DataError: the origin lies before the data or after the history; the horizon is no span of whole months.
        """
        ahead, whole = self.ahead(history, origin=origin, months=months_of(horizon))
        draws, states = self.microsimulation.draws, ahead.states
        parts = []
        for paths in self.paths(ahead):
            counts = paths.by_customer(states=len(states), draws=draws)
            row, month, state = np.nonzero(counts)
            count = counts[row, month, state].astype(np.int32)
            parts.append((paths.customers[row].astype(np.int32), month.astype(np.int16), state.astype(np.uint8), count))
        customer, month, state, count = (np.concatenate(each) for each in zip(*parts, strict=True))
        order = np.argsort(customer, kind="stable")
        at = customer[order]
        return new_frame(
            {
                "customer_id": whole.facts_as_of.customers[at.astype(np.int64)],
                "ahead": month[order].astype(np.int64) + 1,
                **state_columns(states, state[order], like=whole.like),
                "probability": count[order] / draws,
            },
            like=whole.like,
        )

    def sizes(
        self, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "6M", level: float = 0.9
    ) -> FrameT:
        """Number of today's customers on each rung at the month ends ahead.

        Args: as `forecast`; `level` is that of the intervals.

        Returns:
            ahead, rung, lapsed (where the ladder has the flag), expected, low, high: the central interval of the drawn
            numbers, with the error of parameters, futures, models and level.
        """
        ahead, whole = self.ahead(history, origin=origin, months=months_of(horizon))
        level, K = LEVEL.read(level, "level"), len(ahead.states)
        drawn = self.tallied(ahead, lambda state: state, K, group=np.zeros(len(whole), np.int64), groups=1)[:, :, 0]
        columns = sizes_columns(ahead.states, drawn.mean(axis=0), drawn, level=level, like=whole.like)
        return new_frame(columns, like=whole.like)

    def time_to(
        self, rung: str, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "24M", level: float = 0.9
    ) -> FrameT:
        """Share of today's customers who have reached a rung, or one above it, by each month end ahead.

        Customers who stand there today have reached it. The last month has the share that ever does within the horizon.

        Args: as `sizes`.

        Returns:
            A row for each rung that somebody is on now and each month ahead: rung (now), lapsed (now, where the ladder
            has the flag), customers (on it), ahead, reached (share of them), low, high.
        """
        ahead, whole = self.ahead(history, origin=origin, months=months_of(horizon))
        level, states, now = LEVEL.read(level, "level"), ahead.states, ahead.current()
        target = rungs_above(states, rung) >= 0
        drawn = self.tallied(
            ahead, lambda state: np.maximum.accumulate(target[state], axis=0), 2, group=now, groups=len(states)
        )
        size = np.bincount(now, minlength=len(states))
        reached = np.where(target, size, drawn[..., 1])
        return new_frame(
            reached_columns(states, size, reached.mean(axis=0), reached, level=level, like=whole.like), like=whole.like
        )

    def p_reached(
        self, rung: str, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "12M"
    ) -> FrameT:
        """Probability that each customer comes to a rung, or one above it, at a month end within the horizon.

        It is 1 for those who stand there today. Where `rung` is the end of an action's step and the horizon that of the
        plan, it is the column `p_promotion` of customers whom the step takes more than one purchase.

        Args: as `forecast`.

        Returns:
            customer_id, p_reached: the share of the draws.
        """
        ahead, whole = self.ahead(history, origin=origin, months=months_of(horizon))
        target, draws = rungs_above(ahead.states, rung) >= 0, self.microsimulation.draws
        p = np.array(target[ahead.current()], dtype=np.float64)
        for paths in self.paths(ahead):
            reached = target[paths.whole(draws=draws)].any(axis=2).mean(axis=1)
            p[paths.customers] = np.maximum(p[paths.customers], reached)
        return new_frame({"customer_id": whole.facts_as_of.customers, "p_reached": p}, like=whole.like)

    def flows(
        self, history: LadderHistory[FrameT], *, origin: Any = None, horizon: str = "6M", level: float = 0.9
    ) -> FrameT:
        """Numbers of customers who go from each rung now to each rung at the end of the horizon.

        Args: as `sizes`.

        Returns:
            from, to (with from_lapsed and to_lapsed where the ladder has the flag), expected, low, high. Flows that
            occur in no draw are left out.
        """
        ahead, whole = self.ahead(history, origin=origin, months=months_of(horizon))
        level, states, now = LEVEL.read(level, "level"), ahead.states, ahead.current()
        drawn = self.tallied(ahead, lambda state: state, len(states), group=now, groups=len(states))[:, -1]
        low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        start, end = np.nonzero(drawn.any(axis=0))
        return new_frame(
            {
                **state_columns(states, start, like=whole.like, name="from", flag="from_lapsed"),
                **state_columns(states, end, like=whole.like, name="to", flag="to_lapsed"),
                "expected": drawn.mean(axis=0)[start, end],
                "low": low[start, end],
                "high": high[start, end],
            },
            like=whole.like,
        )

    def value(
        self, history: LadderHistory[FrameT], *, scorer: Any = None, origin: Any = None, level: float = 0.9
    ) -> FrameT:
        """Net value within the scorer's horizon by the rung now, by month and rung, and of who reaches a rung.

        It is the value of the drawn purchases themselves, so that every split sums to the same drawn total, and that
        agrees with the scorer's within the Monte Carlo error. Prospects count where the scorer has a `first_purchase`.

        Args:
            history: as `forecast`.
            scorer: the fitted scorer with its terms; None: the process is one. Its purchase model must be the process.
            origin: as `forecast`.
            level: level of the intervals.

        Returns:
            part, ahead, rung, customers, value (of these customers together), low, high, per_customer, note. The parts
            are "rung now" (value within the horizon by the rung on the last day), "month x rung" (of each month, by the
            rung at its end), "reaches" and "does not reach" (of customers below a rung now, by whether they come to it
            or above it within the horizon: they are selected by how they buy, and the difference is not what a step is
            worth), "total", and "scorer": the scorer's own expected total, without an interval.

        Raises:
            CapabilityError: there is no scorer, or it has no spend model.
            DataError: the scorer has another purchase model.
        """
        scorer, level = scorer_of(self.process, scorer), LEVEL.read(level, "level")
        whole = self.until(history, origin)
        ahead, days = self.within(whole, scorer=scorer, horizon=None)
        drawn = self.drawn(scorer, whole, days=max(days, ahead.days))
        money, sums = DrawnMoney.by(scorer, ahead, days=days), RungSums(ahead=ahead, draws=len(drawn))
        for block in in_threads(lambda draw: draw(), self.blocks(ahead, drawn, money=money), of=DRAWN):
            sums.add(block, money)
        table: FrameT = value_table(sums, expected=total(money.expected), level=level, like=whole.like)
        return table

    def scenario(
        self,
        history: LadderHistory[FrameT],
        *,
        changes: Any,
        origin: Any = None,
        horizon: str | None = None,
        level: float = 0.9,
    ) -> FrameT:
        """What changes in rungs, value and classes if something acts on customers: the same draws, usual and changed.

        Both worlds share all random numbers, and in each draw every effect has one size for all customers. A change
        with an effect of 1 changes nothing.

        Args:
            history: as `forecast`.
            changes: `kk.Change`s of the process: effects on leaving, returning or purchases; where the process is a
                fitted scorer, on spend, cost or value; with its `first_purchase`, on the first purchase of
                prospects, of whom other effects but value change nothing; where a rung asks for referrals, on them.
                `where` may ask for what `history.positions()` has, the columns of customers, and a scorer's scores.
            origin: as `forecast`.
            horizon: whole months ahead, as text; None: the scorer's horizon, or 12 months.
            level: level of the intervals.

        Returns:
            part, ahead, name, usual, changed, difference (of the means over draws), low, high (of the difference). The
            parts are "rung" (customers on each rung at each month end); with a scorer "value" (net value of each month,
            and in total); and within the scorer's own horizon "class": customers whose realised value reaches the
            smallest value of the classes A and B of today's expected values, which hold .8 and .95 of them. C is below,
            also who buys nothing; D is who is not expected to bring anything, whatever a draw brings. Prospects have no
            class. These limits are the same in both worlds, and lower than those of realised values, by which
            `class_forecast` counts: more customers are in A.

        Raises:
            CapabilityError: a change that the process does not have.
            DataError: a change outside the horizon; a condition asks for a column that is not there.

        Warns:
            DataWarning: a change concerns nobody.
        """
        scorer = self.process if isinstance(self.process, FittedValueScorer) and self.process.spend else None
        level, model = LEVEL.read(level, "level"), model_of(self.process)
        spec = self.microsimulation
        whole: LadderHistory[FrameT] = self.until(history, origin)
        foreseen: bool = foresees_first_purchases(self.process)
        counted = (*COUNTED, *self.counted_events(whole), *([FIRST_PURCHASE] if foreseen else []))
        several = read_changes(changes, model=model, priced=scorer is not None, counted=counted)
        ahead, days = self.within(whole, scorer=scorer, horizon=horizon)
        drawn = self.drawn(self.process, whole, days=max(days, ahead.days))
        money = None if scorer is None else DrawnMoney.by(scorer, ahead, days=days)
        own = scorer is not None and days == Period.of(scorer.scorer.horizon).days
        sums = ScenarioSums.of(several, ahead, drawn, money=money, classes=own, seed=spec.seed, foreseen=foreseen)
        world = sums.world
        drawings = self.blocks(ahead, drawn, treatments=world.treatments(), most=world.most_referrals, money=money)
        for block in in_threads(lambda draw: draw(), drawings, of=DRAWN):
            sums.add(block)
        table: FrameT = scenario_table(sums, level=level, like=whole.like)
        return table
