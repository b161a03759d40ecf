"""Seasons: warped time, estimation of the index, and bad input."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.season.warped_time import lead, speeds, warped_months

CHRISTMAS = (0.8, 0.7, 0.9, 1.0, 1.0, 0.8, 0.6, 0.8, 1.0, 1.1, 1.3, 2.0)
CLOSED_JULY = (1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 2)
indices = st.lists(st.just(0.0) | st.floats(1e-8, 5.0), min_size=12, max_size=12).filter(lambda index: max(index) > 0.1)
well_conditioned = st.lists(st.one_of(st.just(0.0), st.floats(1e-4, 5.0)), min_size=12, max_size=12).filter(
    lambda index: max(index) > 0.1
)
"""Indices whose months are closed or not too slow: in a slow month a rounding error of warped time is a long time."""

days = st.integers(-20_000, 40_000)
NEW_YEARS = np.arange("1950", "2101", dtype="datetime64[Y]").astype("datetime64[D]").astype(int)


def warped(flat, season):
    """Purchases at a constant rate, moved to where a season would have put them."""
    day = flat["date"].to_numpy().astype("datetime64[D]").astype(int)
    grid = np.arange(day.min() - 400, day.max() + 400)
    time = np.interp(day + 0.5, grid + lead(day=grid, index=season.index), grid)
    moved = np.floor(time).astype("datetime64[D]").astype("datetime64[ns]")
    return flat.assign(date=moved).sort_values("date", ignore_index=True)


@pytest.fixture(scope="module")
def season():
    return kk.Season(index=CHRISTMAS)


@pytest.fixture(scope="module")
def steady():
    """Four years of a shop without a season, whose customers arrive over two years and drop out."""
    return kk.testing.make_transactions(
        customers=3000, seed=3, start="2022-01-01", until="2025-12-31", joining="24M", returns=0.03
    )


@pytest.fixture(scope="module")
def seasonal(steady, season):
    return warped(steady[steady["amount"] > 0], season)


# ── laws of warped time ────────────────────────────────────────────────────────────────────────────────────────


@given(index=indices)
def test_warped_time_meets_the_calendar_at_every_new_year(index):
    """Each year keeps its length, also leap years."""
    assert np.abs(lead(day=NEW_YEARS, index=kk.Season(index=index).index)).max() < 1e-9


@given(index=indices, first=days, length=st.integers(0, 1500))
def test_warped_time_adds_up_the_speed_of_each_day(index, first, length):
    """W(b) - W(a) is the sum of the index over the days from a to b, each year scaled to its own length."""
    season = kk.Season(index=index).index
    every = np.arange(first, first + length).astype("datetime64[D]")
    year = every.astype("datetime64[Y]").astype(int) + 1970
    leap = ((year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))).astype(int)
    total = speeds(season)[leap, every.astype("datetime64[M]").astype(int) % 12].sum()
    start, end = lead(day=[first, first + length], index=season)
    assert length + end - start == pytest.approx(total, abs=1e-6)


@given(level=st.floats(1e-6, 1e6), day=st.floats(-20_000, 40_000))
def test_a_flat_index_warps_nothing(level, day):
    """Exactly, without rounding errors."""
    season = kk.Season(index=[level] * 12)
    assert season.flat
    assert float(lead(day=day, index=season.index)) == 0.0


@given(span=st.sampled_from(["1D", "3W", "26W", "1M", "6M", "12M", "39M", "2Y"]), period=st.sampled_from("DWMY"))
def test_a_flat_season_leaves_horizons_alone(span, period):
    """Exactly: a horizon warped by a flat season is the calendar horizon."""
    season = kk.Season(index=[3] * 12)
    assert season.ahead(span, as_of="2026-08-17", period=period) == kk.Period.of(span).in_units(period)


@given(index=well_conditioned, day=days, length=st.integers(1, 1200), rate=st.sampled_from([0.0, 1e-4, 2e-3]))
def test_time_at_inverts_warped_at(index, day, length, rate):
    """`time_at` is the inverse; the discounted integral is that by days."""
    season = kk.Season(index=index)
    ahead = warped_months(day=float(day), days=float(length), index=season.index, unit=1.0)
    assert ahead.warped[-1] + ahead.speed[-1] * ahead.length[-1] == pytest.approx(ahead.warped_end, abs=1e-6)
    if ahead.warped_end < 1e-3:
        return
    times = np.linspace(0, length, 50)
    w = ahead.warped_at(times)
    assert ahead.warped_at(ahead.time_at(w)) == pytest.approx(w, abs=1e-6)
    fine = np.linspace(0, length, 20 * length + 1)
    middle = (fine[1:] + fine[:-1]) / 2
    integral = float(np.sum(np.exp(-rate * middle) * np.diff(ahead.warped_at(fine))))
    assert float(ahead.discounted_warped(np.array(ahead.warped_end), discount_rate=rate)) == pytest.approx(
        integral, rel=1e-6
    )
    assert float(ahead.time_at(np.array(ahead.warped_end))) == length  # closed months at the end are lived through too


# ── summaries ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("merge", ["D", "s"])
@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_a_flat_season_changes_no_number_of_a_summary(steady, kind, merge):
    """Exactly; only the columns of the season are added."""
    shop = steady.head(3000)
    shop = shop.assign(date=shop["date"] + pd.to_timedelta(np.arange(len(shop)) * 7919 % 86_000, unit="s"))
    shop = shop if kind is pd.DataFrame else pl.from_pandas(shop)
    given_ = {"as_of": "2023-10-31", "merge": merge, "regularity": True}
    plain = kk.summarize(shop, **given_)
    flat = kk.summarize(shop, **given_, season=kk.Season(index=[0.7] * 12))
    assert list(flat.columns) == [*plain.columns, "as_of", "season"]
    assert isinstance(flat, kind)
    same = flat[list(plain.columns)]
    assert same.equals(plain)


def test_recency_age_and_gaps_are_measured_in_warped_time():
    """By hand: a day of December counts twice that of other months; purchases count at the end of their day."""
    season = kk.Season(index=[1] * 11 + [2])
    slow = 365 / 396  # what a day outside December counts
    dates = pd.to_datetime(["2025-11-30", "2025-12-10", "2026-01-09"])
    shop = pd.DataFrame({"customer_id": "a", "date": dates, "amount": 5.0})
    row = kk.summarize(shop, as_of="2026-01-31", period="D", season=season, regularity=True).iloc[0]
    assert row["recency"] == pytest.approx((31 * 2 + 9) * slow)
    assert row["T"] == pytest.approx((31 * 2 + 31) * slow)
    assert row["gap_log_sum"] == pytest.approx(np.log(10 * 2 * slow) + np.log((21 * 2 + 9) * slow))
    assert (row["as_of"], row["season"]) == (pd.Timestamp("2026-01-31"), season.key)


def test_warping_removes_a_season(steady, seasonal, season):
    """The seasonal shop's warped summary is that of the steady shop, but for rounding to whole days."""
    steady = steady[steady["amount"] > 0]
    before, after = (
        kk.summarize(shop, as_of="2025-12-31", **more).set_index("customer_id").sort_index()
        for shop, more in ((steady, {}), (seasonal, {"season": season}))
    )
    same = before["frequency"] == after["frequency"]
    assert same.mean() > 0.95  # two purchases moved to one day are one
    rounding = 2 * max(season.index) / 7
    for column in ("recency", "T"):
        assert (before.loc[same, column] - after.loc[same, column]).abs().max() < rounding
    one, two = (kk.MBGNBD().fit(table.reset_index()).params for table in (before, after))
    assert two.r / two.alpha == pytest.approx(one.r / one.alpha, rel=0.05)


