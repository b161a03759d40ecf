"""Buyers at earlier days: what was known of them by then, and what they did within the horizon after."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray
from scipy.special import logit

from kundkarriar.arrays import Array, Mask, Whole
from kundkarriar.customer_codes import customer_codes
from kundkarriar.dates.dates_as_integers import NEVER
from kundkarriar.dates.origin_dates import origin_dates
from kundkarriar.dates.period import Period, day_number
from kundkarriar.errors import DataError, collected, warn
from kundkarriar.frames import narrow, nulls
from kundkarriar.history.as_of.facts_as_of import FactsAsOf
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.process import summary_for
from kundkarriar.models.average.average_fields import covariate_width
from kundkarriar.models.average.fitted_average import FittedModelAverage
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.interface.predictions import predictions
from kundkarriar.models.interface.protocols import FittedPurchaseModel
from kundkarriar.scoring.scorer_models import fitted_purchases

NEED = "satisfaction_effects"
WINDOW = "12M"
"""The span before an origin in which events count."""
UNIT = "W"
LEAST = 1e-9
"""Least probability of which log odds are taken."""
OUTCOMES = ("leaving", "promotion")


@frozen(kw_only=True, eq=False)
class Landmarks:
    """A row for each customer and origin by which he or she had bought, (m,).

    Nothing after an origin is read but the outcome, so no event follows from the outcome that it is to tell.

    Attributes:
        facts: purchases and events.
        days: the origins, from the latest on.
        code: customer of each row.
        origin: the number of its origin.
        log_odds: log odds of no purchase within the horizon, by the process as fitted at the origin.
        recent: purchase days of the window before the origin.
        rung, later: rung at the origin and at the end of the horizon.
        top: the highest rung.
        lapsed: who had lapsed by the origin; all False where the ladder has no such flag.
        bought: who bought within the horizon.
    """

    facts: FactsAsOf
    days: tuple[np.datetime64, ...]
    code: Whole
    origin: Whole
    log_odds: Array
    recent: Whole
    rung: Whole
    later: Whole
    top: int
    lapsed: Mask
    bought: Mask

    @classmethod
    def of(cls, history: LadderHistory[Any], *, process: Any, origins: int, months: int) -> Landmarks:
        """The buyers of a history at `origins`, half a horizon of so many `months` apart, and what came.

        Raises:
            DataError: nobody bought; an origin lies before the data.

        Warns:
            DataWarning: what the fits of the process warn of, with the origin.
        """
        facts, path = history.facts_as_of, history.rung_history()
        if not len(facts.days.day):
            raise DataError.because(f"{NEED}: nobody has bought by {facts.as_of}.", hint="a history with purchases.")
        begin = np.datetime64(int(facts.first_purchase[facts.first_purchase != NEVER].min()), "D")
        end = path.day_of(np.array([path.last_complete], np.int32))[0]
        days = origin_dates(begin, end, horizon=f"{months}M", count=origins, every=f"{max(months // 2, 1)}M")
        parts: list[dict[str, Any]] = []
        said: dict[str, None] = {}
        month_ends = path.day_of(path.month)
        for number, day in enumerate(days):
            with collected():  # events of customers who came later: they have no row
                past = history.before(str(day))
            with collected() as told:
                code, log_odds = _expected(past, process, facts, months=months)
            said |= dict.fromkeys(f"{NEED} as of {day}: {message}" for message in told)
            at, until = day_number(day), day_number(Period(months, "M").after(day))
            then, after = (
                np.searchsorted(month_ends, np.datetime64(each, "D"), side="right") - 1 for each in (at, until)
            )
            before = facts.purchase_count(at)
            recent = before - facts.purchase_count(day_number(Period.of(WINDOW).before(day)))
            parts.append(
                {
                    "code": code,
                    "origin": np.full(len(code), number),
                    "log_odds": log_odds,
                    "recent": recent[code],
                    "rung": path.rung[then][code].astype(np.int64),
                    "later": path.rung[after][code].astype(np.int64),
                    "lapsed": np.zeros(len(code), bool) if path.lapsed is None else path.lapsed[then][code],
                    "bought": (facts.purchase_count(until) > before)[code],
                }
            )
        for message in said:
            warn(message)
        joined: dict[str, NDArray[Any]] = {name: np.concatenate([each[name] for each in parts]) for name in parts[0]}
        return cls(facts=facts, days=days, top=len(history.rungs) - 1, **joined)

    def at_risk(self, outcome: str) -> Mask:
        """Rows of which an outcome is asked, (m,): leaving of those not lapsed, promotion of those below the top."""
        return ~self.lapsed if outcome == "leaving" else self.rung < self.top

    def happened(self, outcome: str) -> Array:
        """Whether the outcome came, (m,), 1 or 0: no purchase within the horizon, or a higher rung at its end."""
        return (~self.bought if outcome == "leaving" else self.later > self.rung).astype(np.float64)

    def controls(self, outcome: str) -> Array:
        """What purchases tell of an outcome, and the origin, as columns of a design, (m, k).

        The log odds of the process with their square, so that a process that is off in level or spread is corrected;
        the purchase days of the window, because people are asked, and complain, when they buy; for promotion each by
        rung. Every origin has a level of its own, which takes seasons and trends.
        """
        told = np.column_stack([self.log_odds, self.log_odds**2, np.log1p(self.recent)])
        levels = [(self.origin == number).astype(np.float64) for number in range(len(self.days))]
        if outcome == "leaving":
            return np.column_stack([*levels, told])
        on_rung = [(self.rung == rung).astype(np.float64)[:, None] for rung in np.unique(self.rung)]
        return np.column_stack([*levels, *on_rung, *(each * told for each in on_rung)])

    def event_count(self, event: str) -> Whole:
        """Number of events of a name within the window before each row's origin, (m,)."""
        counts = np.stack([self.facts.event_count(event, **span) for span in self._spans()])
        return np.asarray(counts[self.origin, self.code])

    def event_mean(self, event: str) -> Array:
        """Mean value of these events that have one, (m,); NaN without any."""
        values = np.stack([self.facts.event_mean(event, **span) for span in self._spans()])
        return np.asarray(values[self.origin, self.code])

    def _spans(self) -> list[dict[str, int]]:
        window = Period.of(WINDOW)
        return [{"after": day_number(window.before(day)), "until": day_number(day)} for day in self.days]


