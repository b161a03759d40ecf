# ruff: noqa: E501 - a case is a line
"""Cases of the kinds that users of lifetimes, btyd, PyMC-Marketing and CLVTools reported to them, against this library.

The comment after a kind names where it was reported.
"""

ONE_TIME = "seen(*[(0, 0, 20 + each) for each in range(50)])"
MANY = "seen(*[(each % 4 * 100, each % 4 * 110, 495, 30.0) for each in range(40)])"

CALLS = {
    "all models": [
        "mbgnbd.predict(given, horizon=52)['expected_purchases'].between(0, 1e9).all()",
        "pareto.predict(given, horizon=52)['expected_purchases'].between(0, 1e9).all()",
        "bgnbd.predict(given, horizon=52)['expected_purchases'].between(0, 1e9).all()",
        "mbgnbd.predict(given, horizon=52)['p_alive'].between(0, 1).all()",
        "pareto.predict(given, horizon=52)['p_alive'].between(0, 1).all()",
        "bgnbd.predict(given, horizon=52)['p_alive'].between(0, 1).all()",
    ],
    "below 1": [  # a + b below 1
        "kk.FittedBGNBD(params=kk.BGNBDParams(r=0.11, alpha=2.24, a=0.31, b=0.5), period='W').predict(given, horizon=30)['expected_purchases'].between(0, 30).all()",
        "kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=1.0, b=2.426), period='W').predict(given, horizon=30)['expected_purchases'].between(0, 30).all()",
        "kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=1e-9, b=1e-9), period='W').predict(given, horizon=30)['expected_purchases'].between(0, 30).all()",
    ],
}

