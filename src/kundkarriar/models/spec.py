"""What the specs of all models have in common: how they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from attrs import asdict

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1


class Spec:
    """The choices of a model, without data; each final class is a frozen attrs type of plain fields."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON types only: `from_dict` reads them back."""
        choices: Any = self
        return {"schema": SCHEMA, "type": type(self).__name__, **asdict(choices)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The spec that `to_dict` stored.

        Raises:
            DataError: stored by another type, or under another schema.

        >>> from kundkarriar import MBGNBD
        >>> MBGNBD.from_dict(MBGNBD().to_dict()) == MBGNBD()
        True
        """
        choices = dict(stored)
        schema, name = choices.pop("schema", None), choices.pop("type", None)
        if (schema, name) != (SCHEMA, cls.__name__):
            raise DataError.because(
                f"{cls.__name__}.from_dict needs schema {SCHEMA} and type {cls.__name__!r}, "
                f"got {schema!r} and {name!r}.",
                hint=f"pass what {cls.__name__}().to_dict() gave.",
            )
        return cls(**choices)
