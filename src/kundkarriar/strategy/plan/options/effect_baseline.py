"""Baseline value and probability that an action's effect acts on, customer by customer, from the scorer's columns."""

from typing import NamedTuple

import numpy as np

from kundkarriar.arguments import SHARE
from kundkarriar.arrays import Array
from kundkarriar.effects.effect import WHILE_TREATED, Effect
from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.fields import outside
from kundkarriar.numerics.planning.treatment_effect import break_even, gain
from kundkarriar.strategy.plan.customer_table import CustomerTable
from kundkarriar.strategy.specs.action import Action

ONE_MORE_PURCHASE = {
    ("lead", "customer"),
    ("prospect", "customer"),
    ("customer", "repurchaser"),
    ("prospect", "trial buyer"),
    ("trial buyer", "repeat buyer"),
}
"""Steps that take one purchase: their probability within the horizon is the scorer's p_purchase."""

APPROXIMATED = ("leaving", "purchases", "spend")
"""Effects on the process that have a formula on the scores alone; the others need increments."""


class Baseline(NamedTuple):
    """Value and probability without treatment, customer by customer.

    Attributes:
        effect: the effect of treatment.
        base: the value that the effect acts on, (n,); NaN where not known.
        p: the probability whose odds the effect multiplies, (n,); 0 for effects that need none.
        powers: the powers to which the effect acts on each customer, (n,), where the base is such that the gain by the
            stated effect is that of the effect to the power; None: all 1.
    """

    effect: Effect
    base: Array
    p: Array
    powers: Array | None = None

    def gain_at(self, end: str) -> Array:
        """E[net value, treated] - E[net value, untreated], (n,), of the effect at its "low", "mean" or "high"."""
        m = getattr(self.effect, end)
        gains = gain(on=self.effect.on, m=m, base=self.base, p=self.p)
        if self.powers is None or end == "mean":
            return gains
        both = (response_ratio(self.effect, m=at, p=self.p, powers=self.powers) for at in (m, self.effect.mean))
        return gains * np.divide(*both)

    def responding(self, powers: Array | None) -> "Baseline":
        """The baseline whose gain by the stated effect is that of the effect to each customer's power, (n,).

        None, and effects that were measured, change nothing.
        """
        if powers is None or not self.effect.is_assumed:
            return self
        ratio = response_ratio(self.effect, m=self.effect.mean, p=self.p, powers=powers)
        return self._replace(base=self.base * ratio, powers=powers)

    @classmethod
    def of_increments(cls, effect: Effect, increments: Array, powers: Array | None = None) -> "Baseline":
        """The baseline of an effect in which increments are linear, (n,); not known where the stated effect is none.

        Increments of effects that are assumed were counted with the `powers`.
        """
        base = increments / (effect.mean - 1.0) if effect.mean != 1 else np.full_like(increments, np.nan)
        return cls(effect, base, np.zeros_like(base), powers if effect.is_assumed else None)

    def break_even(self, at: int, *, cost: float) -> float:
        """The effect whose gain from the customer at position `at` is `cost`; NaN where no effect is enough."""
        return break_even(on=self.effect.on, base=self.base[[at]], p=self.p[[at]], cost=cost)


def response_ratio(effect: Effect, *, m: float, p: Array, powers: Array) -> Array:
    """Gain by an effect of `m` to each customer's power over that by `m` itself, (n,).

    The limit where `m` changes nothing, and both gains are 0: the power.
    """
    if m == (1.0 if effect.multiplies else 0.0):
        return powers
    ratio = np.empty(len(powers))
    for power in np.unique(powers).tolist():
        rows = powers == power
        sizes = m**power if effect.multiplies else m * power, m
        weaker, whole = (gain(on=effect.on, m=size, base=np.ones(rows.sum()), p=p[rows]) for size in sizes)
        # both are 0 where it is certain that the customer takes the step
        ratio[rows] = np.divide(weaker, whole, out=np.ones(len(whole)), where=whole != 0)
    return ratio


