"""Events to come: rates of buyers and leads, nothing of what lasts, and draws that only activity takes from."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.ladder.events_ahead.event_rates import EventRate, EventRates
from kundkarriar.ladder.events_ahead.exposed_events import days_active, exposed_events

AS_OF = "2025-12-31"
ROWS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "b", "c"],
        "date": pd.to_datetime(["2025-01-01", "2025-07-01", "2025-12-31", "2025-11-01"]),
        "amount": 10.0,
    }
)
KNOWN = pd.DataFrame(
    {"customer_id": ["p", "q", "c"], "first_contact": pd.to_datetime(["2025-12-01", None, "2025-10-02"])}
)
HAPPENED = [
    ("a", "2024-12-30", "referral"),  # before the first purchase, and how a became known
    ("a", "2025-01-01", "referral"),
    ("a", "2025-03-01", "referral"),
    ("b", "2025-12-31", "Interest"),
    ("c", "2025-10-05", "interest"),
    ("c", "2025-10-02", "interest"),  # the first contact itself
    ("c", "2025-11-01", "interest"),
    ("p", "2025-12-02", "interest"),
    ("p", "2025-12-03", "interest"),
    ("q", "2025-12-30", "quote"),  # how q became known
    ("q", "2025-12-31", "quote"),
    ("a", "2025-05-01", "contract"),
    ("a", "2025-05-01", "co_development"),
    ("p", "2026-01-01", "visit"),  # after the last day
]
EVENTS = pd.DataFrame(HAPPENED, columns=["customer_id", "date", "event"])
EVENTS = EVENTS.assign(date=pd.to_datetime(EVENTS["date"]), value=np.nan)
ANSWERS = pd.DataFrame(
    {
        "customer_id": ["a", "a"],
        "date": pd.to_datetime(["2025-05-01", "2025-06-01"]),
        "event": ["satisfaction", "complaint"],
        "value": [4.0, 2.0],
    }
)


def read(events=EVENTS, *, as_of=AS_OF):
    return read_facts_as_of(ROWS, as_of=as_of, customers=KNOWN, events=events)


@pytest.fixture(scope="module")
def many():
    """400 buyers of two years with referrals at different rates, and 200 leads who ask; as of the last day."""
    generator = np.random.default_rng(5)
    start, ids = pd.Timestamp("2024-01-01"), np.arange(600)
    rows = pd.DataFrame({"customer_id": ids[:400], "date": start, "amount": 1.0})
    rate = generator.gamma(0.6, 1 / 400, 600)
    count = generator.poisson(rate * 700)
    events = pd.DataFrame(
        {
            "customer_id": np.repeat(ids, count),
            "date": start + pd.to_timedelta(generator.integers(1, 700, count.sum()), unit="D"),
            "event": np.where(np.repeat(ids, count) < 400, "referral", "quote"),
        }
    )
    known = pd.DataFrame({"customer_id": ids, "first_contact": start})
    return read_facts_as_of(rows, as_of="2025-12-01", customers=known, events=events)


def test_events_and_their_time_are_counted_by_kind_of_customer():
    """Order of customers: p, q, c, a, b. The day on which somebody became known is not counted for leads."""
    found = {(each.event, each.of): each for each in exposed_events(read())}
    assert set(found) == {(event, of) for event in ("interest", "quote", "referral") for of in ("buyers", "leads")}
    referrals = found["referral", "buyers"]
    assert referrals.counts.tolist() == [0, 0, 0, 2, 0]
    assert referrals.exposure.tolist() == [0, 0, 60, 364, 0]
    assert referrals.still.tolist() == [False, False, True, True, True]
    assert found["referral", "leads"].counts.tolist() == [0] * 5
    assert found["interest", "leads"].counts.tolist() == [2, 0, 1, 0, 0]
    assert found["interest", "leads"].exposure.tolist() == [30, 1, 29, 1, 0]
    assert found["interest", "leads"].still.tolist() == [True, True, False, False, False]
    assert found["interest", "buyers"].counts.tolist() == [0, 0, 1, 0, 1]
    assert found["quote", "leads"].counts.tolist() == [0, 1, 0, 0, 0]
    active = next(iter(exposed_events(read(), active=np.array([9.0, 9.0, 1.5, 2.5, 3.5])))).exposure
    assert active.tolist() == [0.0, 0.0, 1.5, 2.5, 3.5]


def test_customers_were_active_up_to_the_last_purchase_and_since_then_with_p_alive():
    facts = read()
    assert days_active(facts, np.array([np.nan, np.nan, 0.5, 0.25, 0.5])).tolist() == [0, 0, 30, 181 + 183 / 4, 0]
    (everywhere, *_), (given, *_) = (
        exposed_events(facts, active=days) for days in (None, days_active(facts, np.ones(5)))
    )
    assert everywhere.exposure.tolist() == given.exposure.tolist()


@pytest.mark.parametrize(("values", "foreseen"), [([1.0, None, None], True), ([1.0, None], False), ([1.0], False)])
def test_an_event_that_mostly_has_a_value_is_an_answer(values, foreseen):
    day = pd.Timestamp("2025-02-02")
    visits = pd.DataFrame({"customer_id": "a", "date": day, "event": "visit", "value": np.array(values, dtype=float)})
    assert [each.event for each in EventRates.fit(read(visits)).rates] == ["visit"] * foreseen


def test_what_lasts_and_what_is_answered_is_not_foreseen_and_no_events_are_none():
    """Contracts begin a state; of satisfaction the last value counts. A complaint is counted, with a value too."""
    rates = EventRates.fit(read(pd.concat([EVENTS, ANSWERS])))
    assert {(each.event, each.of) for each in rates.rates} == {
        ("complaint", "buyers"),
        ("interest", "buyers"),
        ("interest", "leads"),
        ("quote", "leads"),
        ("referral", "buyers"),
    }
    assert EventRates.fit(read(None)) is None
    asked = {"draws": 2, "horizon": 30, "generator": np.random.default_rng(0)}
    assert rates.ahead(read(None), **asked) is None
    assert EventRates.fit(read(EVENTS.iloc[:0])).rates == ()
    none = EventRates(rates=()).ahead(read(), **asked).draw(np.arange(5), slice(0, 2), np.random.default_rng(0))
    assert none.happening() == {}


def test_rates_are_those_of_the_history_until_the_last_day():
    """Nothing later counts: rates of an earlier day are those of frames that end there."""
    whole = read(pd.concat([EVENTS, ANSWERS])).before(np.datetime64("2025-10-20"))
    cut = read(pd.concat([EVENTS, ANSWERS])[lambda frame: frame["date"] <= "2025-10-20"], as_of="2025-10-20")
    assert EventRates.fit(whole) == EventRates.fit(cut)


def test_rates_are_stored(many):
    rates = EventRates.fit(many)
    assert [(each.event, each.of, each.shape is not None) for each in rates.rates] == [
        ("quote", "leads", True),
        ("referral", "buyers", True),
    ]
    assert EventRates.from_dict(json.loads(json.dumps(rates.to_dict()))) == rates
    stored = rates.to_dict()
    stored["rates"][0]["spread"] = [0.1, 0.5, 0.1]
    with pytest.raises(kk.DataError, match="two variances with their covariance"):
        EventRates.from_dict(stored)
    for wrong in ({"per_day": 0.0}, {"of": "friends"}, {"shape": -1.0}, {"spread": (0.1, 0.0)}):
        with pytest.raises(kk.DataError):
            EventRate(**{"event": "visit", "of": "buyers", "per_day": 0.1, **wrong})


def happening(facts, *, draws, horizon=60, seed=1, **asked):
    ahead = EventRates.fit(facts).ahead(facts, draws=draws, horizon=horizon, generator=np.random.default_rng(9))
    drawn = ahead.draw(np.arange(facts.n), slice(0, draws), np.random.default_rng(seed))
    return ahead, drawn.happening(**asked)


def test_expected_events_are_the_rate_of_each_customer_times_the_active_time(many):
    """Also the more, the more there were; and of leads however inactive."""
    draws, edges = 200, np.array([0, 20, 60])
    active = np.broadcast_to(np.array([20.0, 10.0]), (600, draws, 2))
    ahead, found = happening(many, draws=draws, active=active, edges=edges)
    for name, days, at in (("referral", 30, slice(0, 400)), ("quote", 60, slice(400, 600))):
        place = [each.event for each in ahead.exposed].index(name)
        exposed, mean, shape = ahead.exposed[place], ahead.mean[place], ahead.shape[place]
        rate = (shape + exposed.counts[at, None]) / (shape / mean + exposed.exposure[at, None])
        each = np.bincount(found[name].row, minlength=600)[at] / draws
        total = days * rate.mean(axis=1).sum()
        assert each.sum() == pytest.approx(total, rel=4 / np.sqrt(total * draws))
        many_behind = exposed.counts[at] > 2
        assert each[many_behind].mean() > 3 * each[~many_behind].mean()
        assert np.bincount(found[name].row, minlength=600).sum() == len(found[name].day)
    early = (found["referral"].day <= 20).mean()
    assert early == pytest.approx(2 / 3, abs=0.05)


def test_activity_takes_events_from_its_own_customers_only(many):
    """Common random numbers: the candidates are those of everybody active, whatever is changed."""
    draws, edges = 50, np.array([0, 30, 60])
    full = np.full((600, draws, 2), 30.0)
    _, usual = happening(many, draws=draws)
    _, same = happening(many, draws=draws, active=full, edges=edges)
    changed = full.copy()
    changed[:100, :, 1] = 0.0
    _, fewer = happening(many, draws=draws, active=changed, edges=edges)
    for name, drawn in usual.items():
        rows = np.stack([drawn.row, drawn.draw, drawn.day])
        assert (rows == np.stack([same[name].row, same[name].draw, same[name].day])).all()
        kept = (drawn.row >= 100) | (drawn.day <= 30)
        assert (rows[:, kept] == np.stack([fewer[name].row, fewer[name].draw, fewer[name].day])).all()
        assert (np.lexsort(rows[::-1]) == np.arange(len(drawn.day))).all()
    assert not kept.all() or len(fewer["referral"].day) < len(usual["referral"].day)


def test_a_tile_draws_its_customers_in_their_order(many):
    """Rows are places in the tile, and draws those of the slice."""
    rates = EventRates.fit(many)
    ahead = rates.ahead(many, draws=40, horizon=60, generator=np.random.default_rng(9))
    customers = np.array([450, 7, 3, 599, 20])
    drawn = ahead.draw(customers, slice(10, 20), np.random.default_rng(2)).happening()
    assert set(customers[drawn["quote"].row]) <= {450, 599}
    assert set(customers[drawn["referral"].row]) <= {7, 3, 20}
    assert max(drawn["quote"].draw.max(initial=0), drawn["referral"].draw.max(initial=0)) < 10
