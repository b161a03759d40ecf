"""Events beside drawn purchases: rungs that ask them are reached, and only who can be active has them."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.sorted_entries import codes
from kundkarriar.ladder.events_ahead.event_rates import EventRates
from kundkarriar.ladder.microsimulation.drawn_blocks import drawn_blocks
from kundkarriar.ladder.microsimulation.drawn_paths import DrawnDays, DrawnPaths
from kundkarriar.ladder.microsimulation.process import active_so_far, purchases_ahead
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.rungs.rung_facts import needed_events

AS_OF, DRAWS = "1997-12-31", 40
ROWS = kk.datasets.load_cdnow(sample=True)
ROWS = ROWS[ROWS["customer_id"] < 6000]
LADDER = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="lead", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="asks", when=kk.column("events_quote") >= 2),
        kk.Rung(name="customer", when=kk.column("purchase_days") >= 1),
        kk.Rung(name="content", when=kk.column("events_satisfaction_mean_12M") >= 4),
        kk.Rung(name="referrer", when=kk.column("events_referral") >= 1),
        kk.Rung(name="partner", when=kk.column("events_contract") >= 1),
    ),
    lapse=None,
)


def happened():
    """Referrals of buyers, quotes of leads, one contract and answers, until the last day."""
    generator, last = np.random.default_rng(2), pd.Timestamp(AS_OF)
    first = ROWS.groupby("customer_id")["date"].min()
    first = first[first <= last]
    days = (last - first).dt.days.to_numpy()
    count = generator.poisson(generator.gamma(0.5, 0.002, len(first)) * days)
    since = np.repeat(first.to_numpy(), count)
    after = np.floor(generator.random(count.sum()) * np.repeat(days, count)).astype(int)
    referral = pd.DataFrame({"customer_id": np.repeat(first.index, count), "date": since + pd.to_timedelta(after, "D")})
    leads = np.arange(50) + 1_000_000
    count = generator.poisson(generator.gamma(0.7, 3.0, 50))
    asked = pd.DataFrame({"customer_id": np.repeat(leads, count), "date": last - pd.Timedelta(days=100)})
    asked["date"] += pd.to_timedelta(generator.integers(1, 100, len(asked)), "D")
    one = pd.DataFrame({"customer_id": first.index[:1], "date": last})
    answers = pd.DataFrame({"customer_id": first.index[:9], "date": pd.Timestamp("1997-11-30"), "value": 5.0})
    events = pd.concat(
        [
            referral.assign(event="referral"),
            asked.assign(event="quote"),
            one.assign(event="contract"),
            answers.assign(event="satisfaction"),
        ]
    )
    known = pd.DataFrame({"customer_id": [*first.index, *leads]})
    return events, known.assign(first_contact=[None] * len(first) + [last - pd.Timedelta(days=100)] * 50)


EVENTS, KNOWN = happened()
PROCESS = kk.MBGNBD()


@pytest.fixture(scope="module")
def history():
    return LADDER.history(ROWS, as_of=AS_OF, events=EVENTS, customers=KNOWN)


@pytest.fixture(scope="module")
def micro(history):
    return kk.Microsimulation(process=PROCESS, draws=DRAWS, seed=3).fit(history)


def blocks(micro, history, *, months=6):
    """Each block with its events by name, the laws and counts that they are drawn from, and the month ends in days."""
    ahead = RungsAhead.of(history, months=months)
    drawn = purchases_ahead(micro.process, history, days=ahead.days, draws=DRAWS, seed=3, level_sd=0.0)
    events = micro.events.ahead(
        history.facts_as_of,
        draws=DRAWS,
        horizon=ahead.days,
        generator=np.random.default_rng(1),
        active=active_so_far(micro.process, history),
        names=needed_events(history.rungs),
    )
    found = [draw() for draw in drawn_blocks(drawn, history.facts_as_of.customers, events=events)]
    return [(block, block.happening(ahead)) for block in found], events, ahead.ends - ahead.known.last


def test_active_days_are_those_of_the_process(micro, history):
    summary = kk.summarize(ROWS, as_of=AS_OF, customers=KNOWN)
    predicted = micro.process.predict(summary, horizon=1.0)
    expected = 7 * (predicted["recency"] + predicted["p_alive"] * (predicted["T"] - predicted["recency"]))
    assert active_so_far(micro.process, history) == pytest.approx(expected.fillna(0.0).to_numpy())
    fitted = EventRates.fit(history.facts_as_of, active=active_so_far(micro.process, history))
    assert micro.events == fitted != EventRates.fit(history.facts_as_of)


def test_events_of_buyers_are_those_of_active_time_and_events_of_leads_have_none(micro, history):
    """The mean number is the mean of each customer's rate times the time active in its draws."""
    found, events, ends = blocks(micro, history)
    rates = {each.event: place for place, each in enumerate(events.exposed)}
    assert set(rates) == {"referral", "quote"}
    seen, expected, variance = np.zeros(2), np.zeros(2), np.zeros(2)
    for block, happening in found:
        for at, (name, place) in enumerate(rates.items()):
            exposed, mean, shape = events.exposed[place], events.mean[place], events.shape[place]
            rate = (shape + exposed.counts[block.at, None]) / (shape / mean + exposed.exposure[block.at, None])
            days = np.full((len(block.at), DRAWS), float(ends[-1]))
            if block.tiles:
                edges = np.append(0, ends) / 7
                days = np.concatenate([tile.worlds[0].active(edges).sum(axis=2) for tile in block.tiles], axis=1) * 7
            ahead = (rate * days)[exposed.still[block.at]]
            seen[at] += len(happening[name].day)
            expected[at] += ahead.sum()
            variance[at] += ahead.sum() + (ahead**2 / 0.2).sum()
            assert (np.lexsort((happening[name].day, happening[name].draw, happening[name].row)) ==
                    np.arange(len(happening[name].day))).all()  # fmt: skip
    assert (expected > 100).all()
    assert seen == pytest.approx(expected, abs=4 * np.sqrt(variance.max()))


