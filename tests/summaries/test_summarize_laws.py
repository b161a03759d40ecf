"""Laws of summaries on random histories with returns, against a recount in plain Python."""

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.history.purchase_days import purchase_days

START = np.datetime64("2026-01-01", "us")
END = 30

lines = st.tuples(st.integers(1, 4), st.integers(0, END), st.sampled_from([0.0, 10.0, 20.0, 35.5, -10.0, -20.0, -30.0]))
histories = st.lists(lines, min_size=1, max_size=25)
columns = ["frequency", "recency", "T", "monetary_value", "n_transactions", "total_value", "returns_value"]


def frame(history):
    """(customer, day, amount) as transactions."""
    ids, days, amounts = (np.array(column) for column in zip(*history, strict=True))
    return pd.DataFrame(
        {"customer_id": ids, "date": START + days.astype("timedelta64[D]"), "amount": amounts.astype(float)}
    )


def summary_of(history, *, as_of=END):
    """The summary by customer, in days."""
    transactions = frame(history) if isinstance(history, list) else history
    summary = kk.summarize(transactions, as_of=START + np.timedelta64(as_of, "D"), period="D")
    return summary.set_index("customer_id").sort_index()


def recount(history, *, as_of=END):
    """The definition, customer by customer and day by day."""
    answer = {}
    for customer in {who for who, day, _ in history if day <= as_of}:
        bought, returned = defaultdict(float), defaultdict(float)
        for who, day, amount in history:
            if who == customer and day <= as_of:
                (returned if amount < 0 else bought)[day] += abs(amount)
        days = {
            day: spend - returned.get(day, 0)
            for day, spend in bought.items()
            if not returned.get(day) or spend > returned[day]
        }
        late = sum(max(back - bought.get(day, 0), 0) for day, back in returned.items())
        first, *rest = sorted(days) or [None]
        mean = sum(days[day] for day in rest) / max(len(rest), 1)
        answer[customer] = (
            len(rest),
            max(days) - first if days else math.nan,
            as_of - first if days else math.nan,
            mean if days else math.nan,
            len(days),
            sum(bought.values()) - sum(returned.values()),
            late,
        )
    return pd.DataFrame.from_dict(answer, orient="index", columns=columns).sort_index()


@given(histories, st.integers(0, END))
def test_a_summary_is_what_counting_by_hand_gives(history, as_of):
    """Law: every number of every customer equals the recount."""
    assume(any(day <= as_of for _, day, _ in history))
    result, expected = summary_of(history, as_of=as_of), recount(history, as_of=as_of)
    np.testing.assert_allclose(result[columns].to_numpy(float), expected.to_numpy(float), atol=1e-9)


@given(histories, st.randoms(use_true_random=False))
def test_row_order_changes_nothing(history, random):
    """Law: shuffled rows give the same numbers by customer."""
    shuffled = list(history)
    random.shuffle(shuffled)
    pd.testing.assert_frame_equal(summary_of(shuffled), summary_of(history), rtol=1e-12, atol=1e-9)


@given(histories)
def test_amounts_tie_out(history):
    """Law: the sum of total_value is the sum of the amounts, and that of the ledger by day."""
    total = sum(amount for _, _, amount in history)
    assert math.isclose(summary_of(history)["total_value"].sum(), total, abs_tol=1e-9)
    days = purchase_days(frame(history), as_of=START + np.timedelta64(END, "D"))
    assert math.isclose(days.ledger_amount.sum(), total, abs_tol=1e-9)
    assert math.isclose(days.spend.sum() - summary_of(history)["returns_value"].sum(), total, abs_tol=1e-9)


@given(histories, st.lists(st.integers(0, 9), unique=True, max_size=8))
def test_every_customer_given_comes_out_once_in_order(history, known):
    """Law: given customers come first, then the other buyers by first appearance."""
    customers = pd.DataFrame({"customer_id": np.array(known, dtype=np.int64)})
    summary = kk.summarize(frame(history), as_of="2026-01-31", customers=customers)
    others = [who for who in dict.fromkeys(who for who, _, _ in history) if who not in known]
    assert summary["customer_id"].tolist() == known + others


@given(histories)
def test_returns_are_never_counted_as_purchases(history):
    """Law: a history without its returns has at least as many purchase days, and no other days."""
    bought = [line for line in history if line[2] >= 0]
    assume(bought)
    with_returns, without = summary_of(history), summary_of(bought)
    assert (with_returns.loc[without.index, "n_transactions"] <= without["n_transactions"]).all()
    assert (with_returns.drop(without.index)["n_transactions"] == 0).all()


@given(histories)
def test_splitting_a_row_of_a_day_changes_nothing(history):
    """Law: half the amount on each of two rows is the same purchase, or the same return."""
    halves = [(who, day, amount / 2) for who, day, amount in history for _ in range(2)]
    pd.testing.assert_frame_equal(summary_of(halves), summary_of(history), rtol=1e-12, atol=1e-9)


@given(histories)
def test_polars_and_pandas_agree(history):
    """Law: the numbers and their order are the same in both."""
    rows = frame(history)
    other = pl.DataFrame({name: rows[name].to_numpy() for name in rows.columns})
    mine = kk.summarize(rows, as_of="2026-01-31", regularity=True)
    theirs = kk.summarize(other, as_of="2026-01-31", regularity=True)
    assert theirs.columns == list(mine.columns)
    for name in mine.columns:
        assert (
            theirs[name].fill_null(np.nan).to_list() == pytest.approx(mine[name].tolist(), nan_ok=True)
            if (theirs[name].dtype.is_numeric())
            else [value is None for value in theirs[name]] == mine[name].isna().tolist()
        )


@given(histories, st.integers(0, END - 1))
def test_later_rows_never_change_what_was_known(history, as_of):
    """Law: rows after `as_of` change no number."""
    past = [line for line in history if line[1] <= as_of]
    assume(past)
    pd.testing.assert_frame_equal(summary_of(history, as_of=as_of), summary_of(past, as_of=as_of), rtol=1e-12)


@given(histories)
def test_merging_by_stamp_changes_nothing_where_stamps_are_days(history):
    """Law: for stamps at midnight only T differs, by the length of the last day."""
    by_day = kk.summarize(frame(history), as_of="2026-01-31", period="D")
    by_stamp = kk.summarize(frame(history), as_of="2026-01-31", period="D", merge="s")
    np.testing.assert_allclose(by_stamp["T"], by_day["T"] + 1, atol=1e-9)
    pd.testing.assert_frame_equal(by_stamp.drop(columns="T"), by_day.drop(columns="T"))
