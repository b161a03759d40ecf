"""Covariates of the class probabilities of a mixture of chains: columns of customers, standardised."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import FINITE, NAME, POSITIVE, read_many, refusal, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow, new_frame
from kundkarriar.ladder.fitted_fields import BY_FIT
from kundkarriar.models.covariates.columns import Level, customer_columns

LEVELS = "pairs of a column and its levels"
NEED = "ChainMixture(covariates=...)"


def _pairs(given: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    rows = read_many(given, "levels", law=LEVELS, hint=BY_FIT)
    if not all(isinstance(row, tuple | list) and len(row) == 2 for row in rows):
        raise refusal(given, "levels", law=LEVELS, hint=BY_FIT)
    return tuple((NAME.read(name, "levels"), read_many(of, "levels", law=LEVELS, hint=BY_FIT)) for name, of in rows)


def _numbers(given: Any) -> tuple[Any, ...]:
    return tuple(map(to_float, given)) if isinstance(given, tuple | list | np.ndarray) else given


@frozen(kw_only=True)
class ChainCovariates:
    """Coding and scale of the covariates, from the customers of the fit.

    Attributes:
        levels: the levels of each column, the first being the reference; none for a column of numbers.
        middle, spread: mean and standard deviation of each covariate, (q,).
    """

    levels: tuple[tuple[str, tuple[Level, ...]], ...] = field(default=(), converter=_pairs)
    middle: tuple[float, ...] = field(default=(), converter=_numbers)
    spread: tuple[float, ...] = field(default=(), converter=_numbers)

    @middle.validator
    @spread.validator
    def _one_each(self, attribute: Attribute[Any], values: Any) -> None:
        law = POSITIVE if attribute.name == "spread" else FINITE
        if not (isinstance(values, tuple) and len(values) == len(self.labels) and all(map(law.holds, values))):
            raise refusal(values, attribute.name, law=f"{law.law} for each of {self.labels}", hint=BY_FIT)

    @property
    def labels(self) -> tuple[str, ...]:
        """The name of each covariate: the column, or column=level."""
        return _labels(self.levels)

    @classmethod
    def fit(cls, names: tuple[str, ...], ids: nw.Series[Any], customers: Any) -> ChainCovariates:
        """Levels, means and standard deviations of the columns among these customers.

        Raises:
            DataError: no `customers`, a missing column, customer or value, or a column that is the same for all.
        """
        _require_frame(customers)
        if not names:
            return cls()
        given = _columns(names, ids, customers)
        for column in given:
            column.refuse_giant()
        levels = [(column.name, column.levels() if column.has_levels() else ()) for column in given]
        raw = np.sort(_raw(levels, ids, customers), axis=0)  # sums round alike in any order of the customers
        spread = raw.std(axis=0)
        if same := [label for label, wide in zip(_labels(levels), spread, strict=True) if wide == 0]:
            raise DataError.because(f"{NEED}: {same} are the same for all customers.", hint="leave them out.")
        if lone := [name for name, of in levels if len(of) == 1]:
            raise DataError.because(f"{NEED}: {lone} are the same for all customers.", hint="leave them out.")
        return cls(levels=levels, middle=raw.mean(axis=0), spread=spread)

    def design(self, ids: nw.Series[Any], customers: Any) -> Array:
        """Standardised covariates of these customers, (n, q)."""
        _require_frame(customers)
        if not self.levels:
            return np.zeros((len(ids), 0))
        raw = _raw(self.levels, ids, customers)
        return np.asarray((raw - np.array(self.middle)) / np.array(self.spread))


def _require_frame(customers: Any) -> None:
    if customers is not None:
        narrow(customers, need="`customers`")


def _labels(levels: Any) -> tuple[str, ...]:
    return tuple(label for name, of in levels for label in ([f"{name}={level}" for level in of[1:]] if of else [name]))


def _raw(levels: Any, ids: nw.Series[Any], customers: Any) -> Array:
    """Covariates before standardising, (n, q): numbers as they are, an indicator for each level but the first."""
    given = _columns(tuple(name for name, _ in levels), ids, customers)
    return np.hstack(
        [
            np.eye(len(known))[column.codes(known)][:, 1:] if known else column.numbers()[:, None]
            for column, (_, known) in zip(given, levels, strict=True)
        ]
    )


def _columns(names: tuple[str, ...], ids: nw.Series[Any], customers: Any) -> Any:
    if customers is None:
        raise DataError.because(
            f"{NEED} needs the columns {list(names)} of every customer.",
            hint=f"give the same customers=... to fit and forecast, with customer_id and {list(names)}.",
        )
    known = narrow(new_frame({"customer_id": ids}, like=narrow(customers, need=NEED).to_native()), need=NEED)
    return customer_columns(names, known, customers, at=np.arange(len(ids)), need=NEED)
