"""Drawn values of customers: intervals, totals and probabilities, without a matrix of all customers x draws in memory.

Draws are made in fixed tiles of customers x draws, each with its own random stream. Customers are ordered by distinct
row and, within one, by a stable hash of their id. So neither the order of rows nor the block size changes a number, and
`by_draw` and `by_customer` read the same draws. Within a draw all customers share one parameter vector: totals must
therefore be summed draw by draw, and customers' bounds must not be added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Protocol, get_args, runtime_checkable

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import FINITE, LEVEL, NOT_NEGATIVE, POSITIVE, SEED, Text, WholeNumber, read_names, refusal
from kundkarriar.arrays import Array, Whole
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import instance_of
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import narrow, new_frame
from kundkarriar.models.interface.fitted_model import FittedModel, first_line, weaknesses_of
from kundkarriar.models.interface.protocols import DrawsSpend, HasPosterior, Simulates, able, members_of
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.numerics.forecast.level_error import draw_levels
from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.drawn_total import (
    EXTENDED,
    POSTERIOR_MEAN,
    central,
    in_one_line,
    interval_around,
    left_open,
    mean_and_error,
)
from kundkarriar.scoring.draws.pooled_draws import PooledStatistics, top_shares
from kundkarriar.scoring.draws.tile_values import TILE_CUSTOMERS, TILE_DRAWS, Measure, Of, Wanted, tile_values
from kundkarriar.scoring.level import NO_LEVEL, Level
from kundkarriar.scoring.scorer_fields import DRIFT
from kundkarriar.threads import in_threads

DRAW = "draws = fitted.draw(summary, seed=1)."
APPROXIMATE = "; approximate: parameters drawn from a normal approximation, as of a model read back without its data"

OF, MEASURE = Text(among=get_args(Of)), Text(among=get_args(Measure))
ABILITIES = {"purchases": (Simulates, HasPosterior), "spend": (DrawsSpend,)}


def able_to_draw(_: object, attribute: Attribute[Any], model: Any) -> None:
    """Attrs validator of a fitted model: its futures can be drawn."""
    refuse_undrawable(model, place=attribute.name)


def refuse_undrawable(model: Any, *, place: str) -> None:
    """Refuse a fitted model, "purchases" or "spend", of which futures cannot be drawn, with a CapabilityError."""
    for ability in ABILITIES[place]:
        if not able(model, ability):
            raise CapabilityError.because(
                f"{type(model).__name__} cannot draw futures: it lacks {ability.__name__}.",
                hint="kk.MBGNBD, kk.BGNBD and kk.NBD with kk.GammaGamma can.",
            )


def frame_of_a_kind(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Attrs validator of a frame that tells which library's frames to return."""
    narrow(value, need=f"`{attribute.name}`")


def _of_all_measures(draws: ValueDraws, attribute: Attribute[Any], expected: Any) -> None:
    """Attrs validator: an array of all buyers for each measure."""
    shape = (len(draws.base),)
    if expected is None:
        return
    if not isinstance(expected, Mapping) or {*expected} != {*get_args(Measure)}:
        raise refusal(expected, attribute.name, law=f"the expected values by measure, {get_args(Measure)}", hint=DRAW)
    if wrong := [name for name, values in expected.items() if np.shape(values) != shape]:
        raise refusal(wrong, attribute.name, law=f"expected values of shape {shape}", hint=DRAW)


@runtime_checkable
class CalibratesTotals(Protocol):
    """The part of a `kk.BacktestResult` that `ValueDraws.total` uses."""

    def calibrated_total(self, draws: ValueDraws, *, level: float) -> dict[str, float | str]:
        """The calibrated total of `draws`: factor, expected, low, high, note."""


