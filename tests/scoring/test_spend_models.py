"""Spend models in a scorer: the one that the amounts allow, none, first orders, columns, a model of one's own."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

AS_OF, END = "1997-09-30", "1998-06-30"
TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M", "purchases": kk.NBD()}


@pytest.fixture(scope="module")
def shop():
    """A day's lines are one purchase, so that prices can be set by hand."""
    made = kk.testing.make_transactions(customers=300, seed=1, start="2024-06-01", until="2025-12-31", returns=0.0)
    return made.drop_duplicates(["customer_id", "date"])


def summary_of(transactions):
    return kk.summarize(transactions, as_of="2025-12-31")


def through_json(part):
    return type(part).from_dict(json.loads(json.dumps(part.to_dict())))


@pytest.mark.parametrize("spec", [kk.GammaGamma(), kk.GammaGamma(first_order=True)])
def test_the_scorer_takes_the_model_that_the_amounts_allow(shop, spec):
    """One price for all; one of each customer; orders that vary. The choice is said, stored and drawn from."""
    scorer = kk.ValueScorer(spend=spec, **TERMS)
    fixed = summary_of(shop.assign(amount=9.9))
    with pytest.warns(kk.DataWarning) as said:
        fitted = scorer.fit(fixed)
    assert [str(each.message) for each in said] == [
        "ValueScorer: all orders are of 9.9, so the spend model is kk.FixedPrice() and not Gamma-Gamma."
    ]
    assert isinstance(fitted.spend, kk.FittedFixedPrice)
    assert fitted.spend.price == pytest.approx(9.9)
    own = summary_of(shop.assign(amount=5.0 + shop["customer_id"] % 7 + (shop["date"].dt.day % 2) * 0.001))
    with pytest.warns(kk.DataWarning) as said:
        each = scorer.fit(own)
    (warning,) = said
    assert str(warning.message) == (
        "ValueScorer: the orders of a customer hardly differ (standard deviation 0.0% of their mean), so the spend "
        "model is kk.OwnPrice() and not Gamma-Gamma."
    )
    assert isinstance(each.spend, kk.FittedOwnPrice)
    for model, summary in ((fitted, fixed), (each, own)):
        assert through_json(model) == model
        scores = model.score(summary)
        assert scores["expected_order_value"].between(4.9, 11.1).all()
        assert len(model.draw(summary, draws=20, seed=1).total()) == 1
    varying = scorer.fit(summary_of(shop))
    assert isinstance(varying.spend, kk.FittedGammaGamma)
    assert varying.spend.counts_first_orders == spec.first_order


def test_a_model_asked_for_by_name_is_fitted(shop):
    """A Gamma-Gamma with columns, and a price of each customer, are taken as they are."""
    summary = summary_of(shop)
    people = summary[["customer_id"]].assign(odd=summary["customer_id"] % 2 == 1)
    fitted = kk.ValueScorer(spend=kk.OwnPrice(), **TERMS).fit(summary)
    assert isinstance(fitted.spend, kk.FittedOwnPrice)
    scorer = kk.ValueScorer(spend=kk.GammaGamma(first_order=True, columns="odd"), **TERMS)
    fitted = scorer.fit(summary, customers=people)
    assert fitted.spend.effects.columns == ("odd",)
    scores = fitted.score(summary, customers=people)
    alone = fitted.spend.predict(summary, customers=people)
    assert scores["expected_order_value"].to_numpy() == pytest.approx(alone["expected_order_value"].to_numpy())
    draws = fitted.draw(summary, customers=people, draws=200, seed=1, of="expectation")
    assert draws.total()["expected"][0] == pytest.approx(scores["clv"].sum())
    assert draws.totals().mean() == pytest.approx(scores["clv"].sum(), rel=0.05)
    assert through_json(fitted) == fitted


def test_without_first_value_the_default_counts_repeat_orders(shop):
    summary = summary_of(shop).drop(columns="first_value")
    fitted = kk.ValueScorer(spend=kk.GammaGamma(first_order=True), **TERMS).fit(summary)
    assert fitted.spend == kk.ValueScorer(spend=kk.GammaGamma(), **TERMS).fit(summary).spend