def test_prospects_and_holdouts_of_warped_summaries(seasonal, season):
    """A prospect has as_of and season, no numbers; the holdout table is that of the plain summary."""
    known = pd.DataFrame({"customer_id": [*seasonal["customer_id"].unique(), -1]})
    early, late = kk.split(seasonal, at="2025-06-30")
    plain, timed = (kk.summarize(early, as_of="2025-06-30", customers=known, season=each) for each in (None, season))
    prospect = timed.iloc[-1]
    assert (prospect["n_transactions"], prospect["season"]) == (0, season.key)
    assert prospect[["recency", "T"]].isna().all()
    bought = timed["n_transactions"] > 0
    tables = [kk.holdout_table(each[bought], late, until="2025-12-31") for each in (plain, timed)]
    pd.testing.assert_frame_equal(*tables)


# ── estimates ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_simulated_season_is_recovered(seasonal, season):
    """Within four standard errors each month, and these are small."""
    found = kk.Season.estimate(seasonal)
    off = np.array(found.index) - np.array(season.index)
    assert (np.abs(off) < 4 * np.array(found.std_errors)).all()
    assert max(found.std_errors) < 0.1
    assert np.sqrt(np.mean(off**2)) < 0.06


def test_growth_and_dropout_are_no_season(steady):
    """The monthly sums of this shop are far from flat; the estimated index is flat."""
    bought = steady[steady["amount"] > 0]
    young = bought[bought["date"] < "2024-01-01"]
    naive = young["date"].dt.month.value_counts() / len(young) * 12
    found = kk.Season.estimate(young, until="2023-12-31")
    assert np.abs(naive - 1).max() > 0.15
    assert np.abs(np.array(found.index) - 1).max() < 0.05


