"""What an effect on the first purchase adds to prospects: the same process with a faster rate while treated."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
AS_OF, PER_MONTH = "1997-09-30", 365.25 / 12
N = 60
BUYERS = TRANSACTIONS["customer_id"].unique()
KNOWN = pd.DataFrame(
    {
        "customer_id": [*BUYERS, *range(1_000_000, 1_000_000 + N)],
        "first_contact": [*["1996-12-31"] * len(BUYERS), *["1997-06-30"] * (N // 2), *["1997-09-20"] * (N // 2)],
    }
).astype({"first_contact": "datetime64[ns]"})
SUMMARY = kk.summarize(TRANSACTIONS, as_of=AS_OF, customers=KNOWN)
LEADS = kk.leads(KNOWN, TRANSACTIONS, as_of=AS_OF)
PROSPECT = (SUMMARY["n_transactions"] == 0).to_numpy()
PURCHASES = kk.MBGNBD().fit(SUMMARY)
FIRST = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.1, beta=7.0, never=0.4))
COSTS = kk.Costs(serve_per_year=2, per_order=0.5, market_per_year=1)
SCORER = kk.ValueScorer(
    purchases=PURCHASES, margin=0.3, discount_rate=0.1, horizon="12M", costs=COSTS, first_purchase=FIRST
).fit(SUMMARY)
QUARTER, NEXT = ("1997-10-01", "1997-12-31"), ("1998-01-01", "1998-03-31")


def effect(mean: float, on: str = "first purchase") -> kk.Effect:
    return kk.Effect(on=on, mean=mean, low=mean, high=mean, evidence="assumed", relative_to="none")


def added(effects: object, *, scorer: kk.FittedValueScorer = SCORER, **how: object) -> pd.DataFrame:
    given_spans = {"treated": (QUARTER,)} | how
    return scorer.increments(SUMMARY, effects=effects, customers=KNOWN, leads=LEADS, **given_spans)


CELLS = np.linspace(0.0, 365.25, 1001) / PER_MONTH
LATER = [PURCHASES.new_customer(float(left) * PER_MONTH / 7) for left in CELLS[-1] - (CELLS[1:] + CELLS[:-1]) / 2]
"""Repeat purchases until the end of the year of who first buys in the middle of each cell."""


def by_summation(factor: float) -> np.ndarray:
    """The increment of each prospect in purchases, from the chance of a first purchase in small cells of a year."""
    edges = CELLS
    rows = FIRST.read(LEADS[~LEADS["bought"]])
    end = 92 / PER_MONTH
    counted = edges + (factor - 1) * np.minimum(edges, end)
    usual, treated = (FIRST.p_within(rows, months) for months in (edges, counted))
    return np.diff(treated - usual, axis=1) @ (1 + np.array(LATER))


@pytest.mark.parametrize("factor", [0.5, 1.3, 4.0])
def test_increments_in_purchases_are_those_of_direct_summation(factor: float) -> None:
    """Without a spend model value is counted in purchases: each first one, and a newcomer's from then on."""
    plain = kk.ValueScorer(
        purchases=PURCHASES, spend=None, margin=0.3, discount_rate=0.1, horizon="12M", first_purchase=FIRST
    ).fit(SUMMARY)
    found = added(effect(factor), scorer=plain)
    np.testing.assert_allclose(found.loc[PROSPECT, "increment"], by_summation(factor), rtol=1e-4)
    assert (found.loc[~PROSPECT, "increment"] == 0).all()


@settings(max_examples=8)
@given(weaker=st.floats(0.2, 5.0), times=st.floats(1.01, 3.0))
def test_a_stronger_effect_adds_more_and_none_adds_nothing(weaker: float, times: float) -> None:
    """Increments rise with the factor where a newcomer brings more than costs, and are 0 at 1."""
    table = added({"weaker": effect(weaker), "stronger": effect(weaker * times), "none": effect(1.0)})[PROSPECT]
    assert (table["stronger"] > table["weaker"]).all()
    assert (table["none"] == 0).all()
    assert (np.sign(table["weaker"]) == np.sign(weaker - 1)).all() or weaker == 1


def test_half_years_add_up() -> None:
    """What is treated in any case is in the usual value: two quarters add what both add together."""
    both = added(effect(2.0), treated=(QUARTER, NEXT))
    first, second = added(effect(2.0)), added(effect(2.0), treated=(NEXT,), previous=(QUARTER,))
    np.testing.assert_allclose(both["increment"], first["increment"] + second["increment"], rtol=1e-6)


def test_of_prospects_only_first_purchases_and_stated_money_count() -> None:
    """Sets on other quantities are not known of prospects; a joint set has what its first purchases add."""
    sets = {
        "win": effect(1.5),
        "keep": effect(0.8, on="leaving"),
        "both": (effect(1.5), effect(0.8, on="leaving")),
        "gift": effect(3.0, on="value"),
    }
    table = added(sets)
    prospects, buyers = table[PROSPECT], table[~PROSPECT]
    assert prospects["keep"].isna().all()
    np.testing.assert_allclose(prospects["both"], prospects["win"])
    np.testing.assert_allclose(buyers["both"], buyers["keep"])
    assert (prospects["gift"] == 3.0).all()


def test_bounds_hold_the_parameters_of_first_purchases() -> None:
    """An effect of one certain size on leads of a fitted model has bounds, and on typed in parameters narrower ones."""
    fitted = kk.FirstPurchase().fit(FIRST.simulate([24.0] * 300, seed=1))
    terms = {"purchases": PURCHASES, "margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
    typed = kk.FittedFirstPurchase(params=fitted.params)
    wide, narrow = (
        added(effect(1.5), scorer=kk.ValueScorer(first_purchase=each, **terms).fit(SUMMARY), draws=20)[PROSPECT]
        for each in (fitted, typed)
    )
    for table in (wide, narrow):
        assert (table["low"] < table["increment"]).all()
        assert (table["increment"] < table["high"]).all()
    assert ((wide["high"] - wide["low"]) > 1.2 * (narrow["high"] - narrow["low"])).all()
