"""Covariate effects before a fit: labels, levels, centres and spreads of the columns; columns that cannot be fitted."""

from collections.abc import Mapping, Sequence

import numpy as np
from attrs import evolve

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.models.covariates.columns import CustomerColumn, Level, design_matrix, label_of
from kundkarriar.models.covariates.covariates import Covariates
from kundkarriar.models.covariates.effects import CovariateEffects

MAX_OFFSET = 300.0
"""The largest distance of a column from 0, in spreads: beyond it exp(coefficient x column) overflows."""
COLLINEAR = 1e-7
"""A residual of this share of a column's spread, after regression on the other columns, is zero."""

FREE_LEVELS = 10
"""A column of at most this many levels is always accepted."""
CUSTOMERS_PER_LEVEL = 20
"""A column of more levels needs this many customers to a level, on average."""
MAX_LEVELS = 100
"""The most levels of a column: a fit of 100 takes a quarter of a minute, and its time grows with their square."""


def zero_effects(
    covariates: Covariates, sources: Sequence[CustomerColumn], *, weights: Array, need: str
) -> tuple[CovariateEffects, Array]:
    """Effects with all coefficients 0 for the customers to be fitted, and the customers' design matrix, (n, m)."""
    for column in sources:
        column.refuse_giant()
    levels = {column.name: column.levels() for column in sources if column.has_levels()}
    _refuse_many_levels(levels, n=int(weights.sum()), need=need)
    labels = {column.name: [column.name] for column in sources}
    labels |= {name: [label_of(name, level) for level in distinct[1:]] for name, distinct in levels.items()}
    _refuse_constant([name for name, labelled in labels.items() if not labelled], need=need)

    def zeros(names: Sequence[str]) -> dict[str, float]:
        return dict.fromkeys((label for name in names for label in labels[name]), 0.0)

    effects = CovariateEffects(
        purchase=zeros(covariates.purchase),
        dropout=zeros(covariates.dropout),
        levels=levels,
        equal=tuple(zeros(covariates.equal)),
    )
    columns = design_matrix(sources, labels=effects.labels, levels=effects.levels)
    middle = np.array([_mean(column, weights) if len(column) else 0.0 for column in columns.T])
    spread = np.array([_spread(column, weights) for column in columns.T])
    _refuse_constant([label for label, wide in zip(effects.labels, spread, strict=True) if wide == 0], need=need)
    for label, where, wide in zip(effects.labels, middle.tolist(), spread.tolist(), strict=True):
        if abs(where) > MAX_OFFSET * wide:
            raise DataError.because(
                f"{need}: the covariate `{label}` lies round {where:.6g}, spread by {wide:.3g}: a customer at 0, "
                "whom the model's own parameters describe, would be like none of these.",
                hint=f"count it from nearby: customers['{label}'] - {where:.0f}.",
            )
    at = {label: place for place, label in enumerate(effects.labels)}
    for pairs in (effects.purchase, effects.dropout):
        labelled = [label for label, _ in pairs]
        places = [at[label] for label in labelled]
        _refuse_collinear(labelled, (columns[:, places] - middle[places]) / spread[places], weights=weights, need=need)
    named = {"middle": zip(effects.labels, middle, strict=True), "spread": zip(effects.labels, spread, strict=True)}
    return evolve(effects, **named), columns


def _spread(column: Array, weights: Array) -> float:
    """The standard deviation of a column; half the distance of its values where it has two."""
    low, high = (float(edge) for edge in (column.min(initial=np.inf), column.max(initial=-np.inf)))
    if not low < high:
        return 0.0
    if ((column == low) | (column == high)).all():
        return (high - low) / 2
    return float(np.sqrt(_mean((column - _mean(column, weights)) ** 2, weights)))


def _mean(column: Array, weights: Array) -> float:
    """The weighted mean of a column, which rounds alike in any order of the customers."""
    order = np.lexsort((weights, column))
    return float(np.average(column[order], weights=weights[order]))


def _refuse_many_levels(levels: Mapping[str, Sequence[Level]], *, n: int, need: str) -> None:
    """Refuse columns with few customers to a level, such as ids, and columns with more than `MAX_LEVELS`."""
    for name, distinct in levels.items():
        law = f": more than {MAX_LEVELS} are not searched." if len(distinct) > MAX_LEVELS else ""
        if len(distinct) > max(FREE_LEVELS, n / CUSTOMERS_PER_LEVEL):
            law = f": it tells single customers apart, where above {FREE_LEVELS} levels there must be "
            law += f"{CUSTOMERS_PER_LEVEL} customers to a level."
        if law:
            has = f"{need}: the covariate `{name}` has {len(distinct):,} levels for {n:,} customers"
            raise DataError.because(f"{has}{law}", hint="group its levels, or leave it out.")


def _refuse_constant(names: Sequence[str], *, need: str) -> None:
    """Refuse the columns `names`, which have one value for all customers fitted."""
    if names:
        raise DataError.because(
            f"{need}: the covariates {list(names)} are the same for all customers fitted, so nothing can be learnt.",
            hint="leave them out.",
        )


def _refuse_collinear(labels: Sequence[str], columns: Array, *, weights: Array, need: str) -> None:
    """Refuse a standardised column, of (n, m), that is a linear combination of a constant and columns before it."""
    root = np.sqrt(weights / weights.sum())[:, None]
    for place in range(1, len(labels)):
        before, this = columns[:, :place] * root, columns[:, place : place + 1] * root
        factors, *_ = np.linalg.lstsq(before, this, rcond=None)
        if np.linalg.norm(this - before @ factors) < COLLINEAR:
            involved = [labels[at] for at in np.flatnonzero(np.abs(factors[:, 0]) > COLLINEAR).tolist()]
            raise DataError.because(
                f"{need}: the covariate `{labels[place]}` says nothing that {involved} do not say already.",
                hint="leave one of them out.",
            )
