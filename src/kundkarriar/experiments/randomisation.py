"""Tests of a campaign's randomisation: what breaks it makes a logged campaign, and no experiment.

A logged campaign chose whom to treat. Its treated and untreated customers differ before anything was done, so that a
difference afterwards tells nothing of the treatment: of one retailer's households, those that were sent a campaign had
spent three times as much before it as the others. Only the chances with which customers were chosen would mend that.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from attrs import field, frozen

from kundkarriar.arguments import SHARE, to_float
from kundkarriar.arrays import Array
from kundkarriar.errors import DataError
from kundkarriar.experiments.campaign import Campaign
from kundkarriar.experiments.experiment_spec import ExperimentSpec
from kundkarriar.fields import instance_of
from kundkarriar.numerics.experiments.balance import arms_by_groups, arms_by_values, sample_ratio, weights_by_groups

REFUSED_BELOW = 0.001
"""Probability below which a difference between arms is not put down to chance."""
LOGGED = "Customers were chosen, and what chose them also moves the outcome: a logged campaign is no experiment."
LOGGED_HINT = (
    'give the chance of the arm that each customer got, probability="propensity" (a column), where it was drawn with '
    "known chances; else draw the arms of the next campaign at random, and keep everyone who was drawn."
)
RATIO_HINT = (
    "look for customers lost after the draw, as bounced mails, or customers kept only where they opened: keep everyone "
    "who was drawn, in the arm that was drawn."
)
WEIGHTS_HINT = "the column holds the chance of the arm that the customer got, not of another arm or of treatment."


@frozen(kw_only=True)
class BalanceTest:
    """One test of the randomisation.

    Attributes:
        check: what is compared.
        p_value: probability of arms as different as these by chance.
        message: what was found, in a sentence.
    """

    check: str = field(validator=instance_of(str))
    p_value: float = field(converter=to_float, validator=SHARE)
    message: str = field(validator=instance_of(str))


def randomisation_tests(experiment: ExperimentSpec, campaign: Campaign) -> tuple[BalanceTest, ...]:
    """All tests of a campaign's randomisation; the first that fails is raised.

    Raises:
        DataError: arms differ by more than chance explains.
    """
    passed = []
    for test, why, hint in _tests(experiment, campaign):
        if test.p_value < REFUSED_BELOW:
            law = f"the arms of this campaign were not drawn as stated: {test.message}{_chance(test)}. {why}".rstrip()
            raise DataError.because(law, hint=hint)
        passed.append(test)
    return tuple(passed)


def _chance(test: BalanceTest) -> str:
    odds = f"once in {1 / test.p_value:,.0f} times" if test.p_value > 1e-9 else "less than once in a billion times"
    return f"; chance does that {odds}"


def _tests(experiment: ExperimentSpec, campaign: Campaign) -> Iterator[tuple[BalanceTest, str, str]]:
    probability = experiment.probability
    drawn = isinstance(probability, str)
    count, arms = campaign.counts, campaign.arms
    sizes = count.sum(axis=0)
    customers = " and ".join(f"{size:,.0f} ({arm})" for size, arm in zip(sizes, arms, strict=True))
    if drawn:
        yield _weights_test(experiment, campaign), "", WEIGHTS_HINT
    elif probability is not None and not isinstance(probability, str):
        by_arm = dict(probability)
        share = np.array([by_arm[arm] for arm in arms])
        intended = " and ".join(f"{size:,.0f}" for size in share / share.sum() * sizes.sum())
        message = f"the arms have {customers} customers, and were to have {intended}"
        p_value = sample_ratio(count=sizes, share=share)
        yield BalanceTest(check="sample ratio", p_value=p_value, message=message), "", RATIO_HINT
    if experiment.by and not drawn:
        by = " x ".join(experiment.by)
        message = f"{_most_uneven(count, arms)} of the groups of {by}"
        yield (
            BalanceTest(check=f"balance of {by}", p_value=arms_by_groups(count=count), message=message),
            LOGGED,
            LOGGED_HINT,
        )
    for name, values in campaign.known.items():
        yield _known_test(campaign, name, values, drawn=drawn), LOGGED, WEIGHTS_HINT if drawn else LOGGED_HINT


def _weights_test(experiment: ExperimentSpec, campaign: Campaign) -> BalanceTest:
    """The weights of each arm add up to the customers, in all of them and in each group."""
    everyone, in_groups = (
        weights_by_groups(weight=campaign.weight, arm=campaign.arm, arms=len(campaign.arms), group=group, groups=groups)
        for group, groups in ((np.zeros_like(campaign.group), 1), (campaign.group, len(campaign.groups)))
    )
    sums = np.bincount(campaign.arm, weights=campaign.weight)
    told = " and ".join(f"{total:,.0f} ({arm})" for total, arm in zip(sums, campaign.arms, strict=True))
    return BalanceTest(
        check=f"chances in {experiment.probability}",
        p_value=min(1.0, 2 * min(everyone, in_groups)) if experiment.by else everyone,
        message=f"one over `{experiment.probability}` adds up to {told} of {len(campaign.arm):,} customers"
        + (" in all, or to other numbers than theirs in the groups" if experiment.by else ""),
    )


def _known_test(campaign: Campaign, name: str, values: Array, *, drawn: bool) -> BalanceTest:
    arms = len(campaign.arms)
    if name not in campaign.labelled:
        w, wx = (np.bincount(campaign.arm, weights=each) for each in (campaign.weight, campaign.weight * values))
        means = " and ".join(f"{mean:,.4g} ({arm})" for mean, arm in zip(wx / w, campaign.arms, strict=True))
        p_value = arms_by_values(values=values, arm=campaign.arm, weight=campaign.weight, arms=arms)
        return BalanceTest(check=f"balance of {name}", p_value=p_value, message=f"the mean of `{name}` is {means}")
    code = values.astype(np.int64)
    words = int(code.max()) + 1
    if drawn:
        p_value = weights_by_groups(weight=campaign.weight, arm=campaign.arm, group=code, arms=arms, groups=words)
    else:
        count = np.bincount(code * arms + campaign.arm, minlength=words * arms).reshape(words, arms)
        p_value = arms_by_groups(count=count.astype(np.float64))
    return BalanceTest(
        check=f"balance of {name}", p_value=p_value, message=f"the arms have other shares of the values of `{name}`"
    )


def _most_uneven(count: Array, arms: tuple[str, ...]) -> str:
    """The arm whose share differs most between groups, with its least and largest share."""
    share = count / count.sum(axis=1, keepdims=True)
    low, high = share.min(axis=0), share.max(axis=0)
    at = int(np.argmax(high - low))
    return f"{arms[at]!r} is {low[at]:.0%} of the customers in one and {high[at]:.0%} in another"
