"""Rungs may ask attributes of customers: columns of `customers=`, which are the same as of every date."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.frames import is_missing
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead
from kundkarriar.ladder.rungs.rung_facts import is_attribute

ROWS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "a", "b", "d"],
        "date": pd.to_datetime(["2025-01-05", "2025-02-05", "2025-03-05", "2025-04-05", "2025-05-05", "2025-06-05"]),
        "amount": 10.0,
    }
)
KNOWN = pd.DataFrame(
    {
        "customer_id": ["p", "c", "b", "a"],
        "sector": ["retail", "retail", None, "retail"],
        "employees": [5, 12, 30, 40],
        "member": [True, True, False, True],
        "founded": pd.to_datetime(["2001-01-01", None, "1999-05-05", "2010-01-01"]),
    }
)
ANY = kk.Rung(name="any", when=kk.column("purchase_days") >= 0)
STRATEGIC = kk.Rung(name="strategic", when=kk.column("sector").equals("retail") & (kk.column("purchase_days") >= 1))
AS_OF = "2025-06-30"
FOUNDED = kk.condition(
    lambda frame: np.array([not is_missing(v) and v.year > 2005 for v in frame["founded"]], dtype=bool),
    needs=["founded"],
    text="is young",
)


def ladder(*conditions):
    rungs = [kk.Rung(name=f"rung {at}", when=when) for at, when in enumerate(conditions)]
    return kk.CustomerLadder(rungs=(ANY, *rungs))


def polars(frame):
    return pl.DataFrame({name: [None if is_missing(v) else v for v in frame[name]] for name in frame})


def on_top(placed):
    """The ids of the customers above the lowest rung."""
    return sorted(row["customer_id"] for row in pl.DataFrame(placed).to_dicts() if row["rung_number"] > 1)


@pytest.mark.parametrize("transactions", [ROWS, polars(ROWS)], ids=["pandas", "polars"])
@pytest.mark.parametrize("customers", [KNOWN, polars(KNOWN)], ids=["pandas", "polars"])
@pytest.mark.parametrize(
    ("condition", "ids"),
    [
        (STRATEGIC.when, ["a", "c"]),
        (kk.column("employees") >= 12, ["a", "b", "c"]),
        (kk.column("member").equals(False), ["b"]),
        (~kk.column("sector").equals("retail"), []),
        (~kk.column("member").equals(True), ["b"]),
        (kk.column("founded").is_missing(), ["c", "d"]),
        (kk.column("employees").is_missing(), ["d"]),
        (FOUNDED, ["a"]),
    ],
)
def test_an_attribute_of_any_kind_in_any_frame_and_a_missing_one_never_holds(transactions, customers, condition, ids):
    """Buyers who are not among the customers (d) have missing values; so do rows without one."""
    placed = ladder(condition).place(transactions, as_of=AS_OF, customers=customers)
    assert type(placed) is type(transactions)
    assert on_top(placed) == ids


def test_attributes_count_as_of_every_date():
    """A career climbs with the facts alone, and the history of an earlier day says what it said by then."""
    own = kk.CustomerLadder(rungs=(ANY, STRATEGIC))
    careers = own.careers(ROWS, as_of=AS_OF, customers=KNOWN)
    climbed = careers[careers["rung"] == "strategic"].groupby("customer_id")["period_start"].min()
    assert climbed.dt.month.to_dict() == {"a": 1, "c": 3}
    history = own.history(ROWS, as_of=AS_OF, customers=KNOWN)
    for day in ("2025-02-10", "2025-03-31", "2025-06-04", AS_OF):
        earlier = own.place(ROWS, as_of=day, customers=KNOWN)
        pd.testing.assert_frame_equal(history.before(day).positions(), earlier)


def test_attributes_are_held_and_not_changed():
    known = KNOWN.copy()
    history = kk.CustomerLadder(rungs=(ANY, STRATEGIC)).history(ROWS, as_of=AS_OF, customers=known)
    before = history.positions()
    known["sector"] = "other"
    known.loc[:, "customer_id"] = ["x", "y", "z", "w"]
    pd.testing.assert_frame_equal(history.positions(), before)
    told = dict(zip(before["customer_id"], zip(before["evidence"], before["reason"], strict=True), strict=True))
    assert told["c"] == ("purchases and attributes", "sector is retail and purchase_days is 1 (at least 1)")
    assert told["b"] == ("purchases", "purchase_days is 2 (at least 0)")


def test_attributes_of_chosen_customers():
    """`at` gathers customers, with repetition, as paths of the same customer need."""
    known = read_facts_as_of(ROWS, as_of=AS_OF, customers=KNOWN, events=None)
    index = np.array([3, 3, 0, 4])
    for name in known.attributes.names:
        whole = known.attributes.column(name).to_list()
        gathered = known.attributes.at(index).column(name).to_list()
        assert list(map(str, gathered)) == [str(whole[at]) for at in index]


def test_an_empty_frame_of_customers_leaves_every_value_missing():
    for known in (KNOWN.iloc[:0], polars(KNOWN).head(0)):
        placed = ladder(kk.column("sector").is_missing()).place(ROWS, as_of=AS_OF, customers=known)
        assert on_top(placed) == ["a", "b", "c", "d"]


def test_a_fact_wins_over_an_attribute_of_its_name():
    """As in the table of a career, where attributes are those whose names are not taken."""
    given = KNOWN.assign(purchase_days=99, total_value=-1.0)
    asks = ladder((kk.column("purchase_days") >= 2) & (kk.column("total_value") > 0))
    assert on_top(asks.place(ROWS, as_of=AS_OF, customers=given)) == ["a", "b"]


FACTS = (
    "['purchase_days', 'purchase_days_12M', 'purchase_days_1M', 'quarters_active_12M', 'value_12M', 'value_1M', "
    "'total_value', 'days_since_purchase', 'typical_gap', 'regularity', 'first_purchase', 'last_purchase', "
    "'first_contact']"
)


@pytest.mark.parametrize(
    ("known", "had"),
    [(None, "none were given."), (KNOWN[["customer_id", "employees"]], "it has ['employees'].")],
)
def test_an_attribute_that_is_not_there_is_refused(known, had):
    own = kk.CustomerLadder(rungs=(ANY, STRATEGIC))
    for call in (own.place, own.careers):
        with pytest.raises(kk.DataError) as error:
            call(ROWS, as_of=AS_OF, customers=known)
        assert str(error.value) == (
            "the rung `strategic` asks for what is neither a fact of the history nor an attribute of customers: "
            f"['sector'].\n\nHint: ask for {FACTS}, events_..., or a column of customers=: {had}"
        )


@pytest.mark.parametrize("name", ["p_alive", "clv", "rung", "frequency", "customer_id"])
def test_what_is_computed_as_of_one_date_is_no_attribute(name):
    """A frame made by an earlier career would tell every month what its last one was."""
    asks = ladder(~kk.column(name).is_missing())
    known = KNOWN if name == "customer_id" else KNOWN.assign(**{name: 1.0})
    with pytest.raises(kk.DataError, match=r"not a fact of the history|neither a fact") as error:
        asks.place(ROWS, as_of=AS_OF, customers=known)
    assert ("An attribute of your own in `customers` needs another name." in str(error.value)) == (
        name != "customer_id"
    )


def test_a_column_of_the_wrong_kind_is_refused_in_words():
    with pytest.raises(kk.DataError, match="needs numbers in `sector`, found String"):
        ladder(kk.column("sector") > 1).place(ROWS, as_of=AS_OF, customers=KNOWN)


def test_rules_with_attributes_are_tried_and_stored_as_others():
    """Unreachable rungs are found by combinations of an attribute's values; testing tools try them."""
    with pytest.raises(kk.DataError, match="can never win"):
        ladder(kk.column("purchase_days") >= 1, STRATEGIC.when, kk.column("sector").isin(["retail", "food"]))
    own = kk.CustomerLadder(rungs=(ANY, STRATEGIC))
    assert kk.CustomerLadder.from_dict(own.to_dict()) == own
    kk.testing.check_rule(STRATEGIC)
    assert kk.testing.truth_table(STRATEGIC)["holds"].sum() == 2
    assert kk.testing.boundary_customers(STRATEGIC)["sector"].notna().any()
    facts = kk.facts(ROWS, as_of=AS_OF).assign(sector=["retail", "retail", None, "food"])
    assert kk.CustomerLadder(rungs=(ANY, STRATEGIC), lapse=None).place_snapshot(facts)["rung"].tolist() == [
        "strategic",
        "strategic",
        "any",
        "any",
    ]


