"""Columns as conditions read them."""

import pandas as pd
import pytest

import kundkarriar as kk

MISSING = [None] * 120
"""More rows than narwhals looks at to tell the type of a column of objects."""


@pytest.mark.parametrize(
    ("condition", "known"), [(kk.column("x").equals(True), [True, False]), (kk.column("x") > 1, [1, 5.0])]
)
def test_values_may_come_after_many_missing_ones(condition, known):
    frame = pd.DataFrame({"x": pd.Series(MISSING + known, dtype=object)})
    assert condition.holds(frame).sum() == 1


@pytest.mark.parametrize("known", [["many"], ["many", 5], []])
def test_a_text_after_them_is_no_number(message_of, known):
    frame = pd.DataFrame({"x": pd.Series(MISSING + known, dtype=object)})
    message = message_of(kk.DataError, lambda: (kk.column("x") > 1).holds(frame))
    assert message.startswith("the condition `x is more than 1` needs numbers in `x`, found String: broken by ")
