"""Models that need the gaps between purchase days: every station makes the column, reads it, and keeps customers apart.

The library's own machinery is tried with `Pauses`, MBG/NBD whose P(alive) falls with the longest gap; a user's model
that only predicts is `Own`.
"""

from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import frozen

import kundkarriar as kk
from kundkarriar.models.families.bgnbd_family import BGNBDFamily
from kundkarriar.models.interface.protocols import NeedsGaps, needs_gaps
from kundkarriar.summaries.checked_summary import read_purchase_rows

AS_OF = "1997-12-31"
TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "6M"}
CHRISTMAS = kk.Season(index=[1] * 11 + [2])


def longest(rows):
    return np.array([rows.gaps[np.array([row])].length.max(initial=0.0) for row in range(len(rows))])


@frozen(kw_only=True)
class PausesFamily(BGNBDFamily):
    needs_gaps: ClassVar[bool] = True

    def log_p_alive(self, rows, params):
        plain = super().log_p_alive(rows, params)
        return plain - 0.01 * longest(rows).reshape(len(rows), *(1,) * (np.ndim(plain) - 1))


@frozen(kw_only=True, repr=False)
class FittedPauses(kk.FittedMBGNBD):
    family = PausesFamily(name="pauses", at_first=1)


@frozen(kw_only=True)
class Pauses(kk.MBGNBD):
    fitted_type = FittedPauses


def unpacked(summary):
    if any(cell is None or isinstance(cell, float) for cell in summary["gaps"]):
        raise ValueError("prospects")
    return [np.array(cell.split() if isinstance(cell, str) else cell, float) for cell in summary["gaps"]]


class FittedOwn:
    """A user's model: who had a long gap buys less."""

    needs_gaps = True
    period = "W"

    def predict(self, summary, *, horizon):
        if set(summary["period"]) != {"W"}:
            raise ValueError("weeks")
        rate = [horizon / (52 + cell.max(initial=0)) for cell in unpacked(summary)]
        if isinstance(summary, pl.DataFrame):
            return summary.with_columns(p_alive=pl.lit(0.5), expected_purchases=pl.Series(rate))
        return summary.assign(p_alive=0.5, expected_purchases=rate)


class Own:
    """Its spec."""

    needs_gaps = True

    def fit(self, summary):
        assert len(unpacked(summary))
        return FittedOwn()


@pytest.fixture(scope="module")
def transactions():
    return kk.testing.make_transactions(customers=250, seed=3)


@pytest.fixture(scope="module")
def summary(transactions):
    return kk.summarize(transactions, as_of=AS_OF, gaps=True)


@pytest.fixture
def twins():
    """Two customers of equal frequency, recency and T: one bought evenly, one paused."""
    days = {1: (0, 100, 200), 2: (0, 10, 200)}
    pairs = [(number, pd.Timestamp("1997-01-01") + pd.Timedelta(days=day)) for number in days for day in days[number]]
    frame = pd.DataFrame(pairs, columns=["customer_id", "date"]).assign(amount=10.0)
    return kk.summarize(frame, as_of=AS_OF, gaps=True)


def test_who_needs_gaps():
    """By the attribute: of specs, of fitted models, of models whose family varies, of a user's."""
    params = {"params": kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), "period": "W"}
    yes = [Pauses(), FittedPauses(**params), Own(), FittedOwn()]
    no = [kk.MBGNBD(), kk.BGCNBD(), kk.MBGCNBD(k=2), kk.FittedMBGNBD(**params), kk.GammaGamma(), object(), None]
    assert [needs_gaps(model) for model in yes] == [True] * 4
    assert [needs_gaps(model) for model in no] == [False] * 7
    assert all(isinstance(model, NeedsGaps) for model in yes)


@pytest.mark.parametrize(
    ("need", "call"),
    [
        ("pauses.fit", lambda summary: Pauses().fit(summary)),
        ("pauses.fit", lambda summary: kk.ValueScorer(purchases=Pauses(), **TERMS).fit(summary)),
        (
            "pauses.predict",
            lambda summary: FittedPauses(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W").predict(
                summary, horizon=9
            ),
        ),
        ("ValueScorer", lambda summary: kk.ValueScorer(purchases=FittedOwn(), **TERMS).fit(summary).score(summary)),
    ],
)
def test_a_summary_without_gaps_says_what_to_type(need, call, summary, message_of):
    assert message_of(kk.DataError, lambda: call(summary.drop(columns="gaps"))) == (
        f"{need} needs the gaps between the purchase days of each customer: the summary has no column `gaps`.\n\n"
        "Hint: kk.summarize(transactions, as_of=..., gaps=True)."
    )


@pytest.mark.parametrize("model", [Pauses(), Own()], ids=["ours", "own"])
def test_the_checks_of_models_make_gaps(model):
    kk.testing.check_purchase_model(model)


def test_customers_of_other_gaps_are_kept_apart(twins, summary):
    """Scores differ, draws do not pool them, and bases of one customer each are told apart."""
    assert twins[["frequency", "recency", "T"]].nunique().tolist() == [1, 1, 1]
    scored = kk.ValueScorer(purchases=Pauses(), **TERMS).fit(summary)
    even, paused = scored.score(twins)["p_alive"]
    assert even > paused
    base = scored.base(twins)
    assert base.distinct_row.tolist() != [0, 0]
    assert scored.base(twins.assign(gaps="100 100")).distinct_row.tolist() == [0, 0]
    one = scored.base(twins.head(1))
    assert one.equals(scored.base(twins.head(1)))
    assert not one.equals(scored.base(twins.head(1).assign(gaps="10 190")))


