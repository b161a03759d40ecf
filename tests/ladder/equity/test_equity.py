"""Customer equity: each krona once, and numbers and values of newcomers as the process says they are."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.ladder.equity.equity import EquitySums, refuse_growth
from kundkarriar.ladder.equity.newcomers import NewcomerLives, Newcomers, ReferralLaw
from kundkarriar.ladder.equity.referrals import PastReferrals
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.scoring.draws import scorer_draws
from kundkarriar.scoring.newcomers.first_purchases import FirstPurchases
from kundkarriar.scoring.newcomers.latest_newcomers import LatestNewcomers
from kundkarriar.scoring.newcomers.newcomer_forecast import newcomer_forecast

SINCE, AS_OF, DRAWS = "1996-07-01", "1998-06-30", 60
MARGIN, DISCOUNT, COST, REWARD, CONVERSION = 0.4, 0.1, 2.0, 3.0, 0.25
HORIZON = 365.25
LADDER, GROUPS = kk.CustomerLadder.loyalty(), kk.CustomerLadder.groups()


def shop() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A shop whose 400 customers join over two years and buy every five weeks until they leave; half recommend."""
    generator, last = np.random.default_rng(3), pd.Timestamp(AS_OF)
    joined = generator.integers(0, 727, 400)
    rate = generator.gamma(1.5, 1 / 50, 400)
    left = np.minimum(joined + 2 + generator.exponential(500, 400), 729)
    rows = [(i, day) for i, first in enumerate(joined) for day in (first, *_times(first, left[i], rate[i], generator))]
    bought = pd.DataFrame(rows, columns=["customer_id", "day"])
    bought["date"] = pd.Timestamp(SINCE) + pd.to_timedelta(bought.pop("day").astype(int), unit="D")
    bought["amount"] = generator.gamma(5.0, 2.0, len(bought)).round(2) + 1.0
    refers = np.where(np.arange(400) % 2, 0.004, 0.0)
    told = [(i, day) for i, first in enumerate(joined) for day in _times(first, left[i], refers[i], generator)]
    events = pd.DataFrame(told, columns=["customer_id", "day"])
    events["date"] = pd.Timestamp(SINCE) + pd.to_timedelta(events.pop("day").astype(int), unit="D")
    return bought[bought["date"] <= last], events[events["date"] <= last].assign(event="referral")


def _times(first: float, left: float, rate: float, generator: np.random.Generator) -> np.ndarray:
    return np.sort(generator.uniform(first + 1, left, generator.poisson(rate * (left - first - 1))))


ORDERS, EVENTS = shop()
HISTORY = LADDER.history(ORDERS, as_of=AS_OF, events=EVENTS)
SEASON = kk.Season(index=[1.0] * 12)
SUMMARY = kk.summarize(ORDERS, as_of=AS_OF, season=SEASON)
TERMS = {
    "margin": MARGIN,
    "discount_rate": DISCOUNT,
    "horizon": "12M",
    "costs": kk.Costs(serve_per_year=1, per_order=0.5),
    "season": SEASON,
}
OPTIONS = {"referrals": kk.Referrals(conversion=CONVERSION, cost=REWARD), "acquisition_cost": COST}


def scorer_of(model: object) -> kk.FittedValueScorer:
    spec = kk.ValueScorer(purchases=model, spend=kk.GammaGamma(), level=kk.Level(sd=1e-9), **TERMS)
    return spec.fit(SUMMARY)


def at_the_optimum(drawn_posteriors):
    """Draws whose parameters are those of the fit, so that means of draws are the fit's expectations."""

    def drawn(purchases, spend, **how):
        answer = drawn_posteriors(purchases, spend, **how)
        for name, model in (("purchases", purchases), ("spend", spend)):
            own = answer[name]
            values = np.tile([getattr(model.params, each) for each in own.names], (len(own), 1))
            answer[name] = evolve(own, values=values)
        return answer

    return drawn


@pytest.fixture(scope="module")
def micro() -> kk.FittedMicrosimulation:
    return kk.Microsimulation(process=scorer_of(kk.MBGNBD()), draws=DRAWS, seed=1).fit(HISTORY)


@pytest.fixture(scope="module")
def usual(micro) -> pd.DataFrame:
    return micro.equity(HISTORY, **OPTIONS)


def effect(on: str, mean: float) -> kk.Effect:
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="as usual")


