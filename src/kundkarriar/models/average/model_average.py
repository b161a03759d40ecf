"""`ModelAverage`: the specification of an average of purchase models."""

from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import as_tuple
from kundkarriar.dates.period import as_period
from kundkarriar.errors import ConvergenceError, DataError, collected, law_and_hint, warn
from kundkarriar.frames import narrow
from kundkarriar.models.average.average_fields import (
    any_needs_gaps,
    as_weights,
    equal_weights,
    several_models,
    weights_or_way,
)
from kundkarriar.models.average.fitted_average import FittedModelAverage
from kundkarriar.models.average.holdout_weights import holdout_weights
from kundkarriar.models.average.stored_members import SINGLE_MODEL
from kundkarriar.models.interface.columns_read import average_fit_columns
from kundkarriar.models.interface.fitted_model import weaknesses_of
from kundkarriar.models.interface.protocols import FittedPurchaseModel, TakesCovariates
from kundkarriar.models.mbgnbd import MBGNBD
from kundkarriar.models.pareto_nbd import ParetoNBD
from kundkarriar.models.returning_nbd import ReturningNBD
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import NUMBER, TEXT, list_of, one_of, or_null, written
from kundkarriar.summaries.lazy.fit_on_distinct import fit_on_distinct
from kundkarriar.summaries.packed_gaps import GAPS


def _models(given: Any) -> Any:
    return None if given is None else as_tuple(given)


def _span(_: object, attribute: Any, value: Any) -> None:
    as_period(value, name=attribute.name).within_calendar()


@frozen(kw_only=True)
class ModelAverage(Stored):
    """The specification of an average of purchase models; `fit` fits each.

    No single model is best for every customer base, and the mean of several forecasts is close to the best of them.
    The page docs/numbers.md has the comparison on open data.

    Attributes:
        models: purchase models, specs or fitted to the same summary, at least two. None: MBG/NBD, Pareto/NBD and, where
            the summary has gaps (`kk.summarize(..., gaps=True)`), ReturningNBD; one whose fit finds no maximum
            is then left out, and the fit says so.
        weights: "equal"; "holdout": those that would have forecast best from an earlier origin, which needs gaps and
            `horizon`; or a number for each model, in sum 1.
        horizon: of the forecast that "holdout" weights are learned from, text with a unit ("6M"). A
            `kk.ValueScorer` gives its own.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", gaps=True)
    >>> kk.ModelAverage().fit(summary).estimates()["model"].drop_duplicates().tolist()
    ['MBGNBD', 'ParetoNBD', 'ReturningNBD']
    """

    models: tuple[Any, ...] | None = field(
        default=None, converter=_models, validator=several_models, metadata=written(or_null(list_of(SINGLE_MODEL)))
    )
    weights: Any = field(
        default="equal", converter=as_weights, validator=weights_or_way, metadata=written(one_of(TEXT, list_of(NUMBER)))
    )
    horizon: str | None = field(default=None, validator=optional(_span))

    @property
    def needs_gaps(self) -> bool:
        """Whether a model may read the column `gaps` of a summary; those of the default do where it is there."""
        return self.models is None or any_needs_gaps(self.models)

    @property
    def covariates(self) -> tuple[Any, ...]:
        """The columns used as covariates, of each model that takes any."""
        return tuple(each.covariates for each in self.models or () if isinstance(each, TakesCovariates))

    @fit_on_distinct(average_fit_columns)
    def fit(
        self, summary: Any, *, customers: Any = None, weights: str | None = None, period: str | None = None
    ) -> FittedModelAverage:
        """Fit each model to `summary`.

        Args:
            summary: one row per customer, as from `kk.summarize`.
            customers: covariates by customer_id, for models that take them.
            weights: column with the number of customers of a row, as in a frame from `kk.distinct_rows`.
            period: unit of time, for a frame without a column `period`.

        Raises:
            DataError: errors of the models; fitted models of other data than each other.
            ConvergenceError: a model did not reach a maximum; of a default average, none did.

        Warns:
            DataWarning: weaknesses of the models, such as a boundary; a model of the default that was left out.
        """
        extra = {"weights": weights, "period": period}
        given = {name: value for name, value in extra.items() if value is not None}
        fits: list[tuple[Any, Any]] = []
        left_out: list[str] = []
        failed: ConvergenceError | None = None
        with collected() as told:  # said again below, each sentence once
            for model in self.models or default_models(summary):
                try:
                    fits.append((model, _fitted(model, summary, customers=customers, given=given)))
                except ConvergenceError as error:
                    if self.models is not None:
                        raise
                    failed = error
                    left_out.append(f"{type(model).__name__} is left out of the average: {law_and_hint(error)[0]}")
        if not fits and failed is not None:
            raise failed
        specs, members = zip(*fits, strict=True)
        shares = self._weights(specs, summary, customers=customers)
        made = FittedModelAverage(members=members, weights=shares, left_out=left_out)
        others = [said for said in told if said not in weaknesses_of(*members)]
        for sentence in dict.fromkeys((*made.weaknesses, *others)):
            warn(sentence)
        return made

    def _weights(self, models: tuple[Any, ...], summary: Any, *, customers: Any) -> tuple[float, ...]:
        """The weights of the models that were fitted."""
        if not isinstance(self.weights, str):
            weights: tuple[float, ...] = self.weights
            return weights
        if self.weights == "equal" or len(models) == 1:
            return equal_weights(len(models))
        if self.horizon is None:
            raise DataError.because(
                'weights="holdout" are those of a forecast, and no horizon says of what span.',
                hint='kk.ModelAverage(weights="holdout", horizon="6M").',
            )
        return holdout_weights(models, summary, horizon=self.horizon, customers=customers)


def default_models(summary: Any) -> tuple[Any, ...]:
    """The models of a default average of the customers of `summary`."""
    gaps = GAPS in narrow(summary, need="ModelAverage.fit").columns
    return (MBGNBD(), ParetoNBD(), *([ReturningNBD()] if gaps else []))


def _fitted(model: Any, summary: Any, *, customers: Any, given: dict[str, Any]) -> Any:
    """A model fitted to a summary; a fitted one as it is."""
    if isinstance(model, FittedPurchaseModel):
        return model
    covariates = {"customers": customers} if isinstance(model, TakesCovariates) else {}
    return model.fit(summary, **covariates, **given)
