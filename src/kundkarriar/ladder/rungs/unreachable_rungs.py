"""Refusal of rungs that no customer can be on.

Conditions are evaluated on combinations of values that cover every case which the conditions distinguish.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask
from kundkarriar.errors import DataError
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.rules.comparison import OneOf
from kundkarriar.rules.condition import Condition

MOST_CASES = 1_000_000
"""Ladders with more combinations of values than this are accepted without the check."""

COUNTS = ("purchase_days", "purchase_days_12M")


def refuse_unreachable_rungs(rungs: Sequence[Rung]) -> None:
    """Refuse a ladder with a rung that no customer can be on.

    A rung whose condition is a user's function counts as reachable and does not block lower rungs, for the function may
    return anything. A rung that requires time on another rung blocks lower rungs by its proxy only.

    Raises:
        DataError: a rung's condition never holds, or only where a higher rung's does; or a lower bar keeps nobody.
    """
    for rung in rungs:
        _refuse_idle_lower_bar(rung)
    frame = value_combinations([condition for rung in rungs for condition in rung.conditions])
    if frame is None:
        return
    for number, rung in enumerate(rungs):
        if any(condition.functions() for condition in rung.conditions):
            continue
        holds = np.logical_or.reduce([condition.holds(frame) for condition in rung.conditions])
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
    """Whether some customer without any known event can meet the rung's condition."""
    frame = value_combinations(rung.conditions)
    if frame is None or any(condition.functions() for condition in rung.conditions):
        return True
    events = [name for name in frame.columns if is_event_column(name)]
    unknown = frame.assign(**dict.fromkeys(events, np.nan))
    return any(condition.holds(unknown).any() for condition in rung.conditions)


def value_combinations(conditions: Iterable[Condition]) -> pd.DataFrame | None:
    """Combinations of values that cover every case which the conditions distinguish, one row each; None if too many.

    Each column has the limits that it is compared with, values between and beyond them, and a missing value. Counts are
    whole and not negative; purchase days of 12 months are at most all purchase days, active quarters at most four.
    """
    edges: dict[str, set[Any]] = {}
    for compared in itertools.chain.from_iterable(condition.questions() for condition in conditions):
        match compared.comparison:
            case OneOf(values=limits):
                pass
            case other:
                limits = other.limits
        edges.setdefault(compared.column, set()).update(limits)
    shared = set().union(range(5), *(edges[name] for name in COUNTS if name in edges))
    values = {name: _values(name, shared if name in COUNTS else own) for name, own in edges.items()}
    if math.prod(map(len, values.values())) > MOST_CASES:
        return None
    frame = pd.DataFrame(list(itertools.product(*values.values())), columns=list(values))
    return frame[_possible(frame)].reset_index(drop=True)


def _values(name: str, edges: set[Any]) -> list[Any]:
    """The limits of a column, a value between any two of them, one beyond either end, and a missing one."""
    kinds = {str if isinstance(edge, str) else bool if isinstance(edge, bool) else float for edge in edges}
    if len(kinds) > 1:
        raise DataError.because(
            f"the column `{name}` is compared with values of several kinds: {', '.join(sorted(map(repr, edges)))}.",
            hint="a column holds text, numbers or truth values.",
        )
    if kinds == {str}:
        return [*sorted(edges), "\0", None]
    if kinds == {bool}:
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


def _refuse_idle_lower_bar(rung: Rung) -> None:
    """Refuse a lower bar that is nowhere lower than the condition: most likely the two changed places."""
    keep = None if rung.hold is None else rung.hold.keep
    if keep is None or keep.functions() or rung.when.functions():
        return
    frame = value_combinations([rung.when, keep])
    if frame is not None and not (keep.holds(frame) & ~rung.when.holds(frame)).any():
        raise DataError.because(
            f"the rung `{rung.name}` keeps nobody: wherever `{keep}` holds, `{rung.when}` holds too.",
            hint="`keep` is the lower bar, what is enough to stay; `when` is what it takes to come.",
        )


def _possible(frame: pd.DataFrame) -> Mask:
    """Which combinations a purchase history can have, (rows,)."""
    possible = np.ones(len(frame), dtype=bool)
    for less, more in itertools.combinations(("quarters_active_12M", "purchase_days_12M", "purchase_days"), 2):
        if less in frame and more in frame:
            possible &= (frame[less] <= frame[more]).to_numpy()
    if "quarters_active_12M" in frame and "purchase_days_12M" in frame:
        possible &= ((frame["quarters_active_12M"] > 0) == (frame["purchase_days_12M"] > 0)).to_numpy()
    return possible


def _blocks(rung: Rung, frame: pd.DataFrame) -> Mask:
    """Where the rung holds for certain, whatever the customer's earlier rungs, (rows,)."""
    sufficient = [rung.when] if rung.after is None else []
    sufficient += [] if rung.proxy is None else [rung.proxy]
    answers = [condition.holds(frame) for condition in sufficient if not condition.functions()]
    return np.asarray(np.logical_or.reduce([np.zeros(len(frame), dtype=bool), *answers]))
