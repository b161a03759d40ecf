"""Satisfaction and leaving: a planted effect is found, an event of heavy buyers is credited with nothing."""

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from polars.testing import assert_frame_equal as assert_polars_equal
from scipy.special import expit, logit

import kundkarriar as kk

ORIGIN, AS_OF, N = pd.Timestamp("1997-12-31"), "1998-06-30", 2500
PARAMS = kk.MBGNBDParams(r=0.9, alpha=6.0, a=0.9, b=2.2)
PROCESS = kk.FittedMBGNBD(params=PARAMS, period="W")
GROUPS = kk.CustomerLadder.groups()
ASSOCIATION = "association, not cause"


def before(rng):
    """Purchases of two years by MBG/NBD."""
    rate, p = rng.gamma(PARAMS.r, 1 / PARAMS.alpha, N) / 7, rng.beta(PARAMS.a, PARAMS.b, N)
    day, alive, rows = rng.integers(0, 365, N).astype(float), np.arange(N), []
    while len(alive):
        rows.append(pd.DataFrame({"customer_id": alive, "day": np.floor(day[alive])}))
        alive = alive[rng.random(len(alive)) > p[alive]]
        day[alive] += rng.exponential(1 / np.maximum(rate[alive], 1e-9))
        alive = alive[day[alive] < 731]
    bought = pd.concat(rows, ignore_index=True)
    date = pd.Timestamp("1996-01-01") + pd.to_timedelta(bought.pop("day"), "D")
    return bought.assign(date=date, amount=10.0)


def shop(seed, *, odds=1.0, per_point=1.0):
    """Purchases and events; a complaint multiplies the odds of leaving by `odds`, a point of satisfaction likewise.

    After each purchase a customer complains with probability .1 and is asked with .3, so that heavy buyers complain and
    answer more often. Who leaves is drawn at the true log odds of no purchase within half a year, given all so far,
    plus what the events of the last 12 months add.
    """
    rng = np.random.default_rng(seed)
    known = before(rng)
    complains, asked = (rng.random(len(known)) < each for each in (0.1, 0.3))
    values = rng.integers(1, 6, asked.sum())
    told = pd.concat(
        [
            known.loc[complains, ["customer_id", "date"]].assign(event="complaint"),
            known.loc[asked, ["customer_id", "date"]].assign(event="satisfaction", value=values),
        ],
        ignore_index=True,
    )
    summary = kk.summarize(known, as_of=ORIGIN, period="W")
    months = kk.Period.of("6M").in_units("W")
    usual = logit(1 - PROCESS.predict(summary, horizon=months, also=["p_purchase"])["p_purchase"].to_numpy())
    recent = told[told["date"] > ORIGIN - pd.DateOffset(years=1)]
    mean = recent.groupby("customer_id")["value"].mean().reindex(summary["customer_id"])
    complained = summary["customer_id"].isin(recent.loc[recent["event"] == "complaint", "customer_id"])
    added = complained * np.log(odds) + (mean - 3).fillna(0).to_numpy() * np.log(per_point)
    stays = summary["customer_id"][rng.random(len(summary)) > expit(usual + added)]
    return pd.concat(
        [known, pd.DataFrame({"customer_id": stays, "date": ORIGIN + pd.Timedelta(days=60), "amount": 10.0})]
    ), told


def found(orders, told, *, ladder=GROUPS, **given):
    history = ladder.history(orders, as_of=AS_OF, events=told)
    return kk.satisfaction_effects(history, **{"origins": 1, **given})


def rows_of(result):
    return result.table().set_index(["event", "measure", "outcome"])


@pytest.fixture(scope="module")
def planted():
    return shop(1, odds=3.0, per_point=0.6)


@pytest.fixture(scope="module")
def result(planted):
    return found(*planted)


