"""Groups by probability: recovery of known groups, uncertainty after few purchases, and bad input."""

import json

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.buyer_groups.parameters import GroupParams
from kundkarriar.numerics.buyer_groups.simulate import draw_histories

TRUE = GroupParams(
    weights=[0.5, 0.35, 0.15],
    dropout=[0.6, 0.12, 0.02],
    gap=[20.0, 12.0, 4.0],
    k=[0.9, 1.2, 4.0],
    r=3.0,
    share=[0.2, 0.4, 0.8],
    concentration=12.0,
)
P = ["p_moving", "p_recurring", "p_exclusive"]


def summary_of(bought, T):
    return pd.DataFrame(
        {
            "customer_id": np.arange(len(T)),
            "frequency": [len(times) - 1 for times in bought],
            "recency": [times[-1] for times in bought],
            "T": T,
            "gap_log_sum": [float(np.log(np.diff(times)).sum()) for times in bought],
            "period": "W",
        }
    )


@pytest.fixture(scope="module")
def known():
    """3,000 customers of known groups over one to two years, with a share of wallet for half of them."""
    generator = np.random.default_rng(7)
    T = generator.uniform(52, 104, 3000)
    group, bought = draw_histories(TRUE, T=T, generator=generator)
    share = generator.beta(TRUE.share[group] * TRUE.concentration, (1 - TRUE.share[group]) * TRUE.concentration)
    share[generator.random(len(T)) < 0.5] = np.nan
    return group, summary_of(bought, T).assign(share_of_wallet=share)


@pytest.fixture(scope="module")
def fitted(known):
    return kk.CustomerGroups(starts=2, seed=1, share="share_of_wallet").fit(known[1])


def test_known_groups_are_recovered(fitted):
    """The estimates of 3,000 customers lie within about three standard errors of the truth."""
    estimates = fitted.estimates()
    assert estimates["customers"].to_numpy() == pytest.approx(TRUE.weights, abs=0.06)
    assert estimates["stays"].to_numpy() == pytest.approx(1 - TRUE.dropout, abs=0.06)
    assert estimates["gap_days"].to_numpy() / 7 == pytest.approx(TRUE.gap, rel=0.2)
    assert estimates["regularity"].to_numpy() == pytest.approx(TRUE.k, rel=0.2)
    assert estimates["share_of_wallet"].to_numpy() == pytest.approx(TRUE.share, abs=0.03)


def test_probabilities_come_true(known, fitted):
    """Calibration: in each tenth of the predicted probability, that share of customers belongs to the group."""
    group, summary = known
    given = fitted.assign(summary)
    for at, name in enumerate(P):
        p = given[name].to_numpy()
        tenth = np.minimum((10 * p).astype(int), 9)
        for each in np.unique(tenth):
            rows = tenth == each
            if rows.sum() >= 50:
                error = np.sqrt(p[rows].mean() * (1 - p[rows].mean()) / rows.sum())
                assert abs((group[rows] == at).mean() - p[rows].mean()) < 4 * error + 0.05


def test_labels_are_as_many_as_the_probabilities_expect(known, fitted):
    """Half the moving are recognised only as probable: by the most probable group they would be too many."""
    given = fitted.assign(known[1])
    assert given[P].sum(axis=1).to_numpy() == pytest.approx(1.0)
    counts = given["group"].value_counts()[["moving", "recurring", "exclusive"]]
    assert counts.to_numpy() == pytest.approx(given[P].sum().to_numpy(), abs=60)  # ties: who bought but once, at last
    by_label = given.groupby("group")
    assert by_label["p_exclusive"].min()["exclusive"] >= by_label["p_exclusive"].max()[["recurring", "moving"]].max()
    rest = given[given["group"] != "exclusive"].groupby("group")["p_moving"]
    assert rest.min()["moving"] >= rest.max()["recurring"]


def test_labels_of_known_groups_come_true(known, fitted):
    """Counts by label are those of the planted groups, and most customers have their own."""
    group, summary = known
    label = fitted.assign(summary)["group"].map(["moving", "recurring", "exclusive"].index).to_numpy()
    assert np.bincount(label) / len(label) == pytest.approx(TRUE.weights, abs=0.06)
    assert (label == group).mean() > 0.75


def test_customers_who_are_equal_have_the_same_label(known, fitted):
    """Three of each customer are labelled as one of each."""
    summary = known[1].head(300)
    thrice = pd.concat([summary] * 3, ignore_index=True).assign(customer_id=range(900))
    assert fitted.assign(thrice)["group"].tolist() == fitted.assign(summary)["group"].tolist() * 3


def test_a_customer_observed_for_no_time_has_the_group_shares(fitted):
    """A customer who first bought on the last day gives no information about the group."""
    today = pd.DataFrame(
        {"frequency": [0], "recency": [0.0], "T": [0.0], "gap_log_sum": [0.0], "period": "W", "share_of_wallet": np.nan}
    )
    assert fitted.assign(today)[P].to_numpy()[0] == pytest.approx(fitted.estimates()["customers"].to_numpy())


