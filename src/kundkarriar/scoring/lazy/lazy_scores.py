"""Scores of a lazy summary, in blocks of customers."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import evolve, frozen

from kundkarriar.engines.eagerly import eagerly
from kundkarriar.engines.engine import Engine
from kundkarriar.engines.lazy_frames import Block, LazyFrame
from kundkarriar.errors import CapabilityError, KundkarriarError, collected
from kundkarriar.frames import add_columns, narrow, numbers
from kundkarriar.models.interface.columns_read import FIRST_DAY, average_columns, purchase_columns, spend_columns
from kundkarriar.models.interface.protocols import Discounts, able
from kundkarriar.models.nbd import FittedNBD, NBDParams
from kundkarriar.numerics.money.ranked_amounts import RankedAmounts
from kundkarriar.scoring.fit.amount_cells import extreme_rows
from kundkarriar.scoring.fit.parts_of_lazy import AMOUNTS, AVERAGES, RETURNS
from kundkarriar.scoring.lazy.known_futures import KnownFutures
from kundkarriar.scoring.margins.margin_fields import is_by_category
from kundkarriar.scoring.old_fit import warn_of_old_fit
from kundkarriar.scoring.score_columns import ranked_by, score_columns
from kundkarriar.stored import Stored
from kundkarriar.summaries.checked_summary import CheckedSummary
from kundkarriar.summaries.lazy.counted_rows import counted_rows, ids_are_distinct
from kundkarriar.summaries.lazy.row_by_row import refuse_arguments, without_data
from kundkarriar.summaries.mix.mix_columns import SPEND_ON
from kundkarriar.summaries.required_weights import N_CUSTOMERS

NEED = "ValueScorer"
GROUPS = ("frequency", "n_transactions", "entry", "period", "season", "as_of")
"""Columns of a summary that the laws of amounts depend on, and those that are constant."""


@frozen(kw_only=True, eq=False)
class Scored:
    """A fitted scorer asked for the scores of blocks of customers, without their rank."""

    fitted: Any
    futures: Any = None

    def __call__(self, block: Block) -> Block:
        """The scores of a block; what it warns of is said once, of all customers."""
        with collected():
            base = self.fitted.base(block)
            return base.frame_of(score_columns(self.fitted, base, futures=self.futures, rank=False))


@frozen(kw_only=True, eq=False)
class Ranked:
    """The rank of each customer among all."""

    by: str
    ranked: RankedAmounts

    def __call__(self, block: Block) -> Block:
        """The block with the column `rank`."""
        values = numbers(narrow(block, need=NEED), self.by, need=NEED, nullable=True)
        return add_columns(block, {"rank": self.ranked.ranks(values)})


def scores_of_lazy(
    fitted: Any, engine: Engine, frame: LazyFrame, *, customers: Any, leads: Any, draws: Any, rank: bool | None
) -> Any:
    """`FittedValueScorer.score` of a lazy summary.

    Collected are the distinct rows of what the purchase model reads, whose futures are computed once on one machine;
    the extremes of amounts, by frequency, which show whether some row breaks a law; and for the rank one value of each
    customer. Leads, covariates and terms in frames of their own, and models of a user's own, are scored in memory.
    """
    if draws is not None:
        raise CapabilityError.because(
            "FittedValueScorer.score adds the intervals of draws to a table in memory, and the summary is lazy.",
            hint="leave draws= out; intervals of some customers: collect their rows, and draw them.",
        )

    ranked = not engine.cluster if rank is None else rank

    def eager() -> Any:
        def score(table: Any) -> Any:
            return fitted.score(table, customers=customers, leads=leads, rank=ranked)

        return eagerly(engine, frame, score)

    model = fitted.purchases
    own = not all(each is None or isinstance(each, Stored) for each in (model, fitted.spend))
    reads = average_columns(model) if isinstance(model, AVERAGES) else purchase_columns(model)
    if customers is not None or leads is not None or fitted.first_purchase is not None or own or reads is None:
        return eager()
    models = {"purchases": without_data(model), "spend": None if fitted.spend is None else without_data(fitted.spend)}
    scored = Scored(fitted=evolve(fitted, **models))
    refuse_arguments(engine, frame, scored)
    columns = frame.collect_schema().names()
    if not ids_are_distinct(engine, frame):
        return eager()
    terms = _terms(fitted, columns)
    try:
        known = _checked(fitted, engine, frame, reads=reads, terms=terms)
    except KundkarriarError:
        return eager()
    if not engine.cluster and known.rows.gaps is None and able(model, Discounts):
        scored = evolve(scored, futures=KnownFutures.of(model, known.rows))
    wanted = {"customer_id", FIRST_DAY, *reads, *spend_columns(fitted.spend), *RETURNS, *terms}
    scores = engine.mapped(frame.select([name for name in columns if name in wanted]), scored)
    if not ranked:
        return scores.to_native()
    by = ranked_by(fitted)
    scores = engine.kept(scores) if engine.cluster or engine.name == "polars" else scores
    values = numbers(engine.collected(scores.select(by)), by, need=NEED, nullable=True)
    return engine.mapped(scores, Ranked(by=by, ranked=RankedAmounts.of(values))).to_native()


def _terms(fitted: Any, columns: list[str]) -> list[str]:
    """The columns of the summary with margins and costs."""
    spec = fitted.scorer
    paid = () if spec.costs is None else (spec.costs.serve_per_year, spec.costs.per_order, spec.costs.market_per_year)
    given = [*paid, *([] if is_by_category(spec.margin) else [spec.margin])]
    mix = [name for name in columns if name.startswith(SPEND_ON)] if is_by_category(spec.margin) else []
    return [*(name for name in columns if name in given), *mix]


def _checked(
    fitted: Any, engine: Engine, frame: LazyFrame, *, reads: tuple[str, ...], terms: list[str]
) -> CheckedSummary:
    """The checked distinct rows of what the purchase model reads; every law of the summary is checked.

    Raises:
        KundkarriarError: some row breaks a law.
    """
    columns = frame.collect_schema().names()
    day = [name for name in (FIRST_DAY,) if name in columns]
    read = list(dict.fromkeys([*(name for name in columns if name in reads), *day]))
    rows = counted_rows(engine, frame, read).drop(N_CUSTOMERS)
    model = fitted.purchases
    checked: CheckedSummary = model.read(rows.to_native(), need=NEED)
    warn_of_old_fit(model, rows, checked.position, horizon=fitted.scorer.horizon, need=NEED)
    effects = [name for name in spend_columns(fitted.spend) if name not in AMOUNTS]
    keys = [name for name in columns if name in {*GROUPS, *effects}]
    amounts = list(dict.fromkeys(name for name in (*AMOUNTS, *RETURNS[:2], *terms) if name in columns))
    table = extreme_rows(engine, frame, keys, amounts)
    # a history that obeys the laws of purchases, which are those of the distinct rows
    bought = table["frequency"].fillna(0) > 0
    table = table.assign(customer_id=np.arange(len(table)), recency=bought.astype(float), T=1.0)
    with collected():
        plain = FittedNBD(params=NBDParams(r=1.0, alpha=1.0), period=model.period)
        evolve(fitted, scorer=evolve(fitted.scorer, purchases=plain), purchases=plain).base(table)
    return checked
