"""The family of ReturningNBD: purchases while on, switching off and on again, log-normal rates."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import fields_dict, frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.models.families.purchase_family import NestedFamily, Params, PurchaseFamily
from kundkarriar.models.families.returning_likelihood import (
    PARAMETERS,
    UNCONSTRAINED,
    ReturningLikelihood,
    gap_blocks,
    gaps_of,
    traits_of,
)
from kundkarriar.models.fitting.likelihood_fit import Search
from kundkarriar.models.interface.futures import Ahead, ResidualExpectation, Returning
from kundkarriar.numerics.increments import switching
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.switching import likelihood
from kundkarriar.numerics.switching import simulate as switching_simulate
from kundkarriar.numerics.switching.counts import p_counts
from kundkarriar.numerics.switching.draw_state import draw_state
from kundkarriar.numerics.switching.expectation import annuity, p_no_purchase, p_on, time_on
from kundkarriar.numerics.switching.next_purchase import median_times
from kundkarriar.numerics.switching.trait_draws import TraitDraws
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior, posterior_means
from kundkarriar.numerics.switching.traits import EXACT, Lattice
from kundkarriar.summaries.equal_rows import group_equal_rows
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

FINE = Lattice(fineness=0.2, width=6.0, widest=(0.09, 0.12), beyond=1.0)
"""Nodes for quantiles of single traits."""


@frozen(kw_only=True)
class ReturningFamily:
    """Poisson purchases while on, exponential times on and off, log-normal rates of buying and of going off.

    A row's likelihood depends on the gaps between its purchases and on the time since the last one.

    Attributes:
        name: as written in messages.
        parameters: names in order.
        unconstrained: the unconstrained parameters of the two log-normal rates, and of returning.
    """

    simulation: ClassVar[ModuleType] = switching_simulate
    memoryless: ClassVar[bool] = True
    needs_gaps: ClassVar[bool] = True
    moved_by: ClassVar[frozenset[str]] = frozenset({"leaving", "returning"})
    nested: ClassVar[tuple[NestedFamily[PurchaseFamily], ...]] = ()
    name: str = "ReturningNBD"
    parameters: tuple[str, ...] = PARAMETERS
    unconstrained: UnconstrainedParameters = UNCONSTRAINED

    def objective(self, rows: PurchaseRows, *, scale: float) -> Objective:
        """The log-likelihood of `rows` over the unconstrained parameters (5,), with gradient and Hessian."""
        return ReturningLikelihood(rows=rows, scale=scale).objective(EXACT)

    def search(self, rows: PurchaseRows, *, scale: float) -> Search:
        """The objectives of a search, from rough to exact."""
        return ReturningLikelihood(rows=rows, scale=scale).search()

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit: the mean purchase rate, with guesses of the rest."""
        return ReturningLikelihood(rows=rows, scale=scale).starts()

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, 5) to (S,)."""
        return ReturningLikelihood(rows=rows, scale=scale)

    def log_likelihood(self, rows: PurchaseRows, params: Params) -> Array:
        """Log-likelihood of each row, not weighted, (n,)."""
        return likelihood.log_likelihood(gap_blocks(rows), traits_of(params), n=len(rows))

    def log_p_alive(self, rows: PurchaseRows, params: Params) -> Array:
        """Log of the probability of being on now, (n,)."""
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(self._probability(rows, params, lambda own: own.on.sum(axis=1)[:, None])))

    def expected_purchases(
        self,
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,  # noqa: ARG002 - rows are tabulated without it
        horizon: float,
    ) -> Array:
        """Expected purchases of each row within `horizon`, (n,)."""

        def purchases(own: TraitPosterior) -> Array:
            on, off = time_on(horizon, leaving=own.leaving, returning=own.nu)
            return own.mean((own.rate * on)[:, None], (own.rate * off)[:, None])

        return self._means(rows, params, purchases)[:, 0]

    def residual(
        self, rows: PurchaseRows, params: Params, *, period: str, horizon: float, discount_rate: float
    ) -> ResidualExpectation:
        """Expected purchases and time on of each row, given on now and given off now."""
        (ahead,) = self.residuals(rows, params, period=period, ahead=((horizon, discount_rate),))
        return ahead

    def residuals(
        self,
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,  # noqa: ARG002 - rows are tabulated without it
        ahead: Ahead,
    ) -> tuple[ResidualExpectation, ...]:
        """The same for several horizons and discount rates: the posterior of each row is computed once."""

        def parts(own: TraitPosterior) -> Array:
            given = [_given_state(own, horizon=horizon, discount_rate=rate) for horizon, rate in ahead]
            on, off = (np.hstack(each) for each in zip(*given, strict=True))
            return np.hstack([own.on @ on, own.off @ off])

        on, off = np.hsplit(self._means(rows, params, parts), 2)
        columns = zip(np.hsplit(on, len(ahead)), np.hsplit(off, len(ahead)), strict=True)
        nu = float(params["nu"])
        return tuple(
            _residual(*each, nu=nu, horizon=horizon) for each, (horizon, _) in zip(columns, ahead, strict=True)
        )

    def treated_changes(
        self,
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,  # noqa: ARG002 - rows are tabulated without it
        courses: Sequence[Course],
    ) -> CourseDifference:
        """What courses change in expected purchases and time on of each row, on now or off."""

        def change(own: TraitPosterior) -> Array:
            whole = CourseDifference.beside([switching.posterior_change(course, own) for course in courses])
            return np.hstack([whole.purchases, whole.active])

        means, bought = self._means(rows, params, change), sum(each.purchases.shape[1] for each in courses)
        return CourseDifference(purchases=means[:, :bought], active=means[:, bought:])

    def p_alive_later(self, rows: PurchaseRows, params: Params, *, t: float) -> Array:
        """Probability of being on `t` periods from now, (n,)."""

        def later(own: TraitPosterior) -> Array:
            on, off = p_on(t, leaving=own.leaving, returning=own.nu)
            return own.mean(on[:, None], off[:, None])

        return self._probability(rows, params, later)

    def p_purchase(self, rows: PurchaseRows, params: Params, *, horizon: Any) -> Array:
        """Probability of at least one purchase within `horizon`, a number or (n,), of each row, (n,)."""
        times = np.asarray(horizon, dtype=np.float64)

        def some(own: TraitPosterior) -> Array:
            rates: dict[str, Any] = {"rate": own.rate, "leaving": own.leaving, "returning": own.nu}
            if times.ndim == 0:
                on, off = p_no_purchase(times, **rates)
                return own.mean(1.0 - on[:, None], 1.0 - off[:, None])
            on, off = p_no_purchase(times[own.at, None], **rates)
            return np.asarray((own.on * (1.0 - on) + own.off * (1.0 - off)).sum(axis=1, keepdims=True))

        return self._probability(rows, params, some)

    def median_next_purchase(self, rows: PurchaseRows, params: Params) -> Array:
        """Median time to the next purchase, (n,); infinite where it is likelier that there is none."""
        return self._means(rows, params, lambda own: median_times(own)[:, None])[:, 0]

    def p_counts(self, rows: PurchaseRows, params: Params, *, horizon: float, up_to: int, after: float = 0.0) -> Array:
        """Probability of 0, 1, ..., `up_to` purchases within `horizon` from `after` on, (n, up_to + 1)."""

        def counts(own: TraitPosterior) -> Array:
            on, off = p_counts(horizon, up_to=up_to, rate=own.rate, leaving=own.leaving, returning=own.nu)
            if after == 0:
                return own.mean(on, off)
            still, back = (p[:, None] for p in p_on(after, leaving=own.leaving, returning=own.nu))
            return own.mean(still * on + (1 - still) * off, back * on + (1 - back) * off)

        return self._means(rows, params, counts)

    def latent(self, rows: PurchaseRows, params: Params, *, level: float) -> dict[str, Array]:
        """Mean and central interval of each row's own rates; the rate of returning is the same for all."""

        def bounds(own: TraitPosterior) -> Array:
            columns = []
            for log in (own.nodes.log_rate, own.nodes.log_leaving):
                columns += [own.share @ np.exp(log), *own.quantiles(log, level)]
            return np.stack(columns, axis=1)

        means = self._means(rows, params, bounds, FINE)
        names = [f"{rate}{end}" for rate in ("purchase_rate", "dropout_rate") for end in ("", "_low", "_high")]
        same = np.full(len(rows), float(params["nu"]))
        return {
            **dict(zip(names, means.T, strict=True)),
            **{f"return_rate{end}": same for end in ("", "_low", "_high")},
        }

    def simulate(self, params: Params, *, T: Array, generator: Generator) -> PurchaseRows:
        """Histories of new customers observed for `T` periods, (n,), in continuous time."""
        traits, n = traits_of(params), len(T)
        rate = np.exp(traits.m1 + traits.s1 * generator.standard_normal(n))
        leaving = np.exp(traits.m2 + traits.s2 * generator.standard_normal(n))
        _refuse_too_many_events(rate, leaving, traits.nu, T, need=f"{self.name}.simulate")
        times, starts = switching_simulate.draw_histories(
            generator, rate=rate, leaving=leaving, returning=traits.nu, T=T
        )
        x, follows = np.diff(starts), np.ones(len(times), dtype=bool)
        follows[starts[:-1][x > 0]] = False
        gaps = times - np.where(follows, np.concatenate([[0.0], times[:-1]]) if len(times) else times, 0.0)
        last = np.zeros(n)
        last[x > 0] = times[starts[1:][x > 0] - 1]
        return PurchaseRows(x=x, t_x=last, T=T, weights=np.ones(n), gaps=PurchaseGaps(length=gaps, starts=starts))

    def draw_state(self, rows: PurchaseRows, params: Params, generator: Generator) -> switching_simulate.SwitchingState:
        """Draws of the state of each row, one for each parameter draw, (n, S)."""
        given = {name: np.ravel(params[name]) for name in self.parameters}
        draws = TraitDraws(log_nu=np.log(given.pop("nu")), **given)
        codes = [gaps_of(rows).pattern(), pd.factorize(np.round(rows.T - rows.t_x, 9))[0].astype(np.int64)]
        member, first = group_equal_rows(codes)
        return draw_state(generator, gap_blocks(rows.at(first)), draws, member=member)

    def dated_state(self, rows: PurchaseRows, params: Params, *, generator: Generator) -> dict[str, Array]:
        """The drawn state of each row now, by name, (n, S) each: `on` is 1 or 0."""
        state = self.draw_state(rows, params, generator)
        parts = {name: getattr(state, name) for name in fields_dict(type(state))}
        return {name: np.array(np.broadcast_to(each, state.on.shape), dtype=np.float64) for name, each in parts.items()}

    def _means(
        self, rows: PurchaseRows, params: Params, of: Callable[[TraitPosterior], Array], lattice: Lattice = EXACT
    ) -> Array:
        return posterior_means(gap_blocks(rows), traits_of(params), of, n=len(rows), lattice=lattice)

    def _probability(self, rows: PurchaseRows, params: Params, of: Callable[[TraitPosterior], Array]) -> Array:
        """The posterior mean of a probability, (n,)."""
        return _share(self._means(rows, params, of)[:, 0])


