"""The fit of a scorer to a lazy summary: to the distinct rows of what each of its parts reads."""

from __future__ import annotations

from typing import Any

from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.errors import KundkarriarError
from kundkarriar.frames import narrow
from kundkarriar.models.interface.columns_read import average_fit_columns, purchase_fit_columns, spend_columns
from kundkarriar.models.interface.protocols import FittedSpendModel, is_auto
from kundkarriar.scoring.lazy.amount_cells import counted_amounts
from kundkarriar.scoring.lazy.tables_to_fit import TablesToFit
from kundkarriar.stored import Stored
from kundkarriar.summaries.lazy.counted_rows import counted_rows, ids_are_distinct
from kundkarriar.summaries.lazy.fit_on_distinct import with_columns
from kundkarriar.summaries.required_weights import N_CUSTOMERS

NEED = "ValueScorer"
AMOUNTS = ("monetary_value", "first_value")
RETURNS = ("total_value", "returns_value", "n_transactions")


def fit_of_lazy(scorer: Any, engine: Engine, frame: LazyFrame, *, customers: Any, leads: Any) -> Any:
    """The scorer fitted to a lazy summary.

    Collected are the distinct rows of what purchase models read, of the orders of customers, or of narrow cells of
    amounts where rows are many, and of returns. What cannot be fitted so is fitted to the collected summary: covariates
    and leads in frames of their own, models of a user's own, a choice of models by earlier forecasts; and a summary
    that breaks a law, which is refused in the words of any table in memory.
    """

    def fit(rows: LazyFrame) -> Any:
        return scorer.fit(engine.collected(rows).to_native(), customers=customers, leads=leads)

    purchases, columns = scorer.purchases, frame.collect_schema().names()
    reads = average_fit_columns(purchases) if hasattr(purchases, "models") else purchase_fit_columns(purchases)
    beside = customers is not None or leads is not None or scorer.first_purchase is not None
    own = not all(each is None or isinstance(each, Stored) for each in (purchases, scorer.spend))
    if beside or own or is_auto(purchases) or reads is None or not ids_are_distinct(engine, frame):
        return fit(frame)
    tables = _tables(scorer, engine, frame, columns, reads)
    try:
        return scorer.fit_to(tables)
    except KundkarriarError as error:
        if error.rows:
            return fit(frame)
        for table in (tables.purchases, tables.spend):
            error = with_columns(error, columns, own=narrow(table, need=NEED).columns)
        raise error from None


def _tables(scorer: Any, engine: Engine, frame: LazyFrame, columns: list[str], reads: tuple[str, ...]) -> TablesToFit:
    """The distinct rows that the parts of a scorer read, with the number of customers of each."""
    purchases = spend = returns = counted_rows(engine, frame, [name for name in columns if name in reads]).to_native()
    model = scorer.spend
    if model is not None and not isinstance(model, FittedSpendModel) and "monetary_value" in columns:
        wanted = [name for name in columns if name in spend_columns(model)]
        spend = counted_amounts(engine, frame, wanted, AMOUNTS).to_native()
    if set(RETURNS) <= set(columns):
        returns = counted_amounts(engine, frame, RETURNS, RETURNS[:2]).to_native()
    return TablesToFit(purchases=purchases, spend=spend, returns=returns, weights=N_CUSTOMERS)