def test_the_index_is_shrunk_with_little_data(seasonal, season):
    """With few customers the index is nearly flat, and its standard errors are wide."""
    few = seasonal[seasonal["customer_id"] <= 30]
    found = kk.Season.estimate(few)
    assert np.std(found.index) < np.std(season.index)
    assert min(found.std_errors) > 0.03
    assert min(found.index) > 0.0


def test_simulated_transactions_have_the_given_season():
    """A flat season changes nothing; closed months are empty; the estimate recovers the season."""
    made = {"customers": 2000, "seed": 3, "start": "2022-03-05", "until": "2025-12-31", "joining": "24M"}
    flat = kk.testing.make_transactions(**made, season=kk.Season(index=[1] * 12))
    assert flat.equals(kk.testing.make_transactions(**made))
    season = kk.Season(index=CLOSED_JULY)
    shop = kk.testing.make_transactions(**made, season=season)
    assert not (shop["date"].dt.month == 7).any()
    found = kk.Season.estimate(shop, closed=(7,))
    assert (np.abs(np.array(found.index) - season.index) <= 4 * np.array(found.std_errors)).all()


def test_intervals_have_their_coverage(season):
    """Over simulated shops the 95 percent intervals hold the truth in about that share of cases."""
    inside = []
    for seed in range(12):
        shop = kk.testing.make_transactions(customers=400, seed=seed, start="2022-01-01", until="2025-12-31")
        table = kk.Season.estimate(warped(shop, season)).estimates()
        inside.append(table["low"].le(list(season.index)) & table["high"].ge(list(season.index)))
    assert np.mean(inside) > 0.87


def test_closed_months_are_given_not_estimated(seasonal):
    """Months named as closed have index 0; a month that merely is empty keeps a small index above 0."""
    open_ = seasonal[seasonal["date"].dt.month != 7]
    named = kk.Season.estimate(open_, closed=(7,))
    assert (named.index[6], named.std_errors[6], named.purchases[6]) == (0.0, 0.0, 0.0)
    unnamed = kk.Season.estimate(open_)
    assert 0.0 < unnamed.index[6] < 0.1
    rest = np.delete(np.array(named.index), 6) / np.delete(np.array(unnamed.index), 6)
    assert rest.std() / rest.mean() < 0.02


def test_the_estimate_stops_at_until(seasonal):
    """Later purchases are not read."""
    early = seasonal[seasonal["date"] <= "2024-06-30"]
    assert kk.Season.estimate(seasonal, until="2024-06-30") == kk.Season.estimate(early)


