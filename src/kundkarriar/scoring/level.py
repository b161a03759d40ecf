"""The level of forecasts: the error that is common to all customers, which only earlier forecasts show."""

from __future__ import annotations

from typing import Any

from attrs import Attribute, Factory, field, frozen

from kundkarriar.arguments import Number, WholeNumber, refusal, to_float
from kundkarriar.stored import Stored, whole
from kundkarriar.stored_forms import written

SD = Number(least=0, most=10, example=0.08)
ORIGINS = WholeNumber(least=0, example=4)
PRIOR_SD = 0.08
MODEL_ERROR = "model error not included"


@frozen(kw_only=True)
class Level(Stored):
    """How far total purchases may lie beside the forecast for reasons that all customers share.

    One factor exp(sd z - sd^2 / 2), z standard normal, multiplies all future purchase rates in a draw, so that totals,
    groups, classes and customers' intervals widen together. Its mean is 1: expectations stay the same.

    `BacktestResult.level` learns it from n earlier origins: sd^2 = max(0, (2 prior_sd^2 + sum(e^2 - v)) / (2 + n)),
    where e = log(actual / predicted) of total purchases, and v is the variance of the drawn totals' logarithms that the
    origin's forecast had already (parameters, futures, models). Without origins the prior is left.

    Attributes:
        sd: standard deviation of the log of the factor, 0 to 10; by default `prior_sd`. 0: no such error.
        prior_sd: the same before any origin is known, 0 to 10.
        origins: number of origins that `sd` was learnt from; 0 for the prior, or an sd given.

    >>> Level()
    Level(prior_sd=0.08, sd=0.08, origins=0)
    >>> Level().note, Level(sd=0).note
    ('level error of sd 8.0% (prior)', 'model error not included')
    """

    stored_as = "level"
    prior_sd: float = field(default=PRIOR_SD, converter=to_float, validator=SD)
    sd: float = field(default=Factory(lambda self: self.prior_sd, takes_self=True), converter=to_float, validator=SD)
    origins: int = field(default=0, validator=ORIGINS)

    @property
    def note(self) -> str:
        """What intervals hold of the model's error, in words."""
        if self.sd == 0 and not self.origins:
            return MODEL_ERROR
        if self.origins:
            source = f"learnt from {self.origins} origin{'s' if self.origins > 1 else ''}"
        else:
            source = "prior" if self.sd == self.prior_sd else "given"
        return f"level error of sd {self.sd:.1%} ({source})"


NO_LEVEL, PRIOR = Level(sd=0.0), Level()
LEVEL_LATER = {**written(whole(Level), later=True), "before": NO_LEVEL}
"""Scorers that were stored without a level draw without one."""


def as_level(value: Any) -> Any:
    """Converter of a field: a number as the sd of a level, other values unchanged for the validator."""
    return Level(sd=value) if SD.holds(value) else value


def level_or_sd(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Attrs validator: a level."""
    if not isinstance(value, Level):
        law = f"a kk.Level or {SD.law}"
        raise refusal(
            value, attribute.name, law=law, hint="level=0.08, or level=result.level() of a backtest's result."
        )
