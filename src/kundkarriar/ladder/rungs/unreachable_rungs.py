"""Whether a rung can ever win: decided on the values between which no condition changes its answer."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from kundkarriar.errors import DataError
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.rules.comparison import Limit, OneOf, Within

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from kundkarriar.ladder.rungs.rung import Rung
    from kundkarriar.rules.column import Question
    from kundkarriar.rules.condition import Condition

MOST_CASES = 1_000_000
"""Ladders with more combinations of boundary values than this are not decided."""

COUNTS = ("purchase_days", "purchase_days_12M")


def check_winnable(rungs: Sequence[Rung]) -> None:
    """Refuse a ladder in which some rung never wins.

    A function of the user's may answer anything, so a rung that asks one may win, and does not stand in the way
    of others. A rung that opens only after time on another does not stand in their way either.

    Raises:
        DataError: a rung's condition never holds, or only where a higher rung's does; or what should keep a rung
            keeps nobody.
    """
    for rung in rungs:
        _check_keep(rung)
    frame = cases([asked for rung in rungs for asked in rung.conditions])
    if frame is None:
        return
    for number, rung in enumerate(rungs):
        if any(asked.functions() for asked in rung.conditions):
            continue
        holds = np.logical_or.reduce([asked.holds(frame) for asked in rung.conditions])
        if not holds.any():
            raise DataError.because(
                f"the rung `{rung.name}` can never win: nobody can meet `{rung.when}`.",
                hint="ask for what a customer's facts can be: see kk.facts(transactions, as_of=...).",
            )
        above = [higher for higher in rungs[number + 1 :] if _blocks(higher, frame)[holds].any()]
        if above and np.logical_or.reduce([_blocks(higher, frame)[holds] for higher in above]).all():
            names = " or ".join(f"`{higher.name}`" for higher in above)
            raise DataError.because(
                f"the rung `{rung.name}` can never win: wherever `{rung.when}` holds, {names} holds too "
                "and stands higher.",
                hint="order the rungs from low to high, and ask more of the higher ones.",
            )


def reachable_without_events(rung: Rung) -> bool:
    """Whether some customer could meet the rung's condition were no event known."""
    frame = cases(rung.conditions)
    if frame is None or any(asked.functions() for asked in rung.conditions):
        return True
    events = [name for name in frame.columns if is_event_column(name)]
    unknown = frame.assign(**dict.fromkeys(events, np.nan))
    return any(asked.holds(unknown).any() for asked in rung.conditions)


def cases(conditions: Iterable[Condition]) -> pd.DataFrame | None:
    """Every combination of values that some condition could tell apart: one row each.

    Counts are whole and not negative, purchase days of 12 months at most all purchase days, active quarters at
    most four. None where there are too many combinations to try.
    """
    edges: dict[str, set[Any]] = {}
    for question in itertools.chain.from_iterable(asked.questions() for asked in conditions):
        edges.setdefault(question.column, set()).update(_edges(question))
    shared = set().union(range(5), *(edges[name] for name in COUNTS if name in edges))
    values = {name: _values(name, shared if name in COUNTS else found) for name, found in edges.items()}
    if math.prod(map(len, values.values())) > MOST_CASES:
        return None
    frame = pd.DataFrame(list(itertools.product(*values.values())), columns=list(values))
    return frame[_possible(frame)].reset_index(drop=True)


def _values(name: str, edges: set[Any]) -> list[Any]:
    """A value on each edge, one between any two, one beyond either end, and none."""
    if any(isinstance(edge, str) for edge in edges):
        return [*sorted(edges), "\0", None]
    if any(isinstance(edge, bool) for edge in edges):
        return [True, False, None]
    if _is_count(name):
        near = {whole + step for edge in edges for whole in (math.floor(edge),) for step in (-1, 0, 1, 2)}
        most = 4 if name.startswith("quarters_active") else math.inf
        known = [float(value) for value in sorted(near | {0, 1}) if 0 <= value <= most]
        return [*known, np.nan] if is_event_column(name) else known
    ends = sorted(map(float, edges)) or [0.0]
    between = [(low + high) / 2 for low, high in itertools.pairwise(ends)]
    return [ends[0] - 1, *ends, *between, ends[-1] + 1, np.nan]


def _is_count(name: str) -> bool:
    if is_event_column(name):
        return EventColumn.of(name).measure is None
    return name in COUNTS or name.startswith("quarters_active")


def _check_keep(rung: Rung) -> None:
    """Refuse a bar to stay that is nowhere lower than the bar to come: most likely the two changed places."""
    keep = None if rung.hold is None else rung.hold.keep
    if keep is None or keep.functions() or rung.when.functions():
        return
    frame = cases([rung.when, keep])
    if frame is not None and not (keep.holds(frame) & ~rung.when.holds(frame)).any():
        raise DataError.because(
            f"the rung `{rung.name}` keeps nobody: wherever `{keep}` holds, `{rung.when}` holds too.",
            hint="`keep` is the lower bar, what is enough to stay; `when` is what it takes to come.",
        )


def _possible(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """The combinations that a history can have."""
    possible = np.ones(len(frame), dtype=bool)
    for less, more in (
        ("purchase_days_12M", "purchase_days"),
        ("quarters_active_12M", "purchase_days_12M"),
        ("quarters_active_12M", "purchase_days"),
    ):
        if less in frame and more in frame:
            possible &= (frame[less] <= frame[more]).to_numpy()
    if "quarters_active_12M" in frame and "purchase_days_12M" in frame:
        possible &= ((frame["quarters_active_12M"] > 0) == (frame["purchase_days_12M"] > 0)).to_numpy()
    return possible


def _edges(question: Question) -> tuple[Any, ...]:
    match question.test:
        case Limit(value=value):
            return (value,)
        case Within(low=low, high=high):
            return (low, high)
        case OneOf(values=values):
            return values
        case _:
            return ()


def _blocks(rung: Rung, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Where the rung is sure to hold, whatever came before."""
    sure = [rung.when] if rung.after is None else []
    sure += [] if rung.proxy is None else [rung.proxy]
    answers = [asked.holds(frame) for asked in sure if not asked.functions()]
    blocks = np.zeros(len(frame), dtype=bool)
    for answer in answers:
        blocks |= answer
    return blocks
