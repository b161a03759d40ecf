"""Comparison of repeat-buying models: information criteria of the same customers, and accuracy on a holdout."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from kundkarriar.arguments import read_many, refusal
from kundkarriar.arrays import Array
from kundkarriar.customer_ids import positions, unique_ids
from kundkarriar.errors import CapabilityError, DataError, collected
from kundkarriar.foreign_objects import is_a
from kundkarriar.frames import FrameT, NarrowFrame, narrow, new_frame, numbers, refuse_rows, require, text_column
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.fitting.likelihood_ratio import is_maximum, name_of, same_log_likelihood
from kundkarriar.models.interface.argument_checks import SPAN
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import FittedPurchaseModel, PurchaseModel
from kundkarriar.models.model_kind import refuse_class, refuse_lifetimes, refuse_other_table
from kundkarriar.numerics.forecast import accuracy
from kundkarriar.summaries.checked_summary import CheckedSummary, read_purchase_rows
from kundkarriar.summaries.required_weights import refuse_unweighted_rows

NEED = "compare_models"
CRITERIA = ("model", "parameters", "log_likelihood", "aic", "bic", "delta_aic", "boundary")


def compare_models(
    models: Iterable[Any], summary: FrameT, *, holdout: FrameT | None = None, horizon: float | None = None
) -> FrameT:
    """Information criteria of each model for the customers of `summary`, and with `holdout` its predictive accuracy.

    Information criteria compare models of the same data only: a model fitted to other customers is refused. A lower
    `aic` is better: a difference of 2 is little, 10 is decisive. It holds for models whose parameters are identified;
    see `boundary`, and `kk.likelihood_ratio` for nested models. The page docs/which_model.md says which model when.

    Args:
        models: specs (`kk.BGNBD()`), which are fitted here; models fitted to `summary`; models whose parameters were
            given or moved by a penalty, which have a likelihood and no criteria; models of your own, which have
            neither.
        summary: one row per customer, as from `kk.summarize`, with the columns of covariates that a model needs.
        holdout: what the same customers bought afterwards, as from `kk.holdout_table`: customer_id, purchases,
            duration.
        horizon: the periods that `holdout` spans, where it has no column `duration`; of a summary that a season warps,
            those of its own time, `season.ahead("9M", as_of=..., period="W")`.

    Returns:
        A row for each model, in the order given: model; parameters (how many); log_likelihood; aic; bic; delta_aic
        (above the lowest); boundary (missing, or what the customers do not identify). With `holdout` also
        purchases_predicted and purchases_actual (sums over customers), bias (predicted / actual - 1), mae and rmse
        (purchases per customer). Customers who never bought are left out.

    Raises:
        DataError: a model of other customers or another period, a holdout of other customers.
        CapabilityError: not a purchase model: a model of spend, of opportunities, of memberships.

    >>> import kundkarriar as kk
    >>> calibration, holdout = kk.split(kk.datasets.load_cdnow(sample=True), at="1997-09-30")
    >>> summary = kk.summarize(calibration, as_of="1997-09-30")
    >>> actual = kk.holdout_table(summary, holdout, until="1998-06-30")
    >>> table = compare_models([kk.NBD(), kk.BGNBD(), kk.MBGNBD()], summary, holdout=actual)
    >>> table[["model", "parameters", "aic", "delta_aic", "purchases_predicted", "mae"]].round(2)
         model  parameters       aic  delta_aic  purchases_predicted   mae
    0      NBD           2  19531.32     359.04              2929.82  1.04
    1   BG/NBD           4  19172.86       0.59              1653.41  0.79
    2  MBG/NBD           4  19172.27       0.00              1576.73  0.76
    """
    refuse_unweighted_rows(summary, need=NEED, hint="pass the summary itself, one row per customer.")
    checked = read_purchase_rows(summary, need=NEED)
    if horizon is not None:
        horizon = SPAN.read(horizon, "horizon")
    later = None if holdout is None else narrow(holdout, need=NEED)
    purchases = np.empty(0) if later is None else _purchases(later, narrow(summary, need=NEED))
    span = 0.0 if later is None else _horizon(later, horizon, checked=checked)
    rows = []
    for fitted in [_fitted(model, summary, checked=checked) for model in _model_list(models)]:
        rows.append(_criteria(fitted, summary))
        if later is not None:
            ahead = narrow(fitted.predict(summary, horizon=span), need=NEED)
            expected = numbers(ahead, "expected_purchases", need=NEED, nullable=True)
            bought = ~checked.prospect  # no model predicts customers who never bought
            rows[-1] |= _accuracy(predicted=expected[bought], actual=purchases[bought])
    lowest = min((row["aic"] for row in rows if row["aic"] is not None), default=None)
    for row in rows:
        row["delta_aic"] = None if row["aic"] is None else row["aic"] - lowest
    return new_frame({name: _column(name, [row[name] for row in rows], like=summary) for name in rows[0]}, like=summary)


def _accuracy(**both: Array) -> dict[str, float | None]:
    """Accuracy of predictions, from `predicted` and `actual` purchases of the same customers."""
    measures = {"bias": accuracy.bias, "mae": accuracy.mae, "rmse": accuracy.rmse}
    sums = {f"purchases_{name}": float(values.sum()) for name, values in both.items()}
    return sums | {name: measure(**both) for name, measure in measures.items()}


def _purchases(later: NarrowFrame, table: NarrowFrame) -> Array:
    """The purchases of a holdout in the order of the summary `table`, (N,)."""
    need = f"the holdout of {NEED}"
    hint = "actual = kk.holdout_table(summary, holdout, until=...) has a row for each customer of the summary."
    require(later, ["customer_id", "purchases"], need=need)
    ids, among = unique_ids(table, need=NEED), unique_ids(later, need=need)
    at = positions(ids, among=among, need=NEED, frame_name="the summary", among_name="the holdout")
    purchases = numbers(later, "purchases", need=need)
    law = f"{NEED} needs a holdout with every customer of the summary"
    refuse_rows(table, at < 0, law, hint=hint, shown=["customer_id"])
    law = f"{need}: `purchases` are at least 0"
    refuse_rows(later, purchases < 0, law, hint=hint, shown=["customer_id", "purchases"])
    if len(later) != len(table):
        law = f"the holdout has {len(later) - len(table):,} customers who are not in the summary."
        raise DataError.because(law, hint=hint)
    return purchases[at]


def _horizon(later: NarrowFrame, horizon: float | None, *, checked: CheckedSummary) -> float:
    """The length of the holdout in periods of the summary."""
    if horizon is None and checked.season is not None:
        raise DataError.because(
            f"{NEED} must know how long the holdout is in the time of the summary, which a season warps.",
            hint='horizon=season.ahead("9M", as_of=..., period=...) with the season of kk.summarize.',
        )
    if "duration" not in later.columns or checked.season is not None:
        if horizon is None:
            raise DataError.because(
                f"{NEED} must know how long the holdout is: it has no column `duration`.",
                hint=f'horizon=39 for 39 periods of the summary ("{checked.period}"), or use kk.holdout_table.',
            )
        return float(horizon)
    spans = np.unique(numbers(later, "duration", need=f"the holdout of {NEED}"))
    if len(spans) != 1 or not spans[0] > 0:
        raise DataError.because(
            f"the holdout must span the same time above 0 for all customers, found {spans[:5].tolist()}.",
            hint="see kk.holdout_table(summary, holdout, until=...).",
        )
    if horizon is not None and not np.isclose(horizon, spans[0], rtol=1e-9):
        raise DataError.because(
            f"the holdout spans {spans[0]:g} periods, `horizon` says {horizon:g}.",
            hint="leave `horizon` out: it is read from the column `duration`.",
        )
    return float(spans[0])


def _model_list(models: Any) -> tuple[Any, ...]:
    """The models, several; a single one is refused."""
    law, hint = "several models", "write kk.compare_models([kk.NBD(), kk.BGNBD(), kk.MBGNBD()], summary)."
    listed = read_many(models, "models", law=law, hint=hint)
    if not listed:
        raise refusal(models, "models", law=law, hint=hint)
    return listed


def _fitted(model: Any, summary: Any, *, checked: CheckedSummary) -> Any:
    """A fitted model as it is; a spec fitted to the summary."""
    refuse_class(model, name="models")
    refuse_lifetimes(model)
    refuse_other_table(model, need=NEED)
    fits = is_a(model, PurchaseModel) and not is_a(model, FittedPurchaseModel)
    if fits:
        with collected():  # the column `boundary` says it
            fitted = model.fit(summary)
    else:
        fitted = model
    other_table = isinstance(fitted, FittedModel) and not isinstance(fitted, FittedPurchases)
    if other_table or not is_a(fitted, FittedPurchaseModel):
        raise CapabilityError.because(
            f"{NEED} compares models of repeat buying that read a summary; {type(model).__name__} is none.",
            hint="pass specs, kk.NBD(), kk.BGNBD(), kk.MBGNBD(), or what they were fitted to; models of spend, of "
            "opportunities or of memberships describe other data.",
        )
    if fitted.period != checked.period:
        raise DataError.because(
            f'{NEED}: {_name(fitted)} counts time in "{fitted.period}", the summary in "{checked.period}".',
            hint="pass the spec: it is fitted to this summary.",
        )
    if isinstance(fitted, FittedPurchases) and fitted.report.fitted and not fits:
        n, now = int(checked.rows.weights.sum()), fitted.log_likelihood_of(summary)
        at_fit = float(fitted.log_likelihood or np.nan)
        if fitted.n_customers != n or not same_log_likelihood(now, at_fit):
            raise DataError.because(
                f"{NEED} compares models of the same data: {_name(fitted)} was fitted to {fitted.n_customers:,} "
                f"customers with a log-likelihood of {at_fit:.4f}; of the {n:,} of this summary it is {now:.4f}.",
                hint="pass the spec: it is fitted to this summary.",
            )
    return fitted


def _criteria(fitted: Any, summary: Any) -> dict[str, Any]:
    """Information criteria of a fitted model; missing for parameters that were given."""
    row: dict[str, Any] = dict.fromkeys(CRITERIA) | {"model": _name(fitted)}
    if isinstance(fitted, FittedPurchases):
        given = not fitted.report.fitted
        row["parameters"], row["boundary"] = fitted.n_parameters, fitted.boundary
        row["log_likelihood"] = fitted.log_likelihood_of(summary) if given else fitted.log_likelihood
        if is_maximum(fitted):
            row |= {"aic": fitted.aic, "bic": fitted.bic}
    return row


def _name(fitted: Any) -> str:
    """The name in messages, marked where parameters were given."""
    if not isinstance(fitted, FittedPurchases):
        return type(fitted).__name__.removeprefix("Fitted")
    return name_of(fitted) if fitted.report.fitted else f"{name_of(fitted)}, given"


def _column(name: str, values: list[Any], *, like: object) -> Any:
    """One column of the table: text, integers where none is missing, else floats."""
    if name in {"model", "boundary"}:
        return text_column(values, like=like)
    whole = name == "parameters" and None not in values
    return np.array(values, dtype=np.int64 if whole else np.float64)
