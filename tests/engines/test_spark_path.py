"""The path of docs/engines.md in Spark, from orders to plan assignments: the rows of pandas."""

import re
from pathlib import Path

import kundkarriar as kk

PAGE = Path(__file__).parents[2] / "docs" / "engines.md"


def test_from_orders_to_assignments_in_spark(to_engine, same_rows):
    """Law: the lines of the page make in Spark the classes, places and assignments that pandas makes."""
    lines = re.search(r"```text\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL).group(1)
    orders = kk.datasets.load_cdnow(sample=True)
    given = to_engine("spark", orders)
    made, due = {"kk": kk, "orders": given}, {"kk": kk, "orders": orders}
    exec(lines, made)  # noqa: S102 - the page's own
    joined = re.sub(
        r"customers = classes.*\n",
        'customers = classes[["customer_id", "clv", "abc"]].merge(places[["customer_id", "rung"]], on="customer_id")\n',
        lines,
    )
    exec(joined, due)  # noqa: S102
    assert due["assignments"]["treated"].sum() > 50
    for name in ("classes", "places", "assignments"):
        assert type(made[name]) is type(given)
        shown = [column for column in due[name].columns if column in made[name].columns]
        same_rows(made[name].select(*shown), due[name][shown])
