"""A history is read once: as of any earlier day it says what the frames, read up to that day, say."""

import warnings

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

import kundkarriar as kk

START = pd.Timestamp("2024-01-15")
LAST = 500
DAYS = st.integers(0, LAST)
WHO = st.sampled_from("abcdef")
ROWS = st.lists(st.tuples(WHO, DAYS, st.sampled_from([10.0, 25.0, -10.0])), min_size=1, max_size=30)
HAPPENED = st.none() | st.lists(
    st.tuples(WHO, DAYS, st.sampled_from(["referral", "contract", "interest"]), st.none() | st.floats(1, 5)), max_size=8
)
KNOWN = st.none() | st.lists(st.tuples(WHO, st.none() | DAYS), unique_by=lambda row: row[0], max_size=4)
LADDERS = {
    "kundkarriar": kk.CustomerLadder.kundkarriar(client_days=3, client_quarters=2, supporter_months=3),
    "loyalty": kk.CustomerLadder.loyalty(),
    "groups": kk.CustomerLadder.groups(),
    "asks a model": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="asleep", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="awake", when=kk.column("p_alive") > 0.5),
        )
    ),
}
MODEL = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SCORES = {"asks a model": kk.FixedScores(model=MODEL, horizon="12M")}
ONE = {"customer_id": ["a", "b"], "date": pd.to_datetime(["2026-01-05", "2026-03-05"]), "amount": [10.0, 20.0]}


def day(number):
    return START + pd.Timedelta(days=number)


def frames(rows, happened, known):
    """transactions, events and customers; None for frames that are not given."""
    transactions = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    transactions["date"] = transactions["date"].map(day)
    events, customers = None, None
    if happened is not None:
        events = pd.DataFrame(happened, columns=["customer_id", "date", "event", "value"])
        events = events.assign(date=pd.to_datetime(events["date"].map(day)), value=events["value"].astype(float))
    if known is not None:
        customers = pd.DataFrame(known, columns=["customer_id", "first_contact"])
        contact = [None if each is None or pd.isna(each) else day(each) for each in customers["first_contact"]]
        customers["first_contact"] = pd.to_datetime(contact)
    return {"transactions": transactions, "events": events, "customers": customers}


