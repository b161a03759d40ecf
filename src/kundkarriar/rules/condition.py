"""Questions asked of each customer: what rungs and strategies are written in.

    (kk.column("purchase_days_12M") >= 4) & (kk.column("quarters_active_12M") >= 3)

An answer has three values: it holds, it fails, or it is unknown because a value is missing. What is unknown
never holds, and neither does its negation (the logic of Kleene, 1952, and of SQL).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from attrs import field, frozen
from attrs.validators import in_, min_len

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.rules.comparison import Judgement, asked_from_dict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from numpy.typing import NDArray

    from kundkarriar.rules.column import Column, Question
    from kundkarriar.rules.function_condition import FunctionCondition


class Condition(ABC):
    """A question that every row of a frame answers: it holds, it fails, or it is unknown.

    Conditions are built with `kk.column` and `kk.condition`, and joined with `&`, `|` and `~`. They are
    frozen, equal where they say the same, and read as part of a sentence.

    >>> loyal = (column("purchase_days_12M") >= 4) & ~column("abc").equals("C")
    >>> print(loyal)
    purchase_days_12M is at least 4 and abc is not C
    """

    __slots__ = ()

    @property
    @abstractmethod
    def needs(self) -> tuple[str, ...]:
        """The columns that the question reads, each once."""

    @abstractmethod
    def judge(self, frame: Any) -> Judgement:
        """Where it holds and where it fails, row by row."""

    @abstractmethod
    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """Why it holds (`answer=True`) or fails (`False`), in words; "" on the other rows. Text, (n,)."""

    @abstractmethod
    def questions(self) -> tuple[Question, ...]:
        """The questions of single columns that it is made of, from left to right."""

    @abstractmethod
    def functions(self) -> tuple[FunctionCondition, ...]:
        """The users' functions that it is made of, from left to right: what they ask cannot be seen."""

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The condition in JSON types; `Condition.from_dict` reads it back."""

    def holds(self, frame: Any) -> NDArray[np.bool_]:
        """Where the condition is known to hold.

        Args:
            frame: a pandas or polars frame with the columns in `needs`.

        Returns:
            One truth value per row, (n,), in the order of the rows.

        Raises:
            DataError: a column is not there, or text stands where numbers are compared.

        >>> import pandas as pd
        >>> (column("age") >= 18).holds(pd.DataFrame({"age": [17, 18, None]})).tolist()
        [False, True, False]
        """
        return self.judge(frame).holds

    def reason(self, frame: Any) -> NDArray[Any]:
        """The values that made it hold, in words; "" on rows where it does not hold. Text, (n,).

        >>> import pandas as pd
        >>> (column("age") >= 18).reason(pd.DataFrame({"age": [17, 18]})).tolist()
        ['', 'age is 18 (at least 18)']
        """
        return self.explain(frame, answer=True)

    @property
    def denied(self) -> str:
        """Its negation, as part of a sentence."""
        return f"not ({self})"

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Condition:
        """The condition that `to_dict` wrote.

        Raises:
            DataError: not the dict of a condition.

        >>> Condition.from_dict({"column": "age", "is": ">=", "value": 18}) == (column("age") >= 18)
        True
        """
        return _from_dict(data)

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


def column(name: str) -> Column:
    """A column of the frame to be asked, to compare with numbers, text or truth values.

    Args:
        name: of the column, as text.

    Raises:
        DataError: not a name.

    >>> print(column("p_alive") < 0.5)
    p_alive is less than 0.5
    """
    # Imported here, as in `condition` and `_from_dict`: what is asked is a Condition, and a Condition is read from
    # what is asked.
    from kundkarriar.rules.column import Column  # noqa: PLC0415

    return Column(name)


def condition(function: Callable[[Any], Any], *, needs: Iterable[str], text: str) -> Condition:
    """A condition from a plain function of a frame.

    Args:
        function: takes a frame of the kind given (pandas or polars) with the columns in `needs` and no other,
            and answers with one truth value per row; a missing answer is unknown.
        needs: the columns the function reads, at least one. Where one of them is missing in a row, the answer
            there is unknown, whatever the function says.
        text: the condition as part of a sentence: "lives in Örebro".

    >>> import pandas as pd
    >>> local = condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    >>> (~local).holds(pd.DataFrame({"city": ["Örebro", "Umeå", None]})).tolist()
    [False, True, False]
    """
    from kundkarriar.rules.function_condition import FunctionCondition  # noqa: PLC0415

    return FunctionCondition(function=function, needs=needs, text=text)


@frozen(kw_only=True, str=False)
class Joined(Condition):
    """Several conditions of which all must hold (`&`), or any (`|`)."""

    how: str = field(validator=in_(("all", "any")))
    parts: tuple[Condition, ...] = field(validator=min_len(1))

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of all parts."""
        return tuple(dict.fromkeys(name for part in self.parts for name in part.needs))

    def judge(self, frame: Any) -> Judgement:
        """All: holds where every part holds, fails where one fails. Any: the other way round."""
        answers = [part.judge(frame) for part in self.parts]
        of_holds, of_fails = np.logical_and.reduce, np.logical_or.reduce
        if self.how == "any":
            of_holds, of_fails = of_fails, of_holds
        return Judgement(of_holds([a.holds for a in answers]), of_fails([a.fails for a in answers]))

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """The reasons of the parts that gave the same answer."""
        given = self.judge(frame)[0 if answer else 1]
        each = [part.explain(frame, answer=answer) for part in self.parts]
        lines = np.full(len(given), "", dtype=object)
        for row in np.flatnonzero(given):
            lines[row] = " and ".join(reasons[row] for reasons in each if reasons[row])
        return lines

    def questions(self) -> tuple[Question, ...]:
        """Those of the parts."""
        return tuple(question for part in self.parts for question in part.questions())

    def functions(self) -> tuple[FunctionCondition, ...]:
        """Those of the parts."""
        return tuple(function for part in self.parts for function in part.functions())

    def to_dict(self) -> dict[str, Any]:
        """The parts under "all" or "any"."""
        return {self.how: [part.to_dict() for part in self.parts]}

    def __str__(self) -> str:
        word = " and " if self.how == "all" else " or "
        return word.join(f"({part})" if isinstance(part, Joined) else str(part) for part in self.parts)


