"""Fits and predictions of models on lazy tables are those of pandas, and so are their errors."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.summaries.lazy import row_by_row


@pytest.fixture(scope="module")
def summary(cdnow_sample):
    """A summary with prospects, and with customers who may be older than the data."""
    rows = kk.summarize(cdnow_sample, as_of="1997-09-30", gaps=True)
    return rows.drop(columns=["gaps"])


@pytest.fixture(scope="module")
def with_prospects(summary):
    prospects = summary.tail(5).assign(
        customer_id=[-1, -2, -3, -4, -5], frequency=0, n_transactions=0, recency=np.nan, T=np.nan, monetary_value=np.nan
    )
    return pd.concat([summary, prospects], ignore_index=True)


MODELS = {
    "average": (kk.ModelAverage(), {"horizon": 39.0, "also": ("p_purchase",)}),
    "plain": (kk.NBD(), {"horizon": 39.0}),
    "spend": (kk.GammaGamma(first_order=True), {}),
    "own price": (kk.OwnPrice(), {}),
}


@pytest.mark.parametrize("name", MODELS)
def test_a_lazy_table_gives_the_fit_and_the_predictions_of_pandas(
    name, lazy_kind, with_prospects, to_engine, same_rows
):
    """Distinct rows with counts have the likelihood of all rows, and each row the prediction of its distinct row."""
    spec, given = MODELS[name]
    lazy = to_engine(lazy_kind, with_prospects)
    expected, found = spec.fit(with_prospects), spec.fit(lazy)
    at, to = (each.estimates()["estimate"] for each in (expected, found))
    np.testing.assert_allclose(np.asarray(to, dtype=float), np.asarray(at, dtype=float), rtol=1e-6)
    assert [each.report.prospects for each in getattr(found, "members", ())] == [
        each.report.prospects for each in getattr(expected, "members", ())
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(row_by_row, "eagerly", None)  # nothing is predicted in memory as a whole
        answer = expected.predict(lazy, **given)
    assert type(answer) is type(lazy)
    same_rows(answer, expected.predict(with_prospects, **given))


@pytest.mark.filterwarnings("ignore::kundkarriar.DataWarning")
def test_gaps_and_marks_of_older_customers_are_read_on_lazy_tables(lazy_kind, cdnow_sample, to_engine, same_rows):
    """ReturningNBD reads gaps, and customers older than the data have a law of their own."""
    rows = kk.summarize(cdnow_sample, as_of="1997-12-31", gaps=True, burn_in="2W")
    lazy, spec = to_engine(lazy_kind, rows.head(600)), kk.MBGNBD()
    fitted = spec.fit(rows)
    assert spec.fit(to_engine(lazy_kind, rows)).report.older_test == fitted.report.older_test
    same_rows(fitted.discounted(lazy, discount_rate=0.1), fitted.discounted(rows.head(600), discount_rate=0.1))
    params = kk.ReturningNBDParams(m1=-2.0, s1=1.0, m2=-3.0, s2=1.0, nu=0.1)
    returning = kk.FittedReturningNBD(params=params, period="W")
    same_rows(returning.predict(lazy, horizon=10), returning.predict(rows.head(600), horizon=10))


def test_opportunities_and_memberships_may_be_lazy(lazy_kind, to_engine, same_rows):
    """BG/BB and the shifted beta-geometric too are fitted to distinct rows."""
    donors = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8), every="Y")
    members = kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=0.7, beta=3.8), every="Y")
    tables = (donors.simulate([6] * 2000, seed=1), members.simulate([6] * 2000, seed=1))
    for spec, table in zip((kk.BGBB(), kk.ShiftedBetaGeometric()), tables, strict=True):
        lazy = to_engine(lazy_kind, table)
        expected, found = spec.fit(table), spec.fit(lazy)
        np.testing.assert_allclose(
            list(found.free_parameters().values()), list(expected.free_parameters().values()), rtol=1e-6
        )
        same_rows(expected.predict(lazy, horizon=3), expected.predict(table, horizon=3))


def test_covariates_stand_in_the_lazy_table_or_beside_it(lazy_kind, summary, to_engine, same_rows):
    """Equal rows are equal in their covariates too; covariates of another frame are joined in memory."""
    channel = np.where(np.arange(len(summary)) % 3 == 0, "web", "shop")
    spec = kk.MBGNBD(covariates=kk.Covariates(purchase=("channel",)))
    given = summary.assign(channel=channel)
    expected, lazy = spec.fit(given), to_engine(lazy_kind, given)
    assert spec.fit(lazy).log_likelihood == pytest.approx(expected.log_likelihood, abs=1e-6)
    same_rows(expected.predict(lazy, horizon=10), expected.predict(given, horizon=10))
    beside = given[["customer_id", "channel"]]
    answer = expected.predict(to_engine(lazy_kind, summary), horizon=10, customers=beside)
    same_rows(answer, expected.predict(summary, horizon=10, customers=beside))


BROKEN = {
    "late": lambda rows: rows.assign(recency=rows["recency"].where(rows.index != 7, rows["T"] + 1)),
    "twice": lambda rows: rows.assign(customer_id=rows["customer_id"].where(rows.index != 7, 4)),
    "column": lambda rows: rows.drop(columns=["T"]),
    "units": lambda rows: rows.assign(period=np.where(rows.index == 7, "M", "W")),
}


@pytest.mark.parametrize("law", BROKEN)
def test_errors_are_those_of_pandas(law, lazy_kind, summary, to_engine):
    """Whatever is wrong with a table is said in the same words, with the same counts and rows."""
    rows = BROKEN[law](summary).drop(columns=["first_purchase", "last_purchase"], errors="ignore")
    fitted = kk.MBGNBD().fit(summary)
    for act in (lambda table: kk.MBGNBD().fit(table), lambda table: fitted.predict(table, horizon=4)):
        with pytest.raises(kk.DataError) as expected:
            act(rows)
        with pytest.raises(kk.DataError) as found:
            act(to_engine(lazy_kind, rows))
        assert str(found.value) == str(expected.value)


def test_an_argument_is_refused_before_anything_is_collected(lazy_kind, summary, to_engine):
    """A wrong horizon costs one row."""
    fitted = kk.MBGNBD().fit(summary)
    with pytest.raises(kk.DataError, match="`horizon` must be"):
        fitted.predict(to_engine(lazy_kind, summary), horizon=-1)
