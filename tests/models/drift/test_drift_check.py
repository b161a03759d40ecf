"""An old fit held against what came since: verdicts in simulation and on CDNOW, laws, and what is refused."""

import warnings

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.models.drift.drift_check import drift_check
from kundkarriar.models.drift.total_variance import total_std_error

START = np.datetime64("2024-01-01")
FIT, SINCE = str(START + 364), str(START + 364 + 182)
FREQUENT = {"r": 3.0, "alpha": 4.0, "a": 1.0, "b": 9.0}


def simulated(seed, *, customers=1500, rate=1.0, odds=1.0):
    """Purchases of MBG/NBD customers over 365 + 182 days; after 365 days rates and odds of leaving are multiplied."""
    generator = np.random.default_rng(seed)
    rates = generator.gamma(FREQUENT["r"], 1 / FREQUENT["alpha"], customers) / 7
    leaves = generator.beta(FREQUENT["a"], FREQUENT["b"], customers)
    later = odds * leaves / (1 - leaves + odds * leaves)
    days = []
    for slow, p, p_later in zip(rates, leaves, later, strict=True):
        time, bought, stays = generator.integers(0, 90) + 0.5, [], True
        while time < 365 + 182:
            bought.append(int(time))
            if not stays or generator.random() < (p if time < 365 else p_later):
                break
            wait = generator.exponential() / slow
            quick = max(time + wait - max(time, 365.0), 0.0)  # what of the wait lies after the change
            time = time + wait - quick + quick / rate
        days.append(sorted(set(bought)))
    return pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(customers), [len(each) for each in days]),
            "date": (START + np.concatenate(days)).astype("datetime64[us]"),
            "kind": "purchase",
        }
    )


def checked(transactions, model=None, **given):
    fitted = (model or kk.MBGNBD()).fit(kk.summarize(transactions, as_of=FIT))
    return fitted.drift_check(kk.summarize(transactions, as_of=SINCE, gaps=True), **given)


def test_without_a_change_the_fit_is_still_good():
    """Of fifteen bases that go on as they were, no fit is to refit, and none where the true parameters are known."""
    true = kk.FittedMBGNBD(params=kk.MBGNBDParams(**FREQUENT), period="W")
    for seed in range(15):
        transactions = simulated(seed, customers=600)
        later = kk.summarize(transactions, as_of=SINCE, gaps=True)
        fitted = kk.MBGNBD().fit(kk.summarize(transactions, as_of=FIT))
        for check in (fitted.drift_check(later), true.drift_check(later, as_of=FIT)):
            assert check.verdict == "still good", check.reason


@pytest.mark.parametrize("change", [{"rate": 1.5}, {"rate": 1 / 1.5}, {"odds": 2.0}], ids=str)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_planted_change_is_found(change, seed):
    """Rates 1.5 times as high or low, or the odds of leaving doubled: the level of the total shows it."""
    check = checked(simulated(seed, **change))
    assert check.verdict == "refit"
    level = check.measures[0]
    assert not level.passed
    assert (level.since > 1) == (change.get("rate", 0) > 1)


@pytest.mark.weak_fit
def test_customers_who_part_ways_are_found_at_an_unchanged_level():
    """Half of the customers stop, the other half buy for them: scatter and distribution change, the level hardly."""
    transactions = simulated(1)
    later = transactions[transactions["date"] > np.datetime64(FIT)]
    stopped = later["customer_id"] % 2 == 0
    days = pd.to_timedelta(np.random.default_rng(1).integers(1, 4, stopped.sum()), unit="D")
    moved = later[stopped].assign(
        customer_id=lambda rows: rows["customer_id"] + 1, date=lambda rows: rows["date"] + days
    )
    moved = moved[moved["customer_id"].isin(transactions["customer_id"]) & (moved["date"] <= np.datetime64(SINCE))]
    parted = pd.concat([transactions.drop(later.index[stopped]), moved])
    check = checked(parted)
    level, scatter, distribution = check.measures
    assert check.verdict == "refit"
    assert 0.85 < level.since < 1.1
    assert not scatter.passed
    assert not distribution.passed