MOST_EVENTS = 1e8
"""Purchases and pauses that a simulation makes: more take gigabytes."""
PARTS = (
    "p",
    "purchases",
    "p_purchase",
    "discounted_purchases",
    "discounted_alive",
    "p_leaves",
    "gained_purchases",
    "gained_alive",
)


def _share(p: Array) -> Array:
    """A probability without the rounding errors of its sum."""
    return np.clip(p, 0.0, 1.0)


def _residual(given_on: Array, given_off: Array, *, nu: float, horizon: float) -> ResidualExpectation:
    """The expectation from posterior means of `PARTS` and the state now, on and off, (n, parts) each."""
    on, off = (dict(zip(PARTS, means.T, strict=True)) for means in (given_on, given_off))
    p_on_now, p_off_now = _share(on.pop("p")), _share(off.pop("p"))
    on, off = (
        {name: np.divide(values, p, out=np.zeros_like(values), where=p > 0) for name, values in each.items()}
        for each, p in ((on, p_on_now), (off, p_off_now))
    )
    for given in (on, off):  # sums of shares of nodes may pass 1 by rounding
        given["p_purchase"] = np.minimum(given["p_purchase"], 1.0)
    if np.isinf(horizon):  # nobody is gone for good
        on["purchases"] = off["purchases"] = np.full(len(given_on), np.inf)
    returning = Returning(
        p_returns=np.full(len(given_on), -np.expm1(-nu * horizon)),
        **{name: off[name] for name in ("purchases", "p_purchase", "discounted_purchases", "discounted_alive")},
        kept_purchases=on["gained_purchases"],
        kept_alive=on["gained_alive"],
        won_purchases=off["gained_purchases"],
        won_alive=off["gained_alive"],
    )
    return ResidualExpectation(
        p_alive=np.minimum(p_on_now, 1.0),
        **{name: on[name] for name in ("purchases", "p_purchase", "discounted_purchases", "discounted_alive")},
        p_leaves=np.minimum(on["p_leaves"], 1.0),
        returning=returning,
    )


