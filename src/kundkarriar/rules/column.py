"""A column by its name (`kk.column`), whose comparisons are conditions."""

import operator
from collections.abc import Iterable
from typing import Any, NoReturn

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import as_shown, read_many
from kundkarriar.errors import CapabilityError
from kundkarriar.rules.comparison import Limit, Missing, OneOf, Within
from kundkarriar.rules.condition import COLUMN_NAME, PRIORITY, Condition, Question
from kundkarriar.rules.values import Value

MIRRORED: dict[Any, Any] = {
    np.less: operator.gt,
    np.less_equal: operator.ge,
    np.greater: operator.lt,
    np.greater_equal: operator.le,
    np.equal: operator.eq,
    np.not_equal: operator.ne,
}
"""How a column answers a number of numpy that stands before it: 5 < column is column > 5."""


@frozen(eq=False)
class Column:
    """A column by its name; comparing it makes a condition. `kk.column` makes it."""

    name: str = field(validator=COLUMN_NAME)

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
        if isinstance(value, Column):
            one, other = (f"frame[{name!r}]" for name in (self.name, value.name))
            example = f"lambda frame: {one} == {other}, needs={[self.name, value.name]}, text='they are equal'"
            raise _not_compared(f"{self.name} equals {value.name}", write=f"kk.condition({example})")
        return Question(column=self.name, comparison=OneOf((value,)))

    def isin(self, values: Iterable[Value]) -> Condition:
        """Equal to one of several texts or numbers.

        >>> print(Column("abc").isin(["A", "B"]))
        abc is A or B
        """
        several = read_many(values, "values", law="several texts or numbers", hint='write .isin(["A", "B"]).')
        return Question(column=self.name, comparison=OneOf(several))

    def is_missing(self) -> Condition:
        """Null or NaN. The answer is never unknown, so the negation holds where there is a value.

        >>> print(~Column("typical_gap").is_missing())
        typical_gap is not missing
        """
        return Question(column=self.name, comparison=Missing())

    def __eq__(self, other: object) -> NoReturn:
        value = as_shown(other)
        raise _not_compared(f"{self.name} == {value}", write=f"kk.column({self.name!r}).equals({value})")

    def __ne__(self, other: object) -> NoReturn:
        value = as_shown(other)
        raise _not_compared(f"{self.name} != {value}", write=f"~kk.column({self.name!r}).equals({value})")

    def _no_arithmetic(self, *_: object) -> NoReturn:
        example = f'frame["computed"] = 2 * frame["{self.name}"]'
        raise CapabilityError.because(
            f"a column of a condition is compared, not computed with: `{self.name}` is a name, not yet numbers.",
            hint=f'compute the column in the frame first, {example}, then kk.column("computed") >= 10.',
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _no_arithmetic
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = (
        _no_arithmetic
    )
    __divmod__ = __rdivmod__ = __matmul__ = __rmatmul__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = (
        _no_arithmetic
    )
    __round__ = __float__ = __int__ = __len__ = __iter__ = __getitem__ = __contains__ = _no_arithmetic

    def __array_ufunc__(self, ufunc: Any, _: str, *given: Any, **__: Any) -> Condition:
        """Comparisons with numpy's numbers are the column's; functions of numpy are refused."""
        if ufunc not in MIRRORED or given[0] is self:
            self._no_arithmetic()
        answer: Condition = MIRRORED[ufunc](self, np.asarray(given[0])[()])
        return answer

    __pandas_priority__ = PRIORITY

    def _no_condition(self, *_: object) -> NoReturn:
        raise CapabilityError.because(
            f"a column alone is not a condition: `{self.name}`.",
            hint=f"compare it first: kk.column({self.name!r}).equals(True), in brackets beside & and |.",
        )

    __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __invert__ = _no_condition

    def __hash__(self) -> int:
        return hash(self.name)

    def __bool__(self) -> NoReturn:
        raise _not_compared(f"bool({self.name})", write=f"kk.column({self.name!r}).equals(True)")


def column(name: str) -> Column:
    """A column of the frame, to be compared with numbers, text or truth values.

    Raises:
        DataError: not a name.

    >>> print(column("p_alive") < 0.5)
    p_alive is less than 0.5
    """
    return Column(name)


def _not_compared(what: str, *, write: str) -> CapabilityError:
    return CapabilityError.because(f"a column is not asked that way: `{what}`.", hint=f"write {write}.")
