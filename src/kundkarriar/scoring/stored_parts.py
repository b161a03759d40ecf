"""Models inside stored specs: their type by name, then their own plain dict."""

from __future__ import annotations

from typing import Any

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.bgnbd import BGNBD, FittedBGNBD
from kundkarriar.models.gamma_gamma import FittedGammaGamma, GammaGamma
from kundkarriar.models.mbgnbd import MBGNBD, FittedMBGNBD
from kundkarriar.models.nbd import NBD, FittedNBD

_STORABLE: dict[str, Any] = {
    part.__name__: part
    for part in (BGNBD, FittedBGNBD, GammaGamma, FittedGammaGamma, MBGNBD, FittedMBGNBD, NBD, FittedNBD)
}


def to_stored(part: Any) -> dict[str, Any]:
    """The part's dict under its type's name.

    Raises:
        CapabilityError: a user's own part, which this library could not read back.
    """
    name = type(part).__name__
    if _STORABLE.get(name) is not type(part):
        raise CapabilityError.because(
            f"{name} is not one of kundkarriar's own models and cannot be stored with the scorer.",
            hint=f"store it yourself; kundkarriar stores {sorted(_STORABLE)}.",
        )
    return {"type": name, **part.to_dict()}


def from_stored(stored: dict[str, Any]) -> Any:
    """The part that `to_stored` wrote down."""
    given = dict(stored)
    name = given.pop("type", None)
    if name not in _STORABLE:
        raise DataError.because(f"a stored model of unknown type {name!r}.", hint=f"types are {sorted(_STORABLE)}.")
    return _STORABLE[name].from_dict(given)