def test_a_planted_effect_is_found(result):
    """Odds ratios of known size lie in their intervals, which exclude 1; having answered has no effect of its own."""
    table = rows_of(result)
    complaint, point = table.loc[("complaint", "any", "leaving")], table.loc[("satisfaction", "point", "leaving")]
    assert 1.4 < complaint["low"] < 3.0 < complaint["high"]
    assert point["low"] < 0.6 < point["high"] < 0.8
    assert complaint["share_with"] > complaint["share_usual"] + 0.1
    assert point["share_with"] < point["share_usual"] - 0.05
    answered = table.loc[("satisfaction", "answered", "leaving")]
    assert answered["low"] < 1 < answered["high"]
    spread = table.loc[("satisfaction", "standard deviation", "leaving")]
    assert np.log(spread["odds_ratio"]) == pytest.approx(np.log(point["odds_ratio"]) * 1.2, rel=0.1)
    assert set(table.xs("leaving", level="outcome")["note"]) == {ASSOCIATION}


def test_what_comes_with_many_purchases_is_credited_with_nothing():
    """Law: where nothing follows from events, intervals of level .999 hold 1, though heavy buyers answer more."""
    orders, told = shop(3)
    table = rows_of(found(orders, told, level=0.999))
    assert ((table["low"] < 1) & (table["high"] > 1)).all()
    known = orders[orders["date"] <= ORIGIN]["customer_id"].unique()
    left = ~np.isin(known, orders[orders["date"] > ORIGIN]["customer_id"])
    answered = np.isin(known, told[told["event"] == "satisfaction"]["customer_id"])
    odds = [share / (1 - share) for share in (left[answered].mean(), left[~answered].mean())]
    assert odds[0] / odds[1] < 0.5  # what a comparison without regard to purchases would say


def test_shares_are_those_of_customers_with_the_event(planted, result):
    """The share with the event is about the actual one, because a logistic regression fits it."""
    orders, told = planted
    table = rows_of(result).loc[("complaint", "any", "leaving")]
    recent = told[(told["event"] == "complaint") & (told["date"] > "1996-12-31")]["customer_id"].unique()
    place = GROUPS.place(orders[orders["date"] <= ORIGIN], as_of=ORIGIN)
    there = place[~place["lapsed"]]["customer_id"]
    own = np.intersect1d(recent, there)
    assert (table["customers"], table["with_event"]) == (len(there), len(own))
    left = ~np.isin(own, orders[orders["date"] > ORIGIN]["customer_id"])
    assert table["share_with"] == pytest.approx(left.mean(), abs=0.02)


def test_order_and_kind_of_frames_change_nothing(planted, result):
    """Rows in another order, ids as text, and polars give the same numbers."""
    orders, told = planted
    again = found(orders.sample(frac=1, random_state=1), told.sample(frac=1, random_state=2))
    pd.testing.assert_frame_equal(again.table(), result.table(), rtol=1e-6)
    frames = (pl.DataFrame({name: each[name].tolist() for name in each}, nan_to_null=True) for each in (orders, told))
    in_polars = found(*frames).table()
    as_polars = pl.DataFrame({name: result.table()[name].tolist() for name in result.table()})
    assert_polars_equal(in_polars, as_polars, rel_tol=1e-6)


def test_an_association_is_an_assumed_effect(result):
    """Its evidence says so; a complaint that did not come has the inverse of the odds ratio."""
    row = rows_of(result).loc[("complaint", "any", "leaving")]
    effect = result.effect("Complaint", on="leaving", units=-1)
    assert effect.is_assumed
    assert effect.evidence.startswith("association, assumed to be the effect: ")
    assert (effect.window, effect.lasts, effect.level) == ("6M", "6M", 0.9)
    assert effect.relative_to == "a complaint within 12 months"
    assert [effect.mean, effect.low, effect.high] == pytest.approx(
        [1 / row["odds_ratio"], 1 / row["high"], 1 / row["low"]]
    )
    content = result.effect("satisfaction", on="promotion", units=2)
    point = rows_of(result).loc[("satisfaction", "point", "promotion")]
    assert content.mean == pytest.approx(point["odds_ratio"] ** 2)
    assert content.relative_to == "a satisfaction of 2 points less"
    assert (content.window, content.lasts) == (None, None)