def test_estimates_as_a_frame(season):
    """One row per month; a given season has no errors, a closed month an interval of width 0."""
    table = kk.Season(index=CLOSED_JULY, std_errors=[0.1] * 6 + [0] + [0.1] * 5, purchases=range(12)).estimates()
    assert table.columns.tolist() == ["month", "index", "std_error", "low", "high", "purchases"]
    assert table["month"].tolist() == list(range(1, 13))
    assert (table["low"] <= table["index"]).all()
    assert table.loc[6, ["low", "index", "high"]].tolist() == [0.0, 0.0, 0.0]
    assert season.estimates()[["std_error", "low", "high", "purchases"]].isna().all().all()


def season_in(report):
    return report.set_index("check").loc["season", ["rows", "message"]].tolist()


def test_the_data_report_describes_the_season(seasonal, steady, season, cdnow_sample):
    """A season that shows, one that does not, and data too short to estimate one."""
    found = kk.Season.estimate(seasonal)
    assert found.shows
    assert season.shows
    rows, message = season_in(kk.data_report(seasonal))
    assert rows == sum(found.purchases)
    assert message == (
        f"customers buy at {found.index[6]:.2f} (July) to {found.index[11]:.2f} (December) of the year's mean rate: "
        "kk.Season.estimate(transactions), for kk.summarize and kk.ValueScorer (counts purchase days between a first "
        "and a last one)"
    )
    assert not kk.Season.estimate(steady).shows
    assert season_in(kk.data_report(steady))[1] == (
        "none shows: months differ by no more than chance (counts purchase days between a first and a last one)"
    )
    assert season_in(kk.data_report(cdnow_sample)) == [
        6696,
        (
            "cannot be told from a trend: that takes two years and customers with three purchase days; one known "
            "from elsewhere can be given: kk.Season(index=(...)) (counts purchase days)"
        ),
    ]


# ── refusals ───────────────────────────────────────────────────────────────────────────────────────────────────


def rows(*dates):
    return pd.DataFrame({"customer_id": "a", "date": pd.to_datetime(list(dates)), "amount": 5.0})


def test_less_than_two_years_is_refused(message_of):
    """Two years may lack half a month in all."""
    short = rows("2024-01-01", "2024-06-01", "2025-12-15")
    assert message_of(kk.DataError, lambda: kk.Season.estimate(short)) == (
        "Season.estimate needs two years of purchases (15 days less will do), these run from 2024-01-01 to 2025-12-15: "
        "a month that was seen once cannot be told from a trend.\n\n"
        "Hint: a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers from January on."
    )
    kk.Season.estimate(short, until="2025-12-16")


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2023-01-01", "2024-12-30"),
        ("2023-01-02", "2024-12-31"),
        ("2023-01-03", "2024-12-29"),
        ("2023-03-01", "2025-02-27"),
    ],
)
def test_two_years_less_a_day_are_two_years(first, last):
    """Also with a leap year, and with a shop that is silent on its first and last days; the hints count alike."""
    year = pd.Timestamp(first) + pd.Timedelta(days=300)
    data = rows(first, str(year.date()), last)
    assert len(kk.Season.estimate(data).index) == 12
    (line,) = kk.data_report(data).query("check == 'season'")["message"]
    assert "cannot be told from a trend" not in line


def test_no_customer_with_three_purchases_is_refused(message_of):
    shop = rows("2023-01-01", "2025-06-01")
    assert message_of(kk.DataError, lambda: kk.Season.estimate(shop)) == (
        "Season.estimate needs customers with three purchase days or more: there is none among 1.\n\n"
        "Hint: a season known from elsewhere can be given: kk.Season(index=(...)), twelve numbers."
    )


def test_purchases_in_closed_months_are_refused(message_of):
    shop = rows("2023-01-01", "2024-07-15", "2025-06-01", "2025-07-02")
    evidence = (
        ": nothing is bought in the months whose index is 0 ([7]): broken by 2 of 4 purchases.\n\n"
        "customer_id        date  amount\n"
        "          a  2024-07-15       5\n"
        "          a  2025-07-02       5\n\n"
        "Hint: give these months a small index above 0, or leave the purchases out."
    )
    closed = kk.Season(index=CLOSED_JULY)
    message = message_of(kk.DataError, lambda: kk.summarize(shop, as_of="2025-12-31", season=closed))
    assert message == "summarize" + evidence
    message = message_of(kk.DataError, lambda: kk.Season.estimate(shop, closed=[7]))
    assert message == "Season.estimate" + evidence


