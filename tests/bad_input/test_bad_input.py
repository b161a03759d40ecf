"""Bad input as data: each case is a call, its input, and the words of the refusal or the documented result.

The files in `cases/` hold `CASES`, lists of (call, input, outcome) by kind, and `CALLS`, groups of calls that a case
may name instead of one. Calls and inputs are expressions over the names of `names()`; in a call `given` is the input.
An outcome is one of

    words                 that the message of a `KundkarriarError` holds, which ends with a hint;
    "warns: words"        that a `DataWarning` holds;
    "like: input"         the answer is that for the other input;
    "gives: expression"   the answer is the value of the expression.

No other error and no other warning is accepted, whatever the outcome.
"""

import math
import runpy
import warnings
from functools import cache
from pathlib import Path

import attrs
import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "bad_input.md"


@attrs.frozen
class Case:
    """One call with one input, and what must come of it."""

    kind: str
    call: str
    input: str
    outcome: str

    def __str__(self):
        return f"{self.kind}: {self.call} of {self.input}"


def cases():
    """All cases, those of a group of calls once for each call."""
    for path in sorted((HERE / "cases").glob("*_cases.py")):
        read = runpy.run_path(str(path))
        for kind, listed in read["CASES"].items():
            for call, given, outcome in listed:
                for each in read["CALLS"].get(call, [call]):
                    yield Case(kind, each, given, outcome)


CASES = list(cases())


@cache
def names():
    """What calls and inputs are written with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        return runpy.run_path(str(HERE / "cases" / "names.py"))


def value_of(expression, **more):
    """The value of an expression of a case."""
    return eval(expression, {**names(), **more})  # noqa: S307 - the cases are code of this repository


def as_columns(answer):
    """A frame as lists of plain values, with None where one is missing."""
    frame = nw.from_native(answer, eager_only=True)
    columns = {name: frame.get_column(name).to_list() for name in frame.columns}
    return {name: [None if pd.api.types.is_scalar(each) and pd.isna(each) else each for each in values]
            for name, values in columns.items()}  # fmt: skip


def alike(one, other):
    """Whether two answers say the same; numbers may differ by rounding, and frames in library, types and index."""
    if hasattr(one, "columns"):
        one, other = as_columns(one), as_columns(other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple | np.ndarray):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


def answer_and_words(case):
    """The answer, and what a refusal or warnings say; other errors are raised, other warnings are refused."""
    given, answer, words = value_of(case.input), None, ""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        try:
            answer = value_of(case.call, given=given)
        except kk.KundkarriarError as refused:
            words = str(refused)
    foreign = [str(each.message) for each in told if not issubclass(each.category, kk.DataWarning)]
    assert not foreign
    return answer, words or "\n".join(str(each.message) for each in told)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case(case):
    """Law: a bad input is refused in words with a hint, or gives what the case says."""
    answer, words = answer_and_words(case)
    how, _, expected = case.outcome.partition(": ")
    if how == "warns":
        assert answer is not None
        assert expected in words
    elif how in {"like", "gives"}:
        assert answer is not None, words
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", kk.DataWarning)
            wanted = value_of(case.call, given=value_of(expected)) if how == "like" else value_of(expected)
        assert alike(answer, wanted)
    else:
        assert case.outcome in words
        assert answer is None, "accepted"
        assert "Hint: " in words


def test_there_are_enough_cases():
    """Each case stands once."""
    assert len(CASES) >= 400
    assert len(set(CASES)) == len(CASES)


def test_the_page_lists_the_kinds():
    """`docs/bad_input.md` has a row for each kind of bad input, and no other; its quotations are words of a case."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    rows = [
        line.removeprefix("| ").removesuffix(" |").split(" | ")
        for line in lines
        if line != "| kind | what happens | it says |"
    ]
    assert sorted(kind for kind, *_ in rows) == sorted({case.kind for case in CASES})
    for kind, _, said in rows:
        assert any(said in case.outcome for case in CASES if case.kind == kind), said