def test_results_are_compared_by_numbers(planted, result):
    assert result.equals(attrs.evolve(result))
    assert not result.equals(found(*planted, level=0.8))
    said = "SatisfactionEffects(association; satisfaction, complaint; 1 origin to 1997-12-31, horizon='6 months')"
    assert repr(result) == said


def test_promotion_by_the_event_itself_is_left_out(planted):
    """Customers one rung below the one that asks for the event are left out, and the note says why."""
    strict = kk.CustomerLadder.kundkarriar(most_complaints=0)
    table = rows_of(found(*planted, ladder=strict, events="complaint"))
    assert table.loc[("complaint", "any", "promotion"), "note"].startswith(
        f"{ASSOCIATION}; without `client`, `supporter`, `partner`, because `supporter` asks for the event"
    )
    assert table.loc[("complaint", "any", "leaving"), "note"] == ASSOCIATION
    asks = kk.CustomerLadder(
        rungs=[kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
               kk.Rung(name="calm", when=kk.column("events_complaint_12M").equals(0))]
    )  # fmt: skip
    only = found(*planted, ladder=asks, events="complaint")
    row = rows_of(only).loc[("complaint", "any", "promotion")]
    assert row["note"] == (
        f"{ASSOCIATION}; without `any`, `calm`, because `calm` asks for the event; none: nobody is at risk"
    )
    assert np.isnan(row["odds_ratio"])


def test_what_cannot_be_told_is_missing_and_says_why(planted, message_of):
    """All answered; few with the event; and no effect is made of what is missing."""
    orders, _ = planted
    everybody = orders.groupby("customer_id", as_index=False)["date"].max()
    everybody = everybody.assign(event="satisfaction", value=everybody["customer_id"] % 5 + 1.0)
    everybody["date"] = everybody["date"].clip(upper=ORIGIN, lower=ORIGIN - pd.Timedelta(days=300))
    result = found(orders, everybody)
    table = rows_of(result)
    assert np.isfinite(table.loc[("satisfaction", "point", "leaving"), "odds_ratio"])
    assert np.isnan(table.loc[("satisfaction", "answered", "leaving"), "odds_ratio"])
    missing = f"{ASSOCIATION}; none: those at risk do not differ in it, or the likelihood has no maximum"
    assert table.loc[("satisfaction", "answered", "leaving"), "note"] == missing
    text = message_of(kk.DataError, lambda: result.effect("satisfaction", on="leaving", measure="answered"))
    law = f"satisfaction (answered) has no odds ratio on leaving: {missing}."
    assert text == f"{law}\n\nHint: another event, measure or outcome, or more data."
    few = rows_of(found(orders, everybody.head(30).assign(event="claim", value=np.nan), events=["claim"]))
    row = few.loc[("claim", "any", "leaving")]
    assert row["note"].startswith(f"{ASSOCIATION}; rough: leaving ")
    assert row["low"] < 1 < row["high"]


NO_VALUES = """\
satisfaction_effects: satisfaction is measured by the values of its events, and none of them has a value.

Hint: give the events a column `value`; events without values are counted: call them 'praise', say."""
ONE_VALUE = """\
satisfaction_effects: the events `satisfaction` in the 12M before the origins have only the value 4, so that nothing \
can depend on it.

Hint: leave the values out to compare those with such an event and those without, or leave the event out."""
NO_EVENT = """\
satisfaction_effects: the history has neither satisfaction nor complaints: its events are ['quote'].

Hint: events=['quote']."""
MISSPELT = """\
satisfaction_effects: the history has no complant: its events are ['complaint', 'satisfaction'].

Hint: events=['complaint']."""
NONE = """\
satisfaction_effects reads events, and the history has none.

Hint: write ladder.history(transactions, as_of=..., events=events)."""
NOBODY = """\
satisfaction_effects: nobody who had bought by then has an event `complaint` in the 12M before an origin (from \
1997-12-31 to 1997-12-31).

Hint: a shorter horizon, fewer origins, or leave the event out."""
TOO_LONG = """\
an origin at 1995-06-30 lies before the data, which begin on 1996-01-01.

Hint: fewer origins (now 1) or a shorter horizon (now '36M'), or origins closer together (now every '18M')."""
FITTED = """\
satisfaction_effects judges its parts by what came after an earlier day, and FittedMBGNBD is fitted already, perhaps \
to that.

Hint: give the spec, which is fitted there anew: kk.MBGNBD(...)."""
AUTO = """\
`process` must be a purchase model, got 'auto'.

Hint: write process=kk.MBGNBD()."""
UNITS = """\
`units` must be 1 or -1: a customer has the event or has not, got 2.0.

Hint: write units=-1."""
NO_UNITS = """\
`units` must be other than 0, which changes nothing, got 0.0.

Hint: write units=-1."""


