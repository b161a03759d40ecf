"""Shares at which customers are drawn."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.ladder.discounts.discount_effects import shares_drawn


@given(st.floats(0.001, 0.999), st.floats(0.001, 1))
def test_shares_are_apart_and_reach_as_far_as_is_looked(share, most):
    """Between two that nearly coincide, the slope of a curve through noisy sums would be anything."""
    stated, *others = shares_drawn(share, most=most)
    assert stated == share
    inside = sorted({0.0, share, *others})
    assert min(b - a for a, b in pairwise(inside) if b <= most) > min(0.019 * most, share / 2)
    assert max(inside) >= 0.97 * most


def test_where_nothing_is_looked_for_only_the_stated_share_is_drawn():
    assert shares_drawn(0.1, most=0.0) == [0.1]
