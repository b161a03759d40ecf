"""`check_rule`: the laws that a user's own rule must keep."""

from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from typing import Any, TypeAlias

from attrs import evolve, frozen

from kundkarriar.arguments import Text, read_names
from kundkarriar.errors import DataError, KundkarriarError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.frames import is_missing
from kundkarriar.rules.comparison import Missing
from kundkarriar.rules.condition import Condition
from kundkarriar.rules.values import as_words
from kundkarriar.testing.boundaries.boundary_customers import boundary_customers
from kundkarriar.testing.boundaries.decider import condition_of
from kundkarriar.testing.frame_libraries import Columns, columns_of, installed_libraries, keep, take
from kundkarriar.testing.law import require, row_of, told_at_the_call
from kundkarriar.testing.make_customers import make_customers

Make: TypeAlias = "Callable[[Columns], Any]"
LIBRARIES = Text(among=("pandas", "polars"))
MADE, ALONE = 120, 20
VALUES_TRIED = 12
WORDS = {True: "holds", False: "does not hold"}


@told_at_the_call
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
    <BLANKLINE>
        customer_id      clv
                  4  18.0918
    <BLANKLINE>
        among the others: holds
        alone:            does not hold
    """
    kinds = read_names(kinds, "kinds", law=LIBRARIES, empty=False)
    checked = _as_checked_rule(rule, None if needs is None else read_names(needs, "needs"))
    columns = _simulated(checked) if frame is None else columns_of(frame)
    tried = {kind: make for kind, make in installed_libraries().items() if kind in kinds}
    if not tried:
        raise DataError.because(f"`kinds` names no library that is installed: {kinds}.", hint='write kinds=["pandas"].')
    checked = _with_needs(checked, next(iter(tried.values()))(columns))
    answers = {kind: _check_laws(checked, columns, kind, make) for kind, make in tried.items()}
    for one, other in pairwise(answers):
        checked.same("answer alike in pandas and polars", (answers[one], answers[other]), (one, other), columns)


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
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
            first = str(error).split("\n")[0]
            require(self.name, f"not fail on {on}", False, f"in {kind} it raises {type(error).__name__}: {first}")
        values = list(given) if hasattr(given, "__len__") and not isinstance(given, str) else None
        found = {type(value).__name__ for value in values or () if not is_missing(value)}
        got = repr(given) if values is None else f"{len(values)} of {', '.join(sorted(found)) or 'nothing'}"
        fits = values is not None and len(values) == n and found <= {"bool", "bool_"}
        require(self.name, "answer with one truth value per row", fits, f"in {kind} it answers {n} rows with {got}")
        return [not is_missing(value) and bool(value) for value in values or ()]

    def same(
        self,
        law: str,
        answers: tuple[list[bool], list[bool]],
        told: tuple[str, str],
        columns: Columns,
        but: str = "row {} differs",
    ) -> None:
        """Raise an error that shows the first row, the {} in `but`, in which two answers, told as named, differ."""
        one, other = answers
        differs = [a != b for a, b in zip(one, other, strict=True)]
        if not any(differs):
            return
        row = differs.index(True)
        cases = {name: WORDS[given[row]] for name, given in zip(told, answers, strict=True)}
        require(self.name, law, False, but.format(row), customer=row_of(columns, row, self.needs or ()), cases=cases)


def _as_checked_rule(rule: Any, needs: tuple[str, ...] | None) -> _CheckedRule:
    """The rule to check, from a condition, from an object with a condition as its `when`, or from a function."""
    asked = [attribute_of(rule, name) for name in ("holds", "needs")]
    if not isinstance(rule, Condition) and callable(asked[0]) and asked[1] is not None:
        return _CheckedRule(name=f"the rule `{rule}`", answer=rule.holds, needs=tuple(rule.needs))
    try:
        condition = condition_of(rule)
    except KundkarriarError:
        if not callable(rule):
            raise
        name = getattr(rule, "__name__", type(rule).__name__)
        return _CheckedRule(name=f"the rule `{name}`", answer=rule, needs=needs)
    name = f"{type(rule).__name__.lower()} `{rule.name}`" if hasattr(rule, "name") else f"rule `{condition}`"
    return _CheckedRule(name=f"the {name}", answer=condition.holds, condition=condition, needs=condition.needs)


@cache
def _made() -> Columns:
    return columns_of(make_customers(MADE, seed=1))


def made_columns() -> Columns:
    """Simulated customers on whom rules and playbooks are tried, made once."""
    return {name: list(values) for name, values in _made().items()}


def _simulated(checked: _CheckedRule) -> Columns:
    """Simulated customers, among them customers at the limits of a condition."""
    made = made_columns()
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
    kept = columns_of(frame) == columns and list(getattr(frame, "index", ())) == index
    require(checked.name, "leave its input as it is", kept, f"in {kind} the frame is changed afterwards")
    frame = make(columns)
    checked.answers(take(frame, []), kind, on="an empty frame")
    _check_independence(checked, columns, frame, kind, answer)
    needs = checked.needs or ()
    if needs:
        few = checked.answers(keep(frame, needs), kind, on=f"the columns it declares, {list(needs)}")
        law, told = f"read no column but those it declares, {list(needs)}", ("with all columns", "with these alone")
        checked.same(law, (answer, few), told, columns, f"in {kind} row {{}} differs")
    for name in needs:
        if not any(_tests_missing(checked.condition, name)):
            _check_missing_values(checked, columns, name, kind, make)
    return answer


def _check_independence(checked: _CheckedRule, columns: Columns, frame: Any, kind: str, answer: list[bool]) -> None:
    """An answer depends neither on the order of the rows nor on other rows."""
    rows = list(range(len(frame)))
    backwards = checked.answers(take(frame, rows[::-1]), kind, on="rows in another order")
    law, told = "not depend on the order of the rows", ("in the order given", "in reverse order")
    checked.same(law, (answer, backwards[::-1]), told, columns, f"in {kind} row {{}} differs")
    alone = [checked.answers(take(frame, [row]), kind, on="a single row")[0] for row in rows[:ALONE]]
    but = f"in {kind} the answer for row {{}} depends on who else is in the frame"
    told = ("among the others", "alone")
    checked.same("look at one customer at a time", (answer[:ALONE], alone), told, columns, but)


def _check_missing_values(checked: _CheckedRule, columns: Columns, name: str, kind: str, make: Make) -> None:
    """Where `name` is missing, the rule holds only if it holds for every value."""
    n = len(columns[name])
    # The rows follow once more with their values, so that the column keeps its type.
    twice = {each: values * 2 for each, values in columns.items()} | {name: [None] * n + columns[name]}
    holds = checked.answers(make(twice), kind, on=f"missing values in `{name}`")
    holding = [i for i in range(n) if holds[i]]
    known = [value for value in dict.fromkeys(columns[name]) if value is not None]
    for value in known[:: max(len(known) // VALUES_TRIED, 1)] if holding else []:
        answer = checked.answers(make({**columns, name: [value] * n}), kind, on=f"`{name}` = {value!r}")
        hint = f'to ask for missing values, write kk.column("{name}").is_missing()'
        word = as_words(value)
        but = f"in {kind} it holds on row {{}} where `{name}` is missing, though not where it is {word} ({hint})"
        held = [i in holding for i in range(n)]
        both = [a and b for a, b in zip(held, answer, strict=True)]
        law, told = "not hold where it cannot know", (f"`{name}` missing", f"`{name}` = {word}")
        checked.same(law, (held, both), told, {**columns, name: [None] * n}, but)


def _tests_missing(condition: Condition | None, name: str) -> list[bool]:
    """Of each comparison of this column, whether it tests `is_missing`."""
    questions = () if condition is None else condition.questions()
    return [isinstance(each.comparison, Missing) for each in questions if each.column == name]
