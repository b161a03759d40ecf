"""Monthly contribution of each state, and other numbers by rung, as users give them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from kundkarriar.arguments import MONEY, MOST, Number, refusal
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, refuse_rows, require
from kundkarriar.ladder.career_panel import State
from kundkarriar.ladder.movement.state_columns import rungs_of


def contribution_by_state(states: Sequence[State], given: Any) -> Array:
    """Monthly contribution of each state, (S,), from a mapping by rung or a frame.

    A mapping is of customers who have not lapsed; the contribution of lapsed customers is then 0.

    Raises:
        DataError: a state has no contribution, or one that is not finite.
    """
    names = rungs_of(states)
    hint = f"money a month of each: contribution={dict.fromkeys(names, 0.0)}."
    if isinstance(given, Mapping):
        if lacking := [name for name in names if name not in given]:
            raise DataError.because(f"`contribution` lacks {lacking}.", hint=hint)
        money = by_rung(given, "contribution", rungs=names)
        return np.array([0.0 if state.lapsed else money[state.rung] for state in states])
    try:
        frame = narrow(given, need="contribution")
    except DataError:
        raise refusal(given, "contribution", law="money by rung, as a mapping or a frame", hint=hint) from None
    require(frame, ["rung", "contribution"], need="contribution")
    values = numbers(frame, "contribution", need="contribution", of="rung")
    law = f"contribution needs amounts of at most {MOST:g} in `contribution`"
    refuse_rows(frame, np.abs(values) > MOST, law, hint="count money in larger units.", shown=["rung", "contribution"])
    require_known(dict.fromkeys(frame["rung"].to_list()), "`contribution`", rungs=names)
    flags = frame["lapsed"].to_list() if "lapsed" in frame.columns else [None] * len(frame)
    rows = list(zip(frame["rung"].to_list(), flags, strict=True))
    if twice := sorted({str(row[0]) for row in rows if rows.count(row) > 1}):
        raise DataError.because(f"`contribution` names {twice} more than once.", hint="keep one row of each.")
    table = dict(zip(rows, values.tolist(), strict=True))
    if missing := [str(state) for state in states if (state.rung, state.lapsed) not in table]:
        raise DataError.because(
            f"`contribution` lacks {missing}.", hint="movement.contribution(careers, margin=0.3) has them all."
        )
    return np.array([table[state.rung, state.lapsed] for state in states])


def by_rung(given: Any, name: str, *, rungs: Sequence[str], law: Number = MONEY) -> dict[str, float]:
    """Numbers by rung.

    Args:
        given: a mapping from some of the rungs.
        name: of the argument.
        rungs: those that there are.
        law: of each number.

    Raises:
        DataError: no mapping, an empty one, another rung, or a number that `law` refuses.

    >>> by_rung({"client": -1}, "spend", rungs=["trial buyer", "client"], law=Number(least=0))
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `spend['client']` must be a finite number of at least 0, got -1.
    <BLANKLINE>
    Hint: write spend={'client': 1.0}.
    """
    if not isinstance(given, Mapping) or not given:
        raise refusal(given, name, law="numbers by rung", hint=f"write {name}={{{rungs[0]!r}: {law.example}}}.")
    require_known(given, f"`{name}`", rungs=rungs)
    return {
        rung: law.read(value, f"{name}[{rung!r}]", hint=f"write {name}={{{rung!r}: {law.example}}}.")
        for rung, value in given.items()
    }


def require_known(names: Any, what: str, *, rungs: Sequence[str]) -> None:
    """Refuse names of rungs that a movement does not know."""
    if unknown := [name for name in names if name not in rungs]:
        raise DataError.because(
            f"{what} names rungs that the movement does not know: {unknown}.", hint=f"its rungs are {list(rungs)}."
        )
