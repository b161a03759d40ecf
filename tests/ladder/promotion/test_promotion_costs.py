"""Cost per promoted customer: a panel counted by hand; what a holdout, a baseline and a microsimulation say."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk

CAREERS = {
    # February to April: spending from March on
    1: ["low", "low", "high", "high"],
    2: ["low", "low", "low", "high"],
    3: ["low", "low", "low", "low"],
    4: ["low", "high", "high", "low"],
    5: ["low", "low", "low", "low"],
    6: ["low", "low", "low", "high"],
}
HELD_OUT = pd.DataFrame({"customer_id": [5, 6]})


@pytest.fixture(scope="module")
def careers():
    months = pd.date_range("2026-01-01", periods=4, freq="MS")
    rows = [(who, month, rung) for who, rungs in CAREERS.items() for month, rung in zip(months, rungs, strict=True)]
    frame = pd.DataFrame(rows, columns=["customer_id", "period_start", "rung"])
    return frame.assign(rung_number=frame["rung"].map({"low": 1, "high": 2}))


def costs(history, **other):
    return kk.promotion_costs(history, **({"spend": {"low": 100}, "since": "2026-03-15"} | other)).iloc[0]


def test_moves_are_counted_in_the_months_of_the_spending(careers):
    """Steps into March and April from `low`: customer 1 moves up, 2 and 6 stay and move up, 3 and 5 stay twice."""
    row = costs(careers, baseline={"low": 0.1})
    assert (row["customer_months"], row["promoted"], row["cost_per_promoted"]) == (9, 3, pytest.approx(100 / 3))
    assert costs(careers, baseline={"low": 0.1}, until="2026-03-01")["promoted"] == 1


def test_customers_who_come_later_count_nowhere(careers):
    """Whoever enters in a month of the spending is not known when it begins."""
    newcomer = careers[(careers["customer_id"] == 2) & (careers["period_start"] >= "2026-03-01")]
    more = pd.concat([careers, newcomer.assign(customer_id=7)], ignore_index=True)
    assert costs(more, baseline={"low": 0.1}).equals(costs(careers, baseline={"low": 0.1}))


def test_extra_promotions_exceed_the_baseline(careers):
    row = costs(careers, baseline={"low": 0.1})
    assert (row["anyway"], row["extra"]) == (pytest.approx(0.9), pytest.approx(2.1))
    assert row["cost_per_extra"] == pytest.approx(100 / 2.1)
    p = 3.5 / 10
    assert row["high"] - row["extra"] == pytest.approx(1.6448536 * 9 * np.sqrt(p * (1 - p) / 9))
    assert row["low"] < 0
    assert (row["evidence"], row["message"]) == (
        "baseline",
        "an extra promotion cost 47.62, and pays if it brings more; that any did is not sure",
    )


def test_a_holdout_gives_the_promotions_without_spending(careers):
    """1 promotion in 4 months of the customers held out, 2 in 5 months of the others."""
    row = costs(careers, holdout=HELD_OUT)
    assert (row["customer_months"], row["promoted"], row["evidence"]) == (5, 2, "holdout")
    assert (row["anyway"], row["extra"]) == (pytest.approx(1.25), pytest.approx(0.75))
    assert row["cost_per_extra"] == pytest.approx(100 / 0.75)
    assert row["message"].endswith("that any did is not sure")


def test_cost_per_extra_is_missing_without_extra_promotions(careers):
    row = costs(careers, baseline={"low": 0.5})
    assert np.isnan(row["cost_per_extra"])
    assert row["message"] == "no more customers moved up than would have anyway"


TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
TRANSACTIONS = TRANSACTIONS[TRANSACTIONS["customer_id"] % 6 == 0].reset_index(drop=True)
GROUPS = kk.CustomerLadder.groups().history(TRANSACTIONS, as_of="1998-06-30")
MICRO = kk.Microsimulation(process=kk.MBGNBD(), draws=40, seed=1)


def test_a_microsimulation_knows_only_what_came_before():
    """Of one month, what it foresees is the probability of a higher rung summed over the customers on the rung."""
    row = kk.promotion_costs(GROUPS, spend={"recurring": 10}, since="1998-01-31", until="1998-01-01", micro=MICRO).iloc[
        0
    ]
    before = GROUPS.before("1997-12-31")
    now = before.positions().set_index("customer_id")["rung"]
    ahead = MICRO.fit(before).forecast(before, horizon="1M")
    up = (ahead["customer_id"].map(now) == "recurring") & (ahead["rung"] == "exclusive")
    assert row["anyway"] == pytest.approx(ahead.loc[up, "probability"].sum())
    assert row["customer_months"] == (now == "recurring").sum()
    assert row["evidence"] == "microsimulation"
    assert row["low"] <= row["extra"] == row["promoted"] - row["anyway"] <= row["high"]


def test_moves_of_all_months_are_foreseen():
    """On a ladder that nobody falls from, who moves up within the months has reached the rung at their end."""
    days = kk.column("purchase_days")
    rungs = (kk.Rung(name="few", when=days < 4), kk.Rung(name="many", when=days >= 4))
    history = kk.CustomerLadder(rungs=rungs, lapse=None).history(TRANSACTIONS, as_of="1998-06-30")
    row = kk.promotion_costs(history, spend={"few": 10}, since="1998-04-01", micro=MICRO).iloc[0]
    before = history.before("1998-03-31")
    reached = MICRO.fit(before).time_to("many", before, horizon="3M").query("rung == 'few' and ahead == 3")
    assert row["anyway"] == pytest.approx((reached["reached"] * reached["customers"]).item())
    later = history.positions()["rung"].eq("many").sum() - before.positions()["rung"].eq("many").sum()
    assert row["promoted"] == later


def refused(careers, **other):
    with pytest.raises(kk.KundkarriarError) as raised:
        costs(careers, **other)
    return str(raised.value)


def test_bad_input_is_refused_in_words(careers):
    assert refused(careers, holdout=HELD_OUT, spend={"lowest": 1}) == (
        "`spend` names rungs that the movement does not know: ['lowest'].\n\nHint: its rungs are ['low', 'high']."
    )
    assert refused(careers, holdout=HELD_OUT, spend={"low": -1}) == (
        "`spend['low']` must be a finite number of at least 0, got -1.\n\nHint: write spend={'low': 1.0}."
    )
    assert refused(careers, baseline={"low": 10}) == (
        "`baseline['low']` must be a number from 0 to 1, got 10.\n\nHint: write baseline={'low': 0.2}."
    )
    assert refused(careers, baseline={"low": 0.1}, holdout=HELD_OUT) == (
        "promotion_costs takes one of micro, holdout and baseline, got ['holdout', 'baseline'].\n\n"
        "Hint: a holdout says most."
    )
    assert refused(careers, holdout=HELD_OUT, since="2026-01-01") == (
        "promotion_costs needs months from 2026-02 to 2026-04, got 2026-01 to 2026-04.\n\n"
        "Hint: since= lies after the first month of the careers, until= not after their last."
    )
    assert refused(careers, holdout=HELD_OUT.head(0).astype(int)) == (
        "promotion_costs: nobody of the holdout stood on 'low' in these months.\n\n"
        "Hint: draw the holdout from every rung that money is spent on."
    )
    assert refused(careers).startswith(
        "promotion_costs carries purchases on and applies the ladder's rules to them: it needs a kk.LadderHistory, got "
    )
