"""A randomised experiment on customers, and what it found: effects by group, profit by arm, policies."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, evolve, field, frozen

from kundkarriar.arguments import Number, as_tuple, read_many, refusal, to_float
from kundkarriar.effects.effect import Effect
from kundkarriar.engines.frame_kinds import OwnFrame, empty_frame, kind_field, kind_of_frame
from kundkarriar.errors import DataError
from kundkarriar.experiments.arm_amounts import read_cost, read_margin
from kundkarriar.experiments.campaign import read_campaign
from kundkarriar.experiments.effect_table import effect_sentences, effect_table
from kundkarriar.experiments.experiment_checks import experiment_checks
from kundkarriar.experiments.experiment_spec import ExperimentSpec
from kundkarriar.experiments.labels import as_arms, as_groups, refuse_other_groups
from kundkarriar.experiments.measured_effect import measured_effect, read_arm, read_group, read_on
from kundkarriar.experiments.policy import Policy, policies_of
from kundkarriar.experiments.profit_table import profit_table
from kundkarriar.experiments.randomisation import BalanceTest, randomisation_tests
from kundkarriar.fields import all_instances_of, instance_of
from kundkarriar.numerics.experiments.arm_sums import ArmSums, fold_sums
from kundkarriar.numerics.experiments.cuped import cuped
from kundkarriar.stored import Stored

REPEATS, FOLDS = 20, 5
"""How often rows are put into folds, and into how many. Of fewer repeats the median t still moves with the folds."""
MADE = "fit makes them: kk.Experiment(...).fit(campaign)."
MEASURED, NOT_TESTED = "measured", "measured, randomisation not tested"
RHO = Number(least=-1, most=1, example=0.0)


@frozen(kw_only=True)
class Experiment(ExperimentSpec):
    """A randomised experiment on customers: what was done to whom, what came of it, and how chance chose.

    Arms are compared as they were drawn. What was drawn must be kept: customers who were in an arm and whom the mail
    did not reach belong to it.

    Attributes:
        treatment: the column with the arm of each customer: text, numbers (prices) or truth values.
        control: the arm without treatment, to which the others are compared.
        outcome: the column of what customers brought in the time of the experiment; 0 where nothing.
        outcome_is: "revenue" (money of at least 0, of which a margin is profit), "profit" (money, as it is), or
            "response" (1 for a response, 0 for none).
        by: columns known before treatment, whose values together make the groups.
        probability: how arms were drawn. None: with the same chances for everyone. A mapping from arm to intended
            share: the same, and the numbers of customers are tested for it. The name of a column: the chance of the arm
            that each customer got, where chances differ between customers.
        before: the column of the outcome's quantity before treatment. It makes effects more certain where it
            correlates with the outcome (CUPED), and its balance is tested.
        balance: further columns known before treatment, whose balance is tested.
        window: the span over which the outcome was observed: "2W".
        level: level of the intervals.
        seed: seed of the folds in which policies are learnt and valued.

    >>> import kundkarriar as kk
    >>> import pandas as pd
    >>> mailed = pd.DataFrame({"arm": ["none", "mail"] * 50, "bought": [0, 1, 0, 0] * 25})
    >>> mail = kk.Experiment(treatment="arm", control="none", outcome="bought", outcome_is="response", window="2W")
    >>> mail.fit(mailed).effects()[["arm", "customers", "control_mean", "effect"]]
        arm  customers  control_mean  effect
    0  mail         50           0.0     0.5
    """

    def fit(self, campaign: Any) -> FittedExperiment:
        """Read the campaign, test its randomisation and sum up what came of it.

        The order of the rows changes nothing.

        Args:
            campaign: one row per customer who was drawn, with the columns of the spec. With a customer_id customers
                may not repeat.

        Raises:
            DataError: arms differ in what was settled before treatment by more than chance explains (once in a
                thousand times): a logged campaign is refused as evidence, unless the chances are given by which its
                customers were chosen. Also one arm only, missing values, customers twice, groups without an arm.

        >>> import kundkarriar as kk
        >>> import numpy as np, pandas as pd
        >>> spent = np.arange(200.0)
        >>> sent_to_good_customers = pd.DataFrame({"mail": spent > 120, "spent": spent, "spend": spent / 10})
        >>> logged = kk.Experiment(
        ...     treatment="mail", control=False, outcome="spend", outcome_is="revenue", before="spent"
        ... )
        >>> logged.fit(sent_to_good_customers)
        Traceback (most recent call last):
        ...
        kundkarriar.errors.DataError: the arms of this campaign were not drawn as stated: the mean of `spent` is 60
        (False) and 160 (True); chance does that less than once in a billion times. Customers were chosen, and what
        chose them also moves the outcome: a logged campaign is no experiment.
        <BLANKLINE>
        Hint: give the chance of the arm that each customer got, probability="propensity" (a column), where it was
        drawn with known chances; else draw the arms of the next campaign at random, and keep everyone who was drawn.
        """
        read = read_campaign(self, campaign)
        tests = randomisation_tests(self, read)
        theta, rho, outcome = 0.0, 0.0, read.outcome
        if self.before is not None:
            theta, rho, outcome = cuped(
                outcome=outcome,
                before=read.known[self.before],
                arm=read.arm,
                group=read.group,
                weight=read.weight,
                arms=len(read.arms),
            )
        sums = fold_sums(
            outcome=outcome,
            arm=read.arm,
            group=read.group,
            weight=read.weight,
            arms=len(read.arms),
            groups=len(read.groups),
            repeats=REPEATS,
            folds=FOLDS,
            seed=self.seed,
        )
        return FittedExperiment(
            experiment=self,
            arms=read.arms,
            groups=read.groups,
            sums=[np.ravel(each).tolist() for each in sums],
            tests=tests,
            theta=theta,
            rho=rho,
            frame_kind=kind_of_frame(campaign),
        )


def _rows(given: Any) -> Any:
    """Converter: rows of numbers as tuples of floats."""
    rows = read_many(given, "sums", law="rows of sums", hint=MADE)
    return tuple(tuple(map(to_float, read_many(row, "sums", law="rows of sums", hint=MADE))) for row in rows)


def _finite(rows: tuple[tuple[float, ...], ...]) -> bool:
    return all(isinstance(each, float) and np.isfinite(each) for row in rows for each in row)


def _all_sums(fitted: FittedExperiment, attribute: Attribute[Any], rows: tuple[tuple[float, ...], ...]) -> None:
    """Validator: six sums of every cell; the customers, and so everything else, are the same in each repeat."""
    cells = FOLDS * len(fitted.groups) * len(fitted.arms)
    length = len(rows[0]) if rows else 0
    whole = len(rows) == len(ArmSums._fields) and all(len(row) == length for row in rows)
    if not whole or length % cells or not length or not _finite(rows):
        law = f"{len(ArmSums._fields)} rows of {cells} finite numbers for each repeat"
        raise refusal(rows, attribute.name, law=law, hint=MADE)
    count, weight = (np.reshape(row, (-1, FOLDS, cells // FOLDS)).sum(axis=1) for row in rows[:2])
    if (count != count[0]).any() or (count < 0).any() or (weight[:, count[0] > 0] <= 0).any():
        law = f"`{attribute.name}` must be the same customers in each repeat, with weights above 0."
        raise DataError.because(law, hint=MADE)


@frozen(kw_only=True, repr=False)
class FittedExperiment(Stored):
    """What an experiment found. It holds sums by arm and group, and no customers.

    Attributes:
        experiment: the spec.
        arms: names of the arms, the control first.
        groups: the values of the columns of `by` in each group; one group with () without columns.
        sums: sums of the outcome by repeat, fold, group and arm, in which policies are learnt and valued.
        tests: the tests of the randomisation, none of which failed.
        theta: money of outcome per money before that was taken out (CUPED); 0 where it would not help.
        rho: correlation of the outcome with the same quantity before, within arms; 0 where none was given.
        frame_kind: the kind of frame of the campaign, which tables are of; not compared.

    >>> import kundkarriar as kk
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> mailed = pd.DataFrame({"arm": rng.choice(["none", "mail"], 4000), "member": rng.choice(["yes", "no"], 4000)})
    >>> mailed["spend"] = rng.gamma(1, 10, 4000) * np.where(mailed["arm"] == "mail", 1.3, 1.0)
    >>> mail = kk.Experiment(
    ...     treatment="arm", control="none", outcome="spend", outcome_is="revenue", by="member", window="4W"
    ... )
    >>> effects = mail.fit(mailed)
    >>> effects
    FittedExperiment(none, mail: 4,000 customers in 2 groups)
    >>> print(effects.effect("mail"))
    multiplies the spend per purchase by 1.284 (1.218 to 1.353) for 4 weeks from each contact, relative to none;
    measured, observed over 4 weeks
    """

    experiment: Experiment = field(validator=instance_of(Experiment))
    arms: tuple[str, ...] = field(converter=as_arms)
    groups: tuple[tuple[str, ...], ...] = field(converter=as_groups)
    sums: tuple[tuple[float, ...], ...] = field(converter=_rows, validator=_all_sums)
    tests: tuple[BalanceTest, ...] = field(converter=as_tuple, validator=all_instances_of(BalanceTest))
    theta: float = field(default=0.0, converter=to_float, validator=Number())
    rho: float = field(default=0.0, converter=to_float, validator=RHO)
    frame_kind: str = kind_field()

    def __attrs_post_init__(self) -> None:
        refuse_other_groups(self.groups, by=self.experiment.by)

    @property
    def customers(self) -> int:
        """The number of customers in all arms."""
        return int(self.fold_sums.total.rows.sum())

    @property
    def fold_sums(self) -> ArmSums:
        """The sums by repeat, fold, group and arm, (R, K, C, A) each."""
        shape = (-1, FOLDS, len(self.groups), len(self.arms))
        return ArmSums(*(np.reshape(row, shape) for row in self.sums))

    def effects(self) -> OwnFrame:
        """The effect of each arm on the outcome per customer, beside the control.

        Returns:
            For each arm one row of all customers, whose columns of `by` are missing, and one of each group: arm; the
            columns of `by`, as text; customers, control_customers; mean, control_mean (of the outcome); effect
            (difference of means as measured); std_error; shrunk (the effect in the group, drawn towards the arm's mean
            effect as far as chance blurs it: the best guess of the group; over all customers as measured); low, high
            (interval of shrunk, of the experiment's level); smallest_visible (the smallest effect that a test at 5 %
            would find in so many customers with a probability of 80 %). Where all customers of an arm have the same
            outcome nothing shows its scatter: of amounts errors, intervals and shrunken effects of groups are missing;
            of responses they are those with one response and one customer without added.

        >>> import kundkarriar as kk
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(1)
        >>> mailed = pd.DataFrame({"mail": rng.random(2000) < 0.5, "big": rng.random(2000) < 0.5})
        >>> mailed["bought"] = rng.random(2000) < np.where(mailed["mail"], 0.3, 0.2)
        >>> mail = kk.Experiment(treatment="mail", control=False, outcome="bought", outcome_is="response", by="big")
        >>> table = mail.fit(mailed).effects()
        >>> table[["big", "customers", "effect", "shrunk", "low", "high", "smallest_visible"]].round(3)
             big  customers  effect  shrunk    low   high  smallest_visible
        0    NaN       1002   0.115   0.115  0.084  0.146             0.053
        1  False        496   0.117   0.116  0.080  0.152             0.075
        2   True        506   0.113   0.114  0.078  0.150             0.075
        """
        spec, like = self.experiment, empty_frame(self.frame_kind)
        sums, arms = self.fold_sums.total, self.arms
        return effect_table(
            sums, outcome_is=spec.outcome_is, arms=arms, by=spec.by, groups=self.groups, level=spec.level, like=like
        )

    def profits(self, *, margin: Any = None, cost: Any) -> OwnFrame:
        """The profit per customer of each arm, also of prices: margin x outcome - cost.

        Arms may be prices, whose margins differ; each group's best price is then a question of margin and response.
        Whether it pays to give groups different arms is what `policy` decides: the best of several uncertain numbers
        promises too much.

        Args:
            margin: of revenue the share that is profit; of responses the money of one; of profit None. One number, or
                a mapping from arm to number.
            cost: money of at least 0 per customer of each arm, one number for all but the control, or a mapping from
                arm to number. The control costs 0 unless it is named.

        Returns:
            All customers first, whose columns of `by` are missing, then each group, with a row for each arm, the
            control too: the columns of `by`; arm; customers; response (mean outcome per customer; in a group drawn
            towards the arm's mean); profit; low, high (its interval); best (the largest profit of the arms).

        >>> import kundkarriar as kk
        >>> import numpy as np, pandas as pd
        >>> rng = np.random.default_rng(1)
        >>> offered = pd.DataFrame({"price": rng.choice([9.9, 12.9], 3000)})
        >>> offered["bought"] = rng.random(3000) < np.where(offered["price"] > 10, 0.2, 0.25)
        >>> prices = kk.Experiment(treatment="price", control=9.9, outcome="bought", outcome_is="response")
        >>> prices.fit(offered).profits(margin={9.9: 3.9, 12.9: 6.9}, cost=0).round(3)
            arm  customers  response  profit    low   high   best
        0   9.9       1487     0.252   0.984  0.911  1.056  False
        1  12.9       1513     0.221   1.523  1.402  1.644   True
        """
        spec = self.experiment
        return profit_table(
            self.fold_sums.total,
            outcome_is=spec.outcome_is,
            margin=read_margin(margin, outcome_is=spec.outcome_is, arms=self.arms),
            cost=read_cost(cost, arms=self.arms),
            arms=self.arms,
            by=spec.by,
            groups=self.groups,
            level=spec.level,
            like=empty_frame(self.frame_kind),
        )

    def effect(
        self,
        arm: Any,
        *,
        group: Any = None,
        on: str | None = None,
        margin: Any = None,
        lasts: str | None = None,
        evidence: str | None = None,
    ) -> Effect:
        """The effect of an arm as it stands in an action: relative to the control, with the window of the experiment.

        An effect on revenue is stated as one on the spend per purchase: the plan multiplies what it expects of the
        customers while treated by the ratio of means. So is one on responses, as one on purchases. The interval of a
        ratio is symmetrical in logarithms.

        Args:
            arm: an arm other than the control.
            group: a group, by its values: {"channel": "web"}, or "web" where there is one column. Its effect is drawn
                towards that of the others. None: all customers.
            on: "spend" (of revenue), "purchases" (of responses), or "value": money per treated customer, margin x
                difference of means, before the cost of the contact, which is the action's. None: the first of these
                that fits the outcome.
            margin: of an effect on value, as in `profits`.
            lasts: how long a contact treats. None: the window of the experiment, and without one what `kk.Effect` has.
            evidence: where the numbers come from. None: "measured", and that the randomisation was not tested where
                nothing that was settled before treatment was named.

        Raises:
            CapabilityError: a ratio of means of which one is not above 0; an arm whose amounts are all the same.

        >>> import kundkarriar as kk
        >>> import pandas as pd
        >>> mailed = pd.DataFrame({"arm": ["none", "mail"] * 500, "bought": [0, 1, 0, 0, 1, 1, 0, 0] * 125})
        >>> mail = kk.Experiment(treatment="arm", control="none", outcome="bought", outcome_is="response", window="2W")
        >>> print(mail.fit(mailed).effect("mail", on="value", margin=20))
        adds 5 (4.026 to 5.974) per treated customer, relative to none; measured, randomisation
        not tested, observed over 2 weeks
        """
        spec, at = self.experiment, read_arm(arm, arms=self.arms)
        on = read_on(on, outcome_is=spec.outcome_is)
        sums, unit = self.fold_sums.total, np.ones(len(self.arms))
        if on == "value":
            unit = read_margin(margin, outcome_is=spec.outcome_is, arms=self.arms)
            if not unit.any():
                raise refusal(margin, "margin", law="above 0, or nothing is worth anything", hint="write margin=0.4.")
            sums = sums.priced(margin=unit, cost=np.zeros(len(self.arms)))
        elif margin is not None:
            hint = 'write on="value", or leave margin out.'
            raise refusal(margin, "margin", law=f"None, as an effect on {on} is a ratio", hint=hint)
        return measured_effect(
            sums,
            experiment=spec,
            arms=self.arms,
            at=at,
            group=read_group(group, by=spec.by, groups=self.groups),
            on=on,
            lasts=lasts,
            evidence=evidence if evidence is not None else MEASURED if self.tests else NOT_TESTED,
            unit=unit,
        )

    def policy(self, *, margin: Any = None, cost: Any) -> Policy:
        """Which arm each group gets: the best single action, unless treating groups differently is worth more.

        Args:
            margin: as in `profits`.
            cost: as in `profits`.

        Raises:
            DataError: no margin where the outcome is no profit, or one where it is; an arm without a cost, a cost of no
                arm, a cost below 0.

        >>> import kundkarriar as kk
        >>> import pandas as pd
        >>> mailed = pd.DataFrame({"arm": ["none", "mail"] * 50, "bought": [0, 1, 0, 0] * 25})
        >>> mail = kk.Experiment(treatment="arm", control="none", outcome="bought", outcome_is="response")
        >>> mail.fit(mailed).policy(margin=20, cost=1).best_single
        'mail'
        """
        made = policies_of(
            self.experiment, arms=self.arms, groups=self.groups, sums=self.fold_sums, margin=margin, cost=cost
        )
        return evolve(made, frame_kind=self.frame_kind)

    def checks(self) -> OwnFrame:
        """The tests of the randomisation, the adjustment by what was before, and what each comparison could see.

        Returns:
            check, passed, informative (False where nothing was tested), severity, value, limit, message: of each test
            of balance (value: its probability by chance, below .01 pointed out, below .001 refused by `fit`); of the
            outcome before (value: the share of the variance that it explains); of a window that is not stated; of an
            arm whose customers all have the same outcome (fails); of each arm the effect found (value), beside the
            smallest that its comparison finds with a probability of 80 % (limit): it passes where the interval of the
            effect excludes 0.
        """
        return experiment_checks(
            self.fold_sums.total,
            experiment=self.experiment,
            arms=self.arms,
            tests=self.tests,
            theta=self.theta,
            rho=self.rho,
            like=empty_frame(self.frame_kind),
        )

    def sentences(self) -> tuple[str, ...]:
        """The effect of each arm over all customers with its interval, and what the comparison could see."""
        return effect_sentences(self.fold_sums.total, experiment=self.experiment, arms=self.arms)

    def __repr__(self) -> str:
        groups = f" in {len(self.groups)} groups" if self.experiment.by else ""
        return f"FittedExperiment({', '.join(self.arms)}: {self.customers:,} customers{groups})"
