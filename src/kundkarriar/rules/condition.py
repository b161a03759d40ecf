"""Conditions on the columns of a frame of customers, joined by and, or and not; rungs and strategies are made of them.

    (kk.column("purchase_days_12M") >= 4) & (kk.column("quarters_active_12M") >= 3)

An answer has three values: the condition holds, it fails, or it is unknown because a value is missing. A condition
that is unknown does not hold, and neither does its negation (the logic of Kleene, 1952, and of SQL).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np
from attrs import Attribute, field, frozen
from numpy.typing import NDArray

from kundkarriar.arguments import Text, as_shown, read_flag
from kundkarriar.arrays import Mask, Whole
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import NarrowFrame, narrow
from kundkarriar.rules.comparison import Comparison, comparison_from_dict, comparison_to_dict
from kundkarriar.rules.judgement import Judgement
from kundkarriar.rules.values import as_words
from kundkarriar.stored_forms import Form, Misfit

DEEPEST = 100
"""Most layers of and, or, not, one within another; far deeper ones exhaust Python's stack."""
PRIORITY = 5000
"""pandas leaves an operator to what has more than the 4000 of its frames, which can then refuse it in words."""


class Condition(ABC):
    """A condition on the columns of a frame: in each row it holds, it fails, or it is unknown.

    Conditions are built with `kk.column` and `kk.condition`, and joined with `&`, `|` and `~`, in at most 100 layers.
    They are frozen, equal where they say the same, and read as part of a sentence.

    >>> import kundkarriar as kk
    >>> loyal = (kk.column("purchase_days_12M") >= 4) & ~kk.column("abc").equals("C")
    >>> print(loyal)
    purchase_days_12M is at least 4 and abc is not C
    """

    __slots__ = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns that the condition reads, each once."""
        return tuple(dict.fromkeys(name for leaf in self.leaves() for name in leaf.needs))

    @abstractmethod
    def leaves(self) -> tuple[Condition, ...]:
        """The comparisons and functions that the condition is joined of, from left to right."""

    @property
    def layers(self) -> int:
        """Number of conditions of which each stands within the one before."""
        return 1

    @abstractmethod
    def judge(self, frame: Any) -> Judgement:
        """The rows in which the condition holds and those in which it fails."""

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """Why the condition holds (`answer=True`) or fails (`False`), in words; "" on the other rows. Text, (n,)."""
        answer = read_flag(answer, "answer")
        given = self.judge(frame)[0 if answer else 1]
        lines = np.full(len(given), "", dtype=object)
        at = np.flatnonzero(given)
        lines[at] = self.sentences(narrow(frame, need=f"the condition `{self}`"), at, answer=answer)
        return lines

    @abstractmethod
    def sentences(self, table: NarrowFrame, at: Whole, *, answer: bool) -> list[str]:
        """The reasons on the rows `at`, all of which have the answer `answer`."""

    def questions(self) -> tuple[Question, ...]:
        """The comparisons of a column that the condition contains, each with its column, from left to right."""
        return tuple(leaf for leaf in self.leaves() if isinstance(leaf, Question))

    def functions(self) -> tuple[Condition, ...]:
        """The users' functions (`kk.condition`) that the condition contains, from left to right."""
        return tuple(leaf for leaf in self.leaves() if not isinstance(leaf, Question))

    @abstractmethod
    def to_dict(self) -> dict[str, Any]:
        """The condition in JSON types; `Condition.from_dict` reads it back."""

    def holds(self, frame: Any) -> Mask:
        """The rows in which the condition is known to hold.

        Args:
            frame: a frame of pandas, polars or pyarrow with the columns in `needs`.

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

    __rand__, __ror__ = __and__, __or__

    def _no_arithmetic(self, *_: object, **__: object) -> NoReturn:
        raise CapabilityError.because(
            f"conditions are joined with & and | and denied with ~, not computed with: `{self}`.",
            hint="write condition & other; condition.holds(frame) has the answers, which can be counted.",
        )

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _no_arithmetic
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __matmul__ = __rmatmul__ = _no_arithmetic
    __xor__ = __rxor__ = __neg__ = __pos__ = __abs__ = _no_arithmetic
    __divmod__ = __rdivmod__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = __round__ = _no_arithmetic
    __float__ = __int__ = __len__ = __iter__ = __getitem__ = __contains__ = __array_ufunc__ = _no_arithmetic
    __pandas_priority__ = PRIORITY

    def __invert__(self) -> Condition:
        return self.negated if isinstance(self, Negation) else Negation(negated=self)

    def __bool__(self) -> NoReturn:
        raise CapabilityError.because(
            f"the condition `{self}` has an answer for each row, not one for all.",
            hint="write & | ~ for and, or, not, kk.column(...).between(low, high) for low <= column <= high, "
            "and ask condition.holds(frame).",
        )


def read_condition(data: Any, *, layers: int = 1) -> Condition:
    """The condition that `to_dict` wrote; `layers` is the number of dicts in which this one stands, itself included.

    Raises:
        Misfit: not the dict of a condition.
    """
    if layers > DEEPEST:
        raise Misfit(f"a condition has at most {DEEPEST} layers of and, or, not.", hint=FEWER_LAYERS)
    match data:
        case {"all": [_, *_] as parts, **rest} if not rest:
            return Joined(how="all", parts=tuple(read_condition(part, layers=layers + 1) for part in parts))
        case {"any": [_, *_] as parts, **rest} if not rest:
            return Joined(how="any", parts=tuple(read_condition(part, layers=layers + 1) for part in parts))
        case {"not": negated, **rest} if not rest:
            return Negation(negated=read_condition(negated, layers=layers + 1))
        case {"column": str(name), **kept} if name and (comparison := comparison_from_dict(kept)) is not None:
            return Question(column=name, comparison=comparison)
    raise Misfit(
        f"this is not the dict of a condition: {as_shown(data)}.",
        hint='one looks like {"column": "p_alive", "is": "<", "value": 0.5}: see condition.to_dict().',
    )


CONDITION = Form(law="a condition", write=lambda condition: condition.to_dict(), read=read_condition)
A_CONDITION = instance_of(Condition, example='kk.column("purchase_days") >= 1')
COLUMN_NAME = Text(what="the name of a column", example="purchase_days")
FEWER_LAYERS = "join many conditions with one & or one |, which makes one layer."


def _not_too_deep(_: object, __: Attribute[Any], layers: int) -> None:
    if layers > DEEPEST:
        raise DataError.because(f"a condition has at most {DEEPEST} layers of and, or, not.", hint=FEWER_LAYERS)


@frozen(kw_only=True, str=False)
class Question(Condition):
    """The condition that a column's value passes a comparison."""

    column: str = field(validator=COLUMN_NAME)
    comparison: Comparison

    @property
    def needs(self) -> tuple[str, ...]:
        """The column compared."""
        return (self.column,)

    def leaves(self) -> tuple[Condition, ...]:
        """Itself."""
        return (self,)

    def judge(self, frame: Any) -> Judgement:
        """Holds and fails as the comparison does."""
        need = f"the condition `{self}`"
        return self.comparison.judge(narrow(frame, need=need), self.column, need=need)

    def sentences(self, table: NarrowFrame, at: Whole, *, answer: bool) -> list[str]:
        """`purchase_days_12M is 6 (at least 4)`; without brackets where they would repeat the value."""
        required = f"{self.comparison}" if answer else f"not {self.comparison}"
        # Many rows share few values; 1 and True would be one key of a dict, and are two words.
        keys = [(type(value), value) for value in table[self.column][at].to_list()]
        words = {key: as_words(key[1]) for key in dict.fromkeys(keys)}
        lines = {
            key: f"{self.column} is {word}" + ("" if word == required else f" ({required})")
            for key, word in words.items()
        }
        return [lines[key] for key in keys]

    @property
    def denied(self) -> str:
        """`abc is not C`."""
        return f"{self.column} is not {self.comparison}"

    def to_dict(self) -> dict[str, Any]:
        """The column and its comparison."""
        return {"column": self.column, **comparison_to_dict(self.comparison)}

    def __str__(self) -> str:
        return f"{self.column} is {self.comparison}"


