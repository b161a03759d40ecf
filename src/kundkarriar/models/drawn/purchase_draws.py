"""Drawn purchases to come of customers: who buys in which draw, and on what day.

Draws are made in fixed tiles of customers x draws, each with its own random stream. Customers are ordered by distinct
row and, within one, by a stable hash of their id. So the order of rows changes no purchase, and a tile is all that is
ever in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeAlias

import numpy as np
from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional
from numpy.random import Generator

from kundkarriar.arguments import COUNT, DRAWS, NOT_NEGATIVE, POSITIVE, SEED, read_seed
from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_ids import with_plain_ids
from kundkarriar.dates.period import DAYS, as_day, as_period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import NarrowFrame, distinct_values, narrow, new_frame
from kundkarriar.models.drawn.draw_order import draw_order
from kundkarriar.models.drawn.later_lives import BegunLives, LaterLives
from kundkarriar.models.drawn.parameter_draws import parameter_draws
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.models.interface.fitted_model import first_line
from kundkarriar.models.interface.protocols import DrawsPurchases, HasPosterior, ReadsSummary, able, needs_gaps
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.numerics.forecast.level_error import draw_levels
from kundkarriar.numerics.forecast.rate_drift import drift_factors
from kundkarriar.season.season import Season
from kundkarriar.season.season_clock import SeasonClock
from kundkarriar.season.warped_time import WarpedMonths
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows

TILE_CUSTOMERS = 4096
TILE_DRAWS = 100
"""Draws of ReturningNBD share tables: a hundred at once take a third of the time of ten times ten."""
PURCHASES_STREAM, AMOUNTS_STREAM, DRIFT_STREAM, FIRST_STREAM = 4, 5, 6, 11
"""Stream keys of dated purchases; `ValueDraws` has 0 to 2, the level 3, events and newcomers 7 to 10, and the law of
first purchases 12."""
NEED = "draw_purchases"
TINY = 1e-9
"""Relative rounding errors of warped time."""

Treatments: TypeAlias = Callable[[Whole, slice], Sequence[Treatment]] | Sequence[Treatment]


@frozen(kw_only=True, eq=False)
class DrawnWorld:
    """Drawn purchases of one tile, ordered by customer, then draw, then time, as usual or under a treatment.

    Attributes:
        row: customer of each purchase, a place in the tile, (m,).
        draw: draw of each purchase, a place in the tile, (m,).
        time: time of each purchase in calendar periods from now, (m,).
        day: its day, counted from the last day of the summary: 1 is the next day, (m,).
        active: from edges of time in calendar periods, (k + 1,), to the time that each customer is active between them
            in each draw, (customers, draws, k). Under a season it counts from the start of each span on.
        amount: spend net of returns of each purchase, (m,); None where the draws have no amounts.
    """

    row: Whole
    draw: Whole
    time: Array
    day: Whole
    active: Callable[[Array], Array]
    amount: Array | None = None


class PricesPurchases(Protocol):
    """Draws the amounts of drawn purchases."""

    def of_worlds(
        self, rows: Whole, draws: slice, worlds: Sequence[DatedPurchases], generator: Generator
    ) -> tuple[Array, ...]:
        """The amount of each purchase of each world, (m,) each, of the buyers at `rows` of the checked ones."""


@frozen(kw_only=True, eq=False)
class DrawnTile:
    """Drawn purchases of some customers in some draws.

    Attributes:
        at: rows of the customers in the summary, (customers,).
        draws: the draws, a slice of all.
        worlds: their purchases as usual, then under each treatment.
    """

    at: Whole
    draws: slice
    worlds: tuple[DrawnWorld, ...]


def able_to_date(_: object, __: Attribute[Any], model: Any) -> None:
    """Attrs validator of a fitted model: its purchases can be drawn with their dates."""
    refuse_undatable(model)


def refuse_undatable(model: Any) -> None:
    """Refuse a fitted model that cannot draw dated purchases, with a CapabilityError."""
    for ability in (DrawsPurchases, HasPosterior):
        if not able(model, ability):
            raise CapabilityError.because(
                f"{type(model).__name__} cannot date purchases to come: it lacks {ability.__name__}.",
                hint="kk.MBGNBD, kk.ParetoNBD, kk.ReturningNBD and their kk.ModelAverage can.",
            )


@frozen(kw_only=True, eq=False)
class PurchaseDraws:
    """Drawn purchases to come, with their dates, of `fitted.draw_purchases`; each reading makes the same draws again.

    Within a draw all customers share one parameter vector: so totals are summed draw by draw.

    Attributes:
        purchases: the fitted model.
        posterior: its parameter draws.
        checked: the customers who bought.
        like: a frame with their `customer_id`, of the kind to return.
        entropy: seed of the random streams.
        horizon: in calendar periods of the model.
        level_sd: standard deviation of the log of the level, one factor a draw on all purchase rates; 0 for none.
        clock: the clock of warped time; None for calendar time.
        drift: standard deviation of the log of a customer's purchase rate after one year of a random walk.
        amounts: draws amounts of purchases; None for none.
        later: when customers who have not bought yet first buy: their purchases are those of a life that begins then.
            None: of customers who have bought.
        first_block: number of the first block of customers in the random streams: customers who are drawn beside
            others with the same seed, and so the same parameters and level, begin after these.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> drawn = kk.MBGNBD().fit(summary).draw_purchases(summary, horizon="6M", draws=20, seed=1)
    >>> list(drawn.frame().columns)
    ['customer_id', 'draw', 'day']
    """

    purchases: Any = field(validator=able_to_date, repr=first_line)
    posterior: Posterior = field(validator=instance_of(Posterior), repr=lambda drawn: f"{len(drawn):,} draws")
    checked: CheckedSummary = field(repr=False)
    like: Any = field(repr=False)
    entropy: int = field(validator=SEED)
    horizon: float = field(validator=POSITIVE)
    level_sd: float = field(default=0.0, validator=NOT_NEGATIVE)
    clock: SeasonClock | None = field(default=None, validator=optional(instance_of(SeasonClock)))
    drift: float = field(default=0.0, validator=NOT_NEGATIVE)
    amounts: PricesPurchases | None = field(default=None, repr=False)
    later: LaterLives | None = field(default=None, repr=False)
    first_block: int = field(default=0, validator=COUNT, repr=False)
    order: Whole = field(init=False, repr=False)

    @order.default
    def _order(self) -> Whole:
        return draw_order(narrow(self.like, need=NEED), self.checked, need=NEED)

    @classmethod
    def of(
        cls,
        model: Any,
        summary: Any,
        *,
        horizon: Any = "12M",
        draws: int = 200,
        seed: int | np.integer[Any] | Generator = 1,
        customers: Any = None,
        level_sd: float = 0.0,
        need: str = NEED,
    ) -> PurchaseDraws:
        """Draws of a fitted model, a user's own too, that can date purchases; see `draw_purchases` of models.

        Parameters are drawn as `kk.FittedValueScorer.draw` draws them: draw s of one seed has the same. Parameters that
        were given are the same in every draw.

        Raises:
            CapabilityError: the model cannot date purchases.
            DataError: fewer than 1 draw, an invalid horizon, seed or summary.
        """
        span = as_period(horizon, name="horizon").within_calendar()
        drawn, entropy = DRAWS.read(draws, "draws"), read_seed(seed)
        refuse_undatable(model)
        wide = with_plain_ids(narrow(summary, need=need), need=need)
        if isinstance(model, ReadsSummary):
            checked = model.read(wide, customers=customers, need=need)
        else:
            checked = read_purchase_rows(wide, need=need, period=model.period, gaps=needs_gaps(model))
        return cls(
            purchases=model,
            posterior=parameter_draws(model, draws=drawn, generator=np.random.default_rng([entropy, 1])),
            checked=checked,
            like=wide.select("customer_id").to_native(),
            entropy=entropy,
            horizon=span.in_units(model.period),
            level_sd=level_sd,
            clock=clock_of(wide, checked, need=need),
        )

    def __len__(self) -> int:
        return len(self.posterior)

    @property
    def levels(self) -> Array:
        """The factor of the level in each draw, (S,)."""
        return draw_levels(entropy=self.entropy, draws=len(self), sd=self.level_sd)

    def tiles(self, treatments: Treatments = ()) -> Iterator[DrawnTile]:
        """Iterate over tiles of customers x draws, all draws of a block of customers one after another.

        Args:
            treatments: factors on the process of treated customers, for all rows of the summary and all draws, with
                edges in calendar periods; or a function that gives them from the rows and the draws of a tile.
        """
        for number in range(self.blocks):
            yield from self.block(number, treatments)

    @property
    def blocks(self) -> int:
        """Number of blocks of customers."""
        return -(-len(self.order) // TILE_CUSTOMERS)

    def block(self, number: int, treatments: Treatments = ()) -> Iterator[DrawnTile]:
        """The tiles of one block of customers, with all their draws; blocks may be drawn on several threads."""
        block = self.order[number * TILE_CUSTOMERS : (number + 1) * TILE_CUSTOMERS]
        rows, at = self.checked.rows.at(block), self.checked.position[block]
        for start in range(0, len(self), TILE_DRAWS):
            draws = slice(start, min(start + TILE_DRAWS, len(self)))
            given = treatments(at, draws) if callable(treatments) else [_cut(each, at, draws) for each in treatments]
            stream = partial(self._stream, number, start // TILE_DRAWS)
            worlds = self.purchases.draw_dated(
                rows,
                posterior=self.posterior.some(draws),
                horizon=self.clock.warped(self.horizon) if self.clock else self.horizon,
                generator=stream(PURCHASES_STREAM),
                level=self._level(stream(DRIFT_STREAM), len(block), draws),
                treatments=[] if self.later else [self._warped(each) for each in given],
            )
            begun: Sequence[BegunLives] = ()
            if self.later is not None:
                acting = [(each.treated, each.edges, each.first) for each in given]
                begun = self.later.begun(block, draws, worlds[0], treatments=acting, generator=stream(FIRST_STREAM))
                worlds = tuple(each.life for each in begun)
            amounts: Sequence[Array | None] = (None,) * len(worlds)
            if self.amounts is not None:
                amounts = self.amounts.of_worlds(block, draws, worlds, stream(AMOUNTS_STREAM))
            if begun:
                worlds = tuple(each.from_now() for each in begun)
            yield DrawnTile(at=at, draws=draws, worlds=tuple(map(self._dated, worlds, amounts)))

    def _stream(self, of_customers: int, of_draws: int, kind: int) -> Generator:
        """The random stream of one kind of a tile, which depends on tile and seed only."""
        return np.random.default_rng(
            np.random.SeedSequence(self.entropy, spawn_key=(kind, self.first_block + of_customers, of_draws))
        )

    def _level(self, stream: Generator, customers: int, draws: slice) -> Array:
        """The factor on purchase rates in some draws, (S,); of each customer too where rates drift, (n, S)."""
        levels = self.levels[draws]
        if self.drift == 0:
            return levels
        years = self.horizon * DAYS[self.purchases.period] / DAYS["Y"]
        return levels * drift_factors(stream, (customers, len(levels)), drift=self.drift, years=years)

    def frame(self) -> Any:
        """All purchases: customer_id, draw (0, 1, ...) and day (days after the last day of the summary, from 1).

        Draws of a scorer with a spend model have the column amount: spend net of returns. Rows are in the order of the
        summary, then of draws, then of days. A draw of a customer without a purchase has no row.
        """
        nothing = np.empty(0, dtype=np.int64)
        parts = [(nothing, nothing, nothing, np.empty(0))]
        for tile in self.tiles():
            (usual,) = tile.worlds
            amount = np.empty(0) if usual.amount is None else usual.amount
            parts.append((tile.at[usual.row], usual.draw + tile.draws.start, usual.day, amount))
        at, draw, day, amount = map(np.concatenate, zip(*parts, strict=True))
        order = np.argsort(at * len(self) + draw, kind="stable")  # days of a draw are in order already
        ids = narrow(self.like, need=NEED)["customer_id"]
        columns: dict[str, Any] = {"customer_id": ids[at[order]], "draw": draw[order], "day": day[order]}
        if self.amounts is not None:
            columns["amount"] = amount[order]
        return new_frame(columns, like=self.like)

    def _warped(self, treatment: Treatment) -> Treatment:
        """A treatment whose segments are in the model's time."""
        if self.clock is None:
            return treatment
        edges = np.minimum(np.asarray(treatment.edges, dtype=np.float64), self.horizon)
        return evolve(treatment, edges=self.clock.months(self.horizon).warped_at(edges))

    def _dated(self, world: DatedPurchases, amount: Array | None) -> DrawnWorld:
        """The purchases with their calendar time and day."""
        time, active = world.time, world.active
        if self.clock is not None:
            months = self.clock.months(self.horizon)
            time = months.time_at(time)

            def active(edges: Array) -> Array:
                return _calendar_active(world.active, edges=edges, months=months)

        days = np.maximum(np.ceil(time * DAYS[self.purchases.period]), 1).astype(np.int64)
        return DrawnWorld(row=world.row, draw=world.draw, time=time, day=days, active=active, amount=amount)


