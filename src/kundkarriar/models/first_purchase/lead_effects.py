"""`LeadEffects`: coefficients of columns and events, on the pace of first purchases and on never buying."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from attrs import evolve, field, frozen

from kundkarriar.arguments import FINITE, POSITIVE
from kundkarriar.arrays import Array
from kundkarriar.frames import NarrowFrame
from kundkarriar.models.covariates.columns import Levels, customer_columns
from kundkarriar.models.covariates.covariates import Covariates
from kundkarriar.models.covariates.effects import (
    LEVELS,
    NUMBERS,
    CovariateEffects,
    Pairs,
    as_levels,
    as_pairs,
    by_label,
)
from kundkarriar.models.covariates.zero_effects import zero_effects
from kundkarriar.stored import Stored
from kundkarriar.summaries.leads.lead_columns import after_column


@frozen(kw_only=True)
class _OnFirstPurchase(CovariateEffects):
    """Covariate effects of which the first act on the pace and the second on never buying."""

    acts_on: ClassVar[tuple[str, str]] = ("pace of first purchases", "odds of never buying")


@frozen(kw_only=True)
class LeadEffects(Stored):
    """Coefficients of columns and of events of leads, from a fit or typed in.

    A unit more of a column of numbers multiplies the rate of first purchases by exp(coefficient), or the odds of never
    buying. In a column with levels, each level but the first has the label "column=level", and its coefficient compares
    it with the first. From the first event of a name on, the rate is multiplied by exp(coefficient).

    Attributes:
        pace: coefficients on the rate, by label.
        events: coefficients on the rate, by name of the event.
        never: coefficients on the log odds of never buying, by label.
        levels: the levels of each column that has them; the first is the reference level.
        middle, spread: centre and scale of each label's column among the leads fitted; 0 and 1 where coefficients were
            typed in.

    >>> effects = LeadEffects(pace={"channel=web": 0.2}, events={"quote": 1.1}, levels={"channel": ("shop", "web")})
    >>> effects.names
    ('pace:channel=web', 'pace:quote_after')
    """

    pace: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    events: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    never: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    levels: Levels = field(default=(), converter=as_levels, metadata=LEVELS)
    middle: Pairs = field(default=(), converter=as_pairs, validator=by_label(FINITE), metadata=NUMBERS)
    spread: Pairs = field(default=(), converter=as_pairs, validator=by_label(POSITIVE), metadata=NUMBERS)

    def __attrs_post_init__(self) -> None:
        """Check that levels, centres and scales are those of the labels."""
        self._acting()

    def _acting(self) -> _OnFirstPurchase:
        return _OnFirstPurchase(
            purchase=self.pace, dropout=self.never, levels=self.levels, middle=self.middle, spread=self.spread
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of leads that are read, without events."""
        return self._acting().columns

    @property
    def event_names(self) -> tuple[str, ...]:
        """The names of the events that are read."""
        return tuple(name for name, _ in self.events)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the coefficients as parameters: on the pace, of events, on never buying."""
        return (
            *(f"pace:{label}" for label, _ in self.pace),
            *(f"pace:{after_column(name)}" for name, _ in self.events),
            *(f"never:{label}" for label, _ in self.never),
        )

    def values(self) -> dict[str, float]:
        """Every coefficient by its name as a parameter."""
        return dict(zip(self.names, (value for _, value in (*self.pace, *self.events, *self.never)), strict=True))

    def with_values(self, values: Mapping[str, float]) -> LeadEffects:
        """The same effects with other coefficients, given by their names as parameters."""
        given = iter([values[name] for name in self.names])
        pace, events, never = (
            tuple((label, next(given)) for label, _ in pairs) for pairs in (self.pace, self.events, self.never)
        )
        return evolve(self, pace=pace, events=events, never=never)

    def split(self, values: Mapping[str, Any]) -> tuple[Array, Array, Array]:
        """Coefficients on the pace, of events and on never buying, (m,), or (m, S) of draws (S,), by name."""
        shape = np.shape(values["alpha"])
        every = np.array([values[name] for name in self.names], dtype=np.float64).reshape(-1, *shape)
        return tuple(np.split(every, np.cumsum([len(self.pace), len(self.events)])))  # type: ignore[return-value]

    def columns_of(self, covariates: Array) -> tuple[Array, Array]:
        """The columns of a design matrix, (n, m), that act on the pace and on never buying: (n, p) and (n, q)."""
        labels = self._acting().labels
        pace, never = ([labels.index(label) for label, _ in pairs] for pairs in (self.pace, self.never))
        return covariates[:, pace], covariates[:, never]

    def centres(self) -> tuple[Array, Array]:
        """Centre and scale of the column of each coefficient in the order of `names`, 0 and 1 of events, (k,) each."""
        middle, spread = dict(self.middle), dict(self.spread)
        labels = [*(label for label, _ in self.pace), *(None for _ in self.events), *(label for label, _ in self.never)]
        pairs = [(middle.get(label, 0.0), spread.get(label, 1.0)) if label else (0.0, 1.0) for label in labels]
        both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def design(self, leads: NarrowFrame, *, need: str) -> Array:
        """The covariates of all rows of a table of leads, (n, m).

        Raises:
            DataError: a column is missing, a level was not in the fit, or a value is too far out.
        """
        n = len(leads)
        if not self.columns:
            return np.empty((n, 0))
        return self._acting().design_matrix(customer_columns(self.columns, leads, None, at=np.arange(n), need=need))

    def of_rows(self, customers: Any, *, n: int, need: str) -> Array:
        """The covariates of `n` leads, one row of `customers` each in their order, (n, m)."""
        return self._acting().covariates_of(customers, n=n, need=need)

    def of_profile(self, profile: Mapping[str, Any] | None, *, need: str) -> Array:
        """The covariates of one lead given as values by column, (1, m)."""
        return self._acting().covariates_of_profile(profile, need=need)


NO_LEAD_EFFECTS = LeadEffects()


def lead_effects_to_fit(
    leads: NarrowFrame,
    *,
    pace: tuple[str, ...],
    never: tuple[str, ...],
    events: tuple[str, ...],
    weights: Array,
    need: str,
) -> tuple[LeadEffects, Array]:
    """Effects with all coefficients 0 for the rows of a table of leads, and their covariates, (n, m)."""
    of_events = dict.fromkeys(events, 0.0)
    if not (pace or never):
        return LeadEffects(events=of_events), np.empty((len(leads), 0))
    wanted = Covariates(purchase=pace, dropout=never)
    sources = customer_columns(wanted.columns, leads, None, at=np.arange(len(leads)), need=need)
    zero, values = zero_effects(wanted, sources, weights=weights, need=need)
    effects = LeadEffects(
        pace=zero.purchase,
        events=of_events,
        never=zero.dropout,
        levels=zero.levels,
        middle=zero.middle,
        spread=zero.spread,
    )
    return effects, values
