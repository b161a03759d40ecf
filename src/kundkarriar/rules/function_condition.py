"""A user's own function of a frame as a condition (`kk.condition`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import narrow, require
from kundkarriar.rules.condition import Condition
from kundkarriar.rules.judgement import Judgement
from kundkarriar.rules.values import as_words, where_missing


def _columns(names: Iterable[str]) -> tuple[str, ...]:
    if isinstance(names, str):
        law = f"`needs` takes a list of columns, got the text {names!r}."
        raise DataError.because(law, hint=f"write needs=[{names!r}].")
    return tuple(dict.fromkeys(names))


@frozen(kw_only=True, str=False)
class FunctionCondition(Condition):
    """A user's own function of a frame; `kk.condition` makes it."""

    function: Callable[[Any], Any] = field()
    needs: tuple[str, ...] = field(converter=_columns)
    text: str = field()

    @function.validator
    def _can_be_called(self, _: object, function: Any) -> None:
        if not callable(function):
            raise ValueError(f"'function' must be a function of a frame: {function!r}")  # noqa: TRY004

    @needs.validator
    def _are_named(self, _: object, needs: tuple[Any, ...]) -> None:
        if not needs or not all(isinstance(name, str) and name for name in needs):
            raise ValueError(f"'needs' must name at least one column: {list(needs)}")

    @text.validator
    def _can_be_read(self, _: object, text: object) -> None:
        if not (isinstance(text, str) and text):
            raise ValueError(f"'text' must say the condition in words: {text!r}")

    def judge(self, frame: Any) -> Judgement:
        """Holds where the function answers True and none of its columns is missing."""
        need = f"the condition `{self.text}`"
        table = narrow(frame, need=need)
        require(table, self.needs, need=need)
        answer = self.function(table.select(*self.needs).to_native())
        known = ~np.logical_or.reduce([where_missing(table, name, need=need) for name in self.needs])
        return Judgement.of_answers(answer, known=known, need=need)

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """The text of the condition and the values of its columns."""
        at = np.flatnonzero(self.judge(frame)[0 if answer else 1])
        table = narrow(frame, need=f"the condition `{self.text}`")
        values = [table[name][at.tolist()].to_list() for name in self.needs]
        lines = np.full(len(table), "", dtype=object)
        for row, *shown in zip(at, *values, strict=True):
            pairs = ", ".join(f"{name} {as_words(v)}" for name, v in zip(self.needs, shown, strict=True))
            lines[row] = f"{self.text} ({pairs})" if answer else f"not: {self.text} ({pairs})"
        return lines

    def questions(self) -> tuple[()]:
        """None: the comparisons inside a function cannot be seen."""
        return ()

    def functions(self) -> tuple[FunctionCondition, ...]:
        """Itself."""
        return (self,)

    def to_dict(self) -> dict[str, Any]:
        """Refused: a function is not data."""
        raise CapabilityError.because(
            f"the condition `{self.text}` is a Python function, which has no dict of JSON types.",
            hint="write it with kk.column(...), or add its answer as a column and ask that.",
        )

    def __str__(self) -> str:
        return self.text


def condition(function: Callable[[Any], Any], *, needs: Iterable[str], text: str) -> Condition:
    """A condition from a plain function of a frame.

    Args:
        function: takes a frame of the kind given (pandas or polars) with the columns in `needs` and no other,
            and answers with one truth value per row; a missing answer is unknown.
        needs: the columns that the function reads, at least one. In a row in which one of them is missing, the answer
            is unknown, whatever the function says.
        text: the condition as part of a sentence: "lives in Örebro".

    >>> import pandas as pd
    >>> local = condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    >>> (~local).holds(pd.DataFrame({"city": ["Örebro", "Umeå", None]})).tolist()
    [False, True, False]
    """
    return FunctionCondition(function=function, needs=needs, text=text)
