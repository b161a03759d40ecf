"""Which arm each group gets: the best single action for everyone, unless treating groups differently is worth more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Attribute, field, frozen
from scipy.special import ndtri

from kundkarriar.arguments import (
    AMOUNT,
    COLUMN,
    FINITE,
    LEVEL,
    MONEY,
    SEED,
    Text,
    read_many,
    refusal,
    to_float,
    to_floats,
)
from kundkarriar.arrays import Whole
from kundkarriar.engines.frame_kinds import OwnFrame, empty_frame, kind_field
from kundkarriar.errors import DataError, warn
from kundkarriar.experiments.arm_amounts import read_cost, read_margin
from kundkarriar.experiments.experiment_spec import (
    OUTCOMES,
    PROBABILITY,
    ExperimentSpec,
    as_columns,
    as_shares,
    is_probability,
)
from kundkarriar.experiments.labels import as_arms, as_groups, group_codes, refuse_other_groups
from kundkarriar.experiments.policy_table import value_table
from kundkarriar.experiments.policy_trial import read_trial
from kundkarriar.frames import FrameT, NarrowFrame, add_columns, narrow, new_frame, require, text_column
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.cross_fit import SURE, best_single, gains, shrunken_policy, value_of_differing
from kundkarriar.stored import Stored
from kundkarriar.stored_forms import written

NEED = "Policy"
MADE = "an experiment makes them: kk.Experiment(...).fit(campaign).policy(cost=...)."


def _words(given: Any) -> Any:
    return read_many(given, "shrunken", law="an arm for each group", hint=MADE)


def _by_arm(policy: Policy, attribute: Attribute[Any], given: Any) -> None:
    law = AMOUNT if attribute.name == "cost" else MONEY
    if not isinstance(given, tuple) or len(given) != len(policy.arms) or not all(map(law.holds, given)):
        raise refusal(given, attribute.name, law=f"{law.law} for each arm", hint=MADE)


def _by_group(policy: Policy, attribute: Attribute[Any], given: Any) -> None:
    laws = {"shrunken": policy.arms.__contains__, "gain": FINITE.holds}
    if not isinstance(given, tuple) or len(given) != len(policy.groups) or not all(map(laws[attribute.name], given)):
        what = "an arm" if attribute.name == "shrunken" else "a number"
        raise refusal(given, attribute.name, law=f"{what} for each group", hint=MADE)


def _one_arm(policy: Policy, attribute: Attribute[Any], given: Any) -> None:
    Text(among=policy.arms).read(given, attribute.name, hint=MADE)


@frozen(kw_only=True, repr=False)
class Policy(Stored):
    """What an experiment says about whom to treat how: one action for everyone, or one for each group.

    The best single action is the arm with the largest profit per customer over all groups; doing nothing may be it. A
    plan by group looks better than that on the customers who chose it, since each group's arm was chosen for its luck
    too. So it is learnt on four fifths of the customers and valued on the last, in turn and in twenty repeats, and
    groups are treated differently only if the t of what differing is worth exceeds 2 in three repeats of five. Then
    each group gets the arm whose effect, drawn towards that of the other groups, is the largest.

    Attributes:
        treatment: the column with the arm of each customer in the experiment.
        outcome, outcome_is: the column of the outcome, and what it is, as in `kk.Experiment`.
        by: the columns that make the groups.
        probability: how arms are drawn in campaigns that `value` reads, as in `kk.Experiment`.
        arms: names of the arms; the first is the control, to do nothing.
        groups: values of the columns of `by`, in each group.
        margin, cost: profit per unit of outcome, and money per customer, of each arm.
        best_single: the arm that is best for everyone.
        shrunken: the arm that each group gets if groups differ.
        gain: expected profit per customer of that arm beyond the best single action, in each group.
        t: cross-fitted value of differing by its standard error that three in five of the repeats reach; so their
            median does too.
        value_of_differing: what differing is worth per customer of the whole base, cross-fitted.
        differing_low, differing_high: its interval.
        level: level of the intervals.
        seed: of the folds.
        frame_kind: the kind of frame of the campaign, which `table` gives; not compared.

    >>> import kundkarriar as kk
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> mailed = pd.DataFrame({"arm": rng.choice(["none", "mail"], 4000), "member": rng.choice(["yes", "no"], 4000)})
    >>> helped = (mailed["arm"] == "mail") & (mailed["member"] == "yes")
    >>> mailed["spend"] = rng.gamma(1, 10, 4000) * np.where(helped, 1.4, 1.0)
    >>> policy = kk.Experiment(
    ...     treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="member"
    ... ).fit(mailed).policy(margin=0.4, cost=0.5)
    >>> print(policy)
    2 groups differ in what they get: none, mail. That is worth 0.32 (0.17 to 0.46) per customer beside mail for
    everyone, cross-fitted, t = 3.5.
    >>> policy.table()[["member", "action"]]
      member action
    0     no   none
    1    yes   mail
    """

    treatment: str = field(validator=COLUMN)
    outcome: str = field(validator=COLUMN)
    outcome_is: str = field(validator=Text(among=OUTCOMES))
    by: tuple[str, ...] = field(converter=as_columns)
    probability: str | tuple[tuple[str, float], ...] | None = field(
        default=None, converter=as_shares, validator=is_probability, metadata=written(PROBABILITY)
    )
    arms: tuple[str, ...] = field(converter=as_arms)
    groups: tuple[tuple[str, ...], ...] = field(converter=as_groups)
    margin: tuple[float, ...] = field(converter=to_floats, validator=_by_arm)
    cost: tuple[float, ...] = field(converter=to_floats, validator=_by_arm)
    best_single: str = field(validator=_one_arm)
    shrunken: tuple[str, ...] = field(converter=_words, validator=_by_group)
    gain: tuple[float, ...] = field(converter=to_floats, validator=_by_group)
    t: float = field(converter=to_float, validator=FINITE)
    value_of_differing: float = field(converter=to_float, validator=FINITE)
    differing_low: float = field(converter=to_float, validator=FINITE)
    differing_high: float = field(converter=to_float, validator=FINITE)
    level: float = field(default=0.9, converter=to_float, validator=LEVEL)
    seed: int = field(default=1, validator=SEED)
    frame_kind: str = kind_field()

    def __attrs_post_init__(self) -> None:
        refuse_other_groups(self.groups, by=self.by)

    @property
    def differs(self) -> bool:
        """Whether groups are treated differently: t exceeds 2."""
        return self.t > SURE

    @property
    def actions(self) -> tuple[str, ...]:
        """The arm of each group."""
        return self.shrunken if self.differs else (self.best_single,) * len(self.groups)

    def assign(self, frame: FrameT) -> FrameT:
        """The arm of each customer, by the group to which the customer belongs.

        Args:
            frame: one row per customer, with the columns of `by`.

        Returns:
            `frame` with action added. Customers of a group that the experiment did not have get the best single action,
            with a `DataWarning`.

        Raises:
            DataError: columns that are not there, missing values in them, no rows.

        >>> import kundkarriar as kk
        >>> import pandas as pd
        >>> mailed = pd.DataFrame({"arm": ["none", "mail"] * 50, "bought": [0, 1, 0, 0] * 25})
        >>> mail = kk.Experiment(treatment="arm", control="none", outcome="bought", outcome_is="response")
        >>> mail.fit(mailed).policy(margin=20, cost=1).assign(pd.DataFrame({"customer_id": [7]}))
           customer_id action
        0            7   mail
        """
        need = f"{NEED}.assign"
        table = _read_rows(frame, self.by, need=need)
        group = self._group_codes(table, need=need)
        code = np.array([self.arms.index(arm) for arm in (*self.actions, self.best_single)])[group]
        return add_columns(frame, {"action": text_column(self.arms, code, like=frame)})

    def value(self, frame: FrameT) -> FrameT:
        """What the policy is worth on other customers of an experiment, beside each arm for everyone.

        On the customers that the policy was learnt on it looks better than it is: give others, whose arms were drawn at
        random too.

        Args:
            frame: one row per customer, with the columns of the experiment: arm, outcome, `by`, and the chance of the
                arm that each got, where `probability` is a column.

        Returns:
            A row for the policy and one for each arm: way; role ("policy", "best single", "do nothing", both, or
            "other"); customers (those who happened to get the arm of the way, on whom its value rests); value, low,
            high (profit per customer, doubly robust, with its interval); ipw, ipw_low, ipw_high (by inverse
            propensities alone); difference, difference_low, difference_high (to the best single action). Intervals are
            of the policy's level. The numbers of an arm that too few customers got are missing. A `DataWarning` tells
            where the policy or the best single action rests on fewer than 5 outcomes other than 0, counted as outcomes
            of one size and weight: (sum w |y|)^2 / sum (w y)^2. The interval of a way without any is missing.

        Raises:
            DataError: columns that are not there, missing values, no rows; an arm that the experiment did not have, or
                too few customers who got an arm of the policy or the best single action; groups that were treated on
                purpose instead of by chance.

        >>> import kundkarriar as kk
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(1)
        >>> mailed = pd.DataFrame({"arm": rng.choice(["none", "mail"], 4000)})
        >>> mailed["spend"] = rng.gamma(1, 10, 4000) * np.where(mailed["arm"] == "mail", 1.2, 1.0)
        >>> mail = kk.Experiment(treatment="arm", control="none", outcome="spend", outcome_is="revenue")
        >>> policy = mail.fit(mailed.head(2000)).policy(margin=0.4, cost=0.1)
        >>> policy.value(mailed.tail(2000))[["way", "role", "value", "low", "high", "difference"]].round(2)
              way         role  value   low  high  difference
        0  policy       policy   4.64  4.39  4.90        0.00
        1    none   do nothing   4.15  3.94  4.37       -0.49
        2    mail  best single   4.64  4.39  4.90        0.00
        """
        need = f"{NEED}.value"
        chance: tuple[str, ...] = (self.probability,) if isinstance(self.probability, str) else ()
        table = _read_rows(frame, (self.treatment, self.outcome, *self.by, *chance), need=need)
        group = self._group_codes(table, need=need)
        trial = read_trial(
            table,
            treatment=self.treatment,
            outcome=self.outcome,
            outcome_is=self.outcome_is,
            probability=self.probability,
            arms=self.arms,
            group=np.where(group < 0, len(self.groups), group),
            groups=len(self.groups) + 1,
            need=need,
        )
        actions = np.array([self.arms.index(arm) for arm in (*self.actions, self.best_single)])
        columns = value_table(
            trial,
            margin=np.array(self.margin),
            cost=np.array(self.cost),
            actions=actions,
            arms=self.arms,
            level=self.level,
            seed=self.seed,
        )
        return new_frame(columns, like=frame)

    def table(self) -> OwnFrame:
        """What each group gets, and why.

        Returns:
            A row for each group: the columns of `by`, as text; action; if_different (the arm that the group would get
            if groups were treated differently); gain (expected profit per customer of that arm beyond the best single
            action, 0 where it is the same).
        """
        like = empty_frame(self.frame_kind)
        columns: dict[str, Any] = {
            **{name: text_column([each[at] for each in self.groups], like=like) for at, name in enumerate(self.by)},
            "action": text_column(self.actions, like=like),
            "if_different": text_column(self.shrunken, like=like),
            "gain": np.array(self.gain),
        }
        return new_frame(columns, like=like)

    def __str__(self) -> str:
        worth = f"{self.value_of_differing:.2f} ({self.differing_low:.2f} to {self.differing_high:.2f}) per customer"
        if len(self.groups) == 1:
            return f"everyone gets {self.best_single}: there is one group."
        if self.t == self.value_of_differing == 0.0:
            return f"everyone gets {self.best_single}: no group would surely gain by another arm."
        found = f"beside {self.best_single} for everyone, cross-fitted, t = {self.t:.1f}"
        if self.differs:
            used = ", ".join(arm for arm in self.arms if arm in self.shrunken)
            return f"{len(self.groups)} groups differ in what they get: {used}. That is worth {worth} {found}."
        return (
            f"everyone gets {self.best_single}. Treating {len(self.groups)} groups differently is worth {worth} "
            f"{found}: not above {SURE:g}, so that it may be luck."
        )

    def __repr__(self) -> str:
        return f"Policy({self})"

    def _group_codes(self, table: NarrowFrame, *, need: str) -> Whole:
        """The number of each row's group, (n,), -1 of an unknown one, of which the user is told."""
        group = group_codes(table, self.by, groups=self.groups, need=need)
        if unknown := int((group < 0).sum()):
            at = int(np.argmax(group < 0))
            first = ", ".join(f"{name} {table[name][at]}" for name in self.by)
            warn(
                f"{need}: {unknown:,} of {len(table):,} customers are of groups that the experiment did not have "
                f"({first}); they get the best single action, {self.best_single}."
            )
        return group


