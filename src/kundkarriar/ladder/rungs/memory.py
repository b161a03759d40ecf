"""What rungs remember: whether the rung at the next month end depends on more than the rung now and the month between.

Rungs without memory move by a Markov chain of months. A rung that asks for twelve months of purchases does not: which
of its customers leave it is a matter of when they bought, which the rung does not tell.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.ladder.rungs.lapse import Lapse
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_facts import is_attribute
from kundkarriar.rules.condition import Condition, Question

OF_THE_MONTH = ("purchase_days_1M", "value_1M")
"""Facts of the last month alone; at a month end, of the calendar month."""
COUNTED = 2
"""Purchase days that rungs may tell apart without memory: none, one, two or more. Of a third and later ones the rung
does not say how many are still lacking."""
LAPSE = "lapsed"


def remembered(rungs: Sequence[Rung], lapse: Lapse | None) -> dict[str, str]:
    """What each rung remembers, by its name; rungs without memory are left out, and `lapsed` names the rule of lapse.

    >>> import kundkarriar as kk
    >>> remembered(*((ladder := kk.CustomerLadder.groups()).rungs, ladder.lapse))["exclusive"]
    'purchase_days_12M'
    >>> often = kk.column("purchase_days_1M") >= 3
    >>> remembered([kk.Rung(name="at times", when=~often), kk.Rung(name="often", when=often)], None)
    {}
    """
    of_rungs = {rung.name: what for rung in rungs if (what := _memory(rung)) is not None}
    return of_rungs if lapse is None else of_rungs | {LAPSE: "days_since_purchase"}


def _memory(rung: Rung) -> str | None:
    """The first thing that a rung remembers; None where it remembers nothing."""
    if rung.after is not None and rung.after.months:
        return f"months on {rung.after.rung}"
    if rung.hold is not None:
        return str(rung.hold)
    leaves = (leaf for condition in rung.all_conditions for leaf in condition.leaves())
    return next((what for leaf in leaves if (what := _memory_of(leaf)) is not None), None)


def _memory_of(leaf: Condition) -> str | None:
    asked = [name for name in leaf.needs if name not in OF_THE_MONTH and not is_attribute(name)]
    if isinstance(leaf, Question) and asked:
        return None if _tells_first_two(leaf) else leaf.column
    return asked[0] if asked else None


def _tells_first_two(question: Question) -> bool:
    """Whether the comparison tells counts apart that never fall, and none beyond the first two."""
    name = question.column
    ever = name == "purchase_days" or (is_event_column(name) and _counts_ever(EventColumn.checked(name)))
    if not ever:
        return False
    count = np.arange(max((*question.comparison.limits, COUNTED)) + 2)
    changes = np.flatnonzero(np.diff(question.holds(pd.DataFrame({name: count.astype(np.float64)}))))
    return not len(changes) or int(changes[-1]) < COUNTED


def _counts_ever(column: EventColumn) -> bool:
    return column.measure is None and column.window is None
