"""What the specs of all models have in common: how they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from attrs import asdict

from kundkarriar.stored import SCHEMA, fields_of

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        return cls(**fields_of(stored, kind=cls.__name__))
