"""Two laws of traits in one fit: of customers older than the data, who are survivors, and of newcomers.

Given its traits a customer's process has no memory, so that the window from the first purchase seen on is right for
older customers too; what differs is how their traits are distributed. Left aside after trials: one law with an unknown
age of the older, mixtures of both laws by the date first seen, and older customers of a low weight.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from attrs import evolve, frozen

from kundkarriar.dates.period import DAYS
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.models.fitting.likelihood_fit import LikelihoodFit
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.models.interface.older_test import OlderTest
from kundkarriar.models.uncertainty.normal_prior import NormalPrior
from kundkarriar.models.uncertainty.priors import WeakPrior
from kundkarriar.summaries.purchase_rows import PurchaseRows

Found: TypeAlias = tuple[dict[str, float], FitReport]

TIGHT = frozenset({"log_mean_purchases", "log_r", "log_typical_purchases", "log_spread_purchases"})
"""Unconstrained parameters of purchase rates, and processes of coefficients on them below: few newcomers tell them."""
TIGHT_COEFFICIENTS = ("purchase:", "both:")
TIGHT_SD, WIDE_SD = 0.5, 1.0
FEWEST_REPEAT_BUYERS, FEWEST_WEEKS = 20, 8
"""The least that must be seen of newcomers."""


@frozen(kw_only=True, eq=False)
class LawLikelihood:
    """The likelihood of one group of customers, with its size."""

    fit: Callable[[], LikelihoodFit]
    customers: int
    repeat_buyers: int


def laws_of(
    one: LikelihoodFit, groups: tuple[LawLikelihood, LawLikelihood] | None, *, l2: float, **counts: Any
) -> tuple[Found] | tuple[Found, Found]:
    """The fit of one law to all customers; or where the data tell two apart those of newcomers and of the older.

    Args:
        one: the likelihood of all customers.
        groups: those of the customers known from their first purchase on, and of the older; None: nobody is older.
        l2: the penalty on coefficients.
        counts: of customers, for the report of the first law.
    """
    everybody = one.fitted(l2=l2, **counts)
    if groups is None:
        return (everybody,)
    known, older = groups
    values, report = everybody
    test = OlderTest(older=older.customers, repeat_buyers=known.repeat_buyers, parameters=len(report.centre))
    if older.repeat_buyers < FEWEST_REPEAT_BUYERS:
        return ((values, evolve(report, older_test=test)),)
    centre = np.array(report.centre)
    known_fit, older_fit = (_from(centre, each.fit()) for each in groups)
    of_older = older_fit.fitted(l2=l2, season=report.season, frame_kind=report.frame_kind)
    best = known_fit.penalised(l2).optimum()
    greatest = known_fit.log_likelihood(known_fit.evaluated_at(best))
    gain = greatest + _log_likelihood(of_older[1]) - _log_likelihood(report)
    test = evolve(test, statistic=max(2.0 * gain, 0.0))
    if not test.two_laws:
        return ((values, evolve(report, older_test=test)),)
    prior = prior_around(report, one)
    test = evolve(test, prior=prior, log_likelihood=greatest)
    shrunk = evolve(known_fit, starts=(np.clip(best.theta, -10.0, 10.0),))
    return shrunk.fitted_under(prior, older_test=test, **counts), of_older


def prior_around(report: FitReport, fit: LikelihoodFit) -> NormalPrior:
    """The prior on newcomers' unconstrained parameters, around those of everybody.

    At a boundary of everybody's fit, where some parameter could be another one, it is as wide as `WeakPrior`.
    """
    names = fit.unconstrained.names
    tight = [name in TIGHT or name.startswith(TIGHT_COEFFICIENTS) for name in names]
    sds = np.where(tight, TIGHT_SD, WIDE_SD)
    if report.boundary is not None:
        sds = np.maximum(sds, WeakPrior().scales(names))
    return NormalPrior(names=names, means=report.centre, sds=sds.tolist())


def _from(centre: Any, fit: LikelihoodFit) -> LikelihoodFit:
    """The fit with one start more, the parameters of everybody."""
    return evolve(fit, starts=(fit.unconstrained.clipped_start(centre), *fit.starts[:1]))


def _log_likelihood(report: FitReport) -> float:
    return float(np.nan if report.log_likelihood is None else report.log_likelihood)


def refuse_unfit_for_two_laws(family: PurchaseFamily, rows: PurchaseRows, *, period: str) -> None:
    """Check that a family has no memory, and that enough was seen of the customers known from their first purchase."""
    if not family.memoryless:
        raise CapabilityError.because(
            f"{family.name} cannot be fitted to customers who may be older than the data: they leave the sooner the "
            'older they are, and the age of entries "unknown" is not known.',
            hint="use kk.ParetoNBD() or kk.MBGNBD(); or leave burn_in out of kk.summarize, if all are newcomers.",
        )
    known, _ = rows.groups()
    buyers = int(known.weights[known.x > 0].sum())
    weeks = float(known.T.max(initial=0.0)) * DAYS[period] / DAYS["W"]
    if buyers < FEWEST_REPEAT_BUYERS or weeks < FEWEST_WEEKS:
        raise DataError.because(
            f"{family.name}.fit needs {FEWEST_REPEAT_BUYERS} repeat buyers and {FEWEST_WEEKS} weeks among customers "
            f"who are not older than the data, got {buyers} among {int(known.weights.sum()):,} customers, seen "
            f"for at most {weeks:.1f} weeks.",
            hint='a shorter burn_in knows more of them: kk.summarize(..., burn_in="1M").',
        )
