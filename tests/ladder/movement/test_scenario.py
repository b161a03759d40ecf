"""Scenarios: projections of today's customers and of newcomers; nothing is counted twice."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

MONEY = {"low": 0.0, "high": 10.0}
TERMS = {"contribution": MONEY, "discount_rate": 0.10, "draws": 40}
AS_NOW = kk.Scenario(name="as now")


@pytest.fixture(scope="module")
def careers():
    generator = np.random.default_rng(1)
    state = generator.integers(0, 2, 400)
    path = [state]
    for _ in range(11):
        state = (generator.random(400) < np.where(state == 1, 0.8, 0.3)).astype(int)
        path.append(state)
    codes = np.stack(path, axis=1)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(400), 12),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=12, freq="MS"), 400),
            "rung": np.array(["low", "high"])[codes.ravel()],
            "rung_number": codes.ravel() + 1,
        }
    )


@pytest.fixture(scope="module")
def movement(careers):
    return kk.ChainMixture(chains=1).fit(careers)


def test_without_changes_customers_stay_and_equity_is_their_value(careers, movement):
    months = movement.scenario(careers, [AS_NOW], periods=12, **TERMS)
    assert months["customers"].tolist() == pytest.approx([400.0] * 13)
    assert months["contribution"].iloc[0] == 10.0 * (careers.groupby("customer_id")["rung"].last() == "high").sum()
    equity = movement.equity(careers, [AS_NOW], periods=12, **TERMS).set_index("part")["value"]
    P, beta = movement.members[0].P[0], 1.1 ** (-1 / 12)
    V = R = np.array([0.0, 10.0])
    for _ in range(12):
        V = R + beta * P @ V
    high = (careers.groupby("customer_id")["rung"].last() == "high").sum()
    assert equity["base"] == pytest.approx(V @ [400 - high, high], rel=0.01)
    assert equity[["inflow", "cost"]].tolist() == [0.0, 0.0]


def test_parts_add_up(careers, movement):
    club = kk.Scenario(name="club", inflow=5, acquisition_cost=20, referrals={"high": 0.02}, monthly_cost=30)
    table = movement.equity(careers, [club], **TERMS).set_index("part")["value"]
    assert table["total"] == pytest.approx(table["base"] + table["inflow"] - table["cost"])
    months = movement.scenario(careers, [club], **TERMS)
    weight = 1.1 ** (-months["ahead"] / 12)
    assert (weight * months["contribution"]).sum() == pytest.approx(table["total"])


def test_referred_customers_join_a_month_later(careers, movement):
    fed = kk.Scenario(name="fed", referrals={"high": 0.1})
    months = movement.scenario(careers, [fed], periods=3, **TERMS)
    high = (careers.groupby("customer_id")["rung"].last() == "high").sum()
    assert months["referred"].iloc[:2].tolist() == pytest.approx([0.0, 0.1 * high])
    assert months["customers"].diff().iloc[1:].tolist() == pytest.approx(months["referred"].iloc[1:].tolist())


def test_an_inflow_is_worth_what_the_newcomers_bring_less_what_they_cost(careers, movement):
    """Twice the acquisition cost lowers the value by exactly its discounted sum."""
    cheap, dear = (kk.Scenario(name=str(cost), inflow=10, acquisition_cost=cost) for cost in (10, 20))
    table = movement.equity(careers, [cheap, dear], periods=6, **TERMS)
    less = table[table["scenario"] == "20 less 10"].iloc[0]
    paid = sum(10 * 10 * 1.1 ** (-month / 12) for month in range(1, 7))
    assert less[["value", "low", "high"]].tolist() == pytest.approx([-paid] * 3)


def test_odds_of_one_change_nothing_and_more_promotion_pays(careers, movement):
    same = kk.Scenario(name="same", shifts=[kk.Change(rung="low", to="high", odds=1.0)])
    better = kk.Scenario(name="better", shifts=[kk.Change(rung="low", to="high", odds=1.5)])
    table = movement.equity(careers, [AS_NOW, same, better], **TERMS).set_index("scenario")
    assert table.loc["same less as now", ["value", "low", "high"]].abs().max() < 1e-9
    assert table.loc["better less as now", "low"] > 0


def test_intervals_hold_their_level_of_the_draws(careers, movement):
    """Nine tenths of the draws lie between the ends, with the mean among them; all of nothing drawn are one value."""
    club = kk.Scenario(name="club", inflow=5, acquisition_cost=20)
    table = movement.equity(careers, [AS_NOW, club], **TERMS).set_index(["scenario", "part"])
    base = table.loc[("as now", "base")]
    assert base["low"] < base["value"] < base["high"]
    narrow = movement.equity(careers, [AS_NOW], **(TERMS | {"level": 0.2})).set_index("part").loc["base"]
    assert base["low"] < narrow["low"] < narrow["high"] < base["high"]
    assert table.loc[("as now", "inflow")].tolist() == [0.0, 0.0, 0.0]
    months = movement.scenario(careers, [club], periods=3, **TERMS)
    for name in ("customers", "contribution"):
        assert (months[f"{name}_low"] <= months[name] + 1e-9).all()
        assert (months[name] <= months[f"{name}_high"] + 1e-9).all()


def test_scenarios_are_compared_on_the_same_draws(careers, movement):
    """The interval of the difference of two scenarios is much narrower than that of either."""
    better = kk.Scenario(name="better", shifts=[kk.Change(rung="low", to="high", odds=1.2)])
    table = movement.equity(careers, [AS_NOW, better], **TERMS)
    width = (table["high"] - table["low"])[table["part"] == "total"]
    assert width.iloc[2] < 0.5 * width.iloc[1]


def test_a_level_is_refused_by_its_name(movement):
    with pytest.raises(kk.DataError, match=r"^`level` must be a number above 0 and below 1, got 2"):
        movement.steps_up(contribution=MONEY, discount_rate=0.1, level=2)


def test_a_step_that_nobody_takes_has_no_odds():
    frame = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(60), 4),
            "period_start": np.tile(pd.date_range("2026-01-01", periods=4, freq="MS"), 60),
            "rung": ["low", "high", "high", "high"] * 60,
        }
    )
    movement = kk.ChainMixture(chains=1).fit(frame)
    back = kk.Scenario(name="back", shifts=[kk.Change(rung="high", to="low", odds=2)])
    with pytest.raises(kk.DataError) as refused:
        movement.scenario(frame, [back], **TERMS)
    assert str(refused.value) == (
        "nobody ever steps from 'high' to 'low' in a month, so its odds cannot be multiplied.\n\n"
        "Hint: see movement.transitions() for the steps there are."
    )


def test_scenarios_are_stored():
    club = kk.Scenario(name="club", shifts=[kk.Change(rung="low", to="high", odds=1.2)], referrals={"high": 0.1})
    assert kk.Scenario.from_dict(json.loads(json.dumps(club.to_dict()))) == club


@pytest.mark.parametrize(
    ("scenarios", "message"),
    [
        (
            [AS_NOW, AS_NOW],
            (
                "`scenarios` must be kk.Scenario objects with names of their own, at least one, got "
                "['as now', 'as now'].\n\n"
                'Hint: write scenarios=[kk.Scenario(name="as now"), ...].'
            ),
        ),
        (
            [kk.Scenario(name="x", shifts=[kk.Change(rung="client", to="high", odds=2)])],
            "a shift names rungs that the movement does not know: ['client'].\n\nHint: its rungs are ['low', 'high'].",
        ),
        (
            [kk.Scenario(name="x", referrals={"partner": 0.1})],
            (
                "referrals of the scenario 'x' names rungs that the movement does not know: ['partner'].\n\n"
                "Hint: its rungs are ['low', 'high']."
            ),
        ),
    ],
    ids=["names", "shift", "referrals"],
)
def test_invalid_arguments_are_refused(scenarios, message, careers, movement):
    with pytest.raises(kk.DataError) as refused:
        movement.scenario(careers, scenarios, **TERMS)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    "make",
    [
        lambda: kk.Scenario(name="x", inflow=-1),
        lambda: kk.Scenario(name="x", referrals={"high": -0.1}),
        lambda: kk.Change(rung="a", to="b", odds=0),
    ],
)
def test_invalid_fields_are_refused(make):
    with pytest.raises(ValueError, match="must be"):
        make()