def _given_state(own: TraitPosterior, *, horizon: float, discount_rate: float) -> tuple[Array, Array]:
    """Columns of `PARTS` at each node, given on and given off, (J, parts) each."""
    rates: dict[str, Any] = {"leaving": own.leaving, "returning": own.nu}
    one, never = np.ones(len(own.nodes)), np.zeros(len(own.nodes))
    free = (never, never) if np.isinf(horizon) else time_on(horizon, **rates)  # the infinite sum is set by `residual`
    alive = time_on(horizon, **rates, discount_rate=discount_rate)
    gained = annuity(own.leaving + own.nu + discount_rate, horizon)
    none = p_no_purchase(horizon, rate=own.rate, **rates)
    leaves = -np.expm1(-own.leaving * horizon)
    given = (
        [one, own.rate * time, 1.0 - no, own.rate * paid, paid, leaves, own.rate * gained, gained]
        for time, no, paid in zip(free, none, alive, strict=True)
    )
    on, off = (np.stack(columns, axis=1) for columns in given)
    return on, off


def _refuse_too_many_events(rate: Array, leaving: Array, nu: float, T: Array, *, need: str) -> None:
    k = leaving + nu
    on = (nu * T - leaving / k * np.expm1(-k * T)) / k
    expected = float(np.sum((rate + leaving) * on))
    if expected > MOST_EVENTS:
        raise DataError.because(
            f"{need} makes every purchase and every pause, here about {expected:.1g}: at most {MOST_EVENTS:.0e}.",
            hint="fewer customers or a shorter T; exp(m1) and exp(m2) are rates per period of the typical customer.",
        )
