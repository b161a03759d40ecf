"""Checks of an experiment: its randomisation, what was known before, and which effects it could see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import Any

from attrs import frozen
from scipy.special import ndtri

from kundkarriar.experiments.effect_table import NO_SCATTER, Effects
from kundkarriar.experiments.experiment_spec import ExperimentSpec
from kundkarriar.experiments.randomisation import BalanceTest
from kundkarriar.frames import new_frame, text_column
from kundkarriar.numerics.experiments.arm_sums import ArmSums
from kundkarriar.numerics.experiments.cuped import LEAST_SHARE
from kundkarriar.numerics.planning.power import visible_at_error

SUSPECT_BELOW = 0.01
"""Probability below which a difference between arms is pointed out, though chance may do it."""
NOT_TESTED = "not tested: by=, before= and balance= name what was known before treatment, and none was named"
NO_WINDOW = (
    "not stated: window= says over which span the outcome was observed; without it effect() treats for 3 months from "
    "each contact, as kk.Effect does, unless lasts= says otherwise"
)
TEXTS = ("check", "severity", "message")


@frozen(kw_only=True)
class _Check:
    """One check; a failed one is a warning, as `fit` refuses what is an error."""

    check: str
    passed: bool
    informative: bool = True
    severity: str = "warning"
    value: float = float("nan")
    limit: float = float("nan")
    message: str


def experiment_checks(
    sums: ArmSums,
    *,
    experiment: ExperimentSpec,
    arms: Sequence[str],
    tests: Sequence[BalanceTest],
    theta: float,
    rho: float,
    like: Any,
) -> Any:
    """The checks, one row each. See `FittedExperiment.checks`."""
    made = [*map(_of_balance, tests)]
    if not tests:
        made.append(_Check(check="balance", passed=True, informative=False, message=NOT_TESTED))
    if experiment.before is not None:
        made.append(_outcome_before(experiment, theta=theta, rho=rho))
    if experiment.window is None:
        made.append(_Check(check="window", passed=True, informative=False, message=NO_WINDOW))
    made += _scatter(sums, arms=arms, outcome=experiment.outcome)
    made += _visible(sums, arms=arms, experiment=experiment)
    names = ("check", "passed", "informative", "severity", "value", "limit", "message")
    columns: dict[str, Any] = {name: [getattr(each, name) for each in made] for name in names}
    return new_frame(columns | {name: text_column(columns[name], like=like) for name in TEXTS}, like=like)


def _of_balance(test: BalanceTest) -> _Check:
    return _Check(
        check=test.check,
        passed=test.p_value >= SUSPECT_BELOW,
        value=test.p_value,
        limit=SUSPECT_BELOW,
        message=f"{test.message} (p = {test.p_value:.2g})",
    )


def _outcome_before(experiment: ExperimentSpec, *, theta: float, rho: float) -> _Check:
    used = f"that share is taken out of it, theta = {theta:.4g}" if theta else "too little to be taken out"
    return _Check(
        check="outcome before",
        passed=True,
        informative=bool(theta),
        value=rho**2,
        limit=LEAST_SHARE,
        message=f"`{experiment.before}` explains {rho**2:.1%} of the variance of `{experiment.outcome}`: {used}",
    )


def _scatter(sums: ArmSums, *, arms: Sequence[str], outcome: str) -> Iterator[_Check]:
    """A failed check for each arm in which all customers have the same outcome."""
    everyone = sums.over_groups()
    for arm, alike, mean, rows in zip(arms, everyone.alike, everyone.mean, everyone.rows, strict=True):
        if alike:
            yield _Check(
                check=f"scatter of {arm}",
                passed=False,
                value=0.0,
                message=f"all {rows:,.0f} customers of {arm!r} have {mean:.4g} in `{outcome}`: how much it scatters is "
                "not shown",
            )


def _visible(sums: ArmSums, *, arms: Sequence[str], experiment: ExperimentSpec) -> Iterator[_Check]:
    """For each arm whether its effect is told from 0, beside the effect that such a comparison mostly finds."""
    effects, everyone = Effects.of(sums, outcome_is=experiment.outcome_is), sums.over_groups()
    width = float(ndtri((1 + experiment.level) / 2))
    for at, arm in enumerate(arms[1:]):
        found, error = float(effects.everyone[at]), float(effects.error[at])
        visible, low, high = float(visible_at_error(effects.error[at])), found - width * error, found + width * error
        sizes = f"{everyone.rows[at + 1]:,.0f} customers of {arm!r} and {everyone.rows[0]:,.0f} of {arms[0]!r}"
        shown = f"show an effect of {visible:.3g} on `{experiment.outcome}` with a chance of 80%"
        told = f"found {found:.3g} ({low:.3g} to {high:.3g})"
        yield _Check(
            check=f"visible effect of {arm}",
            passed=low > 0 or high < 0,
            value=abs(found),
            limit=visible,
            message=f"{sizes} differ by {found:.3g}: {NO_SCATTER}" if isnan(error) else f"{sizes} {shown}; {told}",
        )
