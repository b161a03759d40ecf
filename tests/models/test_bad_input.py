# ruff: noqa: E501 - messages stand line by line, as they are printed
"""Impossible rows and invalid arguments are refused, with the whole message."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import kundkarriar as kk
from kundkarriar.summaries.checked_summary import read_purchase_rows
from kundkarriar.summaries.purchase_rows import PurchaseRows

GOOD = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", "e", "f"],
        "frequency": [0, 1, 4, 0, 2, 7],
        "recency": [0, 9.0, 30, 0, 5, 36],
        "T": [39.0, 39, 38, 37, 36, 39],
        "period": "W",
        "n_transactions": [1, 2, 5, 1, 3, 8],
        "monetary_value": [0, 10.0, 20, 0, 30, 15],
    }
)
COUNTS = "it says how many customers alike a row stands for; leave `weights` out where a row is one customer."
TYPED = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")


def fit(**columns):
    return kk.MBGNBD().fit(GOOD.assign(**columns))


CASES = {
    "columns missing": (
        lambda: kk.MBGNBD().fit(GOOD[["customer_id", "frequency"]]),
        [
            "MBG/NBD.fit needs columns that are not there: ['T', 'recency'].",
            "",
            "Hint: the DataFrame has ['customer_id', 'frequency'].",
        ],
    ),
    "text for a number": (
        lambda: fit(recency=["x"] * 6),
        [
            "MBG/NBD.fit needs numbers in `recency`, found String: broken by 6 of 6 rows.",
            "",
            "row  customer_id  recency",
            "  0            a        x",
            "  1            b        x",
            "  2            c        x",
            "",
            "Hint: convert it first: frame['recency'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "numbers as text": (
        lambda: fit(T=["39"] * 6),
        [
            "MBG/NBD.fit needs numbers in `T`, found String: broken by 6 of 6 rows.",
            "",
            "row  customer_id   T",
            "  0            a  39",
            "  1            b  39",
            "  2            c  39",
            "",
            "Hint: convert it first: frame['T'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "a missing recency": (
        lambda: fit(recency=[0, np.nan, 30, 0, 5, 36]),
        [
            "MBG/NBD.fit needs finite numbers in `recency`: broken by 1 of 6 rows.",
            "",
            "row  customer_id  recency",
            "  1            b  missing",
            "",
            "Hint: look at these rows; repair or leave out what has no `recency`.",
        ],
    ),
    "a missing recency of someone who bought": (
        lambda: fit(
            recency=[np.nan, np.nan, 30, 0, 5, 36], T=[np.nan, 39, 38, 37, 36, 39], n_transactions=[0, 2, 5, 1, 3, 8]
        ),
        [
            "MBG/NBD.fit needs `recency` of every customer who has bought: broken by 1 of 6 rows.",
            "",
            "row  customer_id  n_transactions  recency",
            "  1            b               2  missing",
            "",
            "Hint: only prospects (`n_transactions` 0) may lack it; repair or leave out these rows.",
        ],
    ),
    "an infinite age": (
        lambda: fit(T=[np.inf, 39, 38, 37, 36, 39]),
        [
            "MBG/NBD.fit needs finite numbers in `T`: broken by 1 of 6 rows.",
            "",
            "row  customer_id    T",
            "  0            a  inf",
            "",
            "Hint: look at these rows; repair or leave out what has no `T`.",
        ],
    ),
    "a negative frequency": (
        lambda: fit(frequency=[-1, 1, 4, 0, 2, 7]),
        [
            "MBG/NBD.fit: `frequency` counts repeat purchases: at least 0: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  0            a         -1        0  39",
            "",
            "Hint: see kk.summarize.",
        ],
    ),
    "a fractional frequency": (
        lambda: fit(frequency=[0, 1, 4, 0, 2.7, 7]),
        [
            "MBG/NBD.fit: `frequency` counts repeat purchases: whole numbers: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  4            e        2.7        5  36",
            "",
            "Hint: see kk.summarize.",
        ],
    ),
    "a frequency beyond any customer": (
        lambda: fit(frequency=[0, 1, 4, 0, 2_000_000, 7]),
        [
            "MBG/NBD.fit: `frequency` counts repeat purchases of one customer: at most 1,000,000: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  4            e    2000000        5  36",
            "",
            "Hint: an account that sums up many customers (a counter sale) is no customer: leave it out.",
        ],
    ),
    "recency beyond T": (
        lambda: fit(recency=[0, 99.0, 30, 0, 5, 36]),
        [
            "MBG/NBD.fit: `recency` must not exceed `T`: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  1            b          1       99  39",
            "",
            "Hint: both count from the first purchase; as_of must not lie before the last one.",
        ],
    ),
    "a repeat purchase at age 0": (
        lambda: fit(recency=[0, 0.0, 30, 0, 5, 36]),
        [
            "MBG/NBD.fit: `recency` is above 0 where `frequency` is: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  1            b          1        0  39",
            "",
            "Hint: purchases of one day are one: kk.summarize(..., merge='D').",
        ],
    ),
    "recency without a repeat purchase": (
        lambda: fit(recency=[3, 9.0, 30, 0, 5, 36]),
        [
            "MBG/NBD.fit: `recency` is 0 where `frequency` is 0: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  0            a          0        3  39",
            "",
            "Hint: `recency` counts from the first purchase to the last, not back from today.",
        ],
    ),
    "a negative age": (
        lambda: fit(T=[-1, 39.0, 38, 37, 36, 39]),
        [
            "MBG/NBD.fit: `T` is the age since the first purchase: at least 0: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T",
            "  0            a          0        0  -1",
            "",
            "Hint: as_of lies before it.",
        ],
    ),
    "an empty frame": (
        lambda: kk.MBGNBD().fit(GOOD.head(0)),
        [
            "MBG/NBD.fit needs customers, got an empty table.",
            "",
            "Hint: check the dates given to kk.summarize(transactions, as_of=...).",
        ],
    ),
    "one customer": (
        lambda: kk.MBGNBD().fit(GOOD.head(1)),
        [
            "MBG/NBD has 4 parameters and needs more customers than that, got 1.",
            "",
            "Hint: fit to more customers; published parameters can be typed in: kk.FittedMBGNBD(params=..., period=...).",
        ],
    ),
    "no repeat buyer": (
        lambda: kk.GammaGamma().fit(GOOD.head(1)),
        [
            "Gamma-Gamma has 3 parameters and needs more repeat buyers with a spend above 0 than that, got 0.",
            "",
            "Hint: fit to more repeat buyers with a spend above 0; published parameters can be typed in: kk.FittedGammaGamma(params=...).",
        ],
    ),
    "nobody bought again": (
        lambda: fit(frequency=[0] * 6, recency=[0.0] * 6, n_transactions=1),
        [
            "MBG/NBD cannot be fitted: none of the 6 customers ever bought again (`frequency` 0 for all).",
            "",
            "Hint: observe for longer, or check that several purchases of a customer share one customer_id.",
        ],
    ),
    "no unit of time": (
        lambda: kk.MBGNBD().fit(GOOD.drop(columns="period")),
        [
            "MBG/NBD.fit must know the unit of time: the table has no column `period`.",
            "",
            'Hint: write period="M" for months, or use kk.summarize(transactions, as_of=...).',
        ],
    ),
    "two units of time": (
        lambda: fit(period=["W", "D"] * 3),
        [
            "MBG/NBD.fit needs one unit of time in `period`, found ['W', 'D'].",
            "",
            "Hint: make the whole table at once: kk.summarize(transactions, as_of=...).",
        ],
    ),
    "another unit than asked for": (
        lambda: kk.MBGNBD().fit(GOOD, period="D"),
        [
            'MBG/NBD.fit counts time in "D", the table in "W".',
            "",
            'Hint: make the table with period="D".',
        ],
    ),
    "no such unit": (
        lambda: kk.MBGNBD().fit(GOOD, period="weeks"),
        [
            "`period` must be one of 'D', 'W', 'M', 'Y', got 'weeks'.",
            "",
            "Hint: write period='W'.",
        ],
    ),
    "prospects alone": (
        lambda: fit(n_transactions=0, frequency=0, recency=np.nan, T=np.nan),
        [
            "MBG/NBD has 4 parameters and needs more customers than that, got 0 (6 without a purchase and 0 of unknown beginning left out).",
            "",
            "Hint: fit to more customers; published parameters can be typed in: kk.FittedMBGNBD(params=..., period=...).",
        ],
    ),
    "a prospect who bought again": (
        lambda: fit(n_transactions=[1, 0, 5, 1, 3, 8]),
        [
            "a customer without purchases (`n_transactions` 0) has `frequency` 0: broken by 1 of 6 rows.",
            "",
            "row  customer_id  n_transactions  frequency",
            "  1            b               0          1",
            "",
            "Hint: one of the two columns is wrong; see kk.summarize(transactions, as_of=...).",
        ],
    ),
    "counts that are none": (
        lambda: kk.MBGNBD().fit(GOOD.assign(n=[1, 2, 0, 1, 1, 1.5]), weights="n"),
        [
            "MBG/NBD.fit: `n` counts customers: whole numbers of at least 1: broken by 2 of 6 rows.",
            "",
            "row  customer_id  frequency  recency   T    n",
            "  2            c          4       30  38    0",
            "  5            f          7       36  39  1.5",
            "",
            f"Hint: {COUNTS}",
        ],
    ),
    "spend: counts that are none": (
        lambda: kk.GammaGamma().fit(GOOD.assign(n=[1, 2, -1, 1, 1, 2.5]), weights="n"),
        [
            "Gamma-Gamma.fit: `n` counts customers: whole numbers of at least 1: broken by 2 of 6 rows.",
            "",
            "row  customer_id  frequency  monetary_value    n",
            "  2            c          4              20   -1",
            "  5            f          7              15  2.5",
            "",
            f"Hint: {COUNTS}",
        ],
    ),
    "another word for a beginning": (
        lambda: fit(entry=["known", "Unknown", "known", None, "unknown", "known"]),
        [
            'MBG/NBD.fit: `entry` is "known" or "unknown": broken by 2 of 6 rows.',
            "",
            "row  customer_id    entry",
            "  1            b  Unknown",
            "  3            d  missing",
            "",
            "Hint: see kk.summarize(transactions, as_of=..., burn_in=...); without the column every beginning is known.",
        ],
    ),
    "purchase days that do not add up": (
        lambda: fit(n_transactions=[1, 2, 4, 1, 3, 80]),
        [
            "MBG/NBD.fit: `n_transactions` is `frequency` + 1, and 0 for prospects: broken by 2 of 6 rows.",
            "",
            "row  customer_id  n_transactions  frequency",
            "  2            c               4          4",
            "  5            f              80          7",
            "",
            "Hint: both count purchase days, `frequency` without the first; leave `n_transactions` out if it counts something else.",
        ],
    ),
    "a customer twice": (
        lambda: TYPED.predict(GOOD.assign(customer_id=["a", "b", "c", "a", "e", "f"]), horizon=39),
        [
            "MBG/NBD.predict needs one row per customer in `customer_id`: broken by 2 of 6 rows.",
            "",
            "row  customer_id",
            "  0            a",
            "  3            a",
            "",
            "Hint: one row per customer: see kk.summarize(transactions, as_of=...).",
        ],
    ),
    "spend: a customer twice": (
        lambda: kk.GammaGamma().fit(GOOD.assign(customer_id=["a", "b", "c", "a", "e", "f"])),
        [
            "Gamma-Gamma.fit needs one row per customer in `customer_id`: broken by 2 of 6 rows.",
            "",
            "row  customer_id",
            "  0            a",
            "  3            a",
            "",
            "Hint: one row per customer: see kk.summarize(transactions, as_of=...).",
        ],
    ),
    "spend: a missing frequency of someone who bought": (
        lambda: kk.GammaGamma().fit(
            GOOD.assign(frequency=[np.nan, np.nan, 4, 0, 2, 7], n_transactions=[0, 2, 5, 1, 3, 8])
        ),
        [
            "Gamma-Gamma.fit: `frequency` is known of everyone who has bought: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  monetary_value",
            "  1            b    missing              10",
            "",
            "Hint: only prospects (`n_transactions` 0) may lack it.",
        ],
    ),
    "no horizon": (
        lambda: TYPED.predict(GOOD, horizon=None),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got None.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "a new customer without a horizon": (
        lambda: TYPED.new_customer([52]),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got [52].",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "what lies ahead without a horizon": (
        lambda: TYPED.residual(PurchaseRows(x=0, t_x=0, T=1, weights=1), horizon=None, discount_rate="x"),
        [
            "`discount_rate` must be a finite number of at least 0, got 'x'.",
            "",
            "Hint: it is continuous, per period: math.log(1.10) * 7 / 365.25 is 10 percent a year, in weeks.",
        ],
    ),
    "predict in another unit": (
        lambda: TYPED.predict(GOOD.assign(period="D"), horizon=39),
        [
            'MBG/NBD.predict counts time in "W", the table in "D".',
            "",
            'Hint: make the table with period="W".',
        ],
    ),
    "a negative horizon": (
        lambda: TYPED.predict(GOOD, horizon=-1),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got -1.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "a horizon that is no number": (
        lambda: TYPED.predict(GOOD, horizon=np.nan),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got nan.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "a horizon as text": (
        lambda: TYPED.predict(GOOD, horizon="12M"),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got '12M'.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "a present worth within a horizon as text": (
        lambda: TYPED.discounted(GOOD, discount_rate=0.1, horizon="12M"),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got '12M'.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "a present worth of the past": (
        lambda: TYPED.discounted(GOOD, discount_rate=0.1, horizon=-1),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got -1.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "a present worth within what is no number": (
        lambda: TYPED.discounted(GOOD, discount_rate=0.1, horizon=float("nan")),
        [
            "`horizon` must be a number of periods from 0 to 1.44626e+12, got nan.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "the present worth of a lifetime without discounting": (
        lambda: TYPED.discounted(GOOD, discount_rate=0),
        [
            "a lifetime cannot be added up without discounting: `horizon` is infinite, `discount_rate` is 0.",
            "",
            "Hint: write discount_rate=0.1 for 10 percent a year, effective, or a finite horizon.",
        ],
    ),
    "a present worth at no rate": (
        lambda: TYPED.discounted(GOOD, discount_rate="10%"),
        [
            "`discount_rate` must be 0, or a number of at least 1e-06 and below 1, got '10%'.",
            "",
            "Hint: write discount_rate=0.1 for 10 percent a year, effective.",
        ],
    ),
    "the next purchase by yesterday": (
        lambda: TYPED.next_purchase(GOOD, by=-1),
        [
            "`by` must be a number of periods from 0 to 1.44626e+12, got -1.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "what was to come before now": (
        lambda: TYPED.predict(GOOD, horizon=39, after=-1),
        [
            "`after` must be a number of periods from 0 to 1.44626e+12, got -1.",
            "",
            'Hint: a number counts periods; for text write kk.Period.of("12M").in_units("W").',
        ],
    ),
    "spend: a negative frequency": (
        lambda: kk.GammaGamma().fit(GOOD.assign(frequency=[0, -1, 4, 0, 2, 7])),
        [
            "Gamma-Gamma.fit: `frequency` counts repeat purchases: whole numbers of at least 0: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  monetary_value",
            "  1            b         -1              10",
            "",
            "Hint: see kk.summarize.",
        ],
    ),
    "spend: missing": (
        lambda: kk.GammaGamma().fit(GOOD.assign(monetary_value=[0, 10, np.nan, 0, 30, 15])),
        [
            "Gamma-Gamma.fit: `monetary_value` is known of everyone who bought again: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency  monetary_value",
            "  2            c          4         missing",
            "",
            "Hint: it is the mean spend of a repeat purchase day; see kk.summarize.",
        ],
    ),
    "spend: text": (
        lambda: kk.GammaGamma().fit(GOOD.assign(monetary_value=["a"] * 6)),
        [
            "Gamma-Gamma.fit needs numbers in `monetary_value`, found String: broken by 6 of 6 rows.",
            "",
            "row  customer_id  monetary_value",
            "  0            a               a",
            "  1            b               a",
            "  2            c               a",
            "",
            "Hint: convert it first: frame['monetary_value'].astype(float) in pandas, .cast(pl.Float64) in polars.",
        ],
    ),
    "a missing frequency": (
        lambda: fit(frequency=[None, 1, 4, 0, 2, 7]),
        [
            "MBG/NBD.fit needs finite numbers in `frequency`: broken by 1 of 6 rows.",
            "",
            "row  customer_id  frequency",
            "  0            a    missing",
            "",
            "Hint: look at these rows; repair or leave out what has no `frequency`.",
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_message(case):
    call, lines = CASES[case]
    with pytest.raises(kk.DataError) as raised:
        call()
    assert str(raised.value).splitlines() == lines
    assert isinstance(raised.value, ValueError)


def test_the_error_carries_the_rows():
    with pytest.raises(kk.DataError) as raised:
        fit(recency=[0, 99.0, 30, 0, 98.0, 36])
    assert raised.value.rows == {
        "row": [1, 4], "customer_id": ["b", "e"], "frequency": [1, 2], "recency": [99.0, 98.0], "T": [39.0, 36.0]
    }  # fmt: skip


def test_given_parameters_have_no_posterior():
    with pytest.raises(kk.CapabilityError) as raised:
        TYPED.posterior(seed=1)
    assert str(raised.value) == (
        "FittedMBGNBD was given its parameters, so their uncertainty is not known.\n\n"
        "Hint: fit it: kk.MBGNBD().fit(summary)."
    )
    assert TYPED.estimates()["std_error"].isna().all()
    assert (TYPED.log_likelihood, TYPED.aic, TYPED.bic, TYPED.converged) == (None, None, None, False)


def test_draws_need_a_posterior_of_the_same_model():
    row = PurchaseRows(x=[1], t_x=[2], T=[3], weights=[1])
    other = kk.Posterior(names=("r", "alpha"), values=[[1.0, 1.0]])
    with pytest.raises(kk.CapabilityError) as raised:
        TYPED.draw_outcomes(row, posterior=other, horizon=5.0, discount_rate=0.0, generator=np.random.default_rng(1))
    assert str(raised.value) == (
        "FittedMBGNBD draws from a posterior of ('r', 'alpha', 'a', 'b'), got ('r', 'alpha').\n\n"
        "Hint: use the posterior of the same model: fitted.posterior(draws=200, seed=1)."
    )


def test_a_lifetime_needs_discounting():
    row = PurchaseRows(x=[1], t_x=[2], T=[3], weights=[1])
    with pytest.raises(kk.DataError) as raised:
        TYPED.residual(row, horizon=np.inf, discount_rate=0.0)
    assert str(raised.value) == (
        "a lifetime cannot be added up without discounting: `horizon` is infinite, `discount_rate` is 0.\n\n"
        "Hint: write discount_rate=0.1 for 10 percent a year, effective, or a finite horizon."
    )


def test_a_dictionary_of_another_model():
    with pytest.raises(kk.DataError) as raised:
        kk.FittedBGNBD.from_dict(TYPED.to_dict())
    assert str(raised.value) == (
        "a stored FittedBGNBD is needed, got a stored FittedMBGNBD.\n\nHint: read it with FittedMBGNBD.from_dict(...)."
    )


def test_fields():
    with pytest.raises(ValueError, match=r"^`r` must be a number from 6.9144e-13 to 1.44626e.12, got -1.0"):
        kk.MBGNBDParams(r=-1, alpha=1, a=1, b=1)
    with pytest.raises(ValueError, match=r"^`period` must be one of 'D', 'W', 'M', 'Y', got 'week'"):
        kk.FittedNBD(params=kk.NBDParams(r=1, alpha=1), period="week")
    with pytest.raises(ValueError, match=r"^`log_r` must be a finite number above 0, got 0.0"):
        kk.WeakPrior(log_r=0)


def test_prospects_are_counted_not_fitted_and_unknown_beginnings_are_fitted(summary):
    """Predictions are missing for prospects, present for customers of unknown beginning; order and index are kept."""
    mixed = summary.set_index(summary["customer_id"].to_numpy() * 10)
    mixed["entry"] = np.where(np.arange(len(mixed)) % 10 == 3, "unknown", "known")
    prospect = np.arange(len(mixed)) % 10 == 7
    mixed.loc[prospect, ["recency", "T", "monetary_value"]] = np.nan
    mixed.loc[prospect, ["frequency", "n_transactions"]] = 0
    fitted = kk.MBGNBD().fit(mixed)
    kept = summary[~prospect]
    assert (fitted.report.prospects, fitted.report.older_test.older) == (prospect.sum(), 236)
    assert fitted.n_customers == len(kept)
    assert fitted.params == kk.MBGNBD().fit(kept).params
    predicted = fitted.predict(mixed, horizon=39)
    assert predicted.index.equals(mixed.index)
    assert (predicted["p_alive"].isna().to_numpy() == prospect).all()
    assert (predicted["expected_purchases"].isna().to_numpy() == prospect).all()
    assert kk.distinct_rows(mixed).groupby("entry")["n_customers"].sum().to_dict() == {
        "known": len(kept) - 236,
        "unknown": 236,
    }


def test_prospects_need_no_entry():
    """A missing `entry` is refused for buyers only, in both libraries."""
    mixed = {
        "customer_id": [1, 2, 3],
        "frequency": [2, None, 0],
        "recency": [5.0, None, 0.0],
        "T": [9.0, None, 7.0],
        "n_transactions": [3, 0, 1],
        "entry": ["known", None, "unknown"],
    }
    for frame in (pd.DataFrame(mixed), pl.DataFrame(mixed)):
        checked = read_purchase_rows(frame, need="this", period="W")
        assert checked.unknown.tolist() == [False, False, True]
        assert checked.to_fit().x.tolist() == [2.0]
    buyers = {name: [values[0], values[2]] for name, values in mixed.items()} | {"entry": [None, "known"]}
    for frame in (pd.DataFrame(buyers), pl.DataFrame(buyers)):
        with pytest.raises(kk.DataError) as raised:
            read_purchase_rows(frame, need="this", period="W")
        assert str(raised.value).splitlines()[:4] == [
            'this: `entry` is "known" or "unknown": broken by 1 of 2 rows.',
            "",
            "row  customer_id    entry",
            "  0            1  missing",
        ]


@pytest.mark.parametrize("draw", ["draw_outcomes", "draw_expectations"])
@pytest.mark.parametrize(("horizon", "rate"), [(10, -1), (10, None), (10, np.inf), (-1, 0.0), (np.nan, 0.0), (None, 0)])
def test_draws_need_a_horizon_and_a_rate(draw, horizon, rate):
    posterior = kk.Posterior(names=("r", "alpha", "a", "b"), values=[[0.5, 6, 0.9, 1.6]])
    arguments = {"posterior": posterior, "generator": np.random.default_rng(1)}
    row = PurchaseRows(x=1, t_x=1, T=2, weights=1)
    with pytest.raises(kk.DataError) as raised:
        getattr(TYPED, draw)(row, horizon=horizon, discount_rate=rate, **arguments)
    law = "`horizon` must be a number of periods from 0 to 1.44626e+12"
    if rate != 0:
        law = "`discount_rate` must be a finite number of at least 0"
    assert str(raised.value).splitlines()[0] == f"{law}, got {horizon if rate == 0 else rate}."
