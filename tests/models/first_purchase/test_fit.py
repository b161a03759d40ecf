"""The fit of the time to the first purchase: recovery, calibration, weights, order of rows, boundaries, stored form."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk

SPEC = kk.FirstPurchase(pace="channel", never="channel")


def test_parameters_of_three_channels_are_recovered(fitted, truth):
    """Within two standard errors, of positive parameters in logs; the posterior says the same."""
    estimates = fitted.estimates()
    assert estimates["parameter"].tolist() == list(truth.free_parameters())
    true, positive = np.array(list(truth.free_parameters().values())), np.arange(7) < 3
    found, error = (estimates[name].to_numpy() for name in ("estimate", "std_error"))
    ratio = np.where(positive, found / true, 1.0)
    away = np.where(positive, found * np.log(ratio), found - true)
    assert (np.abs(away) < 2 * error).all()
    assert fitted.boundary is None
    assert ((estimates["low"] < estimates["estimate"]) & (estimates["estimate"] < estimates["high"])).all()
    drawn = fitted.posterior(draws=1000, seed=1)
    assert drawn.k_hat < 0.5
    assert drawn.names == tuple(truth.free_parameters())
    # medians of a thousand draws have errors of a twentieth of a standard deviation
    assert np.abs(np.median(drawn.values, axis=0) - found) == pytest.approx(np.zeros(7), abs=0.3 * error.max())
    assert np.sqrt(np.diag(fitted.vcov().iloc[:, 1:])) == pytest.approx(error)


def test_probabilities_hold_on_other_leads(fitted, truth):
    """Nine of ten bins of predicted probability hold the observed share within their 90 % band, on leads not fitted."""
    generator = np.random.default_rng(1)
    n = 10_000
    channel = pd.DataFrame({"channel": generator.choice(["ads", "store", "web"], n)})
    age = generator.integers(1, 730, n) / (365.25 / 12)
    whole = truth.simulate(age + 12, customers=channel, seed=generator)
    open_then = whole["months"] > age
    then = whole.assign(months=np.minimum(whole["months"], age), months_known=age, bought=False)[open_then]
    p = fitted.predict(then, horizon=12)["p_first_purchase"].to_numpy()
    bought = whole["bought"].to_numpy()[open_then]
    inside = 0
    for some in np.array_split(np.argsort(p, kind="stable"), 10):
        spread = np.sqrt(np.sum(p[some] * (1 - p[some])))
        inside += abs(bought[some].sum() - p[some].sum()) < 1.645 * spread
    assert inside >= 9


def test_events_change_the_pace_from_their_day_on():
    """A quote that triples the pace, known to a fifth; without its event the model would not see it."""
    truth = kk.FittedFirstPurchase(
        params=kk.FirstPurchaseParams(alpha=2.0, beta=30.0, never=0.3), effects=kk.LeadEffects(events={"quote": 1.1})
    )
    generator = np.random.default_rng(4)
    quote = np.where(generator.random(4000) < 0.5, generator.integers(0, 400, 4000) / (365.25 / 12), np.nan)
    table = truth.simulate([24.0] * 4000, customers=pd.DataFrame({"quote_after": quote}), seed=generator)
    fitted = kk.FirstPurchase(events="quote").fit(table)
    estimate = fitted.estimates().set_index("parameter").loc["pace:quote_after"]
    assert abs(estimate["estimate"] - 1.1) < 2 * estimate["std_error"] < 0.4
    assert fitted.effects.event_names == ("quote",)


def test_weights_are_repeated_rows(truth):
    """A row with weight 3 is three leads; the order of rows is nothing, to the last digit."""
    table = truth.simulate(
        np.arange(1, 601) % 30 + 1.0, customers=pd.DataFrame({"channel": ["ads", "store", "web"] * 200}), seed=2
    ).drop(columns="customer_id")
    counts = np.arange(600) % 3 + 1
    weighted = SPEC.fit(table.assign(number=counts), weights="number")
    repeated = SPEC.fit(table.loc[np.repeat(np.arange(600), counts)])
    assert weighted.n_customers == repeated.n_customers == counts.sum()
    assert weighted.params == repeated.params
    assert weighted.effects == repeated.effects
    turned = SPEC.fit(table.loc[np.repeat(np.arange(600), counts)].iloc[::-1])
    assert turned.params == repeated.params
    total = weighted.log_likelihood_of(table.assign(number=counts), weights="number")
    assert total == pytest.approx(weighted.log_likelihood, rel=1e-12)


def test_customers_and_their_table_give_one_fit(lead_table):
    """A fit of customers with transactions is that of `kk.leads`; pandas and polars agree."""
    some = lead_table.iloc[:800]
    contact = pd.Timestamp("2026-10-31") - pd.to_timedelta((some["months_known"] * 365.25 / 12).round(), unit="D")
    days = pd.to_timedelta((some["months"] * 365.25 / 12).round(), unit="D")
    customers = pd.DataFrame({"customer_id": some["customer_id"], "first_contact": contact, "channel": some["channel"]})
    orders = pd.DataFrame({"customer_id": some["customer_id"], "date": contact + days, "amount": 9.0})[some["bought"]]
    fitted = SPEC.fit(customers, orders, as_of="2026-10-31")
    assert fitted.params == SPEC.fit(kk.leads(customers, orders, as_of="2026-10-31")).params
    assert fitted.log_likelihood == pytest.approx(SPEC.fit(some).log_likelihood, rel=1e-9)
    other = SPEC.fit(pl.from_pandas(customers), pl.from_pandas(orders), as_of="2026-10-31")
    assert other.params == fitted.params


def test_a_share_that_never_buys_may_not_be_identifiable():
    """Where everybody buys in the end the boundary says so, and posterior draws stay proper."""
    truth = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=4.0, beta=8.0, never=0.0))
    with pytest.warns(kk.DataWarning, match="the share of leads who never buy is not identifiable"):
        fitted = kk.FirstPurchase().fit(truth.simulate([60.0] * 2000, seed=1))
    assert fitted.params.never < 0.01
    assert fitted.estimates()["std_error"].isna().all()
    assert np.quantile(fitted.posterior(draws=200, seed=1)["never"], 0.9) < 0.05


def test_leads_may_all_be_alike():
    """Where all leads buy at one pace, how they differ is named as what is not identifiable."""
    truth = kk.FittedFirstPurchase(params=kk.FirstPurchaseParams(alpha=2e5, beta=18e5, never=0.3))
    with pytest.warns(kk.DataWarning, match="how much leads who ever buy differ in their pace is not identifiable"):
        fitted = kk.FirstPurchase().fit(truth.simulate([48.0] * 3000, seed=1))
    assert fitted.params.alpha / (fitted.params.alpha + fitted.params.beta) == pytest.approx(0.1, rel=0.1)


def test_stored_fit_predicts_alike(fitted, lead_table):
    """Written and read as JSON the fit is equal, and predicts the same."""
    again = kk.FittedFirstPurchase.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    some = lead_table.iloc[:50]
    pd.testing.assert_frame_equal(again.predict(some, horizon="6M"), fitted.predict(some, horizon="6M"))
    assert kk.FirstPurchase.from_dict(SPEC.to_dict()) == SPEC
