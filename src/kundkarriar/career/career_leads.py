"""The leads of a career: known customers with a first contact, where the scorer models first purchases."""

from __future__ import annotations

from kundkarriar.errors import DataError
from kundkarriar.frames import FrameT, narrow
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.models.first_purchase.first_purchase import FirstPurchase
from kundkarriar.scoring.value_scorer import ValueScorer
from kundkarriar.summaries.leads.leads_of import warn_of_late_contacts

NEED = "CustomerCareer"


def career_leads(scorer: ValueScorer, history: LadderHistory[FrameT]) -> FrameT | None:
    """The leads of a history; None where the scorer has no model of first purchases, or a fitted one and no lead.

    Raises:
        DataError: the model is to be fitted, and nobody's first contact is known.

    Warns:
        DataWarning: first contacts lie after first purchases.
    """
    if scorer.first_purchase is None:
        return None
    warn_of_late_contacts(history.facts_as_of, need=NEED)
    leads = history.leads()
    if len(narrow(leads, need=NEED)):
        return leads
    if isinstance(scorer.first_purchase, FirstPurchase):
        raise DataError.because(
            f"{NEED} fits the time from first contact to first purchase, and knows no first contact.",
            hint="fit(..., customers=customers) with all known customers: customer_id, first_contact; or leave out "
            "first_purchase of the scorer.",
        )
    return None
