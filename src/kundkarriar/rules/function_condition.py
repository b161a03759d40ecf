"""What a user's own function of a frame answers, as a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import narrow, require
from kundkarriar.rules.comparison import Judgement, as_words, missing
from kundkarriar.rules.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from kundkarriar.rules.column import Question


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
        """Holds where the function says so and none of its columns is missing."""
        need = f"the condition `{self.text}`"
        table = narrow(frame, need=need)
        require(table, self.needs, need=need)
        answer = self.function(table.select(*self.needs).to_native())
        known = ~np.logical_or.reduce([missing(table, name, need=need) for name in self.needs])
        return Judgement.of_answers(answer, known=known, need=need)

    def explain(self, frame: Any, *, answer: bool) -> NDArray[Any]:
        """The text, and the values of its columns."""
        at = np.flatnonzero(self.judge(frame)[0 if answer else 1])
        table = narrow(frame, need=f"the condition `{self.text}`")
        values = [table[name][at.tolist()].to_list() for name in self.needs]
        lines = np.full(len(table), "", dtype=object)
        for row, *shown in zip(at, *values, strict=True):
            pairs = ", ".join(f"{name} {as_words(v)}" for name, v in zip(self.needs, shown, strict=True))
            lines[row] = f"{self.text} ({pairs})" if answer else f"not: {self.text} ({pairs})"
        return lines

    def questions(self) -> tuple[Question, ...]:
        """None: what a function asks cannot be seen."""
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
