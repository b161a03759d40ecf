"""Gains and break-even effects, in closed form against the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.planning.treatment_effect import break_even, gain

p_s = st.floats(0.001, 0.999)
m_s = st.floats(0.05, 20)


def treated(p, m):
    odds = m * p / (1 - p)
    return odds / (1 + odds)


@given(p_s, m_s)
def test_leaving_saves_what_the_odds_say(p, m):
    """value_at_risk x (1 - p'/p), with p' the probability at m times the odds."""
    found = gain(on="leaving", m=m, base=np.array([100.0]), p=np.array([p]))[0]
    assert found == pytest.approx(100 * (1 - treated(p, m) / p), abs=1e-7)


@given(p_s, m_s)
def test_promotion_adds_what_the_odds_say(p, m):
    """clv x (p'/p - 1)."""
    found = gain(on="promotion", m=m, base=np.array([100.0]), p=np.array([p]))[0]
    assert found == pytest.approx(100 * (treated(p, m) / p - 1), rel=1e-7, abs=1e-7)


@given(st.sampled_from(["leaving", "promotion", "purchases", "spend", "value"]), p_s, st.floats(0.5, 100))
def test_an_effect_at_break_even_pays_exactly(on, p, cost):
    """At the break-even effect the gain equals the cost; where it is NaN, the strongest effect falls short."""
    base, ps = np.array([300.0, 20.0]), np.array([p, p / 2])
    size = break_even(on=on, base=base, p=ps, cost=cost)
    if np.isnan(size):
        strongest = np.exp(-30.0 if on == "leaving" else 30.0)
        assert gain(on=on, m=strongest, base=base, p=ps).sum() < cost
    else:
        assert gain(on=on, m=size, base=base, p=ps).sum() == pytest.approx(cost, rel=1e-6)


def test_small_stakes_break_even_too():
    """Half a unit of money is worth an effect of a fifth of it; nothing at stake is worth none."""
    half, nothing = np.array([0.5]), np.array([0.0])
    assert break_even(on="value", base=half, p=half, cost=0.1) == pytest.approx(0.2)
    assert break_even(on="purchases", base=half, p=half, cost=0.1) == pytest.approx(1.2)
    for on in ("value", "purchases", "spend"):
        assert np.isnan(break_even(on=on, base=nothing, p=half, cost=0.1)), on


def test_an_effect_of_one_adds_nothing():
    for on in ("leaving", "promotion", "purchases", "spend"):
        assert gain(on=on, m=1.0, base=np.array([50.0]), p=np.array([0.3])).tolist() == [0.0]


def test_unknown_stakes_give_unknown_gains():
    assert np.isnan(gain(on="leaving", m=0.5, base=np.array([np.nan]), p=np.array([0.5]))).all()
    assert np.isnan(gain(on="leaving", m=0.5, base=np.array([5.0]), p=np.array([np.nan]))).all()
