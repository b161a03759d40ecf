"""Scenarios and values of rungs: they agree with increments and the scorer, and what is no change changes nothing."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.scoring.draws import scorer_draws

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 6 == 0].reset_index(drop=True)
AS_OF = "1997-12-10"
LADDER = kk.CustomerLadder.groups()
HISTORY = LADDER.history(TRANSACTIONS, as_of=AS_OF)
SUMMARY = kk.summarize(TRANSACTIONS, as_of=AS_OF)
DRAWS = 60
TERMS = {
    "margin": 0.3,
    "discount_rate": 0.1,
    "horizon": "12M",
    "costs": kk.Costs(serve_per_year=3, per_order=1, market_per_year=2),
}
SPAN = ("1998-01-15", "1998-04-30")


def effect(on: str, mean: float, **more: str) -> kk.Effect:
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="as usual", **more)


def change(on: str, mean: float) -> kk.Change:
    return kk.Change(effect=effect(on, mean), start=SPAN[0], until=SPAN[1])


def at_the_optimum(drawn_posteriors):
    """Draws whose parameters are those of the fit, so that means of draws are the scorer's expectations."""

    def drawn(purchases, spend, **how):
        answer = drawn_posteriors(purchases, spend, **how)
        for name, model in (("purchases", purchases), ("spend", spend)):
            own = answer[name]
            values = np.tile([getattr(model.params, each) for each in own.names], (len(own), 1))
            answer[name] = evolve(own, values=values)
        return answer

    return drawn


@pytest.fixture(scope="module")
def scorer() -> kk.FittedValueScorer:
    spec = kk.ValueScorer(purchases=kk.MBGNBD(), spend=kk.GammaGamma(), level=kk.Level(sd=1e-9), **TERMS)
    return spec.fit(SUMMARY)


@pytest.fixture(scope="module")
def micro(scorer) -> kk.FittedMicrosimulation:
    return kk.Microsimulation(process=scorer, draws=DRAWS, seed=1).fit(HISTORY)


def total(table: pd.DataFrame) -> pd.Series:
    return table[(table["part"] == "value") & (table["name"] == "total")].iloc[0]


@pytest.mark.parametrize(
    "effects",
    [
        [("leaving", 0.5)],
        [("purchases", 1.3)],
        [("spend", 0.7)],
        [("cost", 2.0)],
        [("value", 2.0)],
        [("leaving", 0.5), ("leaving", 1.4), ("spend", 1.2)],
    ],
    ids=str,
)
def test_totals_of_scenarios_are_the_increments(effects, scorer, micro, monkeypatch) -> None:
    """What a change adds to the drawn total is the sum of the increments, within 3 Monte Carlo errors."""
    monkeypatch.setattr(scorer_draws, "drawn_posteriors", at_the_optimum(scorer_draws.drawn_posteriors))
    changes = [change(on, mean) for on, mean in effects]
    drawn = total(micro.scenario(HISTORY, changes=changes, level=0.6827))
    several = [effect(on, mean) for on, mean in effects]
    expected = scorer.increments(SUMMARY, effects=several, treated=(SPAN,))["increment"].sum()
    error = (drawn["high"] - drawn["low"]) / 2 / np.sqrt(DRAWS)
    assert abs(drawn["difference"] - expected) <= 3 * error + 1e-9


def test_stopping_the_marketing_saves_its_cost(scorer, micro) -> None:
    """No chance is in it: the saving is that of the increments, but for the discount within a month."""
    drawn = total(micro.scenario(HISTORY, changes=change("marketing", 0.0)))
    saved = scorer.increments(SUMMARY, effects=effect("marketing", 0.0), treated=(SPAN,))["increment"].sum()
    np.testing.assert_allclose([drawn["difference"], drawn["low"], drawn["high"]], saved, rtol=1e-3)


def test_value_by_month_and_rung_is_the_total_of_the_scorer(micro, monkeypatch) -> None:
    """Every split sums to the drawn total, and that is the scorer's within 3 Monte Carlo errors."""
    monkeypatch.setattr(scorer_draws, "drawn_posteriors", at_the_optimum(scorer_draws.drawn_posteriors))
    table = micro.value(HISTORY, level=0.6827)
    parts = table.groupby("part")["value"].sum()
    (drawn,) = table[table["part"] == "total"].to_dict("records")
    np.testing.assert_allclose(parts[["month x rung", "rung now"]], drawn["value"], rtol=1e-12)
    assert abs(drawn["value"] - parts["scorer"]) <= 3 * (drawn["high"] - drawn["low"]) / 2 / np.sqrt(DRAWS)


