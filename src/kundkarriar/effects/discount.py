"""A discount on the list price that a customer keeps, and that grows with each rung climbed."""

from __future__ import annotations

from attrs import field, frozen

from kundkarriar.arguments import Number, WholeNumber, to_float
from kundkarriar.errors import DataError
from kundkarriar.stored import Stored

SHARE_OF_PRICE = Number(above=0, below=1, example=0.1)
ESCALATION = Number(least=0, most=10, example=0.02)
CLIMBS = WholeNumber(least=0, most=99)
"""A ladder has at most 100 rungs."""


@frozen(kw_only=True)
class Discount(Stored):
    """A discount: a share of the list price, inherited up the ladder and never given back on a fall.

    Who is granted it gets it on every later purchase. With each rung that the customer climbs above the rung where it
    was granted, the share grows by `escalation`. Who falls keeps the share of the highest rung reached since.

    Attributes:
        share: D, the share of the list price on the rung where it is granted, above 0 and below 1: .1 is ten per cent.
        escalation: g, the growth of the share with each rung climbed, at least 0: after k climbs it is D (1 + g)^k. .2
            turns ten per cent into twelve.

    >>> voucher = Discount(share=0.1, escalation=0.2)
    >>> print(voucher)
    10% off the list price, growing by 20% with each rung climbed
    >>> round(voucher.at(2), 4)
    0.144
    >>> Discount(share=0.5, escalation=0.5).at(2)
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: a discount stays below the whole list price, and this one is 1.125 of it after 2
    climbs (50% off the list price, growing by 50% with each rung climbed).
    <BLANKLINE>
    Hint: write escalation=0.39 or less, or a smaller share.
    """

    stored_as = "discount"
    share: float = field(converter=to_float, validator=SHARE_OF_PRICE)
    escalation: float = field(default=0.0, converter=to_float, validator=ESCALATION)

    def at(self, climbs: int) -> float:
        """The share of the list price after some climbs above the rung where the discount was granted.

        Raises:
            DataError: the share would be the whole list price or more. It is refused and not capped: a capped discount
                is another one than was written.
        """
        climbs = CLIMBS.read(climbs, "climbs")
        share = self.share * (1 + self.escalation) ** climbs
        if share < 1:
            return share
        most = (1 / self.share) ** (1 / climbs) - 1
        raise DataError.because(
            f"a discount stays below the whole list price, and this one is {share:.4g} of it after {climbs} climbs "
            f"({self}).",
            hint=f"write escalation={0.95 * most:.2g} or less, or a smaller share.",
        )

    def __str__(self) -> str:
        grows = f", growing by {100 * self.escalation:g}% with each rung climbed" if self.escalation else ""
        return f"{100 * self.share:g}% off the list price{grows}"
