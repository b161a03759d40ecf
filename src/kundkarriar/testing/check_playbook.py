"""`check_playbook`: the laws that a user's own playbook must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import Text, read_names, read_object, refusal
from kundkarriar.errors import DataError
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import is_missing
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.rules.values import as_words
from kundkarriar.strategy.specs.playbook import MAY_LACK, Playbook
from kundkarriar.strategy.specs.unmatched_strategies import unmatched
from kundkarriar.testing.boundaries.tried_values import known_values, tried_values
from kundkarriar.testing.check_rule import check_rule, made_columns
from kundkarriar.testing.frame_libraries import Columns, columns_of, installed_libraries, take
from kundkarriar.testing.law import require, row_of, told_at_the_call

LIBRARIES = Text(among=("pandas", "polars"))
AT_LIMITS, RISING, LEVELS = 12, 40, 12
ALONE = 3
"""The conditions have been tried on more single rows."""
KNOWN_WORDS: dict[str, tuple[str, ...]] = {"abc": ("A", "B", "C", "D"), "group": ("moving", "recurring", "exclusive")}
HINT = "kk.Playbook(strategies=[kk.Strategy(...), ...])."
REST = 'kk.Strategy(name="rest", when=~kk.column("customer_id").is_missing(), objective="harvest")'
ORDER_HINT = 'write monotone={"clv": ["leave", "develop", "thank"]}.'


@told_at_the_call
def check_playbook(
    playbook: Playbook,
    frame: Any = None,
    *,
    monotone: Mapping[str, Iterable[str]] | None = None,
    kinds: Iterable[str] = ("pandas", "polars"),
) -> None:
    """Check that a playbook keeps the laws that plans rely on.

    Everyone has a strategy, at each limit of its conditions too, and each strategy can be some customer's. Each
    condition keeps the laws of `check_rule`. The strategy of a customer is the same in pandas and polars, in any order
    of the rows, whoever else is in the frame; and the frame is not changed.

    `monotone` states laws of your own: with a higher value of a column, all else equal, a customer never gets a
    strategy that stands earlier in a list; and with a missing one it gets none that stands later than with any value.

    Args:
        playbook: the strategies.
        frame: customers on which it is tried, with the columns that it reads; None simulates some.
        monotone: strategies in rising order by column: {"clv": ["leave", "develop", "thank"]}. Those not listed are
            not compared.
        kinds: the libraries that it must work with. polars is tried where it is installed.

    Raises:
        AssertionError: a law is broken; the text says which, and shows the first customer at whom it is seen.
        DataError: the simulated customers lack a column that only a user's function reads; pass a `frame`.

    >>> import kundkarriar as kk
    >>> clv, everybody = kk.column("clv"), ~kk.column("customer_id").is_missing()
    >>> thank = kk.Strategy(name="thank", when=clv >= 500, objective="appreciate")
    >>> rest = kk.Strategy(name="rest", when=everybody, objective="develop")
    >>> check_playbook(kk.Playbook(strategies=[thank, rest]), monotone={"clv": ["rest", "thank"]})
    >>> low = kk.Strategy(name="low", when=clv < 500, objective="develop")
    >>> check_playbook(kk.Playbook(strategies=[thank, low]))
    Traceback (most recent call last):
    ...
    AssertionError: the playbook must give every customer a strategy, but 12 of 156 have none, the first of them.
    <BLANKLINE>
        customer_id      clv
                  7  missing
    <BLANKLINE>
        expected: 'thank' or 'low'
        got:      none
    <BLANKLINE>
    Hint: add a last strategy that takes the rest: kk.Strategy(name="rest",
    when=~kk.column("customer_id").is_missing(), objective="harvest").
    """
    read_object(playbook, "playbook", kind=Playbook, hint=HINT)
    kinds = read_names(kinds, "kinds", law=LIBRARIES, empty=False)
    makers = {kind: make for kind, make in installed_libraries().items() if kind in kinds}
    if not makers:
        raise DataError.because(f"`kinds` names no library that is installed: {kinds}.", hint='write kinds=["pandas"].')
    orders = _orders(monotone, playbook)
    columns = _simulated(playbook) if frame is None else _own(playbook, frame)
    tried = _Tried(playbook=playbook, columns=_with_limits(playbook, columns), makers=makers)
    own = None if frame is None else next(iter(makers.values()))(columns)
    for each in playbook.strategies:
        check_rule(each, own, kinds=kinds)
    _check_covered(tried)
    _check_reached(tried)
    _check_row_by_row(tried)
    for name, order in orders.items():
        _check_monotone(tried, name, order)


@frozen(kw_only=True)
class _Tried:
    """A playbook, the customers it is tried on, and the libraries that make a frame of them."""

    playbook: Playbook
    columns: Columns = field(repr=False)
    makers: Mapping[str, Callable[[Columns], Any]]

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that the strategies read, in order."""
        return _needs(self.playbook)

    def frame(self, columns: Columns | None = None) -> Any:
        """The customers in the first library."""
        return next(iter(self.makers.values()))(self.columns if columns is None else columns)

    def customer(self, row: int, columns: Columns | None = None) -> dict[str, Any]:
        """The values of one customer that the strategies read."""
        return row_of(self.columns if columns is None else columns, row, self.needs)

    def first(self, columns: Columns) -> list[str | None]:
        """The strategy of each customer, None where there is none."""
        frame = self.frame(columns)
        answer: list[str | None] = [None] * len(next(iter(columns.values())))
        for each in reversed(self.playbook.strategies):
            answer = [each.name if holds else was for holds, was in zip(each.when.holds(frame), answer, strict=True)]
        return answer


