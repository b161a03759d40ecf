"""Ranks and shares that are looked up are those of the whole column."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.money.equal_amounts import merge_ties, ranks_from_the_top
from kundkarriar.numerics.money.lorenz_gini import shares_from_the_top
from kundkarriar.numerics.money.ranked_amounts import RankedAmounts

STEPS = st.tuples(st.sampled_from([-7.0, 0.0, 1.0, 1.5, 300.0]), st.integers(0, 4))


@given(st.lists(STEPS, min_size=1, max_size=12))
def test_ranks_and_shares_are_those_of_all_amounts_at_once(steps):
    """Amounts a part in 10^12 apart tie, in chains too; each block is asked in its own order."""
    amounts = np.array([value * (1 + 0.9e-12 * step) for value, step in steps])
    ranked = RankedAmounts.of(np.append(amounts, np.nan))
    asked = amounts[::-1]
    np.testing.assert_array_equal(ranked.ranks(asked), ranks_from_the_top(amounts)[::-1])
    found = ranked.shares()(np.append(asked, np.nan))
    assert np.isnan(found[-1])
    if (amounts > 0).any():
        np.testing.assert_allclose(found[:-1], shares_from_the_top(v=merge_ties(amounts))[1][::-1], rtol=1e-11)
    else:
        assert np.isnan(found).all()
