"""Models inside stored scorers: each model's own dict, which names its type."""

from __future__ import annotations

from typing import Any

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.bgbb import BGBB, FittedBGBB
from kundkarriar.models.bgcnbd import BGCNBD, FittedBGCNBD
from kundkarriar.models.bgnbd import BGNBD, FittedBGNBD
from kundkarriar.models.gamma_gamma import FittedGammaGamma, GammaGamma
from kundkarriar.models.ggompertz_nbd import FittedGGompertzNBD, GGompertzNBD
from kundkarriar.models.mbgcnbd import MBGCNBD, FittedMBGCNBD
from kundkarriar.models.mbgnbd import MBGNBD, FittedMBGNBD
from kundkarriar.models.nbd import NBD, FittedNBD
from kundkarriar.models.pareto_nbd import FittedParetoNBD, ParetoNBD
from kundkarriar.models.shifted_beta_geometric import FittedShiftedBetaGeometric, ShiftedBetaGeometric

_STORABLE_MODELS: dict[str, Any] = {
    model.__name__: model
    for model in (
        *(BGBB, FittedBGBB),
        *(BGCNBD, FittedBGCNBD),
        *(BGNBD, FittedBGNBD),
        *(GammaGamma, FittedGammaGamma),
        *(GGompertzNBD, FittedGGompertzNBD),
        *(MBGCNBD, FittedMBGCNBD),
        *(MBGNBD, FittedMBGNBD),
        *(NBD, FittedNBD),
        *(ParetoNBD, FittedParetoNBD),
        *(ShiftedBetaGeometric, FittedShiftedBetaGeometric),
    )
}


def model_to_dict(model: Any) -> dict[str, Any]:
    """The model as its own dict, which names its type.

    Raises:
        CapabilityError: a user's own model, which this library could not read back.
    """
    name = type(model).__name__
    if _STORABLE_MODELS.get(name) is not type(model):
        raise CapabilityError.because(
            f"{name} is not one of kundkarriar's own models and cannot be stored with the scorer.",
            hint=f"store it yourself; kundkarriar stores {sorted(_STORABLE_MODELS)}.",
        )
    stored: dict[str, Any] = model.to_dict()
    return stored


def model_from_dict(stored: dict[str, Any]) -> Any:
    """The model from a dict written by `model_to_dict`."""
    name = stored.get("type")
    if name not in _STORABLE_MODELS:
        raise DataError.because(
            f"a stored model of unknown type {name!r}.", hint=f"types are {sorted(_STORABLE_MODELS)}."
        )
    return _STORABLE_MODELS[name].from_dict(stored)
