"""`Spec`, the base class of all model specifications: `to_dict` and `from_dict`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from attrs import asdict, fields_dict

from kundkarriar.stored import SCHEMA, fields_of, reading

if TYPE_CHECKING:
    from collections.abc import Mapping


class Spec:
    """The specification of a model: its options, without data. Each final class is a frozen attrs type."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The specification as a dict of JSON types, which `from_dict` reads back."""
        choices: Any = self
        return {"schema": SCHEMA, "type": type(self).__name__, **asdict(choices)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The specification from a dict made by `to_dict`.

        Raises:
            DataError: not a stored specification of this type.

        >>> from kundkarriar import MBGNBD
        >>> MBGNBD.from_dict(MBGNBD().to_dict()) == MBGNBD()
        True
        """
        spec: Any = cls
        with reading(cls.__name__):
            made: Self = spec(**fields_of(stored, kind=cls.__name__, names=fields_dict(spec)))
        return made