def at(table: pd.DataFrame, part: str) -> pd.Series:
    (row,) = (each for _, each in table[table["part"] == part].iterrows())
    return row


@pytest.mark.parametrize("horizon", ["12M", "1Y"])
def test_the_horizon_of_the_scorer_may_be_typed_in(micro, usual, horizon) -> None:
    pd.testing.assert_frame_equal(micro.equity(HISTORY, **OPTIONS, horizon=horizon), usual)
    changes = [kk.Change(effect=effect("leaving", 0.8))]
    typed = micro.scenario(HISTORY, changes=changes, horizon=horizon)
    pd.testing.assert_frame_equal(typed, micro.scenario(HISTORY, changes=changes))


def test_each_krona_counts_once(micro, usual) -> None:
    """The base is the value of today's customers; the parts sum to the total, and who brings them to the referred."""
    value = micro.value(HISTORY)
    for name in ("value", "low", "high"):
        assert at(usual, "base")[name] == pytest.approx(at(value, "total")[name], rel=1e-12)
    parts = usual.set_index("part")
    for name in ("value", "customers"):
        assert parts.loc[["base", "referred", "arrivals"], name].sum() == pytest.approx(parts.loc["total", name])
    brought = usual[usual["part"].str.startswith("referred by")]
    for name in ("value", "customers", "referrals"):
        assert brought[name].sum() == pytest.approx(at(usual, "referred")[name])
    assert (usual["low"] <= usual["value"]).all()
    assert (usual["value"] <= usual["high"]).all()


def worth_of(scorer: kk.FittedValueScorer, day: np.ndarray) -> np.ndarray:
    """What a newcomer of each day brings until the end of the year where nobody leaves, by a scorer of NBD."""
    terms, params = scorer.scorer, scorer.purchases.params
    delta, facts = np.log(1 + terms.discount_rate) / 365.25, HISTORY.facts_as_of
    first = FirstPurchases.of(facts.days, as_of=facts.as_of, burn_in=None)
    latest = first.latest()
    ids = facts.customers.to_numpy()[first.code[latest]]
    later = scorer.spend.predict(SUMMARY).set_index("customer_id")["expected_order_value"][ids].mean()
    ahead = (np.exp(-delta * day) - np.exp(-delta * HORIZON)) / delta
    orders = (MARGIN * later - terms.costs.per_order) * params.r / params.alpha / 7
    paid = (MARGIN * first.spend[latest].mean() - terms.costs.per_order) * np.exp(-delta * day)
    return paid + ahead * (orders - terms.costs.serve_per_year / 365.25)


def test_the_life_of_a_newcomer_goes_from_the_first_purchase_to_the_horizon(monkeypatch) -> None:
    """Its money is discounted to today, costs to serve and referrals are of the time that is left."""
    monkeypatch.setattr(scorer_draws, "drawn_posteriors", at_the_optimum(scorer_draws.drawn_posteriors))
    dear = {"discount_rate": 0.4, "costs": kk.Costs(serve_per_year=12, per_order=0.5)}
    scorer = kk.ValueScorer(purchases=kk.NBD(), spend=kk.GammaGamma(), level=kk.Level(sd=1e-9), **TERMS | dear)
    scorer = scorer.fit(SUMMARY)
    micro = kk.Microsimulation(process=scorer, draws=DRAWS, seed=1).fit(HISTORY)
    ahead, days = micro.within(HISTORY, scorer=scorer, horizon=None)
    known, money = micro.drawn(scorer, HISTORY, days=days), DrawnMoney.by(scorer, ahead, days=days)
    facts = HISTORY.facts_as_of
    first = FirstPurchases.of(facts.days, as_of=facts.as_of, burn_in=None)
    latest = LatestNewcomers.of(money.base, facts.days, first, gaps=False)
    mean, lag, draw = 0.02, 30, np.repeat(np.arange(DRAWS), 300)
    law = ReferralLaw(
        mean=np.full(DRAWS, mean), shape=np.full(DRAWS, 2.0), conversion=np.full(DRAWS, 0.5), lag=lag, code=9
    )
    lives = NewcomerLives(money=money, known=known, latest=latest, law=law, generator=np.random.default_rng(1))
    for day in (40.5, 300.5):
        here = {"day": np.full(len(draw), day), "worlds": np.ones((len(draw), 1), dtype=bool), "of": draw * 0}
        net, made, brought = lives.of(Newcomers(draw=draw, **here))
        error = net.std() / np.sqrt(len(net))
        assert abs(net.mean() - worth_of(scorer, np.array(day))) < 4 * error
        assert error < 0.2
        assert made.mean() == pytest.approx(mean * (HORIZON - day), rel=0.06)
        assert len(brought) / len(draw) == pytest.approx(0.5 * mean * (HORIZON - day - lag), rel=0.06)
        assert brought.day.min() > day + lag
        assert brought.day.max() < HORIZON
        assert set(brought.of) == {9}
    assert lives.blocks == known.blocks + 2
    few = Newcomers(draw=draw, **here).at(np.arange(300))
    alike = [
        NewcomerLives(money=money, known=known, latest=latest, law=None, generator=np.random.default_rng(1))
        for _ in "ab"
    ]
    alike[1].blocks += 1
    assert not np.array_equal(*(each.of(few)[0] for each in alike))  # other streams for other blocks