@pytest.mark.parametrize("closed", [(0,), (13,), ("July",), tuple(range(1, 13)), (7.0,), True, None, {7: 1}], ids=repr)
def test_closed_takes_numbers_of_months(closed, message_of):
    shop = rows("2023-01-01", "2024-07-15", "2025-06-01")
    assert message_of(kk.DataError, lambda: kk.Season.estimate(shop, closed=closed)) == (
        f"`closed` must be numbers of months, 1 to 12, not all of them, got {closed!r}.\n\n"
        "Hint: write closed=(7,) for a shop that is closed in July."
    )


@pytest.mark.parametrize(
    "index",
    [
        (1,) * 11,
        (1,) * 13,
        (0,) * 12,
        (-1, *(1,) * 11),
        (np.nan, *(1,) * 11),
        (np.inf, *(1,) * 11),
        None,
        "index",
        b"1",
        3,
        (True,) * 12,
    ],
    ids=repr,
)
def test_an_index_is_twelve_numbers(index):
    with pytest.raises(kk.DataError) as raised:
        kk.Season(index=index)
    numbers = isinstance(index, tuple) and index[0] is not True
    shown = repr(tuple(map(float, index)) if numbers else index)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
    assert str(raised.value) == (
        "`index` must be twelve finite numbers of at least 0, from January on, not all of them 0, got "
        f"{shown}.\n\nHint: write index=(0.8, 0.8, 0.9, 0.9, 1, 1, 0.7, 0.9, 1, 1, 1.2, 2)."
    )


BY_MONTH = dict(enumerate(CHRISTMAS, start=1))
MONTH_ENDS = pd.date_range("2025-01-31", periods=12, freq="ME")


@pytest.mark.parametrize(
    "index",
    [
        BY_MONTH,
        dict(reversed(BY_MONTH.items())),
        dict(zip(MONTH_ENDS.date, CHRISTMAS, strict=True)),
        {f"2025-{month:02d}-01": value for month, value in BY_MONTH.items()},
        pd.Series(CHRISTMAS),
        pd.Series(BY_MONTH).iloc[::-1],
        pd.Series(CHRISTMAS, index=MONTH_ENDS).sort_values(),
        pd.Series(CHRISTMAS, index=MONTH_ENDS.to_period("M")).iloc[::-1],
        pl.Series(CHRISTMAS),
        pd.DataFrame({"index": CHRISTMAS, "month": range(1, 13), "source": "bureau"}).iloc[::-1],
        pd.DataFrame({"month": MONTH_ENDS, "index": CHRISTMAS}).sort_values("index"),
        pl.DataFrame({"month": range(1, 13), "index": CHRISTMAS}).reverse(),
        pl.DataFrame({"month": MONTH_ENDS.date, "index": [100 * value for value in CHRISTMAS]}),
        kk.Season(index=CHRISTMAS).estimates(),
    ],
    ids=[
        *("mapping", "reversed mapping", "dates", "texts", "series", "series by month", "series by month end"),
        *("series by period", "polars series", "frame", "frame by date", "polars", "polars by date", "estimates"),
    ],
)
def test_an_index_by_month_is_read_by_its_months(index):
    """In whatever order the months stand, and on whatever scale."""
    assert kk.Season(index=index).index == pytest.approx(kk.Season(index=CHRISTMAS).index, rel=1e-12)


