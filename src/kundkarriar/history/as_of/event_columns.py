"""Names of the columns `events_...`: counts and values of events, over all time or the last 12 or 24 months."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from attrs import frozen

from kundkarriar.errors import DataError

PREFIX = "events_"
WINDOWS = ("12M", "24M")
NAMED = re.compile(
    rf"{PREFIX}(?P<event>.*?)(?:_(?P<measure>mean|last))?(?:_(?P<window>{'|'.join(WINDOWS)}))?", re.DOTALL
)
RESERVED = re.compile(r"((^|_)\d+m|_mean|_last)$", re.IGNORECASE)
"""Endings that an event's name must not have: "quote_12m" would be confused with the quotes of 12 months."""


@frozen(kw_only=True)
class EventColumn:
    """The parsed name of a column `events_...`.

    Attributes:
        event: the event, in lower case as events are read.
        window: "12M" or "24M"; None: all events so far.
        measure: "mean" of the events' values, or the "last" value; None: the number of events.

    >>> EventColumn.of("events_Referral_12M")
    EventColumn(event='referral', window='12M', measure=None)
    >>> EventColumn.of("events_satisfaction_mean_12M")
    EventColumn(event='satisfaction', window='12M', measure='mean')
    """

    event: str
    window: str | None = None
    measure: str | None = None

    @classmethod
    def of(cls, column: str) -> EventColumn:
        """Parse the name of a column about events without checking it; see `checked`."""
        event, measure, window = NAMED.fullmatch(column).groups()  # type: ignore[union-attr]  # the prefix is there
        return cls(event=event.strip().lower(), window=window, measure=measure)

    @classmethod
    def checked(cls, column: str) -> EventColumn:
        """Parse and check a column's name.

        Raises:
            DataError: no event is named, the window is not 12 or 24 months, or "last" has a window.
        """
        parsed = cls.of(column)
        if not parsed.event or RESERVED.search(parsed.event) or (parsed.measure == "last" and parsed.window):
            raise DataError.because(
                f"`{column}` is no column about events: there are counts in all, of 12 months and of 24 months, "
                "the mean of their values likewise, and the last value.",
                hint='write kk.column("events_referral"), "events_referral_12M", "events_referral_24M", '
                '"events_satisfaction_mean_12M" or "events_satisfaction_last".',
            )
        return parsed

    def __str__(self) -> str:
        """The name of the column in `kk.facts`."""
        return PREFIX + "_".join(part for part in (self.event, self.measure, self.window) if part)


def is_event_column(name: str) -> bool:
    """Whether a column's name starts with `events_`.

    >>> is_event_column("events_referral"), is_event_column("purchase_days")
    (True, False)
    """
    return name.startswith(PREFIX)


def event_columns(names: Iterable[str], *, valued: Collection[str] = ()) -> tuple[str, ...]:
    """The columns of `kk.facts` for events of these names; `valued` are the names whose events have values.

    >>> event_columns(["referral"])
    ('events_referral', 'events_referral_12M', 'events_referral_24M')
    >>> event_columns(["visit"], valued=["visit"])[3:]
    ('events_visit_mean', 'events_visit_mean_12M', 'events_visit_mean_24M', 'events_visit_last')
    """
    columns = []
    for name in names:
        columns += [EventColumn(event=name, window=window) for window in (None, *WINDOWS)]
        if name in valued:
            columns += [EventColumn(event=name, window=window, measure="mean") for window in (None, *WINDOWS)]
            columns += [EventColumn(event=name, measure="last")]
    return tuple(map(str, columns))
