"""Laws of groups held against groups to come: kept, broken, and broken in the long run only."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

LADDER = kk.CustomerLadder.groups()
AS_OF = "1998-06-30"


@pytest.fixture(scope="module")
def cdnow_sample(cdnow_sample):
    """A third of the sample."""
    return cdnow_sample[cdnow_sample["customer_id"] % 3 == 0]


@pytest.fixture(scope="module")
def history(cdnow_sample):
    return LADDER.history(cdnow_sample, as_of=AS_OF)


@pytest.fixture(scope="module")
def scorer(cdnow_sample):
    summary = kk.summarize(cdnow_sample, as_of=AS_OF)
    return kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M").fit(summary)


@pytest.fixture(scope="module")
def micro(scorer, history):
    return kk.Microsimulation(process=scorer, draws=10, seed=1).fit(history)


def test_the_groups_of_cdnow_keep_the_laws(micro, history):
    checks = kk.forecast_group_checks(micro, history, horizon="2M")
    assert checks["ahead"].tolist() == pytest.approx([1, 2, np.nan, np.nan], nan_ok=True)
    assert checks["passed"].all()
    assert checks["informative"].all()
    assert checks["probability"].tolist() == pytest.approx([1, 1, np.nan, np.nan], nan_ok=True)
    sizes = micro.sizes(history, horizon="2M").groupby(["ahead", "rung"])["expected"].sum()
    assert checks["value"][1] == pytest.approx(sizes[2, "moving"])
    assert checks["limit"][1] == pytest.approx(sizes[2, "exclusive"])
    now = micro.value(history)
    own = now[(now["part"] == "rung now") & (now["rung"] == "exclusive")]["per_customer"].item()
    assert checks["value"][2] == pytest.approx(own)


@pytest.fixture(scope="module")
def weekly():
    """Customers who buy every month, and a few who bought once: more are exclusive than moving."""
    days = pd.date_range("2023-01-15", "2025-06-15", freq="30D")
    rows = [pd.DataFrame({"customer_id": each, "date": days, "amount": 5.0 + each}) for each in range(12)]
    once = pd.DataFrame({"customer_id": [50, 51], "date": [days[3], days[9]], "amount": 900.0})
    return LADDER.history(pd.concat([*rows, once], ignore_index=True), as_of="2025-06-30")


def test_more_exclusive_than_moving_customers_are_told(weekly):
    process = kk.FittedNBD(params=kk.NBDParams(r=1.0, alpha=5.0), period="W")
    micro = kk.Microsimulation(process=process, draws=20, seed=1, level=kk.Level(sd=0.0)).fit(weekly)
    checks = kk.forecast_group_checks(micro, weekly, horizon="1M")
    row = checks.iloc[0]
    assert not row["passed"]
    assert row["probability"] == 0.0
    need = int(np.floor(row["limit"] - row["value"])) + 1
    assert row["message"] == (
        f"in 1 month {row['value']:.0f} moving and {row['limit']:.0f} exclusive accounts: {need} new moving accounts "
        "would keep the law"
    )
    assert (
        checks["message"].tolist()[1:]
        == ["not checked: no scorer with amounts counts the value of a microsimulation"] * 2
    )


class Chains:
    """A movement without draws, with a steady state that has as many moving as exclusive customers."""

    def forecast(self, history, *, origin=None, horizon="6M"):
        raise NotImplementedError

    time_to = forecast

    def sizes(self, history, *, horizon="6M", level=0.9):  # noqa: ARG002
        rung, number = ["moving", "moving", "recurring", "exclusive"], [3.0, 4.0, 2.0, 6.5]
        return pd.DataFrame({"ahead": 1, "rung": rung, "lapsed": [True, False] * 2, "expected": number})

    def steady_state(self):
        return pd.DataFrame({"rung": ["moving", "recurring", "exclusive"], "share": [0.05, 0.79, 0.16]})


def test_a_steady_state_that_breaks_the_law_is_told(history):
    checks = kk.forecast_group_checks(Chains(), history, horizon="1M")
    assert checks["passed"].tolist() == [True, False, True, True]
    assert checks["probability"].isna().all()
    assert checks["message"][0] == "in 1 month 7 moving and 6 exclusive accounts"
    assert checks["message"][1] == (
        "in the long run 0.050 of today's customers are moving and 0.160 exclusive: without newcomers too few stay on "
        "the way to become exclusive"
    )


def test_chains_of_the_library_are_held_against_the_law_too(cdnow_sample):
    ladder = kk.CustomerLadder(rungs=LADDER.rungs, lapse=None)
    history = ladder.history(cdnow_sample, as_of=AS_OF)
    chains = kk.ChainMixture(chains=1, mass=10, starts=1).fit(history.careers())
    shares = chains.steady_state().set_index("rung")["share"]
    row = kk.forecast_group_checks(chains, history, horizon="1M").iloc[1]
    assert (row["value"], row["limit"]) == pytest.approx((shares["moving"], shares["exclusive"]))


def test_bad_input_is_refused_in_words(micro, cdnow_sample):
    other = kk.CustomerLadder.kundkarriar().history(cdnow_sample, as_of=AS_OF)
    with pytest.raises(kk.DataError) as raised:
        kk.forecast_group_checks(micro, other)
    assert str(raised.value) == (
        "forecast_group_checks needs the rungs moving, recurring, exclusive; there is no exclusive.\n\n"
        "Hint: kk.CustomerLadder.groups().history(transactions, as_of=...), and a movement that is fitted to it."
    )
    with pytest.raises(kk.DataError, match="`movement` must be a fitted movement, got 'chains'"):
        kk.forecast_group_checks("chains", other)
