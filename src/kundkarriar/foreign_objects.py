"""What foreign objects hold: their values, their attributes, a text; nothing where they raise when they are asked."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np

NO_SEQUENCES = (str, bytes, bytearray, memoryview, Mapping)
"""Types that Python walks through by letters, bytes or keys, which nobody means."""
MOST_VALUES = 1_000_000
"""Most values of a sequence that is given as an argument: range(10**12) would fill the memory."""


def values_from(given: Any) -> tuple[Any, ...] | None:
    """The values of a sequence; None for a text, a mapping, a frame, what cannot be walked, and what has no end.

    >>> values_from(range(3)), values_from("ab"), values_from(range(10**12))
    ((0, 1, 2), None, None)
    """
    if not isinstance(given, Iterable) or isinstance(given, NO_SEQUENCES) or hasattr(type(given), "columns"):
        return None
    try:
        values = tuple(islice(given, MOST_VALUES + 1))
    except Exception:  # noqa: BLE001 - an array without a dimension, or a foreign sequence that raises what it likes
        return None
    return None if len(values) > MOST_VALUES else values


def array_from(given: Any) -> np.ndarray[Any, Any] | None:
    """An array of the values given, of one or several dimensions; None where they make none.

    >>> array_from([1, 2.5]), array_from([[1], [1, 2]]), array_from(range(10**12)), array_from(np.ma.masked)
    (array([1. , 2.5]), None, None, None)
    """
    if isinstance(given, NO_SEQUENCES) or (isinstance(given, range) and len(given) > MOST_VALUES):
        return None
    if isinstance(given, np.ma.MaskedArray) and np.ma.is_masked(given):  # would become numbers
        return None
    try:
        return np.asarray(given)
    except Exception:  # noqa: BLE001 - rows of different lengths, or a foreign object that raises what it likes
        return None


def attribute_of(value: Any, name: str) -> Any:
    """An attribute of a foreign object; None where it has none, or raises when it is asked."""
    try:
        return getattr(value, name, None)
    except Exception:  # noqa: BLE001 - whatever it raises
        return None


def is_a(value: Any, kind: Any) -> bool:
    """Whether a value is of a class, or has the methods of a protocol; not where the value raises when it is asked."""
    try:
        return isinstance(value, kind)
    except Exception:  # noqa: BLE001 - a foreign object
        return False


TEXT_TYPES = (str, np.str_)
"""Types of texts; members of enumerations and other subclasses may have a hash and an equality of their own."""


def is_text(value: object) -> bool:
    """Whether the value is a text that can be written: without half a surrogate pair.

    >>> is_text("Malmö"), is_text(chr(0xD800)), is_text(b"x")
    (True, False, False)
    """
    if type(value) not in TEXT_TYPES:
        return False
    try:
        str(value).encode()
    except UnicodeEncodeError:
        return False
    return True
