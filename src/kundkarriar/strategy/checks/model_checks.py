"""Checks that the fitted models describe the customers whom they value."""

import numpy as np

from kundkarriar.frames import NarrowFrame
from kundkarriar.history.first_month import first_month, most_in_a_first_month
from kundkarriar.models.average.member_weaknesses import member_boundary
from kundkarriar.models.interface.fit_report import FEW
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import members_of
from kundkarriar.models.spend.constant_spend import ConstantSpend
from kundkarriar.scoring.draws.drawn_total import LEFT_OPEN
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.strategy.checks.check import Check

SETTLED = "the data settle the expected total"
NOT_OLDER = "customers are not older than the data"
NO_DRAWS = "nothing was drawn: the models cannot draw futures, or their parameters were given"
GIVEN_OR_OWN = "its parameters were given, or it is a model of your own"


def model_checks(scorer: FittedValueScorer, table: NarrowFrame) -> list[Check]:
    """Checks of the models of a scorer, and of the customers of a career's `table` to whom they were fitted."""
    models = [("purchase", scorer.purchases), *([("spend", scorer.spend)] if scorer.spend else [])]
    return [
        *(_identified(model, kind) for kind, model in models),
        *(_enough_customers(model, kind) for kind, model in models),
        _not_older(table),
    ]


def total_check(expected: float, *, mean: float, differs: str) -> Check:
    """Check that the mean of the expected total over the posterior is within 3 % of the total at the optimum.

    Args:
        expected: the total at the fitted parameters.
        mean: its mean over the posterior; NaN without draws.
        differs: the sentence where both differ, else empty.
    """
    if np.isnan(mean):
        return Check.impossible(SETTLED, why=NO_DRAWS)
    text = f"the mean over the posterior is within {LEFT_OPEN:.0%} of the sum of the scores, or within chance of it"
    return Check(
        check=SETTLED,
        passed=not differs,
        value=mean / expected - 1 if expected else np.nan,
        limit=LEFT_OPEN,
        message=f"net sales: {differs}; career.bridge() shows both" if differs else text,
    )


def _identified(model: object, kind: str) -> Check:
    check = f"the data identify the {kind} model"
    if isinstance(model, ConstantSpend):
        return Check(check=check, passed=True, message="the orders of a customer do not vary: the price is known")
    fitted = _fitted(model)
    if not fitted:
        return Check.impossible(check, why=GIVEN_OR_OWN)
    boundary = member_boundary(fitted)
    return Check(check=check, passed=boundary is None, message=boundary or "no parameter is at a boundary")


def _fitted(model: object) -> list[FittedModel]:
    """The model, or the members of an average, as far as they were fitted and are not of a user's own."""
    return [each for each in members_of(model) if isinstance(each, FittedModel) and each.report.fitted]


def _enough_customers(model: object, kind: str) -> Check:
    check = f"the {kind} model was fitted to enough customers"
    fitted = _fitted(model)
    if not fitted:
        return Check.impossible(check, why=GIVEN_OR_OWN)
    reports = [law.report for each in fitted for law in each.laws.values()]
    told = dict.fromkeys(said for report in reports for said in report.weaknesses if said != report.boundary)
    n = fitted[0].n_customers
    return Check(
        check=check,
        passed=not told,
        value=float(n),
        limit=float(FEW),
        message=" ".join(told) or f"{n:,} customers",
    )


def _not_older(table: NarrowFrame) -> Check:
    """Check that at most twice as many customers as in a later month, or as chance explains, begin in the first."""
    if "unknown" in table["entry"].to_list():
        return Check.impossible(NOT_OLDER, why="a burn-in marks the first ones, and the fit asks whether they differ")
    days = [table[name].to_numpy().astype("datetime64[D]") for name in ("first_purchase", "first_contact")]
    first = np.fmin(*days)
    first = first[~np.isnat(first)].astype(np.int64)
    early, usual = first_month(first)
    count = int(early.sum())
    limit = most_in_a_first_month(usual)
    older = count > limit
    said = f"{count:,} customers ({early.mean():.1%}) were first seen in the first month"
    return Check(
        check=NOT_OLDER,
        passed=not older,
        informative=not np.isnan(usual),
        value=float(count),
        limit=limit,
        message=f"{said}, against {usual:,.1f} in a later month: many may be older than the data, and were fitted as if"
        ' they had been new; kk.CustomerCareer(...).fit(..., burn_in="3M") marks them, and the fit asks whether they'
        " differ"
        if older
        else said,
    )