def test_newcomers_are_as_many_and_worth_as_much_as_the_process_says(monkeypatch) -> None:
    """Where nobody leaves, numbers and values have closed forms, for both generations of referrals."""
    monkeypatch.setattr(scorer_draws, "drawn_posteriors", at_the_optimum(scorer_draws.drawn_posteriors))
    scorer = scorer_of(kk.NBD())
    fitted = kk.Microsimulation(process=scorer, draws=DRAWS, seed=1).fit(HISTORY)
    law = evolve(fitted.events.rates[0], spread=(0.0, 0.0, 0.0))
    fitted = evolve(fitted, events=evolve(fitted.events, rates=(law,)))
    table = fitted.equity(HISTORY, **OPTIONS, arrivals=None, level=0.6827)
    facts = HISTORY.facts_as_of
    lag, day = 30, np.arange(0.5, HORIZON)
    made = facts.event_count("referral", after=None, until=int(facts.as_of.astype(int)))
    exposure = int(facts.as_of.astype(int)) - facts.first_purchase
    rates = (law.shape + made) / (law.shape / law.per_day + exposure)
    waiting = facts.event_count(
        "referral", after=int(facts.as_of.astype(int)) - lag, until=int(facts.as_of.astype(int))
    )
    coming = CONVERSION * np.where(day > lag, rates.sum(), waiting.sum() / lag)
    again = np.zeros(len(day))
    again[lag:] = CONVERSION * law.per_day * np.cumsum(coming)[:-lag]
    worth = worth_of(scorer, day) - REWARD * (1 + DISCOUNT) ** (-day / 365.25)
    for part, number in (("referred", coming + again), ("referred by newcomers", again)):
        row = at(table, part)
        assert row["customers"] == pytest.approx(number.sum(), abs=5 * np.sqrt(number.sum() / DRAWS)), part
        error = (row["high"] - row["low"]) / 2 / np.sqrt(DRAWS)
        assert abs(row["value"] - (number * worth).sum()) < 4 * error, part
    by_rung = table[table["part"] == "referred by rung now"].set_index("rung")["referrals"]
    rungs = pd.Series(HORIZON * rates).groupby(HISTORY.positions()["rung"].to_numpy()).sum()
    assert by_rung.to_dict() == pytest.approx(rungs.to_dict(), rel=0.1)


def test_arrivals_are_those_of_the_forecast_but_for_the_referred(micro, usual) -> None:
    """Past newcomers whom referrals brought are taken out; without referrals nobody is."""
    forecast = kk.Arrivals().fit(ORDERS, as_of=AS_OF).expected("366D", draws=2)["expected"].iloc[-1]
    alone = micro.equity(HISTORY, acquisition_cost=COST)
    assert alone["part"].tolist() == ["base", "arrivals", "total"]
    assert at(alone, "arrivals")["customers"] == pytest.approx(forecast, rel=0.07)
    past = PastReferrals.of(OPTIONS["referrals"], HISTORY.facts_as_of)
    first = FirstPurchases.of(HISTORY.facts_as_of.days, as_of=HISTORY.facts_as_of.as_of, burn_in=None)
    others = past.others(first)
    assert others.begins == past.begins + 30
    assert len(others.day) == (first.day >= others.begins).sum() - round(CONVERSION * past.settled.sum())
    ahead = kk.Arrivals().of(others).expected("366D", draws=2)["expected"].iloc[-1]
    assert at(usual, "arrivals")["customers"] == pytest.approx(ahead, rel=0.07)
    assert at(usual, "arrivals")["value"] < at(alone, "arrivals")["value"]