def test_everybody_is_counted_each_month(micro) -> None:
    """Customers who never bought bring nothing, and stand on a rung each month as the others do."""
    known = pd.DataFrame({"customer_id": [-1, -2], "first_contact": pd.Timestamp("1997-05-05")})
    history = kk.CustomerLadder.kundkarriar().history(TRANSACTIONS, as_of=AS_OF, customers=known)
    table = micro.value(history)
    by_month = table[table["part"] == "month x rung"].groupby("ahead")["customers"].sum()
    np.testing.assert_allclose(by_month, len(history))
    months = table[(table["part"] == "month x rung") & (table["rung"] == "prospect")]
    assert months["customers"].eq(2).all()
    assert months["value"].eq(0).all()


@pytest.mark.parametrize("on", ["leaving", "purchases", "spend", "cost", "marketing", "value"])
def test_an_effect_of_one_changes_nothing(on, micro) -> None:
    """To the last digit, of all customers or some, throughout or for a time."""
    nothing = effect(on, 0.0 if on == "value" else 1.0)
    some = kk.Change(effect=nothing, where=kk.column("purchase_days") > 1, start=SPAN[0], until=SPAN[1])
    table = micro.scenario(HISTORY, changes=[kk.Change(effect=nothing), some])
    assert table["usual"].equals(table["changed"])
    assert table[["difference", "low", "high"]].eq(0).all(axis=None)


RICH = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="small", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="rich", when=kk.column("total_value") > 60),
    ),
    lapse=None,
)


def test_rungs_that_ask_for_money_see_the_drawn_amounts(micro) -> None:
    """What is spent on drawn purchases counts for rungs; an effect on spend moves customers between them."""
    history = RICH.history(TRANSACTIONS, as_of=AS_OF)
    sizes = micro.sizes(history, horizon="6M").set_index(["ahead", "rung"])["expected"]
    now = history.positions()["rung"].eq("rich").sum()
    assert sizes[6, "rich"] > sizes[1, "rich"] > now
    table = micro.scenario(history, changes=kk.Change(effect=effect("spend", 2.0)), horizon="6M")
    rich = table[(table["part"] == "rung") & (table["name"] == "rich")]
    assert (rich["difference"] > 0).all()


def micro_of(model: object, history: kk.LadderHistory) -> kk.FittedMicrosimulation:
    return kk.Microsimulation(process=model, draws=5).fit(history)


REFUSED = {
    "money of a model": (
        lambda: micro_of(kk.MBGNBD(), HISTORY).sizes(RICH.history(TRANSACTIONS, as_of=AS_OF)),
        (
            "the rung `rich` asks for ['total_value'], and the process draws purchases without amounts.\n\nHint: "
            "kk.Microsimulation(process=scorer.fit(summary)), with a fitted scorer that has a spend model."
        ),
    ),
    "nobody comes back": (
        lambda: micro_of(kk.MBGNBD(), HISTORY).scenario(HISTORY, changes=change("returning", 2.0)),
        (
            "an effect on returning: in MBGNBD nobody comes back once inactive.\n\nHint: kk.ModelAverage(), the "
            "default process, has customers who leave and customers who come back."
        ),
    ),
    "nobody leaves": (
        lambda: micro_of(kk.NBD(), HISTORY).scenario(HISTORY, changes=change("leaving", 0.5)),
        (
            "an effect on leaving: in NBD nobody leaves.\n\nHint: kk.ModelAverage(), the default process, has "
            "customers who leave and customers who come back."
        ),
    ),
    "over before it begins": (
        lambda: micro_of(kk.MBGNBD(), HISTORY).scenario(
            HISTORY, changes=kk.Change(effect=effect("leaving", 0.5), until=AS_OF), horizon="1M"
        ),
        (
            "a change ends on 1997-12-10, and the scenario runs from 1997-12-11 to 1997-12-31.\n\nHint: choose a later "
            "`until`, or an earlier origin."
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_the_process_does_not_have_is_refused(case: tuple) -> None:
    """Nothing would change, or a rung would not see what is spent: that is said."""
    call, message = case
    with pytest.raises(kk.KundkarriarError) as error:
        call()
    assert str(error.value) == message
