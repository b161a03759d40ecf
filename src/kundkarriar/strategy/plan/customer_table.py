"""The customers a plan is made for: the columns it reads, checked once, as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import field, fields_dict, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, numbers
from kundkarriar.history.customer_ids import ONE_EACH, unique_ids
from kundkarriar.history.id_values import read_id_values
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.stored import part_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

NEED = "StrategyPlanner.plan"
NUMBERS = (
    "p_alive",
    "p_purchase",
    "p_leaves",
    "p_promotion",
    "promotion_value",
    "expected_purchases",
    "clv",
    "contribution",
    "net_value",
    "retention_value",
    "value_at_risk",
    "rung_number",
    "value_12M",
    "total_value",
    "days_since_purchase",
    "p_moving",
    "p_recurring",
    "p_exclusive",
)
WORDS = ("rung", "highest_rung", "abc", "group", "reason")


@frozen(kw_only=True, eq=False)
class CustomerTable:
    """What a plan knows of its customers, one row each, in the order given.

    Attributes:
        ids: the ids, (n,), as Python values.
        numbers: the numeric columns that were there, (n,) each, NaN where missing.
        words: the text columns that were there, (n,) each, None where missing.
        lapsed: the flag, (n,); None where the column was not there.
        currency: the one currency, "" where there is no such column.
    """

    ids: tuple[Any, ...] = field(converter=tuple)
    numbers: Mapping[str, NDArray[np.float64]]
    words: Mapping[str, NDArray[Any]]
    lapsed: NDArray[np.bool_] | None
    currency: str

    @classmethod
    def read(cls, customers: Any, *, need: str = NEED) -> CustomerTable:
        """The table of a pandas or polars frame with `customer_id`.

        Raises:
            DataError: no rows, ids missing or twice, text where numbers belong, more than one currency.
        """
        frame = narrow(customers, need=need)
        if len(frame) == 0:
            raise DataError.because(
                f"{need} needs at least one customer, the frame is empty.",
                hint="pass career.customers(), or scores, classes and positions joined on customer_id.",
            )
        ids = unique_ids(frame, need=need, hint=ONE_EACH)
        have = set(frame.columns)
        return cls(
            ids=ids.to_list(),
            numbers={name: numbers(frame, name, need=need, nullable=True) for name in NUMBERS if name in have},
            words={name: _words(frame[name]) for name in WORDS if name in have},
            lapsed=_flag(frame, "lapsed") if "lapsed" in have else None,
            currency=_currency(frame, need=need) if "currency" in have else "",
        )

    def __len__(self) -> int:
        return len(self.ids)

    def hashes(self, at: NDArray[np.int64] | None = None) -> NDArray[np.uint64]:
        """A hash of the ids of some customers (of all), (n,): what random numbers and ties hang on."""
        ids = self.ids if at is None else [self.ids[each] for each in at.tolist()]
        return stable_hash(ids=read_id_values(ids, need=NEED))

    @property
    def value_ahead(self) -> str:
        """The column that says what customers will bring: net_value where costs were given, else clv."""
        return "net_value" if "net_value" in self.numbers else "clv"

    def rows(self, at: list[int]) -> CustomerTable:
        """Some of the customers, with all that is known of them."""
        return CustomerTable(
            ids=[self.ids[each] for each in at],
            numbers={name: values[at] for name, values in self.numbers.items()},
            words={name: values[at] for name, values in self.words.items()},
            lapsed=None if self.lapsed is None else self.lapsed[at],
            currency=self.currency,
        )

    def number(self, name: str, *, need: str) -> NDArray[np.float64]:
        """A numeric column (n,); refused by name where it was not given."""
        if name not in self.numbers:
            raise DataError.missing_columns([name], have=self.columns, need=need)
        return self.numbers[name]

    def word(self, name: str) -> NDArray[Any]:
        """A text column (n,); None everywhere where it was not given."""
        return self.words.get(name, np.full(len(self), None, dtype=object))

    @property
    def columns(self) -> list[str]:
        """The columns that the plan knows of."""
        return ["customer_id", *self.numbers, *self.words, *([] if self.lapsed is None else ["lapsed"])]

    def to_dict(self) -> dict[str, Any]:
        """The table in JSON types; what is missing is null."""
        return {
            "ids": list(self.ids),
            "numbers": {name: plain(values) for name, values in self.numbers.items()},
            "words": {name: values.tolist() for name, values in self.words.items()},
            "lapsed": None if self.lapsed is None else self.lapsed.tolist(),
            "currency": self.currency,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> CustomerTable:
        """The table that `to_dict` wrote."""
        stored = part_of(stored, kind="customer table", names=fields_dict(cls))
        return cls(
            ids=read_id_values(stored["ids"], need="a stored customer table").tolist(),
            numbers={name: floats(values) for name, values in stored["numbers"].items()},
            words={name: np.array(values, dtype=object) for name, values in stored["words"].items()},
            lapsed=None if stored["lapsed"] is None else np.array(stored["lapsed"], dtype=bool),
            currency=stored["currency"],
        )


def plain(values: NDArray[np.float64]) -> list[Any]:
    """Floats as JSON knows them: NaN is null."""
    return [None if missing else value for missing, value in zip(np.isnan(values), values.tolist(), strict=True)]


def floats(values: Iterable[Any]) -> NDArray[np.float64]:
    """The floats that `plain` wrote."""
    return np.array(list(values), dtype=np.float64)


def _words(series: nw.Series[Any]) -> NDArray[Any]:
    """Text, None where missing, whatever the frame library marks it with."""
    values = np.array([*series.cast(nw.String).to_list(), None], dtype=object)[:-1]
    values[series.is_null().to_numpy()] = None
    return values


def _flag(frame: nw.DataFrame[Any], name: str) -> NDArray[np.bool_]:
    """True where the flag is known to be set."""
    series = frame[name]
    if series.dtype == nw.Boolean:
        return series.fill_null(False).to_numpy().astype(bool)
    known = zip(series.is_null().to_list(), series.to_list(), strict=True)
    return np.array([not missing and value == True for missing, value in known], dtype=bool)  # noqa: E712


def _currency(frame: nw.DataFrame[Any], *, need: str) -> str:
    found = frame["currency"].drop_nulls().unique().to_list()
    if len(found) > 1:
        raise DataError.because(
            f"{need} needs one currency, found {sorted(map(str, found))}.",
            hint="convert to one currency, or make one plan for each.",
        )
    return str(found[0]) if found else ""
