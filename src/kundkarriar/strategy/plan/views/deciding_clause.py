"""The clause of the playbook that decided a customer's strategy, and the nearest values that would decide otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.errors import KundkarriarError
from kundkarriar.frames import new_frame, text_column
from kundkarriar.rules.values import as_words
from kundkarriar.strategy.plan.customer_table import FLAGS, CustomerTable
from kundkarriar.strategy.plan.plan_data import PlanData

MOST_CHANGES = 3


class Change(NamedTuple):
    """A value of one column with which a customer would get another strategy.

    Attributes:
        words: the change in words: "p_purchase less than 0.5".
        distance: how far it is, as a share of the value or of the limit, whichever is larger.
        strategy: position of the strategy that they would get.
    """

    words: str
    distance: float
    strategy: int


class Decision(NamedTuple):
    """What decided a customer's strategy.

    Attributes:
        clause: the condition with the customer's values; "" where the plan does not have all that it asks.
        changes: the nearest changes of one column each with which another strategy would come first, at most three.
    """

    clause: str = ""
    changes: tuple[Change, ...] = ()


def deciding_clause(plan: PlanData[Any], own: PlanData[Any]) -> Decision:
    """What decided the strategy of the customer of whom alone `own` is the plan, as far as the plan's columns tell.

    Limits of numbers are those that the playbook names. A class has a limit where the classes of the plan's customers
    do not overlap in value.
    """
    candidates = [*_over_limits(own), *_to_next_class(plan, own)]
    frame = _frame(own, [{}, *(value for value, *_ in candidates)])
    if frame is None:
        return Decision()
    first, *matches = _first_match(own, frame)
    if first != own.ledger.strategy[0]:
        return Decision()  # the playbook asks what the plan keeps in another form
    nearest: dict[str, Change] = {}
    for (value, words, distance), match in zip(candidates, matches, strict=True):
        column = next(iter(value))
        if match not in (first, -1) and (column not in nearest or distance < nearest[column].distance):
            nearest[column] = Change(words, distance, match)
    changes = sorted(nearest.values(), key=lambda change: change.distance)[:MOST_CHANGES]
    condition = own.playbook.strategies[first].when
    clause = "" if set(condition.needs) <= {"customer_id"} else str(condition.reason(frame)[0])
    return Decision(clause, tuple(changes))


def _frame(own: PlanData[Any], values: list[Mapping[str, Any]]) -> Any:
    """The customer once for each mapping of values that differ; None where a strategy asks what the plan lacks."""
    table, n = own.customers, len(values)
    columns: dict[str, Any] = {"customer_id": np.arange(n), **_columns_of(table)}
    needs = {name for each in own.playbook.strategies for name in each.when.needs}
    if not needs <= {*columns, *own.playbook.may_lack}:
        return None
    columns |= {name: np.nan for name in own.playbook.may_lack if name not in columns}
    made: dict[str, Any] = {}
    for name, value in columns.items():
        several = value if name == "customer_id" else [each.get(name, value) for each in values]
        made[name] = text_column(several, like=own.like) if name in table.words else np.array(several)
    return new_frame(made, like=own.like)


def _columns_of(table: CustomerTable) -> dict[str, Any]:
    flags = {name: bool(flag[0]) for name in FLAGS if (flag := getattr(table, name)) is not None}
    numbers = {name: float(values[0]) for name, values in table.numbers.items()}
    return {**numbers, **{name: values[0] for name, values in table.words.items()}, **flags}


def _first_match(own: PlanData[Any], frame: Any) -> list[int]:
    """The position of the first strategy whose condition holds in each row; -1 for none, and where it is not known."""
    try:
        holds = np.array([each.when.holds(frame) for each in own.playbook.strategies])
    except KundkarriarError:  # a column that the plan keeps as text, and the playbook compares with numbers
        return [-1]
    first: list[int] = np.where(holds.any(axis=0), holds.argmax(axis=0), -1).tolist()
    return first


def _over_limits(own: PlanData[Any]) -> Iterator[tuple[dict[str, Any], str, float]]:
    """Values on and just beyond each limit that the playbook names, with words and distance."""
    questions = [question for each in own.playbook.strategies for question in each.when.questions()]
    for name, limit in dict.fromkeys((each.column, limit) for each in questions for limit in each.comparison.limits):
        value = own.customers.numbers.get(name, np.array([np.nan]))[0]
        if np.isnan(value) or isinstance(limit, bool):
            continue
        for words, changed in (
            ("at most" if value > limit else "at least", limit),
            ("less than", np.nextafter(limit, -np.inf)),
            ("more than", np.nextafter(limit, np.inf)),
        ):
            if changed != value and (changed - limit) * (value - limit) <= 0:  # the limit, and what lies beyond it
                yield {name: changed}, f"{name} {words} {as_words(limit)}", _distance(value, limit)


def _distance(value: float, limit: float) -> float:
    return abs(value - limit) / max(abs(value), abs(limit), 1e-12)


def _to_next_class(plan: PlanData[Any], own: PlanData[Any]) -> Iterator[tuple[dict[str, Any], str, float]]:
    """The classes next to the customer's, with the value that would take them there where the classes tell it."""
    mine, column = own.customers.word("abc")[0], plan.customers.value_ahead
    if mine is None:
        return
    classes = plan.customers.word("abc")
    value = plan.customers.numbers.get(column, np.full(len(classes), np.nan))
    known = sorted({each for each in classes if each is not None})
    at = known.index(mine)
    for other, lower in ((at + 1, True), (at - 1, False)):
        if not 0 <= other < len(known):
            continue
        here, there = (value[(classes == name) & ~np.isnan(value)] for name in (mine, known[other]))
        words, distance = f"class {known[other]}", 1.0
        if len(here) and len(there):
            edge = here.min() if lower else here.max()
            beyond = there.max() < edge if lower else there.min() > edge
            if beyond:
                distance = _distance(float(own.customers.numbers[column][0]), float(edge))
                words += f", {column} {'below' if lower else 'above'} {as_words(round(float(edge), 2))}"
        yield {"abc": known[other]}, words, distance
