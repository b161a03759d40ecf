"""P-values of likelihood ratios against chi-squares and their even mixtures."""

import pytest
from scipy.stats import chi2

from kundkarriar.numerics.optimize.model_comparison import p_value


@pytest.mark.parametrize("statistic", [0.5, 2.7, 30.0])
@pytest.mark.parametrize("extra", [1, 2, 4])
def test_p_values(statistic, extra):
    above = chi2.sf(statistic, extra)
    assert p_value(statistic, extra=extra, at_edge=False) == pytest.approx(above)
    fewer = chi2.sf(statistic, extra - 1) if extra > 1 else 0.0
    assert p_value(statistic, extra=extra, at_edge=True) == pytest.approx(0.5 * fewer + 0.5 * above)


@pytest.mark.parametrize("extra", [1, 2])
def test_no_gain_is_no_evidence(extra):
    """The point mass at 0 counts there, and for a search that ended a little lower."""
    assert p_value(0.0, extra=extra, at_edge=True) == 1.0
    assert p_value(0.0, extra=extra, at_edge=False) == 1.0
