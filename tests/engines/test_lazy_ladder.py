"""Facts, places and careers of lazy frames: those of pandas, to the row, with the same errors and warnings."""

import warnings

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.blocks import lazy_history

AS_OF = "1998-06-15"
LADDER = kk.CustomerLadder.kundkarriar(keep_days=3, supporter_months=2, most_complaints=3, least_satisfaction=2)


@pytest.fixture(scope="module")
def purchases():
    """Purchases of 500 customers of CDNOW, some returned on the same day, the very first among them."""
    sample = kk.datasets.load_cdnow(sample=True)
    sample = sample[sample["customer_id"] < 5_000].sort_values("date", ignore_index=True)
    back = sample.iloc[[0, 3, 40, 200, 300]].assign(amount=lambda rows: -rows["amount"])
    later = sample.iloc[[50, 90]].assign(amount=-5.0, date=lambda rows: rows["date"] + pd.Timedelta(days=20))
    return pd.concat([sample, back, later], ignore_index=True)[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def events(purchases):
    """Events with and without values, after the last day, and of two unknown customers."""
    rng = np.random.default_rng(1)
    number = 200
    return pd.DataFrame(
        {
            "customer_id": np.append(rng.choice(purchases["customer_id"].unique(), number - 2), [99_998, 99_999]),
            "date": pd.Timestamp("1997-02-01") + pd.to_timedelta(rng.integers(0, 520, number), unit="D"),
            "event": ["quote", *rng.choice(["Referral", "complaint", "satisfaction ", "visit"], number - 1)],
            "value": np.where(rng.random(number) < 0.5, rng.integers(1, 6, number), np.nan),
        }
    )


@pytest.fixture(scope="module")
def customers(purchases):
    """Half of the buyers, and four prospects, two of them with a first contact."""
    known = purchases["customer_id"].unique()[::2]
    contact = pd.Series(pd.NaT, index=range(len(known) + 4), dtype="datetime64[us]")
    contact.iloc[[0, 5, -1, -2]] = pd.Timestamp("1997-01-03")
    return pd.DataFrame(
        {
            "customer_id": np.append(known, [70_001, 70_002, 70_003, 70_004]),
            "first_contact": contact,
            "sector": [["public", "private", None][at % 3] for at in range(len(contact))],
        }
    )


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """Several blocks of these few rows."""
    monkeypatch.setattr(lazy_history, "BLOCK_ROWS", 400)


def told(call):
    """What a call gives, and the warnings of the library on the way."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", kk.DataWarning)
        made = call()
    return made, sorted(str(each.message).split("\n\n")[0] for each in caught)


@pytest.fixture
def same_as_pandas(lazy_kind, to_engine, same_rows):
    """A function that compares a call with lazy frames to the same call with those of pandas."""

    def compare(call, transactions, **others):
        due, due_told = told(lambda: call(transactions, **others))
        lazy = {name: to_engine(lazy_kind, frame) for name, frame in others.items()}
        made, made_told = told(lambda: call(to_engine(lazy_kind, transactions), **lazy))
        assert type(made) is type(to_engine(lazy_kind, transactions))
        same_rows(made, due)
        assert made_told == due_told
        return due

    return compare


def test_facts(same_as_pandas, purchases, events, customers):
    """Law: facts of lazy frames are those of pandas, with the same warnings."""
    due = same_as_pandas(
        lambda rows, **others: kk.facts(rows, as_of=AS_OF, **others), purchases, events=events, customers=customers
    )
    assert {"events_visit_24M", "events_satisfaction_mean_12M"} <= set(due.columns)


def test_places(same_as_pandas, purchases, events, customers):
    """Law: so are places, of customers without purchases, too, and on rungs that ask attributes."""
    client = kk.Rung(name="public client", when=kk.column("sector").equals("public") & (kk.column("purchase_days") > 1))
    ladder = kk.CustomerLadder(rungs=(*LADDER.rungs, client))
    due = same_as_pandas(
        lambda rows, **others: ladder.place(rows, as_of=AS_OF, **others), purchases, events=events, customers=customers
    )
    assert {"prospect", "client", "public client"} <= set(due["rung"])


def test_careers(same_as_pandas, purchases, events):
    """Law: so are careers; whose entry is unknown depends on the first purchase of all that was not returned."""
    due = same_as_pandas(
        lambda rows, **others: LADDER.careers(rows, as_of="1997-09-15", burn_in="1M", **others),
        purchases,
        events=events,
    )
    assert set(due["entry"]) == {"known", "unknown"}


def test_events_may_be_in_memory(lazy_kind, to_engine, same_rows, purchases, events):
    """Contract: events and customers may be small frames in memory beside lazy transactions."""
    due, _ = told(lambda: LADDER.place(purchases, as_of=AS_OF, events=events))
    made, _ = told(lambda: LADDER.place(to_engine(lazy_kind, purchases), as_of=AS_OF, events=events))
    same_rows(made, due)


def test_fixed_scores(lazy_kind, to_engine, same_rows, purchases):
    """Law: scores of a fixed model are those of pandas; a model that saw the first month is refused."""
    model = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    rungs = (
        kk.Rung(name="asleep", when=kk.column("purchase_days") >= 0),
        kk.Rung(name="awake", when=kk.column("p_alive") > 0.5),
    )
    ladder, lazy = kk.CustomerLadder(rungs=rungs), to_engine(lazy_kind, purchases)
    scores = kk.FixedScores(model=model, horizon="12M")
    same_rows(ladder.place(lazy, as_of=AS_OF, scores=scores), ladder.place(purchases, as_of=AS_OF, scores=scores))
    late = kk.FixedScores(model=model, horizon="12M", fitted_until="1997-06-30")
    with pytest.raises(kk.DataError, match="fitted until 1997-06-30, and the careers begin in 1997-01"):
        ladder.place(lazy, as_of=AS_OF, scores=late)


BROKEN = {
    "no amount": lambda rows: rows.assign(amount=rows["amount"].where(rows.index != 7)),
    "infinite": lambda rows: rows.assign(amount=rows["amount"].where(rows.index != 7, np.inf)),
    "no date": lambda rows: rows.assign(date=rows["date"].where(rows.index != 7)),
    "blank id": lambda rows: rows.assign(customer_id=rows["customer_id"].astype(str).where(rows.index != 7, " ")),
    "two currencies": lambda rows: rows.assign(currency=np.where(rows.index < 7, "SEK", "EUR")),
    "unknown kind": lambda rows: rows.assign(kind=np.where(rows.index == 7, "gift", "purchase")).query("amount > 0"),
    "no column": lambda rows: rows.drop(columns="date"),
    "text": lambda rows: rows.assign(amount=rows["amount"].astype(str)),
    "no rows": lambda rows: rows.head(0),
    "too late": lambda rows: rows.assign(date=rows["date"] + pd.Timedelta(days=900)),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_rows_are_refused_in_the_same_words(lazy_kind, to_engine, message_of, purchases, broken):
    """Law: rows that break a law are refused as those of pandas are."""
    if lazy_kind == "spark" and broken in ("infinite", "no rows", "unknown kind", "text"):
        pytest.skip("as the other engines, and a second each")
    rows = BROKEN[broken](purchases.head(200)).reset_index(drop=True)
    due = message_of(kk.DataError, lambda: LADDER.place(rows, as_of=AS_OF))
    made = message_of(kk.DataError, lambda: LADDER.place(to_engine(lazy_kind, rows), as_of=AS_OF))
    own = made.split("\n\n")
    assert [own[0].replace("String", "str"), own[-1]] == [
        due.split("\n\n")[0].replace("String", "str"),
        due.split("\n\n")[-1],
    ]


def test_implausible_events_are_refused(lazy_kind, to_engine, message_of, purchases, events):
    """Law: a placeholder is one for the whole base, and so it is refused by the whole base."""
    odd = events.assign(date=events["date"].where(events.index != 3, pd.Timestamp("1980-01-01")))
    due = message_of(kk.DataError, lambda: kk.facts(purchases, as_of=AS_OF, events=odd))
    rows = to_engine(lazy_kind, purchases)
    made = message_of(kk.DataError, lambda: kk.facts(rows, as_of=AS_OF, events=to_engine(lazy_kind, odd)))
    assert made.split("\n\n")[0] == due.split("\n\n")[0]


def test_functions_see_all_customers(lazy_kind, to_engine, message_of, purchases):
    """Bad input: a rung that asks a function is refused, as the function may look at the whole base."""
    half = kk.condition(lambda frame: frame["purchase_days"] > 1, needs=["purchase_days"], text="more than the half")
    ladder = kk.CustomerLadder(
        rungs=(kk.Rung(name="low", when=kk.column("purchase_days") >= 0), kk.Rung(name="high", when=half))
    )
    assert message_of(kk.CapabilityError, lambda: ladder.place(to_engine(lazy_kind, purchases), as_of=AS_OF)) == (
        "lazy frames are read in blocks of customers, and a function sees a block alone: the rungs ['high'] ask one."
        "\n\nHint: write their conditions with kk.column(...), or collect the frame: .collect() in polars, "
        ".to_arrow_table() in DuckDB, .toArrow() in Spark."
    )
