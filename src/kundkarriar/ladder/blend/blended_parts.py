"""The parts of a blend: which movements can be parts, and how they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.foreign_objects import attribute_of
from kundkarriar.ladder.backtest.movement_specs import movement_specs
from kundkarriar.ladder.hidden.hidden_ladder import FittedHiddenLadder, HiddenLadder
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.microsimulation import FittedMicrosimulation, Microsimulation
from kundkarriar.ladder.microsimulation.process import refuse_fitted_process
from kundkarriar.ladder.movement.chain_mixture import ChainMixture, FittedChainMixture
from kundkarriar.stored import kind_of, whole
from kundkarriar.stored_forms import Form, Misfit

NEED = "BlendedMovement"
HINT = "parts=(kk.ChainMixture(), kk.Microsimulation())."
KINDS: dict[str, Any] = {
    kind_of(kind): kind
    for kind in (
        *(ChainMixture, FittedChainMixture, HiddenLadder, FittedHiddenLadder),
        *(Microsimulation, FittedMicrosimulation),
    )
}


def several_specs(_: object, attribute: Attribute[Any], parts: Any) -> None:
    """Validator of the parts of a spec: at least two specs, no blend, and no process that was fitted already."""
    law = "at least two specs of movements"
    for spec in movement_specs(parts, need=NEED, name=attribute.name, law=law, hint=HINT, least=2):
        if type(spec).__name__ == NEED:
            raise DataError.because(
                f"`{attribute.name}` of {NEED} are single movements, and one of them is a blend itself.",
                hint=f"name its parts one by one: {HINT}",
            )
        if isinstance(spec, Microsimulation):
            refuse_fitted_process(spec.process, need=NEED)


def own_columns(movement: Any, history: LadderHistory[Any]) -> dict[str, Any]:
    """The customers of a history, as an argument of a movement with covariates; none for others."""
    spec = attribute_of(movement, "spec") or movement
    return {"customers": history.customers} if attribute_of(spec, "covariates") else {}


def _write(part: Any) -> dict[str, Any]:
    name = kind_of(type(part))
    if KINDS.get(name) is not type(part):
        raise CapabilityError.because(
            f"{type(part).__name__} is not one of kundkarriar's own movements and cannot be stored with the blend.",
            hint=f"store it yourself; kundkarriar stores {[kind.__name__ for kind in KINDS.values()]}.",
        )
    stored: dict[str, Any] = {"type": name} | part.to_dict()
    return stored


def _read(stored: Any) -> Any:
    name = stored.get("type") if isinstance(stored, Mapping) else stored
    if not isinstance(name, str) or name not in KINDS:
        raise Misfit(f"a stored movement of unknown type {name!r:.60}.", hint=f"types are {list(KINDS)}.")
    kind = KINDS[name]
    return whole(kind).read({key: each for key, each in stored.items() if key != "type" or name == kind.__name__})


PART = Form(law="a stored movement", write=_write, read=_read)
"""The form of a part, spec or fitted; one of a user's own class is refused by `to_dict`."""
