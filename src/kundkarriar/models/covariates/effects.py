"""`CovariateEffects`: the coefficients of covariates, and the covariates of customers that they multiply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import CustomerColumn, Level, as_json_level, customer_columns
from kundkarriar.models.covariates.covariates import as_tuple
from kundkarriar.models.covariates.design import column_and_code, design_matrix, label_of
from kundkarriar.models.covariates.family import CovariateFamily, Term
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.stored import Stored, form_of
from kundkarriar.stored_forms import NUMBER, by_name, written
from kundkarriar.summaries.checked_summary import CheckedSummary

Pairs: TypeAlias = tuple[tuple[str, float], ...]

NUMBERS = written(by_name(NUMBER))
LEVELS = written(by_name(form_of(tuple[Level, ...])))

MAX_LOG_SHIFT = 30.0
"""The largest absolute linear predictor. Beyond 36, exp of it absorbs any ordinary number that is added to it."""


def as_pairs(given: Any) -> Pairs:
    """Numbers by name, as an immutable tuple of pairs.

    >>> as_pairs({"age": 1})
    (('age', 1.0),)
    """
    return tuple((name, float(value)) for name, value in _items(given))


def as_levels(given: Any) -> tuple[tuple[str, tuple[Level, ...]], ...]:
    """Levels by column, as an immutable tuple of pairs."""
    return tuple((name, tuple(as_json_level(level) for level in as_tuple(levels))) for name, levels in _items(given))


def _items(given: Any) -> list[tuple[str, Any]]:
    """The items of a dict, or of pairs."""
    items = list(given.items() if isinstance(given, Mapping) else as_tuple(given))
    if wrong := [item for item in items if not (isinstance(item, tuple | list) and len(item) == 2)]:
        raise ValueError(f"effects are given by name, as in {{'age': 0.1}}, got {wrong[0]!r}")
    return [(str(name), value) for name, value in items]


def _finite(_: object, attribute: Attribute[Any], pairs: Pairs) -> None:
    if wrong := [name for name, value in pairs if not np.isfinite(value)]:
        raise ValueError(f"'{attribute.name}' must hold finite numbers, those of {wrong} are not")


def _finite_and_positive(_: object, attribute: Attribute[Any], pairs: Pairs) -> None:
    if wrong := [name for name, value in pairs if not (value > 0 and np.isfinite(value))]:
        raise ValueError(f"'{attribute.name}' must hold finite numbers > 0, those of {wrong} are not")


@frozen(kw_only=True)
class CovariateEffects(Stored):
    """Coefficients of columns, from a fit or typed in.

    The label of a column of numbers is its name. In a column with levels, each level but the first has the label
    "column=level". The purchase rate and dropout have a linear predictor each, the sum of coefficient x value.
    A customer's mean purchase rate is the model's times exp(predictor): alpha becomes alpha x exp(-predictor). In
    Pareto/NBD the mean dropout rate is multiplied likewise: beta becomes beta x exp(-predictor). In BG/NBD and MBG/NBD
    the odds of dropout, a / b, are multiplied by exp(predictor) at the same a + b.

    Attributes:
        purchase: coefficients on the purchase rate, by label.
        dropout: coefficients on dropout, by label.
        levels: the levels of each column that has them; the first is the reference level.
        equal: labels with one coefficient for the purchase rate and dropout.
        middle, spread: centre and scale of each label's column among the customers fitted; 0 and 1 where coefficients
            were typed in.

    The published fit of the apparel data in CLVTools, women and online buyers against men and shop buyers:

    >>> effects = CovariateEffects(
    ...     purchase={"Gender": 0.286, "Channel": 0.624}, dropout={"Gender": -0.642, "Channel": 0.790}
    ... )
    >>> effects.labels
    ('Gender', 'Channel')
    """

    purchase: Pairs = field(default=(), converter=as_pairs, validator=_finite, metadata=NUMBERS)
    dropout: Pairs = field(default=(), converter=as_pairs, validator=_finite, metadata=NUMBERS)
    levels: tuple[tuple[str, tuple[Level, ...]], ...] = field(default=(), converter=as_levels, metadata=LEVELS)
    equal: tuple[str, ...] = field(default=(), converter=as_tuple)
    middle: Pairs = field(default=(), converter=as_pairs, validator=_finite, metadata=NUMBERS)
    spread: Pairs = field(default=(), converter=as_pairs, validator=_finite_and_positive, metadata=NUMBERS)

    @equal.validator
    def _equal_on_both(self, attribute: Attribute[Any], labels: tuple[str, ...]) -> None:
        purchase, dropout = dict(self.purchase), dict(self.dropout)
        if wrong := [label for label in labels if label not in purchase or purchase[label] != dropout.get(label)]:
            raise ValueError(f"'{attribute.name}' takes labels with one coefficient on both processes, not {wrong}")

    @levels.validator
    def _known_levels(self, attribute: Attribute[Any], columns: Any) -> None:
        known = {label_of(name, level) for name, levels in columns for level in levels[1:]}
        starts = tuple(f"{name}=" for name, _ in columns)
        if unknown := [label for label in self.labels if label.startswith(starts) and label not in known]:
            raise ValueError(f"'{attribute.name}' has no such levels after the first of their column: {unknown}")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the columns of the design matrix, in order."""
        return tuple(dict.fromkeys(label for label, _ in (*self.purchase, *self.dropout)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The covariates of customers that the design matrix is made of."""
        return tuple(dict.fromkeys(column for column, _ in map(self._column_and_code, self.labels)))

    def coefficients(self) -> dict[str, float]:
        """Every coefficient by its name as a parameter: "purchase:age", "dropout:channel=web", "both:age"."""
        values = {"purchase": dict(self.purchase), "both": dict(self.purchase), "dropout": dict(self.dropout)}
        names = [term.name for term in self._terms()]
        return {name: values[name.partition(":")[0]][name.partition(":")[2]] for name in names}

    def with_coefficients(self, coefficients: Mapping[str, float]) -> CovariateEffects:
        """The same effects with other coefficients, given by their names as parameters; those not given are 0."""

        def of(process: str, pairs: Pairs) -> Pairs:
            return tuple(
                (label, coefficients.get(f"{process}:{label}", coefficients.get(f"both:{label}", 0.0)))
                for label, _ in pairs
            )

        return evolve(self, purchase=of("purchase", self.purchase), dropout=of("dropout", self.dropout))

    def extend(self, family: PurchaseFamily) -> PurchaseFamily:
        """The family with these covariates acting on its rates; the family itself where there are none."""
        if not self.labels:
            return family
        return CovariateFamily(base=family, terms=self._terms(), width=len(self.labels))

    def row_params(self, family: PurchaseFamily, params: Mapping[str, Any], covariates: Array) -> Mapping[str, Any]:
        """The family's parameters of each row of `covariates`, (n,); `params` itself where there are no covariates."""
        extended = self.extend(family)
        return extended.row_params(params, covariates) if isinstance(extended, CovariateFamily) else params

    def add_covariates(self, checked: CheckedSummary, summary: Any, *, customers: Any, need: str) -> CheckedSummary:
        """The checked rows of a summary with their covariates.

        Args:
            checked: rows of `summary`.
            summary: one row per customer.
            customers: a frame with customer_id and the columns; None where the summary has them.
            need: the caller, as the start of an error's sentence.

        Raises:
            DataError: a column or a customer is missing, a level was not in the fit, or a value is so far out that
                the linear predictor exceeds `MAX_LOG_SHIFT`.
        """
        if not self.labels:
            return checked
        sources = customer_columns(self.columns, narrow(summary, need=need), customers, at=checked.position, need=need)
        return evolve(checked, rows=evolve(checked.rows, covariates=self.design_matrix(sources)))

    def covariates_of(self, customers: Any, *, n: int, need: str) -> Array:
        """The covariates of `n` customers, one row each in their order, (n, m).

        Raises:
            DataError: as `add_covariates`, or another number of rows.
        """
        if not self.labels:
            return np.empty((n, 0))
        if customers is None:
            raise DataError.because(
                f"{need} needs the covariates {list(self.columns)} of the {n:,} customers.",
                hint=f"customers=... with {list(self.columns)}, a row for each of them.",
            )
        frame = narrow(customers, need=need)
        if len(frame) != n:
            raise DataError.because(
                f"{need} needs a row of `customers` for each of the {n:,} customers, got {len(frame):,}.",
                hint="give both in the same order.",
            )
        return self.design_matrix(customer_columns(self.columns, frame, None, at=np.arange(n), need=need))

    def design_matrix(self, sources: Sequence[CustomerColumn]) -> Array:
        """The values of each label for each customer, (n, m), within the limits of the linear predictor.

        Raises:
            DataError: a level was not in the fit, or a value is so far out that the linear predictor exceeds
                `MAX_LOG_SHIFT`.
        """
        values = design_matrix(sources, labels=self.labels, levels=self.levels)
        self._refuse_large_predictors(values, sources)
        return values

    def covariates_of_profile(self, profile: Mapping[str, Any] | None, *, need: str) -> Array:
        """The covariates of one customer given as values by column, (1, m).

        Raises:
            DataError: a column is missing or unknown, or a level was not in the fit.
        """
        given = dict(profile or {})
        if unknown := [name for name in given if name not in self.columns]:
            raise DataError.because(
                f"{need} has no covariates {unknown}.",
                hint=f"its covariates are {list(self.columns)}." if self.columns else "leave `profile` out.",
            )
        if missing := [name for name in self.columns if name not in given]:
            raise DataError.because(
                f"{need} needs the covariates {missing} of the customer.",
                hint=f"profile={{{', '.join(f'{name!r}: ...' for name in self.columns)}}}.",
            )
        if not given:
            return np.empty((1, 0))
        import pandas as pd  # noqa: PLC0415 - one row, read as any frame

        row = narrow(pd.DataFrame({name: [value] for name, value in given.items()}), need=need)
        return self.design_matrix(customer_columns(self.columns, row, None, at=np.zeros(1, dtype=np.int64), need=need))

    def _terms(self) -> tuple[Term, ...]:
        """Terms of all coefficients, those on the purchase rate first."""
        at = {label: place for place, label in enumerate(self.labels)}
        middle, spread = dict(self.middle), dict(self.spread)

        def term(process: str, label: str) -> Term:
            return Term(
                name=f"{process}:{label}",
                column=at[label],
                purchase=process != "dropout",
                dropout=process != "purchase",
                middle=middle.get(label, 0.0),
                spread=spread.get(label, 1.0),
            )

        purchase = [term("both" if label in self.equal else "purchase", label) for label, _ in self.purchase]
        return (*purchase, *(term("dropout", label) for label, _ in self.dropout if label not in self.equal))

    def _refuse_large_predictors(self, values: Array, sources: Sequence[CustomerColumn]) -> None:
        """Refuse customers whose linear predictor is too large, and name the column that contributes most.

        Raises:
            DataError: coefficient x (value - middle), summed over the columns, lies beyond `MAX_LOG_SHIFT`.
        """
        middle, by_name = dict(self.middle), {column.name: column for column in sources}
        centred = values - np.array([middle.get(label, 0.0) for label in self.labels])
        for pairs, rate in ((self.purchase, "purchase rate"), (self.dropout, "rate of leaving")):
            weights = dict(pairs)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
                parts = centred * np.array([weights.get(label, 0.0) for label in self.labels])
                far = ~(np.abs(parts.sum(axis=-1)) <= MAX_LOG_SHIFT)
            if far.any():
                label = self.labels[int(np.argmax(np.abs(parts[far]).max(axis=0)))]
                column = by_name[self._column_and_code(label)[0]]
                column.refuse(
                    far,
                    f"{column.need}: `{column.name}` shifts the {rate} of a customer by exp({MAX_LOG_SHIFT:.0f}) "
                    "at most, up or down",
                    hint=f"look at its values and their unit: the coefficient of `{label}` is {weights[label]:.6g}, "
                    f"counted from {middle.get(label, 0.0):.6g} (`middle` of the effects).",
                )

    def _column_and_code(self, label: str) -> tuple[str, int | None]:
        return column_and_code(label, self.levels)


NO_EFFECTS = CovariateEffects()
