"""`CovariateEffects`: the coefficients of covariates, and the covariates of customers that they multiply."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
import pandas as pd
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import FINITE, POSITIVE, Number, as_tuple, read_names, refusal, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import (
    CustomerColumn,
    Level,
    Levels,
    as_json_level,
    check_unread,
    column_and_code,
    customer_columns,
    design_matrix,
    label_of,
)
from kundkarriar.models.covariates.family import CovariateFamily, Term
from kundkarriar.models.families.purchase_family import LikelihoodFamily, Params, PurchaseFamily, RowFamily
from kundkarriar.stored import Stored, form_of, whole
from kundkarriar.stored_forms import NUMBER, by_name, written
from kundkarriar.summaries.checked_summary import CheckedSummary

Pairs: TypeAlias = tuple[tuple[str, float], ...]

NUMBERS = written(by_name(NUMBER))
LEVELS = written(by_name(form_of(tuple[Level, ...])))

MAX_LOG_SHIFT = 30.0
"""The largest absolute linear predictor. Beyond 36, exp of it absorbs any ordinary number that is added to it."""


def as_pairs(given: Any) -> tuple[Any, ...]:
    """Converter of numbers by name to pairs; what is no pair is left as it is.

    >>> as_pairs({"age": 1}), as_pairs("age")
    ((('age', 1.0),), ('age',))
    """
    return _items(given, to_float)


def as_levels(given: Any) -> tuple[Any, ...]:
    """Converter of levels by column to pairs."""
    return _items(given, lambda levels: tuple(map(as_json_level, as_tuple(levels))))


def _items(given: Any, of: Callable[[Any], Any]) -> tuple[Any, ...]:
    items = given.items() if isinstance(given, Mapping) else as_tuple(given)
    return tuple(
        (item[0], of(item[1])) if isinstance(item, tuple | list) and len(item) == 2 else item for item in items
    )


def read_by_name(items: Any, name: str, *, holds: Callable[[Any], bool], law: str, example: str) -> tuple[str, ...]:
    """The names of pairs of a name and a value, each name once."""
    lawful = all(isinstance(item, tuple) and isinstance(item[0], str) and holds(item[1]) for item in items)
    names = tuple(item[0] for item in items) if lawful else ()
    if not lawful or len(set(names)) < len(names):
        raise refusal(items, name, law=law, hint=f"write {name}={example}.")
    return names


def _are_different(levels: tuple[Level, ...]) -> bool:
    return len(set(levels)) == len(levels) > 0


def by_label(law: Number) -> Callable[[Any, Attribute[Any], Any], None]:
    """A validator of numbers of a law by label."""

    def check(_: object, attribute: Attribute[Any], items: Any) -> None:
        words = f"numbers by name, each {law.law}"
        read_by_name(items, attribute.name, holds=law.holds, law=words, example="{'age': 0.1}")

    return check


@frozen(kw_only=True)
class CovariateEffects(Stored):
    """Coefficients of columns, from a fit or typed in.

    The label of a column of numbers is its name. In a column with levels, each level but the first has the label
    "column=level". The purchase rate and dropout have a linear predictor each, the sum of coefficient x value.
    A customer's mean purchase rate is the model's times exp(predictor): alpha becomes alpha x exp(-predictor), and with
    regular buying each stage is as much quicker. In Pareto/NBD and GGompertz/NBD the dropout rate, at any age, is
    multiplied likewise: beta becomes beta x exp(-predictor). In BG/NBD, MBG/NBD, BG/CNBD-k and MBG/CNBD-k the odds of
    dropout, a / b, are multiplied by exp(predictor) at the same a + b. NBD has no dropout.

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

    acts_on: ClassVar[tuple[str, str]] = ("purchase rate", "rate of leaving")
    purchase: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    dropout: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    levels: Levels = field(default=(), converter=as_levels, metadata=LEVELS)
    equal: tuple[str, ...] = field(default=(), converter=as_tuple)
    middle: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    spread: Pairs = field(default=(), converter=as_pairs, validator=by_label(POSITIVE), metadata=NUMBERS)

    @levels.validator
    def _levels_of_labels(self, attribute: Attribute[Any], columns: Any) -> None:
        law, example = "different levels by name of their column", "{'channel': ('shop', 'web')}"
        names = read_by_name(columns, attribute.name, holds=_are_different, law=law, example=example)
        known = {label_of(name, level) for name, levels in columns for level in levels[1:]}
        starts = tuple(f"{name}=" for name in names)
        unknown = [label for label in self.labels if label.startswith(starts) and label not in known]
        unknown += [name for name in names if not any(label.startswith(f"{name}=") for label in self.labels)]
        if unknown:
            law = f"levels of the columns of labels, with those of {unknown} after the first"
            raise refusal(dict(columns), attribute.name, law=law, hint=f"write levels={example}.")

    @equal.validator
    def _equal_on_both(self, attribute: Attribute[Any], labels: Any) -> None:
        read_names(labels, attribute.name)
        purchase, dropout = dict(self.purchase), dict(self.dropout)
        if wrong := [label for label in labels if label not in purchase or purchase[label] != dropout.get(label)]:
            law = "labels with one coefficient in `purchase` and `dropout`"
            raise refusal(wrong, attribute.name, law=law, hint="write the same number in both.")

    @middle.validator
    @spread.validator
    def _of_labels(self, attribute: Attribute[Any], pairs: Pairs) -> None:
        if unknown := [name for name, _ in pairs if name not in self.labels]:
            law = f"numbers of the labels {list(self.labels)}"
            raise refusal(dict(pairs), attribute.name, law=law, hint=f"leave out {unknown}.")

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the columns of the design matrix, in order."""
        return tuple(dict.fromkeys(label for label, _ in (*self.purchase, *self.dropout)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The covariates of customers that the design matrix is made of."""
        return tuple(dict.fromkeys(column_and_code(label, self.levels)[0] for label in self.labels))

    def coefficients(self) -> dict[str, float]:
        """Every coefficient by its name as a parameter: "purchase:age", "dropout:channel=web", "both:age"."""
        purchase, dropout, labels = dict(self.purchase), dict(self.dropout), self.labels
        return {term.name: (purchase if term.purchase else dropout)[labels[term.column]] for term in self._terms()}

    def with_coefficients(self, coefficients: Mapping[str, float]) -> CovariateEffects:
        """The same effects with other coefficients, given by their names as parameters; those not given are 0."""

        def of(process: str, pairs: Pairs) -> Pairs:
            return tuple(
                (label, coefficients.get(f"{process}:{label}", coefficients.get(f"both:{label}", 0.0)))
                for label, _ in pairs
            )

        return evolve(self, purchase=of("purchase", self.purchase), dropout=of("dropout", self.dropout))

    def extend(self, family: PurchaseFamily) -> LikelihoodFamily:
        """The family with these covariates acting on its rates; the family itself where there are none."""
        if not self.labels:
            return family
        if not isinstance(family, RowFamily):
            raise CapabilityError.because(f"{family.name} takes no covariates.", hint="kk.MBGNBD(covariates=...) does.")
        return CovariateFamily(base=family, terms=self._terms(), width=len(self.labels))

    def row_params(self, family: PurchaseFamily, params: Params, covariates: Array) -> Params:
        """The family's parameters of each row of `covariates`, (n,); `params` itself where there are no covariates."""
        extended = self.extend(family)
        return extended.row_params(params, covariates) if isinstance(extended, CovariateFamily) else params

    def add_covariates(self, checked: CheckedSummary, summary: Any, *, customers: Any, need: str) -> CheckedSummary:
        """The checked rows of a summary with their covariates, from `customers` or from the summary itself.

        Raises:
            DataError: a column or a customer is missing, a level was not in the fit, or a value is so far out that
                the linear predictor exceeds `MAX_LOG_SHIFT`.
        """
        if not self.labels:
            check_unread(customers, need=need)
            return checked
        sources = customer_columns(self.columns, narrow(summary, need=need), customers, at=checked.position, need=need)
        return evolve(checked, rows=evolve(checked.rows, covariates=self.design_matrix(sources)))

    def covariates_of(self, customers: Any, *, n: int, need: str) -> Array:
        """The covariates of `n` customers, one row each in their order, (n, m).

        Raises:
            DataError: as `add_covariates`, or another number of rows.
        """
        if not self.labels:
            check_unread(customers, need=need)
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

    def covariates_of_profile(self, profile: Mapping[str, Any] | None, *, need: str) -> Array:
        """The covariates of one customer given as values by column, (1, m).

        Raises:
            DataError: a column is missing or unknown, or a level was not in the fit.
        """
        hint = f"profile={{{', '.join(f'{name!r}: ...' for name in self.columns)}}}."
        if not (profile is None or isinstance(profile, Mapping)):
            raise refusal(profile, "profile", law="the customer's covariates by column", hint=hint)
        given = {} if profile is None else dict(profile)
        if unknown := [name for name in given if name not in self.columns]:
            raise DataError.because(
                f"{need} has no covariates {unknown}, which stand in `profile`.",
                hint=f"its covariates are {list(self.columns)}." if self.columns else "leave `profile` out.",
            )
        if missing := [name for name in self.columns if name not in given]:
            raise DataError.because(f"{need} needs the covariates {missing} of the customer.", hint=hint)
        return self.covariates_of(pd.DataFrame({name: [value] for name, value in given.items()}), n=1, need=need)

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

    def design_matrix(self, sources: Sequence[CustomerColumn]) -> Array:
        """The values of each label for each customer, (n, m).

        A linear predictor, coefficient x (value - middle) summed over the columns, beyond `MAX_LOG_SHIFT` is refused;
        the error names the column that contributes most.
        """
        values = design_matrix(sources, labels=self.labels, levels=self.levels)
        middle, by_name = dict(self.middle), {column.name: column for column in sources}
        centred = values - np.array([middle.get(label, 0.0) for label in self.labels])
        for pairs, rate in zip((self.purchase, self.dropout), self.acts_on, strict=True):
            weights = dict(pairs)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
                parts = centred * np.array([weights.get(label, 0.0) for label in self.labels])
                far = ~(np.abs(parts.sum(axis=-1)) <= MAX_LOG_SHIFT)
            if far.any():
                label = self.labels[int(np.argmax(np.abs(parts[far]).max(axis=0)))]
                column = by_name[column_and_code(label, self.levels)[0]]
                column.refuse(
                    far,
                    f"{column.need}: `{column.name}` shifts the {rate} of a customer by exp({MAX_LOG_SHIFT:.0f}) "
                    "at most, up or down",
                    hint=f"look at its values and their unit: the coefficient of `{label}` is {weights[label]:.6g}, "
                    f"counted from {middle.get(label, 0.0):.6g} (`middle` of the effects).",
                )
        return values


NO_EFFECTS = CovariateEffects()
EFFECTS_LATER = written(whole(CovariateEffects), later=True)
"""Metadata of the effects of models whose dicts may be from before they took covariates."""
