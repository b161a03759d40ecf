"""What the specs of all models have in common: how they are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from attrs import asdict, fields_dict

from kundkarriar.stored import SCHEMA, fields_of, reading

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
            DataError: not a stored spec of this type.

        >>> from kundkarriar import MBGNBD
        >>> MBGNBD.from_dict(MBGNBD().to_dict()) == MBGNBD()
        True
        """
        spec: Any = cls
        with reading(cls.__name__):
            made: Self = spec(**fields_of(stored, kind=cls.__name__, names=fields_dict(spec)))
        return made
