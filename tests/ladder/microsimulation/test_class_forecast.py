"""Forecast of class x rung: it splits the drawn total and the drawn rungs, by classes of what each draw brings."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.classes.limits import class_of_value

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 3 == 0].reset_index(drop=True)
AS_OF = "1997-09-30"
LADDER = kk.CustomerLadder.kundkarriar()
DRAWS = 40


def fitted(transactions: pd.DataFrame = TRANSACTIONS, **terms: object) -> kk.FittedValueScorer:
    spec = kk.ValueScorer(
        **{"purchases": kk.MBGNBD(), "margin": 0.3, "discount_rate": 0.1, "horizon": "52W", **terms},
    )
    return spec.fit(kk.summarize(transactions, as_of=AS_OF))


@pytest.fixture(scope="module")
def scorer() -> kk.FittedValueScorer:
    return fitted()


def simulated(scorer: kk.FittedValueScorer, history: kk.LadderHistory) -> kk.FittedMicrosimulation:
    return kk.Microsimulation(process=scorer, draws=DRAWS, seed=1).fit(history)


@pytest.fixture(scope="module")
def history() -> kk.LadderHistory:
    return LADDER.history(TRANSACTIONS, as_of=AS_OF)


@pytest.fixture(scope="module")
def micro(scorer, history) -> kk.FittedMicrosimulation:
    return simulated(scorer, history)


@pytest.fixture(scope="module")
def table(micro, history) -> pd.DataFrame:
    return micro.class_forecast(history)


def test_over_classes_it_is_the_sizes_of_rungs(table, micro, history) -> None:
    """Law: summed over classes the expected numbers are those of the same draws' rungs: 364 days end with a month."""
    sizes = micro.sizes(history, horizon="12M")
    last = sizes[sizes["ahead"] == table["ahead"][0]].set_index(["rung", "lapsed"])["expected"]
    found = table.groupby(["rung", "lapsed"])["expected"].sum()
    pd.testing.assert_series_equal(found, last[last > 0].sort_index(), rtol=1e-12)


def test_over_cells_it_is_the_drawn_value(table, micro, history) -> None:
    """Law: value sums to the drawn total of `value`; numbers by rung to those of its last month."""
    value = micro.value(history).set_index("part")
    assert table["value"].sum() == pytest.approx(value.loc["total", "value"], rel=1e-6)
    months = value.loc["month x rung"]
    last = months[months["ahead"] == table["ahead"][0]].set_index("rung")["customers"]
    found = table.groupby("rung")["expected"].sum()
    assert found.to_dict() == pytest.approx(last.to_dict())


def test_classes_hold_their_share_of_each_draw(table) -> None:
    """Law: where nobody makes a loss, A reaches .8 of the value with as few customers as can, A and B .95."""
    held = table.groupby("abc")[["value", "expected"]].sum()
    share = held["value"].cumsum() / held["value"].sum()
    assert 0.8 <= share["A"] < 0.81
    assert 0.95 <= share["B"] < 0.96
    assert held["expected"].sum() == pytest.approx(TRANSACTIONS["customer_id"].nunique())


@pytest.mark.parametrize("limits", [(0.5, 0.8), "computed"])
def test_classes_are_those_of_realised_value(limits, scorer, micro, history) -> None:
    """Numbers in A and B are those of `scorer.draw`, which draws no days, within 4 Monte Carlo errors."""
    found = micro.class_forecast(history, classifier=kk.ABCClassifier(limits=limits)).groupby("abc")["expected"].sum()
    drawn = scorer.draw(kk.summarize(TRANSACTIONS, as_of=AS_OF), draws=200, seed=5)
    sizes = np.array([[(class_of_value(value, limits)[0] == at).sum() for at in (0, 1)] for value in drawn.by_draw()])
    error = sizes.std(axis=0, ddof=1) * np.sqrt(1 / DRAWS + 1 / len(sizes))
    assert (np.abs(found[["A", "B"]] - sizes.mean(axis=0)) < 4 * error).all()


