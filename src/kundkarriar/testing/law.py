"""A law that a part of a user's own must keep, and the sentence that says how it is broken."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec

import numpy as np

from kundkarriar.arrays import Array, Mask
from kundkarriar.rules.values import as_words

MOST_COLUMNS, LONGEST_WORD = 8, 24
Given = ParamSpec("Given")


def told_at_the_call(check: Callable[Given, None]) -> Callable[Given, None]:
    """A check whose broken law is raised at the line that calls it: a test report shows no code of the library.

    >>> @told_at_the_call
    ... def check(value):
    ...     require("the value", "be above 0", value > 0, "it is not")
    >>> check(-1)
    Traceback (most recent call last):
    ...
    AssertionError: the value must be above 0, but it is not.
    """

    @wraps(check)
    def called(*args: Given.args, **kwargs: Given.kwargs) -> None:
        __tracebackhide__ = True  # pytest leaves such frames out
        broken = None
        try:
            check(*args, **kwargs)
        except AssertionError as error:
            broken = str(error)
        if broken is not None:  # outside of `except`, so that the inner error is no context of this one
            raise AssertionError(broken)

    return called


def require(
    subject: str,
    law: str,
    holds: Any,
    but: str,
    *,
    customer: Mapping[str, Any] | None = None,
    cases: Mapping[str, Any] | None = None,
    hint: str = "",
) -> None:
    """Raise an error that says what the subject must do, and what it does instead, unless the law holds everywhere.

    Args:
        subject: what is checked: "the model `Mine`".
        law: what it must do.
        holds: whether it does, one truth value or many.
        but: what it does instead, as the end of the sentence.
        customer: the values of the customer at whom it is seen, shown as a small table.
        cases: what was expected and what came, or the answers that differ, a line each.
        hint: what to type.

    >>> require("the model `Mine`", "keep `p_alive` between 0 and 1", [True, False], "it gives 1.2")
    Traceback (most recent call last):
    ...
    AssertionError: the model `Mine` must keep `p_alive` between 0 and 1, but it gives 1.2.
    >>> require("the rule `clv is more than 10`", "not hold", False, "it does on row 0",
    ...         customer={"customer_id": 4, "clv": None}, cases={"expected": "no", "got": "yes"})
    Traceback (most recent call last):
    ...
    AssertionError: the rule `clv is more than 10` must not hold, but it does on row 0.
    <BLANKLINE>
        customer_id      clv
                  4  missing
    <BLANKLINE>
        expected: no
        got:      yes
    """
    if np.all(holds):
        return
    parts = [f"{subject} must {law}, but {but}."]
    if customer:
        parts.append(_table(customer))
    if cases:
        width = max(map(len, cases)) + 1
        parts.append("\n".join(f"    {f'{case}:'.ljust(width)} {told}" for case, told in cases.items()))
    if hint:
        parts.append(f"Hint: {hint}")
    raise AssertionError("\n\n".join(parts))


def first_of(values: Array, broken: Mask) -> float:
    """The first value at which a law is broken; NaN where it holds."""
    return float(values[broken][0]) if broken.any() else np.nan


def row_of(columns: Mapping[str, list[Any]], row: int, names: Any = ()) -> dict[str, Any]:
    """The values of one customer: the id, and the columns named, where there are any."""
    return {name: columns[name][row] for name in dict.fromkeys(["customer_id", *names]) if name in columns}


def _table(customer: Mapping[str, Any]) -> str:
    """One customer as two lines: names of columns above their values."""
    names = list(customer)[:MOST_COLUMNS]
    words = [str(customer[name]) if name == "customer_id" else _short(as_words(customer[name])) for name in names]
    more = [("...", "...")] if len(customer) > MOST_COLUMNS else []
    pairs = [*zip(names, words, strict=True), *more]
    lines = ["  ".join(pair[side].rjust(max(map(len, pair))) for pair in pairs) for side in (0, 1)]
    return "\n".join(f"    {line}" for line in lines)


def _short(word: str) -> str:
    return word if len(word) <= LONGEST_WORD else f"{word[: LONGEST_WORD - 3]}..."
