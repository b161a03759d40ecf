"""Choosing a purchase model by its forecasts at earlier origins."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from attrs import evolve

from kundkarriar.arguments import WholeNumber
from kundkarriar.dates.origin_dates import origin_dates
from kundkarriar.dates.period import Period, as_period
from kundkarriar.errors import ConvergenceError, law_and_hint, warn
from kundkarriar.frames import FrameT, narrow
from kundkarriar.models.average.earlier_origin import (
    LEAST_HISTORY,
    EarlierOrigin,
    history_before,
    observed_days,
    refuse_without_gaps,
)
from kundkarriar.models.average.model_average import ModelAverage, default_models
from kundkarriar.models.average.origin_scores import fitted_at, origin_scores
from kundkarriar.models.average.unfitted_models import unfitted_models
from kundkarriar.models.choice.model_choice import ModelChoice
from kundkarriar.models.interface.protocols import members_of
from kundkarriar.models.mbgnbd import MBGNBD
from kundkarriar.models.pareto_nbd import ParetoNBD
from kundkarriar.models.returning_nbd import ReturningNBD
from kundkarriar.season.season import Season
from kundkarriar.summaries.summarize import summarize

NEED = "choose_model"
ORIGINS = WholeNumber(least=1, most=1000, example=3)
CANDIDATES = (ModelAverage(), MBGNBD(), ParetoNBD(), ReturningNBD())
"""BG/NBD, which is sure that one-time buyers are alive, and NBD, where nobody leaves, had the highest log score on no
split of open data."""
LATE_DAYS = 31
"""Days without a purchase before `as_of` above which the data probably end earlier."""


def choose_model(
    transactions: FrameT,
    *,
    as_of: Any,
    horizon: str | Period,
    models: Iterable[Any] | None = None,
    origins: int = 3,
    period: str = "W",
    burn_in: str | Period | None = None,
    season: Season | None = None,
    customers: FrameT | None = None,
) -> ModelChoice:
    """Choose a purchase model by its forecasts from earlier origins, of which the outcomes are known.

    At each origin all models are fitted to the purchases up to it, and forecast what each customer known by then buys
    within `horizon`. The last outcome ends at `as_of`; origins are half a horizon apart. The model with the highest
    mean log score is the best: the log probability of the number of purchases that came, over all customers and
    origins. The first model listed of those that are not worse than it by more than two paired standard errors is
    chosen, so list them by preference. Standard errors know of customers, and not of what a whole year brings to all
    of them: two good origins in one good year are little evidence.

    Args:
        transactions: the standard frame.
        as_of: the last day that counts: the end of the last outcome.
        horizon: the span to forecast, text with a unit ("6M"): that of the values which the model is chosen for.
        models: purchase models in the order of preference, not fitted: kundkarriar's, with given parameters too, or
            your own. A model without `purchase_counts` has no log score; then the Poisson deviance decides. None: an
            equal average of all that follow, MBG/NBD, Pareto/NBD, ReturningNBD.
        origins: number of origins, >= 1.
        period: unit of time of the models.
        burn_in: as in `kk.summarize`.
        season: as in `kk.summarize`; one estimated from all the data has used the outcomes.
        customers: covariates by customer_id, with values known at every origin; with a burn-in also first_contact.

    Returns:
        A `kk.ModelChoice`: `.chosen` is the model, as listed; `.table()` has the scores.

    Raises:
        DataError: an origin before the first day of the data; nobody had bought twice by then; a fitted model; errors
            of the models, with the origin.
        ConvergenceError: a model that was named found no maximum at an origin.
        CapabilityError: not a purchase model.

    Warns:
        DataWarning: the data end more than 31 days before `as_of`; warnings of `kk.summarize`. What a fit warns of is
            in the table.

    >>> import kundkarriar as kk
    >>> purchases = kk.datasets.load_cdnow(sample=True)
    >>> models = [kk.MBGNBD(), kk.NBD()]
    >>> choice = kk.choose_model(purchases, as_of="1998-06-30", horizon="6M", origins=1, models=models)
    >>> choice.table()[["origin", "model", "bias", "deviance", "log_score", "log_score_std_error"]].round(3).tail(2)
      origin   model   bias  deviance  log_score  log_score_std_error
    2    all  MBGNBD -0.022     1.148     -0.733                0.000
    3    all     NBD  0.564     1.170     -0.783                0.013
    >>> choice.chosen.fit(kk.summarize(purchases, as_of="1998-06-30")).n_customers
    2357
    """
    span, count = as_period(horizon, name="horizon").within_calendar(), ORIGINS.read(origins, "origins")
    listed = candidates(models)
    summary = summarize(
        transactions,
        as_of=as_of,
        period=period,
        customers=None if burn_in is None else customers,  # for first contacts
        burn_in=burn_in,
        regularity=True,
        gaps=True,
        season=season,
    )
    begin, last, end = observed_days(summary, need=NEED)
    if end - last > np.timedelta64(LATE_DAYS, "D"):
        warn(f"{NEED}: the data end on {last}, `as_of` is {end}: what was bought in between counts as none.")
    text = f"{span.count:.15g}{span.unit}"
    dates = origin_dates(begin, end, horizon=text, count=count)
    return _choice(listed, summary, dates=dates, end=end, horizon=text, customers=customers, need=NEED)


def automatic_choice(summary: Any, *, horizon: str) -> ModelChoice:
    """The choice among the default models for a summary with gaps, from which the purchases are rebuilt.

    Up to three origins, each with about as much history before it as outcome after it. Where the data are shorter than
    twice the horizon, half of them are forecast from the other half, and a warning says so.

    Raises:
        CapabilityError: the summary has no gaps.
        DataError: as `choose_model`.
    """
    need = 'purchases="auto"'
    refuse_without_gaps(summary, need=need)
    begin, _, end = observed_days(summary, need=need)
    wanted = span = as_period(horizon, name="horizon")
    if history_before(begin, end, span=span) < LEAST_HISTORY * span.days:
        length = int((end - begin).astype(np.int64)) + 1
        span = Period(max(length // 2, 1), "D")
        warn(
            f"{need}: {length:,} days of data are too short to judge forecasts of {wanted}. The model is chosen by"
            f" forecasts of {span}, half of the data."
        )
    text = f"{span.count:.15g}{span.unit}"
    spare = history_before(begin, end, span=span) - LEAST_HISTORY * span.days
    count = 1 + int(np.clip(spare / max(round(span.days / 2), 1), 0, ORIGINS.example - 1))
    dates = origin_dates(begin, end, horizon=text, count=count)
    return _choice(CANDIDATES, summary, dates=dates, end=end, horizon=text, customers=None, need=need)


def candidates(models: Any) -> tuple[Any, ...]:
    """The models to choose from, none of them fitted."""
    if models is None:
        return CANDIDATES
    listed = unfitted_models(models, need=NEED)
    for model in listed:
        if isinstance(model, ModelAverage) and model.models:
            unfitted_models(model.models, need=NEED)
    return listed


def _choice(
    models: tuple[Any, ...],
    summary: Any,
    *,
    dates: Sequence[np.datetime64],
    end: np.datetime64,
    horizon: str,
    customers: Any,
    need: str,
) -> ModelChoice:
    """The choice by the forecasts from the `dates` of origins, the latest first.

    Of the default candidates one that finds no maximum at some origin is left out, and a warning says so.
    """
    span, scores, failed = Period.of(horizon), [], dict[int, ConvergenceError]()
    for date in reversed(dates):
        origin = EarlierOrigin.of(summary, date=date, until=min(span.after(date), end), need=need)
        fits = _fits(models, origin, horizon=horizon, customers=customers, need=need)
        failed |= {k: fit for k, fit in enumerate(fits) if isinstance(fit, ConvergenceError)}
        if failed and (models is not CANDIDATES or len(failed) == len(models)):
            raise next(iter(failed.values()))
        scores.append((fits, origin))
    for error in failed.values():
        warn(f"{need} leaves a model out: {law_and_hint(error)[0]}")
    left = [k for k in range(len(models)) if k not in failed]
    return ModelChoice(
        models=tuple(models[k] for k in left),
        horizon=horizon,
        scores=tuple(
            origin_scores([fits[k] for k in left], origin, customers=customers, need=need) for fits, origin in scores
        ),
        like=narrow(summary, need=need).head(0).to_native(),
    )


def _fits(models: tuple[Any, ...], origin: EarlierOrigin, *, horizon: str, customers: Any, need: str) -> list[Any]:
    """The models fitted at an origin, or the error of one that found no maximum.

    One that an average before it has fitted already is not fitted again.
    """
    fits: list[Any] = []
    known: list[tuple[Any, Any]] = []
    for model in models:
        fitted = next((fit for spec, fit in known if type(spec) is type(model) and spec == model), None)
        if fitted is None:
            own = isinstance(model, ModelAverage) and model.horizon is None
            to_fit = evolve(model, horizon=horizon) if own else model
            try:
                fitted = fitted_at(to_fit, origin, customers=customers, need=need)
            except ConvergenceError as error:
                fits.append(error)
                continue
        fits.append(fitted)
        if isinstance(model, ModelAverage):
            specs, members = model.models or default_models(origin.summary), members_of(fitted)
            known += zip(specs, members, strict=True) if len(specs) == len(members) else ()
    return fits