def _read_rows(frame: Any, columns: Sequence[str], *, need: str) -> NarrowFrame:
    table = narrow(frame, need=need)
    require(table, columns, need=need)
    if not len(table):
        raise DataError.because(f"{need} needs customers, and the frame is empty.", hint="pass a row per customer.")
    return table


def policies_of(
    experiment: ExperimentSpec,
    *,
    arms: Sequence[str],
    groups: Sequence[tuple[str, ...]],
    sums: ArmSums,
    margin: Any = None,
    cost: Any,
) -> Policy:
    """The policy of an experiment at a margin and costs.

    Args:
        experiment: what was measured, and how arms were drawn.
        arms: names of the arms, the control first.
        groups: values of the columns of `by`, in each group.
        sums: sums of the outcome by fold, (R, K, C, A).
        margin: profit per unit of outcome, a number or a mapping from arm to number; None of an outcome that is profit.
        cost: money per customer, a number for all arms but the control, or a mapping from arm to number.

    Raises:
        DataError: no margin where the outcome is no profit, or one where it is; an arm without a cost, a cost of no
            arm, a cost below 0.
    """
    margins = read_margin(margin, outcome_is=experiment.outcome_is, arms=arms)
    costs = read_cost(cost, arms=arms)
    priced = sums.priced(margin=margins, cost=costs)
    differing = value_of_differing(priced)
    total = priced.total
    single = best_single(total)
    gain = gains(total, single=single)
    action = shrunken_policy(gain, single=single)
    reach = float(ndtri((1 + experiment.level) / 2)) * differing.error
    return Policy(
        treatment=experiment.treatment,
        outcome=experiment.outcome,
        outcome_is=experiment.outcome_is,
        by=experiment.by,
        probability=experiment.probability,
        arms=arms,
        groups=groups,
        margin=margins.tolist(),
        cost=costs.tolist(),
        best_single=arms[int(single)],
        shrunken=[arms[at] for at in action],
        gain=np.take_along_axis(gain, action[:, None], -1)[:, 0].tolist(),
        t=differing.t,
        value_of_differing=differing.value,
        differing_low=differing.value - reach,
        differing_high=differing.value + reach,
        level=experiment.level,
        seed=experiment.seed,
    )
