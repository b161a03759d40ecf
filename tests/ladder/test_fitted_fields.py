"""Fitted movements whose fields contradict each other, movements that lack methods, texts of fitted objects."""

import numpy as np
import pytest
from attrs import evolve

import kundkarriar as kk

LADDER = kk.CustomerLadder(rungs=kk.CustomerLadder.groups().rungs, lapse=None)
AS_OF = "1998-06-30"


@pytest.fixture(scope="module")
def careers(cdnow_sample):
    return LADDER.careers(cdnow_sample, as_of=AS_OF)


@pytest.fixture(scope="module")
def seen(careers):
    return kk.ChainMixture(chains=2, mass=3, starts=2, seed=1).fit(careers)


@pytest.fixture(scope="module")
def hidden(careers):
    return kk.HiddenLadder(states=2, starts=1).fit(careers)


SEEN = {
    "columns": lambda given: {"spec": evolve(given.spec, covariates=("age",))},
    "states": lambda given: {"spec": evolve(given.spec, rungs=("a", "b", "c"))},
    "calendar": lambda _: {"calendar": np.zeros((12, 2))},
    "members": lambda given: {"spec": evolve(given.spec, chains=3)},
    "pooled": lambda _: {"pooled": np.ones((0, 3, 3))},
    "visits": lambda _: {"visits": (np.full((3, 2), np.nan),) * 2},
    "mass": lambda _: {"mass": 4.0},
    "judged": lambda given: {"spec": evolve(given.spec, chains="auto")},
}
HIDDEN = {
    "names": lambda given: {"spec": evolve(given.spec, states=3)},
    "chain": lambda given: {"spec": evolve(given.spec, counts="poisson")},
    "covariance": lambda _: {"covariance": np.eye(3)},
    "scale": lambda _: {"scale": [1.0]},
    "usual": lambda _: {"usual": np.ones((1, 2))},
    "usual_share": lambda _: {"usual_share": np.ones((3, 1))},
    "steps": lambda _: {"steps": np.ones((3, 3))},
    "visits": lambda _: {"visits": [0.3, 0.3, 0.4]},
    "log_likelihoods": lambda _: {"log_likelihoods": ()},
    "judged": lambda _: {"judged": ((1, -1.0),)},
}


@pytest.mark.parametrize("field", SEEN)
def test_a_mixture_that_contradicts_itself_is_refused_by_field(field, seen):
    with pytest.raises(ValueError, match=f"^[`']{field}[`'] must"):
        evolve(seen, **SEEN[field](seen))


def test_a_contradiction_is_told_with_both_sides(seen):
    """Two mixtures of a spec with three starts: which field it is, and what of it."""
    with pytest.raises(ValueError, match=r"^`members` must .*mixtures.*") as raised:
        evolve(seen, spec=evolve(seen.spec, starts=3))
    assert isinstance(raised.value, kk.DataError)


@pytest.mark.parametrize(
    ("change", "what"),
    [({"log_likelihoods": ()}, "numbers of states"), ({"usual": np.ones((1, 2))}, "contacts")],
    ids=["log_likelihoods", "usual"],
)
def test_a_contradiction_of_a_hidden_ladder_is_told_in_its_words(change, what, hidden):
    (name,) = change
    with pytest.raises(ValueError, match=rf"^`{name}` must .*\b{what}\b"):
        evolve(hidden, **change)


def test_visits_are_arrays_of_shares(seen):
    with pytest.raises(ValueError, match=r"`visits` must be arrays of shares, got"):
        evolve(seen, visits=("a", "b"))


@pytest.mark.parametrize("field", HIDDEN)
def test_a_hidden_ladder_that_contradicts_itself_is_refused_by_field(field, hidden):
    with pytest.raises(ValueError, match=f"^[`']{field}[`'] must"):
        evolve(hidden, **HIDDEN[field](hidden))


@pytest.mark.parametrize(
    ("change", "law"),
    [(np.triu(np.ones((8, 8))), "symmetric"), (-np.eye(8), "positive semidefinite")],
    ids=["asymmetric", "negative"],
)
def test_no_covariance_is_refused(change, law, hidden):
    with pytest.raises(kk.DataError, match=f"`covariance` must be {law}"):
        kk.FittedHiddenLadder.from_dict({**hidden.to_dict(), "covariance": change.tolist()})


