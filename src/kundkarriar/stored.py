"""Stored dicts: how `to_dict` writes attrs classes as JSON types and `from_dict` reads and checks them.

The type of a field says how its value is written: numbers, text and truth values as they are, tuples and arrays as
lists, objects as dicts. `field(metadata=written(form))` gives a form where the type does not say enough.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Mapping
from functools import cache
from inspect import get_annotations
from itertools import product
from typing import Any, ClassVar, Self, Union, get_args, get_origin, get_type_hints

import numpy as np
from attrs import Attribute, Factory, evolve, fields, has

from kundkarriar.errors import KundkarriarError, law_and_hint
from kundkarriar.stored_forms import AGAIN, PLAIN, Form, Misfit, array_of, by_name, list_of, one_of, or_null, row_of

SCHEMA = 1
FACTORY: Any = Factory
"""attrs types it as the function that makes one."""


class Stored:
    """Base class of attrs classes that are stored: `to_dict` and `from_dict`.

    `stored_as` is the kind in plain words. Where it is empty the kind is the name of the class, and the dict has it as
    "type".

    >>> from attrs import frozen
    >>> @frozen(kw_only=True)
    ... class Parcel(Stored):
    ...     weight: float
    ...     marks: tuple[str, ...] = ()
    >>> Parcel(weight=2.5, marks=("fragile",)).to_dict()
    {'schema': 1, 'type': 'Parcel', 'weight': 2.5, 'marks': ['fragile']}
    >>> Parcel.from_dict({"schema": 1, "type": "Parcel", "weight": "heavy", "marks": []})
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: a stored Parcel holds a value that to_dict() never writes in `weight`: a finite number
    is needed, got 'heavy'.
    <BLANKLINE>
    Hint: write it again with to_dict().
    """

    __slots__ = ()

    stored_as: ClassVar[str] = ""

    def to_dict(self) -> dict[str, Any]:
        """The object as a dict of JSON types, which `from_dict` reads back."""
        return {"schema": SCHEMA, **({} if self.stored_as else {"type": type(self).__name__}), **_written(self)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """The object from a dict made by `to_dict`.

        Raises:
            DataError: not a stored object of this class, or a value that its fields do not accept.

        >>> import kundkarriar as kk
        >>> kk.MBGNBD.from_dict(kk.MBGNBD().to_dict()) == kk.MBGNBD()
        True
        """
        try:
            made: Self = whole(cls).read(stored)
        except Misfit as misfit:
            raise misfit.error() from misfit
        return made


def whole(kind: type[Stored]) -> Form:
    """An object with a dict of its own, with its schema number."""
    return Form(law=kind_of(kind), write=kind.to_dict, read=lambda given: _read(kind, given, alone=True))


def part(kind: type) -> Form:
    """An object that is stored inside another, without a schema number of its own."""
    return Form(law=kind_of(kind), write=_written, read=lambda given: _read(kind, given, alone=False))


def kind_of(kind: type) -> str:
    """The kind of a stored object in messages: its `stored_as`, or its class."""
    return vars(kind).get("stored_as") or kind.__name__


def make(kind: type, values: Mapping[str, Any], *, named: str) -> Any:
    """An object of the values of its fields.

    Raises:
        Misfit: a converter or validator refuses a value.
    """
    try:
        return kind(**{str(each.alias): values[each.name] for each in fields(kind) if each.name in values})
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, KundkarriarError) as error:
        raise _never_written(error, named=named, at=_field_at_fault(kind, values)) from error


def _never_written(error: Exception, *, named: str, at: str | None) -> Misfit:
    law, hint = law_and_hint(error)
    place = f" in `{at}`" if at else ""
    reason = law.removesuffix(".")
    return Misfit(f"a stored {named} holds a value that to_dict() never writes{place}: {reason}.", hint=hint or AGAIN)


def _field_at_fault(kind: Any, values: Mapping[str, Any]) -> str | None:
    """The field whose converter or validator refuses its value; None where none does by itself."""
    draft = object.__new__(kind)
    given = [each for each in fields(kind) if each.name in values]

    def convert(each: Attribute[Any]) -> None:
        converter: Any = each.converter or (lambda value: value)
        object.__setattr__(draft, each.name, converter(values[each.name]))

    def validate(each: Attribute[Any]) -> None:
        if each.validator is not None:
            each.validator(draft, each, getattr(draft, each.name))

    for check, each in product((convert, validate), given):
        try:
            check(each)
        except Exception:  # noqa: BLE001 - whatever the first error was, this is where it came from
            return str(each.alias)
    return None


@cache
def forms_of(kind: Any) -> dict[str, tuple[str, Form]]:
    """The stored fields of an attrs class by their key in the dict: the field's name, and its form."""
    found = {}
    for each in fields(kind):
        form = each.metadata["stored"] if "stored" in each.metadata else form_of(_hint(kind, each))
        if form is not None:
            form = evolve(form, later=form.later or each.metadata.get("later", False))
            found[form.name or each.name] = each.name, form
    return found