@frozen(kw_only=True, str=False)
class Negation(Condition):
    """Holds where another condition is known to fail (`~`)."""

    negated: Condition

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the negated condition."""
        return self.negated.needs

    def judge(self, frame: Any) -> Judgement:
        """The two answers change places; unknown stays unknown."""
        answer = self.negated.judge(frame)
        return Judgement(holds=answer.fails, fails=answer.holds)

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """Why the negated condition gave the other answer."""
        return self.negated.explain(frame, answer=not answer)

    def questions(self) -> tuple[Question, ...]:
        """Those of the negated condition."""
        return self.negated.questions()

    def functions(self) -> tuple[FunctionCondition, ...]:
        """Those of the negated condition."""
        return self.negated.functions()

    def to_dict(self) -> dict[str, Any]:
        """The negated condition under "not"."""
        return {"not": self.negated.to_dict()}

    def __str__(self) -> str:
        return self.negated.denied


def _joined(how: str, one: Condition, other: object) -> Condition:
    """Both under one `how`; parts already joined that way are taken in one by one."""
    if not isinstance(other, Condition):
        law = f"a condition is joined with another condition, got {type(other).__name__}."
        hint = "put each comparison in brackets: (kk.column(...) >= 4) & (kk.column(...) < 1)."
        raise CapabilityError.because(law, hint=hint)
    sides = [side.parts if isinstance(side, Joined) and side.how == how else (side,) for side in (one, other)]
    return Joined(how=how, parts=sides[0] + sides[1])


def _from_dict(data: Mapping[str, Any]) -> Condition:
    from kundkarriar.rules.column import Question  # noqa: PLC0415

    match data:
        case {"all": [_, *_] as parts, **rest} if not rest:
            return Joined(how="all", parts=tuple(map(_from_dict, parts)))
        case {"any": [_, *_] as parts, **rest} if not rest:
            return Joined(how="any", parts=tuple(map(_from_dict, parts)))
        case {"not": negated, **rest} if not rest:
            return Negation(negated=_from_dict(negated))
        case {"column": str(name), **asked} if name and (test := asked_from_dict(asked)) is not None:
            return Question(column=name, test=test)
    raise DataError.because(
        f"this is not the dict of a condition: {data!r}.",
        hint='one looks like {"column": "p_alive", "is": "<", "value": 0.5}: see condition.to_dict().',
    )