def test_a_career_of_one_call_hands_attributes_on_and_none_of_its_own_columns_is_one():
    scorer = kk.ValueScorer(
        margin=0.3, discount_rate=0.1, horizon="12M", purchases=kk.MBGNBD(), costs=kk.Costs(per_order=1.0)
    )
    rows = kk.datasets.load_cdnow(sample=True)
    ids = rows["customer_id"].unique()
    known = pd.DataFrame({"customer_id": ids, "sector": np.where(ids % 2 == 0, "retail", "food")})
    spec = kk.CustomerCareer(scorer=scorer, ladder=kk.CustomerLadder(rungs=(ANY, STRATEGIC)))
    career = spec.fit(rows, as_of="1998-06-30", seed=1, draws=2, customers=known)
    table = career.customers()
    assert ((table["sector"] == "retail") == (table["rung"] == "strategic")).all()
    assert {name for name in table.columns if is_attribute(name)} == {"customer_id", "sector"}


@pytest.mark.parametrize("transactions", [ROWS, polars(ROWS)], ids=["pandas", "polars"])
def test_paths_of_the_same_customer_have_its_attributes(transactions):
    """Months ahead are evaluated on paths: customers in any order, several times."""
    history = kk.CustomerLadder(rungs=(ANY, STRATEGIC), lapse=None).history(
        transactions, as_of=AS_OF, customers=KNOWN if transactions is ROWS else polars(KNOWN)
    )
    paths = np.array([3, 0, 3, 1, 4])  # a, p, a, c and d, who is not among the customers
    assert RungsAhead.of(history, months=2).followed(paths).tolist() == [[1, 0, 1, 1, 0]] * 2
