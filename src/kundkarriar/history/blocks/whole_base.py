"""What a block of customers is told of the base that it is part of."""

from attrs import frozen


@frozen(kw_only=True)
class WholeBase:
    """What depends on all customers, for facts and rungs of some of them. Days count from 1970-01-01.

    Dates of events and first contacts have been checked against those of the whole base.

    Attributes:
        ends: the last day with a transaction.
        opens: the first day on which a customer became known.
        events: the names of the events that are read, in lower case, sorted; empty without events.
        valued: those with a value.
        names: every name in the frame of events, including events after the last day read and of unknown customers.
        valued_names: those with a value on some row.
        begins: the first day with a purchase, where careers tell whose entry is unknown; else None.
    """

    ends: int
    opens: int
    events: tuple[str, ...] = ()
    valued: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    valued_names: frozenset[str] = frozenset()
    begins: int | None = None
