"""What rungs remember: whether the rung at the next month end depends on more than the rung now and the month between.

Rungs without memory move by a Markov chain of months. A rung that asks for twelve months of purchases does not: which
of its customers leave it is a matter of when they bought, which the rung does not tell.
"""

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import product

import numpy as np
import pandas as pd

from kundkarriar.arrays import Mask, Whole
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.ladder.rungs.lapse import Lapse
from kundkarriar.ladder.rungs.rung import Rung
from kundkarriar.ladder.rungs.rung_facts import is_attribute
from kundkarriar.rules.condition import Condition, Joined, Negation, Question

OF_THE_MONTH = ("purchase_days_1M", "value_1M")
"""Facts of the last month alone; at a month end, of the calendar month."""
COUNTED = 2
"""Purchase days that rungs may tell apart without memory: none, one, two or more. Of a third and later ones the rung
does not say how many are still lacking."""
MOST_EVER, MOST_FREE = 4, 4
"""Most counts of ever, and most other things than purchases of the month, whose combinations are looked through."""
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
    of_rungs = {rung.name: what for rung in rungs if (what := _memory(rung)) is not None} or _untold(rungs)
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


def _untold(rungs: Sequence[Rung]) -> dict[str, str]:
    """Rungs that do not tell what has ever happened, where later rungs depend on it, and what that is.

    Such is a rung of the month above a rung of ever: who leaves it comes to that rung or to none, by what was before.
    Two counts of ever are alike if the same month brings the same rung after both, and counts that are alike again; on
    a rung without memory all are. Of ladders that ask too many things together nothing is said.
    """
    leaves = tuple(dict.fromkeys(leaf for rung in rungs for each in rung.conditions for leaf in each.leaves()))
    ever = list(dict.fromkeys(leaf.column for leaf in leaves if isinstance(leaf, Question) and _is_ever(leaf.column)))
    asked = [leaf for leaf in leaves if isinstance(leaf, Question) and leaf.column == OF_THE_MONTH[0]]
    free = [leaf for leaf in leaves if leaf not in asked and not set(leaf.needs) <= set(ever)]
    if not ever or len(ever) > MOST_EVER or len(free) > MOST_FREE:
        return {}
    limits = [max(int(limit), 0) for leaf in asked for limit in leaf.comparison.limits]
    bought = sorted({0, 1, COUNTED, *limits, *(limit + 1 for limit in limits)})
    months = np.array([*product(bought, *([0, 1] for _ in free))])
    least = [int(name == "purchase_days") for name in ever]  # whoever has bought nothing is no customer yet
    counts = np.array([*product(*(range(low, COUNTED + 1) for low in least))])
    frame = {name: pd.DataFrame({name: counts[:, at].astype(float)}) for at, name in enumerate(ever)}
    frame[OF_THE_MONTH[0]] = pd.DataFrame({OF_THE_MONTH[0]: months[:, 0].astype(float)})
    answers = {leaf: months[None, :, at + 1] > 0 for at, leaf in enumerate(free)}
    answers |= {leaf: leaf.holds(frame[OF_THE_MONTH[0]])[None] for leaf in asked}
    answers |= {leaf: leaf.holds(frame[leaf.needs[0]])[:, None] for leaf in leaves if leaf not in answers}
    rung = _rung_at(rungs, answers, (len(counts), len(months)))
    possible = np.ones(rung.shape, dtype=bool)
    grown = np.minimum(counts[:, None, None] + (counts - least)[None, :, None], COUNTED)  # now, what happens, the month
    grown = np.broadcast_to(grown, (len(counts), len(counts), len(months), len(ever))).copy()
    if "purchase_days" in ever:
        at = ever.index("purchase_days")
        possible = counts[:, at, None] >= np.minimum(months[:, 0], COUNTED)
        grown[..., at] = np.minimum(counts[:, at, None, None] + months[:, 0], COUNTED)
    sizes = [COUNTED + 1 - low for low in least]
    then = np.ravel_multi_index(tuple(np.moveaxis(grown - least, -1, 0)), sizes)
    next_rung, alike = rung[then, np.arange(len(months))], np.zeros(len(counts), np.int64)
    for _ in counts:
        told = np.stack([next_rung, alike[then]], axis=-1).reshape(len(counts), -1)
        alike = np.unique(told, axis=0, return_inverse=True)[1].ravel()
    answer = {}
    for number, each in enumerate(rungs):
        on = np.flatnonzero(((rung == number) & possible).any(axis=1))
        if len(other := on[alike[on] != alike[on[:1]]]):
            answer[each.name] = ever[int(np.flatnonzero(counts[other[0]] != counts[on[0]])[0])]
    return answer


def _rung_at(rungs: Sequence[Rung], answers: Mapping[Condition, Mask], shape: tuple[int, int]) -> Whole:
    """The highest rung that holds by the answers of the leaves, (counts, months); -1 without one."""

    def holds(condition: Condition) -> Mask:
        if isinstance(condition, Negation):
            return ~holds(condition.negated)
        if isinstance(condition, Joined):
            parts = [holds(part) for part in condition.parts]
            return reduce(np.logical_and if condition.how == "all" else np.logical_or, parts)
        return np.broadcast_to(answers[condition], shape)

    on, highest = np.zeros((len(rungs), *shape), dtype=bool), np.full(shape, -1)
    names = [rung.name for rung in rungs]
    for number, rung in enumerate(rungs):
        on[number] = holds(rung.when)
        if rung.after is not None:
            on[number] &= on[names.index(rung.after.rung) : number].any(axis=0)
        if rung.proxy is not None:
            on[number] |= holds(rung.proxy)
        highest[on[number]] = number
    return highest


def _is_ever(name: str) -> bool:
    """Whether a column counts what has ever happened, so that it never falls."""
    return name == "purchase_days" or (is_event_column(name) and _counts_ever(EventColumn.checked(name)))


def _tells_first_two(question: Question) -> bool:
    """Whether the comparison tells counts apart that never fall, and none beyond the first two."""
    name = question.column
    if not _is_ever(name):
        return False
    count = np.arange(max((*question.comparison.limits, COUNTED)) + 2)
    changes = np.flatnonzero(np.diff(question.holds(pd.DataFrame({name: count.astype(np.float64)}))))
    return not len(changes) or int(changes[-1]) < COUNTED


def _counts_ever(column: EventColumn) -> bool:
    return column.measure is None and column.window is None
