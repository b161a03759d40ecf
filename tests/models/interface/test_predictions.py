"""Predictions of a model of one's own are held to the laws that scores rely on, wherever they are used."""

import numpy as np
import pandas as pd
import pytest
from attrs import frozen

import kundkarriar as kk

MBGNBD = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.4))
TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
PROVE = "\n\nHint: kk.testing.check_purchase_model(...) tells what a model of your own breaks."


@frozen
class Purchases:
    """A fitted purchase model that alters what another one predicts."""

    alter: object
    period: str = "W"

    def predict(self, summary, *, horizon, **_):
        return self.alter(MBGNBD.predict(summary, horizon=horizon))


@frozen
class Spend:
    """A fitted spend model of the same kind."""

    alter: object

    def predict(self, summary):
        return self.alter(SPEND.predict(summary))


@pytest.fixture(scope="module")
def summary():
    return kk.summarize(kk.testing.make_transactions(customers=60, seed=1), as_of="1998-06-30")


def score(summary, *, purchases=MBGNBD, spend=SPEND):
    return kk.ValueScorer(purchases=purchases, spend=spend, **TERMS).fit(summary).score(summary)


def test_what_keeps_the_laws_is_scored(summary):
    """The model that alters nothing, in any kind of frame, is worth what the model itself is."""
    own = score(summary, purchases=Purchases(lambda frame: frame.assign(more=1.0)), spend=Spend(lambda frame: frame))
    np.testing.assert_allclose(own["clv"], score(summary)["clv"], rtol=1e-8)


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda frame: frame.iloc[::-1], "Purchases.predict must keep the customers in their order, and gives others."),
        (lambda frame: pd.concat([frame, frame]), "customers, and gives"),
        (lambda frame: frame.iloc[:3], "customers, and gives 3."),
        (lambda _: None, "what Purchases.predict gives takes a frame of pandas, polars or pyarrow, got NoneType."),
        (
            lambda frame: frame.to_dict("list"),
            "takes a frame of pandas, polars or pyarrow, got dict.",
        ),
        (lambda frame: frame.drop(columns="p_alive"), "what Purchases.predict gives needs columns that are not there"),
        (lambda frame: frame.assign(p_alive=2.0), "Purchases.predict must give a number from 0 to 1 as `p_alive`"),
        (lambda frame: frame.assign(expected_purchases=-1.0), "as `expected_purchases`"),
        (lambda frame: frame.assign(expected_purchases=np.nan), "as `expected_purchases`"),
        (lambda frame: frame.assign(expected_purchases=1e308), "as `expected_purchases`"),
        (lambda frame: frame.assign(expected_purchases="many"), "`expected_purchases`"),
    ],
)
def test_purchases_that_break_a_law_are_refused(summary, message_of, alter, words):
    message = message_of(kk.DataError, lambda: score(summary, purchases=Purchases(alter)))
    assert words in message
    assert "\n\nHint: " in message


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        (lambda frame: frame.iloc[::-1], "Spend.predict must keep the customers in their order, and gives others."),
        (lambda frame: frame.assign(expected_order_value=-5.0), "as `expected_order_value`: broken by"),
        (lambda frame: frame.assign(expected_order_value=np.nan), "as `expected_order_value`: broken by"),
        (lambda frame: frame.assign(expected_order_value=1e308), "as `expected_order_value`: broken by"),
        (lambda frame: frame[["customer_id"]], "what Spend.predict gives needs columns that are not there"),
    ],
)
def test_spend_that_breaks_a_law_is_refused(summary, message_of, alter, words):
    message = message_of(kk.DataError, lambda: score(summary, spend=Spend(alter)))
    assert words in message
    assert "\n\nHint: " in message
