"""The models that are judged by forecasts from earlier origins: specs, which are fitted there anew."""

from typing import Any

from kundkarriar.arguments import read_many, refusal
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import is_a
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.models.interface.protocols import FittedPurchaseModel, PurchaseModel, members_of
from kundkarriar.models.model_kind import refuse_class, refuse_lifetimes, refuse_other_kind

HINT = "models=[kk.MBGNBD(), kk.ReturningNBD()]."


def unfitted_models(models: Any, *, need: str) -> tuple[Any, ...]:
    """Several purchase models, each a spec or with given parameters.

    Raises:
        DataError: no models, or a fitted one, which may have seen the outcome.
        CapabilityError: what is no purchase model; fitted objects of a user's own, of which nobody knows what they saw.
    """
    listed = read_many(models, "models", law="purchase models", hint=HINT)
    if not listed:
        raise refusal(models, "models", law="purchase models", hint=HINT)
    for model in listed:
        refuse_class(model, name="models")
        refuse_lifetimes(model)
        refuse_other_kind(model, place="purchases")
        given = all(isinstance(each, FittedModel) and not each.report.fitted for each in members_of(model))
        if is_a(model, PurchaseModel) or given:
            continue
        name = type(model).__name__
        if not is_a(model, FittedPurchaseModel):
            raise CapabilityError.because(f"{name} is no purchase model: it has no `fit`.", hint=HINT)
        raise DataError.because(
            f"{need} fits models as of earlier days, and {name} is fitted already, perhaps to what came after.",
            hint=f"give the spec: kk.{name.removeprefix('Fitted')}().",
        )
    return listed
