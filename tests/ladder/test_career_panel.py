"""Careers as a panel: reading, and bad input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.ladder.career_panel import read_careers


def panel(**rungs):
    """A frame of careers: one string per customer, one letter per month from 2026-01, blanks before entry."""
    rows = [
        (who, f"2026-{month + 1:02}-01", letter)
        for who, letters in rungs.items()
        for month, letter in enumerate(letters)
        if letter != " "
    ]
    frame = pd.DataFrame(rows, columns=["customer_id", "period_start", "rung"])
    return frame.assign(period_start=pd.to_datetime(frame["period_start"]))


def test_rows_are_read_customer_by_customer():
    frame = panel(a="xyy", b=" xy")
    shuffled = frame.iloc[[0, 3, 1, 4, 2]]
    for given in (frame, shuffled):
        panel_read = read_careers(given)
        assert [str(state) for state in panel_read.states] == ["x", "y"]
        assert panel_read.code.tolist() == [0, 1, 1, 0, 1]
        assert panel_read.start.tolist() == [0, 3, 5]
        assert (panel_read.entry - panel_read.entry[0]).tolist() == [0, 1]
        assert given["rung"].to_numpy()[panel_read.row].tolist() == ["x", "y", "y", "x", "y"]


def test_steps_by_hand():
    counts, row = read_careers(panel(a="xyyx", b=" xy")).counts()
    assert counts.first.tolist() == [0, 0]
    assert counts.steps.toarray()[row].tolist() == [[0, 1, 1, 1], [0, 1, 0, 0]]


def test_states_at_a_month_and_until_it():
    panel_read = read_careers(panel(a="xyy", b="  x"))
    month = int(panel_read.entry[0])
    assert panel_read.state_at(month + 1).tolist() == [1, -1]
    seen = panel_read.until(month + 1)
    assert seen.code.tolist() == [0, 1]
    assert seen.customers.to_list() == ["a"]


def test_order_of_the_rungs():
    frame = panel(a="yx")
    assert [state.rung for state in read_careers(frame).states] == ["y", "x"]
    assert [state.rung for state in read_careers(frame, rungs=("x", "y")).states] == ["x", "y"]
    numbered = frame.assign(rung_number=[2, 1])
    assert [state.rung for state in read_careers(numbered).states] == ["x", "y"]


def test_the_flag_splits_rungs_and_incomplete_months_are_left_out():
    frame = panel(a="xxx").assign(lapsed=[False, True, True], complete=[True, True, False])
    panel_read = read_careers(frame)
    assert [str(state) for state in panel_read.states] == ["x", "x, lapsed"]
    assert panel_read.code.tolist() == [0, 1]


def test_an_unknown_entry_gives_no_first_state():
    frame = panel(a="xy", b="xy").assign(entry=["unknown", "unknown", "known", "known"])
    counts, row = read_careers(frame).counts()
    assert counts.first[row].tolist() == [-1, 0]


BROKEN = {
    "a gap": (
        lambda: panel(a="xyy").drop(index=1),
        "a customer has a row for every month since entry, those without a purchase too: broken by 1 of 2 rows",
        "Hint: insert the missing months (0 purchases), as ladder.careers(...) does.",
    ),
    "out of order": (
        lambda: panel(a="xyy").iloc[[0, 2, 1]],
        "a customer's rows go forward in time: broken by 1 of 3 rows",
        "Hint: sort by customer_id and period_start.",
    ),
    "a month twice": (
        lambda: panel(a="xy").iloc[[0, 1, 1]],
        "a customer has one row a month: broken by 1 of 3 rows",
        "Hint: drop the rows that come twice.",
    ),
    "before entry": (
        lambda: panel(a="xy").assign(rung=[None, "y"]),
        "every row needs a rung: broken by 1 of 2 rows",
        (
            "Hint: a customer's rows begin with the first event; leave out the months before it, or give them a rung "
            'of their own, such as "not yet seen".'
        ),
    ),
    "the middle of a month": (
        lambda: panel(a="xy").assign(period_start=pd.to_datetime(["2026-01-15", "2026-02-15"])),
        "a period begins on the first of a month: broken by 2 of 2 rows",
        "Hint: careers go from month to month; write the first of the month.",
    ),
}


BROKEN |= {
    "a flag of text": (
        lambda: panel(a="xy").assign(lapsed=["False", "True"]),
        "`lapsed` is True or False: broken by 2 of 2 rows",
        "Hint: convert it to truth values and fill in what is missing.",
    ),
    "a flag of numbers": (
        lambda: panel(a="xy").assign(complete=[1.0, 1.0]),
        "`complete` is True or False: broken by 2 of 2 rows",
        "Hint: convert it to truth values and fill in what is missing.",
    ),
    "a beginning in other words": (
        lambda: panel(a="xy").assign(entry="maybe"),
        '`entry` is "known" or "unknown": broken by 2 of 2 rows',
        "Hint: see ladder.careers(..., burn_in=...).",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_panel_is_refused(case):
    make, law, hint = BROKEN[case]
    with pytest.raises(kk.DataError) as refused:
        read_careers(make())
    message = str(refused.value)
    assert message.startswith(f"the panel of careers: {law}")
    assert message.endswith(hint)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (
            panel(a="xy").drop(columns="rung"),
            (
                "the panel of careers needs columns that are not there: ['rung'].\n\n"
                "Hint: the DataFrame has ['customer_id', 'period_start']."
            ),
        ),
        (
            panel(a="xy").assign(complete=False),
            (
                "the panel of careers has no complete row.\n\n"
                "Hint: ladder.careers(transactions, as_of=...) over two months or more."
            ),
        ),
        (
            panel(a="xy").assign(period_start=["2026-01", "2026-02"]),
            (
                "the panel of careers needs dates in `period_start`, found String.\n\n"
                "Hint: pd.to_datetime(careers['period_start']), or careers from ladder.careers(...)."
            ),
        ),
    ],
)
def test_frames_without_careers_are_refused(frame, message):
    with pytest.raises(kk.DataError) as refused:
        read_careers(frame)
    assert str(refused.value) == message


def test_an_unknown_rung_is_refused():
    movement = kk.ChainMixture(chains=1).fit(panel(a="xyxy"))
    with pytest.raises(kk.DataError) as refused:
        movement.forecast(panel(a="xyz"))
    assert str(refused.value).startswith(
        "the panel of careers: every row stands on a rung that the movement was fitted to: broken by 1 of 3 rows"
    )
    assert "it knows ['x', 'y']" in str(refused.value)


def test_movement_needs_two_months():
    with pytest.raises(kk.DataError) as refused:
        kk.ChainMixture(chains=1).fit(panel(a="x", b="y"))
    assert str(refused.value) == (
        "movement needs two months in a row, and none of the 2 customers has them.\n\n"
        "Hint: careers over a longer time: ladder.careers(transactions, as_of=<a later day>)."
    )


def test_a_career_that_stops_early_is_refused():
    movement = kk.ChainMixture(chains=1).fit(panel(a="xyxy", b="xyx"))
    with pytest.raises(kk.DataError) as refused:
        movement.forecast(panel(a="xyxy", b="xyx"))
    assert str(refused.value).startswith("the careers of 1 of 2 customers end before 2026-04.")


def test_a_polars_frame_is_read_alike():
    frame = panel(a="xyy", b=" xy")
    other = pl.DataFrame({name: frame[name].to_list() for name in frame.columns})
    assert np.array_equal(read_careers(other).code, read_careers(frame).code)


def test_careers_without_the_flag_of_the_movement_are_refused():
    """Otherwise every customer would count as not lapsed."""
    flagged = panel(a="xyxy", b="xxyy").assign(lapsed=[False, True] * 4)
    movement = kk.ChainMixture(chains=1).fit(flagged)
    with pytest.raises(kk.DataError) as refused:
        movement.forecast(flagged.drop(columns="lapsed"))
    assert str(refused.value) == (
        "the panel of careers has no column `lapsed`, and the movement tells the lapsed apart.\n\n"
        "Hint: give the careers as ladder.careers(...) made them, or fit the movement to careers without the flag."
    )


@pytest.mark.parametrize("frame_of", [pd.DataFrame, pl.from_pandas])
@pytest.mark.parametrize(
    "call",
    [
        kk.moves,
        kk.ChainMixture(chains=1).fit,
        kk.HiddenLadder().fit,
        kk.ChainMixture(chains=1).fit(panel(a="xy")).forecast,
    ],
)
def test_careers_without_rows_are_refused(frame_of, call):
    none = panel(a="xyy").assign(complete=True, rung_number=[0, 1, 1], purchases=1).head(0)
    with pytest.raises(kk.DataError, match="has no complete row"):
        call(frame_of(none))


@pytest.mark.parametrize("value", [None, pd.NA, {1}, "x", [1]])
@pytest.mark.parametrize(("column", "law"), [("rung_number", "`rung_number`"), ("entry", '`entry` is "known"')])
def test_columns_of_other_values_are_refused(column, law, value):
    frame = panel(a="xyy").assign(rung_number=[0, 1, 1])
    frame[column] = pd.Series([value] * 3, dtype=object)
    with pytest.raises(kk.DataError, match=law):
        kk.moves(frame)


@pytest.mark.parametrize("value", [{1}, [1], b"x"])
def test_a_rung_that_is_no_text_is_refused(value):
    with pytest.raises(kk.DataError, match="a rung is a text"):
        read_careers(panel(a="xyy").assign(rung=pd.Series([value] * 3, dtype=object)))


def rungs(values, dtype=object):
    days = pd.date_range("2025-01-01", periods=len(values), freq="MS")
    return pd.DataFrame({"customer_id": 1, "period_start": days, "rung": pd.Series(values, dtype=dtype)})


def test_infinity_is_no_rung():
    with pytest.raises(kk.DataError) as raised:
        read_careers(rungs(["a", np.inf, "b"]))
    assert str(raised.value) == (
        "the panel of careers: a rung is a text: broken by 1 of 3 rows.\n\n"
        "row  customer_id  period_start  rung\n  1            1    2025-02-01   inf\n\n"
        "Hint: careers['rung'].map(...) gives each a name."
    )


def test_objects_of_polars_are_rungs_where_they_are_text():
    frame = pl.DataFrame(rungs(["a", "b", "b"]).drop(columns="rung").to_dict("series"))
    texts, sets = (pl.Series("rung", given, dtype=pl.Object) for given in (["a", "b", "b"], ["a", {1}, "b"]))
    assert read_careers(frame.with_columns(texts)).code.tolist() == [0, 1, 1]
    with pytest.raises(kk.DataError, match="the panel of careers: a rung is a text: broken by 1 of 3 rows"):
        read_careers(frame.with_columns(sets))
