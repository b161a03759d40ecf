"""Validators of fields: limits of parameters, positive numbers."""

import math

import attrs
import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.models.interface.fit_report import FitReport
from kundkarriar.numerics.hmm.parameters import HiddenMarkovModel
from kundkarriar.numerics.markov.mixture import Mixture

PARAMS = [
    kk.NBDParams,
    kk.ParetoNBDParams,
    kk.GGompertzNBDParams,
    kk.BGBBParams,
    kk.ShiftedBetaGeometricParams,
    kk.GammaGammaParams,
]


@pytest.mark.parametrize("kind", PARAMS)
@pytest.mark.parametrize("value", [1e-20, 1e16, math.exp(28.01), math.exp(-28.01)])
def test_parameters_beyond_28_efolds_are_refused_by_name(kind, value):
    """Each parameter of each model, on both sides; the limits themselves are accepted."""
    names = [field.name for field in attrs.fields(kind)]
    for name in names:
        with pytest.raises(ValueError) as raised:
            kind(**dict.fromkeys(names, 1.0) | {name: value})
        assert str(raised.value) == (
            f"`{name}` must be a number from 6.9144e-13 to 1.44626e+12, got {value}.\n\n"
            "Hint: results are right to 1e-9 between e^-28 and e^28; choose another unit of time or money."
        )
        edge = math.exp(math.copysign(28.0, math.log(value)))
        assert getattr(kind(**dict.fromkeys(names, 1.0) | {name: edge}), name) == edge


@pytest.mark.parametrize("kind", PARAMS)
@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan, 10**400, True, "1", None, 1j])
def test_what_is_no_positive_number_is_refused(kind, value):
    """By the name of the parameter."""
    names = [field.name for field in attrs.fields(kind)]
    with pytest.raises(kk.DataError, match=f"^`{names[0]}` must be a number from 6.9144e-13 to 1.44626e"):
        kind(**dict.fromkeys(names, 1.0) | {names[0]: value})


MODELS = {
    "purchases": kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="M"),
    "spend": kk.FittedGammaGamma(params=kk.GammaGammaParams(p=6.25, q=3.74, gamma=15.44)),
}
FITTED = {
    "scorer": kk.ValueScorer(purchases=kk.NBD(), margin=0.3, discount_rate=0.1, horizon="12M"),
    **MODELS,
    **dict.fromkeys(("return_mean", "return_mass", "observed"), 0.5),
}
CHAINS = {"weights": [0.5, 0.5], "initial": np.eye(2), "P": np.full((2, 2, 2), 0.5), "seen": np.ones((2, 2))}
STATES = {
    "initial": np.full((2, 2), 0.5),
    "mu": [[1.0], [-1.0]],
    "rho": np.zeros((2, 0)),
    "m": [0.1, 2.0],
    "k": [1.0, 1],
}


@pytest.mark.parametrize(
    ("kind", "fields", "message"),
    [
        (
            kk.Change,
            {"rung": "", "to": "client", "odds": 1},
            ("`rung` must be a text that is not empty, got ''.\n\nHint: write rung='rung'."),
        ),
        (
            kk.DevelopmentPath,
            {"name": "x", "cost": 1, "changes": ["x"]},
            "`changes` must be kk.Change objects, got 'x'.\n\nHint: write changes=[kk.Change(...)].",
        ),
        (kk.HiddenLadder, {"seed": -1}, "`seed` must be a whole number of at least 0, got -1.\n\nHint: write seed=1."),
        (
            kk.CustomerGroups,
            {"seed": -1},
            "`seed` must be a whole number of at least 0, got -1.\n\nHint: write seed=1.",
        ),
        (
            FitReport,
            {"n_customers": 1.5},
            "`n_customers` must be a whole number from 0 to 1e+15, got 1.5.\n\nHint: write n_customers=1.",
        ),
        (
            FitReport,
            {"centre": [1, 2], "slope": [0]},
            (
                "`slope` must be finite numbers of shape (2,), as `centre` says, got (0.0,).\n\n"
                "Hint: take the report of a fit: fitted.report."
            ),
        ),
        (
            kk.FittedValueScorer,
            FITTED | {"return_mean": 2},
            "`return_mean` must be a number from 0 to 1, got 2.\n\nHint: write return_mean=0.2.",
        ),
        (
            kk.FittedValueScorer,
            FITTED | {"observed": math.nan},
            "`observed` must be a number from 0 to 1,000,000,000, got nan.\n\nHint: write observed=1.0.",
        ),
        (
            kk.FittedValueScorer,
            FITTED | {"spend": kk.GammaGamma()},
            (
                "`spend` of a fitted scorer is a fitted model, got GammaGamma.\n\n"
                "Hint: kk.ValueScorer(...).fit(summary) fits both models."
            ),
        ),
        (
            Mixture,
            CHAINS | {"weights": [0.5, 0.6]},
            (
                "`weights` must be rows that sum to 1, got 1.1.\n\n"
                "Hint: pass finite numbers of at least 0 with shape (K), here (2,)."
            ),
        ),
        (
            Mixture,
            CHAINS | {"seen": -np.ones((2, 2))},
            (
                "`seen` must be finite numbers of at least 0, got -1.0.\n\n"
                "Hint: pass finite numbers of at least 0 with shape (K, S), here (2, 2)."
            ),
        ),
        (
            Mixture,
            CHAINS | {"P": np.eye(2)},
            (
                "`P` must be an array with shape (K, S, S), here (2, 2, 2), got (2, 2).\n\n"
                "Hint: pass finite numbers of at least 0 with shape (K, S, S), here (2, 2, 2)."
            ),
        ),
        (HiddenMarkovModel, STATES | {"m": [2.0, 0.1]}, "'m' must rise along a row: [2.0, 0.1]"),
        (HiddenMarkovModel, STATES | {"k": [1.0]}, "'k' must hold a number > 0 for each state: [1.0]"),
    ],
)
def test_what_is_built_by_hand_is_checked_by_the_laws_of_what_is_read(kind, fields, message):
    with pytest.raises(ValueError) as raised:
        kind(**fields)
    assert str(raised.value) == message
