"""The purchase process of a microsimulation: a purchase model, or a fitted scorer with its model and its terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import Attribute, evolve

from kundkarriar.arguments import refusal
from kundkarriar.arrays import Array
from kundkarriar.dates.period import DAYS
from kundkarriar.errors import CapabilityError, DataError, warn
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import narrow, numbers
from kundkarriar.ladder.events_ahead.exposed_events import days_active
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.rungs.rung_facts import asking_for_money
from kundkarriar.models.average.average_fields import covariate_width
from kundkarriar.models.average.model_average import ModelAverage
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws, refuse_undatable
from kundkarriar.models.drift.mixed_fits import last_fitted_day
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import (
    FittedPurchaseModel,
    FittedSpendModel,
    PurchaseModel,
    SpendModel,
    members_of,
    needs_gaps,
)
from kundkarriar.models.model_kind import refuse_class, refuse_lifetimes, refuse_other_kind, refuse_other_table
from kundkarriar.scoring.customer_base import CustomerBase
from kundkarriar.scoring.draws.scorer_draws import drawn_purchases
from kundkarriar.scoring.prospects.later_purchases import later_purchases
from kundkarriar.scoring.scorer_models import fitted_purchases
from kundkarriar.scoring.stored_models import MODEL
from kundkarriar.scoring.value_scorer import FittedValueScorer, ValueScorer
from kundkarriar.scoring.without_spend import without_spend
from kundkarriar.stored import whole
from kundkarriar.stored_forms import Form
from kundkarriar.summaries.summarize import summary_of, with_mix_of

HINT = "process=kk.ModelAverage(), a fitted model, or a fitted scorer: process=scorer.fit(summary)."
PERIOD = "W"
"""The unit of the summary that a model is fitted to."""
SCORERS = (ValueScorer, FittedValueScorer)


def or_average(process: Any) -> Any:
    """Converter of `process`: the default average of models where none is given."""
    return ModelAverage() if process is None else process


def purchase_process(_: object, attribute: Attribute[Any], process: Any) -> None:
    """Validator: a purchase model or a scorer, each spec or fitted."""
    if isinstance(process, ValueScorer | FittedValueScorer):
        return
    refuse_class(process, name=attribute.name)
    refuse_lifetimes(process)
    refuse_other_table(process, need=f"`{attribute.name}` of kk.Microsimulation")
    refuse_other_kind(process, place="purchases")
    kinds: Any = PurchaseModel | FittedPurchaseModel
    if isinstance(process, str) or not is_a(process, kinds):
        raise refusal(process, attribute.name, law="a purchase model or a scorer", hint=HINT)


def _read(stored: Any) -> Any:
    for kind, own in ((FittedValueScorer, {"scorer", "return_mean"}), (ValueScorer, {"margin", "purchases"})):
        if isinstance(stored, Mapping) and own & set(stored):  # no model has such fields
            return whole(kind).read(stored)
    return MODEL.read(stored)


PROCESS = Form(
    law="a stored model or fitted scorer",
    write=lambda process: process.to_dict() if isinstance(process, SCORERS) else MODEL.write(process),
    read=_read,
)


def model_of(process: Any) -> Any:
    """The purchase model of a process."""
    return process.purchases if isinstance(process, SCORERS) else process


def fitted_process(process: Any, history: LadderHistory[Any]) -> Any:
    """The process fitted to the purchases of a history, unless it is fitted already; warns if to later ones."""
    if isinstance(process, ValueScorer):
        leads = None if process.first_purchase is None else history.leads()
        process = process.fit(summary_for(process, history, period=PERIOD), customers=history.customers, leads=leads)
    if not isinstance(process, FittedValueScorer | FittedPurchaseModel):
        process = fitted_purchases(
            process, summary_for(process, history, period=PERIOD), customers=history.customers, horizon="12M"
        )
    refuse_undatable(model_of(process))
    until, last = last_fitted_day(model_of(process)), history.facts_as_of.as_of
    if until is not None and until > last:
        warn(
            f"Microsimulation.fit: the process was fitted to data up to {until}, and the history ends on {last}: what "
            "is forecast from there has seen what came. Give the model to be fitted: process=kk.ModelAverage()."
        )
    return process


def summary_for(process: Any, history: LadderHistory[Any], *, period: str) -> Any:
    """The summary of a history as the process reads it, as of the history's last day; customers in its order."""
    scorer = process.scorer if isinstance(process, FittedValueScorer) else process
    ledger = history.facts_as_of.days.ledger
    summary = summary_of(
        ledger,
        period=period,
        burn_in=history.burn_in,
        regularity=True,
        gaps=needs_gaps(model_of(process)),
        season=scorer.season if isinstance(scorer, ValueScorer) else None,
        like=history.like,
    )
    return summary if history.mix is None else with_mix_of(history.mix, summary, ledger)


