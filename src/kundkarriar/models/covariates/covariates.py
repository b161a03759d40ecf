"""`kk.Covariates`: the columns that purchase and dropout rates depend on; a specification, without data."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, field, frozen

from kundkarriar.arguments import NOT_NEGATIVE, as_tuple, read_names, refusal, to_float
from kundkarriar.stored import Stored, part
from kundkarriar.stored_forms import written

OUTCOMES = ("customer_id", "frequency", "recency", "T", "n_transactions", "period", "entry")
"""Columns of a summary that are outcomes or ids, and therefore no covariates."""


def columns_of_customers(_: object, attribute: Attribute[Any], names: tuple[Any, ...]) -> None:
    """Validator of names of columns, each once, none of them an outcome."""
    read_names(names, attribute.name)
    if outcomes := [name for name in names if name in OUTCOMES]:
        law, hint = "columns known from the start, not what customers did", f"leave out {outcomes}."
        raise refusal(names, attribute.name, law=law, hint=hint)


@frozen(kw_only=True)
class Covariates(Stored):
    """Static covariates: columns known from the start, on which the purchase rate and the dropout rate may depend.

    A unit more of a column of numbers multiplies the purchase rate by exp(coefficient), and the dropout rate at any age
    (of BG/NBD, MBG/NBD and their regular kin: the odds of dropout after a purchase) by exp of another coefficient.
    Text, truth values and categories become one 0/1 column for each level but the first (in sorted order). The model's
    own parameters are those of a customer whose columns are all 0, or first levels. Up to 10 levels are always
    accepted, and up to 100 where there are 20 customers to a level.

    Attributes:
        purchase: columns on which the purchase rate depends.
        dropout: columns on which dropout depends.
        l2: penalty: the fit maximises the log-likelihood per customer - l2 x the sum of squared coefficients, each per
            spread of its column (the standard deviation; of a column of two values, half their distance), so that no
            unit matters. CLVTools' lambda penalises coefficients in the columns' own units.
        equal: columns in both `purchase` and `dropout` that have one coefficient for both.

    >>> Covariates(purchase=("gender", "channel"), dropout="channel").dropout
    ('channel',)
    >>> bool(Covariates())
    False
    """

    purchase: tuple[str, ...] = field(default=(), converter=as_tuple, validator=columns_of_customers)
    dropout: tuple[str, ...] = field(default=(), converter=as_tuple, validator=columns_of_customers)
    l2: float = field(default=0.0, converter=to_float, validator=NOT_NEGATIVE)
    equal: tuple[str, ...] = field(default=(), converter=as_tuple, validator=columns_of_customers)

    @equal.validator
    def _in_both(self, attribute: Attribute[Any], names: tuple[str, ...]) -> None:
        if alone := [name for name in names if name not in self.purchase or name not in self.dropout]:
            hint = f"write {alone} in both."
            raise refusal(names, attribute.name, law="columns of both `purchase` and `dropout`", hint=hint)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns, each once."""
        return tuple(dict.fromkeys((*self.purchase, *self.dropout)))

    def __bool__(self) -> bool:
        return bool(self.columns)


NO_COVARIATES = Covariates()
AS_PART = written(part(Covariates))
"""Metadata of the covariates of a model, which are stored without a schema number of their own."""
COVARIATES_LATER = written(part(Covariates), later=True)
"""The same of models whose dicts may be from before they took covariates."""