def test_rungs_that_ask_events_are_reached_and_states_last(micro, history):
    """Without events the referrers stay as many; contracts are carried on, and so is the last answer."""
    sizes = micro.sizes(history, horizon="13M")
    at = sizes.set_index(["ahead", "rung"])["expected"]
    now = history.positions()["rung"].value_counts()
    assert at[13, "referrer"] > now["referrer"] + 5
    assert at[13, "asks"] > now["asks"] + 2
    assert at[1, "partner"] == at[13, "partner"] == now["partner"] == 1
    content = at[:, "content"].to_numpy()
    assert content[0] <= now["content"]
    assert content[-1] + at[13, "referrer"] - at[1, "referrer"] + 1 >= content[0]
    assert content[-1] > 0
    total = sizes.groupby("ahead")["expected"].sum().to_numpy()
    assert total == pytest.approx(np.full(13, len(history)))


def test_the_order_of_customers_changes_no_event(micro, history):
    """Streams belong to customers and draws, not to rows; at given parameters."""
    turned = LADDER.history(ROWS, as_of=AS_OF, events=EVENTS[::-1], customers=KNOWN[::-1])
    tables = []
    for own in (history, turned):
        ids = np.array(own.facts_as_of.customers.to_list())
        found = [(ids[block.at], happening) for block, happening in blocks(micro, own, months=2)[0]]
        parts = [
            pd.DataFrame({"id": of_block[each.row], "draw": each.draw, "day": each.day, "event": name})
            for of_block, happening in found
            for name, each in happening.items()
        ]
        order = ["id", "draw", "day", "event"]
        tables.append(pd.concat(parts).sort_values(order).reset_index(drop=True))
    pd.testing.assert_frame_equal(*tables)


def test_without_events_nothing_is_drawn_and_rates_are_stored(micro):
    assert kk.FittedMicrosimulation.from_dict(json.loads(json.dumps(micro.to_dict()))) == micro
    silent = LADDER.history(ROWS, as_of=AS_OF, customers=KNOWN)
    assert kk.Microsimulation(process=micro.process, draws=2).fit(silent).events is None
    assert len(micro.forecast(silent, horizon="1M"))
    groups = kk.CustomerLadder.groups().history(ROWS, as_of=AS_OF, events=EVENTS, customers=KNOWN)
    assert blocks(micro, groups, months=1)[1].names == ()


def test_two_events_of_a_day_are_two(history):
    """As in a history, where `events_quote` counts events and not days."""
    paths = RungsAhead.of(history, months=1)
    bought, quotes = history.positions()["purchase_days"] > 0, history.facts_as_of.events.keys["quote"]
    lead = np.setdiff1d(np.flatnonzero(~bought), codes(quotes))[:1]
    twice = DrawnDays(row=np.zeros(2, int), draw=np.zeros(2, int), day=np.array([3, 3]))
    nothing = DrawnDays(row=np.empty(0, int), draw=np.empty(0, int), day=np.empty(0, int))
    drawn = DrawnPaths.of(paths, lead, nothing, {"quote": twice}, draws=1)
    assert [paths.states[int(code)].rung for code in (drawn.silent[0, 0], drawn.state[0, 0])] == ["lead", "asks"]
