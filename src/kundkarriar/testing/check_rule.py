"""Is a rule of your own one that the library can rely on?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from attrs import evolve, frozen

from kundkarriar.errors import DataError, KundkarriarError
from kundkarriar.rules.comparison import Missing, as_words, is_missing
from kundkarriar.rules.condition import Condition
from kundkarriar.testing.both_kinds import Columns, columns_of, keep, kinds_at_hand, take
from kundkarriar.testing.boundaries import boundary_customers, condition_of
from kundkarriar.testing.broken import broken
from kundkarriar.testing.make_customers import make_customers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Make: TypeAlias = "Callable[[Columns], Any]"
ALONE = 20
VALUES_TRIED = 12


def check_rule(
    rule: Any,
    frame: Any = None,
    *,
    needs: Iterable[str] | None = None,
    kinds: Iterable[str] = ("pandas", "polars"),
) -> None:
    """Prove that a rule keeps the laws that ladders and playbooks rely on.

    It answers with one truth value per row; the same in pandas and polars, in every order of the rows, and
    whoever else is in the frame; also on an empty frame; it changes nothing; it reads no column that it did
    not declare; and where a value it asks about is missing, it does not hold (unless it would hold whatever
    the value were, or asks `is_missing`).

    Args:
        rule: a condition, what has one as its `when` (a strategy, a rung), or a function of a frame.
        frame: customers to try it on; None makes some, at the rule's own limits among others.
        needs: the columns that a plain function reads; None finds out by leaving columns away.
        kinds: the libraries it must work with; a function written for one of them may name that one.
            polars is tried where it is installed.

    Raises:
        AssertionError: a law is broken; the sentence says which, and where.
        DataError: the made customers lack a column that the rule asks for; pass a `frame`.

    >>> import kundkarriar as kk
    >>> check_rule(kk.column("purchase_days_12M") >= 4)
    >>> check_rule(lambda frame: frame["clv"] > frame["clv"].mean(), kinds=["pandas"])
    Traceback (most recent call last):
    ...
    AssertionError: the rule `<lambda>` must look at one customer at a time, but in pandas the answer for row 3
    depends on who else is in the frame.
    """
    asked = _asked(rule, needs)
    columns = columns_of(frame) if frame is not None else _made(asked)
    tried = {kind: make for kind, make in kinds_at_hand().items() if kind in set(kinds)}
    if not tried:
        raise DataError.because(f"'kinds' names no library that is installed: {list(kinds)}.", hint='kinds=["pandas"].')
    asked = _declared(asked, next(iter(tried.values()))(columns))
    answers = {kind: _keeps_the_laws(asked, columns, kind, make) for kind, make in tried.items()}
    (first, expected), *others = answers.items()
    for kind, answer in others:
        _law(asked, "answer alike in pandas and polars", _first_difference(expected, answer), f"{first} and {kind}")


@frozen(kw_only=True)
class _Asked:
    """A rule as the checks see it."""

    name: str
    answer: Callable[[Any], Any]
    condition: Condition | None = None
    needs: tuple[str, ...] | None = None

    def says(self, frame: Any, kind: str, *, on: str) -> list[bool]:
        """One truth value per row; an unknown answer does not hold.

        Raises:
            AssertionError: it fails, or answers with something else.
        """
        n = len(frame)
        try:
            given = self.answer(frame)
        except Exception as error:
            first = str(error).split("\n")[0]
            raise AssertionError(
                f"{self.name} must not fail on {on}, but in {kind} it raises {type(error).__name__}: {first}"
            ) from error
        values = list(given) if hasattr(given, "__len__") and not isinstance(given, str) else None
        kinds = {type(v).__name__ for v in values or () if not is_missing(v)}
        if values is None or len(values) != n or not kinds <= {"bool", "bool_"}:
            got = f"{len(values)} of {', '.join(sorted(kinds)) or 'nothing'}" if values is not None else repr(given)
            raise AssertionError(
                f"{self.name} must answer with one truth value per row, but in {kind} it answers {n} rows with {got}."
            )
        return [not is_missing(value) and bool(value) for value in values]


def _asked(rule: Any, needs: Iterable[str] | None) -> _Asked:
    """What kind of rule it is."""
    if not isinstance(rule, Condition) and callable(getattr(rule, "holds", None)) and hasattr(rule, "needs"):
        return _Asked(name=f"the rule `{rule}`", answer=rule.holds, needs=tuple(rule.needs))
    try:
        condition = condition_of(rule)
    except KundkarriarError:
        if not callable(rule):
            raise
        name = getattr(rule, "__name__", type(rule).__name__)
        return _Asked(name=f"the rule `{name}`", answer=rule, needs=None if needs is None else tuple(needs))
    name = rule.name if hasattr(rule, "name") else str(condition)
    return _Asked(name=f"the rule `{name}`", answer=condition.holds, condition=condition, needs=condition.needs)


def _made(asked: _Asked) -> Columns:
    """Made customers; those at the limits of a condition among them."""
    made = columns_of(make_customers(120, seed=1))
    lacking = set(asked.needs or ()) - set(made)
    limits: Columns | None = None
    if asked.condition is not None and not asked.condition.functions():
        limits = columns_of(boundary_customers(asked.condition))
    if lacking and limits is None:
        raise DataError.because(
            f"{asked.name} asks for columns that made customers do not have: {sorted(lacking)}.",
            hint="pass customers of your own: kk.testing.check_rule(rule, frame).",
        )
    if limits is None:
        return made
    n = len(limits["holds"])
    known = {name: [*limits.get(name, values[:n]), *values] for name, values in made.items()}
    length = n + len(made["customer_id"])
    new = {name: (limits[name] * (length // n + 1))[:length] for name in sorted(lacking)}
    # Boundary customers may be more than those made: columns that no limit speaks of go round.
    return {name: (values * 2)[-length:] for name, values in {**known, **new}.items()}


def _declared(asked: _Asked, frame: Any) -> _Asked:
    """The rule with the columns it reads: a plain function's are those it cannot do without."""
    names = list(columns_of(frame))
    if asked.needs is not None:
        if lacking := set(asked.needs) - set(names):
            raise DataError.missing_columns(lacking, have=names, need=asked.name)
        return asked
    needs = []
    for name in names:
        try:
            asked.answer(keep(frame, set(names) - {name}))
        except Exception:  # noqa: BLE001 - whatever it raises, it cannot do without this column
            needs.append(name)
    return evolve(asked, needs=tuple(needs))


