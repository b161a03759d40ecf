"""The test of nobody returning, on bases that say little."""

import pandas as pd
import pytest

import kundkarriar as kk
from kundkarriar.models.returning_nbd import ReturningNBDParams


def of_gaps(histories):
    """A summary in days of customers with these gaps, and a silence after them."""
    gaps, silence = zip(*histories, strict=True)
    return pd.DataFrame(
        {
            "customer_id": range(len(gaps)),
            "frequency": [len(own) for own in gaps],
            "recency": [float(sum(own)) for own in gaps],
            "T": [float(sum(own) + s) for own, s in zip(gaps, silence, strict=True)],
            "gaps": [" ".join(map(str, own)) for own in gaps],
            "period": "D",
        }
    )


def few():
    truth = ReturningNBDParams(m1=-3.0, s1=1.0, m2=-3.5, s2=1.0, nu=0.02)
    return kk.FittedReturningNBD(params=truth, period="D").simulate([300.0] * 6, seed=1)


BASES = {
    "six customers": few,
    "all alike": lambda: of_gaps([([7] * 5, 20)] * 100),
    "one purchase each": lambda: of_gaps([([10], 20)] * 100),
    "new customers, and some who bought again today": lambda: of_gaps([([], 0)] * 60 + [([5], 0)] * 30),
}


@pytest.mark.filterwarnings("ignore::kundkarriar.errors.DataWarning")
@pytest.mark.parametrize("base", BASES)
def test_customers_fitted_are_recognised_where_the_maximum_is_flat(base):
    """The fit's last step is not evaluated; where the likelihood is flat and no quadratic, that changes some digits."""
    summary = BASES[base]()
    test = kk.ReturningNBD().fit(summary).returns_test(summary)
    assert test.statistic >= 0.0
    assert (test.p_value < 0.05) == (base == "six customers")