def test_a_covariance_may_be_singular(hidden):
    """Rounding leaves eigenvalues a little below 0, and the two halves a little apart."""
    rounded = np.ones((8, 8)) + 1e-12 * np.arange(64).reshape(8, 8)
    assert np.array_equal(evolve(hidden, covariance=rounded).covariance, rounded)


def test_a_stored_contradiction_is_refused(seen):
    with pytest.raises(kk.DataError) as refused:
        kk.FittedChainMixture.from_dict({**seen.to_dict(), "mass": 4.0})
    assert str(refused.value) == (
        "a stored FittedChainMixture holds a value that to_dict() never writes: `mass` must agree with the spec and "
        "the fields before it: prior 3, got 4.0.\n\n"
        "Hint: fit(careers) makes it, and what its to_dict() wrote reads back."
    )


def test_a_stored_lapse_has_no_type():
    with pytest.raises(kk.DataError) as refused:
        kk.Lapse.from_dict({"type": "Lapse", **kk.Lapse().to_dict()})
    assert str(refused.value) == (
        "a stored lapse has no fields ['type'].\n\nHint: its fields are ['days', 'gaps', 'single']."
    )


def test_scores_are_a_model(cdnow_sample):
    with pytest.raises(kk.DataError) as refused:
        LADDER.place(cdnow_sample, as_of=AS_OF, scores="x")
    assert str(refused.value) == (
        "`scores` must be a kk.FixedScores, got 'x'.\n\nHint: write scores=kk.FixedScores(model=..., horizon=\"12M\")."
    )


def test_fitted_objects_are_shown_in_a_line(cdnow_sample, seen, hidden):
    assert repr(seen) == "FittedChainMixture(2 x 2 chains, 3 states, 2,357 customers until 1998-06)"
    assert repr(hidden) == "FittedHiddenLadder(2 states (state 1, state 2), 2,357 customers until 1998-06)"
    history = LADDER.history(cdnow_sample, as_of=AS_OF)
    assert repr(history) == "LadderHistory(2,357 customers until 1998-06-30, 4 rungs)"


def test_a_step_of_practically_no_probability_leads_nowhere(cdnow_sample):
    """Drawn chains may have steps of 1e-300: beside 1 they vanish, and the first passage has no answer with them."""
    careers = kk.CustomerLadder.kundkarriar().careers(cdnow_sample, as_of=AS_OF)
    movement = kk.ChainMixture(chains=2, mass=10, starts=2, seed=1).fit(careers)
    assert movement.first_passage("trial buyer")["probability"].between(0, 1).all()


@pytest.mark.parametrize(
    ("wrong", "law"),
    [
        ([0.0, 1.0], "`chain.m` must be a number from 6.9144e-13 to 1.44626e+12, got 0.0."),
        ([1.0, 1e300], "`chain.m` must be a number from 6.9144e-13 to 1.44626e+12, got 1e+300."),
    ],
)
def test_no_mean_of_purchases_is_refused(wrong, law, hidden):
    stored = hidden.to_dict()
    with pytest.raises(kk.DataError) as raised:
        kk.FittedHiddenLadder.from_dict({**stored, "chain": {**stored["chain"], "m": wrong}})
    assert str(raised.value) == (
        f"a stored FittedHiddenLadder holds a value that to_dict() never writes in `chain`: {law}\n\n"
        "Hint: fit(careers) makes it, and what its to_dict() wrote reads back."
    )


@pytest.mark.parametrize("field", ["covariance", "calendar"])
def test_variances_and_tilts_have_limits(field, hidden, seen):
    given, limit = (hidden, "10,000") if field == "covariance" else (seen, "100")
    with pytest.raises(kk.DataError) as raised:
        evolve(given, **{field: 1e300 * np.eye(*getattr(given, field).shape)})
    assert str(raised.value).startswith(f"`{field}` must be finite numbers from -{limit} to {limit}, got 1e+300.")
