"""A purchase family whose rates are shifted, customer by customer, by static covariates."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from attrs import evolve, fields_dict, frozen

from kundkarriar.errors import DataError
from kundkarriar.models.covariates.row_parts import ShiftedPart, profile_groups, shifted_heights, shifted_parts
from kundkarriar.models.families.purchase_family import Nested
from kundkarriar.models.interface.futures import Futures, Residual
from kundkarriar.numerics.optimize.linear_predictor import Shifted, carried, theta_of
from kundkarriar.numerics.optimize.linear_reparametrisation import LinearBlock
from kundkarriar.numerics.optimize.newton import Box, best_start
from kundkarriar.numerics.optimize.unconstrained_parameters import CoefficientBlock, Coordinates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.history.summary.purchase_rows import PurchaseRows
    from kundkarriar.models.families.purchase_family import PurchaseFamily
    from kundkarriar.numerics.optimize.newton import Surface

    Array = NDArray[np.float64]
    Where = NDArray[np.int64] | slice

PURCHASE = "log_mean_purchases"
LEAVING = ("logit_phi", "log_mean_leaving")
"""The coordinates that covariates shift."""

BLOCK = 2**18
"""Rows x points held at once while many points are valued."""
SCOUTS = 4000
"""Rows on which the search for the model without covariates begins."""

Parts = TypeVar("Parts", Residual, Futures)


@frozen(kw_only=True)
class Term:
    """One coefficient: which column it weighs, and what the product shifts.

    Attributes:
        name: "purchase:age", "dropout:channel=web", "both:age".
        column: which of the rows' covariates.
        purchase, dropout: whether it shifts the purchase rate, and leaving.
        middle, spread: of the column among the customers fitted: the search goes in (column - middle) / spread.
    """

    name: str
    column: int
    purchase: bool
    dropout: bool
    middle: float = 0.0
    spread: float = 1.0

    def shifts(self, coordinate: str) -> bool:
        """Whether it moves that coordinate."""
        return (self.purchase and coordinate == PURCHASE) or (self.dropout and coordinate in LEAVING)


@frozen(kw_only=True, eq=False)
class ShiftedHeights:
    """Log-likelihoods at many points (S, k): (S,).

    Attributes:
        part: the customers.
        shifts: the base's coordinates of each of them.
    """

    part: ShiftedPart[Array]
    shifts: tuple[Shifted, ...]

    def __call__(self, tau: Array) -> Array:
        """The log-likelihood of all customers at each point."""
        at_once = max(BLOCK // len(self.part.covariates), 1)
        with np.errstate(all="ignore"):  # as in the search
            blocks = [
                self.part.totals(theta_of(tau[first : first + at_once], self.shifts))
                for first in range(0, len(tau), at_once)
            ]
        return np.concatenate([*blocks, np.empty(0)])

    @property
    def work(self) -> float:
        """What a point costs, in rows of a tabulated likelihood."""
        return self.part.work


@frozen(kw_only=True)
class CovariateFamily:
    """`base`, with ln of the mean purchase rate, and logit phi or ln of the mean rate of leaving, shifted by columns.

    Its parameters are those of `base` for a customer whose columns are all 0, and the coefficients. Its coordinates are
    those of a customer in the middle, and coefficients per spread: free of units and of where a column has its zero.

    Attributes:
        base: the family that is shifted.
        terms: the coefficients.
        width: how many columns the rows carry.
    """

    base: PurchaseFamily
    terms: tuple[Term, ...]
    width: int

    @property
    def name(self) -> str:
        """As written in messages."""
        return self.base.name

    @property
    def parameters(self) -> tuple[str, ...]:
        """Those of the base, and after each pair that is shifted the coefficients that do it."""
        ends = np.cumsum([0, *(len(block.names) for block in self.base.coordinates.blocks)]).tolist()
        own = [self.base.parameters[first:last] for first, last in pairwise(ends)]
        return tuple(name for part, (_, terms) in zip(own, self._blocks(), strict=True) for name in (*part, *terms))

    @property
    def coordinates(self) -> Coordinates:
        """Of a customer in the middle; coefficients per spread of their columns."""
        blocks = [
            block for block, terms in self._blocks() for block in (block, CoefficientBlock(names=terms)) if block.names
        ]
        plain = Coordinates(blocks=tuple(blocks))
        turn = np.eye(len(plain))
        at = {name: place for place, name in enumerate(plain.names)}
        for term in self.terms:
            turn[at[term.name], at[term.name]] = 1 / term.spread
            for coordinate in self.base.coordinates.names:
                if term.shifts(coordinate):
                    turn[at[coordinate], at[term.name]] = -term.middle / term.spread
        return Coordinates(blocks=(LinearBlock(inner=plain, turn=tuple(map(tuple, turn.tolist()))),))

    @property
    def nested(self) -> tuple[Nested, ...]:
        """The simpler models inside the base, with the covariates that still mean something there."""
        return tuple(
            Nested(
                family=evolve(self, base=simpler.family, terms=self._left(simpler.family)), sentence=simpler.sentence
            )
            for simpler in self.base.nested
        )

    def surface(self, rows: PurchaseRows, *, scale: float) -> Surface:
        """The log-likelihood of `rows` over the coordinates, with gradient and Hessian."""
        self.refuse_other(rows)
        parts = [(self._shifted(part.covariates), part.totals) for part in shifted_parts(self.base, rows, scale=scale)]

        def at(tau: Array) -> tuple[float, Array, Array]:
            with np.errstate(all="ignore"):  # far out rates overflow; the search turns back
                found = [
                    carried(*totals(theta_of(tau, shifts)), coordinates=shifts, size=len(tau))
                    for shifts, totals in parts
                ]
            values, gradients, hessians = zip(*found, strict=True)
            return sum(values), np.sum(gradients, axis=0), np.sum(hessians, axis=0)

        return at

    def heights(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The same without derivatives, for many points at once: (S, k) to (S,)."""
        self.refuse_other(rows)
        part = shifted_heights(self.base, rows, scale=scale)
        return ShiftedHeights(part=part, shifts=tuple(self._shifted(part.covariates)))

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """The optimum without covariates, on some of the rows, and the first start of the base."""
        some = rows.at(np.arange(0, len(rows), max(1, len(rows) // SCOUTS)))
        coordinates = self.base.coordinates
        box = Box(n=float(some.weights.sum()), low=coordinates.low, high=coordinates.high)
        begin = self.base.starts(some, scale=scale)
        best = np.clip(best_start(self.base.surface(some, scale=scale), begin, box), box.low / 4, box.high / 4)
        names, starts = self.coordinates.names, []
        for start in (best, begin[0]):
            known = dict(zip(coordinates.names, start.tolist(), strict=True))
            starts.append(np.array([known.get(name, 0.0) for name in names]))
        return starts

    def log_likelihood(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log-likelihood of each row (not times its weight), (n,)."""
        return self._joined(rows, params, lambda some, own, _: self.base.log_likelihood(some, own))

    def log_p_alive(self, rows: PurchaseRows, params: Mapping[str, Any]) -> Array:
        """Log of the probability of being alive now, (n,); (n, S) under draws."""
        return self._joined(rows, params, lambda some, own, _: self.base.log_p_alive(some, own))

    def expected_purchases(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float
    ) -> Array:
        """Purchases expected of each row, given that it is alive, (n,)."""
        return self._joined(
            rows,
            params,
            lambda some, own, _: self.base.expected_purchases(some, own, period=period, horizon=horizon),
        )

    def residual(
        self, rows: PurchaseRows, params: Mapping[str, Any], *, period: str, horizon: float, discount_rate: float
    ) -> Residual:
        """What lies ahead of each row given that it is alive."""
        pieces = [
            (at, self.base.residual(some, own, period=period, horizon=horizon, discount_rate=discount_rate))
            for at, some, own in self._pieces(rows, params)
        ]
        return _together(pieces, n=len(rows))

    def still_alive(self, rows: PurchaseRows, params: Mapping[str, Any], *, t: float) -> Array:
        """Probability of being alive after a further `t`, given alive now, (n,)."""
        return self._joined(rows, params, lambda some, own, _: self.base.still_alive(some, own, t=t))

    def p_purchase(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon` (one, or one a row), given alive now, (n,)."""

        def ask(some: PurchaseRows, own: Mapping[str, Any], at: Where) -> Array:
            return self.base.p_purchase(some, own, horizon=horizon[at] if np.ndim(horizon) else horizon)

        return self._joined(rows, params, ask)

    def p_counts(self, rows: PurchaseRows, params: Mapping[str, Any], *, horizon: float, up_to: int) -> Array:
        """Probability of exactly 0, 1, ..., `up_to` purchases within `horizon`, given alive now, (n, up_to + 1)."""
        return self._joined(
            rows, params, lambda some, own, _: self.base.p_counts(some, own, horizon=horizon, up_to=up_to)
        )

    def draw_outcomes(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Realised futures, (n, S)."""
        given: dict[str, Any] = {"horizon": horizon, "discount_rate": discount_rate, "generator": generator}
        pieces = [(at, self.base.draw_outcomes(some, own, **given)) for at, some, own in self._pieces(rows, params)]
        return _together(pieces, n=len(rows))

    def draw_expectations(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Array],
        *,
        horizon: float,
        discount_rate: float,
        generator: Generator,
    ) -> Futures:
        """Expectations given a drawn hidden state, (n, S)."""
        given: dict[str, Any] = {"horizon": horizon, "discount_rate": discount_rate, "generator": generator}
        pieces = [(at, self.base.draw_expectations(some, own, **given)) for at, some, own in self._pieces(rows, params)]
        return _together(pieces, n=len(rows))

    def simulate(self, params: Mapping[str, Any], *, T: Array, generator: Generator) -> PurchaseRows:
        """New customers observed for `T` each, (n,), all columns 0; for others see `own`."""
        return self.base.simulate({name: params[name] for name in self.base.parameters}, T=T, generator=generator)

    def own(self, params: Mapping[str, Any], covariates: Array) -> dict[str, Any]:
        """The base's parameters of each row of `covariates` (n, width): (n,), or (n, S) under draws."""
        given = np.stack([np.asarray(params[name], dtype=float) for name in self.base.parameters], axis=-1)
        theta = list(np.moveaxis(self.base.coordinates.working(given, scale=1.0), -1, 0))
        for place, coordinate in enumerate(self.base.coordinates.names):
            for term in self.terms:
                if term.shifts(coordinate):
                    column, weight = covariates[:, term.column], np.asarray(params[term.name])
                    theta[place] = theta[place] + (column[:, None] if weight.ndim == 2 else column) * weight
        shifted = np.stack(np.broadcast_arrays(*theta), axis=-1)
        values = self.base.coordinates.natural(shifted, scale=1.0)
        return dict(zip(self.base.parameters, np.moveaxis(values, -1, 0), strict=True))

    def _blocks(self) -> list[tuple[Any, tuple[str, ...]]]:
        """The base's blocks, each with the coefficients that stand after it: those whose first shift is there."""
        left, blocks = list(self.terms), []
        for block in self.base.coordinates.blocks:
            here = [term for term in left if any(term.shifts(name) for name in block.names)]
            left = [term for term in left if term not in here]
            blocks.append((block, tuple(term.name for term in here)))
        return blocks

    def _left(self, simpler: PurchaseFamily) -> tuple[Term, ...]:
        names = simpler.coordinates.names
        return tuple(term for term in self.terms if any(term.shifts(name) for name in names))

    def _shifted(self, covariates: Array) -> list[Shifted]:
        """Each of the base's coordinates, of the rows of `covariates` (n, width)."""
        at = {name: place for place, name in enumerate(self.coordinates.names)}
        shifted = []
        for coordinate in self.base.coordinates.names:
            here = [term for term in self.terms if term.shifts(coordinate)]
            columns = [(covariates[:, term.column] - term.middle) / term.spread for term in here]
            places = [at[coordinate], *(at[term.name] for term in here)]
            shifted.append(
                Shifted(at=np.array(places), columns=np.stack([np.ones(len(covariates)), *columns], axis=-1))
            )
        return shifted

    def _joined(
        self,
        rows: PurchaseRows,
        params: Mapping[str, Any],
        ask: Callable[[PurchaseRows, Mapping[str, Any], Where], Array],
    ) -> Array:
        """What `ask` says of each piece of the rows, brought back to their order."""
        return _scattered([(at, ask(some, own, at)) for at, some, own in self._pieces(rows, params)], n=len(rows))

    def _pieces(
        self, rows: PurchaseRows, params: Mapping[str, Any]
    ) -> list[tuple[Where, PurchaseRows, dict[str, Any]]]:
        """Rows with the base's parameters: shared ones where few covariates differ, else one a row."""
        self.refuse_other(rows)
        groups = profile_groups(rows)
        if groups is None:
            return [(slice(None), rows, self.own(params, rows.covariates))]
        pieces: list[tuple[Where, PurchaseRows, dict[str, Any]]] = []
        for group in groups:
            own = self.own(params, rows.covariates[group[:1]])
            shared = {name: value if value.ndim == 2 else float(value[0]) for name, value in own.items()}
            pieces.append((group, rows.at(group), shared))
        return pieces

    def refuse_other(self, rows: PurchaseRows) -> None:
        """Refuse rows that do not carry this family's covariates.

        Raises:
            DataError: rows read without them.
        """
        if rows.covariates.shape[1] != self.width:
            raise DataError.because(
                f"{self.name} was fitted with {self.width} columns of covariates, these rows carry "
                f"{rows.covariates.shape[1]}.",
                hint="read them with the fitted model: fitted.read(summary, customers=customers).rows.",
            )


def _scattered(pieces: Sequence[tuple[Where, Array]], *, n: int) -> Array:
    """The answers of pieces in the order of the rows, (n, ...)."""
    if len(pieces) == 1:
        at, answer = pieces[0]
        if isinstance(at, slice):
            return answer
    whole = np.empty((n, *pieces[0][1].shape[1:]))
    for at, answer in pieces:
        whole[at] = answer
    return whole


def _together(pieces: Sequence[tuple[Where, Parts]], *, n: int) -> Parts:
    """The same for what has an array a field."""
    kind = type(pieces[0][1])
    names = fields_dict(kind)
    return kind(**{name: _scattered([(at, getattr(part, name)) for at, part in pieces], n=n) for name in names})
