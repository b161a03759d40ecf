"""Rungs of months to come: the code of careers, on a history to which days are added."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.as_of.path_facts import AddedDays
from kundkarriar.ladder.microsimulation.rungs_ahead import RungsAhead

TRANSACTIONS = kk.datasets.load_cdnow(sample=True)
MONTHS = 6


def often(frame: pd.DataFrame) -> pd.Series:
    return frame["total_value"] > 100


LADDERS = {
    "default": kk.CustomerLadder.kundkarriar(),
    "no grace": kk.CustomerLadder.kundkarriar(grace=None, lapse=None),
    "proxy": kk.CustomerLadder.kundkarriar(proxy=True, proxy_days=5, supporter_months=4, keep_days=3),
    "groups": kk.CustomerLadder.groups(),
    "of the month": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="any", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="often", when=kk.column("purchase_days_1M") >= 2),
            kk.Rung(name="much", when=kk.column("value_1M") > 50),
        ),
        lapse=None,
    ),
    "function": kk.CustomerLadder(
        rungs=(
            kk.Rung(name="small", when=kk.column("purchase_days") >= 0),
            kk.Rung(name="large", when=kk.condition(often, needs=["total_value"], text="spent above 100")),
            kk.Rung(name="regular", when=kk.column("regularity") > 1.5, after=kk.After(rung="large", months=2)),
        )
    ),
}


@pytest.mark.parametrize("origin", ["1997-06-30", "1997-09-17"])
@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
def test_what_came_gives_the_careers_that_came(ladder: kk.CustomerLadder, origin: str) -> None:
    """If the added days are the days that came, the rungs ahead are the rows of the later careers."""
    history = ladder.history(TRANSACTIONS, as_of="1998-06-30")
    past, day = history.before(origin), np.datetime64(origin, "D").astype(int)
    days, n = history.facts_as_of.days, len(past)
    came = (days.day > day) & (days.code < n)
    ahead = RungsAhead.of(past, months=MONTHS)
    added = AddedDays(path=days.code[came], day=days.day[came], amount=days.spend[came])
    found = ahead.followed(np.arange(n), purchases=added)
    careers = history.careers()
    first = np.datetime64(origin, "M") + (np.datetime64(origin, "D") == np.datetime64("1997-06-30"))
    ids = past.facts_as_of.customers.to_list()
    for step, state in enumerate(found):
        month = careers[careers["period_start"] == pd.Timestamp(first + step)].set_index("customer_id").loc[ids]
        expected = [(rung, flag) for rung, flag in zip(month["rung"], month.get("lapsed", [None] * n), strict=True)]
        states = [(each.rung, each.lapsed) for each in (ahead.states[code] for code in state)]
        assert states == expected
