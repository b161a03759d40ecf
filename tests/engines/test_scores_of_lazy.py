"""Scorers fitted to lazy summaries, and their scores, are those of pandas, and so are their errors."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.scoring.lazy import lazy_scores

TERMS = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}


@pytest.fixture(scope="module")
def summary(cdnow_sample):
    """A summary with returns, prospects and a margin for each customer."""
    rows = kk.summarize(cdnow_sample, as_of="1997-09-30")
    odd = np.arange(len(rows)) % 7 == 0
    rows = rows.assign(
        returns_value=np.where(odd, (1 + np.arange(len(rows)) % 5) * rows["total_value"], 0.0),
        share=np.where(odd, 0.2, 0.4),
    )
    prospects = rows.tail(3).assign(
        customer_id=[-1, -2, -3],
        frequency=0,
        n_transactions=0,
        total_value=0.0,
        returns_value=0.0,
        **dict.fromkeys(("recency", "T", "monetary_value", "first_value"), np.nan),
    )
    return pd.concat([rows, prospects], ignore_index=True)


SCORERS = {
    "average": kk.ValueScorer(**TERMS),
    "costs": kk.ValueScorer(
        purchases=kk.MBGNBD(), spend=kk.GammaGamma(), costs=kk.Costs(serve_per_year=2), **(TERMS | {"margin": "share"})
    ),
    "counts": kk.ValueScorer(purchases=kk.MBGNBD(), spend=None, **TERMS),
}


@pytest.mark.parametrize("name", SCORERS)
def test_a_lazy_summary_gives_the_scores_of_pandas(name, lazy_kind, summary, to_engine, same_rows):
    """The fit to distinct rows is the fit to all, and each customer has the score and the rank of the whole base."""
    lazy, scorer = to_engine(lazy_kind, summary), SCORERS[name]
    expected, found = scorer.fit(summary), scorer.fit(lazy)
    for part in ("return_mean", "return_mass", "observed", "beyond_whole_years"):
        assert getattr(found, part) == pytest.approx(getattr(expected, part), rel=1e-9)
    horizon = expected.purchases.predict(summary, horizon=10), found.purchases.predict(summary, horizon=10)
    assert horizon[1]["expected_purchases"].sum() == pytest.approx(horizon[0]["expected_purchases"].sum(), rel=1e-6)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lazy_scores, "eagerly", None)  # nothing is scored in memory as a whole
        scores = expected.score(lazy, rank=True)
    assert type(scores) is type(lazy)
    same_rows(scores, expected.score(summary))


def test_a_cluster_ranks_on_request_alone(lazy_kind, summary, to_engine, from_engine):
    """A rank needs the values of all customers in one place."""
    fitted = SCORERS["counts"].fit(summary)
    for rank in (None, False):
        scores = from_engine(fitted.score(to_engine(lazy_kind, summary), rank=rank))
        assert ("rank" in scores) == (rank is None and lazy_kind != "spark")


SPARK_LAW = "money"
BROKEN = {
    "money": lambda rows: rows.assign(monetary_value=rows["monetary_value"].where(rows.index != 7, -1.0)),
    "recency": lambda rows: rows.assign(recency=rows["recency"].where(rows.index != 7, rows["T"] + 1)),
    "margin": lambda rows: rows.assign(share=rows["share"].where(rows.index != 7, 2.0)),
    "missing": lambda rows: rows.assign(first_value=rows["first_value"].where(rows.index != 7, -3.0)),
    "twice": lambda rows: rows.assign(customer_id=rows["customer_id"].where(rows.index != 7, 4)),
    "column": lambda rows: rows.drop(columns="monetary_value"),
}


PAIRS = [(law, kind) for law in BROKEN for kind in ("polars lazy", "duckdb")] + [(SPARK_LAW, "spark")]
"""Spark is slow to start a query: it is asked about one law."""


@pytest.mark.parametrize(("law", "lazy_kind"), PAIRS, indirect=["lazy_kind"])
def test_errors_are_those_of_pandas(law, lazy_kind, summary, to_engine):
    """Whatever is wrong with a summary is said in the same words, with the same counts and rows."""
    scorer = kk.ValueScorer(**(TERMS | {"margin": "share"}), purchases=kk.MBGNBD())
    fitted, rows = scorer.fit(summary), BROKEN[law](summary)
    lazy = to_engine(lazy_kind, rows)
    for act in (scorer.fit, fitted.score):
        said = []
        for table in (rows, lazy):
            try:
                act(table)
                said.append("")
            except kk.DataError as error:
                said.append(str(error))
        assert said[0] == said[1]


def test_draws_are_of_tables_in_memory(lazy_kind, summary, to_engine):
    """The error says what to do instead."""
    fitted = SCORERS["costs"].fit(summary)
    draws = fitted.draw(summary, draws=2, seed=1)
    with pytest.raises(kk.CapabilityError, match="leave draws= out"):
        fitted.score(to_engine(lazy_kind, summary), draws=draws)


def test_amounts_of_many_rows_are_collected_in_cells(monkeypatch, summary, to_engine):
    """Cells of money are so narrow that a fit to them moves less than a hundred-thousandth."""
    from kundkarriar.scoring.fit import amount_cells

    monkeypatch.setattr(amount_cells, "MOST_ROWS", 100)
    for first_order in (False, True):
        scorer = kk.ValueScorer(purchases=kk.MBGNBD(), spend=kk.GammaGamma(first_order=first_order), **TERMS)
        expected, found = (scorer.fit(each).spend.params for each in (summary, to_engine("polars lazy", summary)))
        for name in ("p", "q", "gamma"):
            assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-5)
            assert getattr(found, name) != getattr(expected, name)


def test_floats_that_differ_each_time_a_frame_is_computed(summary, same_rows):
    """Law: rows computed anew, whose sums of floats differ in the last digit, keep their own predictions."""
    pl = pytest.importorskip("polars", reason="polars is not installed")
    bought = summary[summary["n_transactions"] > 0].reset_index(drop=True)
    rows = bought.assign(recency=bought["recency"] * 0.9, T=bought["T"] * 0.9)
    times = []

    def computed(block):
        times.append(1)
        last_digit = 1 + 1e-15 * len(times)
        return block.with_columns(pl.col("recency", "T", "monetary_value") * last_digit)

    eager = pl.from_pandas(rows)
    lazy = eager.lazy().map_batches(computed, schema=eager.schema)
    fitted = SCORERS["costs"].fit(rows)
    added = ["customer_id", "p_alive", "expected_purchases"]
    due = fitted.purchases.predict(rows, horizon=26)
    same_rows(fitted.purchases.predict(lazy, horizon=26).select(added), due[added])
    due = fitted.spend.predict(rows)
    added = ["customer_id", due.columns[-1]]
    same_rows(fitted.spend.predict(lazy).select(added), due[added])
    same_rows(fitted.score(lazy).select("customer_id", "clv"), fitted.score(rows)[["customer_id", "clv"]])
    assert len(times) > 3
