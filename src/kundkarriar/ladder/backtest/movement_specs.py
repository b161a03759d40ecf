"""The specs of movements that are judged by forecasts from earlier days, and so are fitted there anew."""

from typing import Any

from kundkarriar.arguments import read_many, refusal
from kundkarriar.errors import CapabilityError
from kundkarriar.foreign_objects import is_a
from kundkarriar.ladder.movement.movement import Movement


def movement_specs(given: Any, *, need: str, name: str, law: str, hint: str, least: int = 1) -> tuple[Any, ...]:
    """Specs of movements, at least so many; `need` and `name` say of what argument in messages.

    Raises:
        DataError: fewer of them, or no sequence.
        CapabilityError: a class; what has no `fit`, such as a fitted movement.
    """
    several = read_many(given, name, law=law, hint=hint)
    if len(several) < least:
        raise refusal(given, name, law=law, hint=hint)
    for spec in several:
        if isinstance(spec, type):
            raise CapabilityError.because(
                f"`{name}` of {need} must be specs, got the class {spec.__name__}.",
                hint=f"write {spec.__name__}(...).",
            )
        if not is_a(spec, Movement):
            kind = type(spec).__name__
            raise CapabilityError.because(
                f"`{name}` of {need} are fitted anew at each origin, and {kind} has no `fit`.",
                hint=f"give the spec, as kk.{kind.removeprefix('Fitted')}().",
            )
    return several
