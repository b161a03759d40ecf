"""What bundles of actions add to each customer's value by the purchase process, at several sizes of their effects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, positions, unique_ids
from kundkarriar.dates.period import Period, as_day, day_number
from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.scoring.customer_base import check_customers_frame
from kundkarriar.scoring.increments.effect_sizes import refuse_unvalued
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.increments.action_increments import (
    UNTIL,
    costs_spend,
    is_counted,
)
from kundkarriar.strategy.increments.bundle_count import BundleCount
from kundkarriar.strategy.increments.counted_for import COUNTED_FOR
from kundkarriar.strategy.increments.earlier_contacts import EarlierContacts, Remainder
from kundkarriar.strategy.increments.treated_spans import last_treated_day
from kundkarriar.strategy.plan.contacts.schedule import Schedule
from kundkarriar.strategy.plan.options.bundles import Bundle
from kundkarriar.strategy.specs.action import Action
from kundkarriar.summaries.holdout_period import summary_day

NEED = "StrategyPlanner.increments"


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
    period_end: Any = None,
    climbs: Array | None = None,
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
        period_end: the last day of the budget's period, to which costs of discounts are told apart; None: that of the
            horizon.
        climbs: by how much the discount of each action grows with climbs, on average over what it is given on, by the
            rows of `planned`, (n, A); None: 1.

    Returns:
        customer_id; by bundle with an action on the process, or of several, a column for each size of the effects
        (`size_column`), and where an action costs a share of spend "call, cost of spend", the discounted cost, at
        the same sizes; where one gives a discount "call, path cost" and "call, path cost in the period" likewise, and
        the margin at the list price; until, the last day of the horizon. Missing where an action has no contact.

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
    end = _horizon(timed, actions, schedule, now=now, start=start, scorer=scorer, until=until)
    grows = np.ones((len(ids), len(actions)))
    if climbs is not None:
        grows = np.where((rows >= 0)[:, None], climbs[rows], 1.0)
    whole = BundleCount(
        bundles=timed,
        actions=actions,
        patterns=schedule.patterns,
        pattern=_by_summary(schedule.pattern, rows),
        power=np.ones(len(ids)) if powers is None else np.where(rows >= 0, powers[rows], 1.0),
        usual=(np.where(rows >= 0, remainder[rows], 0), remainders),
        claimed=taken,
        known=actions if earlier is None else earlier.actions,
        as_of=now,
        end=end,
        period_end=end if period_end is None else min(day_number(as_day(period_end, name="period_end")), end),
        grows=grows,
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


def _is_stated(action: Action) -> bool:
    """Whether an action adds stated money."""
    return any(each.on == "value" for each in action.effects)
