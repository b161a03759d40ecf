"""What tells one repeat-buying model from another: values, not classes.

A family knows one model's mathematics on arrays. Fits, posteriors, predictions and frames are written once, in
`purchase_fit.py` and `fitted_purchases.py`, for whatever keeps this protocol.

In `params` a parameter is a number, or (n,) one a row (static covariates), or (1, S) or (n, S): draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.history.summary.purchase_rows import PurchaseRows
    from kundkarriar.models.interface.futures import Futures, Residual
    from kundkarriar.numerics.optimize.newton import Surface
    from kundkarriar.numerics.optimize.unconstrained_parameters import Coordinates

    Array = NDArray[np.float64]


@frozen(kw_only=True)
class Nested:
    """A simpler model inside another, and what is said where customers need no more than that.

    Attributes:
        family: the simpler one; its coordinates are the first of the larger one's.
        sentence: what the fit's `boundary` then says.
    """

    family: PurchaseFamily
    sentence: str


class PurchaseFamily(Protocol):
    """One repeat-buying model on arrays; (n,) rows are distinct histories."""

    @property
    def name(self) -> str:
        """As written in messages: "Pareto/NBD"."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in order, those of the model's params type."""
        ...

    @property
    def coordinates(self) -> Coordinates:
        """In which the likelihood is searched; as many as `parameters`."""
        ...

    @property
    def nested(self) -> tuple[Nested, ...]:
        """Simpler models inside this one, the simplest first."""
        ...

    def surface(self, rows: PurchaseRows, *, scale: float) -> Surface:
        """The log-likelihood of `rows` over the coordinates, with gradient and Hessian, in the unit of T."""
        ...

    def heights(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The same without derivatives, for many points at once: (S, k) to (S,)."""
        ...

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Where to begin the search, from moments of the rows."""
        ...

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row (not times its weight), (n,)."""
        ...

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        ...

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float
    ) -> Array:
        """Purchases expected of each row within `horizon`, given that it is alive, (n,)."""
        ...

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> Residual:
        """What lies ahead of each row given that it is alive."""
        ...

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive after a further `t`, given alive now, (n,)."""
        ...

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon` (one, or one a row), given alive now, (n,)."""
        ...

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        ...

    def draw_outcomes(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Realised futures, (n, S); `params` are draws."""
        ...

    def draw_expectations(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Expectations given a drawn hidden state, (n, S); `params` are draws."""
        ...

    def simulate(self, params: Mapping[str, Any], *, T: Array, generator: Generator) -> PurchaseRows:
        """New customers observed for `T` each, (n,): their histories in continuous time."""
        ...
