"""The next category: planted affinities, no lift by chance or by heavy buyers, oracles, bad input."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.numerics.mix.pair_lift import next_shares, pair_lift

from .conftest import as_pandas

NAMES = np.array(["boots", "cards", "books", "gifts", "tents", "toys"])


def transactions(sets):
    rows = [(i, name) for i, names in enumerate(sets) for name in names]
    return pd.DataFrame(rows, columns=["customer_id", "category"]).assign(
        date=pd.Timestamp("2026-01-05"), amount=np.arange(len(rows)) % 7 + 1.0
    )


def planted(customers=3000, seed=2):
    """Who has tents has boots three times as often as others; all else by chance, and some buy much."""
    random = np.random.default_rng(seed)
    much = random.gamma(1.5, 1, customers)
    for heavy in much:
        p = np.clip(0.15 * heavy, 0, 0.9)
        has = set(NAMES[random.random(6) < p])
        if "tents" in has and random.random() < 0.6:
            has.add("boots")
        yield sorted(has or {"cards"})


@pytest.fixture(scope="module")
def rows():
    return transactions(planted())


def test_the_planted_pair_is_found(rows, kind):
    """Planted truth: boots are next for those with tents alone, with the lift as evidence; for others the popular."""
    customers = pd.DataFrame({"customer_id": [9001, *range(3000)]})
    made = as_pandas(kk.next_category(kind(customers), kind(rows))).set_index("customer_id")
    sets = rows.groupby("customer_id")["category"].agg(set)
    tents = sets.index[sets == {"tents"}]
    assert len(tents) > 50
    assert set(made.loc[tents, "category"]) == {"boots"}
    assert set(made.loc[tents, "because"]) == {"tents"}
    assert (made.loc[tents, "lift"] > 1.1).all()
    assert made["lift"].max() == made.loc[tents, "lift"].max()
    books = made.loc[sets.index[sets == {"books"}]]
    assert (books["lift"] < 1.1).all()
    assert made.loc[9001, "category"] == rows.drop_duplicates(["customer_id", "category"])["category"].mode().item()
    assert made.loc[9001, ["because", "lift", "both"]].isna().all()
    everything = sets.index[sets.map(len) == 6]
    assert made.loc[everything, "category"].isna().all()
    assert set(made.loc[everything, "reason"]) == {"has all categories"}


def test_all_ranks_are_probabilities(rows):
    """Law: the relevance of all categories that a customer has not sums to 1, and falls with the rank."""
    customers = pd.DataFrame({"customer_id": range(200)})
    made = kk.next_category(customers, rows, most=6)
    known = made[made["category"].notna()]
    np.testing.assert_allclose(known.groupby("customer_id")["relevance"].sum(), 1)
    assert (known.groupby("customer_id")["relevance"].diff().dropna() <= 1e-12).all()
    has = rows.groupby("customer_id")["category"].agg(set)
    assert all(category not in has[customer] for customer, category in known[["customer_id", "category"]].to_numpy())


def test_heavy_buyers_make_no_lift():
    """Planted truth: categories chosen by chance, by customers of very different breadth, have lifts near 1."""
    random = np.random.default_rng(4)
    sizes, popularity = random.integers(1, 7, 4000), np.array([0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    has = np.zeros((4000, 6))
    for i, size in enumerate(sizes):
        has[i, np.argsort(-np.log(random.random(6)) / popularity)[:size]] = 1
    sets, counts = np.unique(has, axis=0, return_counts=True)
    found = pair_lift(sets, counts)
    np.testing.assert_allclose(found.lift[~np.eye(6, dtype=bool)], 1, atol=0.1)
    naive = found.both * 4000 / np.outer(has.sum(0), has.sum(0))
    assert naive[5, 4] > 1.2


def test_expected_pairs_keep_the_margins():
    """Law: among customers of one breadth, each category's expected pairs are as many as its pairs."""
    random = np.random.default_rng(5)
    has = np.zeros((500, 5))
    for i in range(500):
        has[i, random.choice(5, 3, replace=False, p=[0.4, 0.3, 0.1, 0.1, 0.1])] = 1
    sets, counts = np.unique(has, axis=0, return_counts=True)
    found = pair_lift(sets, counts)
    off = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose((found.expected * off).sum(1), (found.both * off).sum(1), rtol=1e-6)
    brute = np.zeros((5, 5))
    for names in has.astype(bool):
        for a, b in combinations(np.flatnonzero(names), 2):
            brute[a, b] += 1
    np.testing.assert_allclose(found.both[np.triu_indices(5, 1)], brute[np.triu_indices(5, 1)])


def test_shares_by_hand():
    """Popularity times the geometric mean of the lifts, among what is not there."""
    lift = np.array([[1, 4, 1.0], [4, 1, 1], [1, 1, 1]])
    shares = next_shares(
        np.array([[1.0, 0, 0], [1, 0, 1], [1, 1, 1]]), lift=lift, popularity=np.array([0.5, 0.25, 0.25])
    )
    np.testing.assert_allclose(shares, [[0, 0.8, 0.2], [0, 1, 0], [0, 0, 0]])


def test_laws_of_scale_and_order(rows):
    """Law: money, the order of rows and of customers change no answer."""
    customers = pd.DataFrame({"customer_id": range(300)})
    made = kk.next_category(customers, rows)
    other = kk.next_category(
        customers.sample(frac=1, random_state=1),
        rows.assign(amount=rows["amount"] * 1000).sample(frac=1, random_state=2),
    )
    pd.testing.assert_frame_equal(other.sort_values("customer_id", ignore_index=True), made)


BAD = {
    "no category": (lambda c, t: (c, t.drop(columns="category")), {}, "needs columns that are not there: ['category']"),
    "empty": (lambda c, t: (c.head(0), t), {}, "next_category needs at least one customer"),
    "most": (lambda c, t: (c, t), {"most": 0}, "`most` must be a whole number from 1 to 200"),
    "twice": (lambda c, t: (pd.concat([c, c]), t), {}, "needs one row per customer"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(rows, kind, name):
    change, asked, words = BAD[name]
    customers, bought = change(pd.DataFrame({"customer_id": range(5)}), rows)
    with pytest.raises(kk.DataError) as caught:
        kk.next_category(kind(customers), kind(bought), **asked)
    assert words in str(caught.value)
    assert "Hint: " in str(caught.value)