def two(**other):
    """Two customers with ten evenly spaced purchases in forty weeks; `other` changes columns of the second one."""
    even = {"frequency": 10, "recency": 40.0, "T": 42.0, "gap_log_sum": 10 * np.log(4.0), "share_of_wallet": np.nan}
    return pd.DataFrame([even, even | other]).assign(period="W")


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"gap_log_sum": 10 * np.log(4.0) - 8}, "uneven gaps"),
        ({"T": 60.0}, "longer since the last purchase"),
        ({"frequency": 4, "gap_log_sum": 4 * np.log(10.0)}, "fewer purchases"),
        ({"share_of_wallet": 0.1}, "a small share of wallet"),
    ],
)
def test_what_speaks_against_an_exclusive_customer(fitted, other, why):
    """Less regularity, loyalty, activity or share of wallet each lower the probability of being exclusive."""
    even, less = fitted.assign(two(**other))["p_exclusive"]
    assert less < even, why


def test_two_purchases_leave_doubt(fitted):
    once_more = pd.DataFrame(
        {
            "frequency": [1],
            "recency": [4.0],
            "T": [6.0],
            "gap_log_sum": [np.log(4.0)],
            "period": "W",
            "share_of_wallet": np.nan,
        }
    )
    assert fitted.assign(once_more)[P].to_numpy().max() < 0.8


def test_prospects_have_no_group_and_the_frame_is_kept(known, fitted):
    summary = (
        known[1].head(4).assign(n_transactions=lambda frame: frame["frequency"] + 1).set_index(pd.Index(list("dcba")))
    )
    summary.loc["c", ["frequency", "n_transactions"]] = 0
    summary.loc["c", ["recency", "T", "gap_log_sum"]] = np.nan
    given = fitted.assign(summary)
    assert given.index.tolist() == list("dcba")
    assert given.loc["c", [*P, "group"]].isna().all()
    assert given.drop(index="c")[P].notna().all(axis=None)


def test_the_order_of_customers_changes_nothing(known, fitted):
    summary = known[1].head(200)
    straight, turned = fitted.assign(summary), fitted.assign(summary[::-1])
    pd.testing.assert_frame_equal(straight, turned[::-1])


def test_seed_and_storing(known, fitted):
    assert kk.CustomerGroups(starts=2, seed=1, share="share_of_wallet").fit(known[1]) == fitted
    stored = json.loads(json.dumps(fitted.to_dict()))
    assert kk.FittedCustomerGroups.from_dict(stored) == fitted


def test_polars_is_answered_in_polars(known, fitted):
    pl = pytest.importorskip("polars")
    given = fitted.assign(pl.DataFrame(known[1].head(5).to_dict("list")))
    assert isinstance(given, pl.DataFrame)
    assert given["p_exclusive"].to_list() == pytest.approx(fitted.assign(known[1].head(5))["p_exclusive"].tolist())


def refused(call):
    with pytest.raises(kk.DataError) as raised:
        call()
    return str(raised.value)


def test_bad_input_is_refused_in_words(known, fitted):
    summary = known[1]
    assert refused(lambda: kk.CustomerGroups().fit(summary.drop(columns="gap_log_sum"))) == (
        "CustomerGroups needs the column `gap_log_sum`, which tells how even the gaps are.\n\n"
        "Hint: kk.summarize(transactions, as_of=..., regularity=True)."
    )
    assert refused(lambda: kk.CustomerGroups().fit(summary[summary["frequency"] == 0].head(100))) == (
        "CustomerGroups.fit needs at least 30 customers who bought again, got 0 of 100.\n\n"
        "Hint: kk.CustomerLadder.groups() places customers by rules, however few they are."
    )
    assert refused(lambda: fitted.assign(summary.head(2).assign(share_of_wallet=[0.5, 30.0]))) == (
        "CustomerGroups: a share of wallet lies between 0 and 1: broken by 1 of 2 rows.\n\n"
        "row  customer_id  share_of_wallet\n"
        "  1            1               30\n\n"
        "Hint: per cent are divided by 100; leave missing what is not known."
    )
    assert refused(lambda: fitted.assign(summary.assign(period="M"))) == (
        'CustomerGroups counts time in "W", the table in "M".\n\nHint: make the table with period="W".'
    )
    assert refused(lambda: fitted.assign(summary.drop(columns="share_of_wallet"))).startswith(
        "CustomerGroups needs columns that are not there: ['share_of_wallet'].\n\nHint: the DataFrame has "
    )
    groups = fitted.groups[::-1]
    assert refused(lambda: kk.FittedCustomerGroups(spec=fitted.spec, period="W", groups=groups, alike=1.0)) == (
        "`groups` must be kk.BuyerGroup objects named moving, recurring, exclusive, in this order, got "
        "['exclusive', 'recurring', 'moving'].\n\n"
        "Hint: the order gives them their meaning: from the least loyal to the most."
    )


def test_who_bought_once_is_exclusive_in_no_small_base():
    """With few repeat buyers rates within a group could differ without end, and a single purchase fit every group."""
    purchases = kk.datasets.load_cdnow(sample=True)
    bought = purchases.groupby("customer_id")["date"].nunique()
    generator = np.random.default_rng(1)
    chosen = [generator.choice(bought.index[some], n, False) for some, n in ((bought == 1, 200), (bought > 1, 30))]
    few = purchases[purchases["customer_id"].isin(np.concatenate(chosen))]
    summary = kk.summarize(few, as_of="1998-06-30", regularity=True)
    groups = kk.CustomerGroups().fit(summary)
    assigned = groups.assign(summary)
    assert groups.alike >= 0.75
    assert (assigned["group"] == "exclusive").any()
    assert (assigned.loc[assigned["group"] == "exclusive", "frequency"] > 0).all()
