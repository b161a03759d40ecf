"""The laws of a fitted career: its parts belong together."""

from __future__ import annotations

from types import NoneType
from typing import Any

from attrs import Attribute

from kundkarriar.arguments import refusal
from kundkarriar.career.bridge import Bridge
from kundkarriar.career.career_groups import names_of
from kundkarriar.career.table_laws import ENTRIES, refuse_broken
from kundkarriar.classes.limits import CLASSES
from kundkarriar.classes.value_column import value_column
from kundkarriar.customer_ids import ONE_ROW_HINT, unique_ids
from kundkarriar.dates.period import Period
from kundkarriar.frames import narrow, nulls, numbers, refuse_rows, require
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.stored_forms import AGAIN


def of_this_spec(career: Any, _: object, scorer: FittedValueScorer) -> None:
    """Validator of the scorer: fitted from the scorer of the specification, in its period."""
    if scorer.scorer != career.career.scorer:
        raise refusal(scorer.scorer, "scorer", law="fitted from the scorer of `career`", hint=AGAIN)
    if scorer.purchases.period != career.career.period:
        law = f"of the period of the career, {career.career.period!r}"
        raise refusal(scorer.purchases.period, "scorer.purchases.period", law=law, hint=AGAIN)


def of_this_career(career: Any, _: object, money: Bridge) -> None:
    """Validator of the sums: of the date, the horizon and the costs of the career."""
    if money.as_of != career.as_of:
        raise refusal(money.as_of, "money.as_of", law=f"the date of the career, {career.as_of}", hint=AGAIN)
    if money.span != (horizon := Period.of(career.scorer.scorer.horizon)):
        raise refusal(str(money.span), "money.span", law=f"the horizon of the scorer, {horizon}", hint=AGAIN)
    if (money.cost is None) != (career.scorer.scorer.costs is None):
        law = "there where the scorer has costs, and missing elsewhere"
        raise refusal(money.cost, "money.cost", law=law, hint=AGAIN)


def of_customers(career: Any, _: object, given: Any) -> None:
    """Validator of the table: a row for each customer, within the laws of its columns, on a rung of the ladder."""
    need = "`table`"
    table = narrow(given, need=need)
    unique_ids(table, need=need, hint=ONE_ROW_HINT)
    numbers(table, value_column(table, None, need=need), need=need, nullable=True)
    rungs, groups = career.career.ladder.names, names_of(career.career.groups)
    words = {"rung": rungs, "highest_rung": rungs, "previous_rung": (*rungs, None), "group": groups}
    priced = career.scorer.spend is not None
    refuse_broken(table, words={**words, "abc": (*CLASSES, None), "entry": ENTRIES}, priced=priced)
    ungrouped = nulls(table["group"]) & (numbers(table, "purchase_days", need=need) > 0)
    law = f"{need} needs a group in `group` of everyone who bought"
    refuse_rows(table, ungrouped, law, hint=AGAIN, shown=["customer_id", "purchase_days"])
    require(table, ["rung_number"], need=need)
    placed = set(zip(table["rung_number"].to_list(), table["rung"].to_list(), strict=True))
    if unknown := sorted(placed - set(enumerate(rungs, start=1)), key=str):
        raise refusal(unknown[0], "rung_number", law=f"the number of `rung` among {list(rungs)}", hint=AGAIN)


def of_these_customers(career: Any, _: object, given: Any) -> None:
    """Validator of the summary: a row for each customer of the table, in its order; None is accepted."""
    if given is None:
        return
    ids, wanted = (
        unique_ids(narrow(each, need="`summary`"), need="`summary`", hint=ONE_ROW_HINT).to_list()
        for each in (given, career.customers())
    )
    if ids != wanted:
        raise refusal(ids[:3], "summary", law="a row for each customer of `table`, in its order", hint=AGAIN)


def there_with_spend(career: Any, attribute: Attribute[Any], money: Any) -> None:
    """Validator of the sums of a fitted career: there with a spend model, None without."""
    if not isinstance(money, Bridge if career.scorer.spend is not None else NoneType):
        law = "a kk.FittedCareer's sums where its scorer has a spend model, and None where purchases have no amounts"
        raise refusal(money, attribute.name, law=law, hint=AGAIN)
