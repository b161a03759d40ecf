"""`customers`: a Hypothesis strategy of customers, with the columns of a career and values that go together."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.arguments import Text, WholeNumber, read_names, read_object
from kundkarriar.arrays import Array
from kundkarriar.career.customer_career import CustomerCareer
from kundkarriar.classes.abc_classifier import ABCClassifier
from kundkarriar.errors import CapabilityError, DataError, collected
from kundkarriar.history.as_of.event_columns import EventColumn, is_event_column
from kundkarriar.ladder.customer_ladder import CustomerLadder
from kundkarriar.ladder.groups.customer_groups import CustomerGroups
from kundkarriar.numerics.money.equal_amounts import ranks_from_the_top
from kundkarriar.testing.frame_libraries import as_polars, columns_of
from kundkarriar.testing.make_customers import true_scorer

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

SIZE = WholeNumber(least=0, most=10_000, example=20)
KIND = Text(among=("pandas", "polars"))
START, AS_OF = pd.Timestamp("1996-01-01"), pd.Timestamp("1998-06-30")
HISTORIES, PROSPECTS = 240, 24
SEED = 1
AMOUNTS = (1.0, 10.0, 20.0, 50.0, 100.0, 250.0, 1_000.0, 5_000.0)
"""What an order may be worth."""
STILL_BUYS, VARIES, WITH_EVENT = 0.5, 0.7, 0.3
RANKS = {"rank": "net_value", "priority_rank": "priority"}
CLASSES = ("abc", "cumulative_share")


def customers(
    *,
    min_size: int = 0,
    max_size: int = 20,
    ladder: CustomerLadder | None = None,
    kind: str = "pandas",
    columns: Iterable[str] | None = None,
) -> SearchStrategy[Any]:
    """A Hypothesis strategy of customers as `career.customers()` gives them, to state laws of your own rules with.

    Each row is a history of purchases and events with all that a career makes of it, so that its columns go together:
    the rung and its number, the probability of a purchase and the value, missing scores of those who never bought.
    Classes and ranks are of the customers drawn. A failing example shrinks to few customers, and to plain ones: few
    purchases and small amounts come first, and prospects last.

    Args:
        min_size: least number of customers.
        max_size: most of them.
        ladder: the ladder on which they have their rungs; None: `CustomerLadder.kundkarriar()`. Events that its
            conditions ask for occur.
        kind: "pandas" or "polars".
        columns: these columns alone, which makes examples easier to read; None: all.

    Returns:
        A strategy of frames, one row per customer, customer_id from 1.

    Raises:
        CapabilityError: hypothesis is not installed.
        DataError: there is no such column; `min_size` exceeds `max_size`.

    >>> from hypothesis import given
    >>> import kundkarriar as kk
    >>> rich = kk.column("clv") > 500
    >>> @given(kk.testing.customers(columns=["customer_id", "clv", "abc"]))
    ... def nobody_in_d_is_rich(frame):
    ...     assert not (rich.holds(frame) & (frame["abc"] == "D")).any()
    >>> nobody_in_d_is_rich()
    """
    try:
        from hypothesis import strategies  # noqa: PLC0415 - an extra
    except ImportError:
        raise CapabilityError.because(
            "a strategy of customers needs hypothesis, which is not installed.",
            hint='pip install "kundkarriar[testing]"',
        ) from None
    least, most = SIZE.read(min_size, "min_size"), SIZE.read(max_size, "max_size")
    if least > most:
        law = f"`min_size` must not exceed `max_size`: {least} and {most}."
        raise DataError.because(law, hint=f"write max_size={least}.")
    kind = KIND.read(kind, "kind")
    chosen = CustomerLadder.kundkarriar() if ladder is None else ladder
    read_object(chosen, "ladder", kind=CustomerLadder, hint="kk.CustomerLadder(rungs=...).")
    try:
        pool = _pool(chosen, kind)
    except TypeError:  # a user's function that has no hash
        pool = _pool.__wrapped__(chosen, kind)
    names = None if columns is None else read_names(columns, "columns", empty=False)
    if names and (lacking := set(names) - set(pool.pandas.columns)):
        raise DataError.missing_columns(lacking, have=list(pool.pandas.columns), need="`columns`")
    rows = strategies.lists(strategies.integers(0, len(pool.pandas) - 1), min_size=least, max_size=most)

    @strategies.composite  # of what is mapped Hypothesis would show the call, and not the frame
    def frames(draw: Any) -> Any:
        return pool.frame(draw(rows), kind=kind, names=names)

    return frames()


@frozen(kw_only=True)
class _Pool:
    """Histories with all that a career makes of them, plain ones first, in both kinds of frame."""

    pandas: pd.DataFrame
    polars: Any

    def frame(self, rows: list[int], *, kind: str, names: tuple[str, ...] | None) -> Any:
        """Some of them as a customer base: numbered, with the classes and ranks that they have among each other."""
        among = self.pandas.iloc[rows].reset_index(drop=True)
        among["customer_id"] = np.arange(1, len(rows) + 1)
        for name, by in RANKS.items():
            among[name] = _ranks(among[by].to_numpy(dtype=float))
        if rows:
            with collected():  # a base without any value is a base too
                classes = ABCClassifier().classify(among.drop(columns=list(CLASSES)))
            among = among.assign(**{name: classes[name] for name in CLASSES})
        if kind == "polars":
            anew = columns_of(among[["customer_id", *RANKS, *CLASSES]])
            kinds = self.polars.schema
            of = type(self.polars[:, 0])
            told = [of(name, values, dtype=kinds[name], strict=False) for name, values in anew.items()]
            among = self.polars[rows].with_columns(told)
        return among if names is None else among[list(names)]


@lru_cache(maxsize=8)
def _pool(ladder: CustomerLadder, kind: str) -> _Pool:
    """The histories as a career of this ladder tells them."""
    generator = np.random.default_rng(SEED)
    orders = pd.concat([_orders(customer, generator) for customer in range(1, HISTORIES + 1)], ignore_index=True)
    ids = np.arange(1, HISTORIES + PROSPECTS + 1)
    contact = START + pd.to_timedelta(generator.integers(0, (AS_OF - START).days, PROSPECTS), "D")
    first = orders.groupby("customer_id")["date"].min()
    known = pd.DataFrame({"customer_id": ids, "first_contact": [*first, *contact]})
    with collected():  # what a fit says of these histories is not about the user's rules
        career = CustomerCareer(scorer=true_scorer(), ladder=ladder, groups=CustomerGroups(starts=1)).fit(
            orders, as_of=AS_OF, seed=SEED, draws=2, customers=known, events=_events(ladder, known, generator)
        )
    told = career.customers()
    told = told.sort_values(["purchase_days", "total_value"], kind="stable")
    plain = pd.concat([told[told["purchase_days"] > 0], told[told["purchase_days"] == 0]], ignore_index=True)
    return _Pool(pandas=plain, polars=as_polars(columns_of(plain)) if kind == "polars" else None)


def _orders(customer: int, generator: np.random.Generator) -> pd.DataFrame:
    """The purchases of one customer: one alone, at random times, or regularly, up to now or to a day long ago."""
    span = (AS_OF - START).days
    begin = int(generator.integers(0, span + 1))
    end = span if generator.random() < STILL_BUYS else int(generator.integers(begin, span + 1))
    how = customer % 3
    if how == 0:
        days = np.array([begin])
    elif how == 1:
        days = np.unique([begin, *generator.integers(begin, end + 1, generator.integers(1, 12))])
    else:
        days = np.arange(begin % 400, end + 1, generator.choice([14, 30, 60, 90]))
    usual = generator.choice(AMOUNTS)
    varies = generator.random() < VARIES
    amounts = np.round(usual * generator.lognormal(0, 0.5, len(days))) if varies else np.full(len(days), usual)
    dates = START + pd.to_timedelta(days if len(days) else [begin], "D")
    amounts = np.maximum(amounts if len(days) else [usual], 1)
    return pd.DataFrame({"customer_id": customer, "date": dates, "amount": amounts})


def _events(ladder: CustomerLadder, known: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame | None:
    """Events of the kinds that the ladder asks for, of some customers, on days since their first contact."""
    asked = dict.fromkeys(name for rung in ladder.rungs for name in rung.needs if is_event_column(name))
    measured = any(EventColumn.of(name).measure for name in asked)
    parts = []
    for kind in dict.fromkeys(EventColumn.of(name).event for name in asked):
        some = known[generator.random(len(known)) < WITH_EVENT]
        since = (AS_OF - some["first_contact"]).dt.days.to_numpy()
        days = pd.to_timedelta((generator.random(len(some)) * since).astype(int), "D")
        dated = some[["customer_id"]].assign(date=some["first_contact"] + days, event=kind)
        parts.append(dated.assign(value=generator.integers(1, 6, len(some)).astype(float)) if measured else dated)
    return pd.concat(parts, ignore_index=True) if parts else None


def _ranks(values: Array) -> Array:
    """Ranks from the highest value down; missing where the value is."""
    ranks, known = np.full(len(values), np.nan), np.isfinite(values)
    ranks[known] = ranks_from_the_top(values[known])
    return ranks
