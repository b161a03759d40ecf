"""The fit of a scorer to a lazy summary: to the distinct rows of what each of its parts reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kundkarriar.engines.engine import Engine
from kundkarriar.engines.frame_kinds import rows_to_fit
from kundkarriar.engines.lazy_frames import LazyFrame
from kundkarriar.errors import KundkarriarError
from kundkarriar.frames import narrow
from kundkarriar.id_kinds import ID
from kundkarriar.models.average.fitted_average import FittedModelAverage
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.interface.columns_read import average_fit_columns, purchase_fit_columns, spend_columns
from kundkarriar.models.interface.protocols import FittedSpendModel, is_auto
from kundkarriar.scoring.fit.amount_cells import counted_amounts
from kundkarriar.scoring.fit.tables_to_fit import TablesToFit
from kundkarriar.scoring.margins.margin_fields import is_by_category
from kundkarriar.stored import Stored
from kundkarriar.summaries.lazy.counted_rows import counted_rows, ids_are_distinct
from kundkarriar.summaries.lazy.fit_on_distinct import with_columns
from kundkarriar.summaries.mix.mix_columns import SPEND_ON, categories_of
from kundkarriar.summaries.required_weights import N_CUSTOMERS

NEED = "ValueScorer"
AVERAGES = (ModelAverage, FittedModelAverage)
AMOUNTS = ("monetary_value", "first_value")
RETURNS = ("total_value", "returns_value", "n_transactions")


def parts_of_lazy(
    scorer: Any, engine: Engine, frame: LazyFrame, *, fit: Callable[[TablesToFit], dict[str, Any]], beside: bool
) -> dict[str, Any]:
    """What `fit` makes of the tables of a lazy summary.

    Collected are the distinct rows of what purchase models read, of the orders of customers, or of narrow cells of
    amounts where rows are many, and of returns; for a margin by category the spend of each customer. What cannot be
    fitted so is fitted to the collected summary: covariates and leads in frames of their own (`beside`), models of a
    user's own, a choice of models by earlier forecasts; and a summary that breaks a law, which is refused in the words
    of any table in memory.
    """

    def in_memory() -> dict[str, Any]:
        return fit(TablesToFit.of(rows_to_fit(engine.collected(frame))))

    purchases, columns = scorer.purchases, frame.collect_schema().names()
    reads = average_fit_columns(purchases) if isinstance(purchases, AVERAGES) else purchase_fit_columns(purchases)
    own = not all(each is None or isinstance(each, Stored) for each in (purchases, scorer.spend))
    if beside or own or is_auto(purchases) or reads is None or not ids_are_distinct(engine, frame):
        return in_memory()
    tables = _tables(scorer, engine, frame, columns, reads)
    try:
        return fit(tables)
    except KundkarriarError as error:
        if error.rows:
            return in_memory()
        told = error
    for table in (tables.purchases, tables.spend):
        told = with_columns(told, columns, own=narrow(table, need=NEED).columns)
    raise told


def _tables(scorer: Any, engine: Engine, frame: LazyFrame, columns: list[str], reads: tuple[str, ...]) -> TablesToFit:
    """The distinct rows that the parts of a scorer read, with the number of customers of each."""
    read = [name for name in columns if name in reads]
    purchases = spend = returns = rows_to_fit(counted_rows(engine, frame, read))
    model = scorer.spend
    if model is not None and not isinstance(model, FittedSpendModel) and "monetary_value" in columns:
        wanted = [name for name in columns if name in spend_columns(model)]
        spend = rows_to_fit(counted_amounts(engine, frame, wanted, AMOUNTS))
    if set(RETURNS) <= set(columns):
        returns = rows_to_fit(counted_amounts(engine, frame, RETURNS, RETURNS[:2]))
    mix = None
    if is_by_category(scorer.margin):
        wanted = [ID, "n_transactions", *(f"{SPEND_ON}{name}" for name in categories_of(columns))]
        mix = rows_to_fit(engine.collected(frame.select([name for name in wanted if name in columns])))
    return TablesToFit(purchases=purchases, spend=spend, returns=returns, mix=mix, weights=N_CUSTOMERS)
