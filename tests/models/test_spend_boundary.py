"""Where orders of one customer hardly differ more than chance: the shape runs to its edge."""

import numpy as np
import pandas as pd
import pytest

import kundkarriar as kk


def test_a_customer_of_a_million_orders_leaves_a_fit():
    """Sums of terms of 10^10 that nearly cancel: the digits that are left must do for a search."""
    generator = np.random.default_rng(3)
    x = generator.poisson(generator.gamma(0.8, 3, 800))
    spend = np.where(x > 0, 10 + generator.gamma(3, 5, 800), 0.0)
    x[np.argmax(x > 0)] = 1_000_000
    assert kk.GammaGamma().fit(pd.DataFrame({"frequency": x, "monetary_value": spend})).report.converged


@pytest.mark.parametrize("seed", [3, 4, 27, 47, 53])
def test_spend_whose_shape_is_open_ends_at_a_named_boundary(seed):
    """Each customer's mean is as if of one order, so p is as large as one likes, or nearly so: then that is said."""
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
