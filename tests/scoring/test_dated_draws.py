"""Dated purchases of a scorer: their amounts, and that they tell the same as drawn values."""

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.models.interface.dated_purchases import Treatment

DRAWS = 200
TERMS = {"margin": 0.3, "discount_rate": 0.10}
SEASON = kk.Season(index=(0.8, 0.8, 0.9, 0.9, 1, 1, 0.7, 0.9, 1, 1, 1.2, 2))
SCORERS = {
    "plain": kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", level=0, **TERMS),
    "level": kk.ValueScorer(purchases=kk.ParetoNBD(), spend=kk.GammaGamma(), horizon="12M", **TERMS),
    "drift": kk.ValueScorer(purchases=kk.MBGNBD(), horizon="12M", drift=0.5, **TERMS),
    "average": kk.ValueScorer(
        purchases=kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())), horizon="12M", drift=0.3, **TERMS
    ),
    "season": kk.ValueScorer(purchases=kk.NBD(), horizon="6M", season=SEASON, **TERMS),
}


@pytest.fixture(scope="module")
def some(cdnow_sample):
    return kk.summarize(cdnow_sample, as_of="1997-09-30").iloc[::4].reset_index(drop=True)


@pytest.fixture(scope="module")
def plain(some):
    return SCORERS["plain"].fit(some)


def totals(frame, column=None):
    return np.bincount(frame["draw"], weights=None if column is None else frame[column], minlength=DRAWS)


@pytest.mark.parametrize("name", SCORERS)
def test_totals_are_those_of_drawn_values(name, some, cdnow_sample):
    """Sales and purchases of both differ by chance alone, and draw s has the same parameters and level in both."""
    scorer, summary = SCORERS[name], some
    if scorer.season:
        summary = kk.summarize(cdnow_sample, as_of="1997-09-30", season=SEASON).iloc[::4]
    fitted = scorer.fit(summary)
    values, dated = (draw(summary, draws=DRAWS, seed=1) for draw in (fitted.draw, fitted.draw_purchases))
    frame = dated.frame()
    for measure, own in (("sales", totals(frame, "amount")), ("purchases", totals(frame))):
        apart = own - values.measuring(measure).totals()
        assert abs(apart.mean()) < 3 * apart.std(ddof=1) / np.sqrt(DRAWS)
    assert dated.posterior.equals(values.purchase_posterior)
    np.testing.assert_array_equal(dated.levels, values.levels)
    assert list(frame.columns) == ["customer_id", "draw", "day", "amount"]
    assert (frame["amount"] > 0).all()


def test_drift_spreads_the_purchases_of_each_customer_as_in_drawn_values(some, plain):
    """The variance of customers' counts over draws, summed, with drift and without."""

    def spread(scorer):
        fitted = evolve(plain, scorer=scorer)
        frame = fitted.draw_purchases(some, draws=DRAWS, seed=1).frame()
        counts = frame.groupby("customer_id")["draw"].apply(lambda own: np.bincount(own, minlength=DRAWS).var())
        values = fitted.draw(some, draws=DRAWS, seed=1).measuring("purchases")
        return counts.sum(), sum(block.var(axis=1).sum() for _, block in values.by_customer())

    wandering, still = spread(evolve(plain.scorer, drift=1.5)), spread(plain.scorer)
    for dated, drawn in (wandering, still):
        assert abs(dated / drawn - 1) < 0.2
    assert min(wandering) > 1.4 * max(still)


def test_totals_of_customers_are_distributed_as_the_spend_model_draws_them(some, plain):
    """Mean and spread of a customer's sales in a draw, among customers with the same number of purchases."""
    frame = plain.draw_purchases(some, draws=DRAWS, seed=1).frame()
    heavy = some.loc[some["frequency"].idxmax(), "customer_id"]
    base = plain.base(some)
    place = np.flatnonzero(some["customer_id"] == heavy)
    own = frame[frame["customer_id"] == heavy].groupby("draw")["amount"].agg(["sum", "count"])
    counts = own["count"].reindex(range(DRAWS), fill_value=0).to_numpy()[None]
    posterior = plain.spend.posterior(draws=DRAWS, seed=np.random.default_rng([1, 2]))
    given = {"posterior": posterior, "generator": np.random.default_rng(9)}
    again = [
        plain.spend.draw_spend(base.orders[place], base.spent[place], purchases=counts, **given) for _ in range(20)
    ]
    expected = np.concatenate([each[counts > 0] for each in again])
    error = expected.std() / np.sqrt(len(own))
    assert abs(own["sum"].mean() - expected.mean()) < 4 * error
    assert 0.7 < own["sum"].std() / expected.std() < 1.4