def _expected(past: LadderHistory[Any], process: Any, facts: FactsAsOf, *, months: int) -> tuple[Whole, Array]:
    """Codes of those who had bought by the last day of `past`, and their log odds of buying no more, (b,) each.

    A model of one's own that does not tell P(at least one purchase) is taken by its expected purchases E: exp(-E).
    """
    model: Any = process
    if not isinstance(process, FittedPurchaseModel):
        summary = summary_for(process, past, period=UNIT)
        model = fitted_purchases(process, summary, customers=past.customers, horizon=f"{months}M")
    summary = summary_for(model, past, period=model.period)
    table = narrow(summary, need=NEED)
    buyers = np.flatnonzero(~nulls(table["first_purchase"]))
    given: dict[str, Any] = {"horizon": Period(months, "M").in_units(model.period)}
    given |= {"customers": past.customers} if covariate_width(model) else {}
    told, column = isinstance(model, FittedPurchases | FittedModelAverage), "expected_purchases"
    if told:
        given["also"], column = ["p_purchase"], "p_purchase"
    (value,) = predictions(model, summary, [column], ids=table["customer_id"].to_list(), known=buyers, **given)
    none = 1 - value[buyers] if told else np.exp(-value[buyers])
    codes, _ = customer_codes(table["customer_id"], known=facts.customers, need=NEED)
    return codes[buyers], np.asarray(logit(np.clip(none, LEAST, 1 - LEAST)))
