"""Protocols that a user's own models follow to be used in place of kundkarriar's models.

A fitted purchase model needs `period` and `predict`. Every other ability is optional and has a small protocol of its
own, checked with `isinstance`. Where an ability is needed and missing, a `CapabilityError` names models that have it.
"""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.foreign_objects import attribute_of, is_a, is_text
from kundkarriar.frames import FrameT
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.models.interface.futures import Ahead, FutureDraws, ResidualExpectation
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.summaries.checked_summary import CheckedSummary
from kundkarriar.summaries.purchase_rows import PurchaseRows


@runtime_checkable
class FittedPurchaseModel(Protocol):
    """A purchase model with fitted or given parameters."""

    @property
    def period(self) -> str:
        """The unit of `recency`, `T` and horizons: "D", "W", "M" or "Y"."""

    def predict(self, summary: FrameT, *, horizon: float) -> FrameT:
        """Add the columns `p_alive` (0 to 1) and `expected_purchases` (>= 0) within `horizon` periods to `summary`."""


@runtime_checkable
class PurchaseModel(Protocol):
    """The specification of a purchase model: its options, without data."""

    def fit(self, summary: Any) -> FittedPurchaseModel:
        """Fit the model to `summary`, one row per customer: customer_id, frequency, recency, T, period.

        Careers and backtests make the column `gaps` too where spec and fitted model have `needs_gaps = True`.
        """


@runtime_checkable
class TakesCovariates(Protocol):
    """A specification whose `fit` reads covariates from a frame of customers."""

    @property
    def covariates(self) -> Any:
        """The columns used as covariates."""

    def fit(self, summary: Any, *, customers: Any = None) -> FittedPurchaseModel:
        """Fit as in `PurchaseModel`, with covariates from `customers` by customer_id, or from the summary if None."""


@runtime_checkable
class ReadsSummary(Protocol):
    """A fitted model that reads columns besides frequency, recency and T."""

    def read(self, summary: Any, *, customers: Any = None, need: str | None = None) -> CheckedSummary:
        """The checked rows of a summary, with all columns that the model's other methods need."""


@runtime_checkable
class NeedsGaps(Protocol):
    """A purchase model, spec or fitted, that may read the gaps between the purchase days of each customer."""

    @property
    def needs_gaps(self) -> bool:
        """Whether it reads the column `gaps`: careers and backtests then make it, and rows have `gaps`."""


AUTO = "auto"
"""Stands in a scorer for the purchase model that forecasts from earlier days choose; they are rebuilt from gaps."""


def is_auto(model: object) -> bool:
    """Whether a purchase model is to be chosen."""
    return is_text(model) and model == AUTO


def needs_gaps(model: object) -> bool:
    """Whether a purchase model, a user's own too, reads the column `gaps` of `kk.summarize(..., gaps=True)`."""
    return is_auto(model) or (is_a(model, NeedsGaps) and bool(attribute_of(model, "needs_gaps")))


@runtime_checkable
class Averages(Protocol):
    """A fitted model that is an average of others."""

    @property
    def members(self) -> tuple[Any, ...]:
        """The fitted models."""

    @property
    def weights(self) -> tuple[float, ...]:
        """The weight of each, in sum 1."""


def members_of(model: object) -> tuple[Any, ...]:
    """The fitted models of an average; any other model by itself."""
    return tuple(attribute_of(model, "members")) if is_a(model, Averages) else (model,)


def able(model: object, ability: type) -> bool:
    """Whether a fitted model has an optional ability; an average has those that all its members have."""
    return is_a(model, ability) and all(is_a(each, ability) for each in members_of(model))


@runtime_checkable
class FittedSpendModel(Protocol):
    """A spend model with fitted or given parameters."""

    def predict(self, summary: FrameT) -> FrameT:
        """Add `expected_order_value` (> 0), the expected gross spend of a purchase day, to `summary`."""


@runtime_checkable
class SpendModel(Protocol):
    """The specification of a spend model: its options, without data."""

    def fit(self, summary: Any) -> FittedSpendModel:
        """Fit the model to `summary`, one row per customer: customer_id, frequency, monetary_value."""


@runtime_checkable
class TakesColumns(Protocol):
    """A specification of a spend model whose `fit` reads columns of customers."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns on which order values depend."""

    def fit(self, summary: Any, *, customers: Any = None) -> FittedSpendModel:
        """Fit as in `SpendModel`, with the columns from `customers` by customer_id, or from the summary if None."""


@runtime_checkable
class ReadsSpend(Protocol):
    """A fitted spend model that reads more of a summary than frequency and monetary_value."""

    def read_spend(self, summary: Any, *, customers: Any = None, need: str | None = None) -> tuple[Any, Any]:
        """What `draw_spend` and `draw_order_value` are given in place of frequency and monetary_value.

        Of each row of the summary: a number, (n,), and one or several numbers, (n,) or (n, k). Rows with equal numbers
        have equal distributions of spend.
        """

    def predict(self, summary: FrameT, *, customers: Any = None) -> FrameT:
        """Predict as in `FittedSpendModel`, with columns from `customers` by customer_id."""


