"""What bundles of actions add to each customer's value by the purchase process, at several sizes of their effects."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.dates.period import Period, as_day, day_number
from kundkarriar.effects.effect import Effect
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.scoring.customer_base import check_customers_frame
from kundkarriar.scoring.increments.effect_sizes import PROCESS, refuse_unvalued
from kundkarriar.scoring.increments.increment_columns import IncrementColumns
from kundkarriar.scoring.increments.treatment_worlds import TimedEffects, TreatmentWorlds
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.increments.action_increments import (
    UNTIL,
    contact_column,
    costs_spend,
    is_counted,
    spend_column,
)
from kundkarriar.strategy.increments.counted_for import COUNTED_FOR
from kundkarriar.strategy.increments.earlier_contacts import EarlierContacts, Remainder
from kundkarriar.strategy.increments.effect_sizes import effects_at, size_column, sizes_of_bundle
from kundkarriar.strategy.increments.treated_spans import last_treated_day, treated_spans
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.specs.action import Action
from kundkarriar.summaries.holdout_period import summary_day

NEED = "StrategyPlanner.increments"
MEAN = "mean"
_Days: TypeAlias = Mapping[int, Sequence[int]]


def count_increments(
    bundles: Sequence[Bundle],
    actions: Sequence[Action],
    scorer: FittedValueScorer,
    summary: FrameT,
    *,
    schedule: Schedule,
    start: str,
    customers: Any = None,
    leads: Any = None,
    planned: Any = None,
    earlier: EarlierContacts | None = None,
    claimed: Mask | None = None,
    until: Any = None,
    powers: Array | None = None,
    each_contact: bool = False,
    stamp: str | None = None,
) -> FrameT:
    """The increments of bundles: see `StrategyPlanner.increments`.

    All bundles have one horizon: from the day of the summary to the scorer's horizon after `start`, or to the last
    treated day if it is later. Treated time is the union of what the contacts treat. What earlier contacts still do is
    in both worlds, and stated money is not added again where an earlier contact by its action claimed it.

    Args:
        bundles: the bundles, of positions in `actions`.
        actions: the A actions.
        scorer: the fitted scorer.
        summary: one row per customer, N rows.
        schedule: the contact days, by the rows of `planned`.
        start: the plan's first day.
        customers: as in `FittedValueScorer.score`.
        leads: from `kk.leads`.
        planned: the customers of the plan, with customer_id; others have missing values. None: those of `summary`.
        earlier: contacts made or planned before, by the rows of `planned`.
        claimed: whether the stated money of each action is claimed already, by the rows of `planned`, (n, A): see
            `ContactLog.claims`.
        until: the last day of the horizon; None: as above.
        powers: the power to which effects that are assumed act on each customer, by the rows of `planned`; None: 1.
        each_contact: whether to count "call, a contact" too: what a contact adds on average over an equal horizon of
            its own, the scorer's from its day on, where those before it are usual. So late contacts lose nothing.
        stamp: what is counted for, from `counted_for`: a column. None: no column.

    Returns:
        customer_id; by bundle with an action on the process, or of several, a column for each size of the effects
        (`size_column`), and where an action costs a share of spend "call, cost of spend", the discounted cost, at
        the same sizes; until, the last day of the horizon. Missing where an action has no contact.

    Raises:
        CapabilityError: an effect on what the models do not have, or on what no increment is known of.
        DataError: a contact that does not lie after the day of the summary; an `until` before the last treated day.
    """
    check_customers_frame(customers, need=NEED)
    if leads is not None:
        unique_ids(narrow(leads, need=f"{NEED}: `leads`"), need=f"{NEED}: `leads`", hint=ONE_ROW_HINT)
    table = narrow(summary, need=NEED)
    ids = unique_ids(table, need=NEED)
    timed = [each for each in bundles if is_counted(each, actions) or costs_spend(each, actions)]
    for at in sorted({at for each in timed if is_counted(each, actions) for at in each.actions}):
        refuse_unvalued(actions[at].effects)
    now = day_number(summary_day(table, need=NEED))
    rows, among = np.arange(len(ids)), ids
    if planned is not None:
        among = unique_ids(narrow(planned, need=NEED), need=NEED, hint=ONE_ROW_HINT)
        rows = positions(ids, among=among, need=NEED, frame_name="the summary", among_name="the planned customers")
    remainder, remainders = np.zeros(len(ids), dtype=np.int64), list[Remainder]([()])
    if earlier is not None:
        remainder, remainders = earlier.remainders(len(among), now=now)
    taken = np.zeros((len(ids), len(actions)), dtype=bool)
    if claimed is not None:
        taken = claimed[rows] & (rows >= 0)[:, None] & np.array([_is_stated(each) for each in actions], dtype=bool)
    whole = _Plan(
        bundles=timed,
        actions=actions,
        patterns=schedule.patterns,
        pattern=_by_summary(schedule.pattern, rows),
        power=np.ones(len(ids)) if powers is None else np.where(rows >= 0, powers[rows], 1.0),
        usual=(np.where(rows >= 0, remainder[rows], 0), remainders),
        claimed=taken,
        known=actions if earlier is None else earlier.actions,
        as_of=now,
        end=_horizon(timed, actions, schedule, now=now, start=start, scorer=scorer, until=until),
        each_contact=scorer.scorer.horizon if each_contact else None,
    )
    columns = {} if not timed else whole.counted(scorer, summary, customers=customers, leads=leads)
    texts = {UNTIL: str(np.datetime64(whole.end, "D"))} | ({} if stamp is None else {COUNTED_FOR: stamp})
    same: dict[str, Any] = {
        name: text_column([text], np.zeros(len(ids), dtype=np.int64), like=summary) for name, text in texts.items()
    }
    return new_frame({"customer_id": ids} | columns | same, like=summary)


def _by_summary(pattern: Whole, rows: Whole) -> Whole:
    """Patterns by the rows of the summary, (N, A), or (1, A) where they are the same for all; -1 where not planned."""
    if len(pattern) == 1 and (rows >= 0).all():
        return pattern
    each = pattern[np.zeros_like(rows)] if len(pattern) == 1 else pattern[rows]
    return np.where(rows[:, None] >= 0, each, -1)


def _horizon(
    bundles: Sequence[Bundle],
    actions: Sequence[Action],
    schedule: Schedule,
    *,
    now: int,
    start: str,
    scorer: FittedValueScorer,
    until: Any,
) -> int:
    """The last day of the horizon, as a number since 1970-01-01."""
    last = first = day_number(np.datetime64(start, "D"))
    for at in {at for each in bundles for at in each.actions}:
        for number in np.unique(schedule.pattern[:, at]).tolist():
            for day in schedule.patterns[number] if number >= 0 else ():
                first, last = min(first, day), max(last, last_treated_day(actions[at], day) or 0)
    if first <= now:
        early, known = np.datetime64(first, "D"), np.datetime64(now, "D")
        raise DataError.because(
            f"{NEED}: the plan begins before the summary ends: {early} is not after {known}.",
            hint="what came before is in the purchases already; start the plan after the day of the summary.",
        )
    if until is None:
        return max(last, day_number(Period.of(scorer.scorer.horizon).after(np.datetime64(start, "D"))) - 1)
    end = day_number(as_day(until, name="until"))
    if end < last:
        raise DataError.because(
            f"{NEED}: the horizon ends on {np.datetime64(end, 'D')}, and customers are treated until "
            f"{np.datetime64(last, 'D')}.",
            hint="leave `until` out: the horizon then runs at least to the last treated day.",
        )
    return end


@frozen(kw_only=True, eq=False, slots=False)
class _Plan:
    """What is to be counted of N customers.

    Attributes:
        bundles: the bundles that are counted.
        actions: the actions of the plan.
        patterns, pattern: as in `Schedule`, by the rows of the summary.
        power: the power to which assumed effects act, (N,).
        usual: the remainder of earlier contacts of each customer, (N,), and the distinct ones.
        claimed: whether the stated money of each action is claimed already, (N, A).
        known: the actions of the plan, and those of earlier contacts after them.
        as_of, end: the day of the summary, and the last of the horizon, as numbers since 1970-01-01.
        each_contact: the horizon of a contact by itself; None: contacts are not counted by themselves.
    """

    bundles: Sequence[Bundle]
    actions: Sequence[Action]
    patterns: Sequence[tuple[int, ...]]
    pattern: Whole
    power: Array
    usual: tuple[Whole, list[Remainder]]
    claimed: Mask
    known: Sequence[Action]
    as_of: int
    end: int
    each_contact: str | None

    def counted(self, scorer: FittedValueScorer, summary: Any, *, customers: Any, leads: Any) -> dict[str, Array]:
        """The columns, (N,) each."""
        counted = IncrementColumns.of(scorer, scorer.base(summary, customers=customers, leads=leads))
        effects = [effect for each in self.known for effect in _valued(each.effects)]
        counted.refuse_unforeseen([effect for effect in effects if self._is_asked(effect)])
        columns = dict[str, Array]()

        def put(name: str, rows: Whole, values: Array) -> None:
            if len(rows) == counted.size:
                columns[name] = values
            else:
                columns.setdefault(name, np.full(counted.size, np.nan))[rows] = values

        for bundles, rows in self._cases():
            own = counted if len(rows) == counted.size else counted.at(rows)
            worlds = [(each, self._by_size(each, row=int(rows[0]))) for each in bundles]
            named = {
                size_column(each.name, size): one
                for each, by_size in worlds
                if is_counted(each, self.actions)
                for size, one in by_size.items()
            }
            for name, values in zip(named, own.means([*named.values()]), strict=True):
                put(name, rows, values)
            paid = [
                (spend_column(each, size), by_size[size])
                for each, by_size in worlds
                if costs_spend(each, self.actions)
                for size in self._paid_sizes(each)
            ]
            for (name, _), values in zip(paid, own.spent([one for _, one in paid]) if paid else (), strict=True):
                put(name, rows, values)
            for each in bundles if self.each_contact else ():
                if is_counted(each, self.actions):
                    put(contact_column(each), rows, np.mean(own.means(self._contacts(each, row=int(rows[0]))), axis=0))
        names = [name for bundle in self.bundles for name in self._names(bundle)]
        return {name: columns[name] if name in columns else np.full(counted.size, np.nan) for name in names}

    def _is_asked(self, effect: Effect) -> bool:
        """Whether an effect acts on anybody."""
        of_plan = {at for each in self.bundles for at in each.actions}
        of_usual = {at for remainder in self.usual[1] for at, _ in remainder}
        return any(effect in self.known[at].effects for at in of_plan | of_usual)

    def _names(self, bundle: Bundle) -> Iterator[str]:
        if is_counted(bundle, self.actions):
            for size in self._sizes(bundle):
                yield size_column(bundle.name, size)
            if self.each_contact:
                yield contact_column(bundle)
        if costs_spend(bundle, self.actions):
            yield from (spend_column(bundle, size) for size in self._paid_sizes(bundle))

    def _sizes(self, bundle: Bundle) -> tuple[str, ...]:
        return sizes_of_bundle([self.actions[at] for at in bundle.actions])

    def _paid_sizes(self, bundle: Bundle) -> tuple[str, ...]:
        """The sizes at which shares of spend are counted: where increments are, as both change with the effects."""
        return self._sizes(bundle) if is_counted(bundle, self.actions) else (MEAN,)

    def _cases(self) -> Iterator[tuple[list[Bundle], Whole]]:
        """Bundles, and customers who are alike in all that concerns these; those without a contact are in no case."""
        n = len(self.power)
        shared = [self.usual[0], np.unique(self.power, return_inverse=True)[1], *self.claimed.T.astype(np.int64)]
        together: dict[tuple[bytes, ...], list[Bundle]] = {}
        for bundle in self.bundles:
            own = sorted({self._columns[at] for at in bundle.actions if self._columns[at]})
            together.setdefault(tuple(own), []).append(bundle)
        for key, bundles in together.items():
            columns = [*shared, *(np.frombuffer(each, dtype=self.pattern.dtype) for each in key)]
            for rows in _alike([each for each in columns if (each != each[0]).any()], n=n):
                place = self.pattern[0 if len(self.pattern) == 1 else rows[0]]
                if possible := [each for each in bundles if (place[list(each.actions)] >= 0).all()]:
                    yield possible, rows

    @cached_property
    def _columns(self) -> list[bytes]:
        """The patterns of each action as bytes; none where they are the same for all."""
        each = np.ascontiguousarray(self.pattern.T)
        return [own.tobytes() if (own != own[0]).any() else b"" for own in each]

    def _by_size(self, bundle: Bundle, *, row: int) -> dict[str, TreatmentWorlds]:
        """The treatment of a customer by a bundle at each size of its effects."""
        treated, usual = self._days(bundle, row)
        power, again = float(self.power[row]), set(np.flatnonzero(self.claimed[row]).tolist())
        return {
            size: self._worlds(bundle, treated, usual, size=size, power=power, end=self.end, again=again)
            for size in self._sizes(bundle)
        }

    def _contacts(self, bundle: Bundle, *, row: int) -> list[TreatmentWorlds]:
        """The treatment of a customer by each contact of a bundle over its own horizon, after those before it."""
        treated, usual = self._days(bundle, row)
        found = []
        for day in sorted({each for days in treated.values() for each in days}):
            own = {at: [each for each in days if each == day] for at, days in treated.items()}
            before = {
                at: [*usual.get(at, ()), *(each for each in treated.get(at, ()) if each < day)]
                for at in {*treated, *usual}
            }
            ends = [last_treated_day(self.known[at], day) or day for at, days in own.items() if days]
            horizon = day_number(Period.of(str(self.each_contact)).after(np.datetime64(day, "D"))) - 1
            end, power = max(horizon, *ends), float(self.power[row])
            again = {at for at, days in treated.items() if self.claimed[row, at] or min(days) < day}
            found.append(self._worlds(bundle, own, before, size=MEAN, power=power, end=end, again=again))
        return found

    def _days(self, bundle: Bundle, row: int) -> tuple[_Days, _Days]:
        """The contact days of a customer by action: those of a bundle, and those that still act as usual."""
        place = self.pattern[0 if len(self.pattern) == 1 else row]
        usual: dict[int, list[int]] = {}
        for at, day in self.usual[1][self.usual[0][row]]:
            usual.setdefault(at, []).append(day)
        return {at: self.patterns[place[at]] for at in bundle.actions}, usual

    def _worlds(
        self, bundle: Bundle, treated: _Days, usual: _Days, *, size: str, power: float, end: int, again: Container[int]
    ) -> TreatmentWorlds:
        """A treatment by contacts on the days of each action: effects of the bundle at a size, others as stated.

        The stated money of actions that treat `again` is not added.
        """
        alone = len(bundle.actions) == 1 and len(self.actions[bundle.actions[0]].effects) == 1
        parts: list[TimedEffects] = []
        for at in sorted({*treated, *usual}):
            action = self.known[at]
            own = effects_at(action, size if at in treated else MEAN, alone=alone, power=power)
            spans = [treated_spans(action, days.get(at, ()), now=self.as_of, end=end) for days in (treated, usual)]
            process, stated = (
                tuple(each for each in _valued(own) if (each.on == "value") == is_money) for is_money in (False, True)
            )
            share = action.cost_of_spend if at in treated else 0.0
            parts.append(TimedEffects(effects=process, treated=spans[0], usual=spans[1], share=share))
            if stated and at not in again:
                parts.append(TimedEffects(effects=stated, treated=spans[0]))
        return TreatmentWorlds(parts=tuple(parts), horizon=float(end - self.as_of))


def _is_stated(action: Action) -> bool:
    """Whether an action adds stated money."""
    return any(each.on == "value" for each in action.effects)


def _valued(effects: Sequence[Effect]) -> tuple[Effect, ...]:
    return tuple(each for each in effects if each.on in (*PROCESS, "value"))


def _alike(columns: Sequence[Whole], *, n: int) -> list[Whole]:
    """The rows of each distinct combination of columns, (n,) each, all rows where there are none."""
    if not columns:
        return [np.arange(n)] if n else []
    code = np.zeros(n, dtype=np.int64)
    for column in columns:
        own = np.unique(column, return_inverse=True)[1]
        code = np.unique(code * (int(own.max()) + 1) + own, return_inverse=True)[1]
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)
