"""What is asked of a single column: `kk.column` names it, a comparison makes it a question."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from attrs import field, frozen

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import narrow
from kundkarriar.rules.comparison import Judgement, Limit, Missing, OneOf, Test, Value, Within, as_words
from kundkarriar.rules.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


def _is_a_name(_: object, __: object, name: Any) -> None:
    if not (isinstance(name, str) and name):
        raise DataError.because(
            f"a column is called by its name, a text, got {name!r}.", hint='write kk.column("purchase_days").'
        )


@frozen(eq=False)
class Column:
    """A column by its name, to be compared; `kk.column` makes it."""

    name: str = field(validator=_is_a_name)

    def __ge__(self, limit: float) -> Condition:
        return Question(column=self.name, test=Limit(">=", limit))

    def __gt__(self, limit: float) -> Condition:
        return Question(column=self.name, test=Limit(">", limit))

    def __le__(self, limit: float) -> Condition:
        return Question(column=self.name, test=Limit("<=", limit))

    def __lt__(self, limit: float) -> Condition:
        return Question(column=self.name, test=Limit("<", limit))

    def between(self, low: float, high: float) -> Condition:
        """From `low` to `high`, both included.

        >>> print(Column("p_alive").between(0.2, 0.5))
        p_alive is between 0.2 and 0.5
        """
        return Question(column=self.name, test=Within(low, high))

    def equals(self, value: Value) -> Condition:
        """The same text, number or truth value.

        >>> print(Column("rung").equals("client"))
        rung is client
        """
        return Question(column=self.name, test=OneOf((value,)))

    def isin(self, values: Iterable[Value]) -> Condition:
        """One of several texts or numbers.

        >>> print(Column("abc").isin(["A", "B"]))
        abc is A or B
        """
        if isinstance(values, str):
            law = f"`isin` takes several values, got the text {values!r}."
            raise DataError.because(law, hint=f"write .isin([{values!r}]).")
        return Question(column=self.name, test=OneOf(values))

    def is_missing(self) -> Condition:
        """Null or NaN. This question is always answered, so its negation holds where there is a value.

        >>> print(~Column("typical_gap").is_missing())
        typical_gap is not missing
        """
        return Question(column=self.name, test=Missing())

    def __eq__(self, other: object) -> NoReturn:
        raise _not_compared(f"{self.name} == {other!r}", write=f"kk.column({self.name!r}).equals({other!r})")

    def __ne__(self, other: object) -> NoReturn:
        raise _not_compared(f"{self.name} != {other!r}", write=f"~kk.column({self.name!r}).equals({other!r})")

    def __hash__(self) -> int:
        return hash(self.name)

    def __bool__(self) -> NoReturn:
        raise _not_compared(f"bool({self.name})", write=f"kk.column({self.name!r}).equals(True)")


@frozen(kw_only=True, str=False)
class Question(Condition):
    """One thing asked of one column."""

    column: str = field(validator=_is_a_name)
    test: Test

    @property
    def needs(self) -> tuple[str, ...]:
        """The one column."""
        return (self.column,)

    def judge(self, frame: Any) -> Judgement:
        """What the test says of the column."""
        need = f"the condition `{self}`"
        return self.test.judge(narrow(frame, need=need), self.column, need=need)

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """`purchase_days_12M is 6 (at least 4)`; no brackets where they would repeat the value."""
        at = np.flatnonzero(self.judge(frame)[0 if answer else 1])
        table = narrow(frame, need=f"the condition `{self}`")
        asked = f"{self.test}" if answer else f"not {self.test}"
        lines = np.full(len(table), "", dtype=object)
        values = table[self.column][at].to_list()
        # Many rows share few values; 1 and True would be one key of a dict, and are two words.
        words = {
            kept: self._sentence(kept[1], asked) for kept in dict.fromkeys((type(value), value) for value in values)
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
        return f"{self.column} is not {self.test}"

    def _sentence(self, value: Any, asked: str) -> str:
        said = as_words(value)
        return f"{self.column} is {said}" + ("" if said == asked else f" ({asked})")

    def to_dict(self) -> dict[str, Any]:
        """The column, and what is asked of it."""
        return {"column": self.column, **self.test.to_dict()}

    def __str__(self) -> str:
        return f"{self.column} is {self.test}"


def _not_compared(what: str, *, write: str) -> CapabilityError:
    return CapabilityError.because(f"a column is not asked that way: `{what}`.", hint=f"write {write}.")
