"""Checks of the Markov property: order and duration, on careers where it holds and where it does not."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

LAZY = np.array([[0.7, 0.3], [0.3, 0.7]])


def frame(paths):
    """Careers from codes of rungs, one row of codes per customer, (n, months)."""
    n, months = paths.shape
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=months, freq="MS"), n),
            "rung": np.array(["low", "high"])[paths.ravel()],
            "rung_number": paths.ravel() + 1,
        }
    )


def simulated(chains, *, months=10, seed=0):
    """Paths of customers who each follow a chain of their own, (n, 2, 2)."""
    generator = np.random.default_rng(seed)
    state = generator.integers(0, 2, len(chains))
    path = [state]
    for _ in range(months - 1):
        state = (generator.random(len(chains)) < chains[np.arange(len(chains)), state, 1]).astype(int)
        path.append(state)
    return np.stack(path, axis=1)


def test_one_chain_needs_no_second_order():
    careers = frame(simulated(np.tile(LAZY, (800, 1, 1))))
    table = kk.ChainMixture(chains=1).fit(careers).order(careers)
    assert table["order"].tolist() == [1, 2]
    assert table["log_bayes_factor"].iloc[0] == 0.0
    assert table["log_bayes_factor"].iloc[1] < 0.0


def test_customers_who_differ_look_like_a_second_order():
    """If half of the customers never move and half always do, the previous rung shows which half one is in."""
    still, restless = np.eye(2), 1 - np.eye(2)
    chains = np.where(np.arange(400)[:, None, None] % 2, still, restless) * 0.9 + 0.05
    careers = frame(simulated(chains))
    table = kk.ChainMixture(chains=1).fit(careers).order(careers)
    assert table["log_bayes_factor"].iloc[1] > 50


def test_duration_counts_by_hand():
    careers = frame(np.array([[0, 0, 1, 1], [1, 0, 0, 0]]))
    table = kk.ChainMixture(chains=1, mass=1e-9).fit(careers).duration(careers)
    assert table[["rung", "months_on_rung", "customers", "stayed"]].to_numpy().tolist() == [
        ["low", "1", 2, 1.0],
        ["low", "2", 2, 0.5],
        ["high", "1", 2, 0.5],
    ]
    assert table["one_chain"].tolist() == pytest.approx([0.75, 0.75, 0.5], abs=0.01)


def test_every_length_of_stay_has_its_row():
    careers = frame(np.zeros((1, 15), dtype=int))
    table = kk.ChainMixture(chains=1, mass=1).fit(careers).duration(careers)
    assert table["months_on_rung"].tolist() == ["1", "2", "3", "4 to 6", "7 to 12", "13 or more"]
    assert table["customers"].tolist() == [1, 1, 1, 3, 6, 2]


def test_the_evidence_of_one_order_by_hand():
    """Second steps of those who made two: low to high twice, high to high and to low once, with half a step each."""
    careers = frame(np.array([[0, 0, 1], [1, 0, 1], [0, 1, 1], [0, 1, 0]]))
    table = kk.ChainMixture(chains=1, mass=1).fit(careers).order(careers)
    by_hand = 2 * np.log(2.5 / 3) + np.log(1.5 / 3) + np.log(1.5 / 3)
    assert table["log_evidence"][0] == pytest.approx(by_hand)


def test_the_mixture_predicts_that_long_stays_continue():
    chains = np.where(np.arange(2000)[:, None, None] % 2, [[0.95, 0.05], [0.05, 0.95]], [[0.5, 0.5], [0.5, 0.5]])
    careers = frame(simulated(chains, months=12))
    movement = kk.ChainMixture(chains=2, mass=3, starts=2, seed=1).fit(careers)
    long = movement.duration(careers).query("months_on_rung == '7 to 12'")
    assert (long["stayed"] > long["one_chain"] + 0.1).all()
    assert (long["stayed"] - long["mixture"]).abs().max() < 0.05


def test_order_needs_three_months():
    careers = frame(np.array([[0, 1], [1, 0]]))
    with pytest.raises(kk.DataError) as refused:
        kk.ChainMixture(chains=1).fit(careers).order(careers)
    assert str(refused.value) == (
        "whether the rung before last counts is seen in three months in a row, which nobody has.\n\n"
        "Hint: careers over a longer time: ladder.careers(transactions, as_of=<a later day>)."
    )
