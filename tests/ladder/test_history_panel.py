"""The panel of a history is that of its careers, and needs no frame."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.ladder.career_panel import State, read_careers

DAYS = st.integers(0, 500) | st.just(-2_000)
ROWS = st.lists(
    st.tuples(st.sampled_from("abcdef"), DAYS, st.sampled_from([10.0, 25.0, -10.0])), min_size=1, max_size=30
)
KNOWN = st.none() | st.lists(st.tuples(st.sampled_from("aexyz"), st.none() | DAYS), unique_by=lambda row: row[0])
LADDERS = (
    kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2),
    kk.CustomerLadder.kundkarriar(client_days=2, client_quarters=1, lapse=None),
    kk.CustomerLadder.groups(),
)
LOST_AND_NEW = [("a", -2_000, 10.0), ("b", 40, 10.0), ("b", 300, 10.0), ("c", 500, 10.0)]


def day(number):
    return pd.Timestamp("2024-01-15") + pd.Timedelta(days=number)


def history_of(ladder, rows, known=None, *, last=500, burn_in=None):
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "amount"]).assign(date=[day(row[1]) for row in rows])
    customers = None
    if known is not None:
        contact = pd.to_datetime([None if pd.isna(each) else day(each) for _, each in known])
        customers = pd.DataFrame({"customer_id": [who for who, _ in known], "first_contact": contact})
        customers["customer_id"] = customers["customer_id"].astype(object if customers.empty else str)
    return ladder.history(frame, as_of=day(last), customers=customers, burn_in=burn_in)


def assert_equal_panels(one, other):
    assert one.states == other.states
    assert one.customers.to_list() == other.customers.to_list()
    assert one.customers.dtype == other.customers.dtype
    for name in ("code", "start", "entry", "known", "row"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert mine.tolist() == theirs.tolist(), name
    assert one.code.dtype == other.code.dtype == np.int8


def told(call):
    """What a call gives, or the text of its error; warnings apart."""
    with warnings.catch_warnings(action="ignore"):
        try:
            return call()
        except kk.DataError as error:
            return str(error)


@settings(max_examples=12)
@example(ladder=LADDERS[0], rows=LOST_AND_NEW, known=None, last=500, burn_in="3M")  # years of skipped months
@example(ladder=LADDERS[1], rows=LOST_AND_NEW, known=[("z", None), ("y", 20)], last=503, burn_in=None)
@example(ladder=LADDERS[2], rows=LOST_AND_NEW, known=[("z", None)], last=16, burn_in=None)  # the month ends
@given(
    ladder=st.sampled_from(LADDERS),
    rows=ROWS,
    known=KNOWN,
    last=st.integers(500, 600) | st.just(16),
    burn_in=st.none() | st.just("3M"),
)
def test_the_panel_is_that_of_the_frame(ladder, rows, known, last, burn_in):
    """`history.panel()` is `read_careers(history.careers())`, value by value, or the same error."""
    history = told(lambda: history_of(ladder, rows, known, last=last, burn_in=burn_in))
    if isinstance(history, str):
        return
    for asked in ({}, {"rungs": ladder.names}, {"states": tuple(State(rung=name) for name in ladder.names)}):
        mine = told(partial(history.panel, **asked))
        theirs = told(lambda given=asked: read_careers(history.careers(), **given))
        if isinstance(theirs, str):
            assert mine == theirs
        else:
            assert_equal_panels(mine, theirs)


@pytest.mark.parametrize(
    ("asked", "law"),
    [
        ({"rungs": ("trial buyer",)}, "the careers have rungs that are not among those given: ['repeat buyer']."),
        (
            {"states": (State(rung="trial buyer", lapsed=False),)},
            "the panel of careers: every row stands on a rung that the movement was fitted to: broken by ",
        ),
    ],
)
def test_rungs_that_are_not_asked_for_are_refused_in_words(message_of, asked, law):
    history = history_of(LADDERS[0], LOST_AND_NEW)
    assert message_of(kk.DataError, lambda: history.panel(**asked)).startswith(law)


def test_no_complete_month_is_refused(message_of):
    history = history_of(LADDERS[0], [("a", 0, 10.0)], last=1)
    assert message_of(kk.DataError, history.panel) == (
        "the panel of careers has no complete row.\n\n"
        "Hint: ladder.careers(transactions, as_of=...) over two months or more."
    )


def test_a_movement_without_the_flag_is_not_asked_for_it():
    """A ladder without lapse has no states of the lapsed."""
    history = history_of(LADDERS[1], LOST_AND_NEW)
    states = tuple(State(rung=name, lapsed=lapsed) for name in LADDERS[1].names for lapsed in (False, True))
    with pytest.raises(kk.DataError, match="has no column `lapsed`"):
        history.panel(states=states)
