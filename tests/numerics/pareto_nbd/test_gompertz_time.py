"""Gompertz time and its inverse, also where exp(b t) is more than a double holds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.pareto_nbd import gompertz_time
from kundkarriar.numerics.pareto_nbd.likelihood import log_p_alive


@given(t=st.floats(0, 300), b=st.floats(1e-12, 2.0), c=st.floats(0.01, 100), since=st.floats(0, 300))
def test_gompertz_time_and_its_inverse(t, b, c, since):
    assert gompertz_time.inverse_transform(gompertz_time.transform(t, b), b) == pytest.approx(t, rel=1e-12, abs=1e-12)
    m = min(c, 1 / b)
    y = gompertz_time.log_growth(t, since=since, c=m, b=b)
    elapsed, derivative = gompertz_time.inverse_log_growth(np.asarray(y), since=since, m=m, b=b)
    assert elapsed == pytest.approx(t, rel=1e-9, abs=1e-9)
    nearby, _ = gompertz_time.inverse_log_growth(np.asarray(y) + 1e-6, since=since, m=m, b=b)
    assert derivative == pytest.approx((nearby - elapsed) / 1e-6, rel=1e-4, abs=1e-6)


def test_time_that_would_overflow():
    """exp(1e6) overflows; the logarithm of the growth does not."""
    assert gompertz_time.log_growth(1e6, since=3.0, c=2.0, b=1.0) == pytest.approx(1e6 + 3 - np.log(np.expm1(3) + 2))
    history = {"x": np.array([3.0]), "t_x": np.array([10.0]), "T": np.array([1e6])}
    alive = log_p_alive(**history, r=1.0, alpha=5.0, s=2.0, beta=3.0, b=1.0)
    assert np.isfinite(alive).all()
    assert alive[0] == pytest.approx(-2e6, rel=1e-4)