@frozen(kw_only=True, str=False)
class Joined(Condition):
    """Several conditions, of which all must hold (`&`) or at least one (`|`)."""

    how: str
    parts: tuple[Condition, ...]
    layers: int = field(init=False, eq=False, repr=False, validator=_not_too_deep)

    @layers.default
    def _one_more(self) -> int:
        return 1 + max(part.layers for part in self.parts)

    def leaves(self) -> tuple[Condition, ...]:
        """The leaves of all parts."""
        return tuple(leaf for part in self.parts for leaf in part.leaves())

    def judge(self, frame: Any) -> Judgement:
        """All: holds where every part holds, fails where one part fails. Any: holds and fails change places."""
        answers = [part.judge(frame) for part in self.parts]
        of_holds, of_fails = np.logical_and.reduce, np.logical_or.reduce
        if self.how == "any":
            of_holds, of_fails = of_fails, of_holds
        return Judgement(of_holds([a.holds for a in answers]), of_fails([a.fails for a in answers]))

    def sentences(self, table: NarrowFrame, at: Whole, *, answer: bool) -> list[str]:
        """The reasons of the parts that have the same answer."""
        each = [part.explain(table, answer=answer)[at] for part in self.parts]
        return [" and ".join(filter(None, reasons)) for reasons in zip(*each, strict=True)]

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
    layers: int = field(init=False, eq=False, repr=False, validator=_not_too_deep)

    @layers.default
    def _one_more(self) -> int:
        return 1 + self.negated.layers

    def leaves(self) -> tuple[Condition, ...]:
        """The leaves of the negated condition."""
        return self.negated.leaves()

    def judge(self, frame: Any) -> Judgement:
        """Holds and fails change places; unknown stays unknown."""
        answer = self.negated.judge(frame)
        return Judgement(holds=answer.fails, fails=answer.holds)

    def sentences(self, table: NarrowFrame, at: Whole, *, answer: bool) -> list[str]:
        """Why the negated condition has the opposite answer."""
        return self.negated.sentences(table, at, answer=not answer)

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
