"""Models inside stored specs: each the plain dict of its own, which names its type."""

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

_STORABLE: dict[str, Any] = {
    part.__name__: part
    for part in (
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


def to_stored(part: Any) -> dict[str, Any]:
    """The part's own dict, which says its type.

    Raises:
        CapabilityError: a user's own part, which this library could not read back.
    """
    name = type(part).__name__
    if _STORABLE.get(name) is not type(part):
        raise CapabilityError.because(
            f"{name} is not one of kundkarriar's own models and cannot be stored with the scorer.",
            hint=f"store it yourself; kundkarriar stores {sorted(_STORABLE)}.",
        )
    stored: dict[str, Any] = part.to_dict()
    return stored


def from_stored(stored: dict[str, Any]) -> Any:
    """The part that `to_stored` wrote down."""
    name = stored.get("type")
    if name not in _STORABLE:
        raise DataError.because(f"a stored model of unknown type {name!r}.", hint=f"types are {sorted(_STORABLE)}.")
    return _STORABLE[name].from_dict(stored)
