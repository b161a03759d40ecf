"""The last day of the data that a purchase model was fitted to stands in its report."""

import json

import pytest

import kundkarriar as kk

DECEMBER = kk.Season(index=[1] * 11 + [2])


@pytest.mark.parametrize("how", [{}, {"gaps": True}, {"season": DECEMBER}, {"period": "M"}, {"merge": "s"}], ids=str)
def test_a_fit_knows_the_last_day_of_its_data(cdnow_sample, how):
    """It is read from the column `as_of`, or from the first purchase and T; it is stored."""
    fitted = kk.MBGNBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30", **how))
    assert fitted.report.as_of == "1997-09-30"
    assert kk.FittedMBGNBD.from_dict(json.loads(json.dumps(fitted.to_dict()))).report == fitted.report


def test_where_the_table_does_not_say_the_day_nobody_knows_it(cdnow_sample):
    """Tables without dates, dates of several days, dates that are none: fitted all the same."""
    summary = kk.summarize(cdnow_sample, as_of="1997-09-30")
    halves = summary.assign(as_of=["1997-09-30"] * 1000 + ["1997-10-31"] * (len(summary) - 1000))
    rounded = summary.round({"recency": 2, "T": 2})
    for table in (summary.drop(columns="first_purchase"), halves, summary.assign(as_of=7), rounded):
        assert kk.MBGNBD().fit(table).report.as_of is None
    assert kk.MBGNBD().fit(kk.distinct_rows(summary), weights="n_customers").report.as_of is None
    assert kk.GammaGamma().fit(summary).report.as_of is None
    assert kk.FittedNBD(params=kk.NBDParams(r=1, alpha=1), period="W").report.as_of is None


def test_a_fit_of_before_the_field_is_read(cdnow_sample, message_of):
    stored = kk.NBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30")).to_dict()
    stored["report"].pop("as_of")
    assert kk.FittedNBD.from_dict(stored).report.as_of is None
    stored["report"]["as_of"] = "30.9.1997"
    assert "`as_of` must be a date, got '30.9.1997'." in message_of(
        kk.DataError, lambda: kk.FittedNBD.from_dict(stored)
    )