def test_draws_of_one_summary_are_refused_for_another_of_other_gaps(twins, summary):
    scored = kk.ValueScorer(purchases=Pauses(), **TERMS).fit(summary)
    draws = scored.draw(twins, seed=1, draws=10)
    scored.score(twins, draws=draws)
    with pytest.raises(kk.DataError, match="other customers"):
        scored.score(twins.assign(gaps="100 100"), draws=draws)


def test_a_model_that_only_predicts_is_discounted_with_gaps(twins, summary):
    """Its predictions are asked for distinct customers, whose gaps are packed anew."""
    even, paused = kk.ValueScorer(purchases=Own(), **TERMS).fit(summary).score(twins)["expected_purchases"]
    span = kk.Period.of("6M").in_units("W")
    assert (even, paused) == pytest.approx((span / 152, span / 242))


def test_a_model_that_only_predicts_reads_no_warped_gaps(transactions, message_of):
    summary = kk.summarize(transactions, as_of=AS_OF, gaps=True, season=CHRISTMAS)
    scorer = kk.ValueScorer(purchases=FittedOwn(), season=CHRISTMAS, **TERMS)
    assert message_of(kk.CapabilityError, lambda: scorer.fit(summary).score(summary)) == (
        "FittedOwn reads gaps in whole days, and a season warps them.\n\n"
        "Hint: leave out `season`, or give the model kk.Discounts, which gets the gaps in warped time."
    )


@pytest.mark.weak_fit
@pytest.mark.parametrize("season", [None, CHRISTMAS])
@pytest.mark.parametrize("as_frame", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_careers_and_backtests_make_gaps(as_frame, season, transactions):
    """The summary is made inside, with prospects; what is asked of the frames of the career is unchanged."""
    frame = as_frame(transactions)
    everyone = as_frame(pd.DataFrame({"customer_id": [*range(1, 251), 999]}))
    scorer = kk.ValueScorer(purchases=Pauses(), season=season, **TERMS)
    career = kk.CustomerCareer(scorer=scorer).fit(frame, as_of=AS_OF, seed=1, draws=5, customers=everyone)
    assert "gaps" not in career.customers().columns
    result = kk.backtest(scorer, frame, horizon="3M", draws=5)
    assert result["rule"].to_list()[0] == "model"


def test_rungs_ask_a_model_with_the_gaps_of_the_month(transactions):
    """Scores as of a month end are those of the summary of that day."""
    day = "1997-06-30"
    rungs = [
        kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="buys", when=kk.column("expected_purchases") > 0.4),
    ]
    scores = kk.FixedScores(model=FittedOwn(), horizon="26W", fitted_until="1996-12-31")
    ladder = kk.CustomerLadder(rungs=rungs, lapse=None)
    placed = ladder.place(transactions, as_of=day, scores=scores)
    summary = kk.summarize(transactions, as_of=day, gaps=True)
    expected = FittedOwn().predict(summary, horizon=26)["expected_purchases"] > 0.4
    assert (placed["rung"] == "buys").tolist() == expected.tolist()


@pytest.mark.parametrize("season", [None, CHRISTMAS])
@pytest.mark.parametrize("as_frame", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_distinct_rows_keep_gaps(as_frame, season, transactions):
    """Read back with their weights they are the rows of a fit to the customers; so is the fit."""
    summary = kk.summarize(as_frame(transactions), as_of=AS_OF, gaps=True, season=season)
    distinct = kk.distinct_rows(summary)
    assert type(distinct) is type(summary)
    assert distinct["gaps"].dtype == summary["gaps"].dtype
    one = read_purchase_rows(summary, need="x", gaps=True).rows.merged(period="W")
    other = read_purchase_rows(distinct, need="x", gaps=True, weights="n_customers").rows.merged(period="W")
    for name in ("x", "t_x", "T", "weights"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-9)
    np.testing.assert_allclose(one.gaps.length, other.gaps.length, rtol=0, atol=1e-9)
    fits = (Pauses().fit(summary), Pauses().fit(distinct, weights="n_customers"))
    np.testing.assert_allclose(*(fitted.estimates()["estimate"] for fitted in fits), rtol=1e-6)


@pytest.mark.parametrize("as_frame", [lambda frame: frame, pl.from_pandas], ids=["pandas", "polars"])
def test_the_column_is_passed_through(as_frame, transactions):
    """Predictions keep it, holdouts and comparisons read past it."""
    calibration, holdout = kk.split(as_frame(transactions), at=AS_OF)
    summary = kk.summarize(calibration, as_of=AS_OF, gaps=True)
    later = kk.holdout_table(summary, holdout, until="1998-06-30")
    fitted = Pauses().fit(summary)
    assert fitted.predict(summary, horizon=9)["gaps"].to_list() == summary["gaps"].to_list()
    table = kk.compare_models([Pauses(), fitted, kk.MBGNBD()], summary, holdout=later)
    assert table["model"].to_list() == ["pauses", "pauses", "MBG/NBD"]