def told(call):
    """What a call gives, and the messages and files of its warnings; a DataError as its text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = call()
        except kk.DataError as error:
            answer = str(error)
    return answer, {(str(one.message), one.filename) for one in caught}


def assert_same(one, other):
    (mine, said), (theirs, also_said) = one, other
    assert said == also_said
    assert {file for _, file in said} <= {__file__}
    if isinstance(theirs, str):
        assert mine == theirs
    elif isinstance(theirs, pd.DataFrame):
        pd.testing.assert_frame_equal(mine, theirs)
    else:
        assert_frame_equal(mine, theirs)


LATER_SEEN_FIRST = [("a", 300, 10.0), ("b", 90, 10.0), ("c", 10, 10.0), ("a", 20, 10.0), ("b", 90, -10.0)]


@pytest.mark.parametrize("name", LADDERS)
@settings(max_examples=15)
@example(
    data=(LATER_SEEN_FIRST, [("b", 5, "referral", None), ("a", 30, "interest", 2.0)], [("d", None)]),
    earlier=60,
    polars=False,
)
@example(data=(LATER_SEEN_FIRST, [("a", 30, "interest", 2.0)], None), earlier=100, polars=True)
@given(data=st.tuples(ROWS, HAPPENED, KNOWN), earlier=DAYS, polars=st.booleans())
def test_an_earlier_day_is_as_if_the_frames_were_read_up_to_it(name, in_polars, data, earlier, polars):
    """`history.before(d)` has the positions, careers, errors and warnings of `place` and `careers` as of d.

    And its positions are those of a frame without the later rows.
    Rows come in any order, with returns, customers first seen by a later row, contacts and events of strangers.
    """
    ladder, scores = LADDERS[name], SCORES.get(name)
    given_frames = frames(*data)
    if polars:
        given_frames = {each: None if frame is None else in_polars(frame) for each, frame in given_frames.items()}
    (history, _), then = told(lambda: ladder.history(**given_frames, as_of=day(LAST), burn_in="3M")), day(earlier)
    assert_same(
        told(lambda: history.before(then).positions(scores=scores)),
        told(lambda: ladder.place(**given_frames, as_of=then, scores=scores)),
    )
    assert_same(
        told(lambda: history.before(then).careers(scores=scores)),
        told(lambda: ladder.careers(**given_frames, as_of=then, burn_in="3M", scores=scores)),
    )
    rows = given_frames["transactions"]
    if min(rows["date"]) <= then:
        cut = {
            **given_frames,
            "transactions": rows.filter(rows["date"] <= then) if polars else rows[rows["date"] <= then],
        }
        assert_same(
            told(lambda: history.before(then).positions(scores=scores)),
            told(lambda: ladder.place(**cut, as_of=then, scores=scores)),
        )


@settings(max_examples=10)
@given(rows=ROWS, happened=HAPPENED, known=KNOWN)
def test_place_and_careers_are_short_for_a_history(rows, happened, known):
    """Positions and careers as of the last day are those of `place` and `careers`; the frames stay as they were."""
    ladder, given_frames = LADDERS["kundkarriar"], frames(rows, happened, known)
    before = {each: None if frame is None else frame.copy() for each, frame in given_frames.items()}
    as_of = day(LAST)
    assert_same(
        told(lambda: ladder.history(**given_frames, as_of=as_of).positions()),
        told(lambda: ladder.place(**given_frames, as_of=as_of)),
    )
    assert_same(
        told(lambda: ladder.history(**given_frames, as_of=as_of, burn_in="3M").careers(every="M")),
        told(lambda: ladder.careers(**given_frames, as_of=as_of, burn_in="3M", every="M")),
    )
    for each, frame in before.items():
        if frame is not None:
            pd.testing.assert_frame_equal(given_frames[each], frame)


def test_what_becomes_of_the_frames_does_not_matter(happened):
    """A history holds what was read: frames changed afterwards change nothing."""
    rows, events = pd.DataFrame(ONE), happened(("a", "2026-02-01", "referral"))
    customers = pd.DataFrame({"customer_id": ["c", "a"], "first_contact": pd.to_datetime(["2026-01-01", None])})
    history = LADDERS["kundkarriar"].history(rows, as_of="2026-03-31", events=events, customers=customers)
    positions, earlier = history.positions(), history.before("1M").careers()
    for frame in (rows, events, customers):
        frame.loc[:, "customer_id"] = "z"
    rows.loc[:, "amount"] = 0.0
    rows.loc[:, "date"] = events.loc[:, "date"] = pd.Timestamp("2020-01-01")
    pd.testing.assert_frame_equal(history.positions(), positions)
    pd.testing.assert_frame_equal(history.before("1M").careers(), earlier)


def test_steps_back_add_up(cdnow_sample):
    """Two steps of six months are one of twelve, and both are the day a year ago."""
    history = kk.CustomerLadder.groups().history(cdnow_sample, as_of="1998-06-30")
    steps = (history.before("6M").before("6M"), history.before("12M"), history.before("1997-06-30"))
    assert [each.as_of for each in steps] == ["1997-06-30"] * 3
    assert [len(each) for each in steps] == [2357] * 3
    for each in steps[:2]:
        pd.testing.assert_frame_equal(each.positions(), steps[2].positions())
    assert history.before(kk.Period.of("6M")).as_of == history.before("1997-12-31").as_of


def test_events_of_customers_not_known_by_then_are_reported(happened):
    history = LADDERS["kundkarriar"].history(
        pd.DataFrame(ONE), as_of="2026-03-31", events=happened(("b", "2026-01-20", "referral"))
    )
    with pytest.warns(kk.DataWarning) as warned:
        earlier = history.before("2026-01-31")
    assert earlier.positions()["customer_id"].tolist() == ["a"]
    assert [(str(one.message), one.filename) for one in warned] == [
        (
            (
                "1 of 1 events are of customers who are neither in the transactions nor in `customers`; they are left "
                "out.\n\nrow  customer_id        date     event\n  0            b  2026-01-20  referral"
            ),
            __file__,
        )
    ]


@pytest.mark.parametrize(
    ("earlier", "message"),
    [
        (
            "2026-04-01",
            (
                "the history ends on 2026-03-31, and 2026-04-01 is later.\n\n"
                'Hint: history.before("6M"), or a day up to 2026-03-31.'
            ),
        ),
        (
            "12M",
            (
                "`as_of` 2025-03-31 lies before all transactions: the first is of 2026-01-05.\n\n"
                'Hint: as_of="2026-03-05" is the last day with data.'
            ),
        ),
        (
            "soon",
            (
                "`earlier` must be a span of time: a number above 0, then D, W, M or Y, got "
                '\'soon\'.\n\nHint: write "12M" or "90D".'
            ),
        ),
        (
            None,
            '`earlier` must be a date, got None.\n\nHint: write earlier="2026-10-31" (year-month-day).',
        ),
    ],
)
def test_days_without_a_history_are_refused(message_of, earlier, message):
    history = LADDERS["groups"].history(pd.DataFrame(ONE), as_of="2026-03-31")
    assert message_of(kk.DataError, lambda: history.before(earlier)) == message


@pytest.mark.parametrize(
    "call",
    [
        lambda rows: LADDERS["groups"].history(rows, as_of="2050-01-01"),
        lambda rows: LADDERS["groups"].place(rows, as_of="2050-01-01"),
        lambda rows: LADDERS["groups"].careers(rows, as_of="2050-01-01"),
        lambda rows: kk.facts(rows, as_of="2050-01-01"),
        lambda rows: kk.summarize(rows, as_of="2050-01-01"),
    ],
)
def test_a_warning_names_the_line_that_called(call):
    """However deep inside the library the frames are read, the warning is about the caller's line."""
    with pytest.warns(kk.DataWarning, match="the data end on 2026-03-05") as warned:
        call(pd.DataFrame(ONE))
    assert [one.filename for one in warned] == [__file__]