@pytest.mark.parametrize(
    ("model", "fit", "since", "verdict"),
    [
        (kk.MBGNBD(), "1997-06-30", "1997-12-31", "refit"),
        (kk.MBGNBD(), "1997-12-31", "1998-06-30", "still good"),
        (kk.ReturningNBD(), "1997-06-30", "1997-12-31", "still good"),
        (kk.NBD(), "1997-06-30", "1997-12-31", "refit"),
    ],
    ids=str,
)
def test_verdicts_on_cdnow(cdnow, model, fit, since, verdict):
    """Silent customers come back within the year: MBG/NBD had given them up, ReturningNBD had not."""
    fitted = model.fit(kk.summarize(cdnow, as_of=fit, gaps=True))
    assert fitted.drift_check(kk.summarize(cdnow, as_of=since, gaps=True)).verdict == verdict


@pytest.fixture(scope="module")
def quarter(cdnow_sample):
    """A fit as of 1997-09-30, and the summary of a quarter later."""
    return (
        kk.MBGNBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30")),
        kk.summarize(cdnow_sample, as_of="1997-12-31", gaps=True),
    )


def test_what_is_counted(quarter, cdnow_sample):
    """Expected and actual purchases are those of the holdout table of the customers known at the fit."""
    fitted, later = quarter
    check = fitted.drift_check(later)
    calibration, holdout = kk.split(cdnow_sample, at="1997-09-30")
    summary = kk.summarize(calibration, as_of="1997-09-30")
    actual = kk.holdout_table(summary, holdout, until="1997-12-31")
    ahead = fitted.predict(summary, horizon=92 / 7)["expected_purchases"]
    assert (check.as_of, check.until, check.customers) == ("1997-09-30", "1997-12-31", 2357)
    assert check.actual == actual["purchases"].sum()
    assert check.expected == pytest.approx(ahead.sum())
    table = check.table()
    assert table["measure"].tolist() == ["level", "scatter", "distribution"]
    assert table["since"][0] == pytest.approx(check.actual / check.expected)
    assert (check.verdict == "still good") == table["passed"].all()


def test_rows_in_any_order_of_any_library_are_judged_alike(quarter):
    """Law: neither the order of rows nor the kind of frame changes a number."""
    fitted, later = quarter
    usual = fitted.drift_check(later).table()
    shuffled = later.sample(frac=1, random_state=1)
    lists = shuffled.assign(gaps=[[int(gap) for gap in each.split()] for each in shuffled["gaps"]])
    pd.testing.assert_frame_equal(fitted.drift_check(shuffled).table(), usual)
    in_polars = pl.DataFrame({name: lists[name].to_list() for name in lists.columns})
    pd.testing.assert_frame_equal(fitted.drift_check(in_polars).table().to_pandas(), usual)
    assert fitted.drift_check(later, seed=2).table()["since"][2] != usual["since"][2]


@pytest.mark.weak_fit
def test_customers_older_than_the_data_are_forecast_by_their_own_law(cdnow_sample):
    """Law: the forecasts are those of `predict`, and their error that of both laws."""
    lasting = cdnow_sample[cdnow_sample.groupby("customer_id")["date"].transform("count") > 5]
    rows = pd.concat([cdnow_sample[cdnow_sample["date"] > "1997-01-31"], lasting]).drop_duplicates()
    then, later = (kk.summarize(rows, as_of=day, gaps=True, burn_in="1M") for day in ("1997-09-30", "1997-12-31"))
    fitted = kk.MBGNBD().fit(then)
    assert fitted.older is not None
    check = fitted.drift_check(later)
    assert check.customers == len(then)
    assert check.expected == pytest.approx(fitted.predict(then, horizon=92 / 7)["expected_purchases"].sum())
    known, older = (
        total_std_error(fitted, then[then["entry"] == entry], horizon=92 / 7, customers=None, need="this test")
        for entry in ("known", "unknown")
    )
    both = total_std_error(fitted, then, horizon=92 / 7, customers=None, need="this test")
    assert both == pytest.approx(np.hypot(known, older))
    assert both > 0


