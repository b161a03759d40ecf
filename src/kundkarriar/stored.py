"""Dicts of JSON types that were written by `to_dict`: what is read back is checked first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kundkarriar.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA = 1


def fields_of(stored: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """The fields of a stored `kind`, without its schema number and type; another schema or type is refused.

    >>> fields_of({"schema": 1, "name": "call"}, kind="action")
    {'name': 'call'}
    """
    schema, written = stored.get("schema"), stored.get("type", kind)
    if schema != SCHEMA:
        raise DataError.because(
            f"a stored {kind} of schema {SCHEMA} is needed, got schema {schema!r}.",
            hint="read it with the version of kundkarriar that wrote it, or write it again with to_dict().",
        )
    if written != kind:
        raise DataError.because(
            f"a stored {kind} is needed, got a stored {written}.", hint=f"read it with {written}.from_dict(...)."
        )
    return {name: value for name, value in stored.items() if name not in {"schema", "type"}}
