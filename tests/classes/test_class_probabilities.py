"""Classes of realised value: probabilities from draws, the labels made of them, classes kept from an earlier date."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.classes.kept_classes import kept_classes
from kundkarriar.classes.limits import CLASSES, class_of_value
from kundkarriar.classes.measured_draws import HINT
from kundkarriar.classes.realised_classes import RealisedClasses, labels

P = ["p_A", "p_B", "p_C"]
# Whole amounts, so that sums are exact; losses and many zeros, as drawn values are.
drawn = st.integers(2, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.one_of(st.just(0), st.integers(-50, 1000)), min_size=n, max_size=n), min_size=2, max_size=30
    )
)
limits = st.sampled_from(
    [
        (0.8, 0.95),
        (0.5, 1.0),
        "computed",
        kk.ClassLimits(of="customers", at=(0.2, 0.5)),
        kk.ClassLimits(of="amount", at=(300, 20)),
    ]
)


class Draws(SimpleNamespace):
    """Values of all customers in each draw, (S, n), as `RealisedClasses.of` reads draws."""

    def __init__(self, values, group=None):
        values = np.array(values, dtype=float)
        n = values.shape[1]
        base = SimpleNamespace(buyers=np.arange(n), distinct_row=np.arange(n) if group is None else np.array(group))
        super().__init__(values=values, base=base)

    def __len__(self):
        return len(self.values)

    def by_draw(self):
        yield from self.values


def by_hand(values, limits):
    """Each customer's share of draws in A, B, C and without value, by classifying each draw by itself."""
    hits = np.zeros((len(values[0]), 4))
    for draw in values:
        abc, _ = class_of_value(np.array(draw, dtype=float), limits)
        place = np.minimum(abc, 2)
        hits[np.arange(len(abc)), place] += 1
        hits[:, 3] += np.array(draw) <= 0
    return hits / len(values)


@given(drawn, limits)
def test_probabilities_are_the_shares_of_draws_in_each_class(values, limits):
    """Law: p_A, p_B, p_C are how often `classify` puts the drawn value there, D counted as C; they sum to 1."""
    p = RealisedClasses.of(Draws(values), limits).probabilities
    np.testing.assert_allclose(p, by_hand(values, limits), atol=1e-12)
    np.testing.assert_allclose(p[:, :3].sum(axis=1), 1.0, rtol=1e-15)
    assert (p >= 0).all()
    assert (p[:, 3] <= p[:, 2] + 1e-15).all()


@given(drawn, st.sampled_from([0.01, 1 / 3, 7.0, 1e6]))
def test_scaling_money_changes_no_probability(values, factor):
    """Law: in another currency the probabilities are the same, unless limits are amounts."""
    for kind in ((0.8, 0.95), "computed", kk.ClassLimits(of="customers", at=(0.2, 0.5))):
        one, other = (RealisedClasses.of(Draws(np.array(values) * by), kind).probabilities for by in (1.0, factor))
        np.testing.assert_array_equal(one, other)


@given(drawn, st.data())
def test_equal_customers_have_equal_probabilities_and_classes(values, data):
    """Law: customers of one distinct row share their draws, so whatever each drew they are alike."""
    group = data.draw(st.lists(st.integers(0, 3), min_size=len(values[0]), max_size=len(values[0])))
    group = np.unique(group, return_inverse=True)[1]
    p = RealisedClasses.of(Draws(values, group), (0.8, 0.95)).probabilities
    alone = by_hand(values, (0.8, 0.95))
    for number in np.unique(group):
        members = group == number
        np.testing.assert_allclose(p[members] - alone[members].mean(axis=0), 0.0, atol=1e-12)
    abc = labels(p, barred=np.zeros(len(p), dtype=bool))
    assert all(len(set(abc[group == number])) == 1 for number in group)


