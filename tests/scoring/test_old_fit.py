"""An old fit scores later customers, new ones among them; a fit older than its horizon says so."""

import pytest
from attrs import evolve

import kundkarriar as kk

SCORER = kk.ValueScorer(
    purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M", costs=kk.Costs(serve_per_year=1)
)


@pytest.fixture(scope="module")
def fitted(cdnow_sample):
    """Fitted to the customers of January alone."""
    early = cdnow_sample.groupby("customer_id")["date"].transform("min") <= "1997-01-31"
    return SCORER.fit(kk.summarize(cdnow_sample[early], as_of="1997-06-30", gaps=True))


def test_later_customers_are_scored_by_the_old_parameters(fitted, cdnow_sample):
    """Law: scores are those of a scorer with the same models typed in, also of customers unknown to the fit."""
    later = kk.summarize(cdnow_sample, as_of="1997-09-30", gaps=True)
    scores = fitted.score(later)
    purchases, spend = (
        type(each)(params=each.params, **unit)
        for each, unit in ((fitted.purchases, {"period": "W"}), (fitted.spend, {}))
    )
    own = evolve(SCORER, purchases=purchases, spend=spend).fit(later)
    assert len(scores) == 2357 > fitted.purchases.n_customers
    same = [name for name in scores.columns if name != "share_beyond_data"]  # of the data of each fit
    assert scores[same].equals(own.score(later)[same])
    assert scores.notna().all(axis=None)
    drawn = fitted.draw(later, draws=20, seed=1)
    assert len(drawn.interval()) == 2357
    assert fitted.score(later, draws=drawn)["clv_high"].notna().all()


def test_a_fit_older_than_its_horizon_says_so(fitted, cdnow_sample):
    """Half a year after the fit nothing is said, a day later it is, by scores and by draws."""
    fitted.score(kk.summarize(cdnow_sample, as_of="1997-12-31"))
    later = kk.summarize(cdnow_sample, as_of="1998-01-01")
    message = (
        "ValueScorer: the purchase model was fitted to data up to 1997-06-30, and the customers are those of"
        " 1998-01-01, more than the horizon of 6 months later: scorer.purchases.drift_check(kk.summarize(...,"
        " gaps=True)) tells whether the fit is still good."
    )
    for call in (fitted.score, lambda summary: fitted.draw(summary, draws=2, seed=1)):
        with pytest.warns(kk.DataWarning) as told:
            call(later)
        assert [str(each.message) for each in told] == [message]
