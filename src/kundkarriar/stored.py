"""Reading of stored dicts, as `to_dict` writes them: checks of schema and fields, and errors that name the kind."""

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
    """An object with `to_dict`."""

    def to_dict(self) -> dict[str, Any]:
        """The object as a dict of JSON types."""
        ...


def fields_of(stored: object, *, kind: str, names: Iterable[str]) -> dict[str, Any]:
    """The fields of a stored `kind`, without its schema number and type.

    Args:
        stored: the dict that was read back.
        kind: its type, as in messages: "action".
        names: all fields of the type.

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
    """The fields of an object that is stored inside another, without a schema number of its own.

    >>> part_of({"grace": "3M"}, kind="hold", names=["grace"])
    {'grace': '3M'}
    """
    given, known = _as_dict(stored, kind=kind), list(names)
    if lacking := [name for name in known if name not in given]:
        raise DataError.because(f"a stored {kind} lacks {lacking}.", hint=f"its fields are {known}; {AGAIN}")
    if unknown := [name for name in given if name not in known]:
        raise DataError.because(f"a stored {kind} has no fields {unknown}.", hint=f"its fields are {known}.")
    return given


@contextmanager
def reading(kind: str) -> Iterator[None]:
    """A context that turns type, key and attribute errors into a `DataError` about the stored `kind`.

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
        # the first argument of an attrs validator's error is the sentence, the others are objects
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
