"""Covariates of the class probabilities of a mixture of chains, and seasonal factors of the steps."""

import json

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

STAYERS = np.array([[0.9, 0.1], [0.1, 0.9]])
MOVERS = np.array([[0.3, 0.7], [0.7, 0.3]])
NAMES = np.array(["low", "high"])


def careers_of(chain, *, months, seed, push=None):
    """Careers of customers who each follow a chain; `push` multiplies the odds of "high" by calendar month."""
    generator = np.random.default_rng(seed)
    n = len(chain)
    state = generator.integers(0, 2, n)
    path = [state]
    for step in range(1, months):
        p = chain[np.arange(n), state, 1]
        odds = p / (1 - p) * (1.0 if push is None else push[step % 12])
        state = (generator.random(n) < odds / (1 + odds)).astype(int)
        path.append(state)
    codes = np.stack(path, axis=1).ravel()
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(n), months),
            "period_start": np.tile(pd.date_range("2023-01-01", periods=months, freq="MS"), n),
            "rung": NAMES[codes],
            "rung_number": codes + 1,
        }
    )


@pytest.fixture(scope="module")
def regions():
    """Most customers in the north stay on their rung, most in the south move; age has no effect."""
    generator = np.random.default_rng(5)
    north = generator.random(1500) < 0.5
    stays = generator.random(1500) < np.where(north, 0.85, 0.15)
    careers = careers_of(np.where(stays[:, None, None], STAYERS, MOVERS), months=6, seed=6)
    customers = pd.DataFrame(
        {
            "customer_id": np.arange(1500),
            "region": np.where(north, "north", "south"),
            "age": generator.normal(50, 10, 1500),
        }
    )
    return careers, customers


SPEC = kk.ChainMixture(chains=2, mass=3, starts=1, covariates=("region", "age"), seed=1)


@pytest.fixture(scope="module")
def movement(regions):
    careers, customers = regions
    return SPEC.fit(careers, customers=customers)


def test_the_region_decides_the_chain_of_a_newcomer(regions, movement):
    """For a career of one month the class probabilities depend on the region: about .85 for stayers in the north."""
    careers, customers = regions
    p = movement.memberships(careers, origin="2023-01-01", customers=customers)
    stayers = int(np.argmax([P[0, 0] for P in movement.members[0].P]))
    order = np.argsort(-movement.members[0].weights, kind="stable").tolist()
    share = p[f"chain_{order.index(stayers) + 1}"].groupby(customers["region"]).mean()
    assert share["north"] == pytest.approx(0.85, abs=0.08)
    assert share["south"] == pytest.approx(0.15, abs=0.08)


def test_an_irrelevant_column_gets_a_small_coefficient(movement):
    labels = movement.columns.labels
    assert labels == ("region=south", "age")
    strength = np.ptp(movement.members[0].coefficients, axis=1)
    assert strength[0] > 1.0
    assert strength[1] < 0.3


def test_columns_make_better_forecasts_of_newcomers(regions):
    (careers, customers), loss = regions, []
    early = careers[careers["period_start"] < "2023-04-01"]
    for spec, extra in ((SPEC, {"customers": customers}), (evolve(SPEC, covariates=()), {})):
        table = kk.backtest_movement([spec], early, origins=1, horizon="1M", **extra).table()
        loss.append(table.set_index("spec").loc["ChainMixture", "log_loss"])
    assert loss[0] < loss[1] - 0.01


def test_it_is_stored_with_its_columns(movement):
    again = kk.FittedChainMixture.from_dict(json.loads(json.dumps(movement.to_dict())))
    assert again.equals(movement)
    assert again.columns == movement.columns


def test_polars_gives_the_same(regions, movement):
    import polars as pl  # noqa: PLC0415

    careers, customers = regions
    plain = {name: customers[name].to_list() for name in customers.columns}
    ours = movement.forecast(careers, horizon="1M", customers=customers)
    theirs = movement.forecast(careers, horizon="1M", customers=pl.DataFrame(plain))
    assert ours["probability"].tolist() == theirs["probability"].tolist()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda _: None,
            (
                "ChainMixture(covariates=...) needs the columns ['region', 'age'] of every customer.\n\n"
                "Hint: give the same customers=... to fit and forecast, with customer_id and ['region', 'age']."
            ),
        ),
        (
            lambda customers: customers.assign(region="north"),
            "ChainMixture(covariates=...): ['region'] are the same for all customers.\n\nHint: leave them out.",
        ),
        (
            lambda customers: customers.assign(age=1.0),
            "ChainMixture(covariates=...): ['age'] are the same for all customers.\n\nHint: leave them out.",
        ),
    ],
    ids=["none", "one level", "one number"],
)
def test_constant_columns_are_refused(change, message, regions):
    careers, customers = regions
    with pytest.raises(kk.DataError) as refused:
        SPEC.fit(careers, customers=change(customers))
    assert str(refused.value) == message


def test_an_unseen_level_is_refused_by_name(regions, movement):
    careers, customers = regions
    with pytest.raises(kk.DataError, match=r"`region` holds levels that the fit did not see, \['west'\]"):
        movement.forecast(careers, customers=customers.assign(region="west"))


PUSH = np.array([1.0] * 11 + [6.0])
"""December lifts everyone."""


@pytest.fixture(scope="module")
def seasonal():
    return careers_of(np.tile(STAYERS * 0.5 + 0.25, (800, 1, 1)), months=30, seed=7, push=PUSH)


def test_december_is_found_and_forecast(seasonal):
    movement = kk.ChainMixture(chains=1).fit(seasonal)
    factor = movement.season().set_index(["month", "rung"])["factor"]
    assert factor[12, "high"] > 1.3
    assert factor[6, "high"] == pytest.approx(1.0, abs=0.1)
    ahead = movement.forecast(seasonal, origin="2025-06-01", horizon="6M")
    high = ahead[ahead["rung"] == "high"].groupby("ahead")["probability"].mean()
    happened = seasonal[seasonal["period_start"] == "2024-12-01"]["rung"].eq("high").mean()
    assert high[6] == pytest.approx(happened, abs=0.05)
    assert high[6] > high[5] + 0.15


def test_a_season_needs_two_whole_years(seasonal):
    """With less than two years the forecast is that of chains without a season."""
    short = seasonal[seasonal["period_start"] < "2024-12-01"]
    movement = kk.ChainMixture(chains=1).fit(short)
    assert movement.season()["factor"].eq(1.0).all()


def test_no_season_no_tilt():
    plain = careers_of(np.tile(STAYERS, (800, 1, 1)), months=26, seed=8)
    factor = kk.ChainMixture(chains=1).fit(plain).season()["factor"]
    assert (factor - 1).abs().max() < 0.15
