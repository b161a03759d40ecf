"""`check_purchase_model`: the laws that a user's own purchase model must keep."""

import warnings
from functools import partial
from typing import Any

import numpy as np
from attrs import field, frozen

from kundkarriar.arrays import Array
from kundkarriar.errors import DataWarning, KundkarriarError, collected
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.frames import narrow
from kundkarriar.models.interface.protocols import FittedPurchaseModel, PurchaseModel, needs_gaps
from kundkarriar.models.model_kind import refuse_class
from kundkarriar.summaries.summarize import summarize
from kundkarriar.testing.frame_libraries import as_pandas, columns_of, installed_libraries, keep, take
from kundkarriar.testing.law import first_of, require, told_at_the_call
from kundkarriar.testing.make_transactions import make_transactions
from kundkarriar.testing.optional_protocols import check_optional_protocols

PREDICTED = ("p_alive", "expected_purchases")
HORIZON, LONGER, INSTANT = 26.0, 52.0, 1e-6
ROUNDING = 1e-8
ALONE, PROSPECTS = 10, 3
SAME_WHOEVER = "predict a customer whoever else is in the frame"
NO_PREDICTION = "leave customers who never bought without predictions, or refuse them in words"
NEWLINE = "\n"
SAME_KIND = "predict in the kind of frame it was given"


@told_at_the_call
def check_purchase_model(model: PurchaseModel) -> None:
    """Check that a purchase model keeps the laws that scorers rely on.

    The model is fitted to simulated purchases of 300 customers in weeks, and predicts them. The predictions have one
    row per customer, in order, with the index and all columns given. `p_alive` lies between 0 and 1 and does not
    depend on the horizon. `expected_purchases` is finite, at least 0, grows with the horizon and starts at 0. A
    customer's prediction depends neither on the order of the rows nor on other customers nor on the frame library. The
    input is not changed. A summary of another period is refused. Customers who never bought have missing predictions
    or are refused. The fitted model states its period. Where the spec has
    `needs_gaps = True`, summaries have the column `gaps`. The optional protocols (`kk.Discounts`, `kk.CountsPurchases`,
    `kk.HasPosterior`, `kk.Simulates`, `kk.DrawsPurchases`) are checked where the model has them: no more buyers than
    expected purchases, counts with the expected mean, draws with the expected mean.

    Args:
        model: a spec with `fit(summary)`, which returns an object with `period` and `predict(summary, horizon=)`.

    Raises:
        AssertionError: a law is broken; the sentence says which.

    >>> import kundkarriar as kk
    >>> check_purchase_model(kk.MBGNBD())
    """
    refuse_class(model, name="model")
    name = f"the model `{type(model).__name__}`"
    gaps = needs_gaps(model)
    summary = _summary("W", gaps=gaps)
    subject = _Subject(name=name, fitted=_fitted(model, summary, name), summary=summary)
    _check_frame(subject)
    predicted = subject.predict(HORIZON)
    _check_ranges(subject, predicted)
    _check_independence(subject, predicted)
    _check_frame_libraries(subject, predicted)
    _check_other_period(subject)
    _check_prospects(subject, predicted)
    check_optional_protocols(subject.fitted, name=name, summary=summary, predicted=predicted)


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

    def must(self, law: str, holds: Any, but: str) -> None:
        """Raise an error unless a law holds."""
        require(self.name, law, holds, but)

    def predicts_alike(self, law: str, one: dict[str, Array], other: dict[str, Array], but: str) -> None:
        """Raise an error unless both predictions are equal; "{}" in `but` is the name of the column."""
        for name in PREDICTED:
            self.must(law, np.allclose(one[name], other[name], rtol=ROUNDING, atol=0), but.format(f"`{name}`"))


def _summary(period: str, *, gaps: bool, prospects: int = 0) -> Any:
    """A simulated summary in pandas, with an index other than 0, 1, 2, and prospects at its end."""
    transactions = make_transactions(customers=300, seed=1)
    calibration = transactions[transactions["date"] <= "1997-12-31"]
    summary = summarize(calibration, as_of="1997-12-31", period=period, regularity=True, gaps=gaps)
    columns = columns_of(summary)
    n = len(summary)
    for name, values in columns.items():
        of_prospect = {"customer_id": -1, "frequency": 0, "n_transactions": 0, "total_value": 0.0, "returns_value": 0.0}
        constant = name in {"period", "entry"}
        values.extend(values[0] if constant else of_prospect.get(name) for _ in range(prospects))
    columns["customer_id"][n:] = range(1_000_001, 1_000_001 + prospects)
    return as_pandas(columns)


def _fitted(model: Any, summary: Any, name: str) -> Any:
    """The fitted model; its type, its period and the unchanged summary are checked."""
    must = partial(require, name)
    before = columns_of(summary)
    must("have `fit(summary)`", callable(attribute_of(model, "fit")), "it has none")
    with collected():  # simulated customers, whose boundaries tell the user nothing
        fitted = model.fit(summary)
    must("leave the summary as it is", columns_of(summary) == before, "`fit` changes it")
    must(
        "give a fitted model with `period` and `predict(summary, horizon=)`",
        is_a(fitted, FittedPurchaseModel),
        f"`fit` gives a {type(fitted).__name__} that lacks one of them",
    )
    must('say the period it was fitted in, "W"', fitted.period == "W", f"its `period` is {fitted.period!r}")
    return fitted


