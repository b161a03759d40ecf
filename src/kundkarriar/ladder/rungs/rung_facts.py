"""Checks that the facts and events which rungs need exist; a misspelt event would otherwise go unnoticed."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from kundkarriar.errors import DataError, warn
from kundkarriar.frames import NarrowFrame, add_columns
from kundkarriar.history.as_of.attributes import Attributes
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.history.as_of.events import Events
from kundkarriar.history.as_of.fact_definitions import FACTS, MONEY
from kundkarriar.history.ledger.transaction_rows import AMOUNTS, lacks_amounts
from kundkarriar.ladder.rungs.fixed_scores import SCORES
from kundkarriar.ladder.rungs.rung import Rung

PRESET_EVENTS = ("referral", "co_development", "contract", "interest", "quote", "complaint", "satisfaction")
"""The events that the ladders of this library need."""

COMPUTED = (
    *SCORES,
    *("p_leaves", "p_paused", "p_purchase", "expected_order_value", "expected_sales", "expected_revenue", "clv"),
    *("contribution", "cost", "net_value", "clv_lifelong", "net_value_lifelong", "share_beyond_data"),
    "revenue_cost_ratio",
    *("retention_value", "value_at_risk", "win_back_value", "rank", "clv_low", "clv_high", "expected_low"),
    *("expected_high", "abc", "cumulative_share", "p_A", "p_B", "p_C", "p_none", "p_promotion", "promotion_value"),
    *("potential", "priority", "priority_rank"),
    *("p_moving", "p_recurring", "p_exclusive", "group", "model_note", "frequency", "recency", "T"),
    *("monetary_value", "n_transactions", "entry", "rung", "rung_number", "rung_position", "lapsed", "paused"),
    *("previous_rung", "highest_rung", "highest_position", "months_on_rung", "evidence", "reason"),
)
"""Columns that this library computes as of one date. Rungs read no attribute of such a name: it may be that column, and
would be told of every earlier month."""


def needed_events(rungs: Sequence[Rung]) -> tuple[str, ...]:
    """The events that conditions of rungs need, in lower case, each once."""
    columns = [name for rung in rungs for name in rung.needs if is_event_column(name)]
    return tuple(dict.fromkeys(EventColumn.checked(name).event for name in columns))


def warn_of_absent(needed: Sequence[str], happened: Collection[str], *, where: str) -> None:
    """Warn of events that rungs need and that never happened.

    A business may not have all `PRESET_EVENTS`. They are reported only if there is an event that neither the rungs nor
    the ladders of this library need: it may be the misspelt one. `where` is how the message calls the data.
    """
    absent = [name for name in dict.fromkeys(needed) if name not in happened]
    if set(happened) <= {*needed, *PRESET_EVENTS}:
        absent = [name for name in absent if name not in PRESET_EVENTS]
    if absent:
        warn(
            f"the rungs ask for events that never happened in {where}: {absent}; what happened there is "
            f"{sorted(set(happened))}. Check the spelling, or leave out the rungs that wait for them."
        )


def warn_of_missing_values(rungs: Sequence[Rung], events: Events) -> None:
    """Warn of events without a value on any row, though rungs need it: such a rung is never met."""
    columns = [EventColumn.checked(name) for rung in rungs for name in rung.needs if is_event_column(name)]
    valued = dict.fromkeys(column.event for column in columns if column.measure is not None)
    lacking = [name for name in valued if name in events.names and name not in events.valued_names]
    if lacking:
        warn(
            f"the rungs ask for the value of events that never have one in `events`: {lacking}. "
            "Give them a number in the column `value`."
        )


def with_event_columns(frame: Any, table: NarrowFrame, rungs: Sequence[Rung]) -> Any:
    """The facts of one day with every column of events that rungs need; those that are lacking are missing values.

    Warns of events that no column counts while others are counted. `table` is `frame` as a narwhals frame.
    """
    needed = dict.fromkeys(name for rung in rungs for name in rung.needs if is_event_column(name))
    counts = {name: EventColumn.checked(name) for name in needed if name not in table.columns}
    if not counts:
        return frame
    given = {str(EventColumn.of(name)): name for name in table.columns if is_event_column(name)}
    if given:
        events, happened = ([EventColumn.of(name).event for name in names] for names in (needed, given))
        warn_of_absent(events, happened, where="the facts")
    unknown = np.full(len(table), np.nan)
    return add_columns(
        frame, {name: table[given[str(count)]] if str(count) in given else unknown for name, count in counts.items()}
    )


def asking_for_money(rungs: Sequence[Rung]) -> dict[str, list[str]]:
    """The facts of money that rungs need, by the name of the rung; rungs that need none are left out."""
    asked = {rung.name: [name for name in rung.needs if name in MONEY] for rung in rungs}
    return {name: facts for name, facts in asked.items() if facts}


def refuse_money(rungs: Sequence[Rung]) -> None:
    """Refuse rungs that need facts of money, where purchases have no amounts."""
    for name, money in asking_for_money(rungs).items():
        hint = f"let the rung ask for {[name for name in FACTS if name not in MONEY]}; or {AMOUNTS}"
        raise lacks_amounts(f"the rung `{name}` asks for {money}, which", hint=hint)


def is_attribute(name: str) -> bool:
    """Whether a name is that of an attribute of customers: no fact, no column of events, nothing computed."""
    return not (name in FACTS or name in COMPUTED or is_event_column(name))


def refuse_unknown_facts(rungs: Sequence[Rung], *, scored: bool, attributes: Attributes | None) -> None:
    """Refuse rungs that need anything but facts of the history, and attributes of customers.

    Value, class or P(alive) are fitted, and refused also where an attribute has their name. `scored` says whether
    scores of a model with fixed parameters are given; `attributes` is None if no customers were given.
    """
    columns = () if attributes is None else tuple(attributes.names)
    for rung in rungs:
        known = {*FACTS, *(SCORES if scored else ())}
        other = [name for name in rung.needs if not (name in known or is_event_column(name))]
        if computed := [name for name in other if name in COMPUTED]:
            hint = f"a rung asks for {[*FACTS]} or events_...; value, class and p_alive are asked in a strategy."
            if set(computed) <= set(SCORES):
                hint += (
                    ' With parameters fixed before the first month: scores=kk.FixedScores(model=..., horizon="12M").'
                )
            if set(computed) & set(columns):
                hint += " An attribute of your own in `customers` needs another name."
            raise DataError.because(
                f"the rung `{rung.name}` asks for what is not a fact of the history: {computed}.", hint=hint
            )
        if lacking := [name for name in other if name not in columns]:
            hint = f"ask for {[*FACTS]}, events_..., or a column of customers=: "
            hint += f"it has {[*columns]}." if attributes is not None else "none were given."
            raise DataError.because(
                f"the rung `{rung.name}` asks for what is neither a fact of the history nor an attribute of customers: "
                f"{lacking}.",
                hint=hint,
            )
