"""`PurchaseFamily`: the protocol of one repeat-buying model's mathematics on arrays.

Fits, posteriors, predictions and frames are written once for all families, in `models/fitting/purchase_fit.py` and
`models/families/fitted_purchases.py`. A new model is a new value that follows this protocol, not a subclass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar, runtime_checkable

import numpy as np
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array, Whole
from kundkarriar.models.interface.futures import Ahead, ResidualExpectation
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.summaries.purchase_rows import PurchaseRows

Params: TypeAlias = Mapping[str, Any]
"""Parameters by name: each a number; under static covariates a value for each row, (n,); or draws, (1, S) or (n, S)."""


Family_co = TypeVar("Family_co", covariant=True)


@frozen(kw_only=True)
class NestedFamily(Generic[Family_co]):
    """A simpler family nested in another one.

    Attributes:
        family: the simpler family; its unconstrained parameters are among the larger family's.
        sentence: the fit's `boundary` where the larger family fits no better than the simpler one.
    """

    family: Family_co
    sentence: str


class LikelihoodFamily(Protocol):
    """What a fit needs of a repeat-buying model, with or without covariates; the n rows are distinct (x, t_x, T)."""

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
    def nested(self) -> tuple[NestedFamily[LikelihoodFamily], ...]:
        """Simpler families nested in this one, the simplest first."""

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` as a function of the unconstrained parameters (k,), with gradient and Hessian.

        `scale` is the unit of time of the unconstrained parameters, in the unit of T.
        """

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, k) to (S,)."""

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit, each (k,), from moments of the rows."""


class PurchaseFamily(LikelihoodFamily, Protocol):
    """One repeat-buying model on arrays, whose parameters may differ from row to row.

    Predictions are of all customers, alive now or not; only `residual` tells the two apart. Where customers pause and
    return, "alive" is "active". Horizons are above 0.

    The module `simulation` has `draw_futures` and `expected_futures`: purchases, discounted purchases and discounted
    time alive given the latent state that `draw_state` draws, each (n, S).
    """

    simulation: ClassVar[ModuleType]
    needs_gaps: ClassVar[bool]
    """Whether rows must have `gaps`: x, t_x and T do not suffice."""

    @property
    def moved_by(self) -> frozenset[str]:
        """The parts of the process on which effects act, beside purchases: "leaving", and "returning"."""

    @property
    def memoryless(self) -> bool:
        """Whether, given the traits, the future does not depend on what came before the first purchase seen."""

    @property
    def nested(self) -> tuple[NestedFamily[PurchaseFamily], ...]:
        """Simpler families nested in this one, the simplest first."""

    def log_likelihood(self, rows: PurchaseRows, params: Params) -> Array:
        """Log-likelihood of each row, not weighted, (n,); (n, S) under draws."""

    def log_p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""

    def expected_purchases(self, rows: PurchaseRows, params: Params, *, period: str, horizon: float) -> Array:
        """Expected purchases of each row within `horizon`, (n,)."""

    def residual(
        self, rows: PurchaseRows, params: Params, *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time alive of each row, given alive now, and given inactive where customers return."""

    def treated_changes(
        self, rows: PurchaseRows, params: Params, *, period: str, courses: Sequence[Course]
    ) -> CourseDifference:
        """What courses change in expected purchases and time active of each row, active now or not, side by side."""

    def p_alive_later(self, rows: PurchaseRows, params: Params, *, t: float) -> Array:
        """Probability of being alive `t` periods from now, (n,)."""

    def p_purchase(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, a number or (n,), of each row, (n,)."""

    def median_next_purchase(self, rows: PurchaseRows, params: Params) -> Array:
        """Median time to the next purchase, (n,); infinite where it is likelier that there is none."""

    def p_counts(self, rows: PurchaseRows, params: Params, *, horizon: float, up_to: int, after: float = 0.0) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, (n, up_to + 1); at most 1 in sum.

        The window begins `after` now.
        """

    def latent(self, rows: PurchaseRows, params: Params, *, level: float) -> dict[str, Array]:
        """Mean and central interval of each row's own traits given its history, alive now or not, each (n,).

        Of a trait "purchase_rate" the columns are `purchase_rate`, `purchase_rate_low` and `purchase_rate_high`.
        """

    def draw_state(self, rows: PurchaseRows, params: Params, generator: Generator) -> Any:
        """Draws of the latent state of each row, (n, S), one for each draw in `params`."""

    def simulate(self, params: Params, *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), in continuous time."""


def trait_columns(**traits: Sequence[Array]) -> dict[str, Array]:
    """Columns of `PurchaseFamily.latent` from the mean, the low and the high end of each trait.

    >>> list(trait_columns(purchase_rate=(np.ones(1), np.zeros(1), np.full(1, 2.0))))
    ['purchase_rate', 'purchase_rate_low', 'purchase_rate_high']
    """
    ends = ("", "_low", "_high")
    return {f"{name}{end}": part for name, parts in traits.items() for end, part in zip(ends, parts, strict=True)}


@runtime_checkable
class RowFamily(PurchaseFamily, Protocol):
    """A family that takes covariates: each row may have parameters of its own in a fit."""

    @property
    def nested(self) -> tuple[NestedFamily[RowFamily], ...]:
        """Simpler families nested in this one, the simplest first."""

    def row_objective(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Log-likelihood (n,), gradient (n, k) and Hessian (n, k, k) of each row, at its own row of `theta`, (n, k)."""


def histories(rows: PurchaseRows, params: Params) -> dict[str, Array]:
    """x, t_x and T shaped to broadcast against the parameters: (n,), or columns (n, 1) beside draws."""
    columns = {"x": rows.x, "t_x": rows.t_x, "T": rows.T}
    return {name: values[:, None] for name, values in columns.items()} if np.ndim(params["r"]) == 2 else columns


def shared_by_all_rows(params: Params) -> bool:
    """Whether every parameter is one number for all rows: what rows have in common is then computed once."""
    return all(np.ndim(value) == 0 for value in params.values())


def distinct_counts_and_ages(rows: PurchaseRows, params: Params, period: str) -> tuple[PurchaseRows, Whole | slice]:
    """Rows with distinct (x, T), which determine the future given alive now, and the index of each row in them."""
    if not shared_by_all_rows(params):
        return rows, slice(None)
    distinct = PurchaseRows(x=rows.x, t_x=np.zeros(len(rows)), T=rows.T, weights=rows.weights).distinct(period=period)
    return distinct.rows, distinct.inverse


@runtime_checkable
class ResidualsTogether(Protocol):
    """A family that computes residual expectations over several horizons in less time than one after the other."""

    def residuals(
        self, rows: PurchaseRows, params: Params, *, period: str, ahead: Ahead
    ) -> tuple[ResidualExpectation, ...]:
        """What `residual` gives for each horizon and discount rate of `ahead`."""


def residuals_of_family(
    family: PurchaseFamily,
    rows: PurchaseRows,
    params: Params,
    *,
    period: str,
    ahead: Ahead,
) -> tuple[ResidualExpectation, ...]:
    """The residual expectations of rows for each horizon and discount rate of `ahead`."""
    if isinstance(family, ResidualsTogether):
        return family.residuals(rows, params, period=period, ahead=ahead)
    return tuple(
        family.residual(rows, params, period=period, horizon=horizon, discount_rate=rate) for horizon, rate in ahead
    )
