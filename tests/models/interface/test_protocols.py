"""The protocols tell specifications, fitted models, purchase models and spend models apart."""

import pytest

import kundkarriar as kk

PURCHASES = {
    kk.MBGNBD(): kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W"),
    kk.BGNBD(): kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), period="W"),
    kk.NBD(): kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W"),
}
SPEND = kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44))


@pytest.mark.parametrize(("spec", "fitted"), PURCHASES.items(), ids=lambda model: type(model).__name__)
def test_a_purchase_model_is_a_spec_or_fitted(spec, fitted):
    assert isinstance(spec, kk.PurchaseModel)
    assert not isinstance(spec, kk.FittedPurchaseModel | kk.FittedSpendModel)
    assert isinstance(fitted, kk.FittedPurchaseModel)
    assert not isinstance(fitted, kk.PurchaseModel | kk.SpendModel)
    assert all(isinstance(fitted, able) for able in (kk.Discounts, kk.HasPosterior, kk.Simulates))


def test_a_spend_model_is_a_spec_or_fitted():
    """And not a purchase model, because it has no period."""
    assert isinstance(kk.GammaGamma(), kk.SpendModel)
    assert not isinstance(kk.GammaGamma(), kk.FittedSpendModel | kk.FittedPurchaseModel)
    assert isinstance(SPEND, kk.FittedSpendModel)
    assert not isinstance(SPEND, kk.SpendModel | kk.PurchaseModel | kk.FittedPurchaseModel | kk.Simulates)
    assert isinstance(SPEND, kk.DrawsSpend)
    assert isinstance(SPEND, kk.HasPosterior)
