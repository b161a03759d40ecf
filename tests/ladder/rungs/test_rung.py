"""Facts and events that rungs need, snapshots, invalid rungs, and customers on no rung."""

import warnings

import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

DAYS = kk.column("purchase_days")
CITY = kk.column("city")
YEAR = kk.column("purchase_days_12M")
ANY = kk.Rung(name="any", when=DAYS >= 0)


def rung(name, when, **more):
    return kk.Rung(name=name, when=when, **more)


def ladder(*rungs):
    return kk.CustomerLadder(rungs=rungs)


ROWS = pd.DataFrame({"customer_id": [1, 2], "date": pd.to_datetime(["2026-01-05", "2026-02-05"]), "amount": 10.0})


def test_a_customer_on_no_rung_is_shown():
    one = ladder(rung("two", DAYS.equals(2)), rung("three", DAYS >= 3))
    with pytest.raises(kk.DataError) as error:
        one.place(ROWS, as_of="2026-02-28")
    assert str(error.value) == (
        "every customer must stand on a rung (on 2026-01-31): broken by 1 of 2 customers.\n\n"
        "row  customer_id  purchase_days  days_since_purchase  typical_gap\n"
        "  0            1              1                   26      missing\n\n"
        "Hint: add a bottom rung that everybody meets: "
        'kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0).'
    )


EVENTS = pd.DataFrame({"customer_id": 1, "date": pd.to_datetime(["2026-01-07"]), "event": ["Referral"]})


def referred(name):
    return ladder(ANY, rung("told", kk.column(name) >= 1))


@pytest.mark.parametrize("name", ["events_referral", "events_Referral", "events_ReFerral_12M", "events_REFERRAL_24M"])
def test_case_does_not_count_in_the_name_of_an_event(name):
    """Neither in the events nor in a rung; a snapshot of the facts says the same."""
    one = referred(name)
    place = one.place(ROWS, as_of="2026-02-28", events=EVENTS)
    assert place["rung"].tolist() == ["told", "any"]
    assert place.loc[0, "reason"] == f"{name} is 1 (at least 1)"
    facts = kk.facts(ROWS, as_of="2026-02-28", events=EVENTS)
    assert one.place_snapshot(facts)["rung"].tolist() == ["told", "any"]


@pytest.mark.parametrize(
    "name",
    [
        "events_",
        "events_12M",
        "events__24M",
        "events_referral_36M",
        "events_referral_12m",
        "events_x_12M_24M",
        "events_x_last_12M",
        "events_x_Mean",
        "events_x_mean_mean",
    ],
)
def test_events_are_counted_in_all_in_12_months_and_in_24(name):
    message = (
        f"`{name}` is no column about events: there are counts in all, of 12 months and of 24 months, the mean of "
        "their values likewise, and the last value.\n\n"
        'Hint: write kk.column("events_referral"), "events_referral_12M", "events_referral_24M", '
        '"events_satisfaction_mean_12M" or "events_satisfaction_last".'
    )
    facts = kk.facts(ROWS, as_of="2026-02-28", events=EVENTS)
    for ask in (
        lambda: referred(name).place(ROWS, as_of="2026-02-28", events=EVENTS),
        lambda: referred(name).careers(ROWS, as_of="2026-02-28"),
        lambda: referred(name).place_snapshot(facts),
    ):
        with pytest.raises(kk.DataError) as error:
            ask()
        assert str(error.value) == message


def warnings_of(call):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [str(one.message) for one in caught], [one.filename for one in caught]


def test_a_misspelt_event_is_named():
    """The misspelling is in the rung, or in the data where a ladder of this library needs the event."""
    facts = kk.facts(ROWS, as_of="2026-02-28", events=EVENTS)
    for call, where in (
        (lambda: referred("events_Referal_12M").place(ROWS, as_of="2026-02-28", events=EVENTS), "`events`"),
        (lambda: referred("events_Referal_12M").careers(ROWS, as_of="2026-02-28", events=EVENTS), "`events`"),
        (lambda: referred("events_Referal_12M").place_snapshot(facts), "the facts"),
    ):
        messages, files = warnings_of(call)
        assert messages == [
            (
                f"the rungs ask for events that never happened in {where}: ['referal']; what happened there is "
                "['referral']. Check the spelling, or leave out the rungs that wait for them."
            )
        ]
        assert files == [__file__]
    misspelt = EVENTS.assign(event="referal")
    place = kk.CustomerLadder.kundkarriar().place
    messages, _ = warnings_of(lambda: place(ROWS, as_of="2026-02-28", events=misspelt))
    assert messages == [
        (
            "the rungs ask for events that never happened in `events`: ['referral', 'co_development', 'contract']; "
            "what happened there is ['referal']. Check the spelling, or leave out the rungs that wait for them."
        )
    ]