def _keeps_the_laws(asked: _Asked, columns: Columns, kind: str, make: Make) -> list[bool]:
    """Every law that can be seen in one library; the answers, to compare with the other's."""
    frame = make(columns)
    index = list(getattr(frame, "index", ()))
    answer = asked.says(frame, kind, on="customers")
    changed = columns_of(frame) != columns or list(getattr(frame, "index", ())) != index
    _law(asked, "leave its input as it is", 0 if changed else None, kind, "the frame is changed afterwards")
    frame = make(columns)
    asked.says(take(frame, []), kind, on="an empty frame")
    _looks_at_one_customer_at_a_time(asked, frame, kind, answer)
    needs = asked.needs or ()
    if needs:
        few = asked.says(keep(frame, needs), kind, on=f"the columns it declares, {list(needs)}")
        found = _first_difference(answer, few)
        _law(asked, f"read no column but those it declares, {list(needs)}", found, kind)
    for name in needs:
        if not _asks_whether_missing(asked.condition, name):
            _unknown_never_holds(asked, columns, name, kind, make)
    return answer


def _looks_at_one_customer_at_a_time(asked: _Asked, frame: Any, kind: str, answer: list[bool]) -> None:
    """Neither the order of the rows nor the company of other rows changes an answer."""
    rows = list(range(len(frame)))
    backwards = asked.says(take(frame, rows[::-1]), kind, on="rows in another order")
    _law(asked, "not depend on the order of the rows", _first_difference(answer, backwards[::-1]), kind)
    for row in rows[:ALONE]:
        alone = asked.says(take(frame, [row]), kind, on="a single row")
        _law(
            asked,
            "look at one customer at a time",
            row if alone != [answer[row]] else None,
            kind,
            f"the answer for row {row} depends on who else is in the frame",
        )


def _unknown_never_holds(asked: _Asked, columns: Columns, name: str, kind: str, make: Make) -> None:
    """Where `name` is missing, it holds only if it would hold whatever the value were."""
    n = len(columns[name])
    # Every other value stays, so that the column keeps its type.
    values = [None if i % 2 == 0 else value for i, value in enumerate(columns[name])]
    holds = asked.says(make({**columns, name: values}), kind, on=f"missing values in `{name}`")
    holding = [i for i in range(0, n, 2) if holds[i]]
    known = [value for value in dict.fromkeys(columns[name]) if value is not None]
    for value in known[:: max(len(known) // VALUES_TRIED, 1)] if holding else []:
        answer = asked.says(make({**columns, name: [value] * n}), kind, on=f"`{name}` = {value!r}")
        wrong = next((i for i in holding if not answer[i]), None)
        _law(
            asked,
            "not hold where it cannot know",
            wrong,
            kind,
            f"it holds on row {wrong} where `{name}` is missing, though not where it is {as_words(value)} (to ask "
            f'for missing values, write kk.column("{name}").is_missing())',
        )


def _asks_whether_missing(condition: Condition | None, name: str) -> bool:
    """Whether the condition has `is_missing` asked of this column."""
    asked = () if condition is None else condition.questions()
    return any(question.column == name and isinstance(question.test, Missing) for question in asked)


def _first_difference(one: list[bool], other: list[bool]) -> int | None:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), None)


def _law(asked: _Asked, law: str, broken_at: int | None, kind: str, but: str | None = None) -> None:
    """Refuse a rule that breaks `law` on a row."""
    if broken_at is not None:
        raise broken(asked.name, law, f"in {kind} {but or f'row {broken_at} differs'}")
