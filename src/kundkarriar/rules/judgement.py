"""The three-valued answer of a condition: for each row it holds, it fails, or it is unknown."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kundkarriar.arrays import Mask
from kundkarriar.errors import DataError
from kundkarriar.frames import is_missing


class Judgement(NamedTuple):
    """Rows in which a condition holds and rows in which it fails, two masks (n,); in the others it is unknown."""

    holds: Mask
    fails: Mask

    @classmethod
    def where_known(cls, truth: Mask, known: Mask) -> Judgement:
        """The answer from one truth value per row, unknown where `known` is False."""
        return cls(holds=truth & known, fails=~truth & known)

    @classmethod
    def of_answers(cls, answers: Any, *, known: Mask, need: str) -> Judgement:
        """The answer of a user's function: a series, an array or a list with one truth value per row, or a missing one.

        It is unknown in rows that are not `known`, because one of the function's columns is missing.

        Raises:
            DataError: another number of values, or values that are not truth values.
        """
        values = _values(answers)
        empty = np.array([is_missing(value) for value in values], dtype=bool)
        kinds = {type(value).__name__ for value, absent in zip(values, empty, strict=True) if not absent}
        if len(values) != len(known) or not kinds <= {"bool", "bool_"}:
            raise DataError.because(
                f"{need} must answer with {len(known)} truth values, one per row, "
                f"got {len(values)} of {', '.join(sorted(kinds)) or 'nothing'}.",
                hint="return a comparison of columns: lambda frame: frame['city'] == 'Örebro'.",
            )
        truth = np.array([not absent and bool(value) for value, absent in zip(values, empty, strict=True)], dtype=bool)
        return cls.where_known(truth, known & ~empty)


def _values(answers: Any) -> list[Any]:
    """The values of a series, an array or a list; of anything else the thing itself."""
    try:
        return list(answers.to_list() if hasattr(answers, "to_list") else np.ravel(answers).tolist())
    except Exception:  # noqa: BLE001 - a foreign object that raises what it likes, or rows of different lengths
        return [answers]
