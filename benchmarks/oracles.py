"""Published and independently recomputed numbers, beside ours: fits, predictions at given parameters, a holdout.

    python benchmarks/oracles.py

The data of CDNOW and the donations come inside the package lifetimes; the apparel data of CLVTools are read from
`../shared/data` beside this repository, and their rows say "absent" where they are not there. Values of 20 digits are
read from tests/oracles/*.csv. Printed predictions have few digits or many: beside the largest relative difference
stands the largest difference in units of the last digit printed, of which rounding alone makes 0.5. Where the printed
numbers are wrong, or their parameters too short to give them back, a note says so.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import oracle_values
import pandas as pd
from attrs import frozen
from oracle_stored import stored

import kundkarriar as kk
from kundkarriar.datasets import _file
from kundkarriar.summaries.purchase_rows import PurchaseRows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Array = NDArray[np.float64]

APPAREL = Path(__file__).parents[2] / "shared" / "data"
BOTH = kk.Covariates(purchase=("Gender", "Channel"), dropout=("Gender", "Channel"))


@cache
def cdnow() -> pd.DataFrame:
    """2,357 customers after 39 weeks, in weeks of exactly 7 days."""
    summary: pd.DataFrame = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30", period="W")
    return summary


def rounded() -> pd.DataFrame:
    """The same with times in two decimals, as lifetimes ships them."""
    return pd.read_csv(_file("cdnow_customers_summary.csv")).assign(period="W")


@cache
def donations() -> pd.DataFrame:
    """11,104 donors of 1995 in 22 kinds, 1996 to 2001."""
    table = pd.read_csv(_file("donations.csv")).rename(columns={"periods": "n_opportunities"})
    return table.assign(every="Y")


def high_end() -> pd.DataFrame:
    """The cohort "High End" of Fader & Hardie (2007)."""
    there = np.array([1000, 869, 743, 653, 593, 551, 517, 491])
    churned = pd.DataFrame({"renewals": range(7), "ended": True, "weights": -np.diff(there), "every": "Y"})
    active = pd.DataFrame({"renewals": [7], "ended": [False], "weights": there[-1:], "every": "Y"})
    return pd.concat([churned, active], ignore_index=True)


def apparel(as_of: str) -> pd.DataFrame | None:
    """600 customers who all began on 2005-01-02; None where the data are not at hand."""
    if not (APPAREL / "apparel_transactions.csv").exists():
        return None
    orders = pd.read_csv(APPAREL / "apparel_transactions.csv")
    bought = kk.transactions(orders, customer_id="Id", date="Date", amount="Price", vat="excluded", currency="CHF")
    summary: pd.DataFrame = kk.summarize(bought, as_of=as_of, period="W")
    return summary


DATA: dict[str, Callable[[], pd.DataFrame | None]] = {
    "CDNOW": cdnow,
    "CDNOW rounded": rounded,
    "donations": donations,
    "High End": high_end,
    "apparel 104 weeks": lambda: apparel("2006-12-31"),
    "apparel 40 weeks": lambda: apparel("2005-10-09"),
}
SPECS: dict[str, Any] = {
    "NBD": kk.NBD(),
    "Pareto/NBD": kk.ParetoNBD(),
    "BG/NBD": kk.BGNBD(),
    "MBG/NBD": kk.MBGNBD(),
    "GGompertz/NBD": kk.GGompertzNBD(),
    "Gamma-Gamma": kk.GammaGamma(),
    "BG/BB": kk.BGBB(),
    "sBG": kk.ShiftedBetaGeometric(),
    "Pareto/NBD, covariates": kk.ParetoNBD(covariates=BOTH),
}


def fitted(data: str, model: str) -> Any:
    """The fit; None where the data are absent."""
    table = DATA[data]()
    if table is None:
        return None
    given: dict[str, Any] = {"weights": "weights"} if "weights" in table else {}
    if "covariates" in model:
        known = pd.read_csv(APPAREL / "apparel_static_covariates.csv")
        given["customers"] = known.rename(columns={"Id": "customer_id"})
    return SPECS[model].fit(table, **given)


def fits() -> None:
    """Print log-likelihoods of published fits beside ours, and the largest relative difference of a parameter."""
    print(f"{'data':18} {'model':23} {'stated':>15} {'ours':>15} {'difference':>10} {'parameters':>10}  furthest")
    for data, model, log_likelihood, parameters in oracle_values.FITS:
        found = fitted(data, model)
        if found is None:
            print(f"{data:18} {model:23} {log_likelihood:>15} {'absent':>15}")
            continue
        ours = found.log_likelihood
        apart = f"{'':>10}"
        if parameters:
            estimates = found.estimates().set_index("parameter")["estimate"]
            off = {name: abs(estimates[name] / float(value) - 1) for name, value in parameters.items()}
            furthest = max(off, key=lambda name: off[name])
            apart = f"{off[furthest]:10.1e}  {furthest} {estimates[furthest]:.8g}, stated {parameters[furthest]}"
        print(
            f"{data:18} {model:23} {log_likelihood:>15} {ours:15.6f} {ours - float(log_likelihood):+10.1e} {apart}",
            flush=True,
        )


@frozen(kw_only=True)
class Check:
    """Some printed numbers and ours.

    Attributes:
        source: who printed or computed them, and what.
        printed: as they stand there, with blanks between.
        ours: the same by this library.
        note: what is wrong with the printed ones, if anything is.
    """

    source: str
    printed: str
    ours: Any
    note: str = ""

    def row(self) -> str:
        """Of the table."""
        printed, ours = self.printed.split(), np.atleast_1d(np.asarray(self.ours, dtype=np.float64))
        stated, unit = np.array([float(value) for value in printed]), np.array([last_digit(value) for value in printed])
        off = np.abs(ours - stated)
        apart = f"{np.max(off / np.abs(stated)):9.1e} {np.max(off / unit):11.2f}"
        return f"{self.source:70} {len(stated):3} {apart}  {self.note}".rstrip()


def last_digit(printed: str) -> float:
    """The unit of the last digit of a printed number.

    >>> last_digit("1.8576"), last_digit("7.9e-80")
    (0.0001, 1e-81)
    """
    digits, _, power = printed.partition("e")
    return float(f"1e{int(power or 0) - len(digits.partition('.')[2])}")


def typed(model: str, *values: float, **fixed: Any) -> Any:
    """A model of given parameters."""
    kind: Any = {"BG": kk.FittedBGNBD, "MBG": kk.FittedMBGNBD, "Pareto": kk.FittedParetoNBD, "BB": kk.FittedBGBB}[model]
    names = [name for name in kind.params_type.__slots__ if not name.startswith("_")]
    fixed = fixed or ({"every": "Y"} if model == "BB" else {"period": "W"})
    return kind(params=kind.params_type(**dict(zip(names, values, strict=True))), **fixed)


def seen(x: list[float], t_x: list[float] | float, T: list[float] | float) -> pd.DataFrame:
    """Customers."""
    return pd.DataFrame({"frequency": x, "recency": t_x, "T": T})


THREE = seen([26, 2, 0], [216 / 7, 213 / 7, 0], [31, 272 / 7, 272 / 7])
FOUR = seen([10, 15, 20, 25], 20.0, 39.0)


def discounted(model: Any, rows: pd.DataFrame, rate: float) -> Array:
    """Expected purchases of a lifetime, discounted continuously."""
    x, t_x, T = (rows[name].to_numpy() for name in ("frequency", "recency", "T"))
    given = PurchaseRows(x=x, t_x=t_x, T=T, weights=np.ones(len(rows)))
    ahead = model.residual(given, horizon=np.inf, discount_rate=rate)
    return np.asarray(ahead.p_alive * ahead.discounted_purchases)


def log_likelihoods(model: Any, rows: pd.DataFrame) -> list[float]:
    """Log-likelihood of each row."""
    return [model.log_likelihood_of(rows.iloc[[row]]) for row in range(len(rows))]


def expected(model: Any, rows: pd.DataFrame, horizon: float) -> Array:
    """Expected purchases of each row."""
    return np.asarray(model.predict(rows, horizon=horizon)["expected_purchases"], dtype=np.float64)


def alive(model: Any, rows: pd.DataFrame) -> Array:
    """P(alive) of each row."""
    return np.asarray(model.predict(rows, horizon=1)["p_alive"], dtype=np.float64)


def of_buyers() -> Iterator[Check]:
    """Predictions of Pareto/NBD, BG/NBD and MBG/NBD at given parameters."""
    text = oracle_values.BUYERS
    models = {
        "Pareto": typed("Pareto", 0.5532772, 10.57769, 0.6062392, 11.66871),
        "BG": typed("BG", 0.2425945, 4.413602, 0.7929219, 2.425906),
        "MBG": typed("MBG", 0.5248432, 6.183085, 0.8913595, 1.614003),
    }
    for name, model in models.items():
        yield Check(source=f"{name}: P(alive), three customers", printed=text[name, "alive"], ours=alive(model, THREE))
        for weeks in (39, 52):
            what = f"{name}: purchases in {weeks} weeks, three customers"
            yield Check(source=what, printed=text[name, f"in {weeks}"], ours=expected(model, THREE, weeks))
        new = f"{name}: a new customer's purchases in 52 weeks"
        yield Check(source=new, printed=text[name, "new"], ours=model.new_customer(52))
    pareto, bg = models["Pareto"], models["BG"]
    what = "Pareto: discounted lifetime purchases (DERT), three customers"
    yield Check(source=what, printed=text["Pareto", "DERT"], ours=discounted(pareto, THREE, np.log(1.1) / 52))
    manual = typed("Pareto", 0.5629966, 12.5590370, 0.4081095, 10.5148048)
    two = seen([0, 30], [0.0, 77.0], 77.86)
    what = "Pareto: DERT at the parameters of BTYD's manual"
    yield Check(source=what, printed=text["Pareto", "manual"], ours=discounted(manual, two, 0.0027))
    new = typed("Pareto", 0.55, 10.56, 0.61, 11.64)
    what = "Pareto: BTYD's manual, new customers, 1 to 9"
    yield Check(source=what, printed=text["Pareto", "new 1-9"], ours=[new.new_customer(t) for t in range(1, 10)])
    walk = typed("Pareto", 0.5534, 10.5802, 0.6061, 11.6562)
    what, note = "Pareto: BTYD's walk-through, 52 weeks", "its parameters are printed with 4 decimals"
    yield Check(source=what, printed=text["Pareto", "walk"], ours=expected(walk, FOUR, 52), note=note)
    what, note = "BG: BTYD's walk-through, 52 weeks", "its optimum differs in the fifth digit"
    yield Check(source=what, printed=text["BG", "walk"], ours=expected(bg, FOUR, 52), note=note)
    ages = (1 / 7, 1, 3, 31.8571, 32)
    what = "BG: Hardie's sheet, new customers, up to 32 weeks"
    yield Check(source=what, printed=text["BG", "sheet"], ours=[bg.new_customer(t) for t in ages])
    what, note = "BG: Hardie's sheet, new customers, 78 weeks", "OTHERWISE: the sheet adds 150 terms of a slow series"
    yield Check(source=what, printed="1.8576", ours=bg.new_customer(78), note=note)
    paper = typed("BG", 0.243, 4.414, 0.793, 2.426)
    what = "BG: Hardie's sheet, x = 2, t_x = 30.43, T = 38.86, 39 weeks"
    yield Check(source=what, printed="1.226", ours=expected(paper, seen([2], 30.43, 38.86), 39))
    what = "BG: P(X(39) = 0), P(X(30) = 11 .. 20), P(X(2) = 10)"
    counts = [paper.new_customer_counts(t, up_to=20)["probability"].to_numpy() for t in (39, 30, 2)]
    ours = [counts[0][0], *counts[1][11:], counts[2][10]]
    yield Check(source=what, printed=text["BG", "counts"], ours=ours)


def of_hard_points() -> Iterator[Check]:
    """Customers at whom implementations overflowed."""
    text = oracle_values.HARD
    nan = typed("Pareto", 0.5143, 2.8845, 0.2856, 14.1087)
    two = seen([221, 254], [103.42857, 97.14286], [103.57143, 97.28571])
    yield Check(source="Pareto: CLVTools' issue 100, P(alive)", printed=text["nan alive"], ours=alive(nan, two))
    yield Check(
        source="Pareto: the same, log-likelihood", printed=text["nan log_likelihood"], ours=log_likelihoods(nan, two)
    )
    numbers, rows = (10.465, 0.00798565181, 3.0516, 2.820), seen([500, 50], [1.0, 4.0], 37.0)
    pareto, bg = typed("Pareto", *numbers), typed("BG", *numbers)
    for name, model in (("Pareto", pareto), ("BG", bg)):
        logs = model.predict(rows, horizon=1, also=["log_p_alive"])["log_p_alive"].to_numpy()
        tens = logs / np.log(10)
        what = f"{name}: (500, 1, 37), (50, 4, 37), log-likelihood (mpmath)"
        yield Check(source=what, printed=text[name, "log_likelihood"], ours=log_likelihoods(model, rows))
        what = f"{name}: the same, log10 P(alive) (mpmath)"
        yield Check(source=what, printed=text[name, "alive"], ours=tens)
    note = "OTHERWISE: stated as BG/NBD's; it is Pareto/NBD's"
    what = "(500, 1, 37), a log-likelihood in circulation: by Pareto"
    yield Check(source=what, printed="2594.40445462", ours=log_likelihoods(pareto, rows)[0], note=note)
    note = "OTHERWISE: stated as BG/NBD's; it is Pareto/NBD's but for the third digit"
    what = "(50, 4, 37), a log-likelihood in circulation: by Pareto"
    yield Check(source=what, printed="31.8540438506", ours=log_likelihoods(pareto, rows)[1], note=note)


def of_others() -> Iterator[Check]:
    """BG/BB, the shifted beta-geometric, Gamma-Gamma."""
    text = oracle_values.OTHERS
    best = typed("BB", 1.203522, 0.7497164, 0.6567182, 2.783442)
    donors = pd.DataFrame({"frequency": [0, 2, 6, 4, 1], "recency": [0, 4, 6, 5, 1], "n_opportunities": 6})
    what = "BG/BB: P(alive in 2002) of three donors"
    yield Check(source=what, printed=text["BB alive"], ours=alive(best, donors)[:3])
    what = "BG/BB: gifts in ten years, (0, 0) and (4, 5)"
    yield Check(source=what, printed=text["BB gifts"], ours=expected(best, donors, 10)[[0, 3]])
    worth = best.discounted(donors, discount_rate=0.10)["discounted_purchases"].to_numpy()
    yield Check(source="BG/BB: discounted lifetime gifts of five donors", printed=text["BB DERT"], ours=worth)
    total = expected(best, donations(), 5) @ donations()["weights"].to_numpy()
    yield Check(source="BG/BB: gifts of all donors in five years", printed="12884.1567", ours=total)
    theirs = typed("BB", 1.203528, 0.7497260, 0.6567808, 2.783796)
    so_far = np.array([0.0, *(theirs.new_customer(year) for year in range(1, 12))])
    what, note = "BG/BB: BTYD's walk-through, gifts of each of eleven years", "its parameters are printed with 7 digits"
    yield Check(source=what, printed=text["BB years"], ours=11_104 * np.diff(so_far), note=note)
    members = pd.DataFrame({"renewals": range(5), "ended": False})
    for params in ((3.80, 15.20), (0.067, 0.267)):
        contract = kk.FittedShiftedBetaGeometric(
            params=kk.ShiftedBetaGeometricParams(alpha=params[0], beta=params[1]), every="Y"
        )
        what = f"sBG: discounted residual lifetimes at {params}"
        ours = contract.discounted(members, discount_rate=0.10)["discounted_renewals"].to_numpy()
        note = "its parameters are printed with 3 digits" if params[0] < 1 else ""
        yield Check(source=what, printed=text["sBG", params], ours=ours, note=note)
    spend = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.248802, q=3.744589, gamma=15.44775))
    bought = pd.DataFrame({"frequency": [0, 1, 2, 7], "monetary_value": [0, 11.77, 22.35, 73.74]})
    values = spend.predict(bought)["expected_order_value"].to_numpy()
    yield Check(source="Gamma-Gamma: four customers, recomputed", printed=text["GG"], ours=values)
    note = "OTHERWISE: 24.65 is 24.66 by the note's own parameters"
    yield Check(source="Gamma-Gamma: four customers, Hardie's note", printed=text["GG note"], ours=values, note=note)
    repeat = cdnow()[cdnow()["frequency"] > 0]
    ours = np.corrcoef(repeat["frequency"], repeat["monetary_value"])[0, 1]
    yield Check(source="correlation of spend and frequency, 946 repeat buyers", printed=".113888", ours=ours)


def of_cohort() -> Iterator[Check]:
    """BTYD's tables of the CDNOW sample: sums over customers, week by week and by past purchases."""
    text, note = oracle_values.COHORT, "its optimum differs in the fifth digit"
    T = cdnow()["T"].to_numpy()
    births = T.max() - T
    for name, model in (("Pareto", fitted("CDNOW", "Pareto/NBD")), ("BG", fitted("CDNOW", "BG/NBD"))):
        days, members = np.unique(births, return_counts=True)
        so_far = [
            sum(n * model.new_customer(week - day) for day, n in zip(days, members, strict=True) if day < week)
            for week in range(19, 26)
        ]
        what = f"{name}: BTYD's tracking, purchases of weeks 20 to 25"
        yield Check(source=what, printed=text[name, "weeks"], ours=np.diff(so_far), note=note)
        ahead = expected(model, cdnow(), 39)
        bins = pd.Series(ahead).groupby(cdnow()["frequency"].clip(upper=7).to_numpy()).mean().to_numpy()
        what = f"{name}: BTYD's purchases in 39 weeks, by 0 to 7 and more before"
        yield Check(source=what, printed=text[name, "bins"], ours=bins, note=note)