def clock_of(summary: NarrowFrame, checked: CheckedSummary, *, need: str) -> SeasonClock | None:
    """The clock of a warped summary, by the season that it names; None for calendar time."""
    if checked.season is None:
        return None
    days = sorted({str(as_day(value, name="as_of")) for value in distinct_values(summary["as_of"])})
    if len(days) != 1:
        raise DataError.because(
            f"{need} needs a summary of one day, found {days[:3]} in `as_of`.",
            hint="kk.summarize(transactions, as_of=..., season=season) for all customers together.",
        )
    season = Season(index=[float(each) for each in checked.season.split(" ")])
    return SeasonClock(season=season, as_of=days[0], period=checked.period)


def _calendar_active(active: Callable[[Array], Array], *, edges: Array, months: WarpedMonths) -> Array:
    """Time active between `edges` in calendar time, from that in warped time.

    It counts from the start of each span on. In closed months a customer is active who is so at their end.
    """
    warped = months.warped_at(np.minimum(edges, months.end))
    given, length = active(warped), np.diff(warped)
    spent = np.clip(months.time_at(warped[:-1] + given), edges[:-1], edges[1:]) - edges[:-1]
    whole = given >= length * (1 - TINY)
    for span in np.flatnonzero(length == 0):
        instant = warped[span] + np.array([0.0, TINY * months.warped_end])
        if instant[1] > months.warped_end:
            instant = instant - TINY * months.warped_end
        whole[:, :, span] = active(instant)[:, :, 0] > 0
    return np.where(whole, np.diff(edges), np.where(given > 0, spent, 0.0))


def _cut(treatment: Treatment, at: Whole, draws: slice) -> Treatment:
    """A treatment of all rows and draws, of one tile."""
    treated: Mask = treatment.treated[at]
    factors = {name: getattr(treatment, name)[:, draws] for name in ("leaving", "returning", "purchases")}
    if treatment.first is not None:
        factors["first"] = treatment.first[:, draws]
    return evolve(treatment, treated=treated, **factors)
