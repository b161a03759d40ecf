"""Develop or harvest: two states computed by hand, each of the decisions, and bad input."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

MONEY = {"low": -1.0, "high": 4.0}
UP = kk.Change(rung="low", to="high", odds=3.0)


@pytest.fixture(scope="module")
def movement():
    """Two rungs and many customers: low to high with probability .1 a month, high to low with .2."""
    generator = np.random.default_rng(3)
    n, months = 3000, 24
    at = np.zeros((n, months), dtype=int)
    for month in range(1, months):
        up, down = generator.random(n) < 0.1, generator.random(n) < 0.2
        at[:, month] = np.where(at[:, month - 1] == 0, up, ~down)
    careers = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2024-01-01", periods=months, freq="MS"), n),
            "rung": np.array(["low", "high"])[at.ravel()],
            "rung_number": at.ravel() + 1,
        }
    )
    return kk.ChainMixture(chains=1, mass=1, seed=1).fit(careers)


def develop(movement, *paths, **other):
    arguments = {"contribution": MONEY, "harvest": {"low": -0.2}, "discount_rate": 0.1, "draws": 50} | other
    return kk.development(movement, paths, **arguments)


def path(cost, *, odds=3.0, name="calls"):
    return kk.DevelopmentPath(name=name, cost=cost, shifts=[kk.Change(rung="low", to="high", odds=odds)])


def by_hand(up, down, low, high):
    """Value of the low state from V = R + beta P V, by Cramer's rule."""
    beta = 1.1 ** (-1 / 12)
    a, b, c, d = 1 - beta * (1 - up), -beta * up, -beta * down, 1 - beta * (1 - down)
    return (low * d - b * high) / (a * d - b * c)


def test_values_by_hand(movement):
    P = movement.members[0].P[0]
    up, down = P[0, 1], P[1, 0]
    row = develop(movement, path(0.5)).iloc[0]
    lifted = 3 * up / (1 - up + 3 * up)
    assert row["value"] == pytest.approx(by_hand(up, down, -1.0, 4.0))
    assert row["harvest_value"] == pytest.approx(by_hand(up, down, -0.2, 4.0))
    assert row["path_value"] == pytest.approx(by_hand(lifted, down, -1.5, 4.0))
    assert row["gain"] == pytest.approx(row["path_value"] - row["harvest_value"])


def test_only_rungs_with_negative_contribution_have_a_row(movement):
    assert develop(movement, path(0.5))["rung"].tolist() == ["low"]
    assert develop(movement, path(0.5), contribution={"low": 0.0, "high": 4.0}).empty


def test_the_best_path_is_chosen_and_said(movement):
    found = develop(movement, path(0.5, odds=1.2, name="letters"), path(0.5)).iloc[0]
    assert (found["path"], found["decision"]) == ("calls", "develop")
    assert found["reason"] == (
        f"'calls' brings {found['gain']:,.2f} more than harvesting (90% interval {found['low']:,.2f} to "
        f"{found['high']:,.2f})"
    )


def test_a_path_that_costs_too_much_is_left_for_harvest(movement):
    found = develop(movement, path(8.0)).iloc[0]
    assert found["decision"] == "harvest"
    assert found["gain"] < 0
    assert found["reason"].startswith("no path brings more than harvesting; the nearest, 'calls', falls short by ")


def test_a_gain_within_the_chains_uncertainty_is_unclear(movement):
    """At a cost with a gain just above 0, draws of the chains lie on both sides of 0."""
    low, high = 0.0, 8.0
    for _ in range(30):
        low, high = (
            ((low + high) / 2, high) if develop(movement, path((low + high) / 2), draws=2)["gain"][0] > 0
            else (low, (low + high) / 2)
        )  # fmt: skip
    found = develop(movement, path(low - 1e-4)).iloc[0]
    assert found["decision"] == "unclear"
    assert found["low"] < 0 < found["gain"]


def test_storing():
    calls = path(12)
    assert kk.DevelopmentPath.from_dict(json.loads(json.dumps(calls.to_dict()))) == calls


def refused(call):
    with pytest.raises((kk.DataError, ValueError)) as raised:
        call()
    return str(raised.value)


def test_bad_input_is_refused_in_words(movement):
    assert refused(lambda: develop(movement)) == (
        "`paths` must be kk.DevelopmentPath objects with names of their own, at least one, got ().\n\n"
        'Hint: write paths=[kk.DevelopmentPath(name="calls", ...), ...].'
    )
    assert refused(lambda: develop(movement, path(1), harvest={"lowest": 0})) == (
        "`harvest` names rungs that the movement does not know: ['lowest'].\n\nHint: its rungs are ['low', 'high']."
    )
    assert refused(lambda: develop(movement, path(1), harvest={})) == (
        "`harvest` must be numbers by rung, got {}.\n\nHint: write harvest={'low': 1.0}."
    )
    elsewhere = kk.DevelopmentPath(name="x", cost=1, shifts=[kk.Change(rung="low", to="top", odds=2)])
    assert refused(lambda: develop(movement, elsewhere)) == (
        "a change names rungs that the movement does not know: ['top'].\n\nHint: its rungs are ['low', 'high']."
    )
    assert refused(lambda: kk.DevelopmentPath(name="x", cost=-1, shifts=[UP])) == (
        "`cost` must be a finite number of at least 0, got -1.0.\n\nHint: write cost=1.0."
    )
    assert refused(lambda: kk.DevelopmentPath(name="x", cost=1, shifts=[])) == (
        "`shifts` must be kk.Change objects, at least one, got ().\n\nHint: write shifts=[kk.Change(...)]."
    )
