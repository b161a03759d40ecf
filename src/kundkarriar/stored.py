"""Dicts of JSON types that were written by `to_dict`: what is read back is checked first."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kundkarriar.errors import DataError, KundkarriarError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SCHEMA = 1
AGAIN = "write it again with to_dict()."


@runtime_checkable
class Storable(Protocol):
    """A part that can be written down."""

    def to_dict(self) -> dict[str, Any]:
        """JSON types only."""
        ...


def fields_of(stored: object, *, kind: str, names: Iterable[str]) -> dict[str, Any]:
    """The fields of a stored `kind`, without its schema number and type; what is not one is refused.

    Args:
        stored: what was read back.
        kind: what it should be, as in messages: "action".
        names: the fields that it has, all of them.

    Raises:
        DataError: not a dict, another schema or type, or other fields.

    >>> fields_of({"schema": 1, "name": "call"}, kind="action", names=["name"])
    {'name': 'call'}
    """
    given = _as_dict(stored, kind=kind)
    schema, written = given.pop("schema", None), given.pop("type", kind)
    if schema != SCHEMA:
        raise DataError.because(
            f"a stored {kind} of schema {SCHEMA} is needed, got schema {schema!r}.",
            hint=f"read it with the version of kundkarriar that wrote it, or {AGAIN}",
        )
    if written != kind:
        raise DataError.because(
            f"a stored {kind} is needed, got a stored {written}.", hint=f"read it with {written}.from_dict(...)."
        )
    return part_of(given, kind=kind, names=names)


def part_of(stored: object, *, kind: str, names: Iterable[str]) -> dict[str, Any]:
    """The fields of a part, which is stored inside another and has no schema of its own.

    >>> part_of({"grace": "3M"}, kind="hold", names=["grace"])
    {'grace': '3M'}
    """
    given, known = _as_dict(stored, kind=kind), list(names)
    if lacking := [name for name in known if name not in given]:
        raise DataError.because(f"a stored {kind} lacks {lacking}.", hint=f"its fields are {known}; {AGAIN}")
    if odd := [name for name in given if name not in known]:
        raise DataError.because(f"a stored {kind} has no fields {odd}.", hint=f"its fields are {known}.")
    return given


@contextmanager
def reading(kind: str) -> Iterator[None]:
    """While a stored `kind` is read: a value of the wrong type is the data's fault, and said so.

    >>> with reading("budget"):
    ...     float([])
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: a stored budget holds a value that to_dict() never writes: float() argument must be \
a string or a real number, not 'list'.
    <BLANKLINE>
    Hint: write it again with to_dict().
    """
    try:
        yield
    except KundkarriarError:
        raise
    except (AttributeError, KeyError, TypeError) as error:
        # of an attrs validator the first argument is the sentence, the others are objects
        reason = error.args[0] if error.args else type(error).__name__
        raise DataError.because(
            f"a stored {kind} holds a value that to_dict() never writes: {reason}.", hint=AGAIN
        ) from error


def _as_dict(stored: object, *, kind: str) -> dict[str, Any]:
    if not isinstance(stored, Mapping):
        raise DataError.because(
            f"a stored {kind} is a dict, got {type(stored).__name__}.",
            hint="pass what to_dict() gave, read back with json.loads(...) where it was text.",
        )
    return dict(stored)
