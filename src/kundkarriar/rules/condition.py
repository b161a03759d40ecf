"""Conditions on the columns of a frame of customers, joined by and, or and not; rungs and strategies are made of them.

    (kk.column("purchase_days_12M") >= 4) & (kk.column("quarters_active_12M") >= 3)

An answer has three values: the condition holds, it fails, or it is unknown because a value is missing. A condition
that is unknown does not hold, and neither does its negation (the logic of Kleene, 1952, and of SQL).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, NoReturn, TypeAlias

import numpy as np
from attrs import field, frozen
from attrs.validators import in_, min_len
from numpy.typing import NDArray

from kundkarriar.arrays import Mask
from kundkarriar.errors import CapabilityError
from kundkarriar.fields import instance_of
from kundkarriar.rules.comparison import ComparedColumn
from kundkarriar.rules.judgement import Judgement
from kundkarriar.stored_forms import Form, Misfit


class Condition(ABC):
    """A condition on the columns of a frame: in each row it holds, it fails, or it is unknown.

    Conditions are built with `kk.column` and `kk.condition`, and joined with `&`, `|` and `~`. They are
    frozen, equal where they say the same, and read as part of a sentence.

    >>> import kundkarriar as kk
    >>> loyal = (kk.column("purchase_days_12M") >= 4) & ~kk.column("abc").equals("C")
    >>> print(loyal)
    purchase_days_12M is at least 4 and abc is not C
    """

    __slots__ = ()

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The columns that the condition reads, each once."""

    @abstractmethod
    def judge(self, frame: Any) -> Judgement:
        """The rows in which the condition holds and those in which it fails."""

    @abstractmethod
    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """Why the condition holds (`answer=True`) or fails (`False`), in words; "" on the other rows. Text, (n,)."""

    @abstractmethod
    def questions(self) -> tuple[ComparedColumn, ...]:
        """The comparisons of a column that the condition contains, each with its column, from left to right."""

    @abstractmethod
    def functions(self) -> tuple[Condition, ...]:
        """The users' functions (`kk.condition`) that the condition contains, from left to right."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The condition in JSON types; `Condition.from_dict` reads it back."""

    def holds(self, frame: Any) -> Mask:
        """The rows in which the condition is known to hold.

        Args:
            frame: a pandas or polars frame with the columns in `needs`.

        Returns:
            One truth value per row, (n,), in the order of the rows.

        Raises:
            DataError: a column is missing from the frame, or holds text where numbers are compared.

        >>> import pandas as pd, kundkarriar as kk
        >>> (kk.column("age") >= 18).holds(pd.DataFrame({"age": [17, 18, None]})).tolist()
        [False, True, False]
        """
        return self.judge(frame).holds

    def reason(self, frame: Any) -> NDArray[Any]:
        """The values that make the condition hold, in words; "" on the other rows. Text, (n,).

        >>> import pandas as pd, kundkarriar as kk
        >>> (kk.column("age") >= 18).reason(pd.DataFrame({"age": [17, 18]})).tolist()
        ['', 'age is 18 (at least 18)']
        """
        return self.explain(frame, answer=True)

    @property
    def denied(self) -> str:
        """The negation of the condition, as part of a sentence."""
        return f"not ({self})"

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Condition:
        """The condition that `to_dict` wrote.

        Raises:
            DataError: not the dict of a condition.

        >>> import kundkarriar as kk
        >>> Condition.from_dict({"column": "age", "is": ">=", "value": 18}) == (kk.column("age") >= 18)
        True
        """
        try:
            return read_condition(data)
        except Misfit as misfit:
            raise misfit.error() from misfit

    def __and__(self, other: Condition) -> Condition:
        return _joined("all", self, other)

    def __or__(self, other: Condition) -> Condition:
        return _joined("any", self, other)

    def __invert__(self) -> Condition:
        return self.negated if isinstance(self, Negation) else Negation(negated=self)

    def __bool__(self) -> NoReturn:
        raise CapabilityError.because(
            f"the condition `{self}` has an answer for each row, not one for all.",
            hint="write & | ~ for and, or, not, kk.column(...).between(low, high) for low <= column <= high, "
            "and ask condition.holds(frame).",
        )


DictReader: TypeAlias = Callable[[Mapping[str, Any]], Condition | None]
DICT_READERS: list[DictReader] = []
"""Readers of stored conditions, one for each kind; a reader returns None for the dict of another kind."""


def dict_reader(read: DictReader) -> DictReader:
    """Decorator that adds a function to `DICT_READERS`. `rules/__init__.py` imports every file that uses it."""
    DICT_READERS.append(read)
    return read