@pytest.mark.parametrize(
    "index", [[1.0] * 12, [0.2, 0.4, 1.0, 1.0, 1.0, 1.0, 0.5, 1.0, 1.0, 1.0, 2.0, 4.0]], ids=["flat", "season"]
)
def test_arrivals_bring_what_the_bridge_foresees(index, monkeypatch) -> None:
    """With a margin of one, undiscounted and without costs their value is the expected sales of newcomers."""
    monkeypatch.setattr(scorer_draws, "drawn_posteriors", at_the_optimum(scorer_draws.drawn_posteriors))
    season = kk.Season(index=index)
    terms = {"margin": 1.0, "discount_rate": 0, "horizon": "6M", "season": season, "level": kk.Level(sd=1e-9)}
    summary = kk.summarize(ORDERS, as_of=AS_OF, season=season)
    scorer = kk.ValueScorer(purchases=kk.MBGNBD(), spend=kk.GammaGamma(), **terms).fit(summary)
    fitted = kk.Microsimulation(process=scorer, draws=DRAWS, seed=1).fit(HISTORY)
    table = fitted.equity(HISTORY, acquisition_cost=0, level=0.6827)
    days, as_of = HISTORY.facts_as_of.days, HISTORY.facts_as_of.as_of
    span = {"as_of": as_of, "until": as_of + np.timedelta64(183, "D"), "burn_in": None, "drawn": None}
    expected = newcomer_forecast(scorer, scorer.base(summary), days, **span)
    row = at(table, "arrivals")
    error = (row["high"] - row["low"]) / 2 / np.sqrt(DRAWS)
    assert abs(row["value"] - expected.sales.expected) < 4 * error
    assert error < 0.05 * row["value"]


def test_twice_the_conversion_is_twice_the_referred(micro, usual) -> None:
    """Of those whom today's customers refer; a reward for each lowers their value by what it costs."""
    twice = micro.equity(HISTORY, **OPTIONS | {"referrals": kk.Referrals(conversion=2 * CONVERSION, cost=REWARD)})
    rungs = [table[table["part"] == "referred by rung now"] for table in (usual, twice)]
    assert rungs[1]["customers"].sum() == pytest.approx(2 * rungs[0]["customers"].sum(), rel=0.06)
    assert rungs[1]["value"].sum() == pytest.approx(2 * rungs[0]["value"].sum(), rel=0.2)
    assert rungs[0]["referrals"].tolist() == rungs[1]["referrals"].tolist()
    dear = micro.equity(HISTORY, **OPTIONS | {"referrals": kk.Referrals(conversion=CONVERSION, cost=REWARD + 1)})
    cost = at(usual, "referred")["value"] - at(dear, "referred")["value"]
    count = at(usual, "referred")["customers"]
    assert 0.9 * count < cost < count


def test_an_effect_of_one_changes_nothing_and_a_factor_multiplies(micro) -> None:
    """Referrals are multiplied of those whom the change concerns, while it lasts; leaving acts through time active."""
    nothing = [kk.Change(effect=effect(on, 1.0)) for on in ("referrals", "leaving", "spend")]
    few = evolve(micro, microsimulation=evolve(micro.microsimulation, draws=10))
    table = few.equity(HISTORY, **OPTIONS, changes=nothing)
    assert table["changed"].equals(table["value"])
    assert table[["difference", "difference_low", "difference_high"]].eq(0).all(axis=None)
    ambassadors = kk.column("rung").equals("ambassador")
    more = micro.equity(HISTORY, **OPTIONS, changes=kk.Change(effect=effect("referrals", 1.5), where=ambassadors))
    own = more["rung"].eq("ambassador")
    assert more.loc[own, "changed"].item() == pytest.approx(1.5 * more.loc[own, "value"].item(), rel=0.15)
    untouched = more["rung"].isin(["customer", "repurchaser"]) | more["part"].isin(["base", "arrivals"])
    assert more.loc[untouched, "difference"].eq(0).all()
    late = kk.Change(effect=effect("referrals", 1.5), where=ambassadors, start="1999-06-10")
    assert few.equity(HISTORY, **OPTIONS, changes=late)["difference"].eq(0).all()  # they would come after the horizon
    stay = few.equity(HISTORY, **OPTIONS, changes=kk.Change(effect=effect("leaving", 0.3)))
    assert at(stay, "referred")["difference"] > 0
    assert at(stay, "base")["difference"] > 0
    assert at(stay, "arrivals")["difference"] == 0


