"""How regularly customers buy: the number of stages k of a gap, chosen by the likelihood of all purchase moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from attrs import evolve

from kundkarriar.history.summary.counted_rows import refuse_uncounted
from kundkarriar.history.summary.purchase_rows import read_purchase_rows
from kundkarriar.models.families.erlang_family import needs_gaps
from kundkarriar.models.fitting.purchase_fit import fit_purchases, likelihood_of, refuse_too_little

if TYPE_CHECKING:
    from attrs import Attribute

    from kundkarriar.models.families.erlang_family import RegularFamily

from kundkarriar.numerics.erlang.likelihood import MOST

LARGEST = 12
"""The search ends here: gaps then vary by 29 % of their mean."""
FALLS = 2
"""After so many falls in a row the likelihood has passed its top."""


def fit_regular(
    family: RegularFamily, summary: Any, *, k: int | None, weights: str | None, period: str | None
) -> dict[str, Any]:
    """The fields of a fitted model, but for its type: params (a dict with k), period, report, tried.

    Args:
        family: any of its kind; its k does not matter.
        summary: as of the model's `fit`.
        k: stages of a gap; None: 1, 2, ... are tried until the likelihood has fallen twice in a row, at most 12.
        weights: the column that counts customers.
        period: the unit of a hand-made frame.
    """
    tried = _tried(family, summary, weights=weights, period=period) if k is None else ()
    chosen = max(tried, key=lambda trial: trial[1])[0] if k is None else k
    params, unit, report = fit_purchases(evolve(family, k=chosen), summary, weights=weights, period=period)
    height = float(report.log_likelihood or 0.0)
    return {
        "params": {"k": chosen, **params},
        "period": unit,
        "report": report,
        "tried": tried or ((chosen, height),),
    }


def _tried(
    family: RegularFamily, summary: Any, *, weights: str | None, period: str | None
) -> tuple[tuple[int, float], ...]:
    """Each k with the highest log-likelihood that it reaches."""
    refuse_uncounted(summary, need=f"{family.name}.fit", weights=weights)
    checked = read_purchase_rows(summary, need=f"{family.name}.fit", period=period, weights=weights)
    rows = checked.to_fit().distinct(period=checked.period).rows
    if rows.gap_log_sum is None:
        raise needs_gaps(f"{family.name}.fit")
    refuse_too_little(rows, family, checked)
    tried: list[tuple[int, float]] = []
    for k in range(1, LARGEST + 1):
        tried.append((k, likelihood_of(evolve(family, k=k), rows).optimum().value))
        heights = [height for _, height in tried[-FALLS - 1 :]]
        if len(heights) > FALLS and heights == sorted(heights, reverse=True):
            break
    return tuple(tried)


def stages(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is no number of stages."""
    if not (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST):
        raise ValueError(f"'{attribute.name}' must be a whole number from 1 to {MOST}: {value!r}")


def stages_or_none(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Refuse what is neither a number of stages nor None."""
    if value is not None:
        stages(instance, attribute, value)


def as_trials(given: Any) -> tuple[tuple[int, float], ...]:
    """Each k that was tried, with its log-likelihood.

    >>> as_trials([[1, -9582.4], [2, -9600]])
    ((1, -9582.4), (2, -9600.0))
    """
    return tuple((int(k), float(height)) for k, height in given)