def test_events_that_a_business_does_not_have_are_no_misspelling():
    """There is no warning if only events of preset ladders are missing, or if the event happens after the last day."""
    place = kk.CustomerLadder.kundkarriar().place
    for events in (EVENTS, EVENTS.iloc[:0].astype({"event": str})):
        assert warnings_of(lambda events=events: place(ROWS, as_of="2026-02-28", events=events)) == ([], [])
    later = EVENTS.assign(event="visit", date=pd.Timestamp("2026-05-05"))
    assert warnings_of(lambda: referred("events_visit").place(ROWS, as_of="2026-02-28", events=later)) == ([], [])


HOW_TO_SCORE = ' With parameters fixed before the first month: scores=kk.FixedScores(model=..., horizon="12M").'


@pytest.mark.parametrize(
    ("name", "more"), [("p_alive", HOW_TO_SCORE), ("expected_purchases", HOW_TO_SCORE), ("abc", ""), ("clv", "")]
)
def test_a_rung_uses_the_history_and_nothing_fitted(name, more):
    fitted = ladder(ANY, rung("valued", kk.column(name) > 1))
    with pytest.raises(kk.DataError) as error:
        fitted.place(ROWS, as_of="2026-02-28")
    assert str(error.value) == (
        f"the rung `valued` asks for what is not a fact of the history: ['{name}'].\n\n"
        "Hint: a rung asks for ['purchase_days', 'purchase_days_12M', 'purchase_days_1M', 'quarters_active_12M', "
        "'value_12M', 'value_1M', 'total_value', 'days_since_purchase', 'typical_gap', 'regularity', 'first_purchase', "
        "'last_purchase', 'first_contact'] or events_...; value, class and p_alive are asked in a strategy." + more
    )


def test_a_snapshot_refuses_rungs_with_hold_or_after():
    facts = kk.facts(ROWS, as_of="2026-02-28")
    with pytest.raises(kk.CapabilityError) as error:
        kk.CustomerLadder.kundkarriar().place_snapshot(facts)
    assert str(error.value) == (
        "facts of one day do not show the time before, on which these rungs depend: ['client', 'supporter', "
        "'partner'].\n\nHint: use ladder.place(transactions, as_of=...), or rungs without hold and after."
    )
    with pytest.raises(kk.DataError) as error:
        kk.CustomerLadder.groups().place_snapshot(facts[["customer_id", "purchase_days", "typical_gap"]])
    assert str(error.value) == (
        "place_snapshot needs columns that are not there: ['days_since_purchase'].\n\n"
        "Hint: the DataFrame has ['customer_id', 'purchase_days', 'typical_gap']."
    )


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_a_snapshot_may_have_other_columns(kind):
    """Facts made elsewhere may have other columns; missing events count as unknown."""
    own = ladder(
        ANY, rung("member", kk.column("member").equals("gold")), rung("told", kk.column("events_referral") > 0)
    )
    columns = {"purchase_days": [1, 2, 0], "member": ["gold", None, "gold"]}
    silence = {"days_since_purchase": [300.0, 10.0, None], "typical_gap": [None, 20.0, None]}
    placed = own.place_snapshot(kind(columns | silence))
    assert isinstance(placed, kind)
    assert list(placed["rung"]) == ["member", "any", "member"]
    assert list(placed["lapsed"]) == [True, False, False]
    rests = [word + "; without events nobody stands on told" for word in ("attributes", "purchases", "attributes")]
    assert list(placed["evidence"]) == rests
    assert "events_referral" not in placed.columns


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (
            lambda: kk.Hold(grace="90D"),
            kk.DataError,
            (
                "`grace` is counted at month ends, in whole months or years, got '90D'.\n\n"
                'Hint: write grace="3M" or "1Y".'
            ),
        ),
        (
            lambda: kk.Hold(grace=3),
            kk.DataError,
            (
                "`grace` must be a span of time: a number above 0, then D, W, M or Y, got 3.\n\n"
                'Hint: write "12M" or "90D".'
            ),
        ),
        (
            lambda: kk.Lapse(days=-1),
            ValueError,
            "`days` must be a finite number above 0, got -1.0.\n\nHint: write days=1.0.",
        ),
        (
            lambda: kk.CustomerLadder.groups().careers(ROWS, every="W", as_of="2026-02-28"),
            kk.DataError,
            ("`every` must be one of 'M', got 'W'.\n\nHint: write every=\"M\", and keep every third row for quarters."),
        ),
        (
            lambda: kk.CustomerLadder.groups().place(ROWS, as_of="28/2/2026"),
            kk.DataError,
            "`as_of` must be a date, got '28/2/2026'.\n\nHint: write as_of=\"2026-10-31\" (year-month-day).",
        ),
        (
            lambda: kk.CustomerLadder(rungs=("a", "b")),
            kk.DataError,
            (
                "`rungs` are made of kk.Rung objects, got 'a'.\n\n"
                'Hint: from low to high: rungs=[kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0), ...].'
            ),
        ),
        (
            lambda: kk.CustomerLadder(rungs=ANY),
            kk.DataError,
            (
                "`rungs` are two or more, got 1.\n\n"
                'Hint: from low to high: rungs=[kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0), ...].'
            ),
        ),
        (
            lambda: kk.CustomerLadder(rungs=[rung(str(each), DAYS >= 0) for each in range(101)]),
            kk.DataError,
            (
                "`rungs` are at most 100, got 101.\n\n"
                'Hint: from low to high: rungs=[kk.Rung(name="prospect", when=kk.column("purchase_days") >= 0), ...].'
            ),
        ),
        (
            lambda: kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=180),
            ValueError,
            "`lapse` must be kk.Lapse(...), got 180.\n\nHint: write lapse=kk.Lapse(...).",
        ),
        (
            lambda: rung(5, DAYS >= 1),
            ValueError,
            "`name` must be a text that is not empty, got 5.\n\nHint: write name='name'.",
        ),
        (
            lambda: rung("one", True),
            ValueError,
            '`when` must be kk.Condition(...), got True.\n\nHint: write when=kk.column("purchase_days") >= 1.',
        ),
        (
            lambda: rung("one", DAYS >= 1, hold="3M"),
            ValueError,
            "`hold` must be kk.Hold(...), got '3M'.\n\nHint: write hold=kk.Hold(...).",
        ),
        (
            lambda: rung("one", DAYS >= 1, after="two"),
            ValueError,
            "`after` must be kk.After(...), got 'two'.\n\nHint: write after=kk.After(...).",
        ),
        (
            lambda: rung("one", DAYS >= 1, proxy="x"),
            ValueError,
            "`proxy` must be kk.Condition(...), got 'x'.\n\nHint: write proxy=kk.column(\"purchase_days\") >= 1.",
        ),
        (
            lambda: kk.After(rung=None, months=3),
            ValueError,
            "`rung` must be a text that is not empty, got None.\n\nHint: write rung='rung'.",
        ),
        (
            lambda: kk.After(rung="one", months="3M"),
            ValueError,
            "`months` must be a whole number from 0 to 1,200, got '3M'.\n\nHint: write months=12.",
        ),
        (
            lambda: kk.CustomerLadder(rungs=(rung("one", CITY.equals("x") | CITY.equals(1)), rung("two", DAYS >= 1))),
            kk.DataError,
            (
                "the column `city` is compared with values of several kinds: 'x', 1.0.\n\n"
                "Hint: a column holds text, numbers or truth values."
            ),
        ),
        (
            lambda: kk.CustomerLadder.from_dict({"schema": 9}),
            kk.DataError,
            (
                "a stored ladder of schema 1 is needed, got schema 9.\n\n"
                "Hint: read it with the version of kundkarriar that wrote it, or write it again with to_dict()."
            ),
        ),
    ],
)
def test_invalid_rungs_are_refused(wrong, kind, message):
    with pytest.raises(kind) as error:
        wrong()
    assert str(error.value) == message