def test_scenarios_count_the_rungs_that_referrals_lead_to(micro) -> None:
    """On a ladder whose rung asks for them."""
    changes = kk.Change(effect=effect("referrals", 3.0))
    table = micro.scenario(HISTORY, changes=changes, horizon="6M")
    rungs = table[table["part"] == "rung"].groupby("name")["difference"].sum()
    assert rungs["ambassador"] > 3
    assert rungs["repurchaser"] < -3
    assert table.loc[table["part"] == "value", "difference"].eq(0).all()
    with pytest.raises(kk.CapabilityError, match="no rung asks for them"):
        micro.scenario(GROUPS.history(ORDERS, as_of=AS_OF, events=EVENTS), changes=changes)


def test_the_conversion_is_learned_from_who_recommended() -> None:
    """Each referral brings one customer at most, who bought after it; the rest of the share is not known to be zero."""
    day = pd.Timestamp("2026-01-01")
    rows = pd.DataFrame({"customer_id": list("abcde"), "date": day + pd.to_timedelta([0, 40, 60, 200, 10], "D")})
    known = pd.DataFrame({"customer_id": list("abcdef"), "by": [None, "a", "a", "a", "b", "x"]})
    told = pd.DataFrame({"customer_id": list("aaab"), "date": day + pd.to_timedelta([20, 30, 290, 100], "D")})
    facts = read_facts_as_of(
        rows.assign(amount=1.0), as_of="2026-10-28", customers=known, events=told.assign(event="referral")
    )
    with pytest.warns(kk.DataWarning, match=r"(?s)1 of 5 customers is neither.*\n *5 +f +x$"):
        past = PastReferrals.of(kk.Referrals(referred_by="by"), facts)
    names = [None if each < 0 else facts.customers[int(each)] for each in past.brought]
    assert names == ["b", "c", None, None]
    assert past.waiting.tolist() == [2]
    drawn = past.conversions(20_000, np.random.default_rng(1))
    assert drawn.mean() == pytest.approx(2.5 / 4, abs=0.01)
    first = FirstPurchases.of(facts.days, as_of=facts.as_of, burn_in=None)
    others = past.others(first)
    assert [facts.customers[int(each)] for each in others.code] == ["d"]  # of c and d, who came after day 50


