"""The rungs that occur, from the lowest, for the grid and the plots."""

import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.classes.grid import rung_order


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_rungs_are_ordered_by_number(kind):
    """Not by alphabet; two rungs of one number stay two."""
    frame = kind({"rung": ["prospect", "client", "lead", "client"], "rung_number": [1, 10, 1, 10]})
    rungs, position = rung_order(nw.from_native(frame), need="This test")
    assert rungs == [(1, "lead"), (1, "prospect"), (10, "client")]
    assert position.tolist() == [1, 2, 0, 2]


def test_a_number_is_needed():
    with pytest.raises(kk.DataError) as error:
        rung_order(nw.from_native(pd.DataFrame({"rung": ["client"]})), need="This test")
    assert str(error.value) == (
        "This test needs columns that are not there: ['rung_number'].\n\nHint: the DataFrame has ['rung']."
    )
