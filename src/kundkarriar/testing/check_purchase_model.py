"""`check_purchase_model`: the laws that a user's own purchase model must keep."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import DataWarning, KundkarriarError
from kundkarriar.frames import narrow
from kundkarriar.models.interface.protocols import FittedPurchaseModel, PurchaseModel
from kundkarriar.summaries.summarize import summarize
from kundkarriar.testing.frame_libraries import as_pandas, columns_of, installed_libraries, keep, take
from kundkarriar.testing.make_transactions import make_transactions
from kundkarriar.testing.optional_protocols import check_optional_protocols
from kundkarriar.testing.violation import violation

PREDICTED = ("p_alive", "expected_purchases")
HORIZON, LONGER, INSTANT = 26.0, 52.0, 1e-6
ROUNDING = 1e-8
ALONE = 10


def check_purchase_model(model: PurchaseModel) -> None:
    """Check that a purchase model keeps the laws that scorers rely on.

    The model is fitted to simulated purchases of 300 customers in weeks, and predicts them. The predictions have one
    row per customer, in order, with the index and all columns given. `p_alive` lies between 0 and 1 and does not
    depend on the horizon. `expected_purchases` is finite, at least 0, grows with the horizon and starts at 0. A
    customer's prediction depends neither on the order of the rows nor on other customers nor on the frame library. The
    input is not changed. A summary of another period is refused. Customers who never bought have missing predictions
    or are refused. The fitted model states its period. The optional protocols (`kk.Discounts`, `kk.CountsPurchases`,
    `kk.HasPosterior`, `kk.Simulates`) are checked where the model has them: no more buyers than expected purchases,
    counts with the expected mean, draws with the expected mean.

    Args:
        model: a spec with `fit(summary)`, which returns an object with `period` and `predict(summary, horizon=)`.

    Raises:
        AssertionError: a law is broken; the sentence says which.

    >>> import kundkarriar as kk
    >>> check_purchase_model(kk.MBGNBD())
    """
    summary = _summary("W")
    fitted = _fitted(model, summary)
    subject = _Subject(name=f"the model `{type(model).__name__}`", fitted=fitted, summary=summary)
    _check_frame(subject)
    _check_ranges(subject)
    _check_independence(subject)
    _check_frame_libraries(subject)
    _check_other_period(subject)
    _check_prospects(subject)
    check_optional_protocols(fitted, name=subject.name, summary=summary, predicted=subject.predict(HORIZON))


@frozen(kw_only=True, eq=False)
class _Subject:
    """A fitted model, its name in messages, and the customers it is tried on."""

    name: str
    fitted: Any
    summary: Any = field(repr=False)

    def predict(self, horizon: float, summary: Any = None) -> dict[str, Array]:
        """The predictions as arrays."""
        given = self.summary if summary is None else summary
        table = narrow(self.fitted.predict(given, horizon=horizon), need=self.name)
        return {name: np.array(columns_of(keep(table, [name]))[name], dtype=np.float64) for name in PREDICTED}


def _summary(period: str, *, prospects: int = 0) -> Any:
    """A simulated summary in pandas, with an index other than 0, 1, 2, and prospects at its end."""
    transactions = make_transactions(customers=300, seed=1)
    calibration = transactions[transactions["date"] <= "1997-12-31"]
    summary = summarize(calibration, as_of="1997-12-31", period=period, regularity=True)
    columns = columns_of(summary)
    n = len(summary)
    for name, values in columns.items():
        of_prospect = {"customer_id": -1, "frequency": 0, "n_transactions": 0, "total_value": 0.0, "returns_value": 0.0}
        constant = name in {"period", "entry"}
        values.extend(values[0] if constant else of_prospect.get(name) for _ in range(prospects))
    columns["customer_id"][n:] = range(1_000_001, 1_000_001 + prospects)
    return as_pandas(columns)


def _fitted(model: Any, summary: Any) -> Any:
    """The fitted model; its type, its period and the unchanged summary are checked."""
    name = f"the model `{type(model).__name__}`"
    before = columns_of(summary)
    fit: Callable[[Any], Any] | None = getattr(model, "fit", None)
    if fit is None:
        raise violation(name, "have `fit(summary)`", "it has none")
    fitted = fit(summary)
    if columns_of(summary) != before:
        raise violation(name, "leave the summary as it is", "`fit` changes it")
    if not isinstance(fitted, FittedPurchaseModel):
        raise violation(
            name,
            "give a fitted model with `period` and `predict(summary, horizon=)`",
            f"`fit` gives a {type(fitted).__name__} that lacks one of them",
        )
    if fitted.period != "W":
        raise violation(name, 'say the period it was fitted in, "W"', f"its `period` is {fitted.period!r}")
    return fitted


def _check_frame(subject: _Subject) -> None:
    before, index = columns_of(subject.summary), list(subject.summary.index)
    predicted = subject.fitted.predict(subject.summary, horizon=HORIZON)
    if columns_of(subject.summary) != before or list(subject.summary.index) != index:
        raise violation(subject.name, "leave the summary as it is", "`predict` changes it")
    if type(predicted) is not type(subject.summary):
        raise violation(
            subject.name, "predict in the kind of frame it was given", f"it gives {type(predicted).__name__}"
        )
    lacking = [name for name in PREDICTED if name not in predicted]
    if lacking:
        raise violation(subject.name, "add `p_alive` and `expected_purchases`", f"it lacks {lacking}")
    after = columns_of(predicted)
    if {name: after.get(name) for name in before} != before:
        raise violation(subject.name, "give one row per customer, in order, with all columns given", "its rows differ")
    if list(predicted.index) != index:
        raise violation(subject.name, "keep a pandas index", "its index differs")


def _check_ranges(subject: _Subject) -> None:
    """`p_alive` is a probability; `expected_purchases` are at least 0 and grow with the horizon from 0."""
    shorter, longer, instant = (subject.predict(horizon) for horizon in (HORIZON, LONGER, INSTANT))
    alive, purchases = shorter["p_alive"], shorter["expected_purchases"]
    if not ((alive >= 0) & (alive <= 1)).all():
        wrong = alive[~((alive >= 0) & (alive <= 1))][0]
        raise violation(subject.name, "keep `p_alive` between 0 and 1", f"it gives {wrong:g}")
    if not np.allclose(alive, longer["p_alive"], rtol=ROUNDING, atol=ROUNDING):
        raise violation(subject.name, "give `p_alive` as of now", "it changes with the horizon")
    if not (np.isfinite(purchases) & (purchases >= 0)).all():
        wrong = purchases[~(np.isfinite(purchases) & (purchases >= 0))][0]
        raise violation(subject.name, "expect a finite number of purchases of at least 0", f"it gives {wrong:g}")
    if not (longer["expected_purchases"] >= purchases * (1 - ROUNDING)).all():
        raise violation(subject.name, "expect more purchases within a longer horizon", "52 weeks bring fewer than 26")
    if not (longer["expected_purchases"] > purchases).any():
        raise violation(subject.name, "expect more purchases within a longer horizon", "52 weeks bring what 26 bring")
    if instant["expected_purchases"].max() > 0.001:
        raise violation(
            subject.name,
            "expect nothing within no time",
            f"within a millionth of a week it expects {instant['expected_purchases'].max():.3g} purchases",
        )


def _check_independence(subject: _Subject) -> None:
    """Predictions depend neither on the order of the rows nor on other customers."""
    whole = subject.predict(HORIZON)
    rows = list(range(len(subject.summary)))
    backwards = subject.predict(HORIZON, take(subject.summary, rows[::-1]))
    for name in PREDICTED:
        if not np.allclose(backwards[name][::-1], whole[name], rtol=ROUNDING, atol=0):
            raise violation(
                subject.name,
                "predict the same in every order of the rows",
                f"`{name}` differs when the rows are reversed",
            )
    for row in rows[:ALONE]:
        alone = subject.predict(HORIZON, take(subject.summary, [row]))
        for name in PREDICTED:
            if not np.isclose(alone[name][0], whole[name][row], rtol=ROUNDING, atol=0):
                raise violation(
                    subject.name,
                    "predict a customer whoever else is in the frame",
                    f"`{name}` of a row alone is {alone[name][0]:.6g}, among others {whole[name][row]:.6g}",
                )


def _check_frame_libraries(subject: _Subject) -> None:
    whole = subject.predict(HORIZON)
    for kind, make in installed_libraries().items():
        given = make(columns_of(subject.summary))
        try:
            answer = subject.fitted.predict(given, horizon=HORIZON)
        except Exception as error:
            first = str(error).split("\n")[0]
            raise violation(
                subject.name, "predict pandas and polars frames", f"in {kind} it raises {type(error).__name__}: {first}"
            ) from error
        if type(answer) is not type(given):
            raise violation(
                subject.name,
                "predict in the kind of frame it was given",
                f"{kind} comes back as {type(answer).__module__.split('.')[0]}",
            )
        other = subject.predict(HORIZON, given)
        if not all(np.allclose(other[name], whole[name], rtol=ROUNDING, atol=0) for name in PREDICTED):
            raise violation(subject.name, "predict alike in pandas and polars", f"{kind} differs")


def _check_other_period(subject: _Subject) -> None:
    """A summary of another period is refused: days read as weeks give plausible but wrong numbers."""
    try:
        subject.fitted.predict(_summary("D"), horizon=HORIZON)
    except ValueError:  # DataError is one
        return
    except Exception as error:
        raise violation(
            subject.name,
            "refuse a summary of another period with kk.errors.DataError or a ValueError",
            f"it raises {type(error).__name__}",
        ) from error
    raise violation(
        subject.name, "refuse a summary of another period", 'fitted in "W", it predicts one in "D" as if in weeks'
    )


def _check_prospects(subject: _Subject) -> None:
    """Customers who never bought have missing predictions, or are refused with a message."""
    prospects = 3
    summary = _summary("W", prospects=prospects)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            predicted = subject.predict(HORIZON, summary)
    except (KundkarriarError, ValueError):
        return
    except Exception as error:
        raise violation(
            subject.name,
            "leave customers who never bought without predictions, or refuse them in words",
            f"it raises {type(error).__name__}: {error}",
        ) from error
    whole = subject.predict(HORIZON)
    for name in PREDICTED:
        if not np.isnan(predicted[name][-prospects:]).all():
            raise violation(
                subject.name,
                "leave customers who never bought without predictions, or refuse them in words",
                f"it gives them `{name}` {predicted[name][-1]:.3g}",
            )
        if not np.allclose(predicted[name][:-prospects], whole[name], rtol=ROUNDING, atol=0):
            raise violation(
                subject.name,
                "predict a customer whoever else is in the frame",
                f"`{name}` differs when customers who never bought are there too",
            )