def test_without_a_spend_model_purchases_are_counted(shop, message_of):
    """spend=None: no column of money, and what counts money says what it lacks."""
    summary, scorer = summary_of(shop), kk.ValueScorer(spend=None, **TERMS)
    fitted = scorer.fit(summary)
    assert fitted.spend is None
    assert through_json(scorer) == scorer
    assert through_json(fitted) == fitted
    scores = fitted.score(summary)
    assert list(scores.columns) == [
        "customer_id", "p_alive", "p_leaves", "p_paused", "p_purchase", "expected_purchases", "rank",
    ]  # fmt: skip
    said = (
        "{} counts money, and the scorer counts purchases alone (spend=None).\n\n"
        "Hint: kk.ValueScorer(spend=kk.GammaGamma(first_order=True), ...) values them in money."
    )
    lack = kk.CapabilityError
    assert message_of(lack, lambda: fitted.draw(summary, seed=1)) == said.format("FittedValueScorer.draw")
    assert message_of(lack, lambda: kk.backtest(scorer, shop, horizon="3M")) == said.format("backtest")
    career = kk.CustomerCareer(scorer=scorer).fit(shop, as_of="2025-12-31", seed=1)
    assert "clv" not in career.customers().columns
    assert message_of(lack, career.bridge) == said.format("career.bridge")
    with pytest.raises(kk.DataError, match=r"^`spend` of a fitted scorer is that of its `scorer`, None"):
        kk.FittedValueScorer(
            scorer=scorer, purchases=fitted.purchases, spend=kk.FittedFixedPrice(price=9.9), return_mean=0.0,
            return_mass=1.0, observed=10.0,
        )  # fmt: skip


class OwnModel:
    """A spend model of a user's own: it reads frequency and monetary_value."""

    seen = ()

    def predict(self, summary):
        return summary.assign(expected_order_value=20.0)

    def posterior(self, *, draws, seed):
        del seed
        return kk.Posterior(names=("price",), values=np.full((draws, 1), 20.0))

    def draw_spend(self, frequency, monetary_value, *, purchases, **_):
        OwnModel.seen = frequency, monetary_value
        return 20.0 * purchases

    def draw_order_value(self, frequency, monetary_value, *, posterior, **_):
        OwnModel.seen = frequency, monetary_value
        return np.full((len(frequency), len(posterior)), 20.0)


def test_a_model_of_ones_own_gets_frequency_and_mean_spend(shop):
    summary = summary_of(shop)
    draws = kk.ValueScorer(spend=OwnModel(), **TERMS).fit(summary).draw(summary, draws=5, seed=1)
    draws.total()
    frequency, spend = OwnModel.seen
    order = draws.order
    assert frequency.tolist() == summary["frequency"].to_numpy()[order].tolist()
    assert spend.tolist() == summary["monetary_value"].to_numpy()[order].tolist()


def test_customers_who_differ_in_their_first_order_are_not_pooled():
    """Law: equal rows share their draws; a first order that differs makes another row."""
    generator = np.random.default_rng(1)
    many = pd.DataFrame({"customer_id": range(200), "frequency": generator.negative_binomial(0.8, 0.3, 200)})
    many = many.assign(T=30.0, period="W")
    many["recency"] = np.where(many["frequency"] > 0, 20.0, 0.0)
    many["monetary_value"] = np.where(many["frequency"] > 0, generator.gamma(4, 8, 200), 0.0)
    many["first_value"] = generator.gamma(4, 8, 200)
    twins = many.head(2).assign(customer_id=[1000, 1001], frequency=0, recency=0.0, monetary_value=0.0)
    both = pd.concat([many, twins.assign(first_value=[5.0, 500.0])], ignore_index=True)
    scorer = kk.ValueScorer(spend=kk.GammaGamma(first_order=True), **TERMS).fit(both)
    bounds = scorer.draw(both, draws=100, seed=1).interval().tail(2)
    assert bounds["high"].iloc[1] > 2 * bounds["high"].iloc[0]


def test_first_orders_tell_of_later_ones_on_cdnow(cdnow_sample):
    """Mean absolute error of the mean order after the cut, and Gini of money: better than of repeat orders alone."""
    summary = kk.summarize(cdnow_sample, as_of=AS_OF)
    after = cdnow_sample[(cdnow_sample["date"] > AS_OF) & (cdnow_sample["date"] <= END)]
    bought = after.groupby(["customer_id", "date"])["amount"].sum().groupby("customer_id").mean()
    error = {}
    for first_order in (False, True):
        told = kk.GammaGamma(first_order=first_order).fit(summary).predict(summary)
        value = told.set_index("customer_id")["expected_order_value"]
        error[first_order] = (bought - value[bought.index]).abs().mean()
    assert error[True] < 0.95 * error[False]
