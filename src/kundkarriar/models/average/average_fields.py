"""Converters and validators of the fields of averages of models: the members and their weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Attribute

from kundkarriar.arguments import SHARE, Text, refusal, to_floats
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import ROUNDING
from kundkarriar.foreign_objects import attribute_of, is_a
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import Averages, FittedPurchaseModel, PurchaseModel, needs_gaps
from kundkarriar.models.model_kind import refuse_class, refuse_lifetimes, refuse_other_kind

WAYS = ("equal", "holdout")
WEIGHTS_HINT = 'write weights="equal", weights="holdout", or a number for each model: weights=(0.5, 0.25, 0.25).'
MODELS_HINT = "models=(kk.MBGNBD(), kk.ParetoNBD())."
FIT_ALL = "give the specs, kk.ModelAverage(models=(kk.MBGNBD(), kk.ParetoNBD())).fit(summary): all fit one summary."


def as_weights(given: Any) -> Any:
    """Converter: text as it is, several numbers as a tuple."""
    return given if isinstance(given, str) else to_floats(given)


def weights_or_way(owner: Any, attribute: Attribute[Any], weights: Any) -> None:
    """Validator of the weights of a spec: "equal", "holdout", or numbers for the models given."""
    if isinstance(weights, str) and weights in WAYS:
        return
    if isinstance(weights, str) or not isinstance(weights, tuple):
        raise refusal(weights, attribute.name, law='"equal", "holdout" or numbers', hint=WEIGHTS_HINT)
    if owner.models is None:
        law = '"equal" or "holdout" where no models are named'
        raise refusal(weights, attribute.name, law=law, hint=f"name the models: {MODELS_HINT}")
    refuse_other_weights(weights, n=len(owner.models), name=attribute.name)


def weight_of_each(owner: Any, attribute: Attribute[Any], weights: Any) -> None:
    """Validator of the weights of a fitted average."""
    refuse_other_weights(weights, n=len(owner.members), name=attribute.name)


def refuse_other_weights(weights: Any, *, n: int, name: str) -> None:
    """Check that there are `n` weights from 0 to 1 which sum to 1."""
    if not (isinstance(weights, tuple) and len(weights) == n and all(map(SHARE.holds, weights))):
        raise refusal(weights, name, law=f"{n} numbers from 0 to 1, one for each model", hint=WEIGHTS_HINT)
    if abs(sum(weights) - 1) > ROUNDING:
        hint = f"divide each by their sum: {tuple(round(each / (sum(weights) or 1), 4) for each in weights)}."
        raise refusal(weights, name, law=f"numbers that sum to 1; these sum to {sum(weights):g}", hint=hint)


def several_models(_: object, attribute: Attribute[Any], models: Any) -> None:
    """Validator of the models of a spec: at least two, fitted or not; None stands for the default."""
    if models is None:
        return
    if len(models) < 2:
        raise refusal(models, attribute.name, law="at least two purchase models", hint=MODELS_HINT)
    for model in models:
        refuse_class(model, name=attribute.name)
        refuse_lifetimes(model)
        refuse_other_kind(model, place="purchases")
        if not is_a(model, PurchaseModel | FittedPurchaseModel):
            law = f"{type(model).__name__} is no purchase model: it has neither `fit` nor `period` and `predict`."
            raise CapabilityError.because(law, hint=MODELS_HINT)
        refuse_average(model, name=attribute.name)


def refuse_average(model: Any, *, name: str) -> None:
    """Refuse an average as one of the models of an average."""
    if is_a(model, Averages) or type(model).__name__ == "ModelAverage":
        law = f"`{name}` of an average are single models, and one of them is an average itself."
        raise DataError.because(law, hint=f"name its models one by one: {MODELS_HINT}")


def members_of_one_base(_: object, attribute: Attribute[Any], members: Any) -> None:
    """Validator of the members of a fitted average: fitted models of one period, season and customer base."""
    if not isinstance(members, tuple) or not members:
        raise refusal(members, attribute.name, law="fitted purchase models", hint=FIT_ALL)
    for model in members:
        refuse_other_kind(model, place="purchases")
        refuse_average(model, name=attribute.name)
        if not is_a(model, FittedPurchaseModel):
            raise refusal(model, attribute.name, law="fitted purchase models", hint=FIT_ALL)
    _refuse_several("count time in", [repr(model.period) for model in members], members)
    fitted = [each for each in members if isinstance(each, FittedModel) and each.report.fitted]
    seasons = [f"season {each.report.season}" if each.report.season else "the calendar" for each in fitted]
    _refuse_several("were fitted in the time of", seasons, fitted)
    dated = [each for each in fitted if each.report.as_of is not None]
    _refuse_several("were fitted to data up to", [str(each.report.as_of) for each in dated], dated)
    sizes = [f"{each.n_customers:,}" for each in fitted]
    _refuse_several("were fitted to different data: numbers of customers", sizes, fitted)


def _refuse_several(law: str, values: Sequence[str], members: Sequence[Any]) -> None:
    if len(set(values)) > 1:
        told = ", ".join(f"{value} ({type(model).__name__})" for value, model in zip(values, members, strict=True))
        raise DataError.because(f"the models of an average {law} {told}.", hint=FIT_ALL)


def sentences(_: object, attribute: Attribute[Any], values: Any) -> None:
    """Validator of several sentences."""
    if not (isinstance(values, tuple) and all(map(Text().holds, values))):
        raise refusal(values, attribute.name, law="sentences", hint="leave it out: a fit writes them.")


def any_needs_gaps(models: Sequence[Any]) -> bool:
    """Whether any of several models reads the gaps between purchases."""
    return any(map(needs_gaps, models))


def labels(members: Sequence[Any]) -> tuple[str, ...]:
    """The name of each member, without "Fitted"; of equal ones the second is "MBGNBD 2".

    >>> labels([1, 2.0, 3])
    ('int', 'float', 'int 2')
    """
    names = [type(each).__name__.removeprefix("Fitted") for each in members]
    numbered = [(name, names[:place].count(name) + 1) for place, name in enumerate(names)]
    return tuple(name if number == 1 else f"{name} {number}" for name, number in numbered)


def equal_weights(n: int) -> tuple[float, ...]:
    """`n` equal weights."""
    return tuple(np.full(n, 1 / n).tolist())


def covariate_width(model: Any) -> int:
    """The number of columns of covariates that a fitted model reads; 0 for a user's own."""
    return int(attribute_of(attribute_of(model, "family_with_effects"), "width") or 0)
