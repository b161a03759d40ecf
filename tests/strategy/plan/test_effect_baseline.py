"""What an effect on promotion acts on: the probability of one more purchase, where the step takes one."""

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.strategy.plan.options.effect_baseline import baseline

STEPS = [
    ("prospect", "trial buyer"),
    ("trial buyer", "repeat buyer"),
    ("prospect", "customer"),
    ("lead", "customer"),
    ("customer", "repurchaser"),
]


def step_up(step):
    effect = kk.Effect(on="promotion", mean=1.5, low=1.1, high=2.0, evidence="assumed", relative_to="no contact")
    return kk.Action(name="letter", objective="repeat", lever="information", step=step, cost=1, hours=0, effect=effect)


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_one_purchase_is_as_likely_as_one(plan, step):
    """Worth what a buyer is worth, where no column says more of the step; those of all ladders with a preset."""
    untreated = baseline(step_up(step), plan.customers)
    np.testing.assert_array_equal(untreated.p, plan.customers.numbers["p_purchase"])
    np.testing.assert_array_equal(untreated.base, plan.customers.numbers["clv"])


def test_a_step_of_several_purchases_needs_its_own_probability(plan):
    with pytest.raises(kk.CapabilityError) as raised:
        baseline(step_up(("repeat buyer", "client")), plan.customers)
    assert str(raised.value).startswith(
        "the effect of 'letter' on promotion: it is not known that one purchase takes the step repeat buyer "
        "-> client, so p_"
    )
