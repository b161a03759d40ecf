"""The customer ladder: ordered rungs, each customer's rung on a day, and the career over them."""

from __future__ import annotations

from typing import Any

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COUNT, FINITE, WholeNumber, read_flag, read_object
from kundkarriar.customer_ids import ONE_ROW_HINT, require_unique_ids
from kundkarriar.dates.period import Period
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import instance_of
from kundkarriar.frames import FrameT, add_columns, narrow, new_frame
from kundkarriar.history.as_of.facts import read_facts_as_of
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.history.blocks.lazy_history import LazyHistory
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.lazy_ladder import LazyLadder
from kundkarriar.ladder.rungs.fixed_scores import FixedScores
from kundkarriar.ladder.rungs.grace import Hold
from kundkarriar.ladder.rungs.lapse import Lapse
from kundkarriar.ladder.rungs.reasons import last_day_columns
from kundkarriar.ladder.rungs.rung import MONTHS, After, Rung, as_rungs
from kundkarriar.ladder.rungs.rung_history import single_day_history
from kundkarriar.ladder.rungs.rung_position import rung_positions
from kundkarriar.ladder.rungs.unreachable_rungs import refuse_unreachable_rungs
from kundkarriar.rules.column import column
from kundkarriar.rules.condition import Condition
from kundkarriar.stored import Stored

DAYS = WholeNumber(least=0, most=366, example=4)
"""Purchase days within 12 months."""
NEED = "CustomerLadder"
QUARTERS = WholeNumber(least=0, most=4, example=3)
"""Quarters of 12 months."""