def test_covariates_are_read_from_customers_or_the_summary(cdnow_sample):
    """The forecasts are those of `predict` with the same covariates."""
    ids = cdnow_sample["customer_id"].drop_duplicates()
    customers = pd.DataFrame({"customer_id": ids, "channel": np.where(ids % 2, "web", "shop")})
    model = kk.MBGNBD(covariates=kk.Covariates(purchase=("channel",)))
    fitted = model.fit(kk.summarize(cdnow_sample, as_of="1997-09-30"), customers=customers)
    later = kk.summarize(cdnow_sample, as_of="1997-12-31", gaps=True)
    check = fitted.drift_check(later, customers=customers)
    then = kk.summarize(cdnow_sample, as_of="1997-09-30")
    ahead = fitted.predict(then, horizon=92 / 7, customers=customers)["expected_purchases"]
    assert check.expected == pytest.approx(ahead.sum())
    assert fitted.drift_check(later.merge(customers)) == check


def test_in_the_time_of_a_season_the_horizon_is_warped(cdnow_sample):
    """Law: the forecasts are those within the season's own time."""
    season = kk.Season(index=[1] * 11 + [2])
    fitted = kk.MBGNBD().fit(kk.summarize(cdnow_sample, as_of="1997-09-30", season=season))
    check = fitted.drift_check(kk.summarize(cdnow_sample, as_of="1997-12-31", gaps=True, season=season))
    then = kk.summarize(cdnow_sample, as_of="1997-09-30", season=season)
    span = season.ahead("92D", as_of="1997-09-30", period="W")
    assert check.expected == pytest.approx(fitted.predict(then, horizon=span)["expected_purchases"].sum(), rel=1e-5)


def test_a_later_day_judges_what_came_after_it(quarter):
    fitted, later = quarter
    whole, last = fitted.drift_check(later), fitted.drift_check(later, as_of="1997-11-30")
    assert last.as_of == "1997-11-30"
    assert last.actual < whole.actual


@attrs.frozen
class Own:
    """A user's own model, with nothing but the two methods."""

    model: kk.FittedMBGNBD

    @property
    def period(self):
        return self.model.period

    def predict(self, summary, *, horizon):
        return self.model.predict(summary, horizon=horizon)

    def purchase_counts(self, summary, *, horizon, up_to=10):
        return self.model.purchase_counts(summary, horizon=horizon, up_to=up_to)


def test_any_model_that_counts_purchases_is_judged(quarter):
    fitted, later = quarter
    usual = fitted.drift_check(later)
    own = drift_check(Own(fitted), later, as_of="1997-09-30", customers=None, seed=1, need="this test")
    assert (own.expected, own.actual, own.measures[1:]) == (usual.expected, usual.actual, usual.measures[1:])
    assert own.chance < usual.chance  # nothing is known of the errors of its parameters


