"""Columns that count events: in all, within 12 months, within 24."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from attrs import frozen

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "events_"
WINDOWS = ("12M", "24M")
LIKE_A_WINDOW = re.compile(r"(^|_)\d+m$", re.IGNORECASE)
"""How a name must not end: an event "quote_12m" would be counted in a column that counts quotes of 12 months."""


@frozen(kw_only=True)
class EventColumn:
    """What a column `events_...` counts.

    Attributes:
        event: the event, in lower case as events are read.
        window: "12M" or "24M"; None: every event so far.

    >>> EventColumn.of("events_Referral_12M")
    EventColumn(event='referral', window='12M')
    """

    event: str
    window: str | None = None

    @classmethod
    def of(cls, column: str) -> EventColumn:
        """What the column would count; see `checked` for whether it can."""
        name = column.removeprefix(PREFIX)
        event, _, window = name.rpartition("_")
        if window not in WINDOWS:
            return cls(event=name.strip().lower())
        return cls(event=event.strip().lower(), window=window)

    @classmethod
    def checked(cls, column: str) -> EventColumn:
        """What the column counts.

        Raises:
            DataError: no event, or another window than 12 and 24 months.
        """
        found = cls.of(column)
        if not found.event or LIKE_A_WINDOW.search(found.event):
            raise DataError.because(
                f"`{column}` is no count of events: there are counts in all, of 12 months and of 24 months.",
                hint='write kk.column("events_referral"), "events_referral_12M" or "events_referral_24M".',
            )
        return found

    def __str__(self) -> str:
        """The column as facts have it."""
        return f"{PREFIX}{self.event}" + (f"_{self.window}" if self.window else "")


def is_event_column(name: str) -> bool:
    """Whether a column is about events.

    >>> is_event_column("events_referral"), is_event_column("purchase_days")
    (True, False)
    """
    return name.startswith(PREFIX)


def event_columns(names: Iterable[str]) -> tuple[str, ...]:
    """The columns of facts that events of these names give.

    >>> event_columns(["referral"])
    ('events_referral', 'events_referral_12M', 'events_referral_24M')
    """
    return tuple(str(EventColumn(event=name, window=window)) for name in names for window in (None, *WINDOWS))
