"""The number of Erlang stages k of the times between purchases: its law, and the likelihood of each k tried."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, evolve

from kundkarriar.arguments import FINITE, WholeNumber, read_many, refusal, to_float
from kundkarriar.models.families.bgnbd_family import BGNBDFamily, missing_gap_log_sum
from kundkarriar.models.fitting.purchase_fit import PurchasesToFit
from kundkarriar.numerics.bgnbd.likelihood import MOST

LARGEST_K = 12
"""The largest k tried: gaps then have a coefficient of variation of 29 %."""
DECREASES = 2
"""After this many decreases in a row the likelihood has passed its maximum."""

stages = WholeNumber(least=1, most=MOST, example=3)
TRIED = "pairs of k and log-likelihood, each k once, that of the parameters among them"
TRY = "write tried=[(1, -9582.4)], or leave it out."


def log_likelihood_by_k(family: BGNBDFamily, customers: PurchasesToFit) -> tuple[tuple[int, float], ...]:
    """Each k tried with the log-likelihood of its fit; `family` is (M)BG/CNBD-k at any k."""
    if customers.rows.gap_log_sum is None:
        raise missing_gap_log_sum(f"{family.name}.fit")
    tried: list[tuple[int, float]] = []
    for k in range(1, LARGEST_K + 1):
        likelihood = customers.likelihood(evolve(family, k=k))
        best = likelihood.penalised(customers.l2).optimum()
        tried.append((k, likelihood.objective(best.theta)[0]))
        last = [log_likelihood for _, log_likelihood in tried[-DECREASES - 1 :]]
        if len(last) > DECREASES and last == sorted(last, reverse=True):
            break
    return tuple(tried)


def as_trials(given: Any) -> Any:
    """Converter of pairs of k and log-likelihood; what is none is left for the validator.

    >>> as_trials([[1, -9582], (2, -9600.4)])
    ((1, -9582.0), (2, -9600.4))
    """
    pairs = read_many(given, "tried", law=TRIED, hint=TRY)
    return tuple(
        (each[0], to_float(each[1])) if isinstance(each, list | tuple) and len(each) == 2 else each for each in pairs
    )


def trials(owner: Any, attribute: Attribute[Any], pairs: Any) -> None:
    """Validator of pairs of k and log-likelihood, each k once, the fitted one among them where there are any."""
    lawful = all(isinstance(each, tuple) and stages.holds(each[0]) and FINITE.holds(each[1]) for each in pairs)
    tried = [k for k, _ in pairs] if lawful else []
    if not lawful or len(set(tried)) < len(tried) or (tried and getattr(owner.params, "k", None) not in tried):
        raise refusal(pairs, attribute.name, law=TRIED, hint=TRY)
