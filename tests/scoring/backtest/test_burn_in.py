"""Burn-in of a backtest: fits tell older customers apart as a career's fit does, forecasts are of everyone."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

pytestmark = pytest.mark.weak_fit

SPEC = kk.Backtest(
    scorer=kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M"),
    origins=2,
    horizon="3M",
    draws=10,
)
MARKED = (
    "backtest, as of 2025-09-30: 60 of 260 customers were first seen within 3 months of the start of the data "
    '(2025-01-01): their beginning is not known (entry "unknown").'
)


@pytest.fixture(scope="module")
def orders():
    """200 customers who come in the course of a year, and 60 from before, who buy every two weeks."""
    new = kk.testing.make_transactions(customers=200, seed=1, start="2025-04-05", until="2025-12-31", joining="5M")
    days = pd.date_range("2025-01-01", "2025-12-31", freq="14D")
    who = np.repeat(np.arange(1000, 1060), len(days))
    return pd.concat([new, pd.DataFrame({"customer_id": who, "date": np.tile(days, 60), "amount": 20.0 + who % 7})])


def run(orders, *, burn_in, customers=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        return evolve(SPEC, burn_in=burn_in).run(orders, customers=customers)


@pytest.fixture(scope="module")
def results(orders):
    return {burn_in: run(orders, burn_in=burn_in) for burn_in in (None, "3M")}


@pytest.fixture(scope="module")
def careers(orders):
    spec = kk.CustomerCareer(scorer=SPEC.scorer)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        return {
            burn_in: spec.fit(orders, as_of="2025-12-31", seed=1, draws=10, burn_in=burn_in) for burn_in in (None, "3M")
        }


def test_the_forecast_is_that_of_a_fit_to_the_summary_with_the_burn_in(orders, results):
    """Of all customers, each at their own law."""
    summary = kk.summarize(orders, as_of="2025-09-30", burn_in="3M", regularity=True)
    fitted = evolve(SPEC.scorer, horizon="92D").fit(summary)
    scores = fitted.score(summary)
    assert (len(scores), (summary["entry"] == "unknown").sum()) == (260, 60)
    assert fitted.purchases.report.older_test.older == 60
    row = results["3M"].summary().iloc[0]
    assert (row["origin"], row["customers"]) == ("2025-09-30", 260)
    assert row["purchases_predicted"] == pytest.approx(scores["expected_purchases"].sum())
    assert [at.older for at in results["3M"].reports] == [60, 60]


def test_only_the_model_reads_the_burn_in(results):
    """Law: outcomes, customers and rules of thumb are the same with and without; the model is another."""
    one, other = (results[burn_in].summary() for burn_in in (None, "3M"))
    same = ["origin", "until", "rule", "customers", "purchases_actual", "sales_actual", "newcomers", "newcomer_sales"]
    pd.testing.assert_frame_equal(one[same], other[same])
    rules = one["rule"] != "model"
    pd.testing.assert_frame_equal(one[rules], other[rules])
    assert (one.loc[~rules, "purchases_predicted"] != other.loc[~rules, "purchases_predicted"]).all()
    assert [at.older for at in results[None].reports] == [0, 0]


def test_a_burn_in_in_which_nobody_came_changes_nothing(orders, results):
    """Law: where everyone's first contact is known, the result is that without a burn-in.

    Of newcomers to come it is not: who arrives is counted from the end of the burn-in on.
    """
    known = pd.DataFrame({"customer_id": orders["customer_id"].unique()}).assign(
        first_contact=pd.Timestamp("2025-01-01")
    )
    found = run(orders, burn_in="3M", customers=known)
    assert [at.older for at in found.reports] == [0, 0]
    told, without = (
        each.summary().drop(columns=["newcomers_predicted", "newcomer_sales_predicted"])
        for each in (found, results[None])
    )
    pd.testing.assert_frame_equal(told, without)
    pd.testing.assert_frame_equal(found.by_kind(), results[None].by_kind())


def test_the_customers_left_out_are_told_once(orders):
    """As of the latest origin, not at each."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frame = kk.backtest(SPEC.scorer, orders, origins=2, horizon="3M", burn_in="3M", draws=10)
    entries = [str(each.message) for each in told if "entry" in str(each.message)]
    assert entries == [MARKED]
    assert len(frame[frame["rule"] == "model"]) == 2


def test_a_career_is_judged_by_a_backtest(careers, results):
    for burn_in, career in careers.items():
        assert career.checks(results[burn_in])["informative"].tail(5).all()
        assert "calibration by the backtest" in career.bridge(backtest=results[burn_in])["line"].to_list()
        assert len(career.draws.total(backtest=results[burn_in])) == 2


def test_older_customers_and_the_others_are_kinds(results):
    """Where a burn-in marks customers; each row counts its own, and both together are everyone."""
    found = results["3M"].by_kind().query("measure == 'purchases'").set_index(["kind", "origin"])
    for origin in ("2025-09-30", "2025-08-15", "all"):
        parts = [found.loc[kind, origin] for kind in ("older than the data", "seen from their first purchase")]
        whole = found.loc["everyone", origin]
        for column in ("customers", "predicted", "actual"):
            assert sum(part[column] for part in parts) == pytest.approx(whole[column])
    assert found.loc[("older than the data", "2025-09-30"), "customers"] == 60
    assert "older than the data" not in set(results[None].by_kind()["kind"])
    old = found.loc[("older than the data", "all")]
    assert old["ratio"] == pytest.approx(1.0, abs=0.1)


def test_parameters_that_were_typed_in_are_fitted_to_nobody(orders, careers):
    """So that no burn-in can be another."""
    given = kk.FittedMBGNBD(params=careers["3M"].scorer.purchases.params, period="W")
    spec = kk.CustomerCareer(scorer=evolve(SPEC.scorer, purchases=given))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        career = spec.fit(orders, as_of="2025-12-31", seed=1, draws=10)
        result = evolve(SPEC, scorer=spec.scorer, burn_in="3M").run(orders)
    assert career.checks(result)["informative"].tail(5).all()


def test_a_career_without_amounts_has_no_backtest(orders, results):
    visits = orders.drop(columns="amount").assign(kind="purchase")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        career = kk.CustomerCareer(scorer=SPEC.scorer).fit(visits, as_of="2025-12-31", seed=1, draws=10)
    assert career.checks()["message"].iloc[-1] == (
        "not checked: the purchases have no amounts, and backtests value them"
    )
    with pytest.raises(kk.CapabilityError) as error:
        career.checks(backtest=results[None])
    assert str(error.value) == (
        "a backtest counts money, and the purchases have no amounts.\n\nHint: leave backtest= out."
    )


def test_dicts_from_before_burn_ins_are_read_and_written():
    """Without a burn-in the dict is the one of before; with one it comes back."""
    stored = SPEC.to_dict()
    assert "burn_in" not in stored
    assert kk.Backtest.from_dict(stored) == SPEC
    told = evolve(SPEC, burn_in="90D")
    assert told.to_dict() == {**stored, "burn_in": "90D"}
    assert kk.Backtest.from_dict(json.loads(json.dumps(told.to_dict()))) == told
    with pytest.raises(kk.DataError) as error:
        kk.Backtest.from_dict({**stored, "burn_in": "soon"})
    assert str(error.value) == (
        "a stored backtest holds a value that to_dict() never writes in `burn_in`: `burn_in` must be a span of time: a "
        "number above 0, then D, W, M or Y, got 'soon'.\n\n"
        'Hint: write "12M" or "90D".'
    )
