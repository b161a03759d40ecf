"""The position of rungs: 0 before the first purchase, then evenly to 1, by what rungs ask and not by their names."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from attrs import evolve

import kundkarriar as kk
from kundkarriar.ladder.rungs.rung_position import rung_positions

DAYS, VALUE = kk.column("purchase_days"), kk.column("value_12M")
QUOTE, CONTRACT = kk.column("events_quote"), kk.column("events_contract")
OWN = kk.condition(lambda frame: frame["purchase_days"] > 1, needs=["purchase_days"], text="own")
SPANS = [f"events_{event}_{span}" for event in "abcdefghijk" for span in ("12M", "24M")]


@pytest.mark.parametrize(
    ("conditions", "positions"),
    [
        ([DAYS.equals(0), DAYS.equals(1), DAYS >= 2], [0, 1 / 2, 1]),
        ([DAYS.equals(0), DAYS.equals(0) & (QUOTE >= 1), DAYS >= 1], [0, 0, 1]),
        ([DAYS >= 0, QUOTE >= 1, DAYS.equals(1), DAYS >= 2], [0, 0, 1 / 2, 1]),  # buyers are on the higher ones
        ([DAYS >= 0, VALUE >= 100, VALUE >= 500, VALUE >= 900], [1 / 4, 1 / 2, 3 / 4, 1]),  # a buyer may be on any
        ([DAYS >= 0, QUOTE >= 1, CONTRACT >= 1], [1 / 3, 2 / 3, 1]),
        ([DAYS.equals(0), OWN, DAYS.equals(1)], [0, 1 / 2, 1]),  # a function may hold for anybody
        ([DAYS.equals(0), DAYS.equals(0) & (QUOTE >= 1)], [0, 0]),
        ([DAYS < 1, *(kk.column(name) >= 1 for name in SPANS)], np.arange(1, 24) / 23),  # too many cases
    ],
)
def test_positions_rise_evenly_from_the_first_rung_of_a_buyer(conditions, positions):
    rungs = [kk.Rung(name=f"rung {at}", when=when) for at, when in enumerate(conditions)]
    np.testing.assert_allclose(rung_positions(rungs), positions)
    others = [evolve(rung, name=f"a {rung.name}") for rung in rungs]
    np.testing.assert_array_equal(rung_positions(others), rung_positions(rungs))


def test_grace_and_time_on_another_rung_count_as_theirs():
    ladder = kk.CustomerLadder.kundkarriar(proxy=True)
    np.testing.assert_allclose(rung_positions(ladder.rungs), [0, 0.2, 0.4, 0.6, 0.8, 1])


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_customers_have_the_position_of_their_rung_and_of_their_highest(kind):
    """Half a year without a purchase: down from the top, which the highest position remembers."""
    ladder = kk.CustomerLadder(
        rungs=[
            kk.Rung(name="none", when=DAYS.equals(0)),
            kk.Rung(name="some", when=DAYS >= 1),
            kk.Rung(name="now", when=kk.column("purchase_days_1M") >= 1),
        ]
    )
    rows = kind({"customer_id": [1, 2], "date": pd.to_datetime(["2025-01-31", "2025-06-30"]), "amount": [1.0, 1.0]})
    placed = ladder.place(rows, as_of="2025-06-30", customers=kind({"customer_id": [1, 2, 3]}))
    assert isinstance(placed, kind)
    assert list(placed["rung_position"]) == [0.5, 1.0, 0.0]
    assert list(placed["highest_position"]) == [1.0, 1.0, 0.0]
    facts = kk.facts(rows, as_of="2025-06-30")
    assert list(ladder.place_snapshot(facts)["rung_position"]) == [0.5, 1.0]