LACKS = "`index` lacks {}: by month it has each of the twelve once.\n\nHint: write 0 for a closed month."
NO_MONTH = (
    "`index` must be by month, 1 to 12, or by a date in each month, got {}.\n\n"
    "Hint: kk.Season(index={{1: 0.8, 2: 0.8, ..., 12: 2.0}}), or twelve numbers from January on."
)
TWICE = (
    "`index` has twice or more often January (1): by month it has each of the twelve once.\n\n"
    "Hint: of several years take the mean of each month."
)
NO_COLUMNS = (
    "kk.Season(index=...) needs columns that are not there: ['index'].\n\nHint: the DataFrame has ['month', 'value']."
)


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ({month: value for month, value in BY_MONTH.items() if month != 5}, LACKS.format("May (5)")),
        (pd.Series(BY_MONTH).iloc[:11], LACKS.format("December (12)")),
        (pl.DataFrame({"month": range(2, 12), "index": [1.0] * 10}), LACKS.format("January (1), December (12)")),
        (pd.Series(1.0, index=MONTH_ENDS.append(pd.DatetimeIndex(["2026-01-31"]))), TWICE),
        ({month - 1: value for month, value in BY_MONTH.items()}, NO_MONTH.format(0)),
        ({True: 1.0}, NO_MONTH.format("True")),
        (pd.Series(CHRISTMAS, index=MONTH_ENDS.month_name()), NO_MONTH.format("'January'")),
        (pd.Series(CHRISTMAS, index=[*range(1, 12), np.nan]), NO_MONTH.format("1.0")),
        (pd.DataFrame({"month": range(1, 13), "value": CHRISTMAS}), NO_COLUMNS),
    ],
    ids=str,
)
def test_an_index_that_is_not_by_all_months(index, message):
    with pytest.raises(kk.DataError) as raised:
        kk.Season(index=index)
    assert str(raised.value) == message


def test_frames_of_an_index_are_not_changed():
    frame = pd.DataFrame({"month": range(12, 0, -1), "index": 2.0})
    kept = frame.copy()
    assert kk.Season(index=frame).flat
    pd.testing.assert_frame_equal(frame, kept)


def test_a_month_that_almost_stands_still_is_refused(message_of):
    """In it a rounding error of warped time would be as long as the month."""
    assert message_of(kk.DataError, lambda: kk.Season(index=(1e-196, *(1,) * 11))) == (
        "`index` must be 0 or at least a billionth of the largest in each month, got 1.092814371257485e-196.\n\n"
        "Hint: write 0 for a closed month."
    )


def test_errors_and_counts_are_twelve_or_none(message_of):
    assert message_of(kk.DataError, lambda: kk.Season(index=CHRISTMAS, std_errors=[0.1])) == (
        "`std_errors` must be twelve finite numbers of at least 0, from January on, or none, got (0.1,).\n\n"
        "Hint: kk.Season.estimate(transactions) gives them."
    )


def test_a_season_is_shown_in_a_line(season):
    assert repr(season).startswith("Season(index=(0.7983, 0.6985, ")
    assert len(repr(season)) < 160


def test_values_that_are_no_seasons_are_refused(message_of):
    said = (
        "`season` must be a kk.Season, got (1,).\n\n"
        "Hint: season=kk.Season(index=(...)) with twelve numbers, or kk.Season.estimate(transactions)."
    )
    assert message_of(kk.DataError, lambda: kk.summarize(rows("2025-01-01"), as_of="2025-12-31", season=(1,))) == said
    scorer = {"margin": 0.3, "discount_rate": 0.1, "horizon": "6M"}
    assert message_of(kk.DataError, lambda: kk.ValueScorer(purchases=kk.MBGNBD(), **scorer, season=(1,))) == said


def test_periods_and_levels_are_checked(season, message_of):
    assert message_of(kk.DataError, lambda: season.ahead("6M", as_of="2026-01-01", period="Q")) == (
        "`period` must be one of 'D', 'W', 'M', 'Y', got 'Q'.\n\nHint: write period='W'."
    )
    assert message_of(kk.DataError, lambda: season.estimates(level=95)) == (
        "`level` must be a number above 0 and below 1, got 95.\n\nHint: write level=0.9."
    )


def test_std_errors_without_finite_limits_are_refused():
    assert np.isfinite(kk.Season(index=[1] * 12, std_errors=[50] * 12).estimates()["high"]).all()
    with pytest.raises(kk.DataError) as raised:
        kk.Season(index=[1] * 12, std_errors=[800] * 12)
    assert str(raised.value) == (
        "`std_errors` must be at most 50 times the index of its month, got 800.0.\n\n"
        "Hint: kk.Season.estimate(transactions) gives them."
    )