@given(drawn)
def test_three_quarters_of_all_value_are_a(values):
    """Law: a customer with 75 % of all value in every draw is in A with probability 1, and so in class A."""
    others = np.maximum(np.array(values, dtype=float), 0.0)
    largest = 3 * others.sum(axis=1, keepdims=True) + 1
    p = RealisedClasses.of(Draws(np.hstack([others, largest])), (0.8, 0.95)).probabilities
    assert p[-1, 0] == 1.0
    assert labels(p, barred=np.zeros(len(p), dtype=bool))[-1] == 0


@given(drawn, st.data())
def test_sizes_of_classes(values, data):
    """Law: A has the largest p_A, B the largest p_A + p_B of the others, each about its expected size.

    A has at least those of the largest p_A, where half a customer is expected in it.
    """
    p = RealisedClasses.of(Draws(values), (0.8, 0.95)).probabilities
    barred = np.array(data.draw(st.lists(st.booleans(), min_size=len(p), max_size=len(p))))
    abc, free = labels(p, barred=barred), ~barred
    assert ((abc == CLASSES.index("D")) == barred).all()
    taken = np.zeros(len(p), dtype=bool)
    for at, reach in enumerate(p[:, :2].cumsum(axis=1).T.round(12)):
        rest = free & ~taken
        held = rest & (abc == at)
        assert not held.any() or not (rest & ~held).any() or reach[held].min() > reach[rest & ~held].max()
        taken |= held
        border = [np.count_nonzero(rest & (reach == level)) for level in reach[rest]]
        wanted = reach.sum()
        possible = min(max(wanted, (taken & ~held).sum()), free.sum())
        least = reach[rest] == reach[rest].max(initial=0)
        first = at == 0 and round(wanted, 12) >= 0.5 and held.sum() == least.sum()
        assert first or abs(taken.sum() - possible) <= max(border, default=0) / 2 + 1e-9
    assert (abc == 0).any() or not free.any() or p[:, 0].sum() < 0.5 + 1e-9


def test_customers_who_are_all_alike_are_all_a():
    """Each of ten equal customers is in A in few draws; as two are expected in it, nobody is more likely in it."""
    p = np.tile([0.2, 0.1, 0.7], (10, 1))
    assert labels(p, barred=np.zeros(10, dtype=bool)).tolist() == [0] * 10
    assert labels(p / 5, barred=np.zeros(10, dtype=bool)).tolist() == [2] * 10  # less than half a customer
    assert labels(p, barred=np.arange(10) > 0).tolist() == [0] + [3] * 9


@given(drawn)
def test_expected_errors_are_those_of_the_draws(values):
    """Law: the expected errors of a class are the mean over draws of its members who are in another class."""
    realised = RealisedClasses.of(Draws(values), (0.8, 0.95))
    p = realised.probabilities
    abc = labels(p, barred=np.zeros(len(p), dtype=bool))
    expected, error = realised.errors(abc)
    np.testing.assert_allclose(expected, [(1 - p[abc == at, at]).sum() for at in range(3)], atol=1e-9)
    if len(values) <= 20:  # one draw a batch
        in_draw = np.array([np.minimum(class_of_value(np.array(draw, float), (0.8, 0.95))[0], 2) for draw in values])
        wrong = [((in_draw != at) & (abc == at)).sum(axis=1) for at in range(3)]
        np.testing.assert_allclose(error, np.std(wrong, axis=1, ddof=1) / np.sqrt(len(values)), atol=1e-9)


@pytest.fixture(scope="module")
def shop():
    """Scores of CDNOW's sample, and draws of their values."""
    summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="39W")
    fitted = spec.fit(summary)
    return SimpleNamespace(
        summary=summary, fitted=fitted, scores=fitted.score(summary), draws=fitted.draw(summary, draws=30, seed=1)
    )


