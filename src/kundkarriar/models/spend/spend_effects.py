"""`SpendEffects`: the coefficients of customers' columns on their mean order value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import FINITE, POSITIVE, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import Levels, check_unread, customer_columns
from kundkarriar.models.covariates.covariates import Covariates, columns_of_customers
from kundkarriar.models.covariates.effects import (
    LEVELS,
    NUMBERS,
    CovariateEffects,
    Pairs,
    as_levels,
    as_pairs,
    by_label,
)
from kundkarriar.models.covariates.zero_effects import zero_effects
from kundkarriar.stored import Stored

AMOUNTS = ("first_value", "monetary_value", "total_value", "returns_value")


def columns_of_spend(owner: Any, attribute: Attribute[Any], names: tuple[Any, ...]) -> None:
    """Validator of names of columns, each once, none of them what a customer did or spent."""
    columns_of_customers(owner, attribute, names)
    if spent := [name for name in names if name in AMOUNTS]:
        law = "columns known from the start, not what customers spent"
        raise refusal(names, attribute.name, law=law, hint=f"leave out {spent}.")


@frozen(kw_only=True)
class _OnOrderValue(CovariateEffects):
    """Covariate effects of which the first acts on the mean order value."""

    acts_on: ClassVar[tuple[str, str]] = ("mean order value", "rate of leaving")


@frozen(kw_only=True)
class SpendEffects(Stored):
    """Coefficients of columns on the mean order value, from a fit or typed in.

    A unit more of a column of numbers multiplies the mean order value by exp(coefficient). In a column with levels,
    each level but the first has the label "column=level", and its coefficient compares it with the first.

    Attributes:
        coefficients: by label.
        levels: the levels of each column that has them; the first is the reference level.
        middle, spread: centre and scale of each label's column among the customers fitted; 0 and 1 where coefficients
            were typed in.

    >>> SpendEffects(coefficients={"channel=web": 0.2}, levels={"channel": ("shop", "web")}).columns
    ('channel',)
    """

    coefficients: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    levels: Levels = field(default=(), converter=as_levels, metadata=LEVELS)
    middle: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    spread: Pairs = field(default=(), converter=as_pairs, validator=by_label(POSITIVE), metadata=NUMBERS)

    def __attrs_post_init__(self) -> None:
        """Check that levels, centres and scales are those of the labels."""
        self._acting()

    def _acting(self) -> _OnOrderValue:
        return _OnOrderValue(purchase=self.coefficients, levels=self.levels, middle=self.middle, spread=self.spread)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of customers that are read."""
        return self._acting().columns

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients as parameters: "spend:channel=web"."""
        return tuple(f"spend:{label}" for label, _ in self.coefficients)

    def values(self) -> dict[str, float]:
        """Every coefficient by its name as a parameter."""
        return dict(zip(self.names, (value for _, value in self.coefficients), strict=True))

    def with_values(self, values: Mapping[str, float]) -> SpendEffects:
        """The same effects with other coefficients, given by their names as parameters."""
        pairs = zip(self.names, self.coefficients, strict=True)
        return evolve(self, coefficients=tuple((label, values[name]) for name, (label, _) in pairs))

    def centres(self) -> tuple[Array, Array]:
        """Centre and scale of each label's column, (k,) each."""
        middle, spread = dict(self.middle), dict(self.spread)
        labels = [label for label, _ in self.coefficients]
        of_labels = ((middle, 0.0), (spread, 1.0))
        both = [[known.get(each, other) for each in labels] for known, other in of_labels]
        return np.array(both[0]), np.array(both[1])

    def factors(self, covariates: Array) -> Array:
        """By how much each customer's mean order value differs from that of one whose columns are 0, (n,)."""
        return np.asarray(np.exp(covariates @ np.array([value for _, value in self.coefficients])))

    def covariates(self, summary: Any, *, customers: Any, need: str) -> Array:
        """The covariates of all rows of a summary, (n, k), from `customers` or from the summary itself.

        Raises:
            DataError: a column or a customer is missing, a level was not in the fit, or a value is too far out.
        """
        wide = narrow(summary, need=need)
        if not self.coefficients:
            check_unread(customers, need=need)
            return np.empty((len(wide), 0))
        sources = customer_columns(self.columns, wide, customers, at=np.arange(len(wide)), need=need)
        return self._acting().design_matrix(sources)

    def of_rows(self, customers: Any, *, n: int, need: str) -> Array:
        """The covariates of `n` customers, one row of `customers` each in their order, (n, k)."""
        return self._acting().covariates_of(customers, n=n, need=need)

    def of_profile(self, profile: Mapping[str, Any] | None, *, need: str) -> Array:
        """The covariates of one customer given as values by column, (1, k)."""
        return self._acting().covariates_of_profile(profile, need=need)


NO_SPEND_EFFECTS = SpendEffects()


def spend_effects_to_fit(
    columns: Sequence[str], summary: Any, *, customers: Any, at: Whole, weights: Array, need: str
) -> tuple[SpendEffects, Array]:
    """Effects with all coefficients 0 for the rows `at` of a summary, and their covariates, (n, k)."""
    if not columns:
        check_unread(customers, need=need)
        return NO_SPEND_EFFECTS, np.empty((len(at), 0))
    sources = customer_columns(columns, narrow(summary, need=need), customers, at=at, need=need)
    zero, values = zero_effects(Covariates(purchase=tuple(columns)), sources, weights=weights, need=need)
    return (
        SpendEffects(coefficients=zero.purchase, levels=zero.levels, middle=zero.middle, spread=zero.spread),
        values,
    )