def _check_frame(subject: _Subject) -> None:
    must = subject.must
    before, index = columns_of(subject.summary), list(subject.summary.index)
    predicted = subject.fitted.predict(subject.summary, horizon=HORIZON)
    same = columns_of(subject.summary) == before and list(subject.summary.index) == index
    must("leave the summary as it is", same, "`predict` changes it")
    must(SAME_KIND, type(predicted) is type(subject.summary), f"it gives {type(predicted).__name__}")
    lacking = [name for name in PREDICTED if name not in predicted]
    must("add `p_alive` and `expected_purchases`", not lacking, f"it lacks {lacking}")
    after = columns_of(predicted)
    same = {name: after.get(name) for name in before} == before
    must("give one row per customer, in order, with all columns given", same, "its rows differ")
    must("keep a pandas index", list(predicted.index) == index, "its index differs")


def _check_ranges(subject: _Subject, shorter: dict[str, Array]) -> None:
    """`p_alive` is a probability; `expected_purchases` are at least 0 and grow with the horizon from 0."""
    must, (longer, instant) = subject.must, [subject.predict(horizon) for horizon in (LONGER, INSTANT)]
    (alive, purchases), more = shorter.values(), longer["expected_purchases"]
    within = (alive >= 0) & (alive <= 1)
    must("keep `p_alive` between 0 and 1", within, f"it gives {first_of(alive, ~within):g}")
    same = np.allclose(alive, longer["p_alive"], rtol=ROUNDING, atol=ROUNDING)
    must("give `p_alive` as of now", same, "it changes with the horizon")
    within = np.isfinite(purchases) & (purchases >= 0)
    law, but = "expect a finite number of purchases of at least 0", f"it gives {first_of(purchases, ~within):g}"
    must(law, within, but)
    law = "expect more purchases within a longer horizon"
    must(law, more >= purchases * (1 - ROUNDING), "52 weeks bring fewer than 26")
    must(law, (more > purchases).any(), "52 weeks bring what 26 bring")
    at_once = instant["expected_purchases"].max()
    but = f"within a millionth of a week it expects {at_once:.3g} purchases"
    must("expect nothing within no time", not at_once > 0.001, but)


def _check_independence(subject: _Subject, whole: dict[str, Array]) -> None:
    """Predictions depend neither on the order of the rows nor on other customers."""
    rows = list(range(len(subject.summary)))
    backwards = subject.predict(HORIZON, take(subject.summary, rows[::-1]))
    straight = {name: values[::-1] for name, values in backwards.items()}
    law = "predict the same in every order of the rows"
    subject.predicts_alike(law, straight, whole, "{} differs when the rows are reversed")
    for row in rows[:ALONE]:
        alone = subject.predict(HORIZON, take(subject.summary, [row]))
        for name in PREDICTED:
            one, among = float(alone[name][0]), float(whole[name][row])
            but = f"`{name}` of a row alone is {one:.6g}, among others {among:.6g}"
            subject.must(SAME_WHOEVER, np.isclose(one, among, rtol=ROUNDING, atol=0), but)


def _check_frame_libraries(subject: _Subject, whole: dict[str, Array]) -> None:
    for kind, make in installed_libraries().items():
        given = make(columns_of(subject.summary))
        try:
            answer = subject.fitted.predict(given, horizon=HORIZON)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
            but = f"in {kind} it raises {type(error).__name__}: {str(error).partition(NEWLINE)[0]}"
            subject.must("predict pandas and polars frames", False, but)
        other = type(answer).__module__.split(".")[0]
        subject.must(SAME_KIND, type(answer) is type(given), f"{kind} comes back as {other}")
        law = "predict alike in pandas and polars"
        subject.predicts_alike(law, subject.predict(HORIZON, given), whole, f"{kind} differs")


def _check_other_period(subject: _Subject) -> None:
    """A summary of another period is refused: days read as weeks give plausible but wrong numbers."""
    law, but = "refuse a summary of another period", 'fitted in "W", it predicts one in "D" as if in weeks'
    try:
        subject.fitted.predict(_summary("D", gaps=needs_gaps(subject.fitted)), horizon=HORIZON)
    except ValueError:  # DataError is one
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
        law, but = f"{law} with kk.errors.DataError or a ValueError", f"it raises {type(error).__name__}"
    subject.must(law, False, but)


def _check_prospects(subject: _Subject, whole: dict[str, Array]) -> None:
    """Customers who never bought have missing predictions, or are refused with a message."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            predicted = subject.predict(HORIZON, _summary("W", gaps=needs_gaps(subject.fitted), prospects=PROSPECTS))
    except (KundkarriarError, ValueError):
        return
    except Exception as error:  # noqa: BLE001 - whatever it is, it is shown
        subject.must(NO_PREDICTION, False, f"it raises {type(error).__name__}: {error}")
        return
    for name in PREDICTED:
        missing, last = np.isnan(predicted[name][-PROSPECTS:]), predicted[name][-1]
        subject.must(NO_PREDICTION, missing, f"it gives them `{name}` {last:.3g}")
    known = {name: values[:-PROSPECTS] for name, values in predicted.items()}
    subject.predicts_alike(SAME_WHOEVER, known, whole, "{} differs when customers who never bought are there too")
