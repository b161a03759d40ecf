"""First purchases of prospects in a microsimulation: as the model says, and buyers are drawn as without them."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.scoring.draws import scorer_draws

AS_OF, LEADS, DRAWS = "2025-12-31", 800, 80
TRUTH = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=0.9, beta=6.0, never=0.3))
LADDER = kk.CustomerLadder.kundkarriar()
QUARTER = ("2026-01-01", "2026-03-31")


def firm() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leads of two years who first buy by `TRUTH`, then every nine weeks or so until they drop out at a purchase."""
    generator, last = np.random.default_rng(5), np.datetime64(AS_OF)
    contact = last - generator.integers(1, 730, LEADS)
    p = generator.beta(0.9, 6.0, LEADS)
    months = np.where(generator.random(LEADS) < 0.3, np.inf, generator.standard_exponential(LEADS) / -np.log1p(-p))
    rows = []
    for lead in np.flatnonzero(months * 30.4375 < 730):
        day, mean = contact[lead] + int(np.ceil(months[lead] * 30.4375)), generator.gamma(8.0, 3.0)
        rate, leaves = generator.gamma(0.9, 1 / 63), generator.beta(0.8, 2.5)
        while day <= last:
            rows.append((lead, day, round(mean * generator.gamma(4.0, 0.25), 2) + 0.01))
            if generator.random() < leaves:
                break
            day = day + int(np.ceil(min(generator.exponential(1 / rate), 9999)))
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    known = pd.DataFrame({"customer_id": np.arange(LEADS), "first_contact": contact.astype("datetime64[ns]")})
    return orders.astype({"date": "datetime64[ns]"}), known.assign(
        channel=np.where(np.arange(LEADS) % 2, "web", "shop")
    )


ORDERS, KNOWN = firm()
EVENTS = pd.DataFrame({"customer_id": [3, 3, 5], "date": pd.to_datetime(["2025-06-01"] * 3), "event": ["quote"] * 3})
HISTORY = LADDER.history(ORDERS, as_of=AS_OF, customers=KNOWN)
SUMMARY = kk.summarize(ORDERS, as_of=AS_OF, customers=KNOWN)
PROSPECT = (SUMMARY["n_transactions"] == 0).to_numpy()
TERMS = {
    "purchases": kk.MBGNBD(),
    "margin": 0.4,
    "discount_rate": 0.1,
    "horizon": "12M",
    "costs": kk.Costs(serve_per_year=1, per_order=0.5, market_per_year=2),
    "level": 0,
}


def effect(mean: float, *, on: str = "first purchase") -> kk.Effect:
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="as now")


@pytest.fixture(scope="module")
def micro() -> kk.FittedMicrosimulation:
    spec = kk.ValueScorer(first_purchase=TRUTH, **TERMS)
    return kk.Microsimulation(process=spec, draws=DRAWS, seed=1).fit(HISTORY)


@pytest.fixture
def at_the_optimum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws have the parameters of the fit, so that their means are the fit's expectations."""
    drawn_posteriors = scorer_draws.drawn_posteriors

    def drawn(purchases, spend, **how):
        answer = drawn_posteriors(purchases, spend, **how)
        for name, model in (("purchases", purchases), ("spend", spend)):
            own = answer[name]
            values = np.tile([getattr(model.params, each) for each in own.names], (len(own), 1))
            answer[name] = evolve(own, values=values)
        return answer

    monkeypatch.setattr(scorer_draws, "drawn_posteriors", drawn)


def test_prospects_buy_by_each_month_end_as_the_model_says(micro: kk.FittedMicrosimulation) -> None:
    """The share of draws in which prospects have bought is P(first purchase) within the days until the month's end."""
    leads = HISTORY.leads()
    rows = TRUTH.read(leads[~leads["bought"]])
    days = np.array([31, 59, 90, 120, 151, 181]) / 30.4375
    expected = TRUTH.p_within(rows, days).sum(axis=0)
    forecast = micro.forecast(HISTORY, horizon="6M")
    bought = forecast[forecast["customer_id"].isin(SUMMARY["customer_id"][PROSPECT]) & (forecast["rung"] != "prospect")]
    got = bought.groupby("ahead")["probability"].sum().to_numpy()
    assert np.abs(got - expected).max() < 4 * np.sqrt(expected.max() / DRAWS)
    assert expected[-1] > 25


def test_every_customer_is_somewhere(micro: kk.FittedMicrosimulation) -> None:
    """Sizes of rungs sum to today's customers in each month, and flows out of the prospects to their number."""
    sizes = micro.sizes(HISTORY, horizon="6M").groupby("ahead")["expected"].sum()
    np.testing.assert_allclose(sizes, LEADS)
    flows = micro.flows(HISTORY, horizon="6M")
    np.testing.assert_allclose(flows.loc[flows["from"] == "prospect", "expected"].sum(), PROSPECT.sum())


