"""What a user's own model must be able to do to stand where ours stand.

Required of a fitted purchase model: `period` and `predict`. Everything else is an optional ability, a small
protocol of its own, found with `isinstance`; what is lacking is a `CapabilityError` that names what has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from numpy.random import Generator

    from kundkarriar.frames import FrameT
    from kundkarriar.history.summary.purchase_rows import CheckedSummary, PurchaseRows
    from kundkarriar.models.interface.futures import Futures, Residual
    from kundkarriar.models.uncertainty.posterior import Posterior


@runtime_checkable
class FittedPurchaseModel(Protocol):
    """A purchase model with its parameters settled."""

    @property
    def period(self) -> str:
        """The unit of `recency`, `T` and horizons: "D", "W", "M" or "Y"."""
        ...

    def predict(self, summary: FrameT, *, horizon: float) -> FrameT:
        """`summary` with `p_alive` (0 to 1) and `expected_purchases` (>= 0) within `horizon` periods added."""
        ...


@runtime_checkable
class PurchaseModel(Protocol):
    """A spec: the choices of a purchase model, without data."""

    def fit(self, summary: Any) -> FittedPurchaseModel:
        """The model fitted to one row per customer: customer_id, frequency, recency, T, period."""
        ...


@runtime_checkable
class TakesCovariates(Protocol):
    """A spec that reads columns of `customers` when it is fitted."""

    @property
    def covariates(self) -> Any:
        """Which columns."""
        ...

    def fit(self, summary: Any, *, customers: Any = None) -> FittedPurchaseModel:
        """As `PurchaseModel`; `customers` holds the columns by customer_id, None: they stand in the summary."""
        ...


@runtime_checkable
class ReadsSummary(Protocol):
    """A fitted model that reads more of a customer than frequency, recency and T."""

    def read(self, summary: Any, *, customers: Any = None, need: str | None = None) -> CheckedSummary:
        """The checked rows of a summary with all that the model's other methods ask of them."""
        ...


@runtime_checkable
class FittedSpendModel(Protocol):
    """A spend model with its parameters settled."""

    def predict(self, summary: FrameT) -> FrameT:
        """`summary` with `expected_order_value` (> 0) added: the expected gross spend of a purchase day."""
        ...


@runtime_checkable
class SpendModel(Protocol):
    """A spec: the choices of a spend model, without data."""

    def fit(self, summary: Any) -> FittedSpendModel:
        """The model fitted to one row per customer: customer_id, frequency, monetary_value."""
        ...


@runtime_checkable
class Discounts(Protocol):
    """Can discount the purchases and the time alive that lie ahead, over a horizon or lifelong."""

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> Residual:
        """What lies ahead of each row *given that it is alive*.

        Args:
            rows: distinct rows, checked.
            horizon: periods ahead; `math.inf` for lifelong (then `discount_rate` > 0).
            discount_rate: continuous rate per period, >= 0: a purchase after t periods counts exp(-rate t).
        """
        ...


@runtime_checkable
class CountsPurchases(Protocol):
    """Knows the probability of each number of purchases, not only their mean."""

    def purchase_counts(self, summary: FrameT, *, horizon: float, up_to: int = ...) -> FrameT:
        """`summary` with `p_0`, `p_1`, ... `p_<up_to>` and `p_more` within `horizon` periods added, summing to 1."""
        ...


@runtime_checkable
class HasPosterior(Protocol):
    """Knows how uncertain its parameters are."""

    def posterior(self, *, draws: int, seed: int | Generator, prior: Any = ...) -> Posterior:
        """Draws of the parameters."""
        ...


@runtime_checkable
class Simulates(Protocol):
    """Can draw realised futures and expectations of single customers, parameters and latent state drawn too."""

    def draw_outcomes(
        self,
        rows: PurchaseRows,
        *,
        posterior: Posterior,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Realised futures: one column per draw of `posterior`, all rows of a column sharing its parameters."""
        ...

    def draw_expectations(
        self,
        rows: PurchaseRows,
        *,
        posterior: Posterior,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Expectations given a drawn latent state (alive or not, purchase rate, dropout): not outcomes."""
        ...


@runtime_checkable
class DrawsSpend(Protocol):
    """Can draw what a customer's orders bring."""

    def draw_spend(
        self,
        frequency: Any,
        monetary_value: Any,
        *,
        purchases: Any,
        posterior: Posterior,
        generator: Generator,
    ) -> Any:
        """Gross spend of `purchases` (n, S) realised orders, (n, S): the mean order and each order are drawn."""
        ...

    def draw_order_value(
        self, frequency: Any, monetary_value: Any, *, posterior: Posterior, generator: Generator
    ) -> Any:
        """Mean gross value of an order given a drawn latent state, (n, S)."""
        ...
