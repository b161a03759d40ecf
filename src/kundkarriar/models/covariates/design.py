"""The columns of a fit with covariates: their levels, where they lie, and whether each says something of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from attrs import evolve

from kundkarriar.errors import DataError
from kundkarriar.models.covariates.effects import CovariateEffects, label_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from kundkarriar.models.covariates.columns import CustomerColumn, Level
    from kundkarriar.models.covariates.covariates import Covariates

    Array = NDArray[np.float64]

FAR = 300.0
"""A column whose zero lies more spreads away has at 0 a customer like none; exp(coefficient x column) overflows."""
SAME = 1e-7
"""What is left of a column beside the others, as a share of its spread, when nothing is."""

FEW, EACH, MOST = 10, 20, 100
"""Levels that nobody minds; customers to a level, on average, where there are more; and levels at the most: a fit of
100 takes a quarter of a minute, and grows with their square."""


def without_effect(
    covariates: Covariates, held: Sequence[CustomerColumn], *, weights: Array, need: str
) -> tuple[CovariateEffects, Array]:
    """Effects of 0 for the columns of the customers to be fitted, and those columns as numbers, (n, m).

    Args:
        covariates: which columns, and on what.
        held: the columns of these customers.
        weights: customers that each row stands for, (n,).
        need: who asks, as the start of a sentence.

    Raises:
        DataError: a column that says nothing, because all have the same value or others say it already; one with too
            many levels.
    """
    levels = {column.name: column.levels() for column in held if column.has_levels()}
    _refuse_single_customers(levels, n=int(weights.sum()), need=need)
    labels = {
        column.name: [label_of(column.name, level) for level in levels[column.name][1:]]
        if column.name in levels
        else [column.name]
        for column in held
    }
    _refuse_constant([name for name, own in labels.items() if not own], need=need)

    def of(names: Sequence[str]) -> dict[str, float]:
        return dict.fromkeys((label for name in names for label in labels[name]), 0.0)

    effects = CovariateEffects(
        purchase=of(covariates.purchase),
        dropout=of(covariates.dropout),
        levels=levels,
        equal=tuple(of(covariates.equal)),
    )
    columns = effects.encoded(held)
    middle = np.average(columns, axis=0, weights=weights) if len(columns) else np.zeros(columns.shape[1])
    spread = np.array([_spread(column, weights) for column in columns.T])
    _refuse_constant([label for label, wide in zip(effects.labels, spread, strict=True) if wide == 0], need=need)
    _refuse_far(effects.labels, middle, spread, need=need)
    at = {label: place for place, label in enumerate(effects.labels)}
    for pairs in (effects.purchase, effects.dropout):
        own = [label for label, _ in pairs]
        places = [at[label] for label in own]
        _refuse_collinear(own, (columns[:, places] - middle[places]) / spread[places], weights=weights, need=need)
    named = {"middle": zip(effects.labels, middle, strict=True), "spread": zip(effects.labels, spread, strict=True)}
    return evolve(effects, **named), columns


def _spread(column: Array, weights: Array) -> float:
    """The standard deviation; of a column of two values half their distance, however rare one of them is."""
    low, high = (float(edge) for edge in (column.min(initial=np.inf), column.max(initial=-np.inf)))
    if not low < high:
        return 0.0
    if ((column == low) | (column == high)).all():
        return (high - low) / 2
    return float(np.sqrt(np.average((column - np.average(column, weights=weights)) ** 2, weights=weights)))


def _refuse_single_customers(levels: Mapping[str, Sequence[Level]], *, n: int, need: str) -> None:
    """Refuse columns with about a level per customer, as ids written as text, and with too many to be searched."""
    for name, own in levels.items():
        has = f"{need}: the covariate `{name}` has {len(own):,} levels for {n:,} customers"
        hint = "group its levels, or leave it out."
        if len(own) > max(FEW, n / EACH):
            raise DataError.because(
                f"{has}: it tells single customers apart, where above {FEW} levels there must be {EACH} customers to a "
                "level.",
                hint=hint,
            )
        if len(own) > MOST:
            raise DataError.because(f"{has}: more than {MOST} are not searched.", hint=hint)


def _refuse_constant(names: Sequence[str], *, need: str) -> None:
    if names:
        raise DataError.because(
            f"{need}: the covariates {list(names)} are the same for all customers fitted, so nothing can be learnt.",
            hint="leave them out.",
        )


def _refuse_far(labels: Sequence[str], middle: Array, spread: Array, *, need: str) -> None:
    far = np.flatnonzero(np.abs(middle) > FAR * spread)
    if len(far):
        label, where = labels[far[0]], float(middle[far[0]])
        raise DataError.because(
            f"{need}: the covariate `{label}` lies round {where:.6g}, spread by {spread[far[0]]:.3g}: a customer at 0, "
            "whom the model's own parameters describe, would be like none of these.",
            hint=f"count it from nearby: customers['{label}'] - {where:.0f}.",
        )


def _refuse_collinear(labels: Sequence[str], columns: Array, *, weights: Array, need: str) -> None:
    """Refuse a column that those before it, and a constant, add up to.

    Args:
        labels: of the columns.
        columns: with mean 0 and spread 1, (n, m).
        weights: of the rows, (n,).
        need: who asks.
    """
    root = np.sqrt(weights / weights.sum())[:, None]
    for place in range(1, len(labels)):
        before, this = columns[:, :place] * root, columns[:, place : place + 1] * root
        factors, *_ = np.linalg.lstsq(before, this, rcond=None)
        if np.linalg.norm(this - before @ factors) < SAME:
            said = [label for label, factor in zip(labels[:place], factors[:, 0], strict=True) if abs(factor) > SAME]
            raise DataError.because(
                f"{need}: the covariate `{labels[place]}` says nothing that {said} do not say already.",
                hint="leave one of them out.",
            )
