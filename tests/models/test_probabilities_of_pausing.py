"""Probabilities of customers who pause and return stay within 0 and 1: whoever bought today is active for certain."""

import numpy as np
import pandas as pd

import kundkarriar as kk

TYPED = kk.FittedReturningNBD(params=kk.ReturningNBDParams(m1=-3.42, s1=1.15, m2=-2.75, s2=1.22, nu=0.027), period="W")


def bought_today(n=300):
    """Customers of many histories, the last purchase of each today."""
    generator = np.random.default_rng(7)
    gaps = [generator.integers(1, 120, size=generator.integers(1, 9)) for _ in range(n)]
    weeks = np.array([each.sum() / 7 for each in gaps])
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "frequency": [len(each) for each in gaps],
            "recency": weeks,
            "T": weeks,
            "gaps": [" ".join(map(str, each)) for each in gaps],
            "period": "W",
        }
    )


def test_whoever_bought_today_is_active_for_certain():
    seen = TYPED.predict(bought_today(), horizon=39, also=["p_alive_later", "p_purchase", "log_p_alive"])
    assert seen["p_alive"].between(1 - 1e-14, 1).all()
    assert seen["log_p_alive"].max() <= 0
    assert seen["p_alive_later"].between(0, 1).all()
    assert seen["p_purchase"].between(0, 1).all()


def test_their_probability_of_a_pause_is_not_below_0():
    summary = bought_today()
    scorer = kk.ValueScorer(purchases=TYPED, margin=0.3, discount_rate=0.1, horizon="12M")
    scores = scorer.fit(summary).score(summary)
    assert scores["p_paused"].between(0, 1e-14).all()
    assert all(scores[name].between(0, 1).all() for name in ("p_alive", "p_leaves", "p_purchase"))
