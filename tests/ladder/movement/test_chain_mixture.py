"""Mixtures of Markov chains: forecasts, values, calibration, and no use of rows after the origin."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.ladder.career_panel import read_careers
from kundkarriar.ladder.movement import chain_mixture
from kundkarriar.numerics.markov.mixture import class_probabilities

NAMES = ("low", "middle", "high")
STAYERS = np.array([[0.9, 0.1, 0.0], [0.05, 0.85, 0.1], [0.0, 0.1, 0.9]])
MOVERS = np.array([[0.4, 0.4, 0.2], [0.4, 0.3, 0.3], [0.4, 0.3, 0.3]])
MONEY = {"low": 0.0, "middle": 10.0, "high": 50.0}


def simulated(n=600, *, months=12, seed=0):
    """Careers of customers who follow one of two known chains."""
    generator = np.random.default_rng(seed)
    chain = np.stack([STAYERS, MOVERS])[(generator.random(n) < 0.4).astype(int)]
    state = generator.integers(0, 3, n)
    path = [state]
    for _ in range(months - 1):
        cumulated = np.cumsum(chain[np.arange(n), path[-1]], axis=1)
        path.append((generator.random((n, 1)) > cumulated).sum(axis=1).clip(max=2))
    codes = np.stack(path, axis=1)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=months, freq="MS"), n),
            "rung": np.array(NAMES)[codes.ravel()],
            "rung_number": codes.ravel() + 1,
            "value": np.array([0.0, 20.0, 100.0])[codes.ravel()],
        }
    )


@pytest.fixture(scope="module")
def careers():
    return simulated()


@pytest.fixture(scope="module")
def movement(careers):
    return kk.ChainMixture(chains=2, mass=3, starts=2, seed=1).fit(careers)


def test_later_rows_change_no_forecast(careers, movement):
    """Forecasts and class probabilities depend on the rows up to the origin only."""
    altered = careers.copy()
    later = altered["period_start"] > "2025-06-30"
    altered.loc[later, "rung"] = "high"
    before, after = (movement.forecast(frame, origin="2025-06-30") for frame in (careers, altered))
    cut = movement.forecast(careers[~later], horizon="6M")
    pd.testing.assert_frame_equal(before, after)
    pd.testing.assert_frame_equal(before, cut)


def test_probabilities_sum_to_one_and_customers_keep_their_order(careers, movement):
    forecast = movement.forecast(careers, origin="2025-06-30", horizon="3M")
    assert len(forecast) == 600 * 3 * 3
    sums = forecast.groupby(["customer_id", "ahead"], sort=False)["probability"].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(1800))
    assert forecast["customer_id"].drop_duplicates().tolist() == list(range(600))


def test_class_probabilities_depend_on_the_career(careers, movement):
    """Of two customers on a rung, the one who was always on it is likelier to stay than the one who just came."""
    p = movement.forecast(careers, horizon="6M")
    p_high = p[(p["ahead"] == 6) & (p["rung"] == "high")].set_index("customer_id")["probability"]
    rungs = careers.pivot_table(aggfunc="first", index="customer_id", columns="period_start", values="rung")
    now = rungs.iloc[:, -1] == "high"
    steady, fresh = now & (rungs == "high").all(axis=1), now & (rungs.iloc[:, -2] != "high")
    assert p_high[steady].mean() > p_high[fresh].mean() + 0.2


def test_sizes_add_up(careers, movement):
    sizes = movement.sizes(careers, origin="2025-09-30", horizon="4M")
    assert sizes.groupby("ahead")["expected"].sum().to_numpy() == pytest.approx([600.0] * 4)
    assert (sizes["low"] <= sizes["high"]).all()
    told = movement.forecast(careers, origin="2025-09-30", horizon="4M").groupby(["ahead", "rung"], sort=False)
    assert sizes["expected"].to_numpy() == pytest.approx(told["probability"].sum().to_numpy())


def test_transitions_of_one_chain_by_hand():
    """From low one stayed and one left; from high one left; each row begins with one prior step of staying."""
    frame = pd.DataFrame(
        {
            "customer_id": ["a"] * 4,
            "period_start": pd.date_range("2026-01-01", periods=4, freq="MS"),
            "rung": ["low", "low", "high", "low"],
        }
    )
    table = kk.ChainMixture(chains=1, mass=1e-9).fit(frame).transitions()
    assert table["steps"].tolist() == [1, 1, 1, 0]
    assert table["probability"].tolist() == pytest.approx([0.5, 0.5, 0.5, 0.5], abs=1e-6)


def test_values_of_a_known_chain():
    """With many steps of one chain, the value is that of the chain, within a narrow interval."""
    careers = simulated(3000, seed=3)
    alone = kk.ChainMixture(chains=1).fit(careers)
    table = alone.value(contribution=MONEY, discount_rate=0.10, lost="low")
    steps = alone.transitions()["probability"].to_numpy().reshape(3, 3)
    by_hand = np.linalg.solve(np.eye(3) - 1.1 ** (-1 / 12) * steps, [0.0, 10.0, 50.0])
    assert table["value"].to_numpy() == pytest.approx(by_hand, rel=1e-3)
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()
    assert table["retention_value"].to_numpy() == pytest.approx(by_hand - by_hand[0], rel=0.01, abs=0.01)


def test_a_mixture_values_the_best_higher_than_one_chain_does(careers, movement):
    alone = kk.ChainMixture(chains=1).fit(careers)
    kept = [each.value(contribution=MONEY, discount_rate=0.1, lost="low") for each in (movement, alone)]
    mixed, plain = (table.set_index("rung")["retention_value"] for table in kept)
    assert mixed["high"] > 1.2 * plain["high"]


def test_a_step_up_is_worth_what_lies_between_the_rungs_and_more_promotion_pays(movement):
    table = movement.steps_up(contribution=MONEY, discount_rate=0.1)
    assert table[["rung", "next"]].to_numpy().tolist() == [["low", "middle"], ["middle", "high"]]
    assert (table["step_value"] > 0).all()
    assert (table["percent_value"] > 0).all()


def test_percent_value_is_the_derivative_of_value(careers):
    """The derivative is that of the value of a chain in which 0.01 % more of the customers step up."""
    alone = kk.ChainMixture(chains=1).fit(careers)
    P = alone.members[0].P[0]
    beta, R = 1.1 ** (-1 / 12), np.array([0.0, 10.0, 50.0])
    more = P.copy()
    more[0, 0] -= 1e-4
    more[0, 1] += 1e-4
    derivative = np.linalg.solve(np.eye(3) - beta * more, R)[0] - np.linalg.solve(np.eye(3) - beta * P, R)[0]
    table = alone.steps_up(contribution=MONEY, discount_rate=0.1)
    assert table["percent_value"].iloc[0] == pytest.approx(100 * derivative, rel=1e-2)


def test_probability_of_reaching_the_top(movement):
    table = movement.first_passage("high").set_index("rung")
    assert table.loc["high", ["probability", "months"]].tolist() == pytest.approx([1.0, 0.0])
    assert table["probability"].to_numpy() == pytest.approx(np.ones(3), abs=1e-6)
    assert table["months"]["low"] > table["months"]["middle"] > 0


def test_contribution_is_margin_times_the_mean_month(careers, movement):
    table = movement.contribution(careers, margin=0.5)
    assert table["contribution"].tolist() == pytest.approx([0.0, 10.0, 50.0])
    assert table["months"].sum() == len(careers) - 600
    by_name = movement.value(contribution=MONEY, discount_rate=0.1)
    assert movement.value(contribution=table, discount_rate=0.1)["value"].tolist() == by_name["value"].tolist()


def test_the_first_purchase_is_no_contribution_of_a_rung():
    """A trial buyer who spent 100 in the month of entry, and nothing since, has contribution 0."""
    frame = pd.DataFrame(
        {
            "customer_id": ["a"] * 4,
            "period_start": pd.date_range("2026-01-01", periods=4, freq="MS"),
            "rung": ["trial", "trial", "again", "again"],
            "value": [100.0, 0.0, 60.0, 20.0],
        }
    )
    movement = kk.ChainMixture(chains=1).fit(frame)
    assert movement.contribution(frame, margin=0.5)["contribution"].tolist() == [0.0, 20.0]
    older = frame.assign(entry="unknown")
    assert movement.contribution(older, margin=0.5)["contribution"].tolist() == [25.0, 20.0]


def test_the_steady_state_is_where_many_months_lead(movement):
    """The steady state equals the distribution after ten thousand months, chains weighted and members averaged."""
    shares = [
        weight * (seen / seen.sum()) @ np.linalg.matrix_power(P, 10_000)
        for member in movement.members
        for weight, seen, P in zip(member.weights, member.seen, member.P, strict=True)
    ]
    share = np.sum(shares, axis=0) / len(movement.members)
    assert movement.steady_state()["share"].to_numpy() == pytest.approx(share, abs=1e-9)
    assert share.sum() == pytest.approx(1.0)


def test_lapsed_customers_are_states_of_their_own(careers):
    flagged = careers.assign(lapsed=careers["rung"].eq("low") & (careers["customer_id"] % 2 == 0))
    movement = kk.ChainMixture(chains=1).fit(flagged)
    assert [str(state) for state in movement.states] == ["low", "low, lapsed", "middle", "high"]
    assert "lapsed" in movement.forecast(flagged, horizon="1M").columns


def test_held_out_customers_choose_more_than_one_chain(careers):
    chosen = kk.ChainMixture(starts=1, seed=2).fit(careers)
    assert chosen.chains >= 2
    assert chosen.choices()["chosen"].sum() == 1


def test_the_same_seed_gives_the_same_movement_and_it_can_be_stored(careers, movement):
    again = kk.ChainMixture(chains=2, mass=3, starts=2, seed=1).fit(careers)
    assert movement.equals(again)
    assert kk.FittedChainMixture.from_dict(json.loads(json.dumps(movement.to_dict()))).equals(movement)
    assert not movement.equals(kk.ChainMixture(chains=1).fit(careers))


def test_polars_in_polars_out(careers, movement):
    frame = pl.DataFrame({name: careers[name].to_list() for name in careers.columns})
    forecast = movement.forecast(frame, horizon="2M")
    assert isinstance(forecast, pl.DataFrame)
    ours = movement.forecast(careers, horizon="2M")["probability"].to_numpy()
    assert np.array_equal(forecast["probability"].to_numpy(), ours)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda movement, careers: movement.forecast(careers, origin="2031-01-01"),
            (
                "`origin` 2031-01-01 lies outside the careers, which go from 2025-01 to 2025-12.\n\n"
                'Hint: origin="2025-12-01", or leave it out.'
            ),
        ),
        (
            lambda movement, careers: movement.forecast(careers, horizon=3),
            '`horizon` must be a span of whole months, at most 1,200, as text, got 3.\n\nHint: write horizon="3M".',
        ),
        (
            lambda movement, _: movement.value(contribution={"low": 1.0}, discount_rate=0.1),
            (
                "`contribution` lacks ['middle', 'high'].\n\n"
                "Hint: money a month of each: contribution={'low': 0.0, 'middle': 0.0, 'high': 0.0}."
            ),
        ),
        (
            lambda movement, _: movement.value(contribution=MONEY, discount_rate=0),
            (
                "`discount_rate` must be a number of at least 1e-06 and below 1, got 0.\n\n"
                "Hint: write discount_rate=0.1 for 10 percent a year, effective."
            ),
        ),
        (
            lambda movement, careers: movement.time_to("partner", careers),
            (
                "`rung` must be a rung that the movement knows, got 'partner'.\n\n"
                "Hint: its rungs are ['low', 'middle', 'high']."
            ),
        ),
    ],
)
def test_invalid_arguments_are_refused(ask, message, careers, movement):
    with pytest.raises(kk.DataError) as refused:
        ask(movement, careers)
    assert str(refused.value) == message


FIELDS = [
    {"chains": 0},
    {"chains": "many"},
    {"chains": 2.5},
    {"mass": 0},
    {"starts": 0},
    {"starts": 1.5},
    {"seed": None},
    {"rungs": "abc"},
    {"rungs": ("a", "a", "b")},
]


@pytest.mark.parametrize("field", FIELDS, ids=str)
def test_invalid_fields_are_refused(field):
    with pytest.raises(ValueError, match=f"`{next(iter(field))}`"):
        kk.ChainMixture(**field)


MONEYLESS = [
    (
        {"contribution": MONEY | {"low": float("nan")}},
        "`contribution['low']` must be a number from -1e+15 to 1e+15, got nan.",
    ),
    ({"contribution": MONEY | {"low": "x"}}, "`contribution['low']` must be a number from -1e+15 to 1e+15, got 'x'."),
    (
        {"contribution": pd.DataFrame({"rung": [*NAMES, "low"], "contribution": 1.0})},
        "`contribution` names ['low'] more than once.",
    ),
    ({"contribution": MONEY, "draws": 0}, "`draws` must be a whole number from 1 to 100,000, got 0."),
    ({"contribution": MONEY, "lost": "gonee"}, "`lost` names 'gonee', which is no rung."),
]


@pytest.mark.parametrize(("given", "law"), MONEYLESS, ids=range(len(MONEYLESS)))
def test_invalid_contributions_are_refused(given, law, movement):
    with pytest.raises(kk.DataError) as refused:
        movement.value(discount_rate=0.1, **given)
    assert str(refused.value).startswith(law)


@pytest.mark.parametrize("margin", [float("nan"), 30, "a"])
def test_invalid_margins_are_refused(margin, careers, movement):
    with pytest.raises(kk.DataError, match="`margin` must be a finite number of at most 1"):
        movement.contribution(careers, margin=margin)


def test_a_mapping_gives_lapsed_customers_no_contribution(careers):
    flagged = careers.assign(lapsed=careers["rung"].eq("low") & (careers["customer_id"] % 2 == 0))
    table = kk.ChainMixture(chains=1).fit(flagged).value(contribution={**MONEY, "low": 5.0}, discount_rate=0.1)
    assert table["contribution"].tolist() == [5.0, 0.0, 10.0, 50.0]


def test_chains_of_many_careers_are_searched_on_a_sample_and_refined_on_all(careers, movement, monkeypatch):
    """From a tenth of the different careers, the chains come as near to the data as those that see all of them."""
    panel = read_careers(careers)
    counts, _ = panel.counts()
    monkeypatch.setattr(chain_mixture, "SEARCHED", len(counts) // 10)
    sampled = movement.spec.fit_panel(panel)
    assert not sampled.equals(movement)
    of_all, of_sample = (
        max(counts.weights @ class_probabilities(counts, member)[1] for member in each.members) / len(panel)
        for each in (movement, sampled)
    )
    assert of_sample == pytest.approx(of_all, abs=0.02)
    assert sampled.steps.tolist() == movement.steps.tolist()
