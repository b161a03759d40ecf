"""Truth tables and boundary cases of a rule: its answers below, at and above each of its limits."""

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.errors import CapabilityError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.frames import is_missing
from kundkarriar.rules.comparison import Comparison, Limit, OneOf, Within
from kundkarriar.rules.condition import Condition, Question

MOST_ROWS = 20_000
ANOTHER_TEXT = "something else"


def truth_table(rule: Any) -> pd.DataFrame:
    """Every combination of values around the rule's limits, and whether the rule holds for it.

    For each column that the rule reads: values just below, at and above each limit, each text it names and one
    it does not, and a missing value. The step is 1 around a whole limit, and a hundredth of any other.

    Args:
        rule: a condition, or what has one as its `when` (a strategy, a rung).

    Returns:
        A row per combination: the columns that the rule reads, and `holds`.

    Raises:
        CapabilityError: a function in place of `kk.column(...)`, whose limits cannot be seen; more than 20,000
            combinations.

    >>> import kundkarriar as kk
    >>> truth_table((kk.column("age") >= 18) & kk.column("city").equals("Örebro"))
         age            city  holds
    0   17.0          Örebro  False
    1   17.0  something else  False
    2   17.0            None  False
    3   18.0          Örebro   True
    4   18.0  something else  False
    5   18.0            None  False
    6   19.0          Örebro   True
    7   19.0  something else  False
    8   19.0            None  False
    9    NaN          Örebro  False
    10   NaN  something else  False
    11   NaN            None  False
    """
    condition = condition_of(rule)
    values = _values_by_column(condition)
    rows = prod(map(len, values.values()))
    if rows > MOST_ROWS:
        raise CapabilityError.because(
            f"a truth table has at most {MOST_ROWS:,} rows, and `{condition}` makes {rows:,}.",
            hint="ask for the table of its parts, or kk.testing.boundary_customers(rule).",
        )
    table = _frame(values, list(product(*values.values())))
    return table.assign(holds=condition.holds(table))


def boundary_customers(rule: Any) -> pd.DataFrame:
    """Customers just below, at and above each of the rule's limits, chosen so that the limit decides the answer.

    One column is varied at a time. The others are held at values for which the varied column changes the answer. A
    column that never changes it has the same answer on all its rows: check whether the rule needs it.

    Args:
        rule: a condition, or what has one as its `when` (a strategy, a rung).

    Returns:
        customer_id (1, 2, ...), varied (the column), the columns that the rule reads, and `holds`.

    Raises:
        CapabilityError: a function in place of `kk.column(...)`, whose limits cannot be seen.

    >>> import kundkarriar as kk
    >>> boundary_customers(kk.column("p_alive") < 0.5)
       customer_id   varied  p_alive  holds
    0            1  p_alive    0.495   True
    1            2  p_alive    0.500  False
    2            3  p_alive    0.505  False
    3            4  p_alive      NaN  False
    """
    condition = condition_of(rule)
    values = _values_by_column(condition)
    settings = {name: dict(zip(values, _deciding_setting(condition, values, name), strict=True)) for name in values}
    cases = [(name, value) for name, tried in values.items() for value in tried]
    table = _frame(values, [tuple((settings[name] | {name: value}).values()) for name, value in cases])
    holds = condition.holds(table)
    table.insert(0, "varied", [name for name, _ in cases])
    table.insert(0, "customer_id", np.arange(1, len(table) + 1))
    return table.assign(holds=holds)


def condition_of(rule: Any) -> Condition:
    """The condition of a rule: the rule itself, or its `when`.

    Raises:
        CapabilityError: the rule is not a condition and has none.
    """
    condition = rule if isinstance(rule, Condition) else attribute_of(rule, "when")
    if not isinstance(condition, Condition):
        raise CapabilityError.because(
            f"`rule` must be a condition, or have one: a {type(rule).__name__} has no limits that can be seen.",
            hint="pass a condition, kk.column(...) >= 4, or a strategy or rung that has one.",
        )
    return condition


