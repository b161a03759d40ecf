"""The columns of a frame of orders by their meaning, and the currency and VAT of the amounts."""

import re
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COLUMN, NAME, Number, Text, as_shown
from kundkarriar.arrays import Array
from kundkarriar.engines.arrow_columns import decimals_as_floats
from kundkarriar.errors import DataError, text_of
from kundkarriar.foreign_objects import is_text
from kundkarriar.frames import NarrowFrame, refuse_rows, require
from kundkarriar.history.ledger.transaction_rows import one_currency, without_amounts

RATE = Number(least=0, below=1, example=0.25)
LABELS = ("category", "channel")
"""The columns of words that say what was bought, and where."""
ROLES = ("customer_id", "date", "amount", "kind", "line_id", *LABELS, "order_id")
"""The columns that get a standard name."""


@frozen
class OrderColumns:
    """The meaning of the columns of a frame of orders: the arguments of `kk.transactions`, in their order."""

    customer_id: str = field(validator=COLUMN)
    date: str = field(validator=COLUMN)
    amount: str | None = field(default=None, validator=optional(COLUMN))
    kind: str | None = field(default=None, validator=optional(COLUMN))
    line_id: str | None = field(default=None, validator=optional(COLUMN))
    vat: str | None = field(default=None, validator=optional(Text(what=NAME.what, example="excluded")))
    vat_rate: float | str | None = field(default=None, eq=lambda rate: text_of(rate, repr))
    currency: str | None = field(default=None, validator=optional(NAME))
    date_format: str | None = field(default=None, validator=optional(NAME))
    time_zone: str | None = field(default=None, validator=optional(NAME))
    category: str | None = field(default=None, validator=optional(COLUMN))
    channel: str | None = field(default=None, validator=optional(COLUMN))
    order_id: str | None = field(default=None, validator=optional(COLUMN))

    @property
    def labels(self) -> dict[str, str]:
        """The columns of words, by their standard name."""
        return {role: column for role, column in self.roles.items() if role in LABELS}

    @property
    def roles(self) -> dict[str, str]:
        """The column of each standard name, if one was given."""
        return {role: column for role in ROLES if (column := getattr(self, role)) is not None}

    def require_in(self, frame: NarrowFrame, *, need: str) -> None:
        """Refuse a frame that lacks a column, or in which two columns would get one name."""
        if self.amount is None:
            self._refuse_words_about_amounts(need=need)
        given = list(self.roles.values())
        require(frame, given, need=need)
        if twice := {column for column in given if given.count(column) > 1}:
            raise DataError.because(
                f"{need} was given the same column for two things: {sorted(twice)}.",
                hint=f"each of {', '.join(ROLES[:-1])} and {ROLES[-1]} has a column of its own.",
            )
        taken = [role for role in self.roles if role in frame.columns and role not in given]
        if self.amount is None:
            own = ("amount",) if without_amounts(frame) else ("amount", "kind")
            taken += [role for role in own if role in frame.columns and role not in given]
        if self.currency in frame.columns and self.currency != "currency" and "currency" in frame.columns:
            taken.append("currency")
        if taken:
            raise DataError.because(
                f"{need} would name a column {taken[0]!r}, and the frame has another of that name.",
                hint=f"rename or drop it first, or pass {taken[0]}={taken[0]!r} if it is the one meant.",
            )

    def _refuse_words_about_amounts(self, *, need: str) -> None:
        """Refuse what says something about amounts, where no column of amounts was named."""
        if self.kind is not None:
            raise DataError.because(
                f"{need} got kind={self.kind!r} and no `amount`: without amounts a return cannot be set against a"
                " purchase, so every row is one.",
                hint='name the column of amounts: amount="..."; or leave the rows of returns out first, and kind= too.',
            )
        said = [name for name in ("vat", "vat_rate", "currency") if getattr(self, name) is not None]
        if said:
            raise DataError.because(
                f"{need} got {', '.join(f'`{name}`' for name in said)} and no `amount`: they say what amounts mean.",
                hint='name the column of amounts: amount="..."; where purchases have none, leave these out.',
            )

    def currency_in(self, frame: NarrowFrame, *, need: str) -> str | None:
        """The currency of all orders: the code that was given, or the one that the column holds."""
        given = self.currency
        if given is None or (given not in frame.columns and not re.fullmatch("[A-Z]{3}", given)):
            problem = "was not told the currency of the amounts"
            if given is not None:
                problem = f"got currency={given!r}, which is neither a column nor a code of three capital letters"
            raise DataError.because(
                f"{need} {problem}.", hint='write currency="SEK", or the name of a column that holds one currency.'
            )
        if given in frame.columns:
            return one_currency(frame[given], need=need)
        return one_currency(frame["currency"], need=need, expected=given) if "currency" in frame.columns else given

    def vat_in(self, frame: NarrowFrame, *, need: str) -> float | Array:
        """VAT as a share of the net amount, one for all rows or (n,); 0 if VAT is excluded."""
        vat, rate = self.vat, self.vat_rate
        if vat not in ("excluded", "included"):
            problem = "was not told" if vat is None else f"got vat={vat!r} and does not know"
            raise DataError.because(
                f"{need} {problem} whether the amounts include VAT: value is counted without it.",
                hint='write vat="excluded", or vat="included" with vat_rate=0.25.',
            )
        if vat == "excluded":
            if rate is not None:
                raise DataError.because(
                    f'{need} got vat="excluded" and a vat_rate: there is nothing to take out.',
                    hint='write vat="included" with the rate, or leave vat_rate out.',
                )
            return 0.0
        if not isinstance(rate, str) or not is_text(rate):
            if not RATE.holds(rate):
                problem = 'got vat="included" and needs the rate to take it out, from 0 to below 1'
                raise DataError.because(
                    f"{need} {problem}: got {as_shown(rate)}.",
                    hint="write vat_rate=0.25 for 25 percent, or the name of a column of rates.",
                )
            return RATE.read(rate, "vat_rate")
        require(frame, [rate], need=need)
        values = amounts_as_floats(frame[rate])
        law = f"{need} needs VAT rates from 0 to below 1 in `{rate}`"
        wrong, shown = ~((values >= 0) & (values < 1)), [*self.roles.values(), rate]
        refuse_rows(frame, wrong, law, hint="25 percent is 0.25.", shown=shown)
        return values


def amounts_as_floats(series: nw.Series[Any]) -> Array:
    """Amounts as floats, (n,); NaN for values that are not finite numbers."""
    exact = None
    if series.dtype.is_decimal() and series.implementation.is_pyarrow():
        exact = decimals_as_floats(series.to_native())
    if exact is not None:
        return exact
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        wide = isinstance(series.dtype, nw.Int128 | nw.UInt128)  # numpy has no such whole numbers
        values = np.array((series.cast(nw.Float64) if wide else series).to_numpy(), np.float64)
    else:
        values = np.array([_number(value) for value in series.to_list()], np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _number(value: Any) -> float:
    if isinstance(value, str | bytes | bool | np.bool_):  # float() would read "1e3", b"1e3" and True
        return np.nan
    try:
        return float(value)
    except Exception:  # noqa: BLE001 - no number, or a foreign object that raises what it likes
        return np.nan
