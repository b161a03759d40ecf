"""What a spend model reads of a summary: repeat purchases and their mean spend, checked, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers, require, rows_where

if TYPE_CHECKING:
    from numpy.typing import NDArray


def _floats(given: Any) -> NDArray[np.float64]:
    return np.atleast_1d(np.asarray(given, dtype=np.float64))


@frozen(kw_only=True, eq=False)
class SpendRows:
    """Customers as a spend model sees them.

    Attributes:
        x: repeat purchases that tell of spend, (n,): 0 where nothing is known.
        m: their mean spend, (n,), above 0, and 0 where nothing is known.
        weights: how many customers each row stands for, (n,).
        repeats: repeat purchases as given, (n,).
    """

    x: NDArray[np.float64] = field(converter=_floats)
    m: NDArray[np.float64] = field(converter=_floats)
    weights: NDArray[np.float64] = field(converter=_floats)
    repeats: NDArray[np.float64] = field(converter=_floats)

    @classmethod
    def of(cls, frequency: Any, monetary_value: Any, weights: Any | None = None) -> SpendRows:
        """Rows in which a spend that is missing or not above 0 tells nothing.

        >>> SpendRows.of([0, 2, 3], [0.0, 0.0, 9.0]).x
        array([0., 0., 3.])
        """
        repeats, spend = np.nan_to_num(_floats(frequency)), np.nan_to_num(_floats(monetary_value))
        tells = (repeats > 0) & (spend > 0)
        return cls(
            x=np.where(tells, repeats, 0.0),
            m=np.where(tells, spend, 0.0),
            weights=np.ones(len(repeats)) if weights is None else weights,
            repeats=repeats,
        )

    def priced(self) -> SpendRows:
        """The rows that tell something of spend."""
        tells = self.x > 0
        return SpendRows(x=self.x[tells], m=self.m[tells], weights=self.weights[tells], repeats=self.repeats[tells])

    def unpriced(self) -> int:
        """How many repeat buyers tell nothing, because their spend is not above 0."""
        return int(self.weights[(self.repeats > 0) & (self.x == 0)].sum())


def read_spend_rows(summary: object, *, need: str, weights: str | None = None) -> SpendRows:
    """Check a summary frame, and read what a spend model needs.

    Raises:
        DataError: columns are missing; text or infinity; a spend missing where there were repeat purchases;
            a frequency that is not a whole number of at least 0.
    """
    frame = narrow(summary, need=need)
    require(frame, ["frequency", "monetary_value", *([weights] if weights else [])], need=need)
    if len(frame) == 0:
        raise DataError.because(
            f"{need} needs customers, got an empty summary.",
            hint="check the dates given to kk.summarize(transactions, as_of=...).",
        )
    prospects = "n_transactions" in frame.columns
    frequency = numbers(frame, "frequency", need=need, nullable=prospects)
    spend = numbers(frame, "monetary_value", need=need, nullable=True)
    counts = numbers(frame, weights, need=need) if weights else None
    shown = ["customer_id", "frequency", "monetary_value"]
    for broken, law, hint in (
        (
            (frequency < 0) | (frequency != np.floor(np.nan_to_num(frequency))) & ~np.isnan(frequency),
            "`frequency` counts repeat purchases: whole numbers of at least 0",
            "see kk.summarize.",
        ),
        (
            np.isnan(spend) & (np.nan_to_num(frequency) > 0),
            "`monetary_value` is known of everyone who bought again",
            "it is the mean spend of a repeat purchase day; see kk.summarize.",
        ),
    ):
        if broken.any():
            raise DataError.at_rows(f"{need}: {law}", rows_where(frame, broken, shown), of=len(frame), hint=hint)
    return SpendRows.of(frequency, spend, counts)