def test_bad_input_says_what_is_wrong(planted, result, message_of):
    """No such events, no values, one value, nobody with the event, a horizon beyond the data, a fit that saw it all."""
    orders, told = planted
    content = told[told["event"] == "satisfaction"]
    late = told[told["date"] > ORIGIN - pd.Timedelta(days=9)].assign(date=pd.Timestamp("1998-03-01"), event="complaint")
    fitted = kk.MBGNBD().fit(kk.summarize(orders, as_of=AS_OF))
    for message, events, given in (
        (NO_VALUES, content.assign(value=np.nan), {}),
        (ONE_VALUE, content.assign(value=4.0), {}),
        (NO_EVENT, told.assign(event="quote"), {}),
        (MISSPELT, told, {"events": "Complant "}),
        (NONE, None, {}),
        (NOBODY, late, {}),
        (TOO_LONG, told, {"horizon": "36M"}),
        (FITTED, told, {"process": fitted}),
        (AUTO, told, {"process": "auto"}),
    ):
        assert message_of(kk.DataError, lambda events=events, given=given: found(orders, events, **given)) == message
    for message, units in ((UNITS, 2), (NO_UNITS, 0)):
        assert message_of(kk.DataError, lambda u=units: result.effect("complaint", on="leaving", units=u)) == message


def test_nobody_has_bought(message_of):
    """Leads alone have no one who could leave."""
    leads = pd.DataFrame({"customer_id": [1, 2], "first_contact": pd.Timestamp("1997-01-01")})
    nothing = pd.DataFrame({"customer_id": pd.Series(dtype=int), "date": pd.Series(dtype="M8[ns]"), "amount": 0.0})
    told = pd.DataFrame({"customer_id": [1], "date": pd.Timestamp("1997-02-01"), "event": "complaint"})
    history = kk.CustomerLadder.loyalty().history(nothing, as_of=AS_OF, customers=leads, events=told)
    assert message_of(kk.DataError, lambda: kk.satisfaction_effects(history)) == (
        "satisfaction_effects: nobody has bought by 1998-06-30.\n\nHint: a history with purchases."
    )


@pytest.mark.parametrize("process", [kk.NBD(), PROCESS], ids=lambda each: type(each).__name__)
def test_any_process_may_stand_for_what_purchases_tell(planted, process):
    """And one with given parameters is taken as it is."""
    table = rows_of(found(*planted, process=process, events="complaint"))
    assert 1.3 < table.loc[("complaint", "any", "leaving"), "low"] < 3.0


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_a_career_asks_its_history(planted):
    """The same numbers, and none of a career that was read back."""
    orders, told = (each[each["customer_id"] < 150] for each in planted)
    scorer = kk.ValueScorer(purchases=kk.NBD(), spend=None, margin=0.3, discount_rate=0.1, horizon="12M")
    career = kk.CustomerCareer(scorer=scorer, ladder=GROUPS).fit(orders, as_of=AS_OF, events=told, seed=1, draws=2)
    assert career.satisfaction_effects(origins=1).equals(found(orders, told))
    stored = kk.FittedCareer.from_dict(career.to_dict())
    with pytest.raises(kk.CapabilityError, match="history"):
        stored.satisfaction_effects()


def test_many_units_give_an_effect_that_is_bounded(result):
    """A thousand complaints more have no odds that a number could not hold."""
    effect = result.effect("complaint", on="leaving", measure="number", units=1000)
    assert 0 < effect.low <= effect.mean <= effect.high < 1e15
