"""`PurchaseFamily`: the protocol of one repeat-buying model's mathematics on arrays.

Fits, posteriors, predictions and frames are written once for all families, in `models/fitting/purchase_fit.py` and
`models/families/fitted_purchases.py`. A new model is a new value that follows this protocol, not a subclass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.models.interface.futures import FutureDraws, ResidualExpectation
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.purchase_rows import PurchaseRows

Params: TypeAlias = Mapping[str, Any]
"""Parameters by name: each a number; under static covariates a value for each row, (n,); or draws, (1, S) or (n, S)."""


@frozen(kw_only=True)
class NestedFamily:
    """A simpler family nested in another one.

    Attributes:
        family: the simpler family; its unconstrained parameters are the first of the larger family's.
        sentence: the fit's `boundary` where the larger family fits no better than the simpler one.
    """

    family: PurchaseFamily
    sentence: str


class PurchaseFamily(Protocol):
    """One repeat-buying model on arrays; the n rows are distinct (x, t_x, T)."""

    @property
    def name(self) -> str:
        """As written in messages: "Pareto/NBD"."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names in order: the fields of the model's params type that a fit estimates."""

    @property
    def unconstrained(self) -> UnconstrainedParameters:
        """The unconstrained parameters in which a fit searches, as many as `parameters`."""

    @property
    def nested(self) -> tuple[NestedFamily, ...]:
        """Simpler families nested in this one, the simplest first."""

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` as a function of the unconstrained parameters (k,), with gradient and Hessian.

        `scale` is the unit of time of the unconstrained parameters, in the unit of T.
        """

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit, each (k,), from moments of the rows."""

    def log_likelihood(self, rows: PurchaseRows, params: Params) -> Array:
        """Log-likelihood of each row, not weighted, (n,)."""

    def log_p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""

    def expected_purchases(self, rows: PurchaseRows, params: Params, *, period: str, horizon: float) -> Array:
        """Expected purchases of each row within `horizon`, given alive now, (n,)."""

    def residual(
        self, rows: PurchaseRows, params: Params, *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time alive of each row, given alive now."""

    def still_alive(self, rows: PurchaseRows, params: Params, *, t: float) -> Array:
        """Probability of being alive `t` periods from now, given alive now, (n,)."""

    def p_purchase(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, a number or (n,), given alive now, (n,)."""

    def p_counts(self, rows: PurchaseRows, params: Params, *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""

    def draw_outcomes(
        self, rows: PurchaseRows, params: Params, *, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Draws of realised futures, (n, S), one for each draw in `params`."""

    def draw_expectations(
        self, rows: PurchaseRows, params: Params, *, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Expected futures given draws of the latent state, (n, S), one for each draw in `params`."""

    def simulate(self, params: Params, *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), in continuous time."""