def test_a_proxy_keeps_a_rung_within_reach():
    """Without events `told` and `far` are out of reach, and `reach` is reachable by its proxy."""
    told = rung("told", kk.column("events_referral") >= 1)
    far = rung("far", DAYS >= 5, after=kk.After(rung="told", months=0))
    reach = rung("reach", DAYS >= 7, after=kk.After(rung="told", months=0), proxy=DAYS >= 9)
    place = ladder(ANY, told, far, reach).place(ROWS, as_of="2026-02-28")
    assert place["evidence"].tolist() == ["purchases; without events nobody stands on told or far"] * 2


def test_grace_in_years():
    assert kk.Hold(grace="1Y").months == 12


def test_ladders_are_compared_by_value_and_printed_from_the_top():
    """Ladders with equal rungs are equal."""
    assert kk.CustomerLadder.kundkarriar() == kk.CustomerLadder.kundkarriar(client_days=4)
    assert kk.CustomerLadder.kundkarriar() != kk.CustomerLadder.kundkarriar(client_days=5)
    assert str(kk.CustomerLadder.kundkarriar(proxy=True)) == (
        "partner: events_co_development is at least 1 or events_contract is at least 1, from supporter or above\n"
        "supporter: events_referral is at least 1, after 12 months on client or above; or, by proxy, "
        "purchase_days_12M is at least 8 and quarters_active_12M is at least 4\n"
        "client: purchase_days_12M is at least 4 and quarters_active_12M is at least 3, held for 3 months\n"
        "repeat buyer: purchase_days is at least 2\n"
        "trial buyer: purchase_days is 1\n"
        "prospect: purchase_days is 0"
    )


def test_after_no_months_the_reason_names_no_time():
    """With `after` of 0 months the reason names the lower rung only."""
    two = rung("two", DAYS >= 1, after=kk.After(rung="any", months=0))
    place = ladder(ANY, two).place(ROWS, as_of="2026-02-28")
    assert place["reason"].tolist() == [
        "purchase_days is 1 (at least 1) and 1 month on any or above",
        "purchase_days is 1 (at least 1) and on any or above",
    ]
