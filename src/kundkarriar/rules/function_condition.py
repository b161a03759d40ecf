"""A user's own function of a frame as a condition (`kk.condition`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from attrs import Attribute, field, frozen

from kundkarriar.arguments import COLUMN, Text, read_many, refusal
from kundkarriar.arrays import Whole
from kundkarriar.errors import CapabilityError, DataError, KundkarriarError, text_of
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.frames import NarrowFrame, narrow, require
from kundkarriar.rules.condition import Condition
from kundkarriar.rules.judgement import Judgement
from kundkarriar.rules.values import as_words, where_missing


def _columns(given: Any) -> tuple[str, ...]:
    law, hint = "several names of columns", 'write needs=["city"].'
    names = read_many(given, "needs", law=law, hint=hint)
    if not names or not all(map(COLUMN.holds, names)):
        raise refusal(given, "needs", law=law, hint=hint)
    return tuple(dict.fromkeys(names))


def _can_be_called(_: object, attribute: Attribute[Any], function: Any) -> None:
    if not callable(function):
        hint = 'write function=lambda frame: frame["city"] == "Örebro".'
        raise refusal(function, attribute.name, law="a function of a frame", hint=hint)


@frozen(kw_only=True, str=False)
class FunctionCondition(Condition):
    """A user's own function of a frame; `kk.condition` makes it."""

    function: Callable[[Any], Any] = field(validator=_can_be_called)
    needs: tuple[str, ...] = field(converter=_columns)
    text: str = field(validator=Text(what="the condition in words", example="lives in Örebro"))

    def leaves(self) -> tuple[Condition, ...]:
        """Itself: the comparisons inside a function cannot be seen."""
        return (self,)

    def judge(self, frame: Any) -> Judgement:
        """Holds where the function answers True and none of its columns is missing."""
        need = f"the condition `{self.text}`"
        table = narrow(frame, need=need)
        require(table, self.needs, need=need)
        answer = self._answer(table.select(*self.needs).to_native(), need=need)
        known = ~np.logical_or.reduce([where_missing(table, name, need=need) for name in self.needs])
        return Judgement.of_answers(answer, known=known, need=need)

    def _answer(self, frame: Any, *, need: str) -> Any:
        """What the function answers, in the order of the rows."""
        index = attribute_of(frame, "index")
        try:
            answer = self.function(frame)
        except KundkarriarError:
            raise
        except Exception as error:
            raise DataError.because(
                f"{need} cannot be answered, its function raised {type(error).__name__}: {text_of(error, str)}.",
                hint=f"the function is given the columns in needs={list(self.needs)} and no other: "
                "name all that it reads, and make it answer every row.",
            ) from error
        given = attribute_of(answer, "index")
        if isinstance(given, pd.Index) and isinstance(index, pd.Index) and not given.equals(index):
            raise DataError.because(
                f"{need} must answer in the order of the rows, and its answer has another index than the frame.",
                hint="return answer.reindex(frame.index), or answer.to_numpy() where it is in the order of the rows.",
            )
        return answer

    def sentences(self, table: NarrowFrame, at: Whole, *, answer: bool) -> list[str]:
        """The text of the condition and the values of its columns."""
        values = zip(*(table[name][at.tolist()].to_list() for name in self.needs), strict=True)
        said = self.text if answer else f"not: {self.text}"
        pairs = (zip(self.needs, map(as_words, row), strict=True) for row in values)
        return [f"{said} ({', '.join(f'{name} {word}' for name, word in row)})" for row in pairs]

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
        function: takes a frame of the kind given (pandas, polars or pyarrow) with the columns in `needs` and no
            other, and answers with one truth value per row; a missing answer is unknown.
        needs: the columns that the function reads, at least one. In a row in which one of them is missing, the answer
            is unknown, whatever the function says.
        text: the condition as part of a sentence: "lives in Örebro".

    >>> import pandas as pd
    >>> local = condition(lambda frame: frame["city"] == "Örebro", needs=["city"], text="lives in Örebro")
    >>> (~local).holds(pd.DataFrame({"city": ["Örebro", "Umeå", None]})).tolist()
    [False, True, False]
    """
    return FunctionCondition(function=function, needs=needs, text=text)


def refuse_functions(conditions: Mapping[str, Iterable[Condition]], *, what: str, blocks: str) -> None:
    """Refuse conditions of lazy frames that ask a function: it sees the rows of a block alone, and may compare all.

    Args:
        conditions: by the name of the rung or strategy.
        what: what these are: "rungs".
        blocks: what a block holds: "customers".

    Raises:
        CapabilityError: some condition asks a function.

    >>> refuse_functions({"rich": [condition(lambda table: table["clv"] > 9, needs=["clv"], text="a high value")]},
    ...     what="strategies", blocks="rows")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.CapabilityError: lazy frames are read in blocks of rows, and a function sees a block alone: the
    strategies ['rich'] ask one.
    <BLANKLINE>
    Hint: write their conditions with kk.column(...), or collect the frame: .collect() in polars, .to_arrow_table() in
    DuckDB, .toArrow() in Spark.
    """
    asked = [name for name, several in conditions.items() if any(each.functions() for each in several)]
    if asked:
        raise CapabilityError.because(
            f"lazy frames are read in blocks of {blocks}, and a function sees a block alone: "
            f"the {what} {asked} ask one.",
            hint="write their conditions with kk.column(...), or collect the frame: .collect() in polars, "
            ".to_arrow_table() in DuckDB, .toArrow() in Spark.",
        )