def baseline(action: Action, customers: CustomerTable) -> Baseline:
    """Baseline value and probability for the effect of `action` where no increments were given.

    For effects on the process this is an approximation from the scores, as if a contact treated for the whole horizon.

    * leaving: value_at_risk, with P(drops out within the horizon | alive). Each averted dropout counts the whole
      retention value. That overstates late dropouts within the horizon, and ignores value after the horizon.
    * spend: clv.
    * purchases: contribution, which is clv less the discounted handling cost of the expected orders; clv where there
      is no such column. More purchases are more orders to handle, larger purchases are not.
    * promotion: promotion_value with p_promotion. For a step of one purchase, else contribution (or clv) with
      p_purchase: an additional buyer is assumed to be worth as much as one who buys untreated.
    * value: 1 for every customer.

    Raises:
        DataError: a column that the effect needs is missing.
        CapabilityError: several effects, or one that the scores do not tell; a promotion not known to take one
            purchase, without p_promotion and promotion_value.
    """
    unknown = [each.on for each in action.effects if each.on in WHILE_TREATED and each.on not in APPROXIMATED]
    if len(action.effects) > 1 or unknown:
        acts_on = " and on ".join(unknown or [each.on for each in action.effects])
        raise CapabilityError.because(
            f"the scores do not tell what {action.name!r} adds by its effect on {acts_on}.",
            hint="plan(customers, increments=planner.increments(fitted_scorer, summary, ...), ...).",
        )
    effect = action.effect
    if effect is None:
        raise CapabilityError.because(
            f"the action {action.name!r} has no effect, so it has no incremental value.",
            hint='give it one: kk.Effect(on=..., mean=..., evidence="assumed", ...).',
        )
    need = f"the effect of {action.name!r} on {effect.on}"
    base, p = np.ones(len(customers)), np.zeros(len(customers))
    if effect.on == "leaving":
        base, p = customers.number("value_at_risk", need=need), p_leaves(customers, need=need)
    elif effect.on == "promotion":
        base, p = _promotion(action, customers, need=need)
    elif effect.on == "purchases":
        base = value_of_purchases(customers, need=need)
    elif effect.on == "spend":
        base = customers.number("clv", need=need)
    return Baseline(effect, base, p)


def value_of_purchases(customers: CustomerTable, *, need: str) -> Array:
    """Value proportional to the number of purchases, (n,): contribution where costs were given, else clv."""
    return customers.number("contribution" if "contribution" in customers.numbers else "clv", need=need)


def p_leaves(customers: CustomerTable, *, need: str) -> Array:
    """P(drops out within the horizon | alive), (n,): the column, or the value implied by value_at_risk.

    value_at_risk = p_alive x p_leaves x retention_value is solved for p_leaves. Where p_alive x retention_value is
    zero nothing is at risk, and p_leaves is set to 0.
    """
    if "p_leaves" in customers.numbers:
        p = customers.numbers["p_leaves"]
    else:
        at_risk = customers.number("value_at_risk", need=need)
        kept = customers.number("p_alive", need=need) * customers.number("retention_value", need=need)
        p = np.divide(at_risk, kept, out=np.where(np.isnan(kept), np.nan, 0.0), where=kept != 0)
    return _probability(p, "p_leaves", customers, need=need)


def _promotion(action: Action, customers: CustomerTable, *, need: str) -> tuple[Array, Array]:
    """Baseline of an effect on promotion: value that depends on the step, and probability of the step."""
    have = customers.numbers
    own = "p_promotion" in have and "promotion_value" in have
    one_purchase = action.step in ONE_MORE_PURCHASE
    if not own and not one_purchase:
        step = " -> ".join(action.step or ())
        raise CapabilityError.because(
            f"{need}: it is not known that one purchase takes the step {step}, so p_purchase may say too little.",
            hint="add the columns p_promotion (probability of the step within the horizon) and promotion_value "
            '(what the step is worth), or state the effect as on="purchases" or on="value".',
        )
    p = have["p_promotion"] if own else np.full(len(customers), np.nan)
    base = have["promotion_value"] * p if own else p
    if one_purchase and ("p_purchase" in have or not own):
        p_purchase = customers.number("p_purchase", need=need)
        unknown = np.isnan(base)
        base = np.where(unknown, value_of_purchases(customers, need=need), base)
        p = np.where(unknown, p_purchase, p)
    return base, _probability(p, "p_promotion" if own else "p_purchase", customers, need=need)


def _probability(p: Array, name: str, customers: CustomerTable, *, need: str) -> Array:
    """`p` clipped to [0, 1]; values outside by more than rounding are refused."""
    wrong = outside(p, law=SHARE)
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
