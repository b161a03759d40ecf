"""The fit of (M)BG/CNBD-k, with the number of Erlang stages k of a gap given or chosen by maximum likelihood."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, evolve

from kundkarriar.models.families.bgnbd_family import BGNBDFamily, missing_gap_log_sum
from kundkarriar.models.fitting.purchase_fit import fit_purchases, likelihood_of, refuse_too_little
from kundkarriar.numerics.bgnbd.likelihood import MOST
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows

LARGEST_K = 12
"""The largest k tried: gaps then have a coefficient of variation of 29 %."""
DECREASES = 2
"""After this many decreases in a row the likelihood has passed its maximum."""


def fit_erlang(
    family: BGNBDFamily, summary: Any, *, k: int | None, weights: str | None, period: str | None
) -> dict[str, Any]:
    """Fit (M)BG/CNBD-k; the fields of the fitted model: params (a dict with k), period, report, tried.

    Args:
        family: the (M)BG/CNBD-k family; its k is not used.
        summary: one row per customer, as in the model's `fit`.
        k: stages of a gap; None tries 1, 2, ... up to 12, until the likelihood has decreased twice in a row.
        weights: the column that counts customers.
        period: the unit of time of a frame without a column `period`.
    """
    tried = _log_likelihood_by_k(family, summary, weights=weights, period=period) if k is None else ()
    chosen = max(tried, key=lambda trial: trial[1])[0] if k is None else k
    params, unit, report = fit_purchases(evolve(family, k=chosen), summary, weights=weights, period=period)
    log_likelihood = float(report.log_likelihood or 0.0)
    return {
        "params": {"k": chosen, **params},
        "period": unit,
        "report": report,
        "tried": tried or ((chosen, log_likelihood),),
    }


def _log_likelihood_by_k(
    family: BGNBDFamily, summary: Any, *, weights: str | None, period: str | None
) -> tuple[tuple[int, float], ...]:
    """Each k tried with its maximum of the log-likelihood."""
    refuse_unweighted_rows(summary, need=f"{family.name}.fit", weights=weights)
    checked = read_purchase_rows(summary, need=f"{family.name}.fit", period=period, weights=weights)
    rows = checked.to_fit().distinct(period=checked.period).rows
    if rows.gap_log_sum is None:
        raise missing_gap_log_sum(f"{family.name}.fit")
    refuse_too_little(rows, family, checked)
    tried: list[tuple[int, float]] = []
    for k in range(1, LARGEST_K + 1):
        tried.append((k, likelihood_of(evolve(family, k=k), rows).optimum().value))
        last = [log_likelihood for _, log_likelihood in tried[-DECREASES - 1 :]]
        if len(last) > DECREASES and last == sorted(last, reverse=True):
            break
    return tuple(tried)


def stages(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Validator of a number of stages k."""
    if not (isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST):
        raise ValueError(f"'{attribute.name}' must be a whole number from 1 to {MOST}: {value!r}")


def stages_or_none(instance: object, attribute: Attribute[Any], value: Any) -> None:
    """Validator of a number of stages k, or None."""
    if value is not None:
        stages(instance, attribute, value)


def trials(owner: object, attribute: Attribute[Any], value: tuple[tuple[int, float], ...]) -> None:
    """Validator of pairs of k and log-likelihood."""
    for k, _ in value:
        stages(owner, attribute, k)


def as_trials(given: Any) -> tuple[tuple[int, float], ...]:
    """Pairs of k and log-likelihood as Python numbers.

    >>> as_trials([[1, -9582.4], [2, -9600]])
    ((1, -9582.4), (2, -9600.0))
    """
    return tuple((int(k), float(log_likelihood)) for k, log_likelihood in given)
