"""Drawn values of customers: intervals, totals and probabilities, without ever holding customers x draws.

Draws are made in fixed tiles of customers x draws, each with its own random stream. Customers are laid out by
their distinct row and, within one, by a stable hash of their id, so neither the order of rows nor the size of
the blocks read changes a number, and `by_draw` and `by_customer` read the same ones. Within a draw all customers
share one parameter vector: that is why totals are summed draw by draw, and bounds of customers are never added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import in_

from kundkarriar.errors import DataError
from kundkarriar.frames import new_frame
from kundkarriar.numerics.money.net_value import Money, money
from kundkarriar.numerics.sampling.stable_hash import stable_hash
from kundkarriar.scoring.backtest.calibrated_total import calibrated_total
from kundkarriar.scoring.outlook.random_walk_rates import wandering_futures
from kundkarriar.scoring.outlook.seasonal_discounting import calendar_futures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.random import Generator
    from numpy.typing import NDArray

    from kundkarriar.models.interface.futures import Futures
    from kundkarriar.models.uncertainty.posterior import Posterior
    from kundkarriar.scoring.backtest.backtest_result import BacktestResult
    from kundkarriar.scoring.customer_base import CustomerBase

TILE_CUSTOMERS = 4096
TILE_DRAWS = 10
DRIFT = 2
"""The streams of drifting rates stand beside those of outcomes (0) and expectations (1)."""
POOLED_MEMBERS = 2000
"""Members of one distinct row whose draws are pooled at most: 2,000 x 200 numbers settle a 5 % quantile."""

MODEL_ERROR = "model error not included: see kk.backtest"

Of = Literal["outcome", "expectation"]
Measure = Literal["net_value", "clv", "sales", "purchases"]


@frozen(kw_only=True, eq=False)
class ValueDraws:
    """Draws of what customers will bring; made by `FittedValueScorer.draw`, and drawn anew whenever they are read.

    Attributes:
        of: "outcome" (realised futures: what the customer will actually bring) or "expectation" (given the
            parameters and the customer's latent state: for choosing).
        measure: "net_value" (clv - cost), "clv" (margin, discounted), "sales" (net of returns, undiscounted), or
            "purchases" (their number).
        drift: standard deviation of the log of a customer's purchase rate a year from now. It scatters outcomes; an
            expectation is one over the rate's path too, whose mean is today's rate, and so has none.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> draws = scorer.draw(summary, draws=20, seed=1)
    >>> list(draws.total().columns)
    ['measure', 'expected', 'low', 'high', 'note']
    """

    base: CustomerBase
    like: Any
    purchases: Any
    spend: Any
    purchase_posterior: Posterior
    spend_posterior: Posterior
    entropy: int
    horizon: float
    rate: float
    years_per_period: float
    years: float
    drift: float = 0.0
    of: Of = field(validator=in_(("outcome", "expectation")))
    measure: Measure = field(validator=in_(("net_value", "clv", "sales", "purchases")))
    order: NDArray[np.int64] = field(init=False)
    group: NDArray[np.int64] = field(init=False)

    @order.default
    def _laid_out(self) -> NDArray[np.int64]:
        ids = self.base.summary["customer_id"].to_numpy()[self.base.buyers]
        return np.lexsort((stable_hash(ids=ids), self._distinct_row()))

    @group.default
    def _grouped(self) -> NDArray[np.int64]:
        return self._distinct_row()[self.order]

    def _distinct_row(self) -> NDArray[np.int64]:
        base = self.base
        history = (base.rows.x, base.rows.t_x, base.rows.T, *base.rows.covariates.T)
        keys = (*history, base.monetary_value, *base.terms.all().values())
        order = np.lexsort(keys)
        new = np.zeros(len(base), dtype=bool)
        for key in keys:
            new[1:] |= np.diff(key[order]) != 0
        number = np.empty(len(base), dtype=np.int64)
        number[order] = np.cumsum(new)
        return number

    def __len__(self) -> int:
        return len(self.purchase_posterior)

    def measuring(self, measure: Measure) -> ValueDraws:
        """The same futures, measured as "net_value", "clv", "sales" or "purchases"."""
        return evolve(self, measure=measure)

    def drawing(self, of: Of) -> ValueDraws:
        """The same parameter draws, as draws of the "outcome" or of the "expectation"."""
        return evolve(self, of=of)

    def by_customer(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Block after block of buyers: their positions among the rows of the summary, (m,), and values, (m, S)."""
        for first in range(0, len(self.order), TILE_CUSTOMERS):
            tiles = [self._tile(first, start) for start in range(0, len(self), TILE_DRAWS)]
            yield self.base.buyers[self.order[first : first + TILE_CUSTOMERS]], np.hstack(tiles)

    def together(
        self, measures: Sequence[Measure]
    ) -> Iterator[tuple[NDArray[np.int64], tuple[NDArray[np.float64], ...]]]:
        """As `by_customer`, the same futures measured in several ways at once: one (m, S) for each of `measures`."""
        for first in range(0, len(self.order), TILE_CUSTOMERS):
            rows = self.order[first : first + TILE_CUSTOMERS]
            drawn = [self._drawn(first, start) for start in range(0, len(self), TILE_DRAWS)]
            yield (
                self.base.buyers[rows],
                tuple(np.hstack([self._measured(measure, *future, rows) for future in drawn]) for measure in measures),
            )

    def by_draw(self) -> Iterator[NDArray[np.float64]]:
        """Draw after draw: the value of every customer in the order of the summary, (n,); prospects 0."""
        for start in range(0, len(self), TILE_DRAWS):
            block = np.zeros((len(self.base.summary), min(TILE_DRAWS, len(self) - start)))
            for first in range(0, len(self.order), TILE_CUSTOMERS):
                at = self.base.buyers[self.order[first : first + TILE_CUSTOMERS]]
                block[at] = self._tile(first, start)
            yield from block.T

    def interval(self, level: float = 0.9) -> Any:
        """Central interval of each customer: customer_id, low, high.

        Equal customers get equal bounds: the draws of all members of a distinct row are pooled. Never add the
        bounds of several customers; see `total`.
        """
        _check_level(level)
        bounds = np.array([(1 - level) / 2, (1 + level) / 2])
        low, high = self._per_customer(lambda values: np.quantile(values, bounds, axis=1), 2)
        return self._frame({"low": low, "high": high})

    def p_above(self, threshold: float = 0.0) -> Any:
        """Probability that each customer's value exceeds `threshold`: customer_id, p."""
        (p,) = self._per_customer(lambda values: np.mean(values > threshold, axis=1)[None, :], 1)
        return self._frame({"p": p})

    def p_top(self, *, k: int) -> Any:
        """Probability that each customer is among the `k` of highest value: customer_id, p; sums to `k`.

        Who ties for the last places shares them.
        """
        if not isinstance(k, (int, np.integer)) or not 1 <= k <= len(self.base):
            raise DataError.because(
                f"`k` must lie between 1 and the {len(self.base):,} buyers, got {k}.",
                hint=f"draws.p_top(k={max(len(self.base) // 5, 1)}) for the top fifth.",
            )
        inside = np.zeros(len(self.base))
        for values in self.by_draw():
            inside += _top_shares(values[self.base.buyers], k)
        by_row = np.bincount(self.group, weights=inside[self.order]) / np.bincount(self.group)
        p = np.empty(len(self.base))
        p[self.order] = by_row[self.group] / len(self)
        return self._frame({"p": self.base.spread(p)})

    def totals(self) -> NDArray[np.float64]:
        """The value of all customers together in each draw, (S,)."""
        return np.array([values.sum() for values in self.by_draw()])

    def total(self, level: float = 0.9, *, backtest: BacktestResult | None = None) -> Any:
        """All customers together: measure, expected, low, high, note; the quantiles of summed draws.

        Args:
            level: of the interval, between 0 and 1.
            backtest: what `kk.Backtest(...).run(transactions)` found of the same models. There are then two rows and
                the columns measure, basis, factor, expected, low, high, note: "model alone" as before, and
                "calibrated", times the factor by which past totals were wrong, with the interval widened by how that
                differed between origins (t quantile x spread on the log scale, in quadrature; missing for one origin,
                which has no spread).

        Raises:
            DataError: a level that is none, or a backtest of other models.
        """
        _check_level(level)
        totals = self.totals()
        low, high = np.quantile(totals, [(1 - level) / 2, (1 + level) / 2])
        row = {"expected": float(totals.mean()), "low": float(low), "high": float(high), "note": MODEL_ERROR}
        rows: list[dict[str, Any]] = [{"measure": self.measure, **row}]
        if backtest is not None:
            alone = {"measure": self.measure, "basis": "model alone", "factor": 1.0, **row}
            rows = [alone, {**alone, "basis": "calibrated", **calibrated_total(self, backtest, level=level)}]
        return new_frame({name: [row[name] for row in rows] for name in rows[0]}, like=self.like)

    def _tile(self, first: int, start: int) -> NDArray[np.float64]:
        """Values of one tile, (customers, draws)."""
        return self._measured(self.measure, *self._drawn(first, start), self.order[first : first + TILE_CUSTOMERS])

    def _drawn(self, first: int, start: int) -> tuple[Futures, NDArray[np.float64]]:
        """Futures of one tile and their gross spend, (customers, draws); its stream depends on place and seed alone."""
        rows = self.order[first : first + TILE_CUSTOMERS]
        kind, tile = ("outcome", "expectation").index(self.of), (first // TILE_CUSTOMERS, start // TILE_DRAWS)
        generator = self._stream(kind, *tile)
        purchases = self.purchase_posterior.some(slice(start, start + TILE_DRAWS))
        spend = self.spend_posterior.some(slice(start, start + TILE_DRAWS))
        future = self._simulated(self.of, rows, purchases, generator)
        if self.drift > 0 and self.of == "outcome":
            expected = self._simulated("expectation", rows, purchases, self._stream(kind, *tile))
            years = self.horizon * self.years_per_period
            wander = self._stream(DRIFT, *tile)
            future = wandering_futures(wander, future, expected=expected, drift=self.drift, years=years)
        given = {"posterior": spend, "generator": generator}
        x, m = self.base.rows.x[rows], self.base.monetary_value[rows]
        if self.of == "outcome":
            gross = self.spend.draw_spend(x, m, purchases=future.purchases, **given)
        else:
            gross = self.spend.draw_order_value(x, m, **given) * future.purchases
        return future, gross

    def _stream(self, *key: int) -> Generator:
        return np.random.default_rng(np.random.SeedSequence(self.entropy, spawn_key=key))

    def _simulated(self, of: Of, rows: NDArray[np.int64], posterior: Posterior, generator: Generator) -> Futures:
        """Futures of the customers at `rows` by the purchase model, discounted in the calendar's time."""
        clock = self.base.clock
        simulate = (self.purchases.draw_expectations, self.purchases.draw_outcomes)[of == "outcome"]
        future: Futures = simulate(
            self.base.rows.at(rows),
            posterior=posterior,
            horizon=clock.warped(self.horizon) if clock else self.horizon,
            discount_rate=self.rate,
            generator=generator,
        )
        return calendar_futures(future, ahead=clock.stretches(self.horizon), rate=self.rate) if clock else future

    def _measured(
        self, measure: Measure, future: Futures, gross: NDArray[np.float64], rows: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        if measure == "purchases":
            return future.purchases
        terms = self.base.terms.at(rows)
        if measure == "sales":
            return gross * (1 - terms["returned"])
        some = future.purchases > 0
        discount = np.divide(future.discounted_purchases, future.purchases, out=np.zeros_like(gross), where=some)
        counted: Money = money(
            spend=gross * discount,
            orders=future.discounted_purchases,
            years_alive=future.discounted_alive * self.years_per_period,
            years=self.years,
            **terms,
        )
        return counted.net if measure == "net_value" else counted.clv

    def _per_customer(
        self, statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]], count: int
    ) -> NDArray[np.float64]:
        """`statistic` of the pooled draws of each distinct row, as (count, all customers)."""
        sizes = np.bincount(self.group) if len(self.group) else np.zeros(0, dtype=np.int64)
        by_row = np.empty((count, len(sizes)))
        open_group = -1
        held: list[NDArray[np.float64]] = []
        for first, (_, values) in enumerate(self.by_customer()):
            groups = self.group[first * TILE_CUSTOMERS : first * TILE_CUSTOMERS + len(values)]
            single = sizes[groups] == 1
            if single.any():
                by_row[:, groups[single]] = statistic(values[single])
            for number in np.unique(groups[~single]):
                if number != open_group:
                    open_group, held = number, []
                members = values[groups == number] if len(held) < POOLED_MEMBERS else values[:0]
                held.extend(members[: POOLED_MEMBERS - len(held)])
                by_row[:, number] = statistic(np.concatenate(held)[None, :])[:, 0]
        wide = np.full((count, len(self.base.summary)), np.nan)
        wide[:, self.base.buyers[self.order]] = by_row[:, self.group]
        return wide

    def _frame(self, columns: dict[str, NDArray[np.float64]]) -> Any:
        return new_frame({"customer_id": self.base.summary["customer_id"], **columns}, like=self.like)


def _top_shares(values: NDArray[np.float64], k: int) -> NDArray[np.float64]:
    last = np.partition(values, len(values) - k)[len(values) - k]
    above, tied = values > last, values == last
    shares: NDArray[np.float64] = above + tied * ((k - above.sum()) / tied.sum())
    return shares


def _check_level(level: float) -> None:
    if not isinstance(level, (int, float)) or not 0.0 < level < 1.0:
        raise DataError.because(
            f"the level of an interval lies between 0 and 1, got {level}.", hint="level=0.9 for 90 percent."
        )
