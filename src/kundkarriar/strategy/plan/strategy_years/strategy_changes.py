"""Strategies that change from one plan to the next: which, since when they stood, and whether their year was out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arguments import SAYS_SOMETHING, refusal
from kundkarriar.arrays import Mask, Whole
from kundkarriar.dates.calendar_months import months_on
from kundkarriar.dates.period import day_number
from kundkarriar.errors import DataError
from kundkarriar.strategy.amount_text import quantity
from kundkarriar.strategy.plan.plan_data import PlanData
from kundkarriar.strategy.plan.strategy_years.catalogue import Catalogue
from kundkarriar.strategy.plan.strategy_years.changed_strategy import ChangedStrategy
from kundkarriar.strategy.specs.playbook import Playbook, strategies_hold
from kundkarriar.strategy.specs.strategy import Strategy

MONTHS = 12
"""A strategy is reviewed once a year: changed more often, it has no results to be seen."""
FORCE_HINT = 'write force="the supplier went bankrupt".'


class Standing(NamedTuple):
    """How the strategies of a plan stand against those of the plan before.

    Attributes:
        since: for each strategy, the day since which it stands unchanged.
        force: the reason for changes before a year is out; None: there are none.
        changed: the strategies of the plan before that changed.
    """

    since: tuple[str, ...]
    force: str | None
    changed: tuple[ChangedStrategy, ...]


def standing(
    playbook: Playbook,
    previous: PlanData[Any] | None,
    *,
    catalogue: Catalogue,
    frame: Any,
    start: str,
    force: Any,
    need: str,
) -> Standing:
    """How the strategies of `playbook` stand on the day `start`, for the customers of `frame`.

    `catalogue` has the actions of the plan that starts there.

    A strategy that is as in the plan before keeps its day. One that is new or changed stands since `start`: not since
    its `valid_from`, as results begin with the first plan that has it.

    Raises:
        DataError: a strategy changes before its year is out, and no reason is given; a reason says nothing, or is given
            where it changes nothing.
    """
    strategies = playbook.strategies
    reason = None if force is None else SAYS_SOMETHING.read(force, "force", hint=FORCE_HINT)
    if previous is None:
        if reason is not None:
            law = "None without `previous`, the plan whose strategies change"
            raise refusal(reason, "force", law=law, hint="write previous=planner.plan(...), or leave it out.")
        return Standing((start,) * len(strategies), None, ())
    before = _by_name(previous.playbook)
    days = dict(zip(before, previous.since, strict=True))
    changed = tuple(_changed(playbook, previous, catalogue, frame=frame, since=days))
    early = [each for each in changed if each.is_early(start)]
    if reason is None and early:
        raise _too_early(early, of=len(before), need=need)
    if reason is not None and not early:
        law = "None where no strategy changes before its year is out"
        raise refusal(reason, "force", law=law, hint="leave it out: the plan needs no reason.")
    unchanged = days.keys() - {each.name for each in changed}
    return Standing(tuple(days[each.name] if each.name in unchanged else start for each in strategies), reason, changed)


def _changed(
    playbook: Playbook, previous: PlanData[Any], catalogue: Catalogue, *, frame: Any, since: Mapping[str, str]
) -> Iterator[ChangedStrategy]:
    """The strategies of the plan before that are other ones now, gone, or lose customers to one now before them."""
    before, now = _by_name(previous.playbook), _by_name(playbook)
    places, then = {name: at for at, name in enumerate(now)}, Catalogue.of(previous)
    how = {}
    for at, (name, each) in enumerate(before.items()):
        actions = _other_actions(then, catalogue, each, now[name], at=(at, places[name])) if name in now else ""
        how[name] = ", ".join(_differences(each, now.get(name), actions=actions))
    if list(before) != list(now) or any(how.values()):
        taken = _taken(previous.playbook, playbook, frame)
        how = {name: words or taken.get(name, "") for name, words in how.items()}
    for at, (name, each) in enumerate(before.items()):
        if how[name]:
            yield ChangedStrategy(
                name=name,
                change=how[name],
                since=since[name],
                until=_last_day(each, since[name]),
                customers=int((previous.ledger.strategy == at).sum()),
            )


def _other_actions(then: Catalogue, today: Catalogue, before: Strategy, now: Strategy, *, at: tuple[int, int]) -> str:
    """In which actions a strategy is another one, in words; "" for in none.

    Where it draws on the catalogue, before or now, what its customers could not be given makes no difference: the
    catalogue has actions for the customers of all strategies.
    """
    had, has = then.kinds(before), today.kinds(now)
    gone, new = had - has, has - had
    if not (before.actions and now.actions):
        gone, new = gone & then.possible(at[0]), new & today.possible(at[1])
    before_names, now_names = {name for name, *_ in gone}, {name for name, *_ in new}
    words = [
        *(f"with {name!r}" for name in sorted(now_names - before_names)),
        *(f"another {name!r}" for name in sorted(now_names & before_names)),
        *(f"without {name!r}" for name in sorted(before_names - now_names)),
    ]
    return f"other actions ({', '.join(words)})" if words else ""


def _differences(before: Strategy, now: Strategy | None, *, actions: str) -> Iterator[str]:
    """In what a strategy is another one than before; texts and a later end are no difference.

    `actions` says in which actions. Another value of its target makes no difference, nor the first target that it gets.
    """
    if now is None:
        yield "removed"
        return
    if before.when != now.when:
        yield "another condition"
    if before.objective != now.objective:
        yield "another objective"
    if actions:
        yield actions
    for name in ("forbids", "prefers"):
        if set(getattr(before, name)) != set(getattr(now, name)):
            yield f"{name} others"
    if before.target is not None and (now.target is None or before.target.metric != now.target.metric):
        yield "another target"
    if now.valid_until is not None and (before.valid_until is None or now.valid_until < before.valid_until):
        yield "an earlier end"


def _taken(before: Playbook, playbook: Playbook, frame: Any) -> dict[str, str]:
    """By name, what strategies lose: customers of `frame` whom they had by the playbook before, and another has now.

    A strategy of the same condition loses customers only to one that did not come before it, or whose condition is
    wider now. Customers that it gains do not make it another one: those whom it had are still to be compared.
    """
    now = strategies_hold(playbook.strategies, frame, may_lack=playbook.may_lack)
    known = dict(zip(_by_name(playbook), now, strict=True))
    then = np.array([_held(each, playbook, known, frame, may_lack=before.may_lack) for each in before.strategies])
    first: Whole = now.argmax(axis=0)
    had: Whole = np.where(then.any(axis=0), then.argmax(axis=0), -1)
    lost = {}
    for at, each in enumerate(before.strategies):
        kept = next((place for place, name in enumerate(known) if name == each.name), -1)
        gone = (had == at) & (first != kept)
        if gone.any():
            names = ", ".join(repr(playbook.strategies[to].name) for to in np.unique(first[gone]).tolist())
            lost[each.name] = f"loses {quantity(int(gone.sum()), 'customer')} to {names}"
    return lost


def _held(
    before: Strategy, playbook: Playbook, known: Mapping[str, Mask], frame: Any, *, may_lack: tuple[str, ...]
) -> Mask:
    """Whether the condition of a strategy of the plan before holds for each customer of today, (n,)."""
    now = _by_name(playbook).get(before.name)
    if now is None or now.when != before.when:
        try:
            (holds,) = strategies_hold((before,), frame, may_lack=may_lack)
        except DataError:  # the customers have no longer what it asks for
            pass
        else:
            return np.asarray(holds)
    return known.get(before.name, np.zeros_like(next(iter(known.values()))))


def _last_day(strategy: Strategy, since: str) -> str:
    """The last day of a strategy's year, or of the strategy, if that is earlier."""
    end = int(months_on(day_number(np.datetime64(since, "D")), MONTHS, to_last=False)) - 1
    year = str(np.datetime64(end, "D"))
    return min(year, strategy.valid_until or year)


def _by_name(playbook: Playbook) -> dict[str, Strategy]:
    return {each.name: each for each in playbook.strategies}


def _too_early(changed: list[ChangedStrategy], *, of: int, need: str) -> DataError:
    early = sorted(changed, key=lambda each: -each.customers)  # the first rows are shown
    rows: dict[str, list[Any]] = {
        "strategy": [each.name for each in early],
        "change": [each.change for each in early],
        "since": [each.since for each in early],
        "until": [each.until for each in early],
        "customers": [each.customers for each in early],
    }
    free = np.datetime64(max(rows["until"]), "D") + 1
    return DataError.at_rows(
        f"{need}: the strategies of `previous` stand unchanged for {MONTHS} months, or their results cannot be seen",
        rows,
        of=of,
        unit="strategies",
        hint=f'keep them as they are until their year is out: from {free} on they may change. Or write force="reason": '
        "the reason is kept, and what the strategies before did cannot be judged.",
    )