@frozen(kw_only=True)
class CustomerLadder(Stored):
    """Rungs from low to high; a customer is on the highest rung that holds.

    A rung holds for the customers who meet its condition, and for those kept on it by grace or by the lower bar.
    Conditions are functions of the history up to a date (purchase days, money, events), not of anything fitted to it.
    They may ask attributes of customers too (a sector), columns of `customers=`, which are the same as of every date.
    They are evaluated at every month end since the customer became known, and on the last day. The place of a customer
    is the last row of the career.

    Attributes:
        rungs: from low to high.
        lapse: the rule for a flag beside the rung: which customers have lapsed; None: no flag.

    >>> import kundkarriar as kk
    >>> ladder = CustomerLadder.kundkarriar()
    >>> print(ladder.names)
    ('prospect', 'trial buyer', 'repeat buyer', 'client', 'supporter', 'partner')
    >>> positions = ladder.place(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
    >>> print(positions.loc[0, ["customer_id", "rung", "lapsed", "reason"]].to_dict())
    {'customer_id': 4, 'rung': 'repeat buyer', 'lapsed': False, 'reason': 'purchase_days is 4 (at least 2)'}
    """

    stored_as = "ladder"
    rungs: tuple[Rung, ...] = field(converter=as_rungs)
    lapse: Lapse | None = field(factory=Lapse, validator=optional(instance_of(Lapse)))

    @rungs.validator
    def _named_and_reachable(self, _: object, rungs: tuple[Rung, ...]) -> None:
        """Each name occurs once, `after` names a lower rung, and every rung can be reached."""
        names = [rung.name for rung in rungs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise DataError.because(
                f"every rung needs a name of its own, found twice: {twice}.", hint="rename one of them."
            )
        for number, rung in enumerate(rungs):
            if rung.after is not None and rung.after.rung not in names[:number]:
                raise DataError.because(
                    f"the rung `{rung.name}` comes after `{rung.after.rung}`, which is not a rung below it.",
                    hint=f"below it stand {names[:number]}.",
                )
        refuse_unreachable_rungs(rungs)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the rungs, from low to high."""
        return tuple(rung.name for rung in self.rungs)

    @classmethod
    def kundkarriar(
        cls,
        *,
        client_days: int = 4,
        client_quarters: int = 3,
        grace: str | None = "3M",
        keep_days: int | None = None,
        supporter_months: int = 12,
        proxy: bool = False,
        proxy_days: int = 8,
        proxy_quarters: int = 4,
        most_complaints: int | None = None,
        least_satisfaction: float | None = None,
        lapse: Lapse | None = Lapse(),  # noqa: B008
    ) -> CustomerLadder:
        """Prospect, trial buyer, repeat buyer, client, supporter, partner: the customer career.

        prospect: no purchase day. Trial buyer: one. Repeat buyer: two or more. Client: `client_days` purchase days
        in 12 months, in `client_quarters` of its four quarters, held for `grace`. Supporter: client for
        `supporter_months` and an event "referral". Partner: supporter with an event "co_development" or
        "contract". Without events no customer is above client, and `evidence` says so.

        Args:
            client_days: purchase days in 12 months that make a client.
            client_quarters: quarters of those 12 months with a purchase day.
            grace: how long a client stays one after the condition has ceased to hold ("3M"); None: no grace, with
                which 40 % of the clients of CDNOW stop being one and become one again within the data.
            keep_days: purchase days in 12 months that are enough to stay a client; None: as many as make one.
            supporter_months: whole months as client or above that a supporter needs.
            proxy: count a client with `proxy_days` purchase days in `proxy_quarters` quarters as supporter, in place of
                events; its evidence is "purchases only".
            proxy_days: purchase days in 12 months of a supporter by proxy, at least those of a client.
            proxy_quarters: quarters of a supporter by proxy, at least those of a client.
            most_complaints: events "complaint" within 12 months that a supporter may have; None: any number.
            least_satisfaction: least mean value of a supporter's events "satisfaction" within 12 months, where there
                are any; None: any value.
            lapse: the rule of lapse; None: no flag.

        >>> print(CustomerLadder.kundkarriar().rungs[3])
        client: purchase_days_12M is at least 4 and quarters_active_12M is at least 3, held for 3 months
        """
        days, quarters = DAYS.read(client_days, "client_days"), QUARTERS.read(client_quarters, "client_quarters")
        client = _bought(days=days, quarters=quarters)
        often = _bought(
            days=max(DAYS.read(proxy_days, "proxy_days"), days),
            quarters=max(QUARTERS.read(proxy_quarters, "proxy_quarters"), quarters),
        )
        keep = None if keep_days is None else column("purchase_days_12M") >= DAYS.read(keep_days, "keep_days")
        hold = None if grace is None and keep is None else Hold(grace=grace, keep=keep)
        recommends = column("events_referral") >= 1
        bars = []
        if most_complaints is not None:
            complaints = column("events_complaint_12M")
            bars.append((complaints <= COUNT.read(most_complaints, "most_complaints")) | complaints.is_missing())
        if least_satisfaction is not None:
            mean, least = column("events_satisfaction_mean_12M"), FINITE.read(least_satisfaction, "least_satisfaction")
            bars.append((mean >= least) | mean.is_missing())
        for bar in bars:
            recommends, often = recommends & bar, often & bar
        rungs = (
            Rung(name="prospect", when=column("purchase_days").equals(0)),
            Rung(name="trial buyer", when=column("purchase_days").equals(1)),
            Rung(name="repeat buyer", when=column("purchase_days") >= 2),
            Rung(name="client", when=client, hold=hold),
            Rung(
                name="supporter",
                when=recommends,
                after=After(rung="client", months=MONTHS.read(supporter_months, "supporter_months")),
                proxy=often if read_flag(proxy, "proxy") else None,
            ),
            Rung(
                name="partner",
                when=(column("events_co_development") >= 1) | (column("events_contract") >= 1),
                after=After(rung="supporter", months=0),
            ),
        )
        return cls(rungs=rungs, lapse=lapse)

    @classmethod
    def loyalty(cls) -> CustomerLadder:
        """Lead, prospect, customer, repurchaser, ambassador: from the first interest to recommending.

        Lead: known, without interest. Prospect: an event "interest" or "quote". Customer: one purchase day.
        Repurchaser: two or more. Ambassador: a repurchaser with an event "referral" within 24 months.

        >>> CustomerLadder.loyalty().names
        ('lead', 'prospect', 'customer', 'repurchaser', 'ambassador')
        """
        interest = (column("events_interest") >= 1) | (column("events_quote") >= 1)
        repeated = column("purchase_days") >= 2
        return cls(
            rungs=(
                Rung(name="lead", when=column("purchase_days").equals(0)),
                Rung(name="prospect", when=column("purchase_days").equals(0) & interest),
                Rung(name="customer", when=column("purchase_days").equals(1)),
                Rung(name="repurchaser", when=repeated),
                Rung(name="ambassador", when=repeated & (column("events_referral_24M") >= 1)),
            )
        )

    @classmethod
    def groups(cls) -> CustomerLadder:
        """Prospect, then moving, recurring, exclusive: three groups by how often and how evenly customers buy.

        Prospect: no purchase day, and so in none of the groups. Moving: one or two purchase days ever, or none in 12
        months. Exclusive: six or more in 12 months, in all four quarters. Recurring: the rest.

        >>> CustomerLadder.groups().names
        ('prospect', 'moving', 'recurring', 'exclusive')
        """
        ever, lately = column("purchase_days"), column("purchase_days_12M")
        return cls(
            rungs=(
                Rung(name="prospect", when=ever.equals(0)),
                Rung(name="moving", when=(ever >= 1) & ((ever <= 2) | lately.equals(0))),
                Rung(name="recurring", when=(ever >= 3) & (lately >= 1)),
                Rung(name="exclusive", when=_bought(days=6, quarters=4)),
            )
        )

    def history(
        self,
        transactions: FrameT,
        *,
        as_of: Any,
        events: FrameT | None = None,
        customers: FrameT | None = None,
        burn_in: str | Period | None = None,
    ) -> LadderHistory[FrameT]:
        """Read and check transactions, customers and events once, for `positions`, `careers` and earlier days.

        `place` and `careers` are short for it.

        Args:
            transactions: customer_id, date, amount; rows after `as_of` are left out.
            as_of: the last day.
            events: customer_id, date, event: see `kk.facts`.
            customers: all known customers; they come first, in this order, also without a purchase. Rungs may ask its
                columns: a name that is no fact is one of them. A value counts as of every date, so a value that changes
                over time belongs into `events`. Buyers who are not in it have missing values.
            burn_in: as in `careers`.

        Raises:
            DataError: a column is missing or not as it should be.

        Warns:
            DataWarning: as `kk.facts`.

        >>> import kundkarriar as kk
        >>> history = CustomerLadder.groups().history(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
        >>> [len(history.before(span).positions()) for span in ("12M", "15M", "16M")]
        [2357, 2357, 1638]
        """
        known = read_facts_as_of(transactions, as_of=as_of, customers=customers, events=events, need=NEED)
        return self.history_of(known, burn_in=burn_in, like=transactions)

    def history_of(
        self, facts_as_of: FactsAsOf, *, burn_in: str | Period | None = None, like: FrameT
    ) -> LadderHistory[FrameT]:
        """The history of purchases and events that were read, with frames of the kind of `like`."""
        read_object(
            facts_as_of,
            "facts_as_of",
            kind=FactsAsOf,
            law="facts as of a date",
            hint="ladder.history(transactions, as_of=...) reads them.",
        )
        return LadderHistory(
            rungs=self.rungs,
            lapse=self.lapse,
            facts_as_of=facts_as_of,
            burn_in=burn_in,
            like=new_frame({}, like=like),
        )

    def place(
        self,
        transactions: FrameT,
        *,
        as_of: Any,
        events: FrameT | None = None,
        customers: FrameT | None = None,
        scores: FixedScores | None = None,
    ) -> FrameT:
        """The rung of each customer at the end of the day `as_of`: the last row of each career.

        Args: as `history`. `scores` is a purchase model with parameters fixed before the first month, for rungs that
        use its scores.

        Returns:
            One row per customer: the facts (see `kk.facts`), the scores if any, then rung; rung_number (1: the
            lowest); lapsed, and paused (those of the lapsed who came back from as long a silence before), both where
            the ladder has a rule of lapse; rung_position (0 on the rungs before the first purchase, then evenly up to 1
            on the highest: it compares ladders); previous_rung (missing on a customer's first); highest_rung (so far)
            and highest_position; months_on_rung (whole months, as of month ends); evidence ("purchases", "events", "a
            model of purchases", or "purchases only" for a proxy, and which rungs are out of reach where no events were
            given); reason (the values that put the customer on the rung, and why the paused are). Of rungs that ask
            attributes the evidence is "attributes", or "purchases and attributes".

        Raises:
            DataError: a column is missing or not as it should be, a customer is on no rung, or `scores` come from a
                model fitted to months of the careers.

        Warns:
            DataWarning: a rung needs an event that never happened in `events`, or values that it never had.
        """
        lazy = LazyHistory.of(transactions, as_of=as_of, customers=customers, events=events, need=NEED)
        if lazy is not None:
            answer: FrameT = LazyLadder(ladder=self, history=lazy, scores=scores).positions()
            return answer
        return self.history(transactions, as_of=as_of, events=events, customers=customers).positions(scores=scores)

    def careers(
        self,
        transactions: FrameT,
        *,
        every: str = "M",
        as_of: Any,
        events: FrameT | None = None,
        customers: FrameT | None = None,
        burn_in: str | Period | None = None,
        scores: FixedScores | None = None,
    ) -> FrameT:
        """The rung of each customer at every month end since the customer became known, and on `as_of`.

        Months without a purchase have a row too. A customer enters in the month of the first contact, purchase or
        event; there is no row before it, for customers not yet seen are no prospects. A prospect without any known date
        has one row, at `as_of`, which is not complete.

        Args: as `place`. `every` is "M", calendar months, the only step there is. `burn_in` is a span ("3M"): it adds
        `entry`, "unknown" for customers whose first purchase lies so soon after the start of the data that they may be
        older than it, else "known".

        Returns:
            One row per customer and month, in the order of the customers, then time: customer_id; period_start (the
            first of the month); as in `place`, at its end: rung, rung_number, lapsed, previous_rung, highest_rung (so
            far), months_on_rung, evidence; purchases (purchase days in the month); purchases_so_far; value (net, of the
            month); complete (False for the last month where `as_of` comes before its end).
            Complete rows do not change when later data are added. The columns are narrow, as the rows are many: texts
            are categories, the rungs from low to high (pandas: ordered categories, polars: Enum), which compare with
            texts as texts do; .astype(str), or .cast(pl.String), makes them texts, to be joined with texts in polars
            or given other names. rung_number, purchases and months_on_rung have 16 bits (the last 32 beyond 2,700
            years), purchases_so_far has 32.

        Raises:
            DataError: as `place`.

        Warns:
            DataWarning: how many customers have entry "unknown"; a rung needs an event that never happened in
                `events`, or values that it never had.

        >>> import kundkarriar as kk
        >>> careers = CustomerLadder.groups().careers(kk.datasets.load_cdnow(sample=True), as_of="1997-04-15")
        >>> print(careers.loc[:3, ["customer_id", "period_start", "rung", "purchases", "complete"]])
           customer_id period_start    rung  purchases  complete
        0            4   1997-01-01  moving          2      True
        1            4   1997-02-01  moving          0      True
        2            4   1997-03-01  moving          0      True
        3            4   1997-04-01  moving          0     False
        """
        lazy = LazyHistory.of(transactions, as_of=as_of, customers=customers, events=events, need=NEED)
        if lazy is not None:
            answer: FrameT = LazyLadder(ladder=self, history=lazy, scores=scores).careers(every=every, burn_in=burn_in)
            return answer
        history = self.history(transactions, as_of=as_of, events=events, customers=customers, burn_in=burn_in)
        return history.careers(every=every, scores=scores)

    def place_snapshot(self, facts: FrameT) -> FrameT:
        """The rung of each row of facts, by the conditions alone: for tests of rules, and for facts made elsewhere.

        Args:
            facts: the columns that the rungs need (see `kk.facts`), attributes of customers among them; missing columns
                of events count as unknown.

        Returns:
            `facts` with rung, rung_number, lapsed, rung_position, evidence and reason.

        Raises:
            CapabilityError: a rung depends on earlier months (`hold`, `after`), which facts of one day lack.
            DataError: a column is missing, or a row is on no rung.

        >>> import kundkarriar as kk
        >>> facts = kk.facts(kk.datasets.load_cdnow(sample=True), as_of="1998-06-30")
        >>> CustomerLadder.groups().place_snapshot(facts)["rung"].value_counts().to_dict()
        {'moving': 1721, 'recurring': 570, 'exclusive': 66}
        """
        with_history = [rung.name for rung in self.rungs if rung.hold is not None or rung.after is not None]
        if with_history:
            raise CapabilityError.because(
                f"facts of one day do not show the time before, on which these rungs depend: {with_history}.",
                hint="use ladder.place(transactions, as_of=...), or rungs without hold and after.",
            )
        table = narrow(facts, need="place_snapshot")
        require_unique_ids(table, need="place_snapshot", hint=ONE_ROW_HINT)
        known = any(str(name).startswith("events_") for name in table.columns)
        history = single_day_history(self.rungs, self.lapse, facts)
        path = {"rung_position": rung_positions(self.rungs)[history.rung[-1]]}
        return add_columns(facts, last_day_columns(history, self.rungs, path=path, events=known, like=facts))

    def __str__(self) -> str:
        return "\n".join(str(rung) for rung in reversed(self.rungs))


def _bought(*, days: int, quarters: int) -> Condition:
    """So many purchase days within 12 months, in so many of their quarters."""
    return (column("purchase_days_12M") >= days) & (column("quarters_active_12M") >= quarters)
