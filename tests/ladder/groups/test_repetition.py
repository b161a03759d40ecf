"""Groups that become more repetitive, as planted, and groups that do not, whoever leaves and joins."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ttest_rel

import kundkarriar as kk
from kundkarriar.ladder.groups.repetition import Estimate

AS_OF, WEEKS = "2025-06-30", 182
KINDS = {"moving": (0.5, 0.6, 20, 0.9), "recurring": (0.35, 0.12, 12, 1.2), "exclusive": (0.15, 0.02, 4, 4.0)}
GROUPS = kk.FittedCustomerGroups(
    spec=kk.CustomerGroups(),
    period="W",
    alike=3.0,
    groups=[
        kk.BuyerGroup(name=name, weight=weight, leaves=leaves, gap=gap, regularity=k)
        for name, (weight, leaves, gap, k) in KINDS.items()
    ],
)


def shop(seed, *, gap=None, k=None, joining=WEEKS, customers=6_000):
    """The history of customers who join evenly; from a year before the end the recurring have another gap, or k."""
    generator = np.random.default_rng(seed)
    weight, leaves, gaps, ks = np.array(list(KINDS.values())).T
    group = generator.choice(3, customers, p=weight)
    now, speed = generator.uniform(0, joining, customers), generator.gamma(3, 1 / 3, customers)
    stays, rows = np.ones(customers, dtype=bool), []
    while stays.any():
        rows.append(pd.DataFrame({"customer_id": np.flatnonzero(stays), "date": now[stays]}))
        later = (now > WEEKS - 52) & (group == 1)
        shape = np.where(later & (k is not None), k or 1, ks[group])
        now = now + generator.gamma(shape) / shape * np.where(later & (gap is not None), gap or 1, gaps[group]) / speed
        stays &= (generator.random(customers) >= leaves[group]) & (now <= WEEKS)
    bought = pd.concat(rows, ignore_index=True)
    days = np.round((WEEKS - bought["date"].to_numpy()) * 7).astype("timedelta64[D]")
    orders = bought.assign(date=np.datetime64(AS_OF) - days, amount=10.0)
    return kk.CustomerLadder.groups().history(orders, as_of=AS_OF)


def last(history):
    """The rows of the last date, by group."""
    return GROUPS.repetition(history).iloc[-3:].set_index("group")


@pytest.mark.parametrize(
    ("change", "verdict"),
    [({"gap": 6.0}, "more repetitive"), ({"k": 8.0}, "more repetitive"), ({"gap": 40.0}, "less repetitive")],
)
def test_a_planted_change_is_found(change, verdict):
    """Recurring customers buy twice as often, or evenly, or seldom, from a year before the end; exclusive as before."""
    found = last(shop(3, **change))["verdict"]
    assert (found["recurring"], found["exclusive"]) == (verdict, "cannot tell")


@pytest.mark.parametrize("joining", [WEEKS, 60])
def test_nothing_is_told_of_groups_that_do_not_change(joining):
    """Law: intervals of no change hold 0 at their level, though most moving and many recurring customers leave.

    Of 12 shops with 3 groups each 3.6 false verdicts are expected at a level of .9, and hardly ever 10. Of customers
    who joined in the first weeks only, many have left.
    """
    verdicts = [last(shop(seed, joining=joining, customers=1_500))["verdict"] for seed in range(12)]
    assert sum((each != "cannot tell").sum() for each in verdicts) < 10


def test_who_stays_is_counted_over_the_same_customers():
    table = GROUPS.repetition(shop(1, customers=1_500))
    assert table.groupby("group")[["customers", "stayed"]].nunique().eq(1).all(axis=None)
    assert (table["stayed"] < table["customers"]).all()
    assert table["as_of"].astype(str).unique().tolist() == ["2023-06-30", "2023-12-31", "2024-06-30"]
    assert table["verdict"].isna().tolist() == [True] * 3 + [False] * 6
    assert table["gap_days"].to_numpy() == pytest.approx(365.25 / table["purchases_per_year"].to_numpy())


def test_errors_are_those_of_other_shops():
    """Oracle: the spread of estimates over shops of the same law, within three errors of the spread of 20."""
    tables = [GROUPS.repetition(shop(seed, customers=2_500)).iloc[-1] for seed in range(20)]
    for name in ("purchases_per_year", "bought_again", "regularity"):
        found, error = (np.array([each[name + end] for each in tables]) for end in ("", "_error"))
        assert np.std(found) == pytest.approx(error.mean(), rel=0.5), name


def test_few_customers_are_not_judged():
    table = GROUPS.repetition(shop(1, customers=40))
    assert table[["regularity", "regularity_low"]].isna().all(axis=None)
    assert set(table["verdict"].dropna()) == {"cannot tell"}


def test_bad_input_is_refused_in_words():
    history = shop(1, customers=60)
    with pytest.raises(kk.DataError) as raised:
        GROUPS.repetition(history, origins=7)
    assert str(raised.value) == (
        "7 dates every 6 months, and 6 months after the last span, need purchases up to 2021-06-30, and there are "
        "none.\n\n"
        'Hint: fewer or shorter spans: origins=2, every="3M".'
    )
    with pytest.raises(kk.DataError, match=r"`history` must be a kk.LadderHistory, got a DataFrame\."):
        GROUPS.repetition(history.careers())


def test_polars_is_answered_in_polars():
    pl = pytest.importorskip("polars")
    orders = pl.DataFrame({"customer_id": [1, 1, 2], "date": ["2024-01-01", "2024-09-01", "2024-02-01"], "amount": 5.0})
    orders = orders.with_columns(pl.col("date").str.to_date())
    history = kk.CustomerLadder.groups().history(orders, as_of="2025-01-31")
    assert isinstance(GROUPS.repetition(history, origins=2, every="3M"), pl.DataFrame)


def test_numbers_by_hand():
    """Of forty customers half buy twice and half four times in each of two spans: the rate is 3, the change is 0."""
    days = {"often": [10, 40, 70, 90], "seldom": [20, 70]}
    rows = [
        {"customer_id": f"{kind} {each}", "date": day}
        for kind, bought in days.items()
        for each in range(20)
        for day in (1, *(100 + at for at in bought), *(200 + at for at in bought), 310)
    ]
    orders, start = pd.DataFrame(rows).assign(amount=1.0), pd.Timestamp("2024-01-01")
    orders["date"] = start + pd.to_timedelta(orders["date"], "D")
    history = kk.CustomerLadder.groups().history(orders, as_of=start + pd.Timedelta(400, "D"))
    table = GROUPS.repetition(history, origins=2, every="100D")
    rows = table[table["customers"] >= 10]
    assert len(rows)
    assert rows["purchases_per_year"].to_numpy() == pytest.approx(3 * 365.25 / 100)
    assert rows["purchases_per_year_error"].to_numpy() == pytest.approx(365.25 / 100 / np.sqrt(39))
    assert rows["bought_again"].to_numpy() == pytest.approx(1.0)
    changes = rows[["purchases_per_year_change", "purchases_per_year_low", "purchases_per_year_high"]].dropna()
    assert len(changes)
    assert changes.to_numpy() == pytest.approx(0.0, abs=1e-12)
    uneven = np.mean([(30 / 60 - 0.5) ** 2, (20 / 50 - 0.5) ** 2])
    expected = (1 - 4 * uneven) / (8 * uneven)
    assert rows["regularity"].dropna().to_numpy() == pytest.approx(expected)


def test_the_change_of_a_rate_is_a_paired_t_interval():
    """Oracle: of members for certain, `scipy.stats.ttest_rel`; the normal law would be sure too often of few."""
    before, after = np.random.default_rng(1).gamma(2.0, 3.0, (2, 12))
    everybody = np.ones(12)
    estimates = [Estimate.ratio(everybody, each, everybody) for each in (before, after)]
    change, *interval = estimates[1].change_since(estimates[0], level=0.9)
    expected = ttest_rel(after, before)
    assert change == pytest.approx((after - before).mean())
    assert interval == pytest.approx([*expected.confidence_interval(0.9)])
