"""What an action adds to each customer: the money at stake and the probability, from the scorer's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.numerics.planning.treatment_effect import gain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kundkarriar.strategy.plan.customer_table import CustomerTable
    from kundkarriar.strategy.specs.action import Action
    from kundkarriar.strategy.specs.effect import Effect

ONE_MORE_PURCHASE = {
    ("lead", "customer"),
    ("prospect", "customer"),
    ("customer", "repurchaser"),
    ("prospect", "trial buyer"),
    ("trial buyer", "repeat buyer"),
}
"""Steps that one purchase takes: their probability within the horizon is the scorer's p_purchase."""


class Stake(NamedTuple):
    """What an effect works on, customer by customer.

    Attributes:
        base: money at stake, (n,); NaN where it is not known.
        p: the probability that an effect on odds changes, (n,); 0 where none is needed.
    """

    base: NDArray[np.float64]
    p: NDArray[np.float64]

    def gain(self, effect: Effect, at: float) -> NDArray[np.float64]:
        """E[net value, treated] - E[net value, usual] (n,), were the effect's size `at`."""
        return gain(on=effect.on, m=at, base=self.base, p=self.p)


def stake(action: Action, customers: CustomerTable) -> Stake:
    """What `action`, which has an effect, works on.

    * leaving: value_at_risk, with P(leaves within the horizon | with us now). Every departure averted counts the
      whole retention value: too much for those who would leave late in the horizon, too little because nothing
      after the horizon counts;
    * spend: clv;
    * purchases: contribution, which is clv less the discounted handling cost of the orders that are expected: more
      purchases are more orders to handle, a larger purchase is not. clv where there is no such column;
    * promotion: where one purchase is the step, contribution (or clv) with p_purchase (a customer who is won over is
      taken to bring what one who would have come anyway brings); else promotion_value with p_promotion;
    * value: 1, whoever the customer is.

    Raises:
        DataError: a column that the effect needs is missing.
        CapabilityError: a promotion other than one more purchase, without p_promotion and promotion_value.
    """
    effect = action.effect
    if effect is None:
        raise CapabilityError.because(
            f"the action {action.name!r} has no effect, so it has no incremental value.",
            hint='give it one: kk.Effect(on=..., mean=..., evidence="assumed", ...).',
        )
    need = f"the effect of {action.name!r} on {effect.on}"
    known = np.zeros(len(customers))
    if effect.on == "value":
        return Stake(known + 1.0, known)
    if effect.on == "leaving":
        return Stake(customers.number("value_at_risk", need=need), p_leaves(customers, need=need))
    if effect.on == "promotion":
        return _promotion(action, customers, need=need)
    if effect.on == "purchases":
        return Stake(of_purchases(customers, need=need), known)
    return Stake(customers.number("clv", need=need), known)


def of_purchases(customers: CustomerTable, *, need: str) -> NDArray[np.float64]:
    """What grows in proportion to the number of purchases, (n,): contribution where costs were given, else clv."""
    return customers.number("contribution" if "contribution" in customers.numbers else "clv", need=need)


def p_leaves(customers: CustomerTable, *, need: str) -> NDArray[np.float64]:
    """P(leaves within the horizon | with us now), (n,): the column, or what value_at_risk implies.

    value_at_risk = p_alive x p_leaves x retention_value, so p_leaves follows from the three where the product of
    the other two is not zero; where it is zero nothing is at risk, and 0 does no harm.
    """
    if "p_leaves" in customers.numbers:
        p = customers.numbers["p_leaves"]
    else:
        at_risk = customers.number("value_at_risk", need=need)
        kept = customers.number("p_alive", need=need) * customers.number("retention_value", need=need)
        p = np.divide(at_risk, kept, out=np.where(np.isnan(kept), np.nan, 0.0), where=kept != 0)
    return _probability(p, "p_leaves", customers, need=need)


def _promotion(action: Action, customers: CustomerTable, *, need: str) -> Stake:
    """The value that hangs on the step, and the probability of taking it."""
    have = customers.numbers
    own = "p_promotion" in have and "promotion_value" in have
    one_purchase = action.step in ONE_MORE_PURCHASE
    if not own and not one_purchase:
        raise CapabilityError.because(
            f"{need}: the step {_arrow(action)} takes more than one purchase, so p_purchase says too little.",
            hint="add the columns p_promotion (probability of the step within the horizon) and promotion_value "
            '(what the step is worth), or state the effect as on="purchases" or on="value".',
        )
    p = have["p_promotion"] if own else np.full(len(customers), np.nan)
    base = have["promotion_value"] * p if own else p
    if one_purchase and ("p_purchase" in have or not own):
        p_purchase = customers.number("p_purchase", need=need)
        unknown = np.isnan(base)
        base = np.where(unknown, of_purchases(customers, need=need), base)
        p = np.where(unknown, p_purchase, p)
    return Stake(base, _probability(p, "p_promotion" if own else "p_purchase", customers, need=need))


def _probability(p: NDArray[np.float64], name: str, customers: CustomerTable, *, need: str) -> NDArray[np.float64]:
    """`p`, within rounding of 0 to 1, or refused."""
    wrong = (p < -1e-9) | (p > 1 + 1e-9)
    if wrong.any():
        at = np.flatnonzero(wrong)
        raise DataError.at_rows(
            f"{need} needs probabilities in `{name}`",
            {"customer_id": [customers.ids[i] for i in at], name: p[at].tolist()},
            of=len(customers),
            unit="customers",
            hint="probabilities lie between 0 and 1; p_leaves, where it is not a column, is value_at_risk / "
            "(p_alive x retention_value).",
        )
    return np.clip(p, 0.0, 1.0)


def _arrow(action: Action) -> str:
    return " -> ".join(action.step or ())