def test_few_customers_say_what_they_cannot_show():
    """One purchase is no finding, and the reason says how large a change may hide."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        check = checked(simulated(1, customers=40), kk.NBD())
    few = attrs.evolve(check, chance=0.4)
    assert few.reason.endswith("; up to 40% of the level may hide in chance and in the error of the fit")
    given = kk.FittedNBD(params=kk.NBDParams(r=1.0, alpha=5000.0), period="W")
    rows = pd.DataFrame(
        {"customer_id": [1, 1, 2], "date": pd.to_datetime(["2024-01-01", "2024-03-05", "2024-01-02"]), "amount": 1.0}
    )
    one = given.drift_check(kk.summarize(rows, as_of="2024-04-01", gaps=True), as_of="2024-02-01")
    assert (one.actual, one.verdict) == (1.0, "still good")
    assert one.expected < 0.01


BAD = {
    "no gaps": (
        lambda fitted, later: fitted.drift_check(later.drop(columns="gaps")),
        (
            "MBG/NBD.drift_check needs the purchase days of each customer: the summary has no column `gaps`.\n\n"
            "Hint: kk.summarize(transactions, as_of=..., gaps=True)."
        ),
    ),
    "the summary of the fit": (
        lambda fitted, later: fitted.drift_check(later, as_of="1997-12-31"),
        (
            "MBG/NBD.drift_check: the model describes customers up to 1997-12-31, the summary ends on 1997-12-31:"
            " nothing came since.\n\nHint: kk.summarize(transactions, as_of=..., gaps=True) as of a later day."
        ),
    ),
    "an older summary": (
        lambda fitted, later: fitted.drift_check(later, as_of="1998-01-31"),
        (
            "MBG/NBD.drift_check: the model describes customers up to 1998-01-31, the summary ends on 1997-12-31:"
            " that is earlier.\n\nHint: kk.summarize(transactions, as_of=..., gaps=True) as of a later day."
        ),
    ),
    "a day that the fit has seen": (
        lambda fitted, later: fitted.drift_check(later, as_of="1997-06-30"),
        (
            "MBG/NBD.drift_check: `as_of` is 1997-06-30, and the model was fitted to purchases up to 1997-09-30: it has"
            " seen what came.\n\nHint: leave `as_of` out, or take a later day."
        ),
    ),
    "given parameters": (
        lambda fitted, later: kk.FittedMBGNBD(params=fitted.params, period="W").drift_check(later),
        (
            "MBG/NBD.drift_check must know the last day of the data that the model describes: its parameters were"
            ' given, or the summary of the fit had no dates.\n\nHint: as_of="1997-09-30".'
        ),
    ),
    "another period": (
        lambda fitted, later: fitted.drift_check(later.assign(period="M")),
        'MBG/NBD.drift_check counts time in "W", the table in "M".\n\nHint: make the table with period="W".',
    ),
    "a warped summary": (
        lambda fitted, later: fitted.drift_check(later.assign(season="2 1 1 1 1 1 1 1 1 1 1 1")),
        (
            "MBG/NBD.drift_check: the time that the model was fitted to is the calendar's, the time of the summary is"
            " that of the season 2 1 1 1 1 1 1 1 1 1 1 1.\n\n"
            "Hint: kk.summarize(transactions, as_of=..., season=season) with the same season (or none) for both."
        ),
    ),
}


@pytest.mark.parametrize(("call", "message"), BAD.values(), ids=BAD)
def test_what_is_refused(quarter, message_of, call, message):
    assert message_of(kk.DataError, lambda: call(*quarter)) == message


def test_in_closed_months_nothing_can_be_judged(cdnow_sample, message_of):
    season = kk.Season(index=[1] * 11 + [0])
    rows = cdnow_sample[cdnow_sample["date"] <= "1997-11-30"]
    fitted = kk.MBGNBD().fit(kk.summarize(rows, as_of="1997-11-30", season=season))
    later = kk.summarize(rows, as_of="1997-12-31", gaps=True, season=season)
    assert message_of(kk.DataError, lambda: fitted.drift_check(later)) == (
        "MBG/NBD.drift_check: in the time of the season nothing passed from 1997-11-30 to 1997-12-31, when nothing can"
        " be bought.\n\nHint: kk.summarize(transactions, as_of=..., season=season, gaps=True) as of a later day."
    )


def test_a_model_without_counts_is_refused(quarter, message_of):
    @attrs.frozen
    class Bare:
        period: str = "W"

        def predict(self, summary, *, horizon):
            return summary.assign(p_alive=1.0, expected_purchases=horizon)

    assert message_of(
        kk.CapabilityError,
        lambda: drift_check(Bare(), quarter[1], as_of="1997-09-30", customers=None, seed=1, need="this test"),
    ) == (
        "this test needs the probability of each number of purchases, and Bare has no `purchase_counts`.\n\n"
        "Hint: kk.MBGNBD, kk.ParetoNBD and their kin have it; kk.backtest judges any purchase model."
    )
