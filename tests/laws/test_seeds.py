"""Laws of chance: a seed says everything, and the global generators say nothing and are not moved."""

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import kundkarriar as kk

SEED = st.integers(0, 2**63)
MODELS = [
    kk.FittedMBGNBD(params=kk.MBGNBDParams(r=0.5, alpha=6, a=0.9, b=1.6), period="W"),
    kk.FittedBGNBD(params=kk.BGNBDParams(r=0.2, alpha=4, a=0.8, b=2.4), period="W"),
    kk.FittedMBGCNBD(params=kk.MBGCNBDParams(k=3, r=0.5, alpha=2, a=0.9, b=1.6), period="W"),
    kk.FittedNBD(params=kk.NBDParams(r=0.4, alpha=12), period="W"),
    kk.FittedParetoNBD(params=kk.ParetoNBDParams(r=0.5, alpha=10, s=0.6, beta=12), period="W"),
    kk.FittedGGompertzNBD(params=kk.GGompertzNBDParams(r=0.5, alpha=10, b=0.01, s=0.6, beta=0.1), period="W"),
]
AGES = [52.0] * 60


def draws_of(laws, seed):
    """Makers of what chance has a part in, by name."""
    scorer, career, chains = (laws.made(name, 1) for name in ("scores", "career", "chains"))
    summary = kk.summarize(laws.shop(1)["orders"], as_of="2025-06-30")
    budget = kk.Budget(money=5, hours=1, period="2026")
    yield from ((type(model).__name__, lambda model=model: model.simulate(AGES, seed=seed)) for model in MODELS)
    yield "transactions", lambda: kk.testing.make_transactions(customers=20, seed=seed, returns=0.1)
    yield "posterior", lambda: laws.made("NBD", 1).posterior(draws=20, seed=seed).frame()
    yield "outcomes", lambda: list(scorer.draw(summary, draws=4, seed=seed).by_draw())
    yield "expectations", lambda: list(scorer.draw(summary, draws=4, seed=seed, of="expectation").by_draw())
    yield "dated", lambda: laws.made("NBD", 1).draw_purchases(summary, draws=4, seed=seed).frame()
    yield "time to", lambda: chains.first_passage("often", draws=5, seed=seed)
    planner = career.career.planner
    yield (
        "plan",
        lambda: planner.plan(
            career.customers(), budget=budget, start="2026-01-01", holdout=0.3, seed=seed
        ).assignments(),
    )


@settings(max_examples=3)
@given(seed=SEED, other=st.integers(0, 10**6))
def test_a_seed_says_everything(laws, seed, other):
    """Law: the same seed gives the same draws, wherever numpy's and Python's own generators stand; a Generator too."""
    shown = {name: laws.plain(make()) for name, make in draws_of(laws, seed)}
    kept = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        random.seed(other)
        np.random.seed(other)  # noqa: NPY002
        before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        for name, make in draws_of(laws, seed):
            assert laws.differences(shown[name], laws.plain(make())) == [], name
        assert before == (random.getstate(), np.random.get_state()[1].tolist())  # noqa: NPY002
    finally:
        random.setstate(kept[0])
        np.random.set_state(kept[1])  # noqa: NPY002
    of_generators = [
        {name: laws.plain(make()) for name, make in draws_of(laws, np.random.default_rng(other))} for _ in range(2)
    ]
    assert of_generators[0] == of_generators[1]


def test_other_seeds_give_other_draws(laws):
    """So that the law above is not about constants."""
    one, other = ({name: laws.plain(make()) for name, make in draws_of(laws, seed)} for seed in (1, 2))
    assert {name for name in one if one[name] == other[name]} <= {"plan"}
