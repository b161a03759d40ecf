"""Labels of a column: the names of arms, and the values by which groups are told apart, as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arguments import NAME, is_number, read_many, read_names, refusal
from kundkarriar.arrays import Whole
from kundkarriar.foreign_objects import is_text
from kundkarriar.frames import NarrowFrame, is_missing, refuse_rows, require
from kundkarriar.rules.values import where_missing


@frozen(eq=False)
class Labels:
    """The label of each row.

    Attributes:
        words: the distinct labels in their order: numbers by size, text by letters.
        code: position of each row's label in `words`, (n,).
    """

    words: tuple[str, ...]
    code: Whole

    def among(self, words: Sequence[str]) -> Whole:
        """The position of each row's label in other `words`, (n,); -1 where it is none of them."""
        at = {word: number for number, word in enumerate(words)}
        return np.array([at.get(word, -1) for word in self.words], dtype=np.int64)[self.code]


def label_of(value: Any) -> Any:
    """A text, number or truth value as the text of its label; other values as they are, for a validator to refuse.

    The number 1 is one label, whatever the type of its column.

    >>> [label_of(value) for value in ("web", 1, 1.0, 9.9, True, None)]
    ['web', '1', '1', '9.9', 'True', None]
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if is_number(value) and np.isfinite(float(value)):
        return f"{float(value):.15g}" if float(value) % 1 else str(int(value))
    return str(value) if is_text(value) else value


def read_labels(table: NarrowFrame, column: str, *, need: str, hint: str) -> Labels:
    """The labels of a column.

    Raises:
        DataError: the column is not there, a value is missing (with this `hint`), or no text, number or truth value;
            text and numbers are mixed.

    >>> import narwhals.stable.v2 as nw
    >>> labels = read_labels(nw.from_native(pd.DataFrame({"price": [12.9, 9.9, 12.9]})), "price", need="it", hint="")
    >>> labels.words, labels.code.tolist()
    (('9.9', '12.9'), [1, 0, 1])
    """
    require(table, [column], need=need)
    law = f"{need} needs a value in `{column}` on every row"
    refuse_rows(table, where_missing(table, column, need=need), law, hint=hint, shown=["customer_id", column])
    values = table[column].to_numpy()
    try:
        code, distinct = pd.factorize(values)
    except Exception:  # noqa: BLE001 - lists, dicts, or foreign objects without a hash
        code, distinct = np.arange(len(values)), values
    known = [value.item() if isinstance(value, np.generic) else value for value in distinct]
    kinds = [_kind(value) for value in known]
    if None in kinds or len(set(kinds)) > 1:
        usual = kinds[int(np.bincount(code).argmax())]
        odd = np.array([kind is None or kind is not usual for kind in kinds], dtype=bool)[code]
        law = f"{need} needs labels of one kind in `{column}`: text, numbers or truth values"
        hint = f"make them text: frame['{column}'].astype(str) in pandas, .cast(pl.String) in polars."
        refuse_rows(table, odd, law, hint=hint, shown=["customer_id", column])
    # numbers that are written alike, as .3 and .1 + .2, are one label
    words = tuple(dict.fromkeys(label_of(known[at]) for at in sorted(range(len(known)), key=known.__getitem__)))
    at = {word: number for number, word in enumerate(words)}
    return Labels(words, np.array([at[label_of(value)] for value in known], dtype=np.int64)[code])


def _kind(value: Any) -> type | None:
    """Text, number or truth value; None of what is no label."""
    if isinstance(value, bool):
        return bool
    if is_number(value) and np.isfinite(float(value)):
        return float
    return str if is_text(value) and not is_missing(value) else None


def read_groups(table: NarrowFrame, by: Iterable[str], *, need: str) -> tuple[tuple[tuple[str, ...], ...], Whole]:
    """The groups that columns make together, in the order of their values, and the number of each row's, (n,).

    Without columns there is one group, of everybody, with the values ().
    """
    columns = [read_labels(table, name, need=need, hint=_missing_hint(name)) for name in by]
    code = np.zeros(len(table), dtype=np.int64)
    values: list[tuple[str, ...]] = [()]
    for labels in columns:
        found, code = np.unique(code * len(labels.words) + labels.code, return_inverse=True)
        values = [(*values[at // len(labels.words)], labels.words[at % len(labels.words)]) for at in found.tolist()]
    return tuple(values), code.astype(np.int64)


def group_codes(table: NarrowFrame, by: Sequence[str], *, groups: Sequence[tuple[str, ...]], need: str) -> Whole:
    """The number of each row's group among known `groups`, (n,); -1 of a group that is not among them.

    >>> import narwhals.stable.v2 as nw
    >>> table = nw.from_native(pd.DataFrame({"channel": ["web", "shop", "phone"]}))
    >>> group_codes(table, ["channel"], groups=[("phone",), ("web",)], need="it").tolist()
    [1, -1, 0]
    """
    found, code = read_groups(table, by, need=need)
    at = {values: number for number, values in enumerate(groups)}
    return np.array([at.get(values, -1) for values in found], dtype=np.int64)[code]


def as_arms(given: Any) -> tuple[str, ...]:
    """Converter: the names of arms."""
    return read_names(given, "arms", law=NAME, empty=False)


def as_groups(given: Any) -> tuple[tuple[str, ...], ...]:
    """Converter: groups, each the labels of its columns."""
    law = "different groups, each the values of its columns"
    hint = "an experiment makes them: kk.Experiment(...).fit(campaign)."
    rows = read_many(given, "groups", law=law, hint=hint)
    groups = tuple(read_many(each, "groups", law=law, hint=hint) for each in rows)
    if not groups or not all(map(is_text, chain(*groups))) or len(set(groups)) < len(groups):
        raise refusal(given, "groups", law=law, hint=hint)
    return groups


def refuse_other_groups(groups: Sequence[tuple[str, ...]], *, by: Sequence[str]) -> None:
    """Refuse groups that have another number of labels than there are columns."""
    if any(len(each) != len(by) for each in groups):
        law = f"groups with a value of each of {list(by)}"
        raise refusal(groups, "groups", law=law, hint="an experiment makes them: kk.Experiment(...).fit(campaign).")


def _missing_hint(column: str) -> str:
    return f'make them a group of their own: frame["{column}"].fillna("unknown") in pandas, .fill_null(...) in polars.'
