"""Who gets what: one entry a customer, so that no krona and no customer is counted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import fields_dict, frozen

from kundkarriar.numerics.money.exact_sums import total
from kundkarriar.numerics.planning.allocation import allocate
from kundkarriar.numerics.planning.randomised_holdout import held_out
from kundkarriar.numerics.sampling.random_numbers import random_numbers
from kundkarriar.stored import part_of
from kundkarriar.strategy.plan.customer_table import floats, plain
from kundkarriar.strategy.plan.treatment_effects import stake

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from kundkarriar.strategy.plan.customer_table import CustomerTable
    from kundkarriar.strategy.specs.action import Action
    from kundkarriar.strategy.specs.budget import Budget
    from kundkarriar.strategy.specs.strategy import Strategy


@frozen(kw_only=True, eq=False)
class Ledger:
    """The decisions of a plan, as arrays in the order of its customers.

    Attributes:
        strategy: position of the customer's strategy in the playbook, (n,).
        action: position of the planned action, (n,); -1 for none.
        held_out: would be treated, and drawn by lot to be left untreated, so that the effect can be measured, (n,).
        gain: expected incremental value of each action that could serve the customer, (n, A); NaN elsewhere.
        base, p: what the planned action's effect works on, (n,) each; NaN without an action.
        prices: net gain of one more unit of money, and of one more hour, (2,), before the lot is drawn.
        bound: no plan under this budget could have a larger expected net gain, less that of those held out.
    """

    strategy: NDArray[np.int64]
    action: NDArray[np.int64]
    held_out: NDArray[np.bool_]
    gain: NDArray[np.float64]
    base: NDArray[np.float64]
    p: NDArray[np.float64]
    prices: NDArray[np.float64]
    bound: float

    @classmethod
    def decide(
        cls,
        *,
        customers: CustomerTable,
        strategy: NDArray[np.int64],
        strategies: tuple[Strategy, ...],
        actions: tuple[Action, ...],
        budget: Budget,
        holdout: float,
        seed: int,
    ) -> Ledger:
        """Choose at most one action per customer so that the plan's expected net gain is as large as possible.

        Between equal customers the lot decides: a hash of the id, the seed and the budget's period. Another lot leaves
        the share `holdout` of those who got an action without it. What is saved on them is not spent on others: these
        could not have been held out, and those treated would no longer be like those held out but for the treatment.
        """
        n = len(customers)
        stakes = {at: stake(each, customers) for at, each in enumerate(actions) if each.effect is not None}
        gain = np.full((n, len(actions)), np.nan)
        for at, each in stakes.items():
            effect = actions[at].effect
            assert effect is not None  # noqa: S101  # only actions with effects have stakes
            can = eligible(actions[at], customers=customers, strategy=strategy, strategies=strategies)
            gain[can, at] = each.gain(effect, effect.mean)[can]
        cost = np.array([action.cost_in(budget) for action in actions])
        hours = np.array([action.hours_in(budget) for action in actions])
        hashes = customers.hashes()
        # decided in an order of their own, so that neither rows nor ids say who of equal customers comes first
        turn = np.argsort(random_numbers(hashes=hashes, seed=seed, occasion=f"turn in {budget.days}"), kind="stable")
        chosen = allocate(
            net=(gain - cost)[turn],
            use=np.array([cost, hours]).reshape(2, len(actions)),
            budget=np.array([budget.money_to_plan, budget.hours_to_plan]),
        )
        action = np.empty_like(chosen.choice)
        action[turn] = chosen.choice
        number = random_numbers(hashes=hashes, seed=seed, occasion=f"holdout in {budget.days}")
        held = held_out(treated=action >= 0, number=number, share=holdout)
        kept_back = total((gain - cost)[held, action[held]])
        action[held] = -1
        base, p = np.full(n, np.nan), np.full(n, np.nan)
        for at, each in stakes.items():
            mine = action == at
            base[mine], p[mine] = each.base[mine], each.p[mine]
        return cls(
            strategy=strategy,
            action=action,
            held_out=held,
            gain=gain,
            base=base,
            p=p,
            prices=chosen.prices,
            bound=chosen.bound - kept_back,
        )

    @property
    def treated(self) -> NDArray[np.bool_]:
        """Gets an action, (n,)."""
        return self.action >= 0

    @property
    def incremental_value(self) -> NDArray[np.float64]:
        """Expected gain of the planned action before its cost, (n,); 0 without one."""
        return self.of_action(self.gain)

    @property
    def max_justified_spend(self) -> NDArray[np.float64]:
        """Expected incremental value of the best action there is for the customer, (n,); never below 0."""
        if self.gain.shape[1] == 0:
            return np.zeros(len(self.action))
        best: NDArray[np.float64] = np.fmax(np.fmax.reduce(self.gain, axis=1), 0.0)
        return best

    def of_action(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """`values` of the planned action, per action (A,) or per customer and action (n, A); 0 without one."""
        answer = np.zeros(len(self.action))
        rows = np.flatnonzero(self.treated)
        mine = self.action[rows]
        answer[rows] = values[mine] if values.ndim == 1 else values[rows, mine]
        return answer

    def rows(self, at: list[int]) -> Ledger:
        """The decisions on some of the customers; prices and bound stay those of the whole plan."""
        return Ledger(
            strategy=self.strategy[at],
            action=self.action[at],
            held_out=self.held_out[at],
            gain=self.gain[at],
            base=self.base[at],
            p=self.p[at],
            prices=self.prices,
            bound=self.bound,
        )

    def to_dict(self) -> dict[str, Any]:
        """The ledger in JSON types."""
        return {
            "strategy": self.strategy.tolist(),
            "action": self.action.tolist(),
            "held_out": self.held_out.tolist(),
            "gain": [plain(column) for column in self.gain.T],
            "base": plain(self.base),
            "p": plain(self.p),
            "prices": self.prices.tolist(),
            "bound": self.bound,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Ledger:
        """The ledger that `to_dict` wrote."""
        stored = part_of(stored, kind="ledger", names=fields_dict(cls))
        n = len(stored["action"])
        columns = [floats(column) for column in stored["gain"]]
        return cls(
            strategy=np.array(stored["strategy"], dtype=np.int64),
            action=np.array(stored["action"], dtype=np.int64),
            held_out=np.array(stored["held_out"], dtype=bool),
            gain=np.column_stack(columns) if columns else np.zeros((n, 0)),
            base=floats(stored["base"]),
            p=floats(stored["p"]),
            prices=floats(stored["prices"]),
            bound=stored["bound"],
        )


def eligible(
    action: Action,
    *,
    customers: CustomerTable,
    strategy: NDArray[np.int64],
    strategies: tuple[Strategy, ...],
) -> NDArray[np.bool_]:
    """The action serves the customer's strategy, and the customer stands where its step begins, (n,)."""
    serves = np.array([each.serves(action) for each in strategies])[strategy]
    if action.step is None:
        return serves
    on_rung: NDArray[np.bool_] = customers.word("rung") == action.step[0]
    return serves & on_rung
