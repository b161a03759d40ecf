"""`boundary_customers`: customers just below, at and above each limit of a rule, playbook or ladder."""

from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask, Whole
from kundkarriar.rules.comparison import Missing
from kundkarriar.rules.condition import Question
from kundkarriar.testing.boundaries.decider import NOBODY, Decider, decider_of
from kundkarriar.testing.boundaries.tried_values import (
    MOST_ROWS,
    Tried,
    combinations,
    frame_of_rows,
    known_values,
    tried_values,
)

FEW_ROWS = 2_000
"""Settings are looked for among so many rows first, which is quick, and seldom not enough."""


def boundary_customers(rule: Any) -> pd.DataFrame:
    """Customers just below, at and above each of the rule's limits, chosen so that the limit decides the answer.

    One column is varied at a time. The others are held at values for which the varied column changes the answer. A
    column that never changes it has the same answer on all its rows: check whether the rule needs it.

    A playbook is tried at each limit by itself, where the strategy changes, and so is a ladder, where the rung does.
    Of a limit which never decides, all rows have the same strategy.

    Args:
        rule: a condition, or what has one as its `when` (a strategy, a rung); a playbook; a ladder.

    Returns:
        customer_id (1, 2, ...), varied (the column), limit (of a playbook or ladder, as text), the columns that the
        rule reads, and `holds`; `strategy` and `objective` of a playbook; `rung` of a ladder (see `truth_table`).

    Raises:
        CapabilityError: a function in place of `kk.column(...)`, whose limits cannot be seen.

    >>> import kundkarriar as kk
    >>> boundary_customers(kk.column("p_alive") < 0.5)
       customer_id   varied  p_alive  holds
    0            1  p_alive    0.495   True
    1            2  p_alive    0.500  False
    2            3  p_alive    0.505  False
    3            4  p_alive      NaN  False
    >>> clv, rest = kk.column("clv"), ~kk.column("customer_id").is_missing()
    >>> boundary_customers(kk.Playbook(strategies=[
    ...     kk.Strategy(name="thank", when=clv >= 500, objective="appreciate"),
    ...     kk.Strategy(name="rest", when=rest, objective="develop"),
    ... ])).drop(columns="limit")
       customer_id varied    clv strategy   objective
    0            1    clv  499.0     rest     develop
    1            2    clv  500.0    thank  appreciate
    2            3    clv  501.0    thank  appreciate
    3            4    clv    NaN     rest     develop
    """
    decider = decider_of(rule)
    questions = decider.questions()
    values = tried_values(questions)
    if decider.one_of_many:
        limits = [(each.column, str(each), _tried_at(each, values)) for each in questions]
    else:
        limits = [(name, "", tried) for name, tried in values.items()]
    parts = [_around(decider, values, *limit) for limit in limits]
    table = decider.told(pd.concat([frame_of_rows(values, []), *parts], ignore_index=True) if parts else pd.DataFrame())
    lengths = list(map(len, parts))
    table.insert(0, "varied", np.repeat(np.array([name for name, _, _ in limits], dtype=object), lengths))
    if decider.one_of_many:
        table.insert(1, "limit", np.repeat(np.array([words for _, words, _ in limits], dtype=object), lengths))
    if "customer_id" not in table:
        table.insert(0, "customer_id", np.arange(1, len(table) + 1))
    return table


def _tried_at(asked: Question, values: Tried) -> list[Any]:
    """The values to try at one limit; where it tests `is_missing`, one of the column's own and none."""
    own = values[asked.column]
    return [own[0], None] if isinstance(asked.comparison, Missing) else tried_values([asked])[asked.column]


def _around(decider: Decider, values: Tried, name: str, words: str, tried: list[Any]) -> pd.DataFrame:
    """Customers who differ in one column alone, at values of the others for which that column decides."""
    at = list(values).index(name)
    asking = [
        position
        for position, own in enumerate(decider.conditions)
        if any(words in (str(each), "") for one in own for each in one.questions() if each.column == name)
    ]
    choices = {**values, name: tried}
    known = {**known_values(values), name: tried}
    best = (-1, frame_of_rows(choices, []))
    for others, most in ((known, FEW_ROWS), (known, MOST_ROWS), (choices, MOST_ROWS)):
        settings = combinations(
            [[None] if other == name else own for other, own in others.items()], most=most // len(tried)
        )
        frame = frame_of_rows(choices, [(*s[:at], value, *s[at + 1 :]) for s in settings for value in tried])
        first = decider.decide(frame).reshape(len(settings), -1)
        can_be = decider.can_be(frame).reshape(len(settings), -1)
        points = _points(first, can_be, asking=asking)
        row = int(points.argmax())
        if points[row] > best[0]:
            best = int(points[row]), frame[row * len(tried) : (row + 1) * len(tried)][can_be[row]]
        if best[0] > 0:
            break
    return best[1]


def _points(first: Whole, can_be: Mask, *, asking: list[int]) -> Whole:
    """How well each setting shows that the column decides, (settings,): 0 where it does not, -1 where nobody can be so.

    Best is a change between known values, to or from a verdict that asks for it, where everybody has a verdict.
    """
    reference = np.take_along_axis(first, can_be.argmax(axis=1)[:, None], axis=1)
    first = np.where(can_be, first, reference)
    changes = (first != reference).any(axis=1)
    known = (first[:, :-1] != reference).any(axis=1)
    by_it = np.isin(first, asking).any(axis=1)
    covered = (first[:, :-1] != NOBODY).all(axis=1)
    points: Whole = np.where(can_be[:, :-1].any(axis=1), changes * (1 + 4 * known + 2 * by_it + covered), -1)
    return points
