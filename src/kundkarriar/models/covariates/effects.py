"""How much each column shifts customers' rates: coefficients, with all that is needed to read the columns again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from attrs import asdict, evolve, field, fields_dict, frozen

from kundkarriar.errors import DataError
from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import customer_columns, plain
from kundkarriar.models.covariates.covariates import as_names
from kundkarriar.models.covariates.family import CovariateFamily, Term
from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attrs import Attribute
    from numpy.typing import NDArray

    from kundkarriar.history.summary.purchase_rows import CheckedSummary
    from kundkarriar.models.covariates.columns import CustomerColumn, Level
    from kundkarriar.models.families.purchase_family import PurchaseFamily

    Array = NDArray[np.float64]

Pairs: TypeAlias = tuple[tuple[str, float], ...]

FARTHEST = 30.0
"""How far a rate may be shifted, in logs: beyond exp(36) what it is added to is rounded away, and answers with it."""


def as_pairs(given: Any) -> Pairs:
    """Numbers by name, as pairs: frozen all the way down.

    >>> as_pairs({"age": 1})
    (('age', 1.0),)
    """
    return tuple((name, float(value)) for name, value in _items(given))


def as_levels(given: Any) -> tuple[tuple[str, tuple[Level, ...]], ...]:
    """Levels by column, as pairs."""
    return tuple((name, tuple(plain(level) for level in as_names(levels))) for name, levels in _items(given))


def _items(given: Any) -> list[tuple[str, Any]]:
    """What a dict by name, or pairs, hold."""
    items = list(given.items() if isinstance(given, Mapping) else as_names(given))
    if odd := [item for item in items if not (isinstance(item, tuple | list) and len(item) == 2)]:
        raise ValueError(f"effects are given by name, as in {{'age': 0.1}}, got {odd[0]!r}")
    return [(str(name), value) for name, value in items]


def _finite(_: object, attribute: Attribute[Any], pairs: Pairs) -> None:
    if wrong := [name for name, value in pairs if not np.isfinite(value)]:
        raise ValueError(f"'{attribute.name}' must hold finite numbers, those of {wrong} are not")


def _spread(_: object, attribute: Attribute[Any], pairs: Pairs) -> None:
    if wrong := [name for name, value in pairs if not (value > 0 and np.isfinite(value))]:
        raise ValueError(f"'{attribute.name}' must hold finite numbers > 0, those of {wrong} are not")


@frozen(kw_only=True)
class CovariateEffects:
    """Coefficients of columns, from a fit or typed in.

    A column of numbers has a label of its own name; of a column with levels, each level but the first has the label
    "column=level". A customer's purchase rate is the model's times exp(sum of coefficient x value), and the rate of
    leaving likewise: of Pareto/NBD alpha x exp(-sum) and beta x exp(-sum), of BG/NBD and MBG/NBD the odds a / b
    x exp(sum) at the same a + b.

    Attributes:
        purchase: coefficients on the purchase rate, by label.
        dropout: coefficients on leaving, by label.
        levels: the levels of each column that has them, the first being what the others are compared with.
        equal: labels with one coefficient for both.
        middle, spread: of each label's column among the customers fitted; 0 and 1 where coefficients were typed in.

    The published fit of the apparel data in CLVTools, women and online buyers against men and shop buyers:

    >>> effects = CovariateEffects(
    ...     purchase={"Gender": 0.286, "Channel": 0.624}, dropout={"Gender": -0.642, "Channel": 0.790}
    ... )
    >>> effects.labels
    ('Gender', 'Channel')
    """

    purchase: Pairs = field(default=(), converter=as_pairs, validator=_finite)
    dropout: Pairs = field(default=(), converter=as_pairs, validator=_finite)
    levels: tuple[tuple[str, tuple[Level, ...]], ...] = field(default=(), converter=as_levels)
    equal: tuple[str, ...] = field(default=(), converter=as_names)
    middle: Pairs = field(default=(), converter=as_pairs, validator=_finite)
    spread: Pairs = field(default=(), converter=as_pairs, validator=_spread)

    @equal.validator
    def _one_for_both(self, attribute: Attribute[Any], labels: tuple[str, ...]) -> None:
        bought, left = dict(self.purchase), dict(self.dropout)
        if wrong := [label for label in labels if label not in bought or bought[label] != left.get(label)]:
            raise ValueError(f"'{attribute.name}' takes labels with one coefficient on both processes, not {wrong}")

    @levels.validator
    def _others_than_the_first(self, attribute: Attribute[Any], columns: Any) -> None:
        known = {label_of(name, level) for name, levels in columns for level in levels[1:]}
        starts = tuple(f"{name}=" for name, _ in columns)
        if odd := [label for label in self.labels if label.startswith(starts) and label not in known]:
            raise ValueError(f"'{attribute.name}' has no such levels after the first of their column: {odd}")

    @property
    def labels(self) -> tuple[str, ...]:
        """The columns of numbers that customers' rates hang on, in order."""
        return tuple(dict.fromkeys(label for label, _ in (*self.purchase, *self.dropout)))

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of customers that they are made of."""
        return tuple(dict.fromkeys(column for column, _ in map(self._origin, self.labels)))

    def coefficients(self) -> dict[str, float]:
        """Every coefficient by its name as a parameter: "purchase:age", "dropout:channel=web", "both:age"."""
        values = {"purchase": dict(self.purchase), "both": dict(self.purchase), "dropout": dict(self.dropout)}
        named = [term.name for term in self._terms()]
        return {name: values[name.partition(":")[0]][name.partition(":")[2]] for name in named}

    def with_coefficients(self, found: Mapping[str, float]) -> CovariateEffects:
        """The same columns with other coefficients, by their names as parameters."""

        def of(process: str, pairs: Pairs) -> Pairs:
            return tuple(
                (label, found.get(f"{process}:{label}", found.get(f"both:{label}", 0.0))) for label, _ in pairs
            )

        return evolve(self, purchase=of("purchase", self.purchase), dropout=of("dropout", self.dropout))

    def on(self, family: PurchaseFamily) -> PurchaseFamily:
        """The family with these columns shifting its rates; the family itself where there are none."""
        if not self.labels:
            return family
        return CovariateFamily(base=family, terms=self._terms(), width=len(self.labels))

    def own_params(self, family: PurchaseFamily, params: Mapping[str, Any], covariates: Array) -> Mapping[str, Any]:
        """The family's parameters of each row of covariates, (n,); as they are without covariates."""
        shifted = self.on(family)
        return shifted.own(params, covariates) if isinstance(shifted, CovariateFamily) else params

    def beside(self, checked: CheckedSummary, summary: Any, *, customers: Any, need: str) -> CheckedSummary:
        """The checked rows with their covariates.

        Args:
            checked: rows of `summary`.
            summary: one row per customer.
            customers: where the columns stand by customer_id; None: in the summary.
            need: who asks, as the start of a sentence.

        Raises:
            DataError: a column or a customer is missing, a level that the fit did not see, or a value so far out that
                a rate is shifted by more than numbers hold.
        """
        if not self.labels:
            return checked
        held = customer_columns(self.columns, narrow(summary, need=need), customers, at=checked.position, need=need)
        return evolve(checked, rows=evolve(checked.rows, covariates=self.encoded(held)))

    def of_rows(self, customers: Any, *, n: int, need: str) -> Array:
        """The covariates of `n` customers, a row each in their order, (n, m).

        Raises:
            DataError: as `beside`, or another number of rows.
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
        return self.encoded(customer_columns(self.columns, frame, None, at=np.arange(n), need=need))

    def encoded(self, held: Sequence[CustomerColumn]) -> Array:
        """The columns as numbers, one a label, (n, m).

        Raises:
            DataError: a level that the fit did not see, or a value so far out that rates cannot follow it.
        """
        levels, by_name = dict(self.levels), {column.name: column for column in held}
        codes = {name: column.codes(levels[name]) for name, column in by_name.items() if name in levels}
        numbers = {name: column.numbers() for name, column in by_name.items() if name not in levels}
        made = []
        for label in self.labels:
            name, level = self._origin(label)
            made.append(numbers[name] if level is None else (codes[name] == level).astype(np.float64))
        values = np.stack(made, axis=-1)
        self._refuse_far(values, by_name)
        return values

    def of_profile(self, profile: Mapping[str, Any] | None, *, need: str) -> Array:
        """The covariates of one customer described by column, (1, m).

        Raises:
            DataError: a column is missing or none of these, or a level that the fit did not see.
        """
        given = dict(profile or {})
        if odd := [name for name in given if name not in self.columns]:
            raise DataError.because(
                f"{need} has no covariates {odd}.",
                hint=f"its covariates are {list(self.columns)}." if self.columns else "leave `profile` out.",
            )
        if missing := [name for name in self.columns if name not in given]:
            raise DataError.because(
                f"{need} needs the covariates {missing} of the customer.",
                hint=f"profile={{{', '.join(f'{name!r}: ...' for name in self.columns)}}}.",
            )
        if not given:
            return np.empty((1, 0))
        import pandas as pd  # noqa: PLC0415 - one row, to be read as any frame

        one = narrow(pd.DataFrame({name: [value] for name, value in given.items()}), need=need)
        return self.encoded(customer_columns(self.columns, one, None, at=np.zeros(1, dtype=np.int64), need=need))

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        named = {name: dict(getattr(self, name)) for name in ("purchase", "dropout", "middle", "spread")}
        levels = {name: list(levels) for name, levels in self.levels}
        kept = asdict(self, recurse=False) | named | {"levels": levels, "equal": list(self.equal)}
        return {"schema": SCHEMA, "type": type(self).__name__, **kept}

    @classmethod
    @reading("CovariateEffects")
    def from_dict(cls, stored: Mapping[str, Any]) -> CovariateEffects:
        """The effects that `to_dict` stored.

        >>> effects = CovariateEffects(purchase={"channel=web": 0.3}, levels={"channel": ["store", "web"]})
        >>> CovariateEffects.from_dict(effects.to_dict()) == effects
        True
        """
        return cls(**fields_of(stored, kind=cls.__name__, names=fields_dict(cls)))

    def _terms(self) -> tuple[Term, ...]:
        """Every coefficient, those on the purchase rate first."""
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

        bought = [term("both" if label in self.equal else "purchase", label) for label, _ in self.purchase]
        return (*bought, *(term("dropout", label) for label, _ in self.dropout if label not in self.equal))

    def _refuse_far(self, values: Array, held: Mapping[str, CustomerColumn]) -> None:
        """Refuse customers whose rates are shifted by more than numbers hold, and name what shifts them most.

        Raises:
            DataError: coefficient x (value - middle), summed over the columns, lies beyond `FARTHEST`.
        """
        middle = dict(self.middle)
        centred = values - np.array([middle.get(label, 0.0) for label in self.labels])
        for pairs, rate in ((self.purchase, "purchase rate"), (self.dropout, "rate of leaving")):
            weights = dict(pairs)
            with np.errstate(over="ignore", invalid="ignore"):  # what overflows is refused
                parts = centred * np.array([weights.get(label, 0.0) for label in self.labels])
                far = ~(np.abs(parts.sum(axis=-1)) <= FARTHEST)
            if far.any():
                label = self.labels[int(np.argmax(np.abs(parts[far]).max(axis=0)))]
                column = held[self._origin(label)[0]]
                column.refuse(
                    far,
                    f"{column.need}: `{column.name}` shifts the {rate} of a customer by exp({FARTHEST:.0f}) at most, "
                    "up or down",
                    hint=f"look at its values and their unit: the coefficient of `{label}` is {weights[label]:.6g}, "
                    f"counted from {middle.get(label, 0.0):.6g} (`middle` of the effects).",
                )

    def _origin(self, label: str) -> tuple[str, int | None]:
        """The column that a label stands for, and which of its levels; None where it is one of numbers."""
        for name, levels in self.levels:
            for code, level in enumerate(levels):
                if label == label_of(name, level):
                    return name, code
        return label, None


def label_of(column: str, level: Level) -> str:
    """What one level of a column is called.

    >>> label_of("channel", "web")
    'channel=web'
    """
    return f"{column}={level}"


NO_EFFECTS = CovariateEffects()


def as_effects(given: Any) -> Any:
    """Effects as they are, or from the dict that a stored model holds."""
    return CovariateEffects.from_dict(given) if isinstance(given, Mapping) else given