def _hint(kind: type, field: Attribute[Any]) -> Any:
    owner = next(base for base in kind.__mro__ if field.name in get_annotations(base))
    only = types.SimpleNamespace(__annotations__={"it": field.type})
    return get_type_hints(only, globalns=vars(sys.modules[owner.__module__]))["it"]


def form_of(hint: Any) -> Form:
    """The form that a type tells.

    >>> form_of(tuple[int, float]).law, form_of(str | None).law, form_of(float | str).law
    ('a list of 2 values', 'text or null', 'a finite number or text')
    """
    origin, args = get_origin(hint), get_args(hint)
    if hint in PLAIN:
        return PLAIN[hint]
    if origin in BY_ORIGIN:
        return BY_ORIGIN[origin](*args)
    if isinstance(hint, type) and has(hint):
        return whole(hint) if issubclass(hint, Stored) else part(hint)
    raise TypeError(f"no form is known for fields of type {hint}: give one with field(metadata=written(...))")


def _of_union(*kinds: Any) -> Form:
    others = [form_of(each) for each in kinds if each is not type(None)]
    form = others[0] if len(others) == 1 else one_of(*others)
    return or_null(form) if type(None) in kinds else form


BY_ORIGIN: dict[Any, Callable[..., Form]] = {
    Union: _of_union,
    types.UnionType: _of_union,
    tuple: lambda *of: list_of(form_of(of[0])) if of[1:] == (...,) else row_of(*map(form_of, of)),
    np.ndarray: lambda _, dtype: array_of(*get_args(dtype)),
    Mapping: lambda _, value: by_name(form_of(value)),
}


def _written(value: Any) -> dict[str, Any]:
    kind: Any = type(value)
    stored = {key: form.write(getattr(value, name)) for key, (name, form) in forms_of(kind).items()}
    later = [
        (key, form.write(_default(kind, name, of=value))) for key, (name, form) in forms_of(kind).items() if form.later
    ]
    for key, default in reversed(later):
        if stored[key] != default:
            break
        del stored[key]
    return stored


def _default(kind: Any, name: str, *, of: Any = None) -> Any:
    """The value of a field that dicts of earlier versions lack: what they mean, if that is not the default.

    A default that follows from other fields is that of the object `of`.
    """
    own: Attribute[Any] = getattr(fields(kind), name)
    default: Any = own.metadata.get("before", own.default)
    return default.factory(of) if isinstance(default, FACTORY) else default


def _read(kind: Any, stored: Any, *, alone: bool) -> Any:
    """An object of an attrs class from its dict; `alone`: with a schema number."""
    named, forms = kind_of(kind), forms_of(kind)
    given = _without_head(stored, kind=kind) if alone else _as_dict(stored, named=named)
    later = [key for key, (_, form) in forms.items() if form.later]
    while later and later[-1] not in given:  # a dict of an earlier version lacks the last of them
        later.pop()
    if lacking := [key for key, (_, form) in forms.items() if key not in given and (key in later or not form.later)]:
        raise Misfit(f"a stored {named} lacks {lacking}.", hint=f"its fields are {list(forms)}; {AGAIN}")
    if unknown := [key for key in given if key not in forms]:
        raise Misfit(f"a stored {named} has no fields {unknown}.", hint=f"its fields are {list(forms)}.")
    values = {}
    for key, (name, form) in forms.items():
        if key not in given:
            if "before" in getattr(fields(kind), name).metadata:
                values[name] = _default(kind, name)
            continue
        try:
            values[name] = form.read(given[key])
        except Misfit as misfit:
            raise misfit.inside(key) from misfit
        except ValueError as error:
            raise _never_written(error, named=named, at=key) from error
    return make(kind, values, named=named)


def _without_head(stored: Any, *, kind: type) -> dict[str, Any]:
    """The fields of a stored object, without its schema number and type."""
    named = kind_of(kind)
    given = _as_dict(stored, named=named)
    schema = given.pop("schema", None)
    if type(schema) is not int or schema != SCHEMA:
        raise Misfit(
            f"a stored {named} of schema {SCHEMA} is needed, got schema {schema!r}.",
            hint=f"read it with the version of kundkarriar that wrote it, or {AGAIN}",
        )
    if not isinstance(other := given.get("type", named), str):
        raise _never_written(ValueError(f"text is needed, got {other!r:.60}"), named=named, at="type")
    if other not in {named, kind.__name__}:
        known = other in vars(sys.modules[__package__])["__all__"]
        raise Misfit(
            f"a stored {named} is needed, got a stored {other:.60}.",
            alone=f"read it with {other}.from_dict(...)." if known else AGAIN,
        )
    if named == kind.__name__ and given.pop("type", None) is None:
        raise Misfit(f"a stored {named} lacks ['type'].", hint=AGAIN)
    return given


def _as_dict(stored: Any, *, named: str) -> dict[str, Any]:
    if not isinstance(stored, Mapping):
        raise Misfit(
            f"a stored {named} is a dict, got {type(stored).__name__}.",
            hint="pass what to_dict() gave, read back with json.loads(...) where it was text.",
        )
    return dict(stored)
