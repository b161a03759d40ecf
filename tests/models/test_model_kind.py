"""Models in the wrong place are refused before anything is fitted, with the place where they belong."""

import warnings

import pytest

import kundkarriar as kk

CHOICES = {"margin": 0.3, "discount_rate": 0.1, "horizon": "12M"}
BGBB = kk.FittedBGBB(params=kk.BGBBParams(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8), every="Y")
RENEWALS = kk.FittedShiftedBetaGeometric(params=kk.ShiftedBetaGeometricParams(alpha=0.7, beta=3.8), every="Y")
MBGNBD = kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))

SUMMARY = kk.summarize(kk.testing.make_transactions(customers=60, seed=1), as_of="1998-06-29")


def refused(call) -> str:
    with pytest.raises(kk.CapabilityError) as error:
        call()
    return str(error.value)


@pytest.mark.parametrize("model", [kk.GammaGamma(), SPEND], ids=["spec", "fitted"])
def test_a_model_of_spend_is_no_model_of_purchases(model):
    assert refused(lambda: kk.ValueScorer(purchases=model, **CHOICES)) == (
        f"`purchases` takes a model of repeat buying; {type(model).__name__} is one of spend.\n\n"
        "Hint: it belongs in `spend`; purchases=kk.MBGNBD()."
    )


@pytest.mark.parametrize("model", [kk.MBGNBD(), kk.BGCNBD(k=2), MBGNBD], ids=["spec", "regular", "fitted"])
def test_a_model_of_purchases_is_no_model_of_spend(model):
    assert refused(lambda: kk.ValueScorer(purchases=kk.MBGNBD(), spend=model, **CHOICES)) == (
        f"`spend` takes a model of spend; {type(model).__name__} is one of repeat buying.\n\n"
        "Hint: it belongs in `purchases`; spend=kk.GammaGamma()."
    )


STEPS = {
    "BGBB": (kk.BGBB(), "opportunities", "opportunities", "purchases"),
    "FittedBGBB": (BGBB, "opportunities", "opportunities", "purchases"),
    "ShiftedBetaGeometric": (kk.ShiftedBetaGeometric(), "memberships", "renewals", "renewals"),
    "FittedShiftedBetaGeometric": (RENEWALS, "memberships", "renewals", "renewals"),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("place", ["purchases", "spend", "compare_models"])
def test_a_model_that_counts_steps_reads_no_summary(name, place, summary):
    """A scorer refuses it, so backtests and careers, which take a scorer, never see it."""
    model, table, counted, ahead = STEPS[name]
    if place == "compare_models":
        need, call = place, lambda: kk.compare_models([kk.NBD(), model], summary)
    else:
        need, call = (
            f"`{place}` of kk.ValueScorer",
            lambda: kk.ValueScorer(**{place: model}, **CHOICES),
        )
    assert refused(call) == (
        f"{need} reads a summary; {name} reads a table of {table}, because it counts {counted}.\n\n"
        "Hint: kk.MBGNBD(), kk.BGNBD(), kk.NBD(), kk.ParetoNBD(), kk.GGompertzNBD(), kk.MBGCNBD(), kk.BGCNBD() and "
        f"kk.ReturningNBD() read summaries; of this model, fitted.discounted({table}, discount_rate=0.10) gives the "
        f"{ahead} ahead at their present worth."
    )


def of_lifetimes(name: str):
    """A fitter by name; the import of lifetimes is noisy, and switches filters that are put back."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lifetimes = pytest.importorskip("lifetimes")
    return getattr(lifetimes, name)()


@pytest.mark.parametrize("place", ["purchases", "spend", "compare_models"])
@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("BetaGeoFitter", 'fitter, period="W"'),
        ("ParetoNBDFitter", 'fitter, period="W"'),
        ("GammaGammaFitter", "fitter"),
    ],
)
def test_a_fitter_of_lifetimes_is_refused_with_the_conversion(name, call, place, summary):
    fitter = of_lifetimes(name)
    if place == "compare_models":
        said = refused(lambda: kk.compare_models([fitter], summary))
    else:
        said = refused(lambda: kk.ValueScorer(**{place: fitter}, **CHOICES))
    assert said == (
        f"{name} is a fitter of lifetimes, which is no model here.\n\n"
        f"Hint: kk.from_lifetimes({call}) is one, with the parameters of a fitted fitter."
    )


class UsersOwn:
    """A user's own model may be used in both places, if it follows both protocols."""

    period = "W"

    def predict(self, summary, **_):
        return summary


def test_users_own_models_are_accepted():
    scorer = kk.ValueScorer(purchases=UsersOwn(), spend=UsersOwn(), **CHOICES)
    assert isinstance(scorer.purchases, UsersOwn)


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("purchases", lambda: kk.ValueScorer(purchases=kk.MBGNBD, **CHOICES)),
        ("models", lambda: kk.compare_models([kk.MBGNBD], SUMMARY)),
        ("model", lambda: kk.testing.check_purchase_model(kk.MBGNBD)),
    ],
)
def test_a_class_is_no_model(name, call):
    """Forgotten parentheses: the class has `fit` and `predict` too, and would fail later."""
    with pytest.raises(kk.CapabilityError) as error:
        call()
    assert str(error.value) == f"`{name}` must be a model, got the class MBGNBD.\n\nHint: write MBGNBD(...)."
