"""The choice among purchase models by their forecasts at earlier origins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen

from kundkarriar.arrays import Array, Whole
from kundkarriar.frames import new_frame, text_column
from kundkarriar.models.average.average_fields import labels
from kundkarriar.models.average.origin_scores import OriginScores
from kundkarriar.models.choice.clustered_mean import clustered_mean
from kundkarriar.numerics.forecast.accuracy import bias, normalised_gini
from kundkarriar.numerics.forecast.poisson_deviance import poisson_deviance

Row = dict[str, Any]

ALL = "all"
TEXTS = ("model", "origin", "until", "remark")
STANDARD_ERRORS = 2.0
"""A model is preferred to one listed before it where it is better by more standard errors than these."""
MEASURES = {"log_score": "mean log score", "deviance": "mean Poisson deviance"}


@frozen(kw_only=True, eq=False, repr=False)
class ModelChoice:
    """What `kk.choose_model` found: the scores of each model at each origin, and the model chosen by them.

    Attributes:
        models: the models, in the order of preference, K.
        horizon: the span that was forecast from each origin: "6M".
        scores: what each model said at each origin, from the earliest on.
        like: an empty frame of the kind to return.

    >>> import kundkarriar as kk
    >>> purchases = kk.datasets.load_cdnow(sample=True)
    >>> kk.choose_model(purchases, as_of="1998-06-30", horizon="3M", models=[kk.MBGNBD(), kk.ParetoNBD()], origins=2)
    ModelChoice: MBGNBD of 2 models, by the mean log score of forecasts of 3M at 2 origins
    """

    models: tuple[Any, ...]
    horizon: str
    scores: tuple[OriginScores, ...]
    like: Any

    @property
    def measure(self) -> str:
        """What decides: "log_score", or "deviance" where a model does not tell the probabilities of counts."""
        told = all(np.isfinite(each.log_p).all() for each in self.scores)
        return "log_score" if told else "deviance"

    @property
    def chosen(self) -> Any:
        """The first model listed of those that are not worse than the best by more than two standard errors.

        The best has the highest mean log score, or else the lowest mean deviance, over all customers and origins; the
        standard error is that of the paired difference.
        """
        pooled = Pooled.of(self.scores)
        gain = pooled.measured[self.measure] * (1 if self.measure == "log_score" else -1)
        best = gain[:, int(np.argmax(gain.mean(axis=0)))]
        lost = (clustered_mean(best - each, pooled.customer) for each in gain.T)
        return self.models[next(k for k, (mean, error) in enumerate(lost) if mean <= STANDARD_ERRORS * error)]

    def table(self) -> Any:
        """The scores of each model at each origin, and over all origins.

        Returns:
            One row per origin and model, from the earliest origin on, then rows with `origin` "all": origin, until
            (text; the last day known and the last day of the outcome); model; customers (forecast at the origin);
            purchases_predicted and purchases_actual (sums); bias (predicted / actual - 1); gini (normalised: 1 ranks
            customers as the outcome did, 0 is chance; of all origins the mean); deviance (Poisson, mean of a
            customer, forecasts below .001 counting as that; lower is better); log_score (mean log probability of the
            number that a customer bought, of which 100 and more are one; higher is better; missing for a model without
            `purchase_counts`). Of both also the difference to the first model listed, `_difference`, and its paired
            standard error, `_std_error`: customers are independent, and the outcomes of one customer at several
            origins are not. remark (what makes the fit doubtful, empty for nothing).
        """
        rows = list(self._rows())
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        return new_frame(
            {
                name: text_column(values, like=self.like) if name in TEXTS else np.array(values)
                for name, values in columns.items()
            },
            like=self.like,
        )

    def __repr__(self) -> str:
        """The model chosen, and by what."""
        name = dict(zip(map(id, self.models), labels(self.models), strict=True))[id(self.chosen)]
        origins = f"{len(self.scores)} origin{'s' if len(self.scores) != 1 else ''}"
        how = f"by the {MEASURES[self.measure]} of forecasts of {self.horizon} at {origins}"
        return f"ModelChoice: {name} of {len(self.models)} model{'s' if len(self.models) != 1 else ''}, {how}"

    def _rows(self) -> Iterator[Row]:
        names = labels(self.models)
        for each in self.scores:
            part = Pooled.of([each])
            days = {"origin": str(each.origin.date), "until": str(each.origin.until)}
            for k, name in enumerate(names):
                yield days | {"model": name} | part.row(k) | {"remark": each.remarks[k]}
        part = Pooled.of(self.scores)
        for k, name in enumerate(names):
            yield {"origin": ALL, "until": ALL, "model": name} | part.row(k) | {"remark": ""}


@frozen(kw_only=True, eq=False)
class Pooled:
    """The scores of one origin or of several together, each customer once at each.

    Attributes:
        customer: the customer of each outcome, (m,).
        actual: purchases, (m,).
        forecast: expected purchases, (m, K).
        measured: log score and deviance of each outcome, (m, K) each.
        gini: the mean over origins for each model; NaN where outcomes cannot be ranked, (K,).
    """

    customer: Whole
    actual: Array
    forecast: Array
    measured: Mapping[str, Array]
    gini: Array

    @classmethod
    def of(cls, scores: Sequence[OriginScores]) -> Pooled:
        """The outcomes of several origins."""
        actual = np.concatenate([each.origin.actual for each in scores])
        forecast = np.vstack([each.forecast for each in scores])
        ranked = [[_gini(column, each.origin.actual) for column in each.forecast.T] for each in scores]
        return cls(
            customer=np.concatenate([each.origin.customer for each in scores]),
            actual=actual,
            forecast=forecast,
            measured={
                "log_score": np.vstack([each.log_p for each in scores]),
                "deviance": poisson_deviance(predicted=forecast, actual=actual[:, None]),
            },
            gini=np.mean(ranked, axis=0),
        )

    def row(self, k: int) -> Row:
        """The columns of the table for model k; differences are to model 0."""
        predicted = self.forecast[:, k]
        off = bias(predicted=predicted, actual=self.actual)
        row: Row = {
            "customers": len(self.actual),
            "purchases_predicted": float(predicted.sum()),
            "purchases_actual": float(self.actual.sum()),
            "bias": np.nan if off is None else off,
            "gini": float(self.gini[k]),
        }
        for name in ("deviance", "log_score"):
            values = self.measured[name]
            difference, error = clustered_mean(values[:, k] - values[:, 0], self.customer)
            row |= {name: float(values[:, k].mean()), f"{name}_difference": difference, f"{name}_std_error": error}
        return row


def _gini(predicted: Array, actual: Array) -> float:
    gini = normalised_gini(predicted=predicted, actual=actual)
    return np.nan if gini is None else gini
