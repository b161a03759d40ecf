"""Facts of histories that go on: as if the days that came had been in the data."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.history.as_of.fact_definitions import FACTS, facts_at
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.as_of.path_facts import AddedDays, KnownFacts, PathFacts

ORIGIN, LATER = np.datetime64("1997-06-30"), ("1997-07-31", "1997-09-15", "1998-06-30")
EVENTS = ("events_referral", "events_referral_12M", "events_satisfaction_last")


@pytest.fixture(scope="module")
def whole() -> FactsAsOf:
    """CDNOW's sample, all purchases, with some events before the origin and after it."""
    transactions = kk.datasets.load_cdnow(sample=True)
    ids = transactions["customer_id"].unique()[:60]
    dates = pd.to_datetime(["1997-05-03", "1997-06-30", "1997-08-31"]).repeat(20)
    events = pd.DataFrame({"customer_id": ids, "date": dates, "event": "referral"})
    said = pd.DataFrame({"customer_id": ids, "date": pd.Timestamp("1997-04-01"), "event": "satisfaction", "value": 4.0})
    return read_facts_as_of(
        transactions, as_of="1998-06-30", customers=None, events=pd.concat([events, said], ignore_index=True)
    )


@pytest.fixture(scope="module")
def paths(whole: FactsAsOf) -> PathFacts:
    """The history of the sample up to the origin, twice a customer, with the days that came on the second path."""
    past, origin = whole.before(ORIGIN), ORIGIN.astype(int)
    n, days = past.n, whole.days
    later = (days.day > origin) & (days.code < n)
    keys = whole.events.keys["referral"]  # type: ignore[union-attr]
    code, day = keys // 2**23, keys % 2**23 - 2**22
    came = (day > origin) & (code < n)
    return PathFacts(
        known=KnownFacts(facts_as_of=past),
        customer=np.tile(np.arange(n), 2),
        purchases=AddedDays(path=days.code[later] + n, day=days.day[later], amount=days.spend[later]),
        events={"referral": AddedDays(path=code[came] + n, day=day[came])},
    )


@pytest.mark.parametrize("day", ["1997-03-31", "1997-06-30", *LATER])
def test_what_came_gives_the_facts_of_the_later_data(whole: FactsAsOf, paths: PathFacts, day: str) -> None:
    """Facts of paths to which the days that came are added are the facts of data that hold these days."""
    names, n = (*FACTS, *EVENTS), paths.n // 2
    expected = facts_at(whole, np.datetime64(day), names)
    found = facts_at(paths, np.datetime64(day), names)
    for name in names:
        came, own = expected[name][:n], found[name][n:]
        if came.dtype.kind == "M":
            np.testing.assert_array_equal(own, came, err_msg=name)
        else:
            np.testing.assert_allclose(own, came, rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("day", LATER)
def test_without_added_days_nothing_happens(paths: PathFacts, day: str) -> None:
    """Paths without added days have the facts of the history at the later day."""
    names, n = (*FACTS, *EVENTS[:2]), paths.n // 2
    expected = facts_at(paths.known.facts_as_of, np.datetime64(day), names)
    found = facts_at(paths, np.datetime64(day), names)
    for name in names:
        np.testing.assert_array_equal(found[name][:n], expected[name], err_msg=name)
