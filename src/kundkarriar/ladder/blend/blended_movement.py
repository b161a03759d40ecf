"""Blend of movements: spec, whose weights are learnt before an origin, and fitted movement."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, field, frozen

from kundkarriar.arguments import COUNT_FROM_1, MOST, as_tuple, refusal
from kundkarriar.arrays import Array
from kundkarriar.engines.frame_kinds import kind_field, kind_of_frame
from kundkarriar.errors import DataError, KundkarriarError, collected, law_and_hint, warn
from kundkarriar.fields import Shaped, as_floats, instance_of
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.ladder.backtest.outcome import Outcome
from kundkarriar.ladder.backtest.rung_forecast import rung_probabilities
from kundkarriar.ladder.blend.blended_forecast import BlendedForecast
from kundkarriar.ladder.blend.blended_parts import NEED, PART, own_columns, several_specs
from kundkarriar.ladder.fitted_fields import refuse_disagreement
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.process import history_of
from kundkarriar.ladder.months_ahead import months_of
from kundkarriar.ladder.movement.forgotten import collected_where_judged
from kundkarriar.ladder.movement.movement import FittedMovement
from kundkarriar.models.average.average_fields import labels
from kundkarriar.numerics.forecast.probability_scores import LEAST
from kundkarriar.numerics.forecast.stacking import stacking_weights
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import list_of, written

SHORTER = 'a span shorter than `origin`, as kk.BlendedMovement(parts=..., origin="1M"), or more data.'
BY_FIT = "kk.BlendedMovement(parts=...).fit(history) makes it, and what its to_dict() wrote reads back."


def _fitted_parts(owner: Any, attribute: Attribute[Any], parts: Any) -> None:
    if not (len(parts) == len(owner.spec.parts) and all(is_a(part, FittedMovement) for part in parts)):
        raise refusal(parts, attribute.name, law="a fitted movement for each part of the spec", hint=BY_FIT)


def _same(part: Any, other: Any) -> bool:
    return bool(part.equals(other) if callable(attribute_of(part, "equals")) else part == other)


def _whole_months(_: object, attribute: Attribute[Any], value: Any) -> None:
    months_of(value, name=attribute.name)


@frozen(kw_only=True)
class BlendedMovement(Stored):
    """A weighted mean of movements over rungs, such as chains and a microsimulation; `fit` learns the weights.

    Where rungs remember nothing, chains learn what is peculiar to single customers, and a process knows purchases day
    by day: the mean of both forecasts better than each. Every part is fitted to what was known at an earlier origin,
    and forecasts each customer's rung in the months since then. The weights maximise the mean log of the mixture's
    probability of what came (stacking); less than .001 counts as .001, as in `kk.backtest_movement`. The parts are then
    fitted again, to everything. So weights are never learnt on what they are judged by.

    Attributes:
        parts: specs of movements, at least two; their covariates are columns of the customers of the history.
        origin: the span before the last day of a history at which the parts are judged, whole months ("6M").
        horizon: the months that are forecast from there ("6M"); those that the history does not have are left out.

    >>> import kundkarriar as kk
    >>> month = kk.column("purchase_days_1M")
    >>> rungs = (kk.Rung(name="none", when=month <= 0), kk.Rung(name="some", when=month >= 1))
    >>> ladder = kk.CustomerLadder(rungs=rungs, lapse=None)
    >>> history = ladder.history(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> chains, micro = kk.ChainMixture(chains=2, mass=10, starts=1), kk.Microsimulation(process=kk.MBGNBD(), draws=50)
    >>> blend = BlendedMovement(parts=(chains, micro), origin="3M", horizon="3M").fit(history)
    >>> blend.weights().round(3)
                  part  weight  log_score
    0     ChainMixture   0.501     -0.234
    1  Microsimulation   0.499     -0.248
    """

    stored_as = "blended movement"
    parts: tuple[Any, ...] = field(converter=as_tuple, validator=several_specs, metadata=written(list_of(PART)))
    origin: str = field(default="6M", validator=_whole_months)
    horizon: str = field(default="6M", validator=_whole_months)

    def fit(self, history: LadderHistory[Any]) -> FittedBlendedMovement:
        """Fit the parts to what was known at the origin, weigh them, and fit them again to the whole history.

        Raises:
            CapabilityError: careers in place of a history; a part that forecasts other states than the rungs.
            DataError: the history is too short for the origin, or a part cannot be fitted.

        Warns:
            DataWarning: what the fits of the parts warn of, but for what chains forget, which the weights judge.
        """
        log_p = self._log_probabilities(history_of(history, need=f"{NEED}.fit"))
        with collected_where_judged(history) as told:
            parts = tuple(spec.fit(history, **own_columns(spec, history)) for spec in self.parts)
        for message in dict.fromkeys(told):
            warn(message)
        return self._weighted(history, parts, log_p)

    def weighted(self, history: LadderHistory[Any], *, parts: tuple[Any, ...]) -> FittedBlendedMovement:
        """Movements that were fitted to the whole history, with the weights of the specs.

        For parts that share what they were fitted to: a career has one process for values and rungs.
        """
        return self._weighted(history, parts, self._log_probabilities(history))

    def _weighted(self, history: LadderHistory[Any], parts: tuple[Any, ...], log_p: Array) -> FittedBlendedMovement:
        return FittedBlendedMovement(
            spec=self,
            parts=parts,
            shares=stacking_weights(log_p),
            log_scores=log_p.mean(axis=0),
            n_judged=len(log_p),
            frame_kind=kind_of_frame(history.like),
        )

    def _log_probabilities(self, history: LadderHistory[Any]) -> Array:
        """Log probability that each part gave to each customer's rung in each month since the origin, (rows, parts)."""
        try:
            with collected():  # events of customers who came later: nobody forecasts these
                past = history.before(self.origin)
        except KundkarriarError as error:
            raise DataError.because(f"{NEED}: {law_and_hint(error)[0]}", hint=SHORTER) from error
        day = past.facts_as_of.as_of
        panel = history.panel(rungs=[rung.name for rung in history.rungs])
        outcome = Outcome.of(panel, date=day, months=months_of(self.horizon))
        came = outcome.came
        customer, month = np.nonzero(came >= 0)
        if not len(customer):
            raise DataError.because(
                f"{NEED} judges its parts by what came after {day}, and nobody was known by then who has a whole month "
                f"since, up to {history.as_of}.",
                hint=SHORTER,
            )
        told = []
        for name, spec in zip(labels(self.parts), self.parts, strict=True):
            who = f"{NEED}, {name} as of {day}"
            with collected_where_judged(past) as warned:
                p = _probabilities(spec, past, outcome, who=who)
            for message in dict.fromkeys(warned):
                warn(f"{who}: {message}")
            told.append(np.log(np.clip(p[customer, month, came[customer, month]], LEAST, 1.0)))
        return np.stack(told, axis=1)


@frozen(kw_only=True, eq=False, repr=False)
class FittedBlendedMovement(BlendedForecast, Stored):
    """Fitted movements with weights that they earned before.

    Attributes:
        spec: the spec that was fitted.
        parts: the fitted movements, in its order.
        shares: the weight of each, in sum 1.
        log_scores: the mean log probability that each gave to the rungs that came after the origin.
        n_judged: number of customers times months that came.
        frame_kind: the kind of frame of the history, which `weights` gives; not compared.

    >>> import kundkarriar as kk
    >>> history = kk.CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1997-12-31")
    >>> few, many = (kk.Microsimulation(process=each, draws=50) for each in (kk.NBD(), kk.MBGNBD()))
    >>> kk.BlendedMovement(parts=(few, many), origin="3M", horizon="3M").fit(history)
    FittedBlendedMovement(Microsimulation 0.21, Microsimulation 2 0.79, by 7,071 months of customers)
    """

    stored_as = "fitted blended movement"
    spec: BlendedMovement = field(validator=instance_of(BlendedMovement))
    parts: tuple[Any, ...] = field(converter=as_tuple, validator=_fitted_parts, metadata=written(list_of(PART)))
    shares: Array = field(converter=as_floats, validator=Shaped(shape="K", least=0, sums_to_1=True))
    log_scores: Array = field(converter=as_floats, validator=Shaped(shape="K", least=-MOST, most=0))
    n_judged: int = field(validator=COUNT_FROM_1)
    frame_kind: str = kind_field()

    def __attrs_post_init__(self) -> None:
        """Refuse weights or scores of another number of parts."""
        K = len(self.parts)
        refuse_disagreement(("shares", "parts", len(self.shares), K), ("log_scores", "parts", len(self.log_scores), K))

    def __repr__(self) -> str:
        told = ", ".join(f"{name} {share:.2f}" for name, share in zip(labels(self.parts), self.shares, strict=True))
        return f"FittedBlendedMovement({told}, by {self.n_judged:,} months of customers)"

    def equals(self, other: Any) -> bool:
        """Whether `other` is the same movement."""
        return (
            isinstance(other, FittedBlendedMovement)
            and (self.spec, self.n_judged) == (other.spec, other.n_judged)
            and np.array_equal([self.shares, self.log_scores], [other.shares, other.log_scores])
            and all(map(_same, self.parts, other.parts))
        )


def _probabilities(spec: Any, past: LadderHistory[Any], outcome: Outcome, *, who: str) -> Array:
    """The probability of each rung of each customer in each month since the origin, (n, months, R)."""
    months, own = outcome.actual.shape[1], own_columns(spec, past)
    try:
        ahead = spec.fit(past, **own).forecast(past, horizon=f"{months}M", **own)
    except KundkarriarError as error:
        law, hint = law_and_hint(error)
        raise type(error).because(f"{who}: {law}", hint=hint or "leave it out.") from error
    return rung_probabilities(ahead, customers=outcome.known.customers, rungs=outcome.rungs, months=months, who=who)