def test_treatments_leave_amounts_as_they_are(some, plain):
    """A purchase that takes place in several worlds has one amount; those of the usual world need no other."""
    drawn = plain.draw_purchases(some, draws=20, seed=1)
    factors = np.full((1, 20), 1.5)
    more = Treatment(
        treated=np.ones(len(some), dtype=bool),
        edges=np.array([0.0, 26.0]),
        leaving=0.5 * np.ones((1, 20)),
        returning=np.ones((1, 20)),
        purchases=factors,
    )
    for alone, both in zip(drawn.tiles(), drawn.tiles([more]), strict=True):
        usual, treated = (
            pd.DataFrame({name: getattr(world, name) for name in ("row", "draw", "time", "amount")})
            for world in both.worlds
        )
        np.testing.assert_array_equal(usual["amount"], alone.worlds[0].amount)
        shared = usual.merge(treated, on=["row", "draw", "time"], suffixes=("", "_treated"))
        assert len(shared) == len(usual) < len(treated)
        np.testing.assert_array_equal(shared["amount"], shared["amount_treated"])
        assert 0.8 < treated["amount"].mean() / usual["amount"].mean() < 1.25


def test_amounts_are_net_of_returns(some):
    """At one price, an order is worth the price less the customer's returned share of it."""
    priced = some.assign(monetary_value=np.where(some["frequency"] > 0, 10.0, np.nan), first_value=10.0)
    priced["total_value"], priced["returns_value"] = 9.0 * priced["n_transactions"], 1.0 * priced["n_transactions"]
    fitted = kk.ValueScorer(purchases=kk.NBD(), spend=kk.FixedPrice(), horizon="6M", **TERMS).fit(priced)
    amounts = fitted.draw_purchases(priced, draws=5, seed=1).frame()["amount"]
    np.testing.assert_allclose(amounts, 9.0, rtol=1e-6)


class Dice:
    """A spend model of a user's own: every customer's total is drawn, not single orders."""

    def fit(self, summary):  # noqa: ARG002
        return self

    def predict(self, summary):
        return summary.assign(expected_order_value=5.0)

    def posterior(self, *, draws, seed, prior=None):  # noqa: ARG002
        return kk.Posterior(names=("none",), values=np.zeros((draws, 1)))

    def draw_spend(self, frequency, monetary_value, *, purchases, posterior, generator):  # noqa: ARG002
        return purchases * generator.uniform(4, 6, np.shape(purchases))

    def draw_order_value(self, frequency, monetary_value, *, posterior, generator):  # noqa: ARG002
        return np.full((len(frequency), len(posterior)), 5.0)


def test_totals_of_another_spend_model_are_shared_in_equal_parts(some):
    fitted = kk.ValueScorer(purchases=kk.NBD(), spend=Dice(), horizon="6M", **TERMS).fit(some)
    frame = fitted.draw_purchases(some, draws=5, seed=1).frame()
    assert frame["amount"].between(4, 6).all()
    parts = frame.groupby(["customer_id", "draw"])["amount"]
    pd.testing.assert_series_equal(parts.min(), parts.max())


def test_without_a_spend_model_there_are_no_amounts(some, plain):
    fitted = evolve(plain, scorer=evolve(plain.scorer, spend=None), spend=None)
    assert list(fitted.draw_purchases(some, draws=3, seed=1).frame().columns) == ["customer_id", "draw", "day"]


def test_row_order_changes_neither_days_nor_amounts(some, plain):
    by = ["customer_id", "draw", "day"]
    forwards, backwards = (
        plain.draw_purchases(each, draws=12, seed=1).frame().sort_values(by, ignore_index=True)
        for each in (some, some.iloc[::-1])
    )
    pd.testing.assert_frame_equal(forwards, backwards)
