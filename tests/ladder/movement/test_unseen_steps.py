"""Possible steps that were never seen, rungs that all customers left, and rungs that nobody has been on."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.ladder.career_panel import read_careers

NAMES = ("low", "middle", "high")
MONEY = {"low": 0.0, "middle": 10.0, "high": 50.0}
ONE = {"chains": 1, "mass": 3, "starts": 1}
SELDOM = np.array([[0.85, 0.15, 0.0], [0.05, 0.85, 0.10], [0.0, 0.02, 0.98]])


def frame(paths, **columns):
    """Careers from codes of rungs, one row of codes per customer, (n, months)."""
    n, months = np.shape(paths)
    codes = np.ravel(paths)
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2025-01-01", periods=months, freq="MS"), n),
            "rung": np.array(NAMES)[codes],
            "rung_number": codes + 1,
            **columns,
        }
    )


def simulated(n, *, months=8, seed=0, P=SELDOM):
    """Careers of customers who follow a chain and start on the two lower rungs."""
    generator = np.random.default_rng([20261129, seed])
    path = [generator.integers(0, 2, n)]
    for _ in range(months - 1):
        cumulated = np.cumsum(P[path[-1]], axis=1)
        path.append((generator.random((n, 1)) > cumulated).sum(axis=1).clip(max=2))
    return frame(np.stack(path, axis=1))


def cell(movement, start, end, **arguments):
    table = movement.transitions(**arguments)
    return table[(table["from"] == start) & (table["to"] == end)].iloc[0]


@pytest.fixture(scope="module")
def unseen():
    """17 customers on the top rung for four steps each, none of whom left it; 60 below, who move."""
    below = simulated(60, P=np.array([[0.7, 0.3, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]]))
    up = frame(np.tile([1, 1, 1, 2, 2, 2, 2, 2], (17, 1)))
    return pd.concat([below, up.assign(customer_id=up["customer_id"] + 1000)])


def test_clients_of_cdnow_never_seen_to_leave_stay():
    """66 customers became clients in the last month, so no step from client was seen; all stayed in the next month."""
    transactions = kk.datasets.load_cdnow(sample=True)
    careers = kk.CustomerLadder.kundkarriar().careers(transactions, as_of="1997-08-31")
    movement = kk.ChainMixture(**ONE).fit(careers[careers["period_start"] < "1997-08-01"])
    assert cell(movement, "client", "client")["steps"] == 0
    assert cell(movement, "client", "client")["probability"] > 0.9
    then = movement.forecast(careers, origin="1997-07-31", horizon="1M")
    clients = careers[(careers["period_start"] == "1997-07-01") & (careers["rung"] == "client")]["customer_id"]
    staying = then[(then["rung"] == "client") & then["customer_id"].isin(clients)]["probability"]
    assert len(clients) == 66
    assert staying.min() > 0.9
    august = careers[(careers["period_start"] == "1997-08-01") & careers["customer_id"].isin(clients)]
    assert august["rung"].eq("client").all()


@pytest.mark.parametrize("chains", [1, 2])
def test_a_last_rung_entered_in_the_last_month_is_not_left_at_once(chains):
    """Nobody stayed anywhere, and nobody was on the last rung for two months: it still keeps its customers."""
    movement = kk.ChainMixture(chains=chains, mass=3, starts=1).fit(frame(np.tile([0, 1, 2], (30, 1))))
    assert cell(movement, "high", "high")["probability"] > 0.9
    assert all((member.P[:, 2, 2] > 0.9).all() for member in movement.members)
    assert cell(movement, "high", "high")["low"] < 0.7


def left_at_once(n, *, months=12):
    """Careers of n customers who are low in their first month and then high, and n who are always high."""
    return frame(np.vstack([np.tile([0] + [2] * (months - 1), (n, 1)), np.full((n, months), 2)]))


@pytest.mark.parametrize("n", [1, 5, 6, 20, 100, 499])
def test_staying_is_not_impossible_because_a_few_left_at_once(n):
    """After n steps off a rung the probability of staying is 1 / (n + 1), with upper bound 1 - .05^(1/n)."""
    staying = cell(kk.ChainMixture(**ONE).fit(left_at_once(n)), "low", "low")
    assert staying["steps"] == 0
    assert staying["probability"] == pytest.approx(1 / (n + 1))
    assert staying["high"] == pytest.approx(1 - 0.05 ** (1 / n), rel=0.05)
    assert staying["low"] < 0.1 * staying["probability"]


def test_staying_is_impossible_where_500_left_at_once():
    movement = kk.ChainMixture(**ONE).fit(left_at_once(500))
    assert cell(movement, "low", "low")[["probability", "low", "high"]].eq(0).all()


def test_with_a_flag_nobody_goes_back_to_a_rung_that_all_have_left():
    """On CDNOW no client becomes a trial buyer again, though lapsed trial buyers are a state that is entered.

    Steps within a rung stay possible: lapsed clients stay lapsed, or come back as clients.
    """
    transactions = kk.datasets.load_cdnow(sample=True)
    careers = kk.CustomerLadder.kundkarriar().careers(transactions, as_of="1998-06-15")
    movement = kk.ChainMixture(**ONE).fit(careers)
    table = movement.transitions()
    back = table[(table["to"] == "trial buyer") & (table["from"] != "trial buyer")]
    assert len(back) == 8
    assert back[["steps", "probability", "low", "high"]].eq(0).all().all()
    assert table[(table["from"] == "client") & (table["to"] == "client")]["probability"].gt(0).all()
    assert all((member.P[:, 2:, :2] == 0).all() for member in movement.members)


def test_a_step_impossible_so_far_counts_as_impossible():
    """Limit in docs/movement.md: a year without a purchase, which makes a customer moving, does not fit in 1997.

    Of the 509 recurring customers of December none is predicted to be moving in June, and 100 are.
    """
    transactions = kk.datasets.load_cdnow(sample=True)
    ladder = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
    careers = ladder.careers(transactions, as_of="1998-06-30")
    then = careers[careers["period_start"] == "1997-12-01"]
    recurring = then[then["rung"] == "recurring"]["customer_id"]
    year = careers[careers["period_start"] <= "1997-12-01"]
    foreseen = kk.ChainMixture(**ONE).fit(year).forecast(year, horizon="6M")
    foreseen = foreseen[(foreseen["rung"] == "moving") & foreseen["customer_id"].isin(recurring)]
    june = careers[(careers["period_start"] == "1998-06-01") & careers["customer_id"].isin(recurring)]
    assert len(recurring) == 509
    assert foreseen["probability"].eq(0).all()
    assert june["rung"].eq("moving").sum() == 100


def test_model_choice_uses_the_rungs_of_the_states():
    """The number of chains and the prior are chosen with the same rungs as the fit."""
    transactions = kk.datasets.load_cdnow(sample=True)
    counts, _ = read_careers(kk.CustomerLadder.kundkarriar().careers(transactions, as_of="1998-06-15")).counts()
    assert counts.rungs.tolist() == [0, 0, 2, 2, 4, 4]
    half = counts.weighted(counts.weights * (np.arange(len(counts)) % 2))
    assert half.pooled_chain()[5, 1] == 0


def test_68_steps_without_leaving_allow_four_percent(unseen):
    """The bound of 68 steps is 1 - .05^(1/68) = .043; the intervals of staying and of leaving agree."""
    movement = kk.ChainMixture(**ONE).fit(unseen)
    out = cell(movement, "high", "middle")
    assert (movement.steps[2] == [0, 0, 68]).all()
    assert 0 < out["probability"] < 0.02
    assert out["high"] == pytest.approx(1 - 0.05 ** (1 / 68), abs=0.005)
    assert out["low"] < 0.001
    staying = cell(movement, "high", "high")
    assert staying["probability"] > 0.98
    assert staying["low"] == pytest.approx(1 - out["high"])
    assert cell(movement, "high", "low")["high"] == out["high"]


def test_an_unseen_step_beside_a_seen_one():
    """9 of 69 steps lead to middle, none to low: the unseen step is less probable, and its interval as wide."""
    below = simulated(60, P=np.array([[0.7, 0.3, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]]))
    paths = np.array([[1, 1, 2, 2, 2, 2, 2, 2]] * 12 + [[1, 1, 1, 1, 1, 1, 2, 1]] * 9)
    movement = kk.ChainMixture(**ONE).fit(pd.concat([below, frame(paths).assign(customer_id=np.arange(168) // 8 + 99)]))
    assert movement.steps[2].tolist() == [0, 9, 60]
    out = cell(movement, "high", "low")
    assert out["probability"] == pytest.approx(0.5 / (69 + 12))
    assert out["low"] < 0.001
    assert out["high"] == pytest.approx(1 - 0.05 ** (1 / 69), abs=0.005)


def test_the_interval_of_a_value_includes_unseen_steps(unseen):
    """The interval holds the values of chains with probabilities .001 and .035 of the unseen step."""
    movement = kk.ChainMixture(**ONE).fit(unseen)
    high = movement.value(contribution=MONEY, discount_rate=0.1, draws=1000).set_index("rung").loc["high"]
    for leaving in (0.001, 0.035):
        P = movement.members[0].P[0].copy()
        P[2] = [0.0, leaving, 1 - leaving]
        worth = np.linalg.solve(np.eye(3) - 1.1 ** (-1 / 12) * P, list(MONEY.values()))[2]
        assert high["low"] < worth < high["high"]
    assert high["low"] < high["value"] < high["high"]


def test_nine_in_ten_intervals_of_values_hold_the_truth():
    """In 120 samples of 60 customers 2 % leave the top rung in a month; in about a third of the samples nobody does."""
    beta, truth = 1.1 ** (-1 / 12), np.array(list(MONEY.values()))
    truth = np.linalg.solve(np.eye(3) - beta * SELDOM, truth)
    held, leaving, never = [], [], 0
    for seed in range(120):
        movement = kk.ChainMixture(**ONE, seed=seed, rungs=NAMES).fit(simulated(60, seed=seed))
        table = movement.value(contribution=MONEY, discount_rate=0.1, lost="low", seed=seed)
        held.append(((table["low"] <= truth) & (truth <= table["high"])).to_numpy())
        staying = cell(movement, "high", "high")
        leaving.append(staying["low"] <= 0.98 <= staying["high"])
        never += not movement.steps[2, :2].any()
    assert 30 <= never <= 50
    assert ((np.mean(held, axis=0) >= 0.85) & (np.mean(held, axis=0) <= 0.95)).all()
    assert 0.85 <= np.mean(leaving) <= 0.95


def test_transitions_of_one_chain_are_that_chain(unseen):
    for mass in (1.0, 30.0):
        movement = kk.ChainMixture(chains=1, mass=mass).fit(unseen)
        probability = movement.transitions()["probability"].to_numpy().reshape(3, 3)
        assert probability == pytest.approx(movement.members[0].P[0])


@pytest.fixture(scope="module")
def declared():
    careers = simulated(300, months=26).assign(value=lambda rows: rows["rung"].map(MONEY))
    return careers, kk.ChainMixture(chains=2, mass=3, starts=1, rungs=(*NAMES, "partner")).fit(careers)


def test_an_unvisited_rung_keeps_its_place(declared):
    """It has a row and a column; the probability of reaching it is 0, and that of staying on it almost 1."""
    careers, movement = declared
    table = movement.transitions()
    assert len(table) == 16
    assert table[(table["to"] == "partner") & (table["from"] != "partner")]["probability"].eq(0).all()
    assert cell(movement, "partner", "partner")["probability"] > 0.9
    forecast = movement.forecast(careers, horizon="3M")
    assert forecast[forecast["rung"] == "partner"]["probability"].tolist() == [0.0] * 900
    assert forecast.groupby(["customer_id", "ahead"])["probability"].sum().to_numpy() == pytest.approx(np.ones(900))
    sizes = movement.sizes(careers, horizon="2M")
    assert sizes[sizes["rung"] == "partner"][["expected", "low", "high"]].eq(0).all().all()
    assert movement.steady_state().set_index("rung")["share"]["partner"] < 0.01
    season = movement.season()
    assert season[season["rung"] == "partner"]["factor"].eq(1).all()
    assert (season["factor"] != 1).any()


def test_an_unvisited_rung_has_a_value(declared):
    """The value is that of its contribution for ever; the probability of reaching it is 0."""
    _, movement = declared
    table = movement.value(contribution=MONEY | {"partner": 100.0}, discount_rate=0.1, lost="low").set_index("rung")
    assert table.loc["partner", "value"] > table.loc["high", "value"]
    assert table.loc["partner", "low"] < table.loc["partner", "value"] < table.loc["partner", "high"]
    plain = movement.value(contribution=MONEY | {"partner": 0.0}, discount_rate=0.1, lost="low").set_index("rung")
    assert plain["value"][list(NAMES)].tolist() == pytest.approx(table["value"][list(NAMES)].tolist())
    reach = movement.first_passage("partner").set_index("rung")
    assert reach["probability"].tolist() == pytest.approx([0.0, 0.0, 0.0, 1.0])
    up = movement.steps_up(contribution=MONEY | {"partner": 100.0}, discount_rate=0.1)
    assert up["next"].tolist() == ["middle", "high", "partner"]


def test_an_unvisited_rung_changes_no_other(declared):
    careers, movement = declared
    both = [kk.ChainMixture(**ONE, rungs=rungs).fit(careers) for rungs in ((*NAMES, "partner"), NAMES)]
    forecasts = [each.forecast(careers, horizon="4M") for each in both]
    ours = forecasts[0][forecasts[0]["rung"] != "partner"]["probability"].to_numpy()
    assert ours == pytest.approx(forecasts[1]["probability"].to_numpy(), abs=1e-9)
    assert kk.FittedChainMixture.from_dict(json.loads(json.dumps(movement.to_dict()))).equals(movement)
    judged = kk.backtest_movement([movement.spec], careers, origins=1, horizon="2M")
    assert judged.table()["log_loss"].notna().all()


def test_a_flag_that_was_not_seen_adds_no_state(declared):
    """A rung that nobody has been on is one state, not lapsed; other rungs have the states that occur."""
    careers, _ = declared
    flagged = careers.assign(lapsed=careers["rung"].eq("low"))
    movement = kk.ChainMixture(**ONE, rungs=(*NAMES, "partner")).fit(flagged)
    assert [str(state) for state in movement.states] == ["low, lapsed", "middle", "high", "partner"]
    assert [state.lapsed for state in movement.states] == [True, False, False, False]


def test_prospects_without_a_purchase_may_still_buy():
    """No prospect has bought yet, and all buyers entered as buyers: the first purchase is still possible."""
    rows = [(n, month, "trial" if month < 2 or n < 200 else "repeat") for n in range(300) for month in range(6)]
    rows += [(1000 + n, month, "prospect") for n in range(20) for month in range(6)]
    careers = pd.DataFrame(rows, columns=["customer_id", "month", "rung"])
    careers["period_start"] = pd.to_datetime([f"2025-{month + 1:02}-01" for month in careers["month"]])
    spec = kk.ChainMixture(chains=1, mass=3, starts=1, seed=1, rungs=("prospect", "trial", "repeat"))
    table = spec.fit(careers.drop(columns="month")).transitions().set_index(["from", "to"])
    first = table.loc[("prospect", "trial")]
    assert first["probability"] == pytest.approx(1 / (100 + 12), rel=0.02)
    assert first["low"] < first["probability"] < first["high"]
    assert first["high"] == pytest.approx(1 - 0.05 ** (1 / 100), rel=0.35)
    assert table.loc[("prospect", "repeat"), "probability"] < 0.01 * first["probability"]
    assert table.loc[("repeat", "trial"), "probability"] == 0  # those who left it went on, and nobody came back
