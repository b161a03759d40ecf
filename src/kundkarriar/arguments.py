"""Readers of arguments and fields: numbers, whole numbers, seeds, names, choices, sequences, each with its limits.

A law reads an argument, `LEVEL.read(level, "level")`, and is the validator of an attrs field. Both refuse what is not
of its kind (truth values, text, None, NaN, numbers no float can hold) and what lies outside its limits, with a
`DataError` that names the argument and shows the value.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from difflib import get_close_matches
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from attrs import Attribute, frozen

from kundkarriar.errors import DataError, text_of
from kundkarriar.foreign_objects import is_text, values_from

T = TypeVar("T")


def refusal(value: object, name: str, *, law: str, hint: str) -> DataError:
    """The error of an argument that is not what `law` says.

    >>> raise refusal(None, "level", law="a number", hint="write level=0.9.")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `level` must be a number, got None.
    <BLANKLINE>
    Hint: write level=0.9.
    """
    return DataError.because(f"`{name}` must be {law}, got {as_shown(value)}.", hint=hint)


def as_shown(value: object) -> str:
    """A value in a message: its first 60 characters; of a frame its type, as rows tell nothing there."""
    if hasattr(type(value), "columns"):
        return f"a {type(value).__name__}"
    text = text_of(value, repr)
    text = " ".join(text.split()) if "\n" in text else text
    return text if len(text) <= 60 else f"{text[:60]}..."


NO_NUMBERS = (bool, np.bool_, np.timedelta64)
"""Types that Python counts as numbers, and nobody means as such."""


def is_number(value: object) -> bool:
    """Whether the value is a real number that a float can hold, NaN and infinity included; a truth value is not.

    >>> is_number(1.5), is_number(np.int64(2)), is_number("2"), is_number(True), is_number(10**400)
    (True, True, False, False, False)
    """
    if not isinstance(value, Real) or isinstance(value, NO_NUMBERS):
        return False
    try:
        float(value)
    except Exception:  # noqa: BLE001 - too large, or a foreign number that raises what it likes
        return False
    return True


def is_whole(value: object) -> bool:
    """Whether the value is a whole number and not a truth value."""
    return isinstance(value, Integral) and not isinstance(value, NO_NUMBERS)


def to_float(value: Any) -> Any:
    """Converter of fields: a number as a float, other values unchanged for the validator to refuse by name.

    >>> to_float(4), to_float("4"), to_float(None)
    (4.0, '4', None)
    """
    return float(value) if is_number(value) else value


def to_floats(values: Any) -> Any:
    """Converter of fields: several numbers as a tuple of floats, with what is no number unchanged.

    >>> to_floats([1, 2]), to_floats("12"), to_floats(None)
    ((1.0, 2.0), '12', None)
    """
    several = values_from(values)
    return values if several is None else tuple(map(to_float, several))


@frozen(kw_only=True)
class Number:
    """The law of a number: its limits, as reader and as validator.

    Attributes:
        least, most: limits that may be reached.
        above, below: limits that may not.
        infinite: whether infinity is accepted; NaN never is.
        example: a value for the hint.
        hint: a hint that says more than the example.
        unit: what is counted, as in "of periods"; empty for a plain number.

    >>> LEVEL.read(0.9, "level")
    0.9
    >>> LEVEL.read(True, "level")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `level` must be a number above 0 and below 1, got True.
    <BLANKLINE>
    Hint: write level=0.9.
    """

    least: float = -math.inf
    above: float = -math.inf
    most: float = math.inf
    below: float = math.inf
    infinite: bool = False
    example: Any = 1.0
    hint: str = ""
    unit: str = ""

    def read(self, value: Any, name: str, *, hint: str = "") -> float:
        """`value` as a float.

        Raises:
            DataError: no number, or outside the limits; the hint is `name`=`example` unless another is given.
        """
        if not self.holds(value):
            raise refusal(value, name, law=self.law, hint=hint or self.hint or f"write {name}={self.example}.")
        return float(value)

    def __call__(self, _: object, attribute: Attribute[Any], value: Any) -> None:
        """Check a field."""
        self.read(value, attribute.name)

    def holds(self, value: Any) -> bool:
        """Whether the value is such a number."""
        return is_number(value) and self._within(float(value))

    def _within(self, value: float) -> bool:
        inside = self.least <= value <= self.most and (value > self.above or self.above == -math.inf)
        inside = inside and (value < self.below or self.below == math.inf)
        return inside and (self.infinite or math.isfinite(value))

    @property
    def law(self) -> str:
        """The law in words."""
        kind = self._kind + (f" {self.unit}" if self.unit else "")
        if self.least > -math.inf and self.most < math.inf:
            return f"{kind} from {as_limit(self.least)} to {as_limit(self.most)}"
        limits = [("of at least", self.least), ("above", self.above), ("of at most", self.most), ("below", self.below)]
        words = [f"{word} {as_limit(limit)}" for word, limit in limits if math.isfinite(limit)]
        return f"{kind} {' and '.join(words)}" if words else kind

    @property
    def _kind(self) -> str:
        bounded = max(self.least, self.above) > -math.inf and min(self.most, self.below) < math.inf
        return "a number" if self.infinite or bounded else "a finite number"


@frozen(kw_only=True)
class WholeNumber(Number):
    """The law of a whole number: its limits, as reader and as validator.

    >>> DRAWS.read(2.5, "draws")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `draws` must be a whole number from 1 to 100,000, got 2.5.
    <BLANKLINE>
    Hint: write draws=200.
    """

    example: Any = 1

    def read(self, value: Any, name: str, *, hint: str = "") -> int:
        """`value` as an int; raises as `Number.read`."""
        return int(super().read(value, name, hint=hint))

    def holds(self, value: Any) -> bool:
        """Whether the value is such a whole number."""
        return is_whole(value) and super().holds(value)

    @property
    def _kind(self) -> str:
        return "a whole number"


def as_limit(limit: float) -> str:
    """A limit in a message: 100,000 and 0.5."""
    return f"{limit:,.0f}" if float(limit).is_integer() and abs(limit) < 1e15 else f"{limit:g}"


FINITE = Number()
POSITIVE = Number(above=0)
NOT_NEGATIVE = Number(least=0)
MOST = 1e15
"""Largest amount of money, hours or effect: sums and products of such numbers are finite."""
AMOUNT = Number(least=0, most=MOST)
MONEY = Number(least=-MOST, most=MOST)
SHARE = Number(least=0, most=1, example=0.2)
SHARE_BELOW_1 = Number(least=0, below=1, example=0.1)
LEVEL = Number(above=0, below=1 - 1e-9, example=0.9)  # from there on (1 + level) / 2 rounds towards 1
COUNT = WholeNumber(least=0)
COUNT_FROM_1 = WholeNumber(least=1)
DRAWS = WholeNumber(least=1, most=100_000, example=200)
SEED = WholeNumber(least=0)


def read_seed(seed: Any) -> int:
    """`seed` as an int, or an int drawn from a Generator, whose state advances; draws from it can be repeated.

    Raises:
        DataError: neither a whole number >= 0 nor a Generator.

    >>> read_seed(np.int64(7)), read_seed(np.random.default_rng(1)) == read_seed(np.random.default_rng(1))
    (7, True)
    """
    if isinstance(seed, np.random.Generator):
        return int(seed.integers(2**63))
    if not SEED.holds(seed):
        raise refusal(seed, "seed", law="a whole number of at least 0 or a numpy Generator", hint="write seed=1.")
    return int(seed)


def read_generator(seed: Any) -> np.random.Generator:
    """The generator of a `seed`: itself, or a new one; raises as `read_seed`."""
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(read_seed(seed))


def read_flag(value: Any, name: str) -> bool:
    """A truth value.

    Raises:
        DataError: another value; 0, 1, "yes" and None are not read as truth values.
    """
    if not isinstance(value, bool | np.bool_):
        raise refusal(value, name, law="True or False", hint=f"write {name}=True.")
    return bool(value)


@frozen(kw_only=True)
class Text:
    """The law of a text that is not empty: a name, a column, or one of several words.

    Attributes:
        among: the words to choose from; empty where any text will do.
        what: the law in words where any text will do.
        example: a value for the hint, where nothing was typed that is like one of the words.

    >>> Text(among=("D", "s")).read("S", "merge")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `merge` must be one of 'D', 's', got 'S'.
    <BLANKLINE>
    Hint: write merge='s'.
    """

    among: Collection[str] = ()
    what: str = "a text that is not empty"
    example: str = ""

    def read(self, value: Any, name: str, *, hint: str = "") -> str:
        """`value` as it is.

        Raises:
            DataError: no text, an empty one, or none of the words.
        """
        if not self.holds(value):
            raise refusal(value, name, law=self.law, hint=hint or f"write {name}={self.nearest(value, name)!r}.")
        return str(value)

    def __call__(self, _: object, attribute: Attribute[Any], value: Any) -> None:
        """Check a field."""
        self.read(value, attribute.name)

    def holds(self, value: Any) -> bool:
        """Whether the value is such a text."""
        if not is_text(value):
            return False
        return value in self.among if self.among else value.strip() != ""

    def nearest(self, value: Any, name: str) -> str:
        """A value for the hint: the word that is most like `value`, in any case of letters, or the example.

        >>> on = Text(among=("purchases", "spend"))
        >>> on.nearest("Spent", "on"), on.nearest(3, "on")
        ('spend', 'purchases')
        """
        words = {str(each).casefold(): str(each) for each in self.among}
        near = get_close_matches(value.casefold(), words, n=1) if is_text(value) else []
        return words[near[0]] if near else self.example or str(next(iter(self.among), name))

    @property
    def law(self) -> str:
        """The law in words."""
        return f"one of {', '.join(map(repr, self.among))}" if self.among else self.what


NAME = Text()
COLUMN = Text(what="the name of a column")
SAYS_SOMETHING = Text(what="a text that says something", example="...")


def read_many(value: Any, name: str, *, law: str, hint: str) -> tuple[Any, ...]:
    """The values of a sequence as a tuple; a single text, a mapping, None and a number are refused.

    A mapping would be read by its keys, and a text by its letters, which nobody means.

    >>> read_many({1: 0.8}, "index", law="twelve numbers", hint="write index=[1.0] * 12.")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `index` must be twelve numbers, got {1: 0.8}.
    <BLANKLINE>
    Hint: write index=[1.0] * 12.
    """
    if (values := values_from(value)) is None:
        raise refusal(value, name, law=law, hint=hint)
    return values


def read_names(value: Any, name: str, *, law: Text = COLUMN, empty: bool = True) -> tuple[str, ...]:
    """Several names, each once, as a tuple; a single name is a tuple of one.

    Raises:
        DataError: another value, a name that `law` refuses, one twice, or none where `empty` is False.

    >>> read_names("channel", "covariates"), read_names(["a", "b"], "covariates")
    (('channel',), ('a', 'b'))
    """
    words = f"names, each {law.law}" if law.among else "names of columns" if law is COLUMN else "names"
    hint = f"write {name}=[{law.example or next(iter(law.among), 'name')!r}]."
    names = (value,) if isinstance(value, str) else read_many(value, name, law=words, hint=hint)
    if not all(map(law.holds, names)) or len(set(names)) < len(names) or not (names or empty):
        unread = next((each for each in names if not law.holds(each)), None)
        if law.among and is_text(unread):
            hint = f"write {name}=[{law.nearest(unread, name)!r}]."
        raise refusal(value, name, law=f"different {words}", hint=hint)
    return tuple(map(str, names))


def as_tuple(given: Any) -> tuple[Any, ...]:
    """Converter of fields: the values of a sequence; a single value, text or mapping as a tuple of one.

    >>> as_tuple(["a", "b"]), as_tuple("ab"), as_tuple(3)
    (('a', 'b'), ('ab',), (3,))
    """
    several = values_from(given)
    return (given,) if several is None else several


def read_object(value: Any, name: str, *, kind: type[T], hint: str, law: str = "") -> T:
    """An object of a class: a public one, unless `law` says in words what it is.

    Raises:
        DataError: an object of another class.

    >>> read_object("W", "model", kind=Number, hint="write model=kk.Number().")
    Traceback (most recent call last):
    ...
    kundkarriar.errors.DataError: `model` must be a kk.Number, got 'W'.
    <BLANKLINE>
    Hint: write model=kk.Number().
    """
    if not isinstance(value, kind):
        raise refusal(value, name, law=law or f"a kk.{kind.__name__}", hint=hint)
    return value