def read_condition(data: Any) -> Condition:
    """The condition that `to_dict` wrote.

    Raises:
        Misfit: not the dict of a condition.
    """
    for read in DICT_READERS:
        if (condition := read(data)) is not None:
            return condition
    raise Misfit(
        f"this is not the dict of a condition: {data!r}.",
        hint='one looks like {"column": "p_alive", "is": "<", "value": 0.5}: see condition.to_dict().',
    )


CONDITION = Form(law="a condition", write=lambda condition: condition.to_dict(), read=read_condition)
A_CONDITION = instance_of(Condition, example='kk.column("purchase_days") >= 1')


@frozen(kw_only=True, str=False)
class Joined(Condition):
    """Several conditions, of which all must hold (`&`) or at least one (`|`)."""

    how: str = field(validator=in_(("all", "any")))
    parts: tuple[Condition, ...] = field(validator=min_len(1))

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of all parts."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.needs))

    def judge(self, frame: Any) -> Judgement:
        """All: holds where every part holds, fails where one part fails. Any: holds and fails change places."""
        answers = [part.judge(frame) for part in self.parts]
        of_holds, of_fails = np.logical_and.reduce, np.logical_or.reduce
        if self.how == "any":
            of_holds, of_fails = of_fails, of_holds
        return Judgement(of_holds([a.holds for a in answers]), of_fails([a.fails for a in answers]))

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """The reasons of the parts that have the same answer."""
        given = self.judge(frame)[0 if answer else 1]
        each = [part.explain(frame, answer=answer) for part in self.parts]
        lines = np.full(len(given), "", dtype=object)
        for row in np.flatnonzero(given):
            lines[row] = " and ".join(reasons[row] for reasons in each if reasons[row])
        return lines

    def questions(self) -> tuple[ComparedColumn, ...]:
        """The comparisons of all parts."""
        return tuple(question for part in self.parts for question in part.questions())

    def functions(self) -> tuple[Condition, ...]:
        """The functions of all parts."""
        return tuple(function for part in self.parts for function in part.functions())

    def to_dict(self) -> dict[str, Any]:
        """The parts under "all" or "any"."""
        return {self.how: [part.to_dict() for part in self.parts]}

    def __str__(self) -> str:
        word = " and " if self.how == "all" else " or "
        return word.join(f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts)


@frozen(kw_only=True, str=False)
class Negation(Condition):
    """A condition that holds where another is known to fail (`~`)."""

    negated: Condition

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the negated condition."""
        return self.negated.needs

    def judge(self, frame: Any) -> Judgement:
        """Holds and fails change places; unknown stays unknown."""
        answer = self.negated.judge(frame)
        return Judgement(holds=answer.fails, fails=answer.holds)

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """Why the negated condition has the opposite answer."""
        return self.negated.explain(frame, answer=not answer)

    def questions(self) -> tuple[ComparedColumn, ...]:
        """The comparisons of the negated condition."""
        return self.negated.questions()

    def functions(self) -> tuple[Condition, ...]:
        """The functions of the negated condition."""
        return self.negated.functions()

    def to_dict(self) -> dict[str, Any]:
        """The negated condition under "not"."""
        return {"not": self.negated.to_dict()}

    def __str__(self) -> str:
        return self.negated.denied


def _joined(how: str, left: Condition, right: object) -> Condition:
    """Both conditions joined by "all" or "any"; a side that is joined the same way is flattened."""
    if not isinstance(right, Condition):
        law = f"a condition is joined with another condition, got {type(right).__name__}."
        hint = "put each comparison in brackets: (kk.column(...) >= 4) & (kk.column(...) < 1)."
        raise CapabilityError.because(law, hint=hint)
    sides = [side.parts if isinstance(side, Joined) and side.how == how else (side,) for side in (left, right)]
    return Joined(how=how, parts=sides[0] + sides[1])


@dict_reader
def _read_joined(data: Mapping[str, Any]) -> Condition | None:
    match data:
        case {"all": [_, *_] as parts, **rest} if not rest:
            return Joined(how="all", parts=tuple(map(read_condition, parts)))
        case {"any": [_, *_] as parts, **rest} if not rest:
            return Joined(how="any", parts=tuple(map(read_condition, parts)))
    return None


@dict_reader
def _read_negation(data: Mapping[str, Any]) -> Condition | None:
    match data:
        case {"not": negated, **rest} if not rest:
            return Negation(negated=read_condition(negated))
    return None
