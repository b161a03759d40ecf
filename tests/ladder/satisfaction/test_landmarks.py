"""Rows at earlier days, against frames counted by hand; nothing that came later is read."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import logit

import kundkarriar as kk
from kundkarriar.ladder.satisfaction.landmarks import Landmarks

AS_OF = "2025-12-31"
ORIGINS = ["2025-06-30", "2025-03-31"]
EDGES = ["2025-06-30", "2025-07-01", "2024-06-30", "2024-07-01"]
"""The last day that counts at the first origin, the day after, and the same of the day from which on days count."""
PROCESS = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=1.0, alpha=8.0, a=1.0, b=3.0), period="W")
LADDER = kk.CustomerLadder.groups()


def base(seed, n=40):
    rng = np.random.default_rng(seed)
    who = np.concatenate([np.arange(n), rng.integers(0, n // 2, 5 * n)])
    date = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 730, len(who)), "D")
    orders = pd.DataFrame({"customer_id": who, "date": date, "amount": 10.0})
    edges = pd.DataFrame({"customer_id": range(4), "date": pd.to_datetime(EDGES)})
    told = pd.concat([orders.iloc[::3][["customer_id", "date"]], edges]).assign(event="satisfaction")
    told["value"] = rng.integers(1, 6, len(told)) * 1.0
    return orders, told


@settings(max_examples=2)
@given(seed=st.integers(0, 10_000))
def test_rows_are_what_was_known_and_what_came(seed):
    """Law: purchases, rungs, lapse and events of every row are those of frames cut at its origin and its end."""
    orders, told = base(seed)
    history = LADDER.history(orders, as_of=AS_OF, events=told)
    rows = Landmarks.of(history, process=PROCESS, origins=2, months=6)
    assert [str(day) for day in rows.days] == ORIGINS
    ids = np.array(rows.facts.customers.to_list())
    names = [rung.name for rung in LADDER.rungs]
    mean, count = rows.event_mean("satisfaction"), rows.event_count("satisfaction")
    for number, end in enumerate(["2025-12-31", "2025-09-30"]):
        origin, own = pd.Timestamp(ORIGINS[number]), rows.origin == number
        known = orders[orders["date"] <= origin]
        then, after = (LADDER.place(orders[orders["date"] <= each], as_of=each) for each in (str(origin.date()), end))
        then, after = then.set_index("customer_id"), after.set_index("customer_id")
        who = ids[rows.code[own]]
        assert sorted(who) == sorted(known["customer_id"].unique())
        assert [names[rung] for rung in rows.rung[own]] == then.loc[who, "rung"].tolist()
        assert [names[rung] for rung in rows.later[own]] == after.loc[who, "rung"].tolist()
        assert rows.lapsed[own].tolist() == then.loc[who, "lapsed"].tolist()
        later = orders[(orders["date"] > origin) & (orders["date"] <= end)]
        assert rows.bought[own].tolist() == np.isin(who, later["customer_id"]).tolist()
        since = origin - pd.DateOffset(years=1)
        recent = known[known["date"] > since].drop_duplicates().groupby("customer_id").size()
        assert rows.recent[own].tolist() == recent.reindex(who).fillna(0).tolist()
        events = told[(told["date"] > since) & (told["date"] <= origin)].groupby("customer_id")["value"]
        assert count[own].tolist() == events.size().reindex(who).fillna(0).tolist()
        assert mean[own] == pytest.approx(events.mean().reindex(who).to_numpy(), nan_ok=True)
        summary = kk.summarize(known, as_of=origin, period="W")
        months = kk.Period.of("6M").in_units("W")
        p = PROCESS.predict(summary, horizon=months, also=["p_purchase"]).set_index("customer_id")["p_purchase"]
        assert rows.log_odds[own] == pytest.approx(logit(1 - p.loc[who]).to_numpy(), rel=1e-9)


def test_nothing_that_came_later_is_read():
    """Events after an origin, of the day after it on, change no covariate."""
    orders, told = base(1)
    until = told[told["date"] <= ORIGINS[1]]
    rows, cut = (
        Landmarks.of(LADDER.history(orders, as_of=AS_OF, events=each), process=PROCESS, origins=2, months=6)
        for each in (told, until)
    )
    of_earlier = rows.origin == 1
    assert of_earlier.any()
    assert rows.event_count("satisfaction")[of_earlier].tolist() == cut.event_count("satisfaction")[of_earlier].tolist()
    assert rows.event_count("satisfaction")[~of_earlier].sum() > cut.event_count("satisfaction")[~of_earlier].sum()
