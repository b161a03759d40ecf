"""The history that a ladder reads once: positions and careers as of its last day, and the same as of earlier days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Generic

import narwhals.stable.v2 as nw
import numpy as np
from attrs import evolve, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import Text, read_object
from kundkarriar.arrays import Mask
from kundkarriar.dates.period import Period, as_day, as_period
from kundkarriar.errors import DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, narrow, new_frame, text_column
from kundkarriar.history.as_of.fact_definitions import facts_at
from kundkarriar.history.as_of.facts import fact_columns
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.career_panel import CareerPanel, State, read_careers
from kundkarriar.ladder.careers import career_rows, states_of
from kundkarriar.ladder.past_contacts import PastContacts
from kundkarriar.ladder.rungs.fixed_scores import FixedScores
from kundkarriar.ladder.rungs.lapse import Lapse
from kundkarriar.ladder.rungs.pauses import own_pauses
from kundkarriar.ladder.rungs.reasons import last_day_columns
from kundkarriar.ladder.rungs.rung import Rung, as_rungs
from kundkarriar.ladder.rungs.rung_history import RungHistory, rung_history
from kundkarriar.ladder.rungs.rung_position import rung_positions
from kundkarriar.summaries.burn_in import entry_unknown
from kundkarriar.summaries.leads.leads_of import leads_of
from kundkarriar.summaries.mix.mix_columns import MixRows

EVERY = Text(among=("M",))
"""Careers go from month to month."""


def _span(given: Any) -> Period | None:
    return None if given is None else as_period(given, name="burn_in")


def earlier_day(given: Any, *, last: np.datetime64, name: str) -> np.datetime64:
    """The argument `name` as a day: a span before the `last` one, or the day itself.

    >>> earlier_day("6M", last=np.datetime64("1998-06-30"), name="origin")
    np.datetime64('1997-12-31')
    """
    span = isinstance(given, Period) or (isinstance(given, str) and not re.search(r"\d-\d", given))
    return as_period(given, name=name).before(last) if span else as_day(given, name=name)


def _a_frame(_: object, __: object, like: Any) -> None:
    narrow(like, need="LadderHistory: `like`")


@frozen(kw_only=True, eq=False, repr=False)
class LadderHistory(Generic[FrameT]):
    """Transactions, customers and events, read and checked once, and the ladder whose rungs are asked of them.

    `CustomerLadder.history` makes one. It holds arrays, not the frames, which may change afterwards.

    Attributes:
        rungs: the rungs of the ladder, from low to high.
        lapse: its rule of lapse; None: no flag.
        facts_as_of: purchases and events of all customers up to the last day.
        burn_in: the span at the start of the data that makes entries unknown in `careers`; None: no column `entry`.
        contacts: past contacts, see `with_contacts`; None: none are known.
        mix: what was bought by category, which a margin by category reads; None: it is not known.

    >>> import kundkarriar as kk
    >>> transactions = kk.datasets.load_cdnow(sample=True)
    >>> history = kk.CustomerLadder.kundkarriar().history(transactions, as_of="1998-06-30")
    >>> print(history.positions()["rung"].value_counts().head(2).to_dict())
    {'trial buyer': 1218, 'repeat buyer': 892}
    >>> earlier = history.before("6M")
    >>> print(earlier.as_of, earlier.positions()["rung"].value_counts().head(2).to_dict())
    1997-12-31 {'trial buyer': 1317, 'repeat buyer': 701}
    """

    rungs: tuple[Rung, ...] = field(converter=as_rungs)
    lapse: Lapse | None = field(validator=optional(instance_of(Lapse)))
    facts_as_of: FactsAsOf = field(validator=instance_of(FactsAsOf))
    burn_in: Period | None = field(default=None, converter=_span)
    contacts: PastContacts | None = field(default=None, validator=optional(instance_of(PastContacts)))
    mix: MixRows | None = field(default=None, validator=optional(instance_of(MixRows)))
    _like: FrameT = field(alias="like", validator=_a_frame)

    @property
    def as_of(self) -> str:
        """The last day, as text: nothing after it counts."""
        return str(self.facts_as_of.as_of)

    def __len__(self) -> int:
        """The number of customers."""
        return self.facts_as_of.n

    def __repr__(self) -> str:
        return f"LadderHistory({len(self):,} customers until {self.as_of}, {len(self.rungs)} rungs)"

    def positions(self, *, scores: FixedScores | None = None) -> FrameT:
        """The rung of each customer at the end of the last day: the frame of `CustomerLadder.place`."""
        known, history = self.facts_as_of, self.rung_history(scores=scores)
        names = [rung.name for rung in self.rungs]
        position, highest = rung_positions(self.rungs), history.highest_rung()[-1]
        path = {
            "rung_position": position[history.rung[-1]],
            "previous_rung": text_column(names, history.previous_rung()[-1], like=self._like),
            "highest_rung": text_column(names, highest, like=self._like),
            "highest_position": position[highest],
            "months_on_rung": history.months_on_rung(history.months - 1, since=history.rung_since()[-1]),
        }
        pauses = None if history.lapsed is None else own_pauses(known, lapsed=history.lapsed[-1])
        if pauses is not None:
            path = {"paused": pauses[0], **path}
        columns = {
            "customer_id": known.days.customers[np.arange(len(self))],  # a copy, as the frame is not
            **facts_at(known, known.as_of, fact_columns(known)),
            **({} if scores is None else scores.at(known, known.as_of, like=self._like)),
            **last_day_columns(history, self.rungs, path=path, events=known.events is not None, like=self._like),
        }
        if pauses is not None:
            both = {"reason": columns["reason"], "paused": text_column(pauses[1].tolist(), like=self._like)}
            told = narrow(new_frame(both, like=self._like), need="LadderHistory")
            columns["reason"] = told.select(nw.concat_str("reason", "paused"))["reason"]
        return new_frame(columns, like=self._like, copy=False)

    def careers(self, *, every: str = "M", scores: FixedScores | None = None) -> FrameT:
        """The rung of each customer at every month end: the frame of `CustomerLadder.careers`."""
        EVERY.read(every, "every", hint='write every="M", and keep every third row for quarters.')
        known, history = self.facts_as_of, self.rung_history(scores=scores).path()
        known.purchase_entries.counted.clear()  # which leaves room for the rows
        columns = career_rows(history, known, rungs=self.rungs, unknown=self._entry_unknown(), like=self._like)
        return new_frame(columns, like=self._like, copy=False)

    def panel(
        self,
        *,
        states: Sequence[State] | None = None,
        rungs: Sequence[str] | None = None,
        scores: FixedScores | None = None,
    ) -> CareerPanel:
        """What `read_careers` reads from `careers`, many times faster and without the frame.

        Args: `states` and `rungs` as in `read_careers`, `scores` as in `careers`.

        Raises:
            DataError: as `read_careers`.
        """
        history, names = self.rung_history(scores=scores), [rung.name for rung in self.rungs]
        unknown = self._entry_unknown()
        panel = states_of(history, self.facts_as_of, names=names, unknown=unknown, states=states, rungs=rungs)
        if panel is None:  # which the frame shows, row by row
            return read_careers(self.careers(scores=scores), states=states, rungs=rungs)
        return panel

    def _entry_unknown(self) -> Mask | None:
        """Which customers may have bought before the data begin, (n,); None without a burn-in."""
        if self.burn_in is None:
            return None
        ledger, base = self.facts_as_of.days.ledger, self.facts_as_of.base
        begins = None if base is None else base.begins
        first = ledger.first_purchase_day
        return entry_unknown(first=first, contact=ledger.contact, burn_in=self.burn_in, begins=begins)

    def before(self, earlier: Any) -> LadderHistory[FrameT]:
        """The history as of an earlier day, as if nothing after it had been in the data. No frame is read again.

        Args:
            earlier: a span before the last day ("6M"), or the day itself ("1997-12-31", or a date).

        Raises:
            DataError: the day is later than the last day, or before all transactions.

        Warns:
            DataWarning: events belong to customers who were not known by then; they are left out.
        """
        last = self.facts_as_of.as_of
        day = earlier_day(earlier, last=last, name="earlier")
        if day > last:
            raise DataError.because(
                f"the history ends on {last}, and {day} is later.", hint=f'history.before("6M"), or a day up to {last}.'
            )
        return evolve(self, facts_as_of=self.facts_as_of.before(day))

    def leads(self) -> FrameT:
        """The table of `kk.leads` as of the last day: to it the time to the first purchase is fitted."""
        return leads_of(self.facts_as_of, like=self._like)

    def with_contacts(self, contacts: Any) -> LadderHistory[FrameT]:
        """The history with past contacts, which `HiddenLadder(contacts=...)` counts by month and action.

        Args:
            contacts: customer_id, date, action (its name): a row for each contact. Rungs do not read them, and nothing
                after the last day counts.

        Raises:
            DataError: a column is missing; some row lacks a date, an id or an action; a date is a placeholder.

        Warns:
            DataWarning: contacts are with unknown customers, and are left out, or lie far from other dates.
        """
        days = self.facts_as_of.days
        return evolve(self, contacts=PastContacts.read(contacts, customers=days.customers, bought=days.day))

    @property
    def customers(self) -> Any:
        """A copy of the frame of customers that was read; None if none was given."""
        attributes = self.facts_as_of.attributes
        return None if attributes is None else attributes.table.clone().to_native()

    @property
    def like(self) -> FrameT:
        """An empty frame of the kind of the frames that were read."""
        return self._like

    def rung_now(self) -> nw.Series[Any]:
        """The name of each customer's rung on the last day, (n,)."""
        return text_column([rung.name for rung in self.rungs], self.rung_history().rung[-1], like=self._like)

    def rung_history(self, *, scores: FixedScores | None = None) -> RungHistory:
        """The rung of every customer at each month end, as arrays."""
        if scores is not None:
            read_object(
                scores, "scores", kind=FixedScores, hint='write scores=kk.FixedScores(model=..., horizon="12M").'
            )
        return rung_history(self.rungs, self.lapse, self.facts_as_of, scores=scores, like=self._like)