@runtime_checkable
class Discounts(Protocol):
    """Can compute expected discounted purchases and time alive, over a horizon or lifelong."""

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """Expected purchases and time alive of each row, *conditional on being alive now*.

        Of a model whose inactive customers return, `returning` has the same given inactive now.

        Args:
            rows: checked distinct rows, (n,).
            horizon: periods ahead, > 0; `math.inf` for lifelong (then `discount_rate` > 0).
            discount_rate: continuous rate per period, >= 0: a purchase after t periods counts exp(-rate t).
        """


@runtime_checkable
class DiscountsTogether(Protocol):
    """Can compute what `Discounts` does over several horizons at once, in less time than one after the other."""

    def residuals(self, rows: PurchaseRows, *, ahead: Ahead) -> tuple[ResidualExpectation, ...]:
        """What `residual` gives for each horizon and discount rate of `ahead`."""


def residuals_of(model: Any, rows: PurchaseRows, *, ahead: Ahead) -> tuple[ResidualExpectation, ...]:
    """What a model that `Discounts` expects of each row for each horizon and discount rate of `ahead`."""
    if is_a(model, DiscountsTogether):
        together: tuple[ResidualExpectation, ...] = model.residuals(rows, ahead=ahead)
        return together
    return tuple(model.residual(rows, horizon=horizon, discount_rate=rate) for horizon, rate in ahead)


@runtime_checkable
class ForeseesTreatment(Protocol):
    """Can compute what effects on the process, while customers are treated, change in what is expected of them."""

    @property
    def moved_by(self) -> frozenset[str]:
        """On what of the process effects act, beside purchases: "leaving", "returning", both or nothing."""

    def treated_changes(self, rows: PurchaseRows, *, courses: Sequence[Course]) -> tuple[CourseDifference, ...]:
        """Differences treated - usual of the expected purchases and the time active of each row, *active now or not*.

        Exactly 0 where all factors are 1. Of a part of the process that the model does not have, factors do nothing.

        Args:
            rows: checked rows, (n,).
            courses: the factors on the process over time, and the weights of time; each is answered by a change.
        """


@runtime_checkable
class CountsPurchases(Protocol):
    """Can compute the distribution of the number of purchases, not only its mean."""

    def purchase_counts(self, summary: FrameT, *, horizon: float, up_to: int = ...) -> FrameT:
        """Add the probabilities `p_0`, `p_1`, ... `p_<up_to>`, `p_more` of each number of purchases to `summary`.

        Purchases are counted within `horizon` periods; the probabilities sum to 1.
        """


@runtime_checkable
class HasPosterior(Protocol):
    """Can draw from the posterior distribution of its parameters."""

    def posterior(self, *, draws: int, seed: int | Generator, prior: Any = ...) -> Posterior:
        """Posterior draws of the parameters."""


@runtime_checkable
class TakesDraw(Protocol):
    """Can be had at the parameters of one draw of its posterior."""

    def at_draw(self, posterior: Posterior, draw: int) -> FittedPurchaseModel:
        """The same model with the parameters of draw `draw`, from 0; of an average the member of that draw alone."""


@runtime_checkable
class Simulates(Protocol):
    """Can draw customers' futures, with parameters and latent states (alive, purchase rate, dropout) drawn too."""

    def draw_outcomes(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Realised futures, (n, S): column s uses draw s of `posterior` for all rows."""

    def draw_expectations(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Expected futures given drawn latent states (alive or not, purchase rate, dropout), (n, S)."""


@runtime_checkable
class SimulatesBoth(Protocol):
    """Can draw futures and what is expected of the same latent states at once."""

    def draw_futures(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> tuple[FutureDraws, FutureDraws]:
        """Realised futures as of `draw_outcomes` with the same generator, and those expected given their states."""


@runtime_checkable
class DrawsPurchases(Protocol):
    """Can draw the dates of customers' purchases to come, under business as usual and under treatments."""

    def draw_dated(
        self,
        rows: PurchaseRows,
        *,
        posterior: Posterior,
        horizon: float,
        generator: Generator,
        level: Array,
        treatments: Sequence[Treatment] = (),
    ) -> tuple[DatedPurchases, ...]:
        """Purchases of each row within `horizon` periods under business as usual, then under each treatment.

        Draw s uses draw s of `posterior` for all rows. All share their random numbers: a treatment whose factors are 1
        changes no purchase, and treatments change nothing in the purchases under business as usual.

        Args:
            rows: checked rows, one per customer, (n,).
            posterior: S draws of the parameters.
            horizon: in periods, above 0 and finite.
            generator: the random stream.
            level: factor on all future purchase rates in each draw, (S,), above 0; the dropout process stays as it is.
            treatments: factors on the process of treated customers.
        """


@runtime_checkable
class DrawsSpend(Protocol):
    """Can draw the spend of customers' orders."""

    def draw_spend(
        self, frequency: Any, monetary_value: Any, *, purchases: Any, posterior: Posterior, generator: Generator
    ) -> Any:
        """Gross spend of `purchases` orders, both (n, S); each customer's mean order value and each order are drawn.

        `frequency` and `monetary_value` are those of the summary, (n,), or what the model's `read_spend` gave.
        """

    def draw_order_value(
        self, frequency: Any, monetary_value: Any, *, posterior: Posterior, generator: Generator
    ) -> Any:
        """Each customer's drawn mean gross order value, (n, S)."""