BAD = {
    "no cost": (
        lambda micro: micro.equity(HISTORY),
        (
            "`acquisition_cost` has no default: what a newcomer costs is known to you alone.\n\nHint: "
            "acquisition_cost=40; 0 states that newcomers cost nothing; arrivals=None counts none."
        ),
    ),
    "no events": (
        lambda micro: micro.equity(LADDER.history(ORDERS, as_of=AS_OF), **OPTIONS),
        (
            'referrals are events, and the history has none: its rate of "referral" is not known.\n\nHint: '
            "ladder.history(transactions, as_of=..., events=events)."
        ),
    ),
    "no referral": (
        lambda micro: micro.equity(
            GROUPS.history(ORDERS, as_of=AS_OF, events=EVENTS.assign(event="recommends")), **OPTIONS
        ),
        (
            "no event \"referral\" up to 1998-06-30, found ['recommends'].\n\nHint: name the event of a "
            'recommendation "referral", or leave `referrals` out.'
        ),
    ),
    "fitted without": (
        lambda micro: evolve(micro, events=None).equity(HISTORY, **OPTIONS),
        (
            "the microsimulation was fitted to a history without referrals: their rates are not known.\n\nHint: "
            "kk.Microsimulation(...).fit(ladder.history(transactions, as_of=..., events=events))."
        ),
    ),
    "more than came": (
        lambda micro: micro.equity(
            LADDER.history(ORDERS, as_of=AS_OF, events=pd.concat([EVENTS] * 4)), **OPTIONS | OPTIONS_OF_ALL
        ),
        "by a conversion of 1 the ",
    ),
    "effect without referrals": (
        lambda micro: micro.equity(HISTORY, acquisition_cost=COST, changes=kk.Change(effect=effect("referrals", 1.2))),
        (
            "an effect on referrals changes nothing that is counted here: no rung asks for them, or there are no "
            "referrals.\n\nHint: micro.equity(history, referrals=kk.Referrals(...), changes=...) counts whom referrals "
            "bring."
        ),
    ),
    "growth": (
        lambda _: refuse_growth(np.array([3.5, 4.5])),
        (
            "each newcomer would bring 4.0 others within the horizon, and these others again: no base grows like that."
            "\n\nHint: a lower conversion, or a shorter horizon."
        ),
    ),
    "nobody came": (
        lambda micro: micro.equity(
            LADDER.history(ORDERS, as_of=AS_OF, events=EVENTS, burn_in="3Y"),
            referrals=OPTIONS["referrals"],
            arrivals=None,
        ),
        (
            "micro.equity: no customer came after the burn-in of 3 years, so that the value of those to come is not "
            "known.\n\nHint: a shorter burn_in in ladder.history(...)."
        ),
    ),
    "no column": (
        lambda micro: micro.equity(HISTORY, **OPTIONS | {"referrals": kk.Referrals(referred_by="by")}),
        (
            "kk.Referrals(referred_by=...): `customers` has no column 'by', found [].\n\nHint: "
            "ladder.history(transactions, as_of=..., customers=customers) with the id of who recommended."
        ),
    ),
    "by themselves": (
        lambda micro: micro.equity(
            LADDER.history(
                ORDERS, as_of=AS_OF, events=EVENTS, customers=pd.DataFrame({"customer_id": [3, 4], "by": [4, 4]})
            ),
            **OPTIONS | {"referrals": kk.Referrals(referred_by="by")},
        ),
        (
            "kk.Referrals(referred_by=...): nobody is recommended by themselves: broken by 1 of 2 rows.\n\n"
            "row  customer_id  by\n  1            4   4\n\nHint: leave `by` missing where nobody did."
        ),
    ),
    "both": (
        lambda _: kk.Referrals(conversion=0.2, referred_by="by"),
        (
            "kk.Referrals needs either `conversion` or `referred_by`: no share of referrals that bring a customer is "
            "assumed, and none is learned beside one that is typed in.\n\n"
            'Hint: kk.Referrals(conversion=0.2), or kk.Referrals(referred_by="recommended_by") to learn it.'
        ),
    ),
    "too young": (
        lambda micro: micro.equity(HISTORY, **OPTIONS | {"referrals": kk.Referrals(conversion=CONVERSION, lag="20Y")}),
        (
            "events are known from 1996-10-12 on, less than 20Y before the last day: how many newcomers came by "
            "referral is not known.\n\nHint: a longer history of events, or arrivals=None to count no other newcomers."
        ),
    ),
}
OPTIONS_OF_ALL = {"referrals": kk.Referrals(conversion=1.0)}


@pytest.mark.filterwarnings("ignore:400 of 400 customers were first seen within 3 years")
@pytest.mark.parametrize("case", BAD.values(), ids=BAD)
def test_what_is_not_known_is_refused(micro, case) -> None:
    call, words = case
    with pytest.raises(kk.KundkarriarError) as error:
        call(micro)
    assert str(error.value).startswith(words)


def test_a_prospect_who_buys_at_once_is_taken_from_the_first_month() -> None:
    """Drawn months of keen leads round to 0: they are of the first day ahead, as all others of their month."""
    number, start = np.array([[3], [4]]), np.array([11, 41])
    arrivals = SimpleNamespace(ahead=lambda _: (None, start, start + 29), drawn=lambda *_, **__: number)
    known: list[np.ndarray] = []
    sums = SimpleNamespace(
        days=60.0,
        draws=1,
        generator=np.random.default_rng(1),
        won=[(np.array([0, 0]), np.array([0.0, 35.0]))],
        ahead=SimpleNamespace(known=SimpleNamespace(last=10)),
        by_newcomers=0,
        base=np.zeros((1, 1)),
        _comes=lambda draw, day, of, worlds: known.append(day),  # noqa: ARG005 - the names are those of the call
    )
    EquitySums.arrive(sums, arrivals)
    assert [np.count_nonzero(known[0] <= 30), np.count_nonzero(known[0] > 30)] == [2, 3]