def comparisons_of(condition: Condition) -> tuple[Question, ...]:
    """The comparisons that a condition contains, each with the column compared.

    Raises:
        CapabilityError: the condition contains a user's function, whose limits are unknown.
    """
    for function in condition.functions():
        raise CapabilityError.because(
            f"the limits of `{function}` cannot be seen: it is a Python function.",
            hint="write it with kk.column(...), or try it on your own customers: kk.testing.check_rule(rule).",
        )
    return condition.questions()


def _values_by_column(condition: Condition) -> dict[str, list[Any]]:
    """The values to try in each column, sorted; last None, the missing value."""
    values: dict[str, list[Any]] = {}
    for compared in comparisons_of(condition):
        values.setdefault(compared.column, []).extend(_values_around(compared.comparison))
    return {name: [*_distinct_sorted(tried), None] for name, tried in values.items()}


def _values_around(comparison: Comparison) -> list[Any]:
    """Values for which a comparison is true and values for which it is false."""
    if isinstance(comparison, Limit):
        return _around_limit(comparison.value)
    if isinstance(comparison, Within):
        return [*_around_limit(comparison.low), *_around_limit(comparison.high)]
    if isinstance(comparison, OneOf):
        first = comparison.values[0]  # noqa: PD011 - not a frame
        if isinstance(first, bool):
            return [True, False]
        other = ANOTHER_TEXT if isinstance(first, str) else max(map(float, comparison.values)) + 1
        return [*comparison.values, other]  # noqa: PD011 - not a frame
    return [0.0]


def _around_limit(limit: float) -> list[float]:
    """Just below, at and just above a limit."""
    step = 1.0 if limit.is_integer() else abs(limit) / 100
    return [limit - step, limit, limit + step]


def _distinct_sorted(values: list[Any]) -> list[Any]:
    """Distinct values, numbers in ascending order; the 0.0 tried for `is_missing` is dropped beside texts or truths."""
    once = list(dict.fromkeys(values))
    if any(isinstance(value, str | bool) for value in once):
        return [value for value in once if isinstance(value, str | bool)]
    return sorted(once)


def _deciding_setting(condition: Condition, values: dict[str, list[Any]], name: str) -> tuple[Any, ...]:
    """Values of all columns at which `name` decides the answer; the first value of each column where it never does.

    Settings without missing values are tried first: they are easier to read.
    """
    at = list(values).index(name)
    known = {other: [value for value in tried if not is_missing(value)] for other, tried in values.items()}
    for choices in (known, values):
        others = [[None] if other == name else tried for other, tried in choices.items()]
        settings = _combinations(others, most=MOST_ROWS // len(values[name]))
        rows = [(*s[:at], value, *s[at + 1 :]) for s in settings for value in values[name]]
        holds = condition.holds(_frame(values, rows)).reshape(len(settings), -1)
        deciding = np.flatnonzero(holds.any(axis=1) & ~holds.all(axis=1))
        if len(deciding):
            return settings[int(deciding[0])]
    return tuple(tried[0] for tried in known.values())


def _combinations(choices: list[list[Any]], *, most: int) -> list[tuple[Any, ...]]:
    """All combinations, or `most` of them drawn at random with a fixed seed where there are more."""
    if prod(map(len, choices)) <= most:
        return list(product(*choices))
    generator = np.random.default_rng(0)
    at = [generator.integers(len(tried), size=most) for tried in choices]
    return [tuple(tried[i] for tried, i in zip(choices, row, strict=True)) for row in zip(*at, strict=True)]


def _frame(values: dict[str, list[Any]], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Rows as a frame; a missing value is NaN in a column of numbers, None in one of texts or truth values."""
    columns = {}
    for at, (name, tried) in enumerate(values.items()):
        kind = object if any(isinstance(value, str | bool) for value in tried) else np.float64
        columns[name] = pd.Series(np.array([row[at] for row in rows], dtype=kind), dtype=kind)
    return pd.DataFrame(columns)
