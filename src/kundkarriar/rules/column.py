"""A column by its name (`kk.column`), and the condition that a comparison of the column makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import narrow
from kundkarriar.rules.comparison import (
    Comparison,
    Limit,
    Missing,
    OneOf,
    Within,
    comparison_from_dict,
    comparison_to_dict,
)
from kundkarriar.rules.condition import Condition, dict_reader
from kundkarriar.rules.judgement import Judgement
from kundkarriar.rules.values import Value, as_words


def _is_a_name(_: object, __: object, name: Any) -> None:
    if not (isinstance(name, str) and name):
        raise DataError.because(
            f"a column is called by its name, a text, got {name!r}.", hint='write kk.column("purchase_days").'
        )


@frozen(eq=False)
class Column:
    """A column by its name; comparing it makes a condition. `kk.column` makes it."""

    name: str = field(validator=_is_a_name)

    def __ge__(self, limit: float) -> Condition:
        return Question(column=self.name, comparison=Limit(">=", limit))

    def __gt__(self, limit: float) -> Condition:
        return Question(column=self.name, comparison=Limit(">", limit))

    def __le__(self, limit: float) -> Condition:
        return Question(column=self.name, comparison=Limit("<=", limit))

    def __lt__(self, limit: float) -> Condition:
        return Question(column=self.name, comparison=Limit("<", limit))

    def between(self, low: float, high: float) -> Condition:
        """A number from `low` to `high`, both included.

        >>> print(Column("p_alive").between(0.2, 0.5))
        p_alive is between 0.2 and 0.5
        """
        return Question(column=self.name, comparison=Within(low, high))

    def equals(self, value: Value) -> Condition:
        """Equal to a text, a number or a truth value.

        >>> print(Column("rung").equals("client"))
        rung is client
        """
        return Question(column=self.name, comparison=OneOf((value,)))

    def isin(self, values: Iterable[Value]) -> Condition:
        """Equal to one of several texts or numbers.

        >>> print(Column("abc").isin(["A", "B"]))
        abc is A or B
        """
        if isinstance(values, str):
            law = f"`isin` takes several values, got the text {values!r}."
            raise DataError.because(law, hint=f"write .isin([{values!r}]).")
        return Question(column=self.name, comparison=OneOf(values))

    def is_missing(self) -> Condition:
        """Null or NaN. The answer is never unknown, so the negation holds where there is a value.

        >>> print(~Column("typical_gap").is_missing())
        typical_gap is not missing
        """
        return Question(column=self.name, comparison=Missing())

    def __eq__(self, other: object) -> NoReturn:
        raise _not_compared(f"{self.name} == {other!r}", write=f"kk.column({self.name!r}).equals({other!r})")

    def __ne__(self, other: object) -> NoReturn:
        raise _not_compared(f"{self.name} != {other!r}", write=f"~kk.column({self.name!r}).equals({other!r})")

    def __hash__(self) -> int:
        return hash(self.name)

    def __bool__(self) -> NoReturn:
        raise _not_compared(f"bool({self.name})", write=f"kk.column({self.name!r}).equals(True)")


def column(name: str) -> Column:
    """A column of the frame, to be compared with numbers, text or truth values.

    Args:
        name: of the column, as text.

    Raises:
        DataError: not a name.

    >>> print(column("p_alive") < 0.5)
    p_alive is less than 0.5
    """
    return Column(name)


@frozen(kw_only=True, str=False)
class Question(Condition):
    """The condition that a column's value passes a comparison."""

    column: str = field(validator=_is_a_name)
    comparison: Comparison

    @property
    def needs(self) -> tuple[str, ...]:
        """The column compared."""
        return (self.column,)

    def judge(self, frame: Any) -> Judgement:
        """Holds and fails as the comparison does."""
        need = f"the condition `{self}`"
        return self.comparison.judge(narrow(frame, need=need), self.column, need=need)

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """`purchase_days_12M is 6 (at least 4)`; without brackets where they would repeat the value."""
        at = np.flatnonzero(self.judge(frame)[0 if answer else 1])
        table = narrow(frame, need=f"the condition `{self}`")
        required = f"{self.comparison}" if answer else f"not {self.comparison}"
        lines = np.full(len(table), "", dtype=object)
        values = table[self.column][at].to_list()
        # Many rows share few values; 1 and True would be one key of a dict, and are two words.
        words = {
            kept: self._sentence(kept[1], required) for kept in dict.fromkeys((type(value), value) for value in values)
        }
        lines[at] = [words[type(value), value] for value in values]
        return lines

    def questions(self) -> tuple[Question, ...]:
        """Itself."""
        return (self,)

    def functions(self) -> tuple[()]:
        """None."""
        return ()

    @property
    def denied(self) -> str:
        """`abc is not C`."""
        return f"{self.column} is not {self.comparison}"

    def _sentence(self, value: Any, required: str) -> str:
        words = as_words(value)
        return f"{self.column} is {words}" + ("" if words == required else f" ({required})")

    def to_dict(self) -> dict[str, Any]:
        """The column and its comparison."""
        return {"column": self.column, **comparison_to_dict(self.comparison)}

    def __str__(self) -> str:
        return f"{self.column} is {self.comparison}"


@dict_reader
def _read_question(data: Mapping[str, Any]) -> Condition | None:
    match data:
        case {"column": str(name), **kept} if name and (comparison := comparison_from_dict(kept)) is not None:
            return Question(column=name, comparison=comparison)
    return None


def _not_compared(what: str, *, write: str) -> CapabilityError:
    return CapabilityError.because(f"a column is not asked that way: `{what}`.", hint=f"write {write}.")
