"""The purchase model of an earlier career, held against what came since: `drift`, and the warning of `changed`."""

import json

import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk

SCORER = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="12M")
SPEC = kk.CustomerCareer(scorer=SCORER)


@pytest.fixture(scope="module")
def now(cdnow_sample):
    return SPEC.fit(cdnow_sample, as_of="1998-06-30", seed=1, draws=5)


@pytest.fixture(scope="module")
def half_a_year_ago(cdnow_sample):
    return SPEC.fit(cdnow_sample, as_of="1997-12-31", seed=1, draws=5)


@pytest.fixture(scope="module")
def a_quarter_ago(cdnow_sample):
    return SPEC.fit(cdnow_sample, as_of="1998-03-31", seed=1, draws=5)


def test_it_is_the_check_of_the_earlier_model(now, half_a_year_ago, cdnow_sample):
    """Law: the purchase days that the career holds say what a summary with gaps says, also of a career read back."""
    later = kk.summarize(cdnow_sample, as_of="1998-06-30", gaps=True)
    usual = half_a_year_ago.scorer.purchases.drift_check(later)
    stored = kk.FittedCareer.from_dict(json.loads(json.dumps(half_a_year_ago.to_dict())))
    for previous in (half_a_year_ago, stored):
        check = now.drift(previous)
        assert check.verdict == "still good"
        pd.testing.assert_frame_equal(check.table(), usual.table())
        assert len(now.changed(previous)) > 0


def test_changed_warns_where_the_model_has_drifted(now, a_quarter_ago):
    """In the last quarter of CDNOW customers bought less than forecast: the reader of changed classes hears of it."""
    check = now.drift(a_quarter_ago)
    assert check.verdict == "refit"
    with pytest.warns(kk.DataWarning) as told:
        changed = now.changed(a_quarter_ago)
    assert [str(each.message) for each in told] == [
        (
            "career.changed: the purchase model of the previous career has drifted, so that classes may have changed"
            f" with the fit: {check.reason}. career.drift(previous).table() has the numbers."
        )
    ]
    assert list(changed.columns)[-1] == "clv_now"


def test_what_cannot_be_told_is_not_warned_of(now, a_quarter_ago, message_of):
    """A career read back has no purchases: `changed` says the same, and `drift` says why it cannot."""
    stored = kk.FittedCareer.from_dict(json.loads(json.dumps(now.to_dict())))
    assert len(stored.changed(a_quarter_ago)) > 0
    assert message_of(kk.CapabilityError, lambda: stored.drift(a_quarter_ago)) == (
        "a career that was read back has no history: results are stored, not purchases.\n\n"
        "Hint: career.career.fit(transactions, as_of=career.as_of, seed=career.seed) of the same data, with "
        "customers= and events= as then, has it."
    )
    assert "the previous career is as of 1998-06-30" in message_of(kk.DataError, lambda: now.drift(now))


def test_given_parameters_forecast_from_the_earlier_careers_day(cdnow_sample):
    """They know no last day; a season of the earlier scorer, and polars, are taken along."""
    season = kk.Season(index=[1] * 11 + [2])
    params = kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614)
    spec = evolve(SPEC, scorer=evolve(SCORER, purchases=kk.FittedMBGNBD(params=params, period="W"), season=season))
    rows = pl.DataFrame({name: cdnow_sample[name].to_list() for name in ("customer_id", "date", "amount")})
    before, after = (spec.fit(rows, as_of=day, seed=1, draws=5) for day in ("1997-09-30", "1997-12-31"))
    check = after.drift(before)
    assert (check.as_of, check.until, check.actual) == ("1997-09-30", "1997-12-31", 731)
    assert len(check.table()) == 3