def test_buyers_are_drawn_as_without_prospects(micro: kk.FittedMicrosimulation) -> None:
    """With the same seed, first purchases of prospects change nothing of buyers; without a model nobody buys first."""
    alone = kk.Microsimulation(process=kk.ValueScorer(**TERMS), draws=DRAWS, seed=1).fit(HISTORY)
    with_prospects, without = (each.forecast(HISTORY, horizon="3M") for each in (micro, alone))
    buyers = SUMMARY["customer_id"][~PROSPECT]
    both = [each[each["customer_id"].isin(buyers)].reset_index(drop=True) for each in (with_prospects, without)]
    pd.testing.assert_frame_equal(*both)
    others = without[~without["customer_id"].isin(buyers)]
    assert set(others["rung"]) == {"prospect"}


def test_the_order_of_rows_changes_nothing(micro: kk.FittedMicrosimulation) -> None:
    """Draws of prospects go by their ids."""
    shuffled = KNOWN.sample(frac=1.0, random_state=1)
    other = LADDER.history(ORDERS, as_of=AS_OF, customers=shuffled)
    columns = ["customer_id", "ahead", "rung", "lapsed"]
    first, second = (
        micro.forecast(each, horizon="2M").sort_values(columns).reset_index(drop=True) for each in (HISTORY, other)
    )
    pd.testing.assert_frame_equal(first, second)


def test_values_of_prospects_agree_with_the_scorer(micro: kk.FittedMicrosimulation) -> None:
    """Drawn values of prospects are, on average, what the scorer expects of them; all rungs sum to the total."""
    value = micro.value(HISTORY, level=0.9).set_index("part")
    now = value.loc["rung now"].set_index("rung")
    scores = micro.process.score(SUMMARY, customers=KNOWN, leads=HISTORY.leads())
    expected = scores.loc[PROSPECT, "net_value"].sum()
    drawn = now.loc["prospect"]
    error = (drawn["high"] - drawn["low"]) / 3.29 / np.sqrt(DRAWS)
    assert abs(drawn["value"] - expected) < 3 * error
    assert error < 0.05 * expected
    assert value.loc["scorer", "value"] == pytest.approx(scores["net_value"].sum())
    np.testing.assert_allclose(now["value"].sum(), value.loc["total", "value"])


@pytest.mark.usefixtures("at_the_optimum")
def test_prospects_who_come_have_a_rung_and_no_class(micro: kk.FittedMicrosimulation) -> None:
    """Classes are of those who have bought; who is foreseen to buy first is counted beside them, with the value."""
    table, value = micro.class_forecast(HISTORY), micro.value(HISTORY)
    assert table["value"].sum() == pytest.approx(value.loc[value["part"] == "total", "value"].item(), rel=1e-5)
    size = table.groupby(table["abc"].fillna("none"))["expected"].sum()
    assert size["none"] == pytest.approx(PROSPECT.sum())
    assert size.sum() == pytest.approx(len(PROSPECT))
    come = table[table["abc"].isna() & (table["rung"] != "prospect")]
    assert come["expected"].sum() > 10
    assert come["value"].sum() > 0


def test_a_scenario_of_first_purchases_agrees_with_increments(micro: kk.FittedMicrosimulation) -> None:
    """Common random numbers: the drawn difference is what increments say, within Monte Carlo errors; buyers have 0."""
    change = kk.Change(effect=effect(1.8), start=QUARTER[0], until=QUARTER[1])
    table = micro.scenario(HISTORY, changes=change, level=0.9)
    total = table[(table["part"] == "value") & (table["name"] == "total")].iloc[0]
    added = micro.process.increments(
        SUMMARY, effects=effect(1.8), treated=(QUARTER,), customers=KNOWN, leads=HISTORY.leads()
    )
    error = (total["high"] - total["low"]) / 3.29 / np.sqrt(DRAWS)
    assert abs(total["difference"] - added["increment"].sum()) < 3 * error
    assert error < 0.15 * total["difference"]
    assert (added.loc[~PROSPECT, "increment"] == 0).all()
    assert (added.loc[PROSPECT, "increment"] > 0).all()
    at_the_end = table[(table["part"] == "rung") & (table["ahead"] == 12)].set_index("name")["difference"]
    assert at_the_end["prospect"] < 0
    assert at_the_end.sum() == pytest.approx(0, abs=1e-9)


