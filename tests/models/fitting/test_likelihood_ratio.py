"""The likelihood-ratio test: statistic, null distribution, and what cannot be tested."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

import kundkarriar as kk
from kundkarriar.numerics.optimize.model_comparison import p_value

GIVEN = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")


def test_regular_buying_is_compared_and_not_tested(cdnow_sample):
    """BG/NBD is BG/CNBD-1, and NBD lies at its boundary; but k is a whole number."""
    known = kk.summarize(cdnow_sample, as_of="1997-09-30", regularity=True)
    one, two = kk.BGCNBD(k=1).fit(known), kk.BGCNBD(k=2).fit(known)
    bgnbd, nbd = kk.BGNBD().fit(known), kk.NBD().fit(known)
    pairs = {"BG/NBD against BG/CNBD-1": (bgnbd, one), "NBD against BG/CNBD-1": (nbd, one)}
    pairs |= {"BG/CNBD-1 against BG/NBD": (one, bgnbd), "BG/CNBD-1 against BG/CNBD-2": (one, two)}
    for names, (smaller, larger) in pairs.items():
        with pytest.raises(kk.CapabilityError) as error:
            kk.likelihood_ratio(smaller, larger)
        assert str(error.value) == (
            f"likelihood_ratio does not test models of regular buying, here {names}: k is a whole number, and of such "
            "a step no chi-square tells how often chance takes it.\n\n"
            "Hint: compare their aic: kk.compare_models([...], summary)."
        )


def test_nbd_against_dropout(summary):
    """Oracle: twice the difference of the log-likelihoods, against the mixture of chi-squares at the boundary."""
    small, large = kk.NBD().fit(summary), kk.MBGNBD().fit(summary)
    test = kk.likelihood_ratio(small, large)
    assert (test.smaller, test.larger, test.degrees_of_freedom) == ("NBD", "MBG/NBD", 2)
    assert test.statistic == 2 * (large.log_likelihood - small.log_likelihood)
    assert test.p_value == pytest.approx((chi2.sf(test.statistic, 1) + chi2.sf(test.statistic, 2)) / 2, abs=0.0)
    assert test.null == (
        "chi-squares with 1 and 2 degrees of freedom, half and half: NBD lies at the edge of the larger model, one "
        "parameter at 0, where the rest has no meaning: p_value is an upper bound."
    )


@pytest.mark.weak_fit
def test_ageing_is_one_parameter_at_its_edge(summary):
    """Pareto/NBD in GGompertz/NBD: one more parameter, which is 0 half of the time by chance."""
    test = kk.likelihood_ratio(kk.ParetoNBD().fit(summary), kk.GGompertzNBD().fit(summary))
    assert test.degrees_of_freedom == 1
    assert test.p_value == pytest.approx(chi2.sf(test.statistic, 1) / 2 if test.statistic > 0 else 1.0)
    assert test.null == (
        "chi-squares with 0 and 1 degree of freedom, half and half: Pareto/NBD lies at the edge of the larger model, "
        "one parameter at 0."
    )
    assert kk.likelihood_ratio(kk.NBD().fit(summary), kk.GGompertzNBD().fit(summary)).degrees_of_freedom == 3


@pytest.mark.weak_fit
def test_without_dropout_the_gain_is_not_significant(loyal):
    """Customers of an NBD: dropout adds nothing, and the statistic is never below 0."""
    test = kk.likelihood_ratio(kk.NBD().fit(loyal), kk.BGNBD().fit(loyal))
    assert test.statistic >= 0
    assert test.p_value > 0.1


@pytest.mark.weak_fit
def test_the_level_of_the_test_is_not_exceeded():
    """Law: of bases of NBD customers, no more than one in ten (give or take the luck of 40) falls below .10."""
    truth = kk.FittedNBD(params=kk.NBDParams(r=1.0, alpha=8.0), period="W")
    below = 0
    for seed in range(40):
        base = truth.simulate(np.full(300, 39.0), seed=seed)
        below += kk.likelihood_ratio(kk.NBD().fit(base), kk.MBGNBD().fit(base)).p_value < 0.1
    assert below <= 9  # P(Binomial(40, .1) > 9) = .005


def with_columns(spec, **given):
    return spec(covariates=kk.Covariates(**given))


def test_covariates_have_the_plain_chi_square(unrelated_columns):
    """A coefficient of 0 is in the interior: one degree of freedom each; fewer columns are nested in more."""
    plain, some = kk.BGNBD().fit(unrelated_columns), with_columns(kk.BGNBD, purchase="age").fit(unrelated_columns)
    more = with_columns(kk.BGNBD, purchase=["age", "web"], dropout="age").fit(unrelated_columns)
    for small, large, extra in ((plain, some, 1), (plain, more, 3), (some, more, 2)):
        test = kk.likelihood_ratio(small, large)
        assert test.degrees_of_freedom == extra
        assert test.p_value == pytest.approx(chi2.sf(test.statistic, extra))
        assert test.null == f"chi-square with {extra} degree{'s' if extra > 1 else ''} of freedom."
    assert kk.likelihood_ratio(plain, more).larger == "BG/NBD with age, web"
    dropout = kk.likelihood_ratio(kk.NBD().fit(unrelated_columns), some)
    assert (dropout.degrees_of_freedom, dropout.null.startswith("chi-squares with 2 and 3")) == (3, True)


def test_one_coefficient_for_both_is_nested_in_one_for_each(unrelated_columns):
    one = with_columns(kk.BGNBD, purchase="age", dropout="age", equal="age").fit(unrelated_columns)
    each = with_columns(kk.BGNBD, purchase="age", dropout="age").fit(unrelated_columns)
    assert kk.likelihood_ratio(one, each).degrees_of_freedom == 1
    with pytest.raises(kk.CapabilityError, match="does not lie inside"):
        kk.likelihood_ratio(each, one)


def test_columns_that_are_not_among_the_larger_ones_are_refused(unrelated_columns):
    age, web = (with_columns(kk.BGNBD, purchase=name).fit(unrelated_columns) for name in ("age", "web"))
    with pytest.raises(kk.CapabilityError) as error:
        kk.likelihood_ratio(age, web)
    assert str(error.value).startswith(
        "likelihood_ratio tests a model inside another; BG/NBD with age does not lie inside BG/NBD with web.\n\n"
    )


def test_the_same_column_of_other_customers_is_refused(unrelated_columns):
    """Other values of a column are other data, though the purchases are the same."""
    other = unrelated_columns.assign(age=unrelated_columns["age"].to_numpy()[::-1])
    some, more = with_columns(kk.BGNBD, purchase="age"), with_columns(kk.BGNBD, purchase=["age", "web"])
    with pytest.raises(kk.DataError, match="compares fits of the same data"):
        kk.likelihood_ratio(some.fit(other), more.fit(unrelated_columns))


def test_a_penalised_fit_is_refused(unrelated_columns):
    moved = with_columns(kk.BGNBD, purchase="age", dropout="age", l2=0.1).fit(unrelated_columns)
    with pytest.raises(kk.DataError) as error:
        kk.likelihood_ratio(kk.BGNBD().fit(unrelated_columns), moved)
    assert str(error.value) == (
        "`larger` must be a fit of the greatest likelihood; BG/NBD with age is none: a penalty moved it.\n\n"
        "Hint: fit it with kk.Covariates(..., l2=0.0)."
    )


@given(statistic=st.floats(0, 200), extra=st.integers(1, 6))
def test_p_values_are_of_chi_squares(statistic, extra):
    """Law: in the interior the chi-square; at the boundary the mean of it and that of one degree fewer."""
    fewer = chi2.sf(statistic, extra - 1) if extra > 1 else float(statistic <= 0)
    full = chi2.sf(statistic, extra)
    assert p_value(statistic, extra=extra, at_edge=False) == pytest.approx(full, rel=1e-9, abs=0.0)
    assert p_value(statistic, extra=extra, at_edge=True) == pytest.approx((fewer + full) / 2, rel=1e-9, abs=0.0)


def test_models_read_back_can_be_tested(summary):
    """They have no rows: period, season and number of customers are compared."""
    small, large = kk.NBD().fit(summary), kk.BGNBD().fit(summary)
    stored = kk.FittedBGNBD.from_dict(large.to_dict())
    assert kk.likelihood_ratio(small, stored) == kk.likelihood_ratio(small, large)
    assert kk.likelihood_ratio(kk.FittedNBD.from_dict(small.to_dict()), stored) == kk.likelihood_ratio(small, large)


@pytest.mark.parametrize(
    ("smaller", "larger"), [(kk.BGNBD(), kk.MBGNBD()), (kk.MBGNBD(), kk.NBD()), (kk.NBD(), kk.NBD())], ids=str
)
def test_models_that_are_not_nested_are_refused(summary, smaller, larger):
    one, other = smaller.fit(summary), larger.fit(summary)
    with pytest.raises(kk.CapabilityError) as error:
        kk.likelihood_ratio(one, other)
    assert str(error.value) == (
        f"likelihood_ratio tests a model inside another; {one.family.name} does not lie inside {other.family.name}.\n\n"
        "Hint: the smaller one stands first; where neither lies inside the other, compare their aic: "
        "kk.compare_models([...], summary)."
    )


def test_fits_of_other_customers_are_refused(summary):
    small, large = kk.NBD().fit(summary.iloc[1:]), kk.BGNBD().fit(summary.iloc[:-1])
    for larger in (large, kk.FittedBGNBD.from_dict(large.to_dict())):
        with pytest.raises(kk.DataError) as error:
            kk.likelihood_ratio(small, larger)
        assert str(error.value) == (
            'likelihood_ratio compares fits of the same data: NBD saw 2,356 customers in "W", BG/NBD 2,356 in "W", and '
            "they are not the same.\n\nHint: fit both to one summary."
        )


def test_given_parameters_are_no_fit(summary):
    with pytest.raises(kk.DataError) as error:
        kk.likelihood_ratio(kk.NBD().fit(summary), GIVEN)
    assert str(error.value) == (
        "`larger` must be a fit of the greatest likelihood; BG/NBD is none: its parameters were given.\n\n"
        "Hint: kk.BGNBD().fit(summary)."
    )


@pytest.mark.parametrize(("model", "name"), [(kk.NBD(), "NBD"), (kk.GammaGamma, "GammaGamma"), (None, "NoneType")])
def test_what_is_not_fitted_is_refused(model, name):
    with pytest.raises(kk.CapabilityError) as error:
        kk.likelihood_ratio(model, GIVEN)
    assert str(error.value) == (
        f"`smaller` must be a fitted model of repeat buying, got {name}.\n\n"
        "Hint: kk.likelihood_ratio(kk.NBD().fit(summary), kk.BGNBD().fit(summary))."
    )
