"""Single models inside stored averages and scorers: each model's own dict, which names its type."""

from collections.abc import Mapping
from typing import Any

from kundkarriar.errors import CapabilityError
from kundkarriar.models.bgbb import BGBB, FittedBGBB
from kundkarriar.models.bgcnbd import BGCNBD, FittedBGCNBD
from kundkarriar.models.bgnbd import BGNBD, FittedBGNBD
from kundkarriar.models.gamma_gamma import FittedGammaGamma, GammaGamma
from kundkarriar.models.ggompertz_nbd import FittedGGompertzNBD, GGompertzNBD
from kundkarriar.models.mbgcnbd import MBGCNBD, FittedMBGCNBD
from kundkarriar.models.mbgnbd import MBGNBD, FittedMBGNBD
from kundkarriar.models.nbd import NBD, FittedNBD
from kundkarriar.models.pareto_nbd import FittedParetoNBD, ParetoNBD
from kundkarriar.models.returning_nbd import FittedReturningNBD, ReturningNBD
from kundkarriar.models.shifted_beta_geometric import FittedShiftedBetaGeometric, ShiftedBetaGeometric
from kundkarriar.models.spend.fixed_price import FittedFixedPrice, FixedPrice
from kundkarriar.models.spend.own_price import FittedOwnPrice, OwnPrice
from kundkarriar.stored import whole
from kundkarriar.stored_forms import Form, Misfit

FITTED_MODELS: dict[Any, Any] = {
    BGBB: FittedBGBB,
    BGCNBD: FittedBGCNBD,
    BGNBD: FittedBGNBD,
    FixedPrice: FittedFixedPrice,
    GammaGamma: FittedGammaGamma,
    GGompertzNBD: FittedGGompertzNBD,
    MBGCNBD: FittedMBGCNBD,
    MBGNBD: FittedMBGNBD,
    NBD: FittedNBD,
    OwnPrice: FittedOwnPrice,
    ParetoNBD: FittedParetoNBD,
    ReturningNBD: FittedReturningNBD,
    ShiftedBetaGeometric: FittedShiftedBetaGeometric,
}
"""The class of the fitted model of each spec."""


def model_form(fitted_models: Mapping[Any, Any]) -> Form:
    """The form of a model, spec or fitted, of the classes given; a user's own model is refused by `to_dict`."""
    storable = {model.__name__: model for pair in fitted_models.items() for model in pair}

    def write(model: Any) -> dict[str, Any]:
        name = type(model).__name__
        if storable.get(name) is not type(model):
            raise CapabilityError.because(
                f"{name} is not one of kundkarriar's own models and cannot be stored with the scorer.",
                hint=f"store it yourself; kundkarriar stores {sorted(storable)}.",
            )
        stored: dict[str, Any] = model.to_dict()
        return stored

    def read(stored: Any) -> Any:
        name = stored.get("type") if isinstance(stored, Mapping) else stored
        if not isinstance(name, str) or name not in storable:
            raise Misfit(f"a stored model of unknown type {name!r}.", hint=f"types are {sorted(storable)}.")
        return whole(storable[name]).read(stored)

    return Form(law="a stored model", write=write, read=read)


SINGLE_MODEL = model_form(FITTED_MODELS)
"""The form of a model that is no average of others."""
