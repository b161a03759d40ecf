"""Equal money has equal digits, whatever the order of rows and of purchases."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import kundkarriar as kk
from kundkarriar.career import bridge
from kundkarriar.dates.period import Period
from kundkarriar.history.purchase_days import purchase_days

START = np.datetime64("2026-01-01", "us")
AS_OF = "2026-03-31"
FIVE = [19.9, 4.35, 0.07, 123.45, 7.7]

cents = st.integers(-50_000, 100_000).map(lambda cents: cents / 100)
with_vat = st.integers(-50_000, 100_000).map(lambda cents: cents / 100 / 1.22)
lines = st.tuples(st.integers(1, 3), st.integers(0, 40), cents | with_vat)
histories = st.lists(lines, min_size=1, max_size=20)


def frame(history):
    ids, days, amounts = zip(*history, strict=True)
    return pd.DataFrame(
        {
            "customer_id": np.array(ids, dtype=np.int64),
            "date": START + np.array(days, dtype=np.int64).astype("timedelta64[D]"),
            "amount": np.array(amounts, dtype=np.float64),
        }
    )


def report(rows):
    """The data report without the row whose amount depends on which row of a day comes first."""
    return kk.data_report(rows).drop(columns="message").query("check != 'purchase days merged'")


def bridge_lines(rows):
    begins, actual, newcomers = bridge._last_span(purchase_days(rows, as_of=AS_OF), span=Period.of("2M"))
    return pd.DataFrame({"begins": [begins], "actual": [actual], "newcomers": [newcomers]})


def held_out(rows):
    known = pd.DataFrame({"customer_id": [1, 2, 3], "date": [START] * 3, "amount": [1.0] * 3})
    summary = kk.summarize(known, as_of="2026-01-01")
    later = rows.assign(date=rows["date"] + np.timedelta64(1, "D"))
    return kk.holdout_table(summary, later, until=later["date"].max() + np.timedelta64(5, "D"))


def day_by_day(rows):
    days = purchase_days(rows, as_of=AS_OF)
    ids = np.array(days.customers.to_list())
    return pd.DataFrame({"customer_id": ids[days.ledger_code], "day": days.ledger_day, "amount": days.ledger_amount})


def careers(rows):
    return kk.CustomerLadder.kundkarriar().careers(rows, as_of=AS_OF)


TABLES = {
    "summary": lambda rows: kk.summarize(rows, as_of=AS_OF),
    "stamps": lambda rows: kk.summarize(rows, as_of=AS_OF, merge="s"),
    "facts": lambda rows: kk.facts(rows, as_of=AS_OF),
    "purchase days": day_by_day,
    "careers": careers,
    "holdout": held_out,
    "report": report,
    "bridge": bridge_lines,
}


def sorted_by_customer(table):
    return table.sort_values("customer_id", kind="stable", ignore_index=True) if "customer_id" in table else table


@pytest.mark.parametrize("name", TABLES)
@settings(max_examples=20)
@example([(1, 0, amount) for amount in FIVE], None)
@example([(1, 0, amount / 1.22) for amount in FIVE], None)
@example([(1, 0, 9.0), *((1, 35, amount / 1.22) for amount in FIVE)], None)
@example([(who, 35, amount / 1.22) for who, amount in enumerate(FIVE)], None)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_digit(name, history, random):
    """Law: whatever is computed from the rows, for each customer and for all together."""
    shuffled = list(history)
    shuffled.sort(reverse=True) if random is None else random.shuffle(shuffled)
    straight, other = (sorted_by_customer(TABLES[name](frame(rows))) for rows in (history, shuffled))
    pd.testing.assert_frame_equal(straight, other, check_exact=True)


@example([cents / 1.22 for cents in FIVE], None)
@example(FIVE, None)
@given(st.lists(cents.map(abs) | with_vat.map(abs), min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_customers_who_spent_the_same_in_another_order_spent_the_same(spent, random):
    """The same amounts on other days give the same total and the same class."""
    shuffled = list(spent)
    shuffled.sort(reverse=True) if random is None else random.shuffle(shuffled)
    both = [(who, at, x) for who, amounts in ((1, spent), (2, shuffled)) for at, x in enumerate(amounts)]
    both += [(3, 0, 0.3 * sum(spent) + 1.0)]
    found = kk.facts(frame(both), as_of=AS_OF)
    assert found["total_value"][0] == found["total_value"][1]
    assert found["value_12M"][0] == found["value_12M"][1]
    classes = kk.ABCClassifier(by="total_value").classify(found)
    assert classes["abc"][0] == classes["abc"][1]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(-(10**6), 10**6)), min_size=1, max_size=30))
def test_cents_add_up_as_on_paper(moves):
    """Purchases less returns in whole cents equal the double nearest to the decimal sum, in every table."""
    rows = frame([(1, day, cents / 100) for day, cents in moves])
    paper = float(sum((Decimal(cents) for _, cents in moves), Decimal(0)) / 100)
    assert kk.summarize(rows, as_of=AS_OF)["total_value"].tolist() == [paper]
    assert kk.facts(rows, as_of=AS_OF)["total_value"].tolist() == [paper]
    assert careers(rows)["value"][0] == paper
    assert kk.data_report(rows).set_index("check")["amount"]["ledger total"] == paper