def test_classes_of_realised_value(shop):
    """The columns, sizes and table of CDNOW's sample."""
    classifier = kk.ABCClassifier()
    found = classifier.classify(shop.scores, draws=shop.draws)
    assert [name for name in found if name not in shop.scores] == ["abc", "cumulative_share", *P, "p_none"]
    np.testing.assert_allclose(found[P].sum(axis=1), 1.0)
    by_value = classifier.classify(shop.scores)
    assert (by_value["abc"] == "A").sum() > 2 * (found["abc"] == "A").sum()
    table = classifier.table(shop.scores, draws=shop.draws).set_index("abc")
    for name in ("A", "B", "C"):
        members = found["abc"] == name
        assert table.loc[name, "customers"] == members.sum()
        assert table.loc[name, "expected_customers"] == pytest.approx(found[f"p_{name}"].sum())
        assert table.loc[name, "expected_errors"] == pytest.approx((1 - found.loc[members, f"p_{name}"]).sum())
    assert table["expected_customers"].sum() == pytest.approx(len(found))
    at_border = (found["p_A"] == found.loc[found["abc"] == "A", "p_A"].min()).sum()
    assert abs(table.loc["A", "customers"] - found["p_A"].sum()) <= at_border
    assert (table["monte_carlo_error"] > 0).all()
    alike = found.groupby(shop.draws.base.distinct_row)
    assert len(alike) < len(found)
    assert (alike[[*P, "abc"]].agg("nunique") == 1).all(axis=None)


def test_row_order_changes_nothing(shop):
    """Law: scores in another order, in another library, get the same classes and probabilities."""
    one = kk.ABCClassifier().classify(shop.scores, draws=shop.draws)
    shuffled = shop.scores.sample(frac=1.0, random_state=3)
    pd.testing.assert_frame_equal(kk.ABCClassifier().classify(shuffled, draws=shop.draws), one.loc[shuffled.index])
    again = shop.fitted.draw(shop.summary.loc[shuffled.index], draws=30, seed=1)
    pd.testing.assert_frame_equal(kk.ABCClassifier().classify(shop.scores, draws=again), one)
    other = kk.ABCClassifier().classify(pl.from_pandas(shop.scores), draws=shop.draws)
    assert other["abc"].to_list() == one["abc"].tolist()
    np.testing.assert_array_equal(other[P].to_numpy(), one[P].to_numpy())


def test_no_draw_moves_a_customer_out_of_d(shop):
    """D is who is expected to cost more than to bring, though some of its draws are in A; nobody else is D."""
    summary = shop.summary
    fitted = evolve(shop.fitted.scorer, costs=kk.Costs(serve_per_year=4.0)).fit(summary)
    scores, draws = fitted.score(summary), fitted.draw(summary, draws=20, seed=1)
    found = kk.ABCClassifier().classify(scores, draws=draws)
    assert ((found["abc"] == "D") == (scores["net_value"] <= 0)).all()
    assert (found.loc[found["abc"] == "D", "p_A"] > 0).any()
    table = kk.ABCClassifier().table(scores, draws=draws).set_index("abc")
    assert table.loc["D", ["expected_customers", "expected_errors", "monte_carlo_error"]].isna().all()
    by_clv = kk.ABCClassifier(by="clv").classify(scores, draws=draws)
    assert (by_clv["abc"] != "D").all()
    assert (by_clv["p_none"] <= found["p_none"]).all()


def test_everybody_in_d(shop):
    """With costs above all margins the probabilities are there, the classes are D, and a warning says so."""
    costs = kk.Costs(market_per_year=1000.0)
    fitted = evolve(shop.fitted.scorer, costs=costs).fit(shop.summary)
    with pytest.warns(kk.DataWarning, match="no customer has a positive value"):
        found = kk.ABCClassifier().classify(
            fitted.score(shop.summary), draws=fitted.draw(shop.summary, draws=2, seed=1)
        )
    assert (found["abc"] == "D").all()
    assert (found["p_none"] > 0.5).all()


