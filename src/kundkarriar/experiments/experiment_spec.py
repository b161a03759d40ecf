"""What an experiment is made of: its columns, its arms and how they were drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, frozen
from attrs.validators import optional

from kundkarriar.arguments import COLUMN, LEVEL, SEED, Number, Text, read_names, refusal, to_float
from kundkarriar.dates.period import is_span
from kundkarriar.errors import DataError
from kundkarriar.experiments.labels import label_of
from kundkarriar.fields import ROUNDING
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import NUMBER, TEXT, Form, by_name, written

OUTCOMES = {
    "revenue": ("amounts of at least 0", 'of net amounts that may be below 0 state the profit: outcome_is="profit".'),
    "profit": ("finite amounts", "repair them."),
    "response": ("0 or 1", 'make it 1 where there was a response: (frame["visits"] > 0).astype(int).'),
}
"""What an outcome is, the law of its values, and what to do with others."""
LABEL = Text(what="the value of one arm", example="No E-Mail")
INTENDED = Number(above=0, below=1, example=0.5)
SHARES_HINT = (
    'write probability={"No E-Mail": 0.5, "Mens E-Mail": 0.5}, or the name of the column with the chance of the arm '
    "that each customer got."
)
_SHARES = by_name(NUMBER)


def _write_probability(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else _SHARES.write(value)


def _read_probability(given: Any) -> Any:
    return given if given is None or isinstance(given, str) else _SHARES.read(given)


PROBABILITY = Form(law=f"{TEXT.law}, {_SHARES.law} or null", write=_write_probability, read=_read_probability)
"""A column's name as text, shares as a dict."""


def as_shares(given: Any) -> Any:
    """Converter: shares by arm as pairs in the order of the arms' names."""
    if not isinstance(given, Mapping):
        return given
    pairs = [(label_of(arm), to_float(share)) for arm, share in given.items()]
    return tuple(sorted(pairs, key=repr))


def is_probability(_: object, attribute: Attribute[Any], value: Any) -> None:
    """Validator: None, the name of a column, or the share of each arm, which sum to 1."""
    if value is None or COLUMN.holds(value):
        return
    law = "the intended share of each arm, which sum to 1, or the name of a column"
    pairs = value if isinstance(value, tuple) else ()
    whole = all(isinstance(pair, tuple) and len(pair) == 2 for pair in pairs) and len(pairs) > 1
    if not whole or not all(LABEL.holds(arm) and INTENDED.holds(share) for arm, share in pairs):
        raise refusal(value, attribute.name, law=law, hint=SHARES_HINT)
    if abs(sum(share for _, share in pairs) - 1) > ROUNDING or len(dict(pairs)) < len(pairs):
        raise refusal(dict(pairs), attribute.name, law=law, hint=SHARES_HINT)


def as_columns(given: Any) -> tuple[str, ...]:
    """Converter: the columns of `by`."""
    return read_names(given, "by")


def _balance(given: Any) -> tuple[str, ...]:
    return read_names(given, "balance")


@frozen(kw_only=True)
class ExperimentSpec(Stored):
    """The fields of `Experiment`, which explains them."""

    treatment: str = field(validator=COLUMN)
    control: str = field(converter=label_of, validator=LABEL)
    outcome: str = field(validator=COLUMN)
    outcome_is: str = field(validator=Text(among=OUTCOMES))
    by: tuple[str, ...] = field(default=(), converter=as_columns)
    probability: str | tuple[tuple[str, float], ...] | None = field(
        default=None, converter=as_shares, validator=is_probability, metadata=written(PROBABILITY)
    )
    before: str | None = field(default=None, validator=optional(COLUMN))
    balance: tuple[str, ...] = field(default=(), converter=_balance)
    window: str | None = field(default=None, validator=is_span)
    level: float = field(default=0.9, converter=to_float, validator=LEVEL)
    seed: int = field(default=1, validator=SEED)

    def __attrs_post_init__(self) -> None:
        if twice := sorted({name for name in self.columns if self.columns.count(name) > 1}):
            law = f"the columns of an experiment have one part each, and {twice} have two."
            raise DataError.because(law, hint="what was measured in the experiment can be no group of it.")

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that the experiment reads."""
        chance = (self.probability,) if isinstance(self.probability, str) else ()
        return (self.treatment, self.outcome, *self.by, *chance, *self.known_before)

    @property
    def known_before(self) -> tuple[str, ...]:
        """The columns known before treatment whose balance is tested, besides the groups."""
        return (*(() if self.before is None else (self.before,)), *self.balance)
