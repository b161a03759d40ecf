"""The family of ReturningNBD: purchases while on, switching off and on again, log-normal rates."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from attrs import frozen
from numpy.random import Generator

from kundkarriar.arrays import Array
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.families.purchase_family import NestedFamily, Params, PurchaseFamily
from kundkarriar.models.fitting.likelihood_fit import NestedLikelihood, Search, SearchStage, unidentified_sentence
from kundkarriar.models.interface.futures import ResidualExpectation, Returning
from kundkarriar.numerics.optimize.newton import Objective
from kundkarriar.numerics.optimize.unconstrained_parameters import UnconstrainedParameters
from kundkarriar.numerics.switching import likelihood, loglik_batch
from kundkarriar.numerics.switching import simulate as switching_simulate
from kundkarriar.numerics.switching.counts import p_counts
from kundkarriar.numerics.switching.draw_state import draw_state
from kundkarriar.numerics.switching.expectation import annuity, p_no_purchase, p_on, time_on
from kundkarriar.numerics.switching.gap_blocks import GapBlock, tabulate
from kundkarriar.numerics.switching.next_purchase import median_times
from kundkarriar.numerics.switching.trait_posterior import TraitPosterior, posterior_means
from kundkarriar.numerics.switching.traits import EXACT, FIT, LEAVING, PURCHASING, RETURNING, ROUGH, Lattice, Traits
from kundkarriar.summaries.equal_rows import group_equal_rows
from kundkarriar.summaries.purchase_gaps import PurchaseGaps
from kundkarriar.summaries.purchase_rows import PurchaseRows

UNCONSTRAINED = UnconstrainedParameters(blocks=(PURCHASING, LEAVING, RETURNING))
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
    needs_gaps: ClassVar[bool] = True
    nested: ClassVar[tuple[NestedFamily[PurchaseFamily], ...]] = ()
    name: str = "ReturningNBD"
    parameters: tuple[str, ...] = ("m1", "s1", "m2", "s2", "nu")
    unconstrained: UnconstrainedParameters = UNCONSTRAINED

    def objective(self, rows: PurchaseRows, *, scale: float, lattice: Lattice = EXACT) -> Objective:
        """The log-likelihood of `rows` over the unconstrained parameters (5,), with gradient and Hessian."""
        blocks, unit = gap_blocks(rows, scale=scale), _unit(rows, scale)

        def at(theta: Array) -> tuple[float, Array, Array]:
            value, gradient, hessian = likelihood.total(blocks, self._traits_at(theta), lattice)
            return value - unit, gradient, hessian

        return at

    def search(self, rows: PurchaseRows, *, scale: float) -> Search:
        """A search on rough lattices, first of few rows, from the best of several guesses."""
        stages = []
        for most, gain in SEARCH_ROWS:
            if (stride := len(rows) // most) < 2:
                break
            some = rows.at(np.arange(0, len(rows), stride))
            rough = self.objective(some, scale=scale, lattice=ROUGH)
            stages.append(SearchStage(objective=rough, n=float(some.weights.sum()), gain_tolerance=gain))
        blocks, unit = gap_blocks(rows, scale=scale), _unit(rows, scale)
        whole = self.objective(rows, scale=scale, lattice=FIT)

        def always_on(theta: Array) -> tuple[float, Array, Array]:
            value, gradient, hessian = whole(np.concatenate([theta, NEVER_OFF]))
            return value, gradient[:2], hessian[:2, :2]

        def exact(theta: Array) -> float:
            values = likelihood.log_likelihood(blocks, self._traits_at(theta), n=len(rows))
            return float(rows.weights @ values) - unit

        return Search(
            objective=whole,
            stages=tuple(stages),
            gain_tolerance=LAST_GAIN,
            exact=exact,
            nested=(
                NestedLikelihood(
                    objective=always_on,
                    starts=[start[:2] for start in self.starts(rows, scale=scale)[:1]],
                    unconstrained=UnconstrainedParameters(blocks=(PURCHASING,)),
                    sentence=unidentified_sentence("log_typical_leaving"),
                ),
            ),
        )

    def row_objective(self, rows: PurchaseRows, theta: Array, *, scale: float) -> tuple[Array, Array, Array]:
        """Nothing: rows have the same parameters, as the model takes no covariates."""
        raise NotImplementedError

    def loglik_batch(self, rows: PurchaseRows, *, scale: float) -> Callable[[Array], Array]:
        """The log-likelihood of `rows` at many unconstrained parameter vectors at once: (S, 5) to (S,)."""
        return GapLoglikBatch(family=self, blocks=gap_blocks(rows, scale=scale), unit=_unit(rows, scale))

    def starts(self, rows: PurchaseRows, *, scale: float) -> Sequence[Array]:
        """Starting points of a fit: the mean purchase rate, with several guesses of the rest."""
        purchases, time = (float(np.sum(rows.weights * values)) for values in (rows.x, rows.T / scale))
        log_mean = np.log(purchases / time)
        return [np.array([log_mean + more, *rest]) for more, *rest in GUESSES]

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
        self,
        rows: PurchaseRows,
        params: Params,
        *,
        period: str,  # noqa: ARG002 - rows are tabulated without it
        horizon: float,
        discount_rate: float,
    ) -> ResidualExpectation:
        """Expected purchases and time on of each row, given on now and given off now."""

        def parts(own: TraitPosterior) -> Array:
            given_on, given_off = _given_state(own, horizon=horizon, discount_rate=discount_rate)
            return np.hstack([own.on @ given_on, own.off @ given_off])

        means = self._means(rows, params, parts)
        half = means.shape[1] // 2
        on, off = ({name: means[:, at + first] for at, name in enumerate(PARTS)} for first in (0, half))
        p_on_now, p_off_now = _share(on.pop("p")), _share(off.pop("p"))
        on, off = (
            {name: np.divide(values, p, out=np.zeros_like(values), where=p > 0) for name, values in each.items()}
            for each, p in ((on, p_on_now), (off, p_off_now))
        )
        for given in (on, off):  # sums of shares of nodes may pass 1 by rounding
            given["p_purchase"] = np.minimum(given["p_purchase"], 1.0)
        if np.isinf(horizon):  # nobody is gone for good
            on["purchases"] = off["purchases"] = np.full(len(rows), np.inf)
        nu = float(params["nu"])
        returning = Returning(
            p_returns=np.full(len(rows), -np.expm1(-nu * horizon)),
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

    def p_alive_later(self, rows: PurchaseRows, params: Params, *, t: float) -> Array:
        """Probability of being on `t` periods from now, (n,)."""

        def later(own: TraitPosterior) -> Array:
            on, off = p_on(t, leaving=own.leaving, returning=own.nu)
            return own.mean(on[:, None], off[:, None])

        return self._probability(rows, params, later)

    def p_purchase(self, rows: PurchaseRows, params: Params, *, horizon: float) -> Array:
        """Probability of at least one purchase within `horizon`, (n,)."""

        def some(own: TraitPosterior) -> Array:
            on, off = p_no_purchase(horizon, rate=own.rate, leaving=own.leaving, returning=own.nu)
            return own.mean(1.0 - on[:, None], 1.0 - off[:, None])

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
            posterior = own.share
            columns = []
            for log in (own.nodes.log_rate, own.nodes.log_leaving):
                columns += [posterior @ np.exp(log), *_quantiles(posterior, log, level)]
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
        draws = [np.ravel(params[name]) for name in self.parameters]
        traits = [traits_of(dict(zip(self.parameters, each, strict=True))) for each in zip(*draws, strict=True)]
        codes = [_gaps(rows).pattern(), pd.factorize(np.round(rows.T - rows.t_x, 9))[0].astype(np.int64)]
        member, first = group_equal_rows(codes)
        return draw_state(generator, gap_blocks(rows.at(first)), traits, member=member)

    def _means(
        self, rows: PurchaseRows, params: Params, of: Callable[[TraitPosterior], Array], lattice: Lattice = EXACT
    ) -> Array:
        return posterior_means(gap_blocks(rows), traits_of(params), of, n=len(rows), lattice=lattice)

    def _probability(self, rows: PurchaseRows, params: Params, of: Callable[[TraitPosterior], Array]) -> Array:
        """The posterior mean of a probability, (n,)."""
        return _share(self._means(rows, params, of)[:, 0])

    def _traits_at(self, theta: Array) -> Traits:
        return traits_of(dict(zip(self.parameters, self.unconstrained.natural(theta), strict=True)))


NEVER_OFF = (-25.0, -1.0, 0.0)
"""Unconstrained parameters of going off and coming back of customers who are always on."""
SEARCH_ROWS = ((200, 0.5), (1000, 0.5), (40_000, 0.05))
"""Numbers of rows on which a search begins, and the gain of a step with which it goes on to more."""
LAST_GAIN = 1e-4
"""A search of all rows ends with a step that gains less: its lattice is not more exact."""
MOST_EVENTS = 1e8
"""Purchases and pauses that a simulation makes: more take gigabytes."""
GUESSES = ((0.3, 0.0, -0.5, 0.0, -0.5), (1.5, 0.2, 1.5, 0.4, -1.5))
"""Guesses at which a fit starts: ln of the typical over the mean purchase rate, ln s1, ln of the typical rate of going
off per median T, ln s2, ln of the rate of returning per median T."""
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


def _quantiles(posterior: Array, log: Array, level: float) -> tuple[Array, Array]:
    """Central quantiles of a rate whose `log` takes few values over the nodes, (J,), of each row, (n,)."""
    values, at = np.unique(log, return_inverse=True)
    below = np.cumsum(posterior @ np.eye(len(values))[at], axis=1)
    edges = np.concatenate([[1.5 * values[0] - 0.5 * values[1]], 0.5 * (values[1:] + values[:-1])])
    edges = np.append(edges, 1.5 * values[-1] - 0.5 * values[-2])
    below = np.concatenate([np.zeros((len(below), 1)), below / below[:, -1:]], axis=1)
    found = []
    for q in (0.5 - level / 2, 0.5 + level / 2):
        first = np.clip((below < q).sum(axis=1), 1, below.shape[1] - 1)
        row = np.arange(len(below))
        low, high = below[row, first - 1], below[row, first]
        share = np.divide(q - low, high - low, out=np.full(len(low), 0.5), where=high > low)
        found.append(np.exp(edges[first - 1] + share * (edges[first] - edges[first - 1])))
    return found[0], found[1]


@frozen(kw_only=True, eq=False)
class GapLoglikBatch:
    """Log-likelihoods of all customers at many points, (S, 5) to (S,).

    Attributes:
        family: the family.
        blocks: the tabulated rows.
        unit: what the unit of time adds to the log-likelihood.
    """

    family: ReturningFamily
    blocks: tuple[GapBlock, ...]
    unit: float

    @property
    def cost(self) -> float:
        """The cost of a point, in rows of a tabulated likelihood."""
        return ALONE + COST * sum(map(len, self.blocks))

    def __call__(self, theta: Array) -> Array:
        """The log-likelihood of all customers at each point."""
        m1, s1, m2, s2, nu = np.moveaxis(self.family.unconstrained.natural(theta), -1, 0)
        draws = loglik_batch.TraitDraws(m1=m1, s1=s1, m2=m2, s2=s2, log_nu=np.log(nu))
        return loglik_batch.loglik_batch(self.blocks, draws) - self.unit


ALONE, COST = 100_000.0, 40.0
"""Cost of a point, which in the wide posterior of few customers needs a lattice nearly alone, and of each row more."""


def traits_of(params: Mapping[str, Any]) -> Traits:
    """The parameters as traits."""
    return Traits(**{name: float(value) for name, value in params.items()})


def gap_blocks(rows: PurchaseRows, *, scale: float = 1.0) -> tuple[GapBlock, ...]:
    """The rows tabulated, with time in units of `scale`."""
    gaps = _gaps(rows)
    return tabulate(
        gaps=gaps.length,
        starts=gaps.starts,
        trailing=np.maximum(rows.T - rows.t_x, 0.0),
        weights=rows.weights,
        scale=scale,
    )


def _refuse_too_many_events(rate: Array, leaving: Array, nu: float, T: Array, *, need: str) -> None:
    k = leaving + nu
    on = (nu * T - leaving / k * np.expm1(-k * T)) / k
    expected = float(np.sum((rate + leaving) * on))
    if expected > MOST_EVENTS:
        raise DataError.because(
            f"{need} makes every purchase and every pause, here about {expected:.1g}: at most {MOST_EVENTS:.0e}.",
            hint="fewer customers or a shorter T; exp(m1) and exp(m2) are rates per period of the typical customer.",
        )


def _gaps(rows: PurchaseRows) -> PurchaseGaps:
    if rows.gaps is None:
        raise CapabilityError.because(
            "ReturningNBD needs the gaps between the purchase days of each row.",
            hint="rows = fitted.read(summary).rows, of kk.summarize(transactions, as_of=..., gaps=True).",
        )
    return rows.gaps


def _unit(rows: PurchaseRows, scale: float) -> float:
    return float(np.sum(rows.weights * rows.x)) * float(np.log(scale))