def _needs(playbook: Playbook) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for each in playbook.strategies for name in each.when.needs))


def _orders(monotone: Any, playbook: Playbook) -> dict[str, tuple[str, ...]]:
    """Strategies in rising order by column."""
    given = {} if monotone is None else monotone
    if not is_a(given, Mapping):
        raise refusal(given, "monotone", law="a dict of strategies in rising order by column", hint=ORDER_HINT)
    names = tuple(each.name for each in playbook.strategies)
    orders = {}
    for column, listed in given.items():
        orders[column] = read_names(listed, "monotone", law=Text(among=names), empty=False)
        if column not in _needs(playbook):
            law = f"a dict of columns that the playbook reads, and it does not read {column!r}"
            raise refusal(given, "monotone", law=law, hint=f"it reads {', '.join(_needs(playbook))}.")
    return orders


def _simulated(playbook: Playbook) -> Columns:
    """Simulated customers; columns that they do not have hold the values around the limits, and missing ones."""
    made = made_columns()
    values = tried_values([each for strategy in playbook.strategies for each in strategy.when.questions()])
    lacking = [name for name in _needs(playbook) if name not in made]
    if unknown := [name for name in lacking if name not in values and name not in MAY_LACK]:
        raise DataError.because(
            f"the playbook asks for columns that made customers do not have: {unknown}.",
            hint="pass customers of your own: kk.testing.check_playbook(playbook, frame).",
        )
    for step, name in enumerate(lacking, start=1):  # another pace for each, so that all combinations come about
        own = values.get(name, [None])
        made[name] = [own[row // step % len(own)] for row in range(len(made["customer_id"]))]
    return made


def _own(playbook: Playbook, frame: Any) -> Columns:
    """The customers given; a column that may be lacking is missing for everyone."""
    columns = columns_of(frame)
    lacking = {"customer_id", *_needs(playbook)} - set(columns)
    if refused := lacking - set(MAY_LACK):
        raise DataError.missing_columns(refused, have=list(columns), need="the playbook")
    n = len(columns["customer_id"])
    if n == 0:
        raise DataError.because("`frame` has no customers.", hint="leave it out, and customers are simulated.")
    return {**columns, **{name: [None] * n for name in sorted(lacking)}}


def _with_limits(playbook: Playbook, columns: Columns) -> Columns:
    """The customers, and some of them once more with a measured value just below, at and above each of its limits.

    Counts and words have their limits among the customers already. Money and probabilities are hardly ever exactly at
    one, which is where a gap between two strategies is.
    """
    asked = tried_values([each for strategy in playbook.strategies for each in strategy.when.questions()])
    added: list[tuple[int, str, Any]] = []
    for name, values in known_values(asked).items():
        known = [row for row, value in enumerate(columns[name]) if _is_measured(value)]
        if any(float(columns[name][row]) % 1 for row in known):
            rows = known[:: max(len(known) // AT_LIMITS, 1)][:AT_LIMITS]
            added += [(row, name, value) for value in values for row in rows]
    more = {name: [values[row] for row, _, _ in added] for name, values in columns.items()}
    for at, (_, name, value) in enumerate(added):
        more[name][at] = value
    ids = columns["customer_id"]
    if all(_is_measured(each) for each in ids):
        more["customer_id"] = [max(ids) + 1 + at for at in range(len(added))]
    else:
        more["customer_id"] = [
            f"{ids[row]}, {name} {as_words(value)}, {at}" for at, (row, name, value) in enumerate(added)
        ]
    return {name: [*values, *more[name]] for name, values in columns.items()}


def _is_measured(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not is_missing(value)


def _check_covered(tried: _Tried) -> None:
    """Everyone has a strategy."""
    strategies = tried.first(tried.columns)
    without = [row for row, name in enumerate(strategies) if name is None]
    if without:
        names = " or ".join(repr(each.name) for each in tried.playbook.strategies)
        require(
            "the playbook",
            "give every customer a strategy",
            False,
            f"{len(without)} of {len(strategies)} have none, the first of them",
            customer=tried.customer(without[0]),
            cases={"expected": names, "got": "none"},
            hint=f"add a last strategy that takes the rest: {REST}.",
        )


def _check_reached(tried: _Tried) -> None:
    """Each strategy can be some customer's, where rungs and classes have the names that there are."""
    strategies, columns = tried.playbook.strategies, tried.columns
    words = {name: list(own) for name, own in _known_words().items()}
    for name, own in words.items():
        own += [each for each in dict.fromkeys(columns.get(name, [])) if isinstance(each, str) and each not in own]
    for idle in unmatched(strategies, words=words)[:1]:
        each = strategies[idle.at]
        before = " or ".join(repr(strategies[at].name) for at in idle.by)
        why = f"{before} come before it, wherever `{each.when}` holds" if before else f"nobody meets `{each.when}`"
        known = {f"known values of {name}": ", ".join(words[name]) for name in each.when.needs if name in words}
        hint = "spell a word as the customers have it, or pass some who have it: check_playbook(playbook, frame)."
        _never(each.name, why, cases=known, hint=hint)
    reached = set(tried.first(columns))
    for each in strategies:
        if each.when.functions() and each.name not in reached:
            hint = "pass customers of whom one gets it: kk.testing.check_playbook(playbook, frame)."
            _never(each.name, f"none of {len(columns['customer_id'])} customers gets it", hint=hint)


def _never(name: str, why: str, **shown: Any) -> None:
    require(f"the strategy `{name}`", "be some customer's", False, f"it is nobody's: {why}", **shown)


@cache
def _known_words() -> dict[str, tuple[str, ...]]:
    """The words that columns of a career have, by column."""
    ladders = (CustomerLadder.kundkarriar(), CustomerLadder.loyalty(), CustomerLadder.groups())
    rungs = tuple(dict.fromkeys(name for ladder in ladders for name in ladder.names))
    return {**dict.fromkeys(("rung", "highest_rung", "previous_rung"), rungs), **KNOWN_WORDS}


def _check_row_by_row(tried: _Tried) -> None:
    """Assignments depend neither on the order of the rows nor on other rows, and libraries agree."""
    answers = {kind: _assigned_alike(tried, kind, make) for kind, make in tried.makers.items()}
    first, *others = answers
    for other in others:
        _same(tried, "assign alike in pandas and polars", {first: answers[first], other: answers[other]})


def _assigned_alike(tried: _Tried, kind: str, make: Callable[[Columns], Any]) -> list[Any]:
    def assigned(frame: Any) -> list[Any]:
        return columns_of(tried.playbook.assign(frame))["strategy"]

    frame = make(tried.columns)
    whole = assigned(frame)
    kept = columns_of(frame) == tried.columns
    require("the playbook", "leave its input as it is", kept, f"in {kind} the frame is changed afterwards")
    rows = list(range(len(whole)))
    backwards = assigned(take(frame, rows[::-1]))[::-1]
    law = "assign strategies whatever the order of the rows"
    _same(tried, law, {"in the order given": whole, "in reverse order": backwards})
    alone = [assigned(take(frame, [row]))[0] for row in rows[:ALONE]]
    law = "look at one customer at a time"
    _same(tried, law, {"among the others": whole[:ALONE], "alone": alone})
    return whole


def _same(tried: _Tried, law: str, answers: Mapping[str, Sequence[Any]]) -> None:
    """Two assignments are the same for every customer."""
    differs = [row for row, pair in enumerate(zip(*answers.values(), strict=True)) if pair[0] != pair[1]]
    if differs:
        row = differs[0]
        cases = {name: given[row] for name, given in answers.items()}
        require("the playbook", law, False, f"row {row} differs", customer=tried.customer(row), cases=cases)


def _check_monotone(tried: _Tried, name: str, order: tuple[str, ...]) -> None:
    """With a higher value nobody gets an earlier strategy of the order, and with none nobody a later one."""
    known = sorted({value for value in tried.columns[name] if _is_measured(value)})
    if not known:
        law = f"laws on columns of numbers, and {name!r} has none"
        raise refusal({name: list(order)}, "monotone", law=law, hint="pass a frame with numbers in it.")
    asked = [each for strategy in tried.playbook.strategies for each in strategy.when.questions()]
    limits = known_values(tried_values([each for each in asked if each.column == name])).get(name, [])
    levels = sorted(
        {*known[:: max(len(known) // LEVELS, 1)], known[-1], *(each for each in limits if _is_measured(each))}
    )
    n = len(tried.columns[name])
    rows = np.unique(np.linspace(0, n - 1, min(n, RISING)).astype(int)).tolist()
    again = {
        column: [values[row] for row in rows for _ in range(len(levels) + 1)]
        for column, values in tried.columns.items()
    }
    again[name] = [*levels, None] * len(rows)
    got = np.array(tried.first(again), dtype=object).reshape(len(rows), -1)
    for row, strategies in zip(rows, got, strict=True):
        listed = [(level, order.index(each)) for level, each in zip(levels, strategies, strict=False) if each in order]
        falls = next(((a, b) for a, b in pairwise(listed) if b[1] < a[1]), None)
        if falls:
            law = f"not give less with a higher `{name}`, in the order stated"
            _broken(tried, row, law, {_at(name, level): order[rank] for level, rank in falls}, but_for=name)
        missing = strategies[-1]
        if missing in order and listed and order.index(missing) > (least := min(listed, key=lambda each: each[1]))[1]:
            law = f"not promote who has no `{name}`"
            _broken(tried, row, law, {_at(name, None): missing, _at(name, least[0]): order[least[1]]}, but_for=name)


def _at(name: str, level: Any) -> str:
    return f"{name} {as_words(level)}"


def _broken(tried: _Tried, row: int, law: str, cases: Mapping[str, str], *, but_for: str) -> None:
    others = {column: value for column, value in tried.customer(row).items() if column != but_for}
    require("the playbook", law, False, "it does for a customer", customer=others, cases=cases)
