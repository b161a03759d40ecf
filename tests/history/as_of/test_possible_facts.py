"""Which counts a purchase history can have together."""

import itertools

import numpy as np
import pandas as pd
import pytest

from kundkarriar.history.as_of.possible_facts import possible_facts

NAMES = ("purchase_days_1M", "quarters_active_12M", "purchase_days_12M", "purchase_days")
MOST = 4


def attainable():
    """Counts of histories by their days in the last month, the rest of its quarter, three more quarters, and before."""
    for days in itertools.product(range(MOST + 1), repeat=6):
        if sum(days) <= 2 * MOST:
            quarters = (sum(days[:2]), *days[2:5])
            yield days[0], sum(each > 0 for each in quarters), sum(quarters), sum(days)


@pytest.mark.parametrize("known", [c for size in (2, 3, 4) for c in itertools.combinations(range(4), size)], ids=str)
def test_possible_are_the_counts_of_some_history(known):
    """Of each set of columns, the possible combinations are those of all histories of few purchase days, and no other.

    What is missing goes with any other: it can be what some history has.
    """
    told = {tuple(each[at] for at in known) for each in attainable()}
    cases = list(itertools.product(range(MOST + 1), repeat=len(known)))
    frame = pd.DataFrame(cases, columns=[NAMES[at] for at in known], dtype=float)
    assert possible_facts(frame).tolist() == [each in told for each in cases]
    missing = frame.reindex(columns=[*NAMES]).astype(np.float64)
    assert possible_facts(missing).tolist() == [each in told for each in cases]