def test_prospects_have_neither_class_nor_probabilities(shop):
    """Customers who never bought are in no draw."""
    lines = kk.datasets.load_cdnow(sample=True)
    known = pd.DataFrame({"customer_id": [*lines["customer_id"].unique()[:40], -5]})
    some = lines[lines["customer_id"].isin(known["customer_id"])]
    summary = kk.summarize(some, as_of="1997-09-30", customers=known.assign(first_contact=pd.Timestamp("1996-12-01")))
    scores, draws = shop.fitted.score(summary), shop.fitted.draw(summary, draws=5, seed=1)
    found = kk.ABCClassifier().classify(scores, draws=draws).set_index("customer_id")
    assert found.loc[-5, ["abc", *P, "p_none"]].isna().all()
    assert found.drop(index=-5)[P].notna().all(axis=None)


def said(action):
    with pytest.raises(kk.DataError) as caught:
        action()
    return str(caught.value)


def test_draws_that_do_not_belong(shop):
    """Draws of others, of another scorer, or of what is not drawn, are refused; those of expectations are outcomes."""
    classify, dear = kk.ABCClassifier().classify, shop.scores.assign(clv=shop.scores["clv"] * 1.1)
    assert said(lambda: classify(shop.scores, draws=20)) == f"`draws` must be a kk.ValueDraws, got 20.\n\nHint: {HINT}"
    assert said(lambda: classify(shop.scores.iloc[1:], draws=shop.draws)) == (
        "ABCClassifier has draws of 1 customers who are not in the scores, and limits depend on everyone.\n\n"
        "Hint: classify the scores of all customers that were drawn, and select afterwards."
    )
    message = said(lambda: classify(dear, draws=shop.draws))
    assert message.startswith("ABCClassifier needs the expected values of the draws in `clv`: broken by ")
    assert message.endswith(f"Hint: {HINT}")
    assert said(lambda: kk.ABCClassifier(by="p_alive").classify(shop.scores, draws=shop.draws)) == (
        "ABCClassifier has no draws of `p_alive`: they are of `net_value`, `clv`, `expected_sales`, "
        '`expected_purchases`.\n\nHint: by="net_value", by="clv" ..., or leave draws= out.'
    )
    pd.testing.assert_frame_equal(
        classify(shop.scores, draws=shop.draws.drawing("expectation")), classify(shop.scores, draws=shop.draws)
    )


place = st.floats(0, 1)


@given(st.lists(st.tuples(place, st.integers(-1, 3)), min_size=1, max_size=20), st.sampled_from([0.0, 0.05, 0.3]))
def test_a_class_is_kept_within_the_band_only(customers, keep):
    """Law: who keeps a class is less than `keep` beyond every limit between both classes, and nobody else keeps one."""
    at, before = (np.array(each) for each in zip(*customers, strict=True))
    ends = np.array([0.4, 0.7])
    abc = (at[:, None] >= ends).sum(axis=1)
    kept = kept_classes(abc, before, place=at, limits=ends, keep=keep)
    for now, old, here, is_kept in zip(abc, before, at, kept, strict=True):
        between = ends[min(now, old) : max(now, old)]
        if old in (-1, 3) or now == old or keep == 0:
            assert not is_kept
        elif old < now:
            assert is_kept == (here < between.min() + keep)
        else:
            assert is_kept == (here >= between.max() - keep)


@pytest.mark.parametrize("with_draws", [False, True])
def test_classes_of_an_earlier_date_are_kept(shop, with_draws):
    """Whoever keeps a class is marked; without a band nobody does; those who were not there are classified as new."""
    draws = shop.draws if with_draws else None
    now = kk.ABCClassifier().classify(shop.scores, draws=draws)
    before = now[["customer_id"]].assign(abc=np.where(now["abc"] == "A", "B", "A")).iloc[:2000]
    plain = kk.ABCClassifier().classify(shop.scores, draws=draws, previous=before)
    assert not plain.pop("abc_kept").any()
    pd.testing.assert_frame_equal(plain, now)
    kept = kk.ABCClassifier(keep=0.1).classify(shop.scores, draws=draws, previous=pl.from_pandas(before))
    assert 0 < kept["abc_kept"].sum() < 2000
    assert not kept["abc_kept"].iloc[2000:].any()
    assert (kept["abc"] == np.where(kept["abc_kept"], before["abc"].reindex(now.index), now["abc"])).all()
    table = kk.ABCClassifier(keep=0.1).table(shop.scores, draws=draws, previous=before)
    assert table["customers"].tolist() == kept["abc"].value_counts().sort_index().tolist()


