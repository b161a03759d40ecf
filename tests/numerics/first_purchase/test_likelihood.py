"""Derivatives of the likelihood of first purchases against differences, and the exposure against its inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kundkarriar.numerics.first_purchase.exposure import LeadSegments, months_at
from kundkarriar.numerics.first_purchase.kaplan_meier import bought_within
from kundkarriar.numerics.first_purchase.likelihood import LeadCells, loglik_batch, total

AT = np.array([1.3, 7.0, -0.4, 0.2, -0.1, 0.5, 0.9, -0.3])


@pytest.fixture(scope="module")
def parts():
    """Forty leads who bought and the same not yet, with two columns of the pace, two events and a column of never."""
    generator, n = np.random.default_rng(3), 40
    after = np.where(generator.random((n, 2)) < 0.5, generator.uniform(0, 8, (n, 2)), np.inf)
    end = generator.uniform(1, 12, n)
    given = {
        "start": np.maximum(end - 1, 0),
        "end": end,
        "after": after,
        "pace": generator.normal(size=(n, 2)),
        "never": generator.normal(size=(n, 1)),
        "weights": generator.integers(1, 5, n).astype(float),
    }
    return tuple(LeadCells.of(bought=bought, **given) for bought in (True, False))


def test_derivatives_are_those_of_the_value(parts):
    """Gradient and Hessian are the central differences of value and gradient, to seven digits."""
    value, gradient, hessian = total(parts, AT)
    steps = np.eye(len(AT)) * 1e-5
    ahead, back = (loglik_batch(parts, AT + sign * steps) for sign in (1, -1))
    assert value == pytest.approx(loglik_batch(parts, AT[None])[0], rel=1e-12)
    assert gradient == pytest.approx((ahead - back) / 2e-5, rel=1e-6, abs=1e-5)
    rows = [(total(parts, AT + step)[1] - total(parts, AT - step)[1]) / 2e-5 for step in steps]
    assert hessian == pytest.approx(np.array(rows), rel=1e-6, abs=1e-5)
    assert hessian == pytest.approx(hessian.T, rel=1e-12)


def test_derivatives_do_not_depend_on_blocks(parts, monkeypatch):
    """Rows are differentiated in blocks, whose sums are the same whatever their size."""
    whole = total(parts, AT)
    monkeypatch.setattr("kundkarriar.numerics.first_purchase.likelihood.BLOCK", 7)
    for one, other in zip(total(parts, AT), whole, strict=True):
        assert one == pytest.approx(other, rel=1e-12)
    monkeypatch.setattr("kundkarriar.numerics.first_purchase.likelihood.BATCH", 40)
    some = np.stack([AT, AT + 0.1])
    assert loglik_batch(parts, some)[0] == pytest.approx(whole[0], rel=1e-12)


@given(
    months=st.floats(0.01, 200),
    after=st.tuples(st.floats(0, 300), st.floats(0, 300) | st.just(np.inf)),
    effects=st.tuples(st.floats(-3, 3), st.floats(-3, 3)),
    log_pace=st.floats(-3, 3),
)
def test_months_and_exposure_are_inverse(months, after, effects, log_pace):
    """The months at which the exposure of t months is reached are t; nothing reaches an infinite exposure."""
    events, own = np.array([after]), {"log_pace": np.array([log_pace]), "effects": np.array(effects)}
    exposure = LeadSegments.until(np.array([months]), events).exposure(own["log_pace"], list(effects))
    assert months_at(exposure, events, **own)[0] == pytest.approx(months, rel=1e-9)
    assert months_at(np.array([np.inf]), events, **own)[0] == np.inf


def test_kaplan_meier_of_all_who_were_observed_is_their_share():
    """Without censoring before the horizon it is the share who bought; nobody observed for so long, nothing known."""
    months, bought = np.array([1.0, 2.0, 9.0, 9.0]), np.array([True, True, True, False])
    given = {"months": months, "bought": bought, "weights": np.array([1.0, 2.0, 3.0, 4.0]), "level": 0.9}
    assert bought_within(5.0, **given)[0] == pytest.approx(0.3)
    assert bought_within(0.5, **given)[0] == 0
    assert np.isnan(bought_within(9.5, **given)).all()
    share, low, high = bought_within(9.0, **given)
    assert 0 < low < share < high < 1
    everybody = given | {"bought": np.ones(4, dtype=bool)}
    assert bought_within(9.0, **everybody)[0] == 1