@frozen(kw_only=True, eq=False)
class ValueDraws:
    """Draws of customers' values, made by `FittedValueScorer.draw`; each reading makes the same draws again.

    Attributes:
        base: the customers.
        like: a frame of the kind to return.
        purchases, spend: the fitted models.
        purchase_posterior, spend_posterior: their parameter draws.
        entropy: seed of the random streams.
        horizon: in periods of the purchase model.
        expected: the expected value of each buyer at the fitted parameters by measure, (n,) each: as in `score`. None
            where the purchase model cannot be scored, because it does not say how long customers stay alive.
        rate: continuous discount rate per period.
        years_per_period: years per period of the purchase model.
        years: discounted years of the horizon.
        drift: standard deviation of the log of a customer's purchase rate after one year of a random walk. It adds
            variance to outcomes; expectations are over the path of the rate too, whose mean is today's rate.
        level: the error of the level, one factor a draw for all customers, in outcomes and expectations.
        of: "outcome" (predictive draws of realised value) or "expectation" (expected value given the drawn parameters
            and latent state: for decisions).
        measure: "net_value" (clv - cost), "clv" (discounted margin), "sales" (net of returns, undiscounted), or
            "purchases" (their number).
        held: draws already made, which `by_draw` reads in place of making them again, (S, n) by what they are: as
            `intervals_and_sales` holds them.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> scorer = kk.ValueScorer(margin=0.3, discount_rate=0.10, horizon="12M").fit(summary)
    >>> draws = scorer.draw(summary, draws=20, seed=1)
    >>> list(draws.total().columns)
    ['measure', 'expected', 'low', 'high', 'note']
    """

    base: CustomerBase = field(validator=instance_of(CustomerBase), repr=False)
    like: Any = field(validator=frame_of_a_kind, repr=False)
    purchases: Any = field(validator=able_to_draw, repr=first_line)
    spend: Any = field(validator=able_to_draw, repr=first_line)
    purchase_posterior: Posterior = field(validator=instance_of(Posterior), repr=lambda drawn: f"{len(drawn):,} draws")
    spend_posterior: Posterior = field(validator=instance_of(Posterior), repr=False)
    expected: Mapping[Measure, Array] | None = field(validator=_of_all_measures, repr=False)
    entropy: int = field(validator=SEED)
    horizon: float = field(validator=POSITIVE)
    rate: float = field(validator=NOT_NEGATIVE, repr=False)
    years_per_period: float = field(validator=POSITIVE, repr=False)
    years: float = field(validator=NOT_NEGATIVE, repr=False)
    drift: float = field(default=0.0, validator=DRIFT)
    level: Level = field(default=NO_LEVEL, validator=instance_of(Level))
    of: Of = field(validator=OF)
    measure: Measure = field(validator=MEASURE)
    held: Mapping[tuple[Of, Measure], Array] = field(factory=dict, repr=False)

    @property
    def order(self) -> Whole:
        """Buyers in the order of the draws, (n,)."""
        return self.base.draw_order

    @property
    def group(self) -> Whole:
        """Number of each buyer's distinct row, in the order of the draws, (n,)."""
        return self.base.distinct_row[self.order]

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes results doubtful, as sentences of both models."""
        return weaknesses_of(self.purchases, self.spend)

    @property
    def approximate(self) -> bool:
        """Whether parameters were drawn from a normal approximation, as of a model read back without its data."""
        models = ((self.purchases, self.purchase_posterior), (self.spend, self.spend_posterior))
        return any(
            drawn.k_hat is None and all(isinstance(each, FittedModel) for each in members_of(model))
            for model, drawn in models
        )

    def __len__(self) -> int:
        return len(self.purchase_posterior)

    def measuring(self, measure: Measure) -> ValueDraws:
        """The same drawn futures, measured as "net_value", "clv", "sales" or "purchases"."""
        return evolve(self, measure=measure)

    def drawing(self, of: Of) -> ValueDraws:
        """The same parameter draws, for the "outcome" or the "expectation"."""
        return evolve(self, of=of)

    def without_level(self) -> ValueDraws:
        """The same futures at rates of the fitted level: parameters and futures alone."""
        return evolve(self, level=NO_LEVEL, held={})

    @property
    def levels(self) -> Array:
        """The factor of the level in each draw, (S,)."""
        return draw_levels(entropy=self.entropy, draws=len(self), sd=self.level.sd)

    def by_customer(self) -> Iterator[tuple[Whole, Array]]:
        """Iterate over blocks of buyers: their rows in the summary, (m,), and values, (m, S)."""
        yield from ((at, values) for at, (values,) in self.together([self.measure]))

    def together(self, measures: Sequence[Measure]) -> Iterator[tuple[Whole, tuple[Array, ...]]]:
        """Iterate as `by_customer`, over several measures of the same futures: one (m, S) for each of `measures`."""
        several: Any = read_names(measures, "measures", law=MEASURE, empty=False)
        for some, values in self.blocks([(self.of, measure) for measure in several]):
            yield self.base.buyers[self.order[some]], values

    def blocks(self, wanted: Wanted) -> Iterator[tuple[slice, tuple[Array, ...]]]:
        """Iterate over blocks of buyers in the order of the draws: which, and (m, S) for each that is wanted."""
        firsts, starts = range(0, len(self.order), TILE_CUSTOMERS), range(0, len(self), TILE_DRAWS)
        tiles = ((first, start) for first in firsts for start in starts)
        drawn = in_threads(lambda tile: tile_values(self, wanted, *tile), tiles, many=len(firsts) > 1)
        for first in firsts:
            values = tuple(map(np.hstack, zip(*islice(drawn, len(starts)), strict=True)))
            yield slice(first, first + TILE_CUSTOMERS), values

    def by_draw(self) -> Iterator[Array]:
        """Iterate over draws: the value of every customer in the order of the summary, (n,); 0 for prospects."""
        held = self.held.get((self.of, self.measure))
        if held is not None:
            for drawn in held:
                whole = np.zeros(len(self.base.summary))
                whole[self.base.buyers[self.order]] = drawn
                yield whole
            return
        for start in range(0, len(self), TILE_DRAWS):
            block = np.zeros((len(self.base.summary), min(TILE_DRAWS, len(self) - start)))
            firsts = range(0, len(self.order), TILE_CUSTOMERS)
            tile = partial(tile_values, self, [(self.of, self.measure)], start=start)
            tiles = in_threads(tile, firsts, many=len(firsts) > 1)
            for first, (values,) in zip(firsts, tiles, strict=True):
                block[self.base.buyers[self.order[first : first + TILE_CUSTOMERS]]] = values
            yield from block.T

    def interval(self, level: float = 0.9) -> Any:
        """Central interval of each customer's value: customer_id, low, high.

        The draws of customers with equal rows are pooled, so they get equal bounds. An interval is extended to the
        expected value where that lies outside: someone who most probably buys nothing has quantiles of 0, and an
        expected value above it. Do not add bounds over customers; see `total`.
        """
        return self._frame(dict(zip(("low", "high"), self.bounds(level), strict=True)))

    def bounds(self, level: float) -> Array:
        """The bounds of `interval`, (2, all customers)."""
        level, blocks = LEVEL.read(level, "level"), (values for _, values in self.by_customer())
        return self.around_expected(self._per_customer(blocks, lambda values: central(values, level), 2))

    def around_expected(self, bounds: Array) -> Array:
        """Bounds, (2, all customers), extended to the expected value of the measure."""
        if self.expected is None:
            return bounds
        point = self.base.checked.spread(self.expected[self.measure])
        return np.array([np.fmin(bounds[0], point), np.fmax(bounds[1], point)])

    def p_above(self, threshold: float = 0.0) -> Any:
        """Probability that the customer's value exceeds `threshold`: customer_id, p."""
        limit = FINITE.read(threshold, "threshold")
        blocks = (values for _, values in self.by_customer())
        (p,) = self._per_customer(blocks, lambda values: np.mean(values > limit, axis=1)[None], 1)
        return self._frame({"p": p})

    def p_top(self, *, k: int) -> Any:
        """Probability that the customer is among the `k` with the highest values: customer_id, p, which sums to `k`.

        Ties for the last places share them equally.
        """
        fifth = f"write k={max(len(self.base) // 5, 1)} for the top fifth of the buyers."
        k = WholeNumber(least=1, most=len(self.base)).read(k, "k", hint=fifth)
        top_counts = np.zeros(len(self.base))
        for values in self.by_draw():
            top_counts += top_shares(values[self.base.buyers], k)
        group = self.base.distinct_row
        by_row = np.bincount(group, weights=top_counts) / np.bincount(group)
        return self._frame({"p": self.base.checked.spread(by_row[group] / len(self))})

    def totals(self) -> Array:
        """The total over customers in each draw, (S,)."""
        return np.array([values.sum() for values in self.by_draw()])

    def expected_total(self, measure: Measure) -> float:
        """The total at the fitted parameters; where these cannot be scored, the mean over the posterior."""
        if self.expected is None:
            return float(self.without_level().measuring(measure).drawing("expectation").totals().mean())
        return total(self.expected[measure])

    def total(self, level: float = 0.9, *, backtest: CalibratesTotals | None = None) -> Any:
        """The total over customers at the fitted parameters, with quantiles of the summed draws.

        Where the mean of the drawn expectations differs by more than 3 % (and by more than the chance of so
        many draws), the data leave the total open, and a second row shows that mean.

        Args:
            level: of the interval, between 0 and 1.
            backtest: the result of `kk.Backtest(...).run(transactions)` for the same models. The frame then has a row
                more and the columns measure, basis, factor, expected, low, high, note. The row "calibrated" is the row
                "model alone" times the calibration factor, with the interval widened in quadrature by the spread of
                the factor between origins (t quantile x spread on the log scale; missing for a single origin).

        Returns:
            measure, expected (the sum of `score`), low, high (with `expected` between them), note.

        Raises:
            DataError: an invalid level, or a backtest of other models.
        """
        level = LEVEL.read(level, "level")
        totals, expected = self.totals(), self.expected_total(self.measure)
        low, high = interval_around(expected, totals, level)
        mean, error = mean_and_error(self.without_level().drawing("expectation").totals())
        # the mean of a normal approximation is none of the posterior
        differs = "" if self.approximate else left_open(expected, mean=mean, error=error)
        extended = EXTENDED if expected in (low, high) and low < high else ""
        see = "" if self.level.origins else ": see kk.backtest"
        uncalibrated = f"{self.level.note}{see}{APPROXIMATE if self.approximate else ''}"
        note = in_one_line(uncalibrated, extended, *self.weaknesses, differs)
        row = {"expected": expected, "low": low, "high": high, "note": note}
        alone = {"measure": self.measure, "basis": "model alone", "factor": 1.0, **row}
        rows: list[dict[str, Any]] = [alone]
        if differs:
            rows.append({**alone, "basis": POSTERIOR_MEAN, "expected": mean, "note": f"{POSTERIOR_MEAN}; {note}"})
        if backtest is not None:
            if not is_a(backtest, CalibratesTotals):
                raise DataError.because(
                    f"`backtest` must be what kk.Backtest(...).run(transactions) gives, got {type(backtest).__name__}.",
                    hint="kk.backtest(...) gives the summary alone; write kk.Backtest(...).run(transactions).",
                )
            calibrated = backtest.calibrated_total(self, level=level)
            calibrated["note"] = in_one_line(str(calibrated["note"]), *self.weaknesses)
            rows.append({**alone, "basis": "calibrated", **calibrated})
        names = [*alone] if backtest is not None else ["measure", *row]
        return new_frame({name: [each[name] for each in rows] for name in names}, like=self.like)

    def _per_customer(self, blocks: Iterable[Array], statistic: Callable[[Array], Array], count: int) -> Array:
        """A `statistic`, `count` numbers, of each customer's draws, (count, all customers); NaN for prospects.

        `blocks` are the values of `by_customer`. The draws of customers with equal rows are pooled.
        """
        pooled = PooledStatistics(statistic, count, group=self.group)
        for values in blocks:
            pooled.add(values)
        return self.of_all(pooled.result)

    def of_all(self, values: Array) -> Array:
        """Values, (k, n), of the buyers in the order of the draws, for all customers, (k, N); NaN for prospects."""
        wide = np.full((len(values), len(self.base.summary)), np.nan)
        wide[:, self.base.buyers[self.order]] = values
        return wide

    def _frame(self, columns: dict[str, Array]) -> Any:
        return new_frame({"customer_id": self.base.summary["customer_id"], **columns}, like=self.like)