def purchases_ahead(
    process: Any, history: LadderHistory[Any], *, days: float, draws: int, seed: int, level_sd: float
) -> PurchaseDraws:
    """Purchases of all customers drawn for `days` after the history's last day; with amounts by a scorer's spend.

    Raises:
        CapabilityError: a rung asks for money, and the process has no amounts.
    """
    if not (isinstance(process, FittedValueScorer) and process.spend is not None):
        for name, money in asking_for_money(history.rungs).items():
            raise CapabilityError.because(
                f"the rung `{name}` asks for {money}, and the process draws purchases without amounts.",
                hint="kk.Microsimulation(process=scorer.fit(summary)), with a fitted scorer that has a spend model.",
            )
    model, customers = model_of(process), history.customers
    summary, horizon = summary_for(process, history, period=model.period), days / DAYS[model.period]
    if isinstance(process, FittedValueScorer):
        drawn = drawn_purchases(process, process.base(summary, customers=customers), draws=draws, seed=seed)
        return evolve(drawn, horizon=horizon, level_sd=level_sd)
    return PurchaseDraws.of(
        model,
        summary,
        horizon=f"{days}D",
        draws=draws,
        seed=seed,
        level_sd=level_sd,
        customers=customers if covariate_width(model) else None,
        need="Microsimulation",
    )


def prospects_ahead(process: Any, history: LadderHistory[Any], *, known: PurchaseDraws) -> PurchaseDraws | None:
    """Purchases of the prospects of a history, from a drawn first one on; None where no first purchase is foreseen.

    `known` are the drawn purchases of the buyers, see `purchases_ahead`.
    """
    if not foresees_first_purchases(process):
        return None
    return later_purchases(process, base_of(process, history), known=known)


def foresees_first_purchases(process: Any) -> bool:
    """Whether a process tells when prospects first buy."""
    return isinstance(process, FittedValueScorer) and process.first_purchase is not None


def base_of(scorer: FittedValueScorer, history: LadderHistory[Any]) -> CustomerBase:
    """The customers of a history as a scorer reads them, with the prospects where it tells when they first buy."""
    leads = history.leads() if foresees_first_purchases(scorer) else None
    summary = summary_for(scorer, history, period=scorer.purchases.period)
    return scorer.base(summary, customers=history.customers, leads=leads)


def refuse_fitted_process(process: Any, *, need: str) -> None:
    """Refuse a process that was fitted already, where it is to be judged by forecasts from an earlier day.

    Raises:
        DataError: a fitted scorer or model, or a scorer with one; models with given parameters can be used.
    """
    for each in (process.purchases, process.spend) if isinstance(process, ValueScorer) else (process,):
        given = all(isinstance(model, FittedModel) and not model.report.fitted for model in members_of(each))
        if given or is_a(each, PurchaseModel | SpendModel):
            continue
        if is_a(each, FittedValueScorer | FittedPurchaseModel | FittedSpendModel):
            name = type(each).__name__
            raise DataError.because(
                f"{need} judges its parts by what came after an earlier day, and {name} is fitted already, perhaps to"
                " that.",
                hint=f"give the spec, which is fitted there anew: kk.{name.removeprefix('Fitted')}(...).",
            )


def active_so_far(process: Any, history: LadderHistory[Any]) -> Array:
    """Expected number of days that each customer was active since the first purchase, (n,)."""
    model = model_of(process)
    table = narrow(summary_for(process, history, period=model.period), need="Microsimulation")
    own = {"customers": history.customers} if covariate_width(model) else {}
    predicted = narrow(model.predict(table.to_native(), horizon=1.0, **own), need="Microsimulation")
    p_alive = numbers(predicted, "p_alive", need="Microsimulation", nullable=True)
    return days_active(history.facts_as_of, np.nan_to_num(p_alive))


def history_of(given: Any, *, need: str) -> LadderHistory[Any]:
    """A history; careers that were made elsewhere are refused, for they hold no purchases.

    Raises:
        CapabilityError: anything but a `kk.LadderHistory`.
    """
    if isinstance(given, LadderHistory):
        return given
    raise CapabilityError.because(
        f"{need} carries purchases on and applies the ladder's rules to them: it needs a kk.LadderHistory, got "
        f"{type(given).__name__}.",
        hint="history = ladder.history(transactions, as_of=...); careers from elsewhere are for kk.ChainMixture.",
    )


def scorer_of(process: Any, given: Any) -> FittedValueScorer:
    """The scorer that counts money: the process itself, or a `given` one with the same purchase model.

    Raises:
        CapabilityError: the process is a model and no scorer is given, or the scorer has no spend model.
        DataError: the scorer has another purchase model.
    """
    scorer = process if given is None else given
    if not isinstance(scorer, FittedValueScorer):
        law = "a fitted scorer" if given is not None else "a fitted scorer, as the process is a model without amounts"
        raise CapabilityError.because(
            f"values need {law}.", hint="micro.value(history, scorer=scorer.fit(summary)), or that scorer as process."
        )
    if scorer.purchases != model_of(process):
        raise DataError.because(
            "the scorer has another purchase process than the microsimulation: two processes do not agree on values.",
            hint="kk.Microsimulation(process=fitted_scorer).fit(history).",
        )
    if scorer.spend is None:
        raise without_spend("Microsimulation.value", spend=scorer.scorer.spend)
    return scorer
