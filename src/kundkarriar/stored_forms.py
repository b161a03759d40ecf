"""Forms of stored values: how numbers, texts, tuples, mappings and arrays are written in JSON types, and read back."""

import sys
from collections.abc import Callable, Collection, Mapping
from itertools import chain
from typing import Any, Self

import numpy as np
from attrs import evolve, frozen

from kundkarriar.errors import DataError, text_of

AGAIN = "write it again with to_dict()."


@frozen(kw_only=True)
class Form:
    """How a value is written in JSON types, and read back.

    Attributes:
        law: what a stored value is: "a finite number".
        write: from a value to JSON types.
        read: from JSON types to the value; raises ValueError where the law is broken.
        name: the key in the dict, where it is not the name of the field.
        later: whether dicts from before the field are read with its default, or with what the field's metadata has as
            "before". A class writes such fields in the order
            in which they came, up to the last that is not at its default.
        plain: types whose values, if finite, are written and read as they are; the lists of a table hold millions.
    """

    law: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]
    name: str | None = None
    later: bool = False
    plain: frozenset[type] = frozenset()

    def keeps(self, values: Collection[Any]) -> bool:
        """Whether all values are of plain types and finite: they need not be looked at one by one."""
        kinds = set(map(type, values))
        if not kinds <= self.plain:
            return False
        numbers = values if kinds <= {int, float} else [each for each in values if type(each) in (int, float)]
        return all(map(sys.float_info.max.__ge__, map(abs, numbers)))


class Misfit(Exception):  # noqa: N818 - never seen: from_dict makes a DataError of it
    """A stored object that breaks a law, with its place inside other stored objects."""

    def __init__(self, law: str, *, hint: str = AGAIN, alone: str = "") -> None:
        super().__init__(law)
        self.law, self.hint, self.alone, self.path = law, hint, alone, ""

    def inside(self, place: str) -> Self:
        """The misfit with a place before its path: a field, or "[2]" in a list."""
        self.path = place + ("." if self.path and not self.path.startswith("[") else "") + self.path
        return self

    def error(self) -> DataError:
        """The error for users; `alone` is the hint where the object stands in no other."""
        if self.path:
            return DataError.because(f"{self.law}\n\nIt stands at `{self.path}`.", hint=self.hint)
        return DataError.because(self.law, hint=self.alone or self.hint)


def written(form: Form, *, name: str | None = None, later: bool = False) -> dict[str, Any]:
    """Metadata of a field that is written in the given form, under another name if one is given."""
    return {"stored": evolve(form, name=name, later=later)}


LATER: dict[str, Any] = {"later": True}
"""Metadata of a field of later versions, written in the form that its type tells."""
NOT_WRITTEN: dict[str, Any] = {"stored": None}
"""Metadata of a field that is not stored; it is read as its default."""


def _plain(law: str, test: Callable[[Any], bool], *kinds: type) -> Form:
    def read(given: Any) -> Any:
        return given if test(given) else _refuse(law, given)

    return Form(law=law, write=_as_python, read=read, plain=frozenset(kinds))


def _refuse(law: str, given: Any) -> Any:
    raise ValueError(f"{law} is needed, got {text_of(given, repr):.60}")


def _as_python(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_as_python(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def _is_finite(given: Any) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and abs(given) <= sys.float_info.max


NUMBER = _plain("a finite number", _is_finite, int, float)
WHOLE = _plain("a whole number", lambda given: isinstance(given, int) and _is_finite(given), int)
TEXT = _plain("text", lambda given: isinstance(given, str), str)
TRUTH = _plain("true or false", lambda given: isinstance(given, bool), bool)
PLAIN = {float: NUMBER, int: WHOLE, str: TEXT, bool: TRUTH}


def or_null(form: Form) -> Form:
    """A value or None, which is null in JSON."""
    return Form(
        law=f"{form.law} or null",
        write=lambda value: None if value is None else form.write(value),
        read=lambda given: None if given is None else form.read(given),
        plain=form.plain | {type(None)} if form.plain else form.plain,
    )


def one_of(*forms: Form) -> Form:
    """A value in the first of several forms that it fits."""
    law = " or ".join(form.law for form in forms)

    def read(given: Any) -> Any:
        for form in forms:
            try:
                return form.read(given)
            except ValueError:
                continue
        return _refuse(law, given)

    plain = [form.plain for form in forms]
    return Form(law=law, write=_as_python, read=read, plain=frozenset().union(*plain) if all(plain) else frozenset())


def list_of(item: Form) -> Form:
    """A tuple of any length, as a list."""

    def read(given: Any) -> tuple[Any, ...]:
        if item.keeps(_as_list(given)):
            return tuple(given)
        return tuple(_item(item, each, at) for at, each in enumerate(given))

    def write(values: Any) -> list[Any]:
        return list(values) if item.keeps(values) else [item.write(each) for each in values]

    return Form(law="a list", write=write, read=read)


def row_of(*items: Form) -> Form:
    """A tuple with a form for each of its values, as a list."""
    law = f"a list of {len(items)} values"

    def read(given: Any) -> tuple[Any, ...]:
        if len(_as_list(given)) != len(items):
            _refuse(law, given)
        return tuple(_item(item, each, at) for at, (item, each) in enumerate(zip(items, given, strict=True)))

    def write(values: Any) -> list[Any]:
        return [item.write(each) for item, each in zip(items, values, strict=True)]

    return Form(law=law, write=write, read=read)


def by_name(item: Form) -> Form:
    """A mapping, or pairs of a name and a value, as a dict."""

    def read(given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
            _refuse("a dict with names as keys", given)
        return {name: item.read(value) for name, value in given.items()}

    return Form(
        law="a dict", write=lambda pairs: {name: item.write(value) for name, value in dict(pairs).items()}, read=read
    )


def array_of(dtype: Any, *, missing: bool = False) -> Form:
    """An array as nested lists, all rows of a length; with `missing`, NaN is null."""
    known = {np.float64: ("numbers", int, float), np.int64: ("whole numbers", int), np.bool_: ("truth values", bool)}
    words, *kinds = known[dtype]
    law = f"a list of {words}, with rows of one length"
    allowed = {*kinds, *([type(None)] if missing else [])}

    def write(values: Any) -> Any:
        plain: Any = np.where(np.isnan(values), None, values) if missing else values
        return plain.tolist()

    def read(given: Any) -> Any:
        flat = list(_as_list(given))
        try:
            for _ in np.shape(given)[1:]:  # raises where rows differ in length
                flat = list(chain.from_iterable(flat))
            values = np.array(given, dtype=dtype) if set(map(type, flat)) <= allowed else _refuse(law, given)
        except (OverflowError, TypeError, ValueError):
            return _refuse(law, given)
        finite = np.isfinite(values).ravel()
        if not finite.all() and not all(ok or each is None for ok, each in zip(finite, flat, strict=True)):
            return _refuse(f"a list of finite {words}", given)
        return values

    return Form(law=law, write=write, read=read)


def _as_list(given: Any) -> Any:
    return given if isinstance(given, list | tuple) else _refuse("a list", given)


def _item(form: Form, given: Any, at: int) -> Any:
    try:
        return form.read(given)
    except Misfit as misfit:
        raise misfit.inside(f"[{at}]") from misfit
