"""`check_rule`: the laws that a user's own rule must keep."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from attrs import evolve, frozen

from kundkarriar.errors import DataError, KundkarriarError
from kundkarriar.rules.comparison import Missing
from kundkarriar.rules.condition import Condition
from kundkarriar.rules.values import as_words, is_missing
from kundkarriar.testing.frame_libraries import Columns, columns_of, installed_libraries, keep, take
from kundkarriar.testing.make_customers import make_customers
from kundkarriar.testing.rule_boundaries import boundary_customers, condition_of
from kundkarriar.testing.violation import violation

Make: TypeAlias = "Callable[[Columns], Any]"
ALONE = 20
VALUES_TRIED = 12


def check_rule(
    rule: Any, frame: Any = None, *, needs: Iterable[str] | None = None, kinds: Iterable[str] = ("pandas", "polars")
) -> None:
    """Check that a rule keeps the laws that ladders and playbooks rely on.

    The rule answers with one truth value per row. The answer is the same in pandas and polars. It depends neither on
    the order of the rows nor on the other rows. An empty frame is answered. The frame is not changed. The rule reads
    only columns that it declares. Where a value that it reads is missing, the rule does not hold, unless it holds for
    every value or tests `is_missing`.

    Args:
        rule: a condition, what has one as its `when` (a strategy, a rung), or a function of a frame.
        frame: customers on which the rule is tried; None simulates some, among them customers at the rule's limits.
        needs: the columns that a plain function reads; None finds them by leaving out one column at a time.
        kinds: the libraries that the rule must work with; a function written for one of them may name that one.
            polars is tried where it is installed.

    Raises:
        AssertionError: a law is broken; the sentence says which, and where.
        DataError: the simulated customers lack a column that the rule reads; pass a `frame`.

    >>> import kundkarriar as kk
    >>> check_rule(kk.column("purchase_days_12M") >= 4)
    >>> check_rule(lambda frame: frame["clv"] > frame["clv"].mean(), kinds=["pandas"])
    Traceback (most recent call last):
    ...
    AssertionError: the rule `<lambda>` must look at one customer at a time, but in pandas the answer for row 3
    depends on who else is in the frame.
    """
    checked = _as_checked_rule(rule, needs)
    columns = columns_of(frame) if frame is not None else _simulated(checked)
    tried = {kind: make for kind, make in installed_libraries().items() if kind in set(kinds)}
    if not tried:
        raise DataError.because(f"'kinds' names no library that is installed: {list(kinds)}.", hint='kinds=["pandas"].')
    checked = _with_needs(checked, next(iter(tried.values()))(columns))
    answers = {kind: _check_laws(checked, columns, kind, make) for kind, make in tried.items()}
    (first, expected), *others = answers.items()
    for kind, answer in others:
        _require(
            checked, "answer alike in pandas and polars", _first_difference(expected, answer), f"{first} and {kind}"
        )


@frozen(kw_only=True)
class _CheckedRule:
    """A rule, its name in messages, the function that answers, and the columns that it reads."""

    name: str
    answer: Callable[[Any], Any]
    condition: Condition | None = None
    needs: tuple[str, ...] | None = None

    def answers(self, frame: Any, kind: str, *, on: str) -> list[bool]:
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


def _as_checked_rule(rule: Any, needs: Iterable[str] | None) -> _CheckedRule:
    """The rule to check, from a condition, from an object with a condition as its `when`, or from a function."""
    if not isinstance(rule, Condition) and callable(getattr(rule, "holds", None)) and hasattr(rule, "needs"):
        return _CheckedRule(name=f"the rule `{rule}`", answer=rule.holds, needs=tuple(rule.needs))
    try:
        condition = condition_of(rule)
    except KundkarriarError:
        if not callable(rule):
            raise
        name = getattr(rule, "__name__", type(rule).__name__)
        return _CheckedRule(name=f"the rule `{name}`", answer=rule, needs=None if needs is None else tuple(needs))
    name = rule.name if hasattr(rule, "name") else str(condition)
    return _CheckedRule(name=f"the rule `{name}`", answer=condition.holds, condition=condition, needs=condition.needs)


def _simulated(checked: _CheckedRule) -> Columns:
    """Simulated customers, among them customers at the limits of a condition."""
    made = columns_of(make_customers(120, seed=1))
    lacking = set(checked.needs or ()) - set(made)
    limits: Columns | None = None
    if checked.condition is not None and not checked.condition.functions():
        limits = columns_of(boundary_customers(checked.condition))
    if lacking and limits is None:
        raise DataError.because(
            f"{checked.name} asks for columns that made customers do not have: {sorted(lacking)}.",
            hint="pass customers of your own: kk.testing.check_rule(rule, frame).",
        )
    if limits is None:
        return made
    for name in [name for name in made if name in limits and all(_tests_missing(checked.condition, name))]:
        present = next((value for value in made[name] if value is not None), None)  # of the column's own kind
        limits[name] = [None if value is None else present for value in limits[name]]
    n = len(limits["holds"])
    known = {name: [*limits.get(name, values[:n]), *values] for name, values in made.items()}
    length = n + len(made["customer_id"])
    new = {name: (limits[name] * (length // n + 1))[:length] for name in sorted(lacking)}
    # There may be more boundary customers than simulated ones: columns without a limit are repeated.
    return {name: (values * 2)[-length:] for name, values in {**known, **new}.items()}


def _with_needs(checked: _CheckedRule, frame: Any) -> _CheckedRule:
    """The rule with the columns that it reads. A plain function reads those without which it raises an error."""
    names = list(columns_of(frame))
    if checked.needs is not None:
        if lacking := set(checked.needs) - set(names):
            raise DataError.missing_columns(lacking, have=names, need=checked.name)
        return checked
    needs = []
    for name in names:
        try:
            checked.answer(keep(frame, set(names) - {name}))
        except Exception:  # noqa: BLE001 - whatever the error, the function needs this column
            needs.append(name)
    return evolve(checked, needs=tuple(needs))


def _check_laws(checked: _CheckedRule, columns: Columns, kind: str, make: Make) -> list[bool]:
    """Check all laws in one library, and return the answers, to be compared with those in the other library."""
    frame = make(columns)
    index = list(getattr(frame, "index", ()))
    answer = checked.answers(frame, kind, on="customers")
    changed = columns_of(frame) != columns or list(getattr(frame, "index", ())) != index
    _require(checked, "leave its input as it is", 0 if changed else None, kind, "the frame is changed afterwards")
    frame = make(columns)
    checked.answers(take(frame, []), kind, on="an empty frame")
    _check_independence(checked, frame, kind, answer)
    needs = checked.needs or ()
    if needs:
        few = checked.answers(keep(frame, needs), kind, on=f"the columns it declares, {list(needs)}")
        differs = _first_difference(answer, few)
        _require(checked, f"read no column but those it declares, {list(needs)}", differs, kind)
    for name in needs:
        if not any(_tests_missing(checked.condition, name)):
            _check_missing_values(checked, columns, name, kind, make)
    return answer


def _check_independence(checked: _CheckedRule, frame: Any, kind: str, answer: list[bool]) -> None:
    """An answer depends neither on the order of the rows nor on other rows."""
    rows = list(range(len(frame)))
    backwards = checked.answers(take(frame, rows[::-1]), kind, on="rows in another order")
    _require(checked, "not depend on the order of the rows", _first_difference(answer, backwards[::-1]), kind)
    for row in rows[:ALONE]:
        alone = checked.answers(take(frame, [row]), kind, on="a single row")
        _require(
            checked,
            "look at one customer at a time",
            row if alone != [answer[row]] else None,
            kind,
            f"the answer for row {row} depends on who else is in the frame",
        )


def _check_missing_values(checked: _CheckedRule, columns: Columns, name: str, kind: str, make: Make) -> None:
    """Where `name` is missing, the rule holds only if it holds for every value."""
    n = len(columns[name])
    # Every other value stays, so that the column keeps its type.
    values = [None if i % 2 == 0 else value for i, value in enumerate(columns[name])]
    holds = checked.answers(make({**columns, name: values}), kind, on=f"missing values in `{name}`")
    holding = [i for i in range(0, n, 2) if holds[i]]
    known = [value for value in dict.fromkeys(columns[name]) if value is not None]
    for value in known[:: max(len(known) // VALUES_TRIED, 1)] if holding else []:
        answer = checked.answers(make({**columns, name: [value] * n}), kind, on=f"`{name}` = {value!r}")
        wrong = next((i for i in holding if not answer[i]), None)
        _require(
            checked,
            "not hold where it cannot know",
            wrong,
            kind,
            f"it holds on row {wrong} where `{name}` is missing, though not where it is {as_words(value)} (to ask "
            f'for missing values, write kk.column("{name}").is_missing())',
        )


def _tests_missing(condition: Condition | None, name: str) -> list[bool]:
    """Of each comparison of this column, whether it tests `is_missing`."""
    questions = () if condition is None else condition.questions()
    return [isinstance(each.comparison, Missing) for each in questions if each.column == name]


def _first_difference(first: list[bool], second: list[bool]) -> int | None:
    return next((i for i, (a, b) in enumerate(zip(first, second, strict=True)) if a != b), None)


def _require(checked: _CheckedRule, law: str, broken_at: int | None, kind: str, but: str | None = None) -> None:
    """Raise the violation of `law` where a row breaks it; `broken_at` is None where none does."""
    if broken_at is not None:
        raise violation(checked.name, law, f"in {kind} {but or f'row {broken_at} differs'}")
