"""Actions that give a discount: what they must be, and what they keep when they are stored."""

import attrs
import pytest

import kundkarriar as kk

MORE = kk.Effect(on="purchases", mean=1.1, low=1, high=1.2, evidence="assumed", relative_to="none")
TENTH = kk.Discount(share=0.1, escalation=0.02)
VOUCHER = kk.Action(name="voucher", objective="grow", lever="price", cost=1, hours=0, effect=MORE, discount=TENTH)


def test_a_discount_is_kept_when_stored():
    assert kk.Action.from_dict(VOUCHER.to_dict()) == VOUCHER
    assert "discount" not in attrs.evolve(VOUCHER, discount=None).to_dict()
    assert VOUCHER.costs_spend
    assert not attrs.evolve(VOUCHER, discount=None).costs_spend
    gift = attrs.evolve(VOUCHER, effects=(attrs.evolve(MORE, on="value", mean=3, low=3, high=3),))
    assert gift.by_process
    assert not gift.acts_on_process


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"lever": "service"},
            (
                "the action 'voucher' has a discount, which changes the price, and its lever is 'service'. | "
                'write lever="price", or leave `discount` out.'
            ),
        ),
        (
            {"effects": (attrs.evolve(MORE, on="promotion"),), "step": ("trial buyer", "repeat buyer")},
            (
                "the effect of 'voucher' on promotion does not tell on which purchases its discount is given. | "
                "state what it does to leaving, purchases or spend; or leave it out."
            ),
        ),
        (
            {"discount": 0.1},
            "`discount` must be kk.Discount(...), got 0.1. | write discount=kk.Discount(share=0.1).",
        ),
    ],
    ids=["lever", "promotion", "number"],
)
def test_refused(change, message):
    with pytest.raises(kk.DataError) as caught:
        attrs.evolve(VOUCHER, **change)
    assert str(caught.value) == message.replace(" | ", "\n\nHint: ")
