"""`FirstPurchase`: the time from first contact to first purchase, a beta-geometric with a share that never buys."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import as_tuple, read_names, refusal
from kundkarriar.engines.frame_kinds import kind_of_frame
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow
from kundkarriar.models.covariates.columns import check_unread
from kundkarriar.models.covariates.covariates import columns_of_customers
from kundkarriar.models.first_purchase.fitted_first_purchase import FirstPurchaseParams, FittedFirstPurchase
from kundkarriar.models.first_purchase.lead_effects import lead_effects_to_fit
from kundkarriar.models.first_purchase.lead_likelihood import NAME, LeadLikelihood
from kundkarriar.models.fitting.likelihood_fit import refuse_too_little
from kundkarriar.stored import Stored
from kundkarriar.summaries.leads.lead_columns import MADE, QUOTE
from kundkarriar.summaries.leads.lead_rows import read_leads
from kundkarriar.summaries.leads.leads import leads as table_of_leads


@frozen(kw_only=True)
class FirstPurchase(Stored):
    """The specification of the time from first contact to first purchase; `fit` estimates its parameters.

    Each lead who will ever buy does so in a month with an individual, beta-distributed probability p; a share of leads
    never buys. Columns and events multiply the pace: a month that counts as f months leaves a lead without a purchase
    with probability (1 - p)^f. Columns may also act on the odds of never buying.

    A first purchase enters the likelihood as one within its month since contact, so that the shape within a month does
    not matter; with events, whose effects begin on the day after them, as one on its day. Leads who have not bought
    count up to the day `as_of`. What happens after a first purchase, and values of events, are not used.

    Attributes:
        pace: columns of customers on which the pace of first purchases depends, such as channel.
        never: columns on which the odds of never buying depend.
        events: names of events after the first of which the pace is another: "interest", "quote".

    >>> truth = FittedFirstPurchase(params=FirstPurchaseParams(alpha=2.0, beta=10.0, never=0.5))
    >>> fitted = FirstPurchase().fit(truth.simulate([24.0] * 4000, seed=1))
    >>> fitted.boundary is None, round(truth.new_lead("12M"), 2), round(fitted.new_lead("12M"), 2)
    (True, 0.39, 0.38)
    """

    pace: tuple[str, ...] = field(default=(), converter=as_tuple)
    never: tuple[str, ...] = field(default=(), converter=as_tuple)
    events: tuple[str, ...] = field(default=(), converter=as_tuple)

    @pace.validator
    @never.validator
    def _known_from_the_start(self, attribute: Attribute[Any], names: tuple[Any, ...]) -> None:
        columns_of_customers(self, attribute, names)
        if outcomes := [name for name in names if name in (*MADE, QUOTE) or name.endswith("_after")]:
            law, hint = "columns known at the first contact, not what leads did", f"leave out {outcomes}."
            raise refusal(names, attribute.name, law=law, hint=f"{hint[:-1]}; events go into `events`.")

    @events.validator
    def _names_of_events(self, attribute: Attribute[Any], names: tuple[Any, ...]) -> None:
        read_names(names, attribute.name)
        if odd := [name for name in names if name != name.strip().lower()]:
            law = "names of events in lower case, as they are read"
            raise refusal(names, attribute.name, law=law, hint=f"write {[name.strip().lower() for name in odd]}.")

    def fit(
        self,
        customers: Any,
        transactions: Any = None,
        *,
        as_of: Any = None,
        events: Any = None,
        weights: str | None = None,
    ) -> FittedFirstPurchase:
        """Estimate the parameters by maximum likelihood.

        Args:
            customers: all known customers with their first_contact; or a table from `kk.leads` or `kk.quotes`, which
                holds the rest.
            transactions: as in `kk.leads`, with the next two; left out with a table of leads.
            as_of: the last day that counts.
            events: optional events.
            weights: column of a table of leads with the number of leads of a row.

        Raises:
            DataError: impossible rows or columns, too few leads, or nobody who bought.
            ConvergenceError: the search did not reach a maximum.

        Warns:
            DataWarning: the model's `weaknesses`, such as a boundary; as `kk.leads` does.
        """
        need = f"{NAME}.fit"
        if transactions is None:
            for name, given in (("as_of", as_of), ("events", events)):
                if given is not None:
                    hint = "give all three, or a table of leads alone: kk.leads(customers, transactions, as_of=...)."
                    raise DataError.because(
                        f"{need} reads `{name}` with `transactions`, which are not there.", hint=hint
                    )
            table = customers
        else:
            check_unread(customers, need=need)
            table = table_of_leads(customers, transactions, as_of=as_of, events=events)
        _, rows = read_leads(table, need=need, weights=weights, events=self.events)
        n = int(rows.weights.sum())
        effects, covariates = lead_effects_to_fit(
            narrow(table, need=need),
            pace=self.pace,
            never=self.never,
            events=self.events,
            weights=rows.weights,
            need=need,
        )
        law = LeadLikelihood(effects=effects)
        refuse_too_little(
            NAME,
            n,
            parameters=len(law.parameters),
            typed=f"Fitted{NAME}(params=...)",
            who="leads",
            cases=[
                (
                    not rows.bought.any(),
                    f"none of the {n:,} leads has bought (`bought` False for all).",
                    (
                        "who is first contacted on the day of the first purchase was no lead; take a later as_of, or "
                        f"type in what is known of others: kk.Fitted{NAME}(params=...)."
                    ),
                )
            ],
        )
        distinct = evolve(rows, covariates=covariates).distinct()
        values, report = law.fit(distinct).fitted(distinct_rows=distinct, frame_kind=kind_of_frame(table))
        params = FirstPurchaseParams(**{name: values[name] for name in ("alpha", "beta", "never")})
        return FittedFirstPurchase(params=params, effects=effects.with_values(values), report=report).warned()