def holdout() -> None:
    """Print sums and errors of 39 weeks ahead for each model beside the printed ones."""
    bought = kk.datasets.load_cdnow(sample=True)
    later = bought[bought["date"] > "1997-09-30"].drop_duplicates(["customer_id", "date"])
    actual = later.groupby("customer_id").size().reindex(cdnow()["customer_id"], fill_value=0).to_numpy()
    print(f"{'model':12} {'sum':>20} {'mean abs. error':>18} {'root mean square':>18} {'mean P(alive)':>21}")
    for model, stated in oracle_values.HOLDOUT.items():
        predicted = fitted("CDNOW", model).predict(cdnow(), horizon=39)
        error = predicted["expected_purchases"].to_numpy() - actual
        total, there = predicted["expected_purchases"].sum(), predicted["p_alive"].mean()
        pairs = zip((total, np.abs(error).mean(), np.sqrt((error**2).mean()), there), stated, strict=True)
        told = [f"{ours:.{len(text.partition('.')[2])}f} ({text})" for ours, text in pairs]
        print(f"{model:12} {told[0]:>20} {told[1]:>18} {told[2]:>18} {told[3]:>21}")
    print(f"bought in fact: {actual.sum():,}")


def main() -> None:
    """Print the four tables."""
    print("-- fits --")
    fits()
    print("\n-- predictions: printed numbers --")
    print(f"{'what':70} {'n':>3} {'relative':>9} {'last digits':>11}")
    for group in (of_buyers(), of_hard_points(), of_others(), of_cohort()):
        for check in group:
            print(check.row(), flush=True)
    print("\n-- predictions: stored values of 20 digits and more, by direct integration --")
    stored(Path(__file__).parents[1] / "tests" / "oracles")
    print("\n-- holdout: 39 weeks of the CDNOW sample; stated in brackets --")
    holdout()


if __name__ == "__main__":
    main()
