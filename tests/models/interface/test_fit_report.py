"""Reports whose fields contradict each other are refused by name, and models are printed in a few lines."""

import json

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk


@pytest.fixture(scope="module")
def stored(fitted):
    return json.loads(json.dumps(fitted.to_dict()))


def tampered(stored, **fields):
    return {**stored, "report": {**stored["report"], **fields}}


def singular(stored):
    information = np.array(stored["report"]["information"])
    information[:, 1] = information[:, 0]
    information[1] = information[0]
    return information.tolist()


CONTRADICTIONS = {
    "asymmetric": (
        lambda stored: {"information": np.triu(stored["report"]["information"]).tolist()},
        "`information` must be symmetric",
    ),
    "singular": (
        lambda stored: {"information": singular(stored)},
        "`information` must be regular, for standard errors",
    ),
    "of a minimum": (
        lambda _: {"information": (-np.eye(4)).tolist()},
        "`information` must be positive definite, as at a maximum",
    ),
    "of a saddle": (
        lambda _: {"information": np.diag([1.0, 1.0, 1.0, -1.0]).tolist()},
        "`information` must be positive definite, as at a maximum",
    ),
    "of another size": (
        lambda _: {"information": np.eye(3).tolist()},
        "`information` must be finite numbers of shape (4, 4), as `centre` says",
    ),
    "no information": (
        lambda _: {"information": []},
        "`information` must be finite numbers of shape (4, 4), as `centre` says",
    ),
    "nothing found": (
        lambda _: {"centre": [], "slope": [], "information": []},
        "`centre` must be what the fit found, got ()",
    ),
    "no likelihood": (lambda _: {"log_likelihood": None}, "`log_likelihood` must be what the fit found, got None"),
    "not fitted": (lambda _: {"fitted": False}, "`log_likelihood` must be left out where nothing was fitted"),
    "of fewer parameters": (
        lambda _: {"centre": [0.0], "slope": [0.0], "information": [[1.0]]},
        "`report` must be the report of a fit of the 4 parameters ('r', 'alpha', 'a', 'b')",
    ),
}


@pytest.mark.parametrize(("change", "law"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_report_that_contradicts_itself_is_refused(stored, change, law):
    with pytest.raises(kk.DataError) as raised:
        kk.FittedMBGNBD.from_dict(tampered(stored, **change(stored)))
    assert law in str(raised.value)


def test_a_part_of_another_kind_is_not_read_with_the_whole(stored):
    with pytest.raises(kk.DataError) as raised:
        kk.FittedMBGNBD.from_dict({**stored, "effects": {**stored["effects"], "type": "FittedMBGNBD"}})
    assert str(raised.value) == (
        "a stored CovariateEffects is needed, got a stored FittedMBGNBD.\n\nIt stands at `effects`.\n\n"
        "Hint: write it again with to_dict()."
    )


def test_at_a_boundary_the_information_may_be_singular(stored):
    at_boundary = tampered(stored, information=singular(stored), boundary="no dropout identifiable")
    restored = kk.FittedMBGNBD.from_dict(at_boundary)
    assert restored.estimates()["std_error"].isna().all()
    assert np.isfinite(restored.posterior(draws=50, seed=1).values).all()


@pytest.mark.parametrize(
    "tried",
    [[[1, float("-inf")]], [[1, "x"]], [[0, -1.0]], [[1, -2.0], [1, -1.0]], [[2, -1.0]], [1.0], "x"],
    ids=["infinite", "text", "no stages", "twice", "without the fitted one", "no pairs", "a word"],
)
def test_what_no_fit_tried_is_refused(tried):
    params = kk.MBGCNBDParams(k=1, r=0.5, alpha=6.0, a=0.9, b=1.6)
    with pytest.raises(kk.DataError, match=r"^`tried` must be pairs of k and log-likelihood"):
        kk.FittedMBGCNBD(params=params, period="W", tried=tried)


@pytest.mark.weak_fit
def test_the_text_of_a_model_is_short(fitted, loyal):
    """The parameters, the customers, the log-likelihood, and what is not identified."""
    assert repr(fitted).splitlines() == [
        "FittedMBGNBD(r=0.524843, alpha=6.18309, a=0.891359, b=1.614, period='W')",
        "2,357 customers, log-likelihood -9,582.1357",
    ]
    given = evolve(fitted, report=kk.FittedMBGNBD(params=fitted.params, period="W").report)
    assert repr(given) == repr(fitted).splitlines()[0]
    boundary = kk.MBGNBD().fit(loyal)
    assert repr(boundary).splitlines()[2] == boundary.boundary
    assert repr(fitted.report) == "FitReport(customers=2,357, log_likelihood=-9582.1357)"
    assert repr(given.report) == "FitReport(fitted=False)"


def test_the_text_of_many_coefficients_is_cut():
    effects = kk.CovariateEffects(purchase={f"column_{number}": 0.1 for number in range(20)})
    text = repr(kk.FittedNBD(params=kk.NBDParams(r=1, alpha=1), period="W"))
    assert text == "FittedNBD(r=1, alpha=1, period='W')"
    params = kk.MBGNBDParams(r=0.5, alpha=6.0, a=0.9, b=1.6)
    text = repr(kk.FittedMBGNBD(params=params, period="W", effects=effects))
    assert text.endswith("purchase:column_7=0.1, ..., period='W')")
