"""A discount: how its share grows, and what it refuses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kundkarriar as kk


@given(st.floats(0.001, 0.2), st.floats(0, 0.3), st.integers(0, 5))
def test_each_climb_multiplies_the_share_alike(share, escalation, climbs):
    """D_{k+1} = (1 + g) D_k, and the first is D."""
    discount = kk.Discount(share=share, escalation=escalation)
    assert discount.at(0) == share
    assert discount.at(climbs + 1) == pytest.approx((1 + escalation) * discount.at(climbs), rel=1e-12)


SHARE = "`share` must be a number above 0 and below 1, got {}.\n\nHint: write share=0.1."
ESCALATION = "`escalation` must be a number from 0 to 10, got {}.\n\nHint: write escalation=0.02."


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"share": 0}, SHARE.format("0.0")),
        ({"share": 1}, SHARE.format("1.0")),
        ({"share": 10}, SHARE.format("10.0")),
        ({"share": float("nan")}, SHARE.format("nan")),
        ({"share": "10%"}, SHARE.format("'10%'")),
        ({"share": True}, SHARE.format("True")),
        ({"share": 0.1, "escalation": -0.1}, ESCALATION.format("-0.1")),
        ({"share": 0.1, "escalation": float("inf")}, ESCALATION.format("inf")),
        ({"share": 0.1, "escalation": None}, ESCALATION.format("None")),
    ],
)
def test_what_a_discount_cannot_be(given, message):
    with pytest.raises(kk.DataError) as raised:
        kk.Discount(**given)
    assert str(raised.value) == message


def test_a_share_that_would_reach_the_whole_price_is_refused_and_not_capped():
    """The escalation that the hint allows is one that fits."""
    with pytest.raises(kk.DataError) as raised:
        kk.Discount(share=0.4, escalation=0.4).at(3)
    assert str(raised.value) == (
        "a discount stays below the whole list price, and this one is 1.098 of it after 3 climbs (40% off the list "
        "price, growing by 40% with each rung climbed).\n\nHint: write escalation=0.34 or less, or a smaller share."
    )
    assert kk.Discount(share=0.4, escalation=0.34).at(3) < 1


@pytest.mark.parametrize("climbs", [-1, 1.5, 100, None])
def test_climbs_are_whole_numbers(climbs):
    with pytest.raises(kk.DataError) as raised:
        kk.Discount(share=0.1).at(climbs)
    assert str(raised.value) == (
        f"`climbs` must be a whole number from 0 to 99, got {climbs!r}.\n\nHint: write climbs=1."
    )