def test_unknown_earlier_classes(shop):
    before = shop.scores[["customer_id"]].assign(abc="E")
    assert said(lambda: kk.ABCClassifier(keep=0.1).classify(shop.scores, previous=before)) == (
        "ABCClassifier: `previous` needs one of ['A', 'B', 'C', 'D'] in `abc`, and has 'E'.\n\n"
        "Hint: pass what ABCClassifier.classify gave, or the customers of a career."
    )


words = st.sampled_from([*"ABCD", None])
dates = st.dictionaries(st.integers(1, 9), st.tuples(words, st.integers(-5, 90)), min_size=1)


def at_date(customers):
    return pd.DataFrame(
        {
            "customer_id": list(customers),
            "abc": pd.Series([word for word, _ in customers.values()], dtype=object),
            "clv": [float(value) if word else np.nan for word, value in customers.values()],
        }
    )


@settings(max_examples=60)
@given(dates, dates)
def test_transitions_are_a_partition(before, after):
    """Law: each customer of either date is in one row; its value is counted once at each date."""
    table = kk.class_transitions(at_date(before), at_date(after))
    assert table["customers"].sum() == len({*before, *after})
    for name, date in (("value_before", before), ("value_now", after)):
        assert table[name].sum() == sum(value for word, value in date.values() if word)
    assert table.loc[table["abc_before"] == "new", "customers"].sum() == len({*after} - {*before})
    assert table.loc[table["abc_now"] == "gone", "customers"].sum() == len({*before} - {*after})
    for old in "ABCD":
        rows = table[table["abc_before"] == old]
        assert rows["customers"].sum() == sum(word == old for word, _ in before.values())
        assert rows.empty or rows["share"].sum() == pytest.approx(1.0)
    for _, row in table[table["abc_before"].isin(list("ABCD")) & table["abc_now"].isin(list("ABCD"))].iterrows():
        pair = (row["abc_before"], row["abc_now"])
        both = [one for one in {*before} & {*after} if (before[one][0], after[one][0]) == pair]
        assert row["customers"] == len(both)


@pytest.mark.parametrize(
    ("of", "at", "law"),
    [
        ("customers", (0.5, 0.2), "two shares of customers with 0 < first < second <= 1"),
        ("customers", (20, 50), "two shares of customers with 0 < first < second <= 1"),
        ("amount", (100, 500), "two amounts with first > second > 0"),
        ("amount", (np.inf, 5), "two amounts with first > second > 0"),
        ("amount", 100.0, "two amounts with first > second > 0"),
    ],
)
def test_limits_out_of_order(of, at, law):
    assert said(lambda: kk.ClassLimits(of=of, at=at)).startswith(f"`at` must be {law}, got ")


@given(st.lists(st.integers(-5, 300), min_size=1, max_size=30))
@pytest.mark.filterwarnings("ignore:ABCClassifier. no customer has a positive value")
def test_limits_of_customers_and_amounts_by_definition(values):
    """Law: by the share of customers who are more valuable, and by given amounts; never D for a positive value."""
    scores = pd.DataFrame({"customer_id": range(len(values)), "clv": np.array(values, dtype=float)})
    by_number = kk.ABCClassifier(limits=kk.ClassLimits(of="customers", at=(0.2, 0.5))).classify(scores)["abc"]
    by_amount = kk.ABCClassifier(limits=kk.ClassLimits(of="amount", at=(200, 50))).classify(scores)["abc"]
    for value, number, amount in zip(values, by_number, by_amount, strict=True):
        more = sum(other > value for other in values)
        assert number == ("D" if value <= 0 else "ABC"[(5 * more >= len(values)) + (2 * more >= len(values))])
        assert amount == ("D" if value <= 0 else "A" if value >= 200 else "B" if value >= 50 else "C")