def test_another_margin_changes_no_class(table, history) -> None:
    """Law: money in another unit moves nobody."""
    doubled = simulated(fitted(margin=0.6), history).class_forecast(history)
    money = [name for name in table if name.startswith("value")]
    pd.testing.assert_frame_equal(doubled.drop(columns=money), table.drop(columns=money))
    np.testing.assert_allclose(doubled[money], 2 * table[money], rtol=1e-6)


def test_the_order_of_rows_changes_nothing(table) -> None:
    """Law: purchases in another order, the same forecast."""
    mixed = TRANSACTIONS.sample(frac=1, random_state=1).reset_index(drop=True)
    mixed_history = LADDER.history(mixed, as_of=AS_OF)
    pd.testing.assert_frame_equal(simulated(fitted(mixed), mixed_history).class_forecast(mixed_history), table)


def test_who_is_expected_to_bring_nothing_stays_in_d(history) -> None:
    """Law: D are those of expected net value, in every draw; who makes a loss in a draw alone is C in it."""
    scorer = fitted(costs=kk.Costs(serve_per_year=6))
    expected = scorer.score(kk.summarize(TRANSACTIONS, as_of=AS_OF))["net_value"]
    forecast = simulated(scorer, history).class_forecast(history)
    losses = int((expected <= 0).sum())
    assert 0 < losses < len(expected)
    of_class = forecast.groupby("abc")["expected"].sum()
    assert of_class["D"] == pytest.approx(losses)
    assert forecast.loc[forecast["abc"] == "C", "value"].sum() < 0
    assert of_class.sum() == pytest.approx(len(expected))


def test_prospects_have_no_class(scorer, table) -> None:
    """They stand where they stand, and bring nothing."""
    known = pd.DataFrame({"customer_id": [-1, -2], "first_contact": pd.Timestamp("1997-05-05")})
    history = LADDER.history(TRANSACTIONS, as_of=AS_OF, customers=known)
    forecast = simulated(scorer, history).class_forecast(history)
    (row,) = forecast[forecast["abc"].isna()].to_dict("records")
    assert (row["rung"], row["expected"], row["low"], row["value"]) == ("prospect", 2.0, 2.0, 0.0)
    pd.testing.assert_frame_equal(forecast[forecast["abc"].notna()], table)


def test_of_a_career() -> None:
    """By its own scorer, classifier, seed and draws; in a frame of the kind of its purchases."""
    spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.3, discount_rate=0.1, horizon="6M")
    rows = pl.DataFrame({name: TRANSACTIONS[name].to_list() for name in ("customer_id", "date", "amount")})
    classifier = kk.ABCClassifier(limits=(0.6, 0.9))
    career = kk.CustomerCareer(scorer=spec, classifier=classifier, groups=kk.CustomerLadder.groups()).fit(
        rows, as_of=AS_OF, seed=3, draws=10
    )
    found = career.class_forecast(level=0.5)
    assert isinstance(found, pl.DataFrame)
    micro = kk.Microsimulation(process=career.scorer, draws=10, seed=3).fit(career.history)
    assert found.equals(micro.class_forecast(career.history, classifier=classifier, level=0.5))
    assert found["ahead"].to_list() == [6] * len(found)


def test_refused(micro, history) -> None:
    """Another value than the net value, and no classifier."""
    with pytest.raises(kk.CapabilityError) as error:
        micro.class_forecast(history, classifier=kk.ABCClassifier(by="clv_lifelong"))
    assert str(error.value) == (
        "a class forecast draws net values, and the classifier is by `clv_lifelong`.\n\n"
        "Hint: kk.ABCClassifier(limits=...), without by."
    )
    with pytest.raises(kk.DataError) as error:
        micro.class_forecast(history, classifier="abc")
    assert str(error.value) == (
        "`classifier` must be a kk.ABCClassifier, got 'abc'.\n\nHint: write classifier=kk.ABCClassifier()."
    )
    without = evolve(micro, process=micro.process.purchases)
    with pytest.raises(kk.CapabilityError, match="as the process is a model without amounts"):
        without.class_forecast(history)
