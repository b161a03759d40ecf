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
from kundkarriar.models.fitting.purchase_fit import FittedLaw, PurchasesToFit, purchases_to_fit
from kundkarriar.models.interface.columns_read import purchase_fit_columns
from kundkarriar.stored import Stored
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct

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

    @fit_on_distinct(purchase_fit_columns)
    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> Fitted:
        """Estimate the parameters by maximum likelihood.

        Args:
            summary: one row per customer, as from `kk.summarize`: frequency, recency, T, period. Prospects are left out
                and counted in `.report`. Where `entry` marks customers who may be older than the data ("unknown"), they
                get a law of their own, `.older`, if the data tell it from that of newcomers; see below.
            customers: the columns of `covariates` by customer_id; None where the summary holds them, or there are none.
            weights: column with the number of customers of a row, as in a frame from `kk.distinct_rows`.
            period: unit of time, for a frame without a column `period`.

        Two laws are fitted where twice the gain in log-likelihood exceeds the 99.9 % point of chi-square, of as many
        degrees of freedom as one law has parameters; else one law is fitted to all (`.report.older_test` says which).
        The newcomers' parameters are the mode of their likelihood times a normal prior around the parameters of
        everybody, of standard deviation .5 for the level and the spread of purchase rates and 1 for dropout. As the
        newcomers are among everybody, their intervals are empirical Bayes: somewhat too narrow.

        Raises:
            DataError: impossible rows, too few customers, or no repeat purchases; a covariate that is missing, constant
                or collinear; with older customers, fewer than 20 repeat buyers or 8 weeks among the others.
            CapabilityError: with older customers, a model whose customers age (GGompertz/NBD).
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary.
        """
        fitted = self.fitted_type
        data = purchases_to_fit(
            fitted.family, summary, covariates=self.covariates, customers=customers, weights=weights, period=period
        )
        law, of_older = data.laws(fitted.family)
        older = None if of_older is None else self._made(of_older, data)
        return self._made(law, data, **({} if older is None else {"older": older})).warned()

    def _made(self, law: FittedLaw, data: PurchasesToFit, **given: Any) -> Fitted:
        """The fitted model of a law."""
        given |= {"effects": law.effects} if self.covariates else {}
        params = self.fitted_type.params_type(**law.params)
        made: Fitted = self.fitted_type(params=params, period=data.checked.period, report=law.report, **given)
        return made


@frozen(kw_only=True)
class ErlangSpec(PurchaseSpec[FittedErlang]):
    """The specification of a repeat-buying model with Erlang-k intervals between purchases."""

    k: int | None = field(default=None, validator=optional(stages))
    covariates: Covariates = field(default=NO_COVARIATES, validator=instance_of(Covariates), metadata=COVARIATES_LATER)

    @fit_on_distinct(purchase_fit_columns)
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
        law, of_older = data.laws(evolve(fitted.kind, k=k))

        def made(law: FittedLaw, older: FittedErlang | None = None) -> FittedErlang:
            model: FittedErlang = fitted(
                params=fitted.params_type(k=k, **law.params),
                period=data.checked.period,
                report=law.report,
                effects=law.effects,
                tried=tried or ((k, law.report.log_likelihood),),
                older=older,
            )
            return model

        return made(law, None if of_older is None else made(of_older)).warned()
