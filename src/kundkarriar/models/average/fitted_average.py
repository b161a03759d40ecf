"""`FittedModelAverage`: the mixture of the distributions of several fitted purchase models."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import evolve, field, fields_dict, frozen
from numpy.random import Generator

from kundkarriar.arguments import as_tuple, read_generator, read_names
from kundkarriar.arrays import Array
from kundkarriar.engines.frame_kinds import PANDAS, OwnFrame, frame_of_kind
from kundkarriar.errors import CapabilityError
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.frames import FrameT, add_columns, narrow
from kundkarriar.models.average.average_at_draw import AverageAtDraw
from kundkarriar.models.average.average_fields import (
    any_needs_gaps,
    as_weights,
    covariate_width,
    labels,
    members_of_one_base,
    sentences,
    weight_of_each,
)
from kundkarriar.models.average.member_weaknesses import member_boundary, member_weaknesses
from kundkarriar.models.average.mixed_posterior import draws_by_member, mixed_posterior
from kundkarriar.models.average.mixed_purchases import in_draws, mixed_purchases
from kundkarriar.models.average.mixed_residual import mixed_residual
from kundkarriar.models.average.stored_members import SINGLE_MODEL
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.models.drift.drift_check import DriftCheck, drift_check
from kundkarriar.models.interface.argument_checks import AFTER, FURTHER_COLUMN, UP_TO
from kundkarriar.models.interface.columns_read import average_columns
from kundkarriar.models.interface.dated_purchases import DatedPurchases, Treatment
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.futures import FUTURE_PARTS, Ahead, FutureDraws, ResidualExpectation
from kundkarriar.models.interface.predictions import answered_columns
from kundkarriar.models.interface.protocols import ReadsSummary, SimulatesBoth, needs_gaps, residuals_of
from kundkarriar.models.uncertainty.estimates import stacked
from kundkarriar.models.uncertainty.posterior import Posterior
from kundkarriar.models.uncertainty.priors import WeakPrior
from kundkarriar.numerics.increments.course import Course, CourseDifference
from kundkarriar.numerics.special.bisection import LONGEST, median_time
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import list_of, written
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.lazy.row_by_row import row_by_row
from kundkarriar.summaries.purchase_rows import PurchaseRows


@frozen(kw_only=True, repr=False)
class FittedModelAverage(Stored):
    """Several fitted purchase models, and the mixture of their distributions.

    Each customer follows one of the members, the same for all customers: which one is not known, and its probability is
    the weight. So probabilities and expectations are weighted means, and what holds given alive is weighted by how
    probable it is under each member. A draw of the posterior draws a member, shared by all customers. An ability that
    a member lacks (discounting, counts, draws) the average lacks too.

    Attributes:
        members: the fitted models, of one unit of time, one season and one customer base.
        weights: the weight of each, from 0 to 1, in sum 1.
        left_out: of a default average, one sentence for each model that could not be fitted.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> average = kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())).fit(summary)
    >>> [round(float(each.predict(summary, horizon=39)["expected_purchases"].sum())) for each in average.members]
    [1577, 1666]
    >>> round(float(average.predict(summary, horizon=39)["expected_purchases"].sum()))
    1621
    """

    members: tuple[Any, ...] = field(validator=members_of_one_base, metadata=written(list_of(SINGLE_MODEL)))
    weights: tuple[float, ...] = field(converter=as_weights, validator=weight_of_each)
    left_out: tuple[str, ...] = field(default=(), converter=as_tuple, validator=sentences)

    def __repr__(self) -> str:
        """The members with their weights."""
        shares = ", ".join(
            f"{weight:.3g} {label}" for weight, label in zip(self.weights, labels(self.members), strict=True)
        )
        return "\n".join([f"FittedModelAverage({shares})", *map(repr, self.members), *self.left_out])

    @property
    def period(self) -> str:
        """The unit of `recency`, `T` and horizons: "D", "W", "M" or "Y"."""
        return str(self.members[0].period)

    @property
    def needs_gaps(self) -> bool:
        """Whether a member reads the column `gaps` of a summary, from `kk.summarize(..., gaps=True)`."""
        return any_needs_gaps(self.members)

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes results doubtful, one sentence each with the members that it holds for."""
        return (*member_weaknesses(self.members), *self.left_out)

    @property
    def boundary(self) -> str | None:
        """None, or what the data do not identify in the members, where no other member describes it."""
        return member_boundary(self.members)

    @property
    def frame_kind(self) -> str:
        """The kind of frame that the members were fitted to, and that tables of the average are of."""
        return next((each.frame_kind for each in self.members if isinstance(each, FittedModel)), PANDAS)

    def estimates(self, *, level: float = 0.95) -> OwnFrame:
        """The parameters of the members, with standard errors and confidence intervals as each member gives them.

        Returns:
            model, weight, parameter, estimate, std_error, low, high; one row per member and parameter.
        """
        tables = []
        for place, label in enumerate(labels(self.members)):
            table = narrow(self._ask(place, "estimates")(level=level), need="ModelAverage.estimates")
            same = {"model": [label] * len(table), "weight": [self.weights[place]] * len(table)}
            tables.append({**same, **{name: table[name].to_list() for name in table.columns}})
        return frame_of_kind(stacked(tables), self.frame_kind)

    def read(self, summary: Any, *, customers: Any = None, need: str | None = None) -> CheckedSummary:
        """The checked rows of a summary, with all columns that the members need; covariates side by side."""
        caller = need or "ModelAverage.read"
        tables = [
            model.read(summary, customers=customers, need=caller)
            if isinstance(model, ReadsSummary)
            else read_purchase_rows(summary, need=caller, period=self.period, gaps=needs_gaps(model))
            for model in self.members
        ]
        for model, table in zip(self.members, tables, strict=True):
            if table.rows.covariates.shape[1] != covariate_width(model):
                raise CapabilityError.because(
                    f"{caller}: {type(model).__name__} reads covariates of its own, which an average cannot tell from "
                    "those of its other models.",
                    hint="average kundkarriar's own models: kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())).",
                )
        whole: CheckedSummary = next((each for each in tables if each.rows.gaps is not None), tables[0])
        covariates = np.hstack([each.rows.covariates for each in tables])
        return evolve(whole, rows=evolve(whole.rows, covariates=covariates))

    @row_by_row(average_columns)
    def predict(
        self, summary: FrameT, *, horizon: float, customers: Any = None, after: float = 0.0, also: Iterable[str] = ()
    ) -> FrameT:
        """Add each customer's probability of being alive and expected purchases.

        Arguments, columns and errors are as of every purchase model, see `kk.MBGNBD().fit(summary).predict`; `after`
        and `also` need members that take them.
        """
        wanted: tuple[str, ...] = read_names(also, "also", law=FURTHER_COLUMN)
        plain: tuple[str, ...] = tuple(name for name in wanted if name != "log_p_alive")
        given = {"horizon": horizon} | ({"after": after} if AFTER.read(after, "after") else {})
        named = ("p_alive", "expected_purchases", *plain)
        columns = self._mixed("predict", summary, named, customers, given | ({"also": plain} if plain else {}))
        if "log_p_alive" in wanted:
            logs = self._columns("predict", summary, ("log_p_alive",), customers, given | {"also": ("log_p_alive",)})
            shares = np.log(np.maximum(self.weights, np.finfo(float).tiny))
            columns["log_p_alive"] = np.logaddexp.reduce(shares[:, None] + [each["log_p_alive"] for each in logs])
        return add_columns(summary, {name: columns[name] for name in ("p_alive", "expected_purchases", *wanted)})

    @row_by_row(average_columns)
    def discounted(
        self, summary: FrameT, *, discount_rate: float, horizon: float = math.inf, customers: Any = None
    ) -> FrameT:
        """Add `p_alive` and `discounted_purchases`, as of every purchase model."""
        given = {"discount_rate": discount_rate, "horizon": horizon}
        names = ("p_alive", "discounted_purchases")
        return add_columns(summary, self._mixed("discounted", summary, names, customers, given))

    @row_by_row(average_columns)
    def purchase_counts(
        self, summary: FrameT, *, horizon: float, up_to: int = 10, customers: Any = None, after: float = 0.0
    ) -> FrameT:
        """Add the probability of each number of purchases, as of every purchase model: `p_0`, ... and `p_more`."""
        most: int = UP_TO.read(up_to, "up_to")
        names = (*(f"p_{count}" for count in range(most + 1)), "p_more")
        given = {"horizon": horizon, "up_to": most} | ({"after": after} if AFTER.read(after, "after") else {})
        return add_columns(summary, self._mixed("purchase_counts", summary, names, customers, given))

    @row_by_row(average_columns)
    def next_purchase(self, summary: FrameT, *, by: float, customers: Any = None) -> FrameT:
        """Add `p_next_purchase` and `next_purchase_median`, as of every purchase model."""
        columns = self._mixed("next_purchase", summary, ("p_next_purchase",), customers, {"by": by})
        checked = self.read(summary, customers=customers, need="ModelAverage.next_purchase")
        columns["next_purchase_median"] = checked.spread(self._medians(checked.rows))
        return add_columns(summary, columns)

    def _medians(self, rows: PurchaseRows) -> Array:
        """The median time to the next purchase of each row under the mixture, (n,); infinite where below 1/2 ever."""
        distinct = rows.distinct(period=self.period)

        def bought(some: PurchaseRows, time: Any) -> Array:
            return self._mean([self._ask(place, "p_purchase_within")(own, time) for place, own in self._rows(some)])

        median = np.full(len(distinct.rows), np.inf)
        ever = np.flatnonzero(bought(distinct.rows, LONGEST) >= 0.5)
        among = distinct.rows.at(ever)
        median[ever] = median_time(lambda time: bought(among, time), n=len(ever))
        return median[distinct.inverse]

    def new_customer(self, horizon: float, *, profile: Mapping[str, Any] | None = None) -> float:
        """Expected repeat purchases of a new customer within `horizon` periods after the first purchase."""
        given = {} if profile is None else {"profile": profile}
        expected = [self._ask(place, "new_customer")(horizon, **given) for place in range(len(self.members))]
        return float(np.dot(self.weights, expected))

    def new_customer_counts(
        self, horizon: float, *, up_to: int = 10, profile: Mapping[str, Any] | None = None
    ) -> OwnFrame:
        """The distribution of a new customer's repeat purchases: purchases (0, 1, ..., `up_to`) and probability."""
        given: dict[str, Any] = {"up_to": up_to} | ({} if profile is None else {"profile": profile})
        tables = [self._ask(place, "new_customer_counts")(horizon, **given) for place in range(len(self.members))]
        probability = self._mean([table["probability"].to_numpy() for table in tables])
        return frame_of_kind({"purchases": np.arange(len(probability)), "probability": probability}, self.frame_kind)

    def drift_check(self, summary: Any, *, as_of: Any = None, customers: Any = None, seed: int = 1) -> DriftCheck:
        """Hold the average against what its customers bought since it was fitted, as every model of repeat buying."""
        return drift_check(self, summary, as_of=as_of, customers=customers, seed=seed, need="ModelAverage.drift_check")

    def posterior(
        self,
        *,
        draws: int = 4000,
        seed: int | Generator,
        prior: WeakPrior = WeakPrior(),  # noqa: B008 - frozen
    ) -> Posterior:
        """Draws of `member`, its place from 0, and of the parameters of all members by name, as "MBGNBD: r".

        Arguments and errors are those of every fitted model.
        """
        generator = read_generator(seed)
        given: dict[str, Any] = {"draws": draws, "seed": generator, "prior": prior}
        drawn = [self._ask(place, "posterior")(**given) for place, _ in enumerate(self.members)]
        mixed = mixed_posterior(drawn, labels=labels(self.members), weights=self.weights, generator=generator)
        return evolve(mixed, frame_kind=self.frame_kind)

    def residual(self, rows: PurchaseRows, *, horizon: float, discount_rate: float) -> ResidualExpectation:
        """Expected purchases and time alive of each row, apart for who is alive now and who is not; see `Discounts`."""
        return self.residuals(rows, ahead=((horizon, discount_rate),))[0]

    def residuals(self, rows: PurchaseRows, *, ahead: Ahead) -> tuple[ResidualExpectation, ...]:
        """What `residual` gives for several horizons and discount rates; see `DiscountsTogether`."""
        own_rows = [(self.members[place], own) for place, own in self._rows(rows) if self._ask(place, "residual")]
        by_member = [residuals_of(model, own, ahead=ahead) for model, own in own_rows]
        return tuple(mixed_residual(parts, weights=self.weights) for parts in zip(*by_member, strict=True))

    @property
    def moved_by(self) -> frozenset[str]:
        """On what of the process of a member effects act, beside purchases; see `ForeseesTreatment`."""
        return frozenset().union(*(attribute_of(model, "moved_by") or () for model in self.members))

    def treated_changes(self, rows: PurchaseRows, *, courses: Sequence[Course]) -> tuple[CourseDifference, ...]:
        """What each course changes in each row's expected purchases and time active: the members' weighted mean."""
        by_member = [self._ask(place, "treated_changes")(own, courses=courses) for place, own in self._rows(rows)]
        return tuple(
            CourseDifference(
                **{name: self._mean([getattr(each, name) for each in parts]) for name in fields_dict(CourseDifference)}
            )
            for parts in zip(*by_member, strict=True)
        )

    def at_draw(self, posterior: Posterior, draw: int) -> AverageAtDraw:
        """The member of one draw of `posterior`, at its parameters; see `TakesDraw`."""
        ((place, _, own),) = draws_by_member(posterior.some(slice(draw, draw + 1)), labels=labels(self.members))
        widths = [covariate_width(model) for model in self.members]
        columns = slice(sum(widths[:place]), sum(widths[: place + 1]))
        return AverageAtDraw(member=self._ask(place, "at_draw")(own, 0), columns=columns)

    def draw_outcomes(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Draws of realised futures, one column per draw of `posterior`, each by its member; see `Simulates`."""
        given = {"horizon": horizon, "discount_rate": discount_rate}
        return self._drawn(("draw_outcomes",), rows, posterior, given, generator)[0]

    def draw_expectations(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> FutureDraws:
        """Expected futures given drawn latent states, one column per draw of `posterior`; see `Simulates`."""
        given = {"horizon": horizon, "discount_rate": discount_rate}
        return self._drawn(("draw_expectations",), rows, posterior, given, generator)[0]

    def draw_futures(
        self, rows: PurchaseRows, *, posterior: Posterior, horizon: float, discount_rate: float, generator: Generator
    ) -> tuple[FutureDraws, FutureDraws]:
        """What `draw_outcomes` gives, and the expected futures given the same drawn latent states."""
        given = {"horizon": horizon, "discount_rate": discount_rate}
        outcomes, expected = self._drawn(("draw_outcomes", "draw_expectations"), rows, posterior, given, generator)
        return outcomes, expected

    def draw_purchases(
        self,
        summary: Any,
        *,
        horizon: str = "12M",
        draws: int = 200,
        seed: int | np.integer[Any] | Generator = 1,
        customers: Any = None,
    ) -> PurchaseDraws:
        """Draw customers' purchases to come with their days, each draw by its member, as of every purchase model."""
        given: dict[str, Any] = {"horizon": horizon, "draws": draws, "seed": seed, "customers": customers}
        return PurchaseDraws.of(self, summary, **given, need="ModelAverage.draw_purchases")

    def draw_dated(
        self,
        rows: PurchaseRows,
        *,
        posterior: Posterior,
        horizon: float,
        generator: Generator,
        level: Array,
        treatments: Sequence[Treatment] = (),
    ) -> tuple[DatedPurchases, ...]:
        """Purchases of each row as usual and under treatments, each draw by its member; see `DrawsPurchases`."""
        own_rows, parts = dict(self._rows(rows)), []
        draw_each = [self._ask(place, "draw_dated") for place in range(len(self.members))]
        seeds = read_generator(generator).integers(2**63, size=len(self.members))
        for place, at, own in draws_by_member(posterior, labels=labels(self.members)):
            worlds = draw_each[place](
                own_rows[place],
                posterior=own,
                horizon=horizon,
                generator=np.random.default_rng(seeds[place]),
                level=level[..., at],
                treatments=[in_draws(each, at) for each in treatments],
            )
            parts.append([(at, world) for world in worlds])
        return tuple(mixed_purchases(each, n=len(rows), draws=len(posterior)) for each in zip(*parts, strict=True))

    def _drawn(
        self, methods: tuple[str, ...], rows: PurchaseRows, posterior: Posterior, given: Any, generator: Generator
    ) -> list[FutureDraws]:
        """What each of `methods` draws, of one stream for each member: they share every member's latent states."""
        wholes = [{name: np.empty((len(rows), len(posterior))) for name in FUTURE_PARTS} for _ in methods]
        own_rows = dict(self._rows(rows))
        seeds = read_generator(generator).integers(2**63, size=len(self.members))
        for place, at, own in draws_by_member(posterior, labels=labels(self.members)):
            both = len(methods) == 2 and is_a(self.members[place], SimulatesBoth)
            found = [
                self._ask(place, method)(
                    own_rows[place], posterior=own, generator=np.random.default_rng(seeds[place]), **given
                )
                for method in (("draw_futures",) if both else methods)
            ]
            for whole, drawn in zip(wholes, found[0] if both else found, strict=True):
                for name, values in whole.items():
                    values[:, at] = getattr(drawn, name)
        return [FutureDraws(**whole) for whole in wholes]

    def _rows(self, rows: PurchaseRows) -> Iterator[tuple[int, PurchaseRows]]:
        """The place of each member, and the rows with its own covariates."""
        widths = [covariate_width(model) for model in self.members]
        ends = np.cumsum(widths)
        for place, (end, width) in enumerate(zip(ends, widths, strict=True)):
            yield place, evolve(rows, covariates=rows.covariates[:, end - width : end])

    def _ask(self, place: int, method: str) -> Any:
        """A method of a member; a CapabilityError where it has none."""
        found = attribute_of(self.members[place], method)
        if not callable(found):
            raise CapabilityError.because(
                f"an average can do what all its models can, and {labels(self.members)[place]} lacks `{method}`.",
                hint="leave that model out, or ask another member: fitted.members[0].",
            )
        return found

    def _columns(
        self, method: str, summary: Any, names: Sequence[str], customers: Any, given: Mapping[str, Any]
    ) -> list[dict[str, Array]]:
        """The columns `names` that a method of each member adds to `summary`, (N,) each."""
        table = narrow(summary, need=f"ModelAverage.{method}")
        ids = table["customer_id"].to_list() if "customer_id" in table.columns else range(len(table))
        known = self.read(summary, customers=customers, need=f"ModelAverage.{method}").position
        found = []
        for place, model in enumerate(self.members):
            extra = {"customers": customers} if customers is not None and isinstance(model, ReadsSummary) else {}
            answer = self._ask(place, method)(summary, **given, **extra)
            of = f"{type(model).__name__}.{method}"
            columns = answered_columns(answer, names, of=of, ids=ids, known=known)
            found.append(dict(zip(names, columns, strict=True)))
        return found

    def _mixed(
        self, method: str, summary: Any, names: Sequence[str], customers: Any, given: Mapping[str, Any]
    ) -> dict[str, Array]:
        """The weighted means of the columns `names` that a method of each member adds to `summary`, (N,) each."""
        by_member = self._columns(method, summary, names, customers, given)
        return {name: self._mean([each[name] for each in by_member]) for name in names}

    def _mean(self, values: Sequence[Array]) -> Array:
        """The weighted mean of values of each member, (n,)."""
        return np.tensordot(np.asarray(self.weights), np.array(values), axes=1)