def test_an_effect_of_one_or_on_others_changes_nothing(micro: kk.FittedMicrosimulation) -> None:
    """A factor of 1, and effects that act on buyers where only prospects are concerned, leave every draw as it was."""
    prospects = kk.column("rung").equals("prospect")
    for change in (kk.Change(effect=effect(1.0)), kk.Change(effect=effect(0.5, on="leaving"), where=prospects)):
        assert (micro.scenario(HISTORY, changes=change, horizon="3M")["difference"] == 0).all()


def test_the_table_of_leads_of_a_history_is_that_of_its_frames() -> None:
    """`history.leads()` is `kk.leads` of the same frames, also as of an earlier day and with events."""
    history = LADDER.history(ORDERS, as_of=AS_OF, customers=KNOWN, events=EVENTS)
    for day, own in ((AS_OF, history), ("2025-06-30", history.before("2025-06-30"))):
        pd.testing.assert_frame_equal(own.leads(), kk.leads(KNOWN, ORDERS, as_of=day, events=EVENTS))


def test_equity_counts_each_first_purchase_once(micro: kk.FittedMicrosimulation) -> None:
    """Prospects are in the base with their drawn value; their first purchases are no arrivals; lost ones none less."""
    given = {"acquisition_cost": 0.0}
    equity = micro.equity(HISTORY, **given).set_index("part")
    value = micro.value(HISTORY).set_index("part")
    assert equity.loc["base", "value"] == pytest.approx(value.loc["total", "value"])
    alone = kk.Microsimulation(process=kk.ValueScorer(**TERMS), draws=DRAWS, seed=1).fit(HISTORY)
    without = alone.equity(HISTORY, **given).set_index("part")
    won = (
        PROSPECT.sum()
        - micro.sizes(HISTORY, horizon="12M").query("ahead == 12 and rung == 'prospect'")["expected"].sum()
    )
    fewer = without.loc["arrivals", "customers"] - equity.loc["arrivals", "customers"]
    assert fewer == pytest.approx(won, rel=0.15)
    changed = micro.equity(HISTORY, changes=kk.Change(effect=effect(2.0)), **given).set_index("part")
    assert changed.loc["arrivals", "difference"] == 0
    assert changed.loc["base", "difference"] > 0


def test_without_a_model_of_first_purchases_an_effect_on_them_is_refused() -> None:
    """The message says what foresees them."""
    alone = kk.Microsimulation(process=kk.ValueScorer(**TERMS), draws=2, seed=1).fit(HISTORY)
    with pytest.raises(kk.CapabilityError) as error:
        alone.scenario(HISTORY, changes=kk.Change(effect=effect(1.5)))
    assert str(error.value) == (
        "an effect on the first purchase: the process does not tell when prospects first buy.\n\n"
        "Hint: process=kk.ValueScorer(first_purchase=kk.FirstPurchase(...), ...)."
    )
    with pytest.raises(kk.CapabilityError) as error:
        alone.process.increments(SUMMARY, effects=effect(1.5), treated=(QUARTER,))
    assert str(error.value) == (
        "an effect on the first purchase: the scorer does not tell when prospects first buy.\n\n"
        "Hint: kk.ValueScorer(first_purchase=kk.FirstPurchase(...), ...).fit(summary, leads=leads), with kk.leads(...)."
    )


def test_increments_of_first_purchases_need_leads(micro: kk.FittedMicrosimulation) -> None:
    """Nobody's first purchase is counted as 0 because nobody said who the leads are."""
    with pytest.raises(kk.DataError) as error:
        micro.process.increments(SUMMARY, effects=effect(1.5), treated=(QUARTER,), customers=KNOWN)
    assert str(error.value) == (
        "an effect on the first purchase is counted of leads, and there are none.\n\n"
        "Hint: increments(summary, leads=kk.leads(customers, transactions, as_of=...), ...)."
    )


def test_a_discount_for_prospects_gains_what_the_scenario_says_and_is_paid_from_the_first_purchase(micro) -> None:
    """An effect on the first purchase concerns prospects alone. A scenario's ends a quarter of a day earlier."""
    likelier = kk.Effect(
        on="first purchase", mean=1.5, low=1.5, high=1.5, evidence="assumed", relative_to="as now", lasts=None
    )
    path = micro.discount_path(HISTORY, kk.Discount(share=0.1), effect=likelier).set_index("rung")
    found = micro.scenario(HISTORY, changes=kk.Change(effect=likelier))
    (total,) = found[(found["part"] == "value") & (found["name"] == "total")]["difference"]
    assert path.loc["prospect", "gain"] == pytest.approx(total, rel=0.01)
    assert path.drop(index="prospect")["gain"].abs().max() < 1e-6
    usual = micro.discount_path(HISTORY, kk.Discount(share=0.1)).set_index("rung")["path_cost"]
    assert 1.1 * usual["prospect"] < path.loc["prospect", "path_cost"] < 1.5 * usual["prospect"]
