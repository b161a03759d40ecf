"""What rungs remember, beyond the rung now and the month between: laws of `remembered`."""

import pytest

import kundkarriar as kk
from kundkarriar.ladder.rungs.memory import remembered

MONTH, EVER = kk.column("purchase_days_1M"), kk.column("purchase_days")


def memory_of(condition, **more):
    rungs = (kk.Rung(name="low", when=EVER >= 0), kk.Rung(name="high", when=condition, **more))
    return remembered(rungs, None).get("high")


@pytest.mark.parametrize(
    "condition",
    [
        MONTH >= 3,
        kk.column("value_1M") > 100,
        EVER.equals(1),
        EVER >= 2,
        ~(EVER < 2),
        (MONTH >= 1) & EVER.between(1, 1),
        kk.column("events_interest") >= 1,
        kk.column("sector").equals("public"),
    ],
    ids=str,
)
def test_what_the_rung_and_the_month_tell_is_no_memory(condition):
    assert memory_of(condition) is None


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        (EVER >= 3, "purchase_days"),
        (EVER <= 2, "purchase_days"),
        (kk.column("purchase_days_12M") >= 1, "purchase_days_12M"),
        ((MONTH >= 1) & (kk.column("days_since_purchase") > 90), "days_since_purchase"),
        (kk.column("events_referral_24M") >= 1, "events_referral_24M"),
        (kk.column("events_satisfaction_mean") >= 4, "events_satisfaction_mean"),
        (kk.condition(lambda frame: frame["typical_gap"] > 3, needs=["typical_gap"], text="slow"), "typical_gap"),
    ],
    ids=str,
)
def test_windows_gaps_and_later_purchases_are_memory(condition, what):
    assert memory_of(condition) == what


REFERS, BUYS, AGAIN = kk.column("events_referral") >= 1, MONTH >= 1, EVER >= 2


@pytest.mark.parametrize(
    ("conditions", "memory"),
    [
        ((kk.column("events_referral") >= 2,), {"low": "events_referral"}),
        ((REFERS, kk.column("events_referral") >= 2), {}),
        ((REFERS & BUYS,), {"low": "events_referral"}),
        ((REFERS, REFERS & BUYS), {}),
        ((REFERS, BUYS), {"rung 1": "events_referral"}),
        ((BUYS, REFERS), {}),
        ((AGAIN, BUYS), {"rung 1": "purchase_days"}),
        ((BUYS, AGAIN), {}),
        ((AGAIN & BUYS,), {}),
        ((REFERS & (kk.column("events_quote") >= 1),), {"low": "events_quote"}),
        ((REFERS & kk.column("sector").equals("public"),), {"low": "events_referral"}),
        ((kk.column("events_interest") >= 1, kk.column("events_quote") >= 1, REFERS), {}),
    ],
    ids=str,
)
def test_what_a_rung_hides_of_what_has_ever_happened_is_memory(conditions, memory):
    """A rung of the month above one of ever does not tell to which rung customers return; the other way round it does.

    Of a second event a rung says nothing if it does not tell the first.
    """
    several = (kk.Rung(name=f"rung {at}", when=each) for at, each in enumerate(conditions))
    assert remembered((kk.Rung(name="low", when=EVER >= 0), *several), None) == memory


def test_a_rung_entered_from_another_is_below_it_as_the_condition_says():
    """Who buys without having referred stands on the lowest rung: each rung tells whether there was a referral."""
    rungs = (kk.Rung(name="low", when=EVER >= 0), kk.Rung(name="refers", when=REFERS))
    entered = kk.Rung(name="buys", when=BUYS, after=kk.After(rung="refers", months=0))
    assert remembered((*rungs, entered), None) == {}


def test_time_on_a_rung_and_grace_are_memory_and_so_is_lapse():
    assert memory_of(MONTH >= 1, after=kk.After(rung="low", months=3)) == "months on low"
    assert memory_of(MONTH >= 1, after=kk.After(rung="low", months=0)) is None
    assert memory_of(MONTH >= 1, hold=kk.Hold(grace="2M")) == "held for 2 months"
    assert remembered((kk.Rung(name="low", when=MONTH >= 0),), kk.Lapse()) == {"lapsed": "days_since_purchase"}
