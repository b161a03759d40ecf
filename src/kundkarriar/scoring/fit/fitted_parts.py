"""The fitted parts of a scorer: its models, the prior of returns, and what was observed."""

from __future__ import annotations

from typing import Any

from kundkarriar.customer_ids import unique_ids
from kundkarriar.dates.period import DAYS
from kundkarriar.engines.engine import engine_of
from kundkarriar.errors import DataError
from kundkarriar.frames import narrow
from kundkarriar.scoring.buyers_of_summary import NEED
from kundkarriar.scoring.customer_base import check_customers_frame
from kundkarriar.scoring.fit.parts_of_lazy import parts_of_lazy
from kundkarriar.scoring.fit.tables_to_fit import TablesToFit
from kundkarriar.scoring.margins.category_margins import fitted_mix
from kundkarriar.scoring.margins.margin_fields import is_by_category
from kundkarriar.scoring.scorer_models import (
    fitted_first_purchase,
    fitted_purchases,
    fitted_spend,
    refuse_models_without_buyers,
)
from kundkarriar.season.season_clock import read_warped_as_of
from kundkarriar.season.whole_years import share_beyond_whole_years
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.table_kind import SUMMARY, refuse_another_table


def fitted_parts(scorer: Any, summary: Any, *, customers: Any, leads: Any) -> dict[str, Any]:
    """The fields of `FittedValueScorer` but `scorer`; arguments and errors as of `ValueScorer.fit`."""
    if (found := engine_of(summary)) is None:
        return parts_of_tables(scorer, TablesToFit.of(summary), customers=customers, leads=leads)

    def of_tables(tables: TablesToFit) -> dict[str, Any]:
        return parts_of_tables(scorer, tables, customers=customers, leads=leads)

    beside = customers is not None or leads is not None or scorer.first_purchase is not None
    return parts_of_lazy(scorer, *found, fit=of_tables, beside=beside)


def parts_of_tables(scorer: Any, tables: TablesToFit, *, customers: Any, leads: Any) -> dict[str, Any]:
    """The parts fitted to the tables of purchases, of amounts and of returns, which may be of distinct rows."""
    wide, weights = narrow(tables.purchases, need=NEED), tables.weights
    refuse_another_table(wide, wanted=SUMMARY, need=NEED)
    if weights is None:
        unique_ids(wide, need=NEED)
    read_warped_as_of(wide, season=scorer.season, need=NEED)
    check_customers_frame(customers, need=NEED)
    if scorer.first_purchase is not None:
        refuse_models_without_buyers(wide, scorer, need=NEED)
    first_purchase = fitted_first_purchase(scorer.first_purchase, leads, need=NEED)
    purchases = fitted_purchases(
        scorer.purchases, tables.purchases, customers=customers, horizon=scorer.horizon, weights=weights
    )
    spend = fitted_spend(scorer.spend, tables.spend, customers=customers, weights=weights)
    checked = read_purchase_rows(wide, need=NEED, period=purchases.period, weights=weights)
    rows = checked.rows
    if len(rows) == 0 and first_purchase is None:
        raise DataError.because(
            f"{NEED} needs at least one customer with a purchase: all {checked.customers(checked.prospect):,} are"
            " prospects.",
            hint="check as_of in kk.summarize(transactions, as_of=...).",
        )
    mean, mass = tables.return_prior(need=NEED)
    mix: Any = ((), 0.0)
    if spend is not None and is_by_category(scorer.margin):
        mix = fitted_mix(scorer.margin, narrow(tables.mix, need=NEED), customers=customers, need=NEED)
    return {
        "purchases": purchases,
        "spend": spend,
        "return_mean": mean,
        "return_mass": mass,
        "mix": mix[0],
        "mix_mass": mix[1],
        "observed": float(rows.T.max(initial=0.0)),
        "beyond_whole_years": share_beyond_whole_years(rows.T * DAYS[purchases.period], weights=rows.weights),
        "first_purchase": first_purchase,
    }
