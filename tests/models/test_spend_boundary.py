"""Spend data that do not bound the shape p from above."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


@pytest.mark.weak_fit
def test_a_customer_of_a_million_orders_does_not_stop_a_fit():
    """Sums of terms of 10^10 that nearly cancel leave enough digits for the search."""
    generator = np.random.default_rng(3)
    x = generator.poisson(generator.gamma(0.8, 3, 800))
    spend = np.where(x > 0, 10 + generator.gamma(3, 5, 800), 0.0)
    x[np.argmax(x > 0)] = 1_000_000
    assert kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": spend})).report.converged


@pytest.mark.weak_fit
@pytest.mark.parametrize("seed", [3, 4, 27, 47, 53])
def test_an_unidentified_shape_is_a_named_boundary(seed):
    """The mean spends do not depend on the number of orders, so that the likelihood rises with p."""
    generator = np.random.default_rng(seed)
    x = generator.poisson(generator.gamma(0.8, 3, 800))
    spend = np.where(x > 0, 10 + generator.gamma(3, 5, 800), 0.0)
    fitted = kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": spend}))
    assert fitted.report.converged
    if seed == 4:
        assert fitted.boundary is None
    else:
        assert fitted.params.p == pytest.approx(np.exp(8))
        assert fitted.boundary == (
            "how much the orders of one customer differ is not identifiable: too few repeat purchases."
        )