CASES = {
    "predictions that were missing or negative": [  # lifetimes 302, 442, 146, 362
        ("below 1", "seen((0, 0, 1), (0, 0, 1257), (1, 0.5, 1))", "gives: True"),
        ("all models", "seen((0, 0, 0), (0, 0, 1e-6), (0, 0, 1e6))", "gives: True"),
        ("all models", "seen((1, 39, 39), (1, 1e-9, 39))", "gives: True"),
        ("scored.score(given)['clv'].min() >= 0", "seen((0, 0, 30), (1, 10, 30, 0.01), (3, 30, 30, 1e6))", "gives: True"),
    ],
    "heavy buyers": [  # lifetimes 113, 332, 405, 396, 25
        ("all models", "seen((10_000, 499, 500), (10_000, 1, 500), (1_000_000, 500, 500))", "gives: True"),
        ("kk.MBGNBD().fit(given).report.fitted", MANY, "gives: True"),
        ("kk.ParetoNBD().fit(given).report.fitted", MANY, "gives: True"),
        ("mbgnbd.predict(given, horizon=52)", "seen((10_000_000, 499, 500))", "MBG/NBD.predict: `frequency` counts repeat purchases of one customer: at most 1,000,000"),
    ],
    "fits that did not converge": [  # lifetimes 259, 335, 419
        ("kk.BGNBD().fit(given)", ONE_TIME, "BG/NBD cannot be fitted: none of the 50 customers ever bought again (`frequency` 0 for"),
        ("kk.MBGNBD().fit(given)", ONE_TIME, "MBG/NBD cannot be fitted: none of the 50 customers ever bought again (`frequency` 0 for"),
        ("kk.ParetoNBD().fit(given)", ONE_TIME, "Pareto/NBD cannot be fitted: none of the 50 customers ever bought again (`frequency` 0"),
        ("kk.GammaGamma().fit(given)", ONE_TIME, "Gamma-Gamma has 3 parameters and needs more repeat buyers with a spend above 0 than that,"),
        ("kk.BGNBD().fit(given)", "seen((1, 2, 3), (0, 0, 3))", "BG/NBD has 4 parameters and needs more customers than that, got 2."),
        ("kk.NBD().fit(given)", "seen(*[(0, 0, 0)] * 30)", "NBD cannot be fitted: none of the 30 customers ever bought again (`frequency` 0 for all)."),
    ],
    "money that is 0 or negative": [  # lifetimes 77, 172, 211, 378
        ("kk.GammaGamma().fit(given)", "seen(*[(2, 10, 20, -5.0)] * 30)", "Gamma-Gamma.fit: `monetary_value` is gross spend: at least 0"),
        ("kk.GammaGamma().fit(given)", "seen(*[(2, 10, 20, 0.0)] * 30)", "Gamma-Gamma has 3 parameters and needs more repeat buyers with a spend above 0 than that,"),
        ("gamma_gamma.predict(given)['expected_order_value'].round(6).nunique()", "seen((0, 0, 20, 0.0), (2, 10, 20, 0.0))", "gives: 1"),
        ("kk.summarize(given, as_of='2025-06-30')['total_value'].tolist()", "bought((1, '2025-01-01', 10.0), (1, '2025-02-01', -10.0))", "gives: [0.0]"),
        ("kk.summarize(given, as_of='2025-06-30')['returns_value'].tolist()", "bought((1, '2025-01-01', 10.0), (1, '2025-02-01', -10.0))", "gives: [10.0]"),
        ("kk.FittedGammaGamma(params=kk.GammaGammaParams(p=2, q=0.79, gamma=10)).predict(given)", "seen((0, 0, 20, 0.0))", "Gamma-Gamma.predict has no finite answer for 1 of 1 customers: the mean order value over"),
    ],
    "dates that were read the wrong way round": [  # lifetimes 48
        ("kk.transactions(given, **read_as)", "pd.DataFrame({'customer_id': [0, 1], 'date': ['08/03/2014', '21/05/2014'], 'amount': 1.0})", "`date` must be dates, or text written as YYYY-MM-DD"),
        ("kk.summarize(kk.transactions(given, **read_as, date_format='%d/%m/%Y'), as_of='2014-12-31', period='D')['T'].round().tolist()", "pd.DataFrame({'customer_id': [0, 1], 'date': ['08/03/2014', '21/05/2014'], 'amount': 1.0})", "gives: [298.0, 224.0]"),
        ("kk.transactions(given, **read_as, date_format='%Y-%m')", "pd.DataFrame({'customer_id': [0], 'date': ['2014-03'], 'amount': 1.0})", "`date_format` must name a day, '%Y-%m' has no month and day."),
        ("kk.transactions(given, **read_as)", "pd.DataFrame({'customer_id': [0], 'date': ['08.03.2014'], 'amount': 1.0})", "`date` must be dates, or text written as YYYY-MM-DD"),
        ("kk.transactions(given, **read_as)", "pd.DataFrame({'customer_id': [0], 'date': ['Mar 8, 2014'], 'amount': 1.0})", "`date` must be dates, or text written as YYYY-MM-DD"),
    ],
    "purchases of one day": [  # lifetimes 41, 91, 95
        ("kk.summarize(given, as_of='2012-12-31')[['frequency', 'recency']].values.tolist()", "bought((1, '2012-01-06'), (1, '2012-01-06'))", "gives: [[0, 0.0]]"),
        ("kk.summarize(given, as_of='2012-12-31', merge='s')[['frequency']].values.tolist()", "bought((1, '2012-01-06 10:00'), (1, '2012-01-06 11:00'))", "gives: [[1]]"),
        ("kk.summarize(given, as_of='2012-12-31')['monetary_value'].tolist()", "bought((1, '2012-01-06', 5.0), (1, '2012-02-06', 10.0), (1, '2012-02-06', 20.0))", "gives: [30.0]"),
        ("kk.summarize(given, as_of='2012-12-31')['recency'].tolist()", "bought((1, '2012-02-06'), (1, '2012-01-02'), (1, '2012-01-16'))", "gives: [5.0]"),
    ],
    "units of time": [  # lifetimes 260, 100; PyMC-Marketing: time_unit
        ("kk.summarize(orders, as_of=DAY, period=given)", "'Q'", "`period` must be one of 'D', 'W', 'M', 'Y', got 'Q'."),
        ("kk.summarize(orders, as_of=DAY, period=given)", "'week'", "`period` must be one of 'D', 'W', 'M', 'Y', got 'week'."),
        ("kk.summarize(bought((1, '2012-01-31'), (1, '2012-02-29')), as_of='2012-03-31', period=given)['frequency'].tolist()", "'M'", "gives: [1]"),
        ("nbd.predict(given, horizon=12)", "kk.summarize(orders, as_of=DAY, period='M')", 'NBD.predict counts time in "W", the table in "M".'),
        ("scored.score(given)", "kk.summarize(orders, as_of=DAY, period='D')", 'ValueScorer counts time in "W", the table in "D".'),
    ],
    "columns with names of the user's own": [  # lifetimes 204, 217, 199
        ("kk.transactions(given, **{**read_as, 'customer_id': 'Customer Number', 'date': 'DAXDate'})['customer_id'].tolist()", "pd.DataFrame({'Customer Number': ['a1'], 'DAXDate': [pd.Timestamp('2018-01-01')], 'amount': 1.0})", "gives: ['a1']"),
        ("kk.transactions(given, **{**read_as, 'date': 'Date'})['date'].tolist()", "orders.rename(columns={'date': 'Date'}).head(2)", "gives: orders['date'].head(2).tolist()"),
        ("kk.transactions(given, **{**read_as, 'date': 'Date'})", "orders", "kk.transactions needs columns that are not there: ['Date']."),
        ("kk.summarize(given, as_of=DAY)", "orders.rename(columns={'customer_id': 'cust'})", "summarize needs columns that are not there: ['customer_id']."),
        ("kk.transactions(given, **{**read_as, 'customer_id': 'id', 'amount': 'customer_id'})['amount'].tolist()", "pd.DataFrame({'id': ['a'], 'date': [pd.Timestamp('2018-01-01')], 'customer_id': [5.0]})", "gives: [5.0]"),
    ],
    "calibration and holdout": [  # lifetimes 26, 204, 310
        ("kk.split(orders, at=given)", "'2030-01-01'", "`at` 2030-01-01 leaves nothing to split: the transactions run from 2023-06-02 to"),
        ("kk.holdout_table(summary, later, until=given)", "'2024-01-01'", "`until` 2024-01-01 does not lie after the end of the summary, 2025-06-30."),
        ("kk.holdout_table(summary, later[later['date'] <= '2025-09-30'], until='2025-09-30')['purchases'].sum()", "None", "gives: kk.holdout_table(summary, later, until='2025-09-30')['purchases'].sum()"),
        ("len(kk.holdout_table(summary, given, until=LATER))", "pd.concat([later, later.assign(customer_id=9999)])", "gives: len(summary)"),
        ("kk.compare_models([nbd, kk.MBGNBD()], given)", "summary.assign(T=summary['T'] * 2)", "compare_models compares models of the same data: NBD was fitted to 60 customers with a"),
        ("kk.choose_model(orders, as_of=DAY, horizon=given, models=[kk.NBD()])", "'30M'", "an origin at 2022-12-31 lies before the data, which begin on 2023-06-02."),
        ("kk.choose_model(orders, as_of=DAY, horizon='6M', models=given)", "[nbd]", "choose_model fits models as of earlier days, and FittedNBD is fitted already, perhaps to what came after."),
        ("kk.backtest(unfitted, orders, horizon=given)", "'30M'", "an origin at 2022-12-20 lies before the data, which begin on 2023-06-02."),
    ],
    "customers one by one": [  # PyMC-Marketing 589, 469; CLVTools: Id of factors
        ("kk.summarize(given, as_of=DAY)['frequency'].sum()", "orders.assign(customer_id=pd.Categorical(orders['customer_id'], categories=range(1000)))", "gives: summary['frequency'].sum()"),
        ("len(kk.summarize(given, as_of=DAY))", "orders.assign(customer_id=orders['customer_id'].astype('category'), shop=pd.Categorical(['a'] * len(orders), categories=['a', 'b']))", "gives: len(summary)"),
        ("by_channel.fit(summary, customers=given)", "customers.assign(channel='web')", "MBG/NBD.fit: the covariates ['channel'] are the same for all customers fitted, so nothing"),
        ("by_channel.fit(summary, customers=customers).predict(summary, horizon=52, customers=given)", "customers.assign(channel='phone')", "MBG/NBD.predict: `channel` holds levels that the fit did not see, ['phone']"),
        ("by_channel.fit(summary, customers=customers).predict(summary, horizon=52, customers=given)", "customers.sample(frac=1, random_state=1)", "like: customers"),
        ("by_age.fit(summary, customers=given)", "customers.assign(age=pd.to_datetime('2025-01-01'))", "MBG/NBD.fit needs numbers in `age`, found Datetime(time_unit='us', time_zone=None)"),
        ("mbgnbd.predict(given, horizon=52)['customer_id'].tolist()", "summary.iloc[::-1]", "gives: summary['customer_id'].tolist()[::-1]"),
    ],
    "horizons without an end": [  # CLVTools 132, 146; lifetimes 180
        ("nbd.predict(given, horizon=inf)", "summary", "`horizon` must be a number of periods from 0 to 1.44626e+12, got inf."),
        ("mbgnbd.discounted(given, discount_rate=0)", "summary", "a lifetime cannot be added up without discounting: `horizon` is infinite, `discount_rate`"),
        ("pareto.predict(given, horizon=1e9)['expected_purchases'].max() < 1e9", "summary", "gives: True"),
        ("scored.score(summary)['clv'].sum() < scored.score(summary)['expected_sales'].sum()", "None", "gives: True"),
    ],
    "one price for all": [  # lifetimes 406
        ("kk.GammaGamma().fit(given).predict(given)['expected_order_value'].round(1).unique().tolist()", "seen(*[(each % 3 + 1, 10, 20, 99.0) for each in range(50)])", "gives: [99.0]"),
    ],
}
