"""`PurchaseSpec`, the base class of specifications of repeat-buying models: `fit` by maximum likelihood."""

from typing import Any, ClassVar, Generic, TypeVar

from attrs import evolve, field, frozen
from attrs.validators import optional

from kundkarriar.fields import instance_of
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.models.covariates.covariates import COVARIATES_LATER, NO_COVARIATES, Covariates
from kundkarriar.models.families.fitted_cnbd import FittedCNBD
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.fitting.number_of_stages import log_likelihood_by_k, stages
from kundkarriar.models.fitting.purchase_fit import purchases_to_fit
from kundkarriar.stored import Stored

Fitted = TypeVar("Fitted", bound=FittedPurchases)
FittedErlang = TypeVar("FittedErlang", bound=FittedCNBD)


class PurchaseSpec(Stored, Generic[Fitted]):
    """The specification of a repeat-buying model; each final class sets the class of its fit, and its covariates."""

    __slots__ = ()

    fitted_type: ClassVar[type[Any]]

    @property
    def needs_gaps(self) -> bool:
        """Whether the model reads the column `gaps` of a summary, from `kk.summarize(..., gaps=True)`."""
        return attribute_of(self.fitted_type.family, "needs_gaps") is True  # a property where the family varies

    @property
    def covariates(self) -> Covariates:
        """The columns of customers on which rates depend; none in a model without covariates."""
        return NO_COVARIATES

    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> Fitted:
        """Estimate the parameters by maximum likelihood.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, recency, T, period. Prospects and
                customers whose first purchase may lie before the data are left out and counted in `.report`.
            customers: the columns of `covariates` by customer_id; None where the summary holds them, or there are none.
            weights: column with the number of customers of a row, as in a frame from `kk.distinct_rows`.
            period: unit of time, for a frame without a column `period`.

        Raises:
            DataError: impossible rows, too few customers, or no repeat purchases; a covariate that is missing, constant
                or collinear.
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary.
        """
        fitted = self.fitted_type
        data = purchases_to_fit(
            fitted.family, summary, covariates=self.covariates, customers=customers, weights=weights, period=period
        )
        params, effects, report = data.fitted(fitted.family)
        given = {"effects": effects} if self.covariates else {}
        made: Fitted = fitted(params=fitted.params_type(**params), period=data.checked.period, report=report, **given)
        return made.warned()


@frozen(kw_only=True)
class ErlangSpec(PurchaseSpec[FittedErlang]):
    """The specification of a repeat-buying model with Erlang-k intervals between purchases."""

    k: int | None = field(default=None, validator=optional(stages))
    covariates: Covariates = field(default=NO_COVARIATES, validator=instance_of(Covariates), metadata=COVARIATES_LATER)

    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> FittedErlang:
        """Estimate the parameters by maximum likelihood of the purchase times.

        Args:
            summary: as in `kk.NBD().fit`, from `kk.summarize(..., regularity=True)`: also gap_log_sum, which k=1 does
                not need.
            customers: the columns of `covariates` by customer_id; None where the summary holds them, or there are none.
            weights: column with the number of customers of a row, as in a frame from `kk.distinct_rows`.
            period: unit of time, for a frame without a column `period`.

        Raises:
            DataError: as `kk.NBD().fit`, or no gap_log_sum.
        """
        fitted = self.fitted_type
        data = purchases_to_fit(
            fitted.kind, summary, covariates=self.covariates, customers=customers, weights=weights, period=period
        )
        tried = log_likelihood_by_k(fitted.kind, data) if self.k is None else ()
        k = max(tried, key=lambda trial: trial[1])[0] if tried else self.k
        params, effects, report = data.fitted(evolve(fitted.kind, k=k))
        made: FittedErlang = fitted(
            params=fitted.params_type(k=k, **params),
            period=data.checked.period,
            report=report,
            effects=effects,
            tried=tried or ((k, report.log_likelihood),),
        )
        return made.warned()
