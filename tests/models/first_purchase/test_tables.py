"""Tables of conversion and of open quotes by their age, new leads, and simulated leads."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk


def test_conversion_of_the_model_stands_beside_the_observed_one(fitted, lead_table):
    """The two agree by channel within the observed interval; without `by` one row holds all leads."""
    table = fitted.conversion(lead_table, by="channel", horizon="12M")
    assert table["channel"].tolist() == ["ads", "store", "web"]
    assert table["leads"].tolist() == lead_table.groupby("channel").size().tolist()
    assert table["bought"].tolist() == lead_table.groupby("channel")["bought"].sum().tolist()
    assert ((table["low"] < table["p"]) & (table["p"] < table["high"])).all()
    assert ((table["observed_low"] < table["observed"]) & (table["observed"] < table["observed_high"])).all()
    width = table["observed_high"] - table["observed_low"]
    assert (np.abs(table["p"] - table["observed"]) < 0.7 * width).all()
    assert (table["high"] - table["low"] < 1.1 * width).all()
    for channel, p in zip(table["channel"], table["p"], strict=True):
        assert fitted.new_lead("12M", profile={"channel": channel}) == pytest.approx(p, rel=1e-9)
    alone = fitted.conversion(lead_table, horizon="12M", draws=20)
    assert len(alone) == 1
    assert alone["p"][0] == pytest.approx(np.average(table["p"], weights=table["leads"]))


def test_conversion_by_a_number_in_polars_of_given_parameters(truth, lead_table):
    """Groups are the values of any column; without a fit there is no interval of the model."""
    table = truth.conversion(pl.from_pandas(lead_table.assign(half=lead_table["customer_id"] % 2)), by="half")
    assert isinstance(table, pl.DataFrame)
    assert table["half"].to_list() == [0.0, 1.0]
    assert table["low"].null_count() == 2
    nobody = truth.conversion(lead_table[lead_table["months_known"] < 6], by="channel", horizon="12M")
    assert nobody["observed"].isna().all()


def test_open_quotes_grow_cold():
    """The chance of an order falls with the age of a quote, and its interval holds the truth."""
    truth = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=1.0, beta=1.5, never=0.3))
    simulated = truth.simulate([18.0] * 3000, seed=4)
    sent = np.datetime64("2025-01-31")
    orders = sent + np.round(simulated["months"] * 365.25 / 12).astype(int).to_numpy() - 1
    events = pd.DataFrame({"customer_id": np.arange(3000), "date": pd.Timestamp(sent), "event": "quote"})
    bought = simulated["bought"].to_numpy()
    frame = pd.DataFrame({"customer_id": np.arange(3000)[bought], "date": orders[bought], "amount": 1.0})
    frame["date"] = pd.to_datetime(frame["date"])
    table = kk.quotes(events, frame, as_of=str(sent + round(18 * 365.25 / 12) - 1))
    fitted = kk.FirstPurchase().fit(table)
    ages = fitted.by_age([0, 1, 3, 6, 12], horizon="1M")
    assert (np.diff(ages["p"]) < 0).all()
    true = truth.by_age([0, 1, 3, 6, 12], horizon="1M")["p"]
    assert ((ages["low"] < ages["p"]) & (ages["p"] < ages["high"])).all()
    assert ((ages["low"] < true) & (true < ages["high"])).sum() >= 4


def test_simulated_leads_are_those_of_kk_leads(truth):
    """Months of whole days, above 0, no longer than known; the same seed gives the same leads."""
    channel = pd.DataFrame({"channel": ["ads", "web"] * 100})
    one, other = (truth.simulate(np.arange(1.0, 201.0) / 10, customers=channel, seed=3) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)
    days = one["months"][one["bought"]] * 365.25 / 12
    assert days.to_numpy() == pytest.approx(days.round())
    assert ((one["months"] > 0) & (one["months"] <= one["months_known"])).all()
    assert (one["months"] == one["months_known"])[~one["bought"]].all()
    assert len(truth.read(one)) == 200
