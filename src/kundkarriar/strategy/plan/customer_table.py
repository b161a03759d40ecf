"""The customer table of plans and checks: the columns of scores, classes and rungs that they read, as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import min_len, optional
from numpy.typing import NDArray

from kundkarriar.arguments import AMOUNT, MONEY, MOST, SHARE, Number, WholeNumber, refusal
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.dates.order_dates import order_dates
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of, names_once_each, outside
from kundkarriar.frames import NarrowFrame, narrow, nulls, numbers, refuse_rows
from kundkarriar.id_kinds import read_id_values
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.stored_forms import LATER, TEXT, WHOLE, Form, array_of, by_name, list_of, one_of, or_null, written
from kundkarriar.strategy.plan.contacts.contact_consent import Consent, may_be_contacted, read_consent

NEED = "StrategyPlanner.plan"
COUNT = WholeNumber(least=0, most=MOST)
DAY_NUMBER = Number(least=-1e6, most=1e7)
NEXT_PURCHASE = "next_purchase"
NUMBERS: dict[str, Number] = {
    "p_alive": SHARE,
    "p_purchase": SHARE,
    "p_leaves": SHARE,
    "p_paused": SHARE,
    "p_promotion": SHARE,
    "promotion_value": MONEY,
    "expected_purchases": AMOUNT,
    "expected_order_value": MONEY,
    "clv": MONEY,
    "contribution": MONEY,
    "net_value": MONEY,
    "retention_value": MONEY,
    "value_at_risk": MONEY,
    "win_back_value": MONEY,
    "priority": MONEY,
    "rung_number": COUNT,
    "rung_position": SHARE,
    "highest_position": SHARE,
    "events_referral": AMOUNT,
    "value_12M": MONEY,
    "total_value": MONEY,
    "purchase_days": COUNT,
    "days_since_purchase": AMOUNT,
    NEXT_PURCHASE: DAY_NUMBER,
    "p_moving": SHARE,
    "p_recurring": SHARE,
    "p_exclusive": SHARE,
}
"""The numeric columns, and the law of the values of each; days are numbers since 1970-01-01."""
WITH_TEXT = (nw.String, nw.Categorical, nw.Enum, nw.Boolean, nw.Datetime, nw.Date)
TRUTHS = (bool, int, float, np.generic)
NOTE = "model_note"
FLAGS = ("lapsed", "paused")
USUAL: dict[str, Any] = {"last_purchase": (nw.Date, nw.Datetime), "typical_gap": nw.dtypes.NumericType}
"""The columns that tell when the next purchase would usually come, and their types."""
WORDS = ("rung", "highest_rung", "abc", "group", "reason", NOTE)


def _of_each(table: CustomerTable, attribute: Attribute[Any], given: Mapping[str, Mask]) -> None:
    if wrong := [name for name, may in given.items() if may.shape != (len(table.ids),)]:
        law = f"columns with a truth value for each of {len(table.ids):,} ids"
        raise refusal(wrong, attribute.name, law=law, hint="a customer may be contacted, or not.")


def _read_ids(given: Any) -> list[Any]:
    ids: list[Any] = read_id_values(list_of(one_of(WHOLE, TEXT)).read(given), need="a stored customer table").tolist()
    return ids


IDS = Form(law="a list of ids", write=list, read=_read_ids)
WORDS_OR_MISSING = Form(
    law="a list of texts",
    write=lambda values: values.tolist(),
    read=lambda given: np.array([*list_of(or_null(TEXT)).read(given), None], dtype=object)[:-1],
)


def _columns_of(*names: str) -> Callable[[CustomerTable, Attribute[Any], Any], None]:
    """Validator of columns: no others than `names`, and a value for each customer."""

    def check(table: CustomerTable, attribute: Attribute[Any], given: Any) -> None:
        n, columns = len(table.ids), given if isinstance(given, Mapping) else {attribute.name: given}
        law, hint = f"columns of plans, with a value for each of {n:,} ids", f"its columns are {list(names)}."
        if wrong := [name for name in columns if name not in names or columns[name].shape != (n,)]:
            raise refusal(wrong, attribute.name, law=law, hint=hint)

    return check


def _within_laws(table: CustomerTable, attribute: Attribute[Any], given: Mapping[str, Array]) -> None:
    """Validator: the values that are known obey the law of their column."""
    _columns_of(*NUMBERS)(table, attribute, given)
    for name, values in given.items():
        if (wrong := outside(values, law=NUMBERS[name])).any():
            raise refusal(float(values[wrong][0]), name, law=NUMBERS[name].law, hint="repair the column.")


@frozen(kw_only=True, eq=False)
class CustomerTable:
    """Columns that plans and checks read, one row per customer, in the order given.

    It is read from a frame of scores, classes and rungs, such as `FittedCareer.customers`; the scorer's input is
    `CustomerBase`.

    Attributes:
        ids: the ids, (n,), as Python values.
        numbers: the numeric columns given, (n,) each, NaN where missing.
        words: the text columns given, (n,) each, None where missing.
        lapsed: whether the customer is lapsed, (n,); None where the column was not given.
        paused: whether the customer is lapsed and expected back, likewise.
        currency: the currency, "" where the column was not given.
        consent: the columns `may_contact` and `may_contact_<channel>` given, (n,) each.
    """

    stored_as = "customer table"
    ids: tuple[Any, ...] = field(converter=tuple, validator=(min_len(1), names_once_each), metadata=written(IDS))
    numbers: Mapping[str, Array] = field(
        validator=_within_laws, metadata=written(by_name(array_of(np.float64, missing=True)))
    )
    words: Mapping[str, NDArray[Any]] = field(
        validator=_columns_of(*WORDS), metadata=written(by_name(WORDS_OR_MISSING))
    )
    lapsed: Mask | None = field(validator=optional(_columns_of("lapsed")))
    paused: Mask | None = field(default=None, validator=optional(_columns_of("paused")), metadata=LATER)
    currency: str = field(validator=instance_of(str))
    consent: Consent = field(
        factory=dict, validator=_of_each, metadata={**written(by_name(array_of(np.bool_)), later=True), "before": {}}
    )

    @classmethod
    def read(cls, customers: Any, *, need: str = NEED) -> CustomerTable:
        """The table of a frame of pandas, polars or pyarrow with `customer_id`.

        Raises:
            DataError: no rows, missing or repeated ids, text in a numeric column, a number outside the law of its
                column, more than one currency.
        """
        frame = narrow(customers, need=need)
        if len(frame) == 0:
            raise DataError.because(
                f"{need} needs at least one customer, the frame is empty.",
                hint="pass career.customers(), or scores, classes and positions joined on customer_id.",
            )
        ids = unique_ids(frame, need=need, hint=ONE_ROW_HINT)
        have = set(frame.columns)
        if NOTE in have and bool(frame[NOTE].is_null().all()):
            have.remove(NOTE)
        return cls(
            ids=ids.to_list(),
            numbers={
                name: _numbers(frame, name, law=law, need=need)
                for name, law in NUMBERS.items()
                if name in have and name != NEXT_PURCHASE
            }
            | _next_purchase(frame, need=need),
            words={name: _words(frame, name, need=need) for name in WORDS if name in have},
            **{name: truths(frame, name) if name in have else None for name in FLAGS},
            currency=_currency(frame, need=need) if "currency" in have else "",
            consent=read_consent(frame, need=need),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def hashes(self, at: Whole | None = None) -> NDArray[np.uint64]:
        """A hash of the ids at positions `at` (of all ids), (n,): the source of random numbers and of tie-breaking."""
        ids = self.ids if at is None else [self.ids[each] for each in at.tolist()]
        return stable_hash(ids=read_id_values(ids, need=NEED))

    @property
    def notes(self) -> tuple[str, ...]:
        """What makes the scores doubtful: the distinct sentences of the column `model_note`."""
        return tuple(dict.fromkeys(each for each in self.word(NOTE) if each is not None))

    @property
    def value_ahead(self) -> str:
        """The column of expected value: net_value where costs were given, else clv."""
        return "net_value" if "net_value" in self.numbers else "clv"

    @property
    def prospects(self) -> Mask:
        """Who has never bought, as far as the columns tell, (n,): no purchase days, or no day of a last purchase."""
        if "purchase_days" in self.numbers:
            return np.asarray(self.numbers["purchase_days"] == 0)
        return np.isnan(self.numbers.get("days_since_purchase", np.zeros(len(self))))

    def rows(self, at: list[int]) -> CustomerTable:
        """The customers at positions `at`, with all columns."""
        return evolve(
            self,
            ids=[self.ids[each] for each in at],
            numbers={name: values[at] for name, values in self.numbers.items()},
            words={name: values[at] for name, values in self.words.items()},
            **{name: flags[at] for name, flags in self._flags.items()},
            consent={name: may[at] for name, may in self.consent.items()},
        )

    def may_be_contacted(self, channel: str | None = None) -> Mask:
        """Whether each customer may be contacted at all, and by a channel, (n,)."""
        return may_be_contacted(self.consent, channel, n=len(self))

    def number(self, name: str, *, need: str) -> Array:
        """A numeric column, (n,); an error names it where it was not given."""
        if name not in self.numbers:
            raise DataError.missing_columns([name], have=self.columns, need=need)
        return self.numbers[name]

    def word(self, name: str) -> NDArray[Any]:
        """A text column, (n,); None everywhere where it was not given."""
        return self.words.get(name, np.full(len(self), None, dtype=object))

    @property
    def columns(self) -> list[str]:
        """The names of the columns given."""
        return ["customer_id", *self.numbers, *self.words, *self._flags]

    @property
    def _flags(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in FLAGS}
        return {name: flags for name, flags in given.items() if flags is not None}


def _numbers(frame: NarrowFrame, name: str, *, law: Number, need: str) -> Array:
    """A column of numbers, NaN where missing; refused where they are impossible, or sums would not be finite."""
    values = numbers(frame, name, need=need, nullable=True)
    words, hint = law.law, f"repair these rows, or leave `{name}` empty where it is not known."
    if law is MONEY:
        words, hint = f"amounts of at most {MOST:g}", "count money in larger units."
    wrong = outside(values, law=law)
    refuse_rows(frame, wrong, f"{need} needs {words} in `{name}`", hint=hint, shown=["customer_id", name])
    return values


def _next_purchase(frame: NarrowFrame, *, need: str) -> dict[str, Array]:
    """The day of the next purchase, (n,): the column, or else the last purchase plus the usual gap between two.

    NaN where it is not known. Of the lapsed, who have been silent for longer than that, the usual gap tells nothing.
    """
    given, schema = NEXT_PURCHASE in frame.columns, frame.schema
    if not given and not all(isinstance(schema.get(column), kind) for column, kind in USUAL.items()):
        return {}
    name = NEXT_PURCHASE if given else "last_purchase"
    dates = order_dates(frame[name], date_format=None, time_zone=None)
    day = np.where(np.isnat(dates.date), np.nan, dates.date.astype("datetime64[D]").astype(np.float64))
    if given:
        law, hint = f"{need} needs days in `{name}`", "write year-month-day, or leave them empty."
        refuse_rows(frame, dates.unreadable | dates.outside, law, hint=hint, shown=["customer_id", name])
        return {NEXT_PURCHASE: day}
    day = np.rint(day + numbers(frame, "typical_gap", need=need, nullable=True))
    unknown = outside(day, law=DAY_NUMBER) | (truths(frame, "lapsed") if "lapsed" in schema else False)
    return {NEXT_PURCHASE: np.where(unknown, np.nan, day)}


def _words(frame: NarrowFrame, name: str, *, need: str) -> NDArray[Any]:
    """A column as text, (n,), None where missing; refused where values have no text of their own."""
    series, missing = frame[name], nulls(frame[name])
    if series.dtype.is_numeric() or isinstance(series.dtype, WITH_TEXT):
        series = series.cast(nw.String)
    given = series.to_list()
    odd = np.array([not isinstance(each, str | int | float | np.generic) for each in given], dtype=bool) & ~missing
    law, hint = f"{need} needs text in `{name}`", f"make `{name}` text."
    refuse_rows(frame, odd, law, hint=hint, shown=["customer_id", name])
    values = [None if gone else str(each) for gone, each in zip(missing, given, strict=True)]
    return np.array([*values, None], dtype=object)[:-1]


def truths(frame: NarrowFrame, name: str) -> Mask:
    """A column of truth values, (n,); missing and other values are False."""
    if frame[name].dtype == nw.Boolean:
        return frame[name].fill_null(False).to_numpy().astype(bool)
    return np.array([isinstance(each, TRUTHS) and each == 1 for each in frame[name].to_list()], dtype=bool)


def _currency(frame: NarrowFrame, *, need: str) -> str:
    currencies = sorted({each for each in _words(frame, "currency", need=need) if each is not None})
    if len(currencies) > 1:
        raise DataError.because(
            f"{need} needs one currency, found {currencies}.",
            hint="convert to one currency, or make one plan for each.",
        )
    return currencies[0] if currencies else ""
