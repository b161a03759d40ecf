"""The likelihood-ratio test of a model nested in another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import asdict, evolve, frozen

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.families.fitted_cnbd import FittedCNBD
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.numerics.optimize.model_comparison import p_value
from kundkarriar.summaries.purchase_rows import PurchaseRows

NEED = "likelihood_ratio"
LOGLIK_RTOL = 1e-8
"""Relative tolerance of two computations of one log-likelihood."""
MAX_GRADIENT = 1e-5
"""Where the gradient per customer is larger, the fit is no maximum of the likelihood: a penalty moved it."""


@frozen(kw_only=True)
class LikelihoodRatio:
    """The result of a likelihood-ratio test.

    Attributes:
        smaller, larger: the two models.
        statistic: twice the gain in log-likelihood, at least 0.
        degrees_of_freedom: number of parameters of the larger model minus that of the smaller.
        p_value: the probability of this statistic or a larger one if the smaller model is true, or an upper bound of
            it.
        null: the distribution of the statistic if the smaller model is true, as a sentence.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> kk.likelihood_ratio(kk.NBD().fit(summary), kk.BGNBD().fit(summary)).null
    'chi-squares with 1 and 2 degrees of freedom, half and half: NBD lies at the edge of the larger model, one \
parameter at 0, where the rest has no meaning: p_value is an upper bound.'
    """

    smaller: str
    larger: str
    statistic: float
    degrees_of_freedom: int
    p_value: float
    null: str


def likelihood_ratio(smaller: Any, larger: Any) -> LikelihoodRatio:
    """The likelihood-ratio test of a model against a larger one in which it is nested.

    NBD lies at the boundary of the models with dropout: no dropout is a probability of 0, which cannot be estimated
    below 0. There the statistic is not chi-square; `null` names the distribution used instead. It gives a bound, so
    that `p_value` is too large rather than too small. (Of 400 simulated bases of 2,357 NBD customers,
    2.5 % came out below .05 against BG/NBD and 3.8 % against MBG/NBD.)

    Args:
        smaller: a fitted model nested in the larger one.
        larger: a model fitted to the same customers: with dropout around NBD, with ageing around Pareto/NBD, with
            covariates around the same model without them or with fewer.

    Raises:
        CapabilityError: neither is nested in the other, or one is a model of regular buying, whose k is a whole number.
            Compare these by `aic`: `kk.compare_models`.
        DataError: parameters were given, a fit was penalised, or the two were fitted to different data.

    >>> import kundkarriar as kk
    >>> summary = kk.summarize(kk.datasets.load_cdnow(sample=True), as_of="1997-09-30")
    >>> test = likelihood_ratio(kk.NBD().fit(summary), kk.MBGNBD().fit(summary))
    >>> round(test.statistic, 2), test.degrees_of_freedom, test.p_value < 1e-6
    (363.04, 2, True)
    """
    for model in (smaller, larger):
        _refuse_unfitted(model)
    at_edge = _nested_at_edge(smaller, larger)
    _refuse_other_data(smaller, larger)
    gain = _log_likelihood(larger) - _log_likelihood(smaller)
    extra = len(larger.free_parameters()) - len(smaller.free_parameters())
    statistic = max(2.0 * gain, 0.0)
    return LikelihoodRatio(
        smaller=name_of(smaller),
        larger=name_of(larger),
        statistic=statistic,
        degrees_of_freedom=extra,
        p_value=p_value(statistic, extra=extra, at_edge=at_edge),
        null=_null(smaller.family.name, extra) if at_edge else f"chi-square with {_degrees(extra)}.",
    )


def _log_likelihood(model: FittedPurchases) -> float:
    return float(np.nan if model.report.log_likelihood is None else model.report.log_likelihood)


def _null(name: str, extra: int) -> str:
    mixture = f"chi-squares with {extra - 1} and {_degrees(extra)}, half and half"
    bound = ", where the rest has no meaning: p_value is an upper bound" if extra > 1 else ""
    return f"{mixture}: {name} lies at the edge of the larger model, one parameter at 0{bound}."


def _degrees(count: int) -> str:
    return f"{count} degree of freedom" if count == 1 else f"{count} degrees of freedom"


def name_of(fitted: FittedPurchases) -> str:
    """The name in messages, with k of a model of regular buying and the covariates."""
    stages, columns = asdict(fitted.params).get("k"), fitted.effects.columns
    name = fitted.family.name if stages is None else f"{fitted.family.name}-{stages}"
    return f"{name} with {', '.join(columns)}" if columns else name


def is_maximum(fitted: FittedPurchases) -> bool:
    """Whether the fit is a maximum of the likelihood; a penalty on coefficients moves it elsewhere."""
    report = fitted.report
    largest_gradient = max(map(abs, report.slope), default=0.0)
    return report.boundary is not None or largest_gradient <= MAX_GRADIENT * report.n_customers


def same_log_likelihood(first: float, second: float) -> bool:
    """Whether two computations of a log-likelihood agree."""
    return bool(np.isclose(first, second, rtol=LOGLIK_RTOL, atol=0.0))


def _refuse_unfitted(model: Any) -> None:
    """Refuse what is not a maximum-likelihood fit.

    Raises:
        CapabilityError: not a fitted model of repeat buying.
        DataError: its parameters were given, or moved by a penalty.
    """
    if not isinstance(model, FittedPurchases):
        name = model.__name__ if isinstance(model, type) else type(model).__name__
        raise CapabilityError.because(
            f"{NEED} takes two fitted models of repeat buying, got {name}.",
            hint="kk.likelihood_ratio(kk.NBD().fit(summary), kk.BGNBD().fit(summary)).",
        )
    if not model.report.fitted:
        raise DataError.because(
            f"{NEED} tests fits; the parameters of {name_of(model)} were given.",
            hint=f"kk.{type(model).__name__.removeprefix('Fitted')}().fit(summary).",
        )
    if not is_maximum(model):
        raise DataError.because(
            f"{NEED} tests fits of the greatest likelihood; a penalty moved that of {name_of(model)}.",
            hint="fit it with kk.Covariates(..., l2=0.0).",
        )


def _nested_at_edge(smaller: FittedPurchases, larger: FittedPurchases) -> bool:
    """Whether the smaller model is nested at the boundary of the larger (True) or in its interior (False).

    Raises:
        CapabilityError: it is not nested in it.
    """
    fewer = _coefficients(smaller) < _coefficients(larger)
    if smaller.family == larger.family and fewer:
        return False
    if smaller.family in tuple(_nested_families(larger.family)) and (fewer or not _coefficients(smaller)):
        return True
    if smaller.family != larger.family and any(isinstance(m, FittedCNBD) for m in (smaller, larger)):
        raise CapabilityError.because(
            f"{NEED} does not test models of regular buying, here {name_of(smaller)} against {name_of(larger)}: k is a "
            "whole number, and of such a step no chi-square tells how often chance takes it.",
            hint="compare their aic: kk.compare_models([...], summary).",
        )
    raise CapabilityError.because(
        f"{NEED} tests a model inside another; {name_of(smaller)} does not lie inside {name_of(larger)}.",
        hint="the smaller one stands first; where neither lies inside the other, compare their aic: "
        "kk.compare_models([...], summary).",
    )


def _coefficients(model: FittedPurchases) -> set[str]:
    """Names of coefficients; two coefficients of a column include the nested case of one for both rates."""
    names = set(model.effects.coefficients())
    labels = {name.partition(":")[2] for name in names if name.startswith("purchase:")}
    return names | {f"both:{label}" for label in labels if f"dropout:{label}" in names}


def _nested_families(family: PurchaseFamily) -> Iterator[PurchaseFamily]:
    """All families nested in one, at any depth."""
    for nested in family.nested:
        yield nested.family
        yield from _nested_families(nested.family)


def _refuse_other_data(smaller: FittedPurchases, larger: FittedPurchases) -> None:
    """Refuse fits of different customers.

    Models read back from a dict have no rows: then their period, season and number of customers are compared.

    Raises:
        DataError: another period, season or number of customers, or another likelihood of the other model's customers.
    """
    one, other = smaller.report, larger.report
    same = (smaller.period, one.season, one.n_customers) == (larger.period, other.season, other.n_customers)
    for model, partner in ((smaller, larger), (larger, smaller)):
        rows = _rows_for(model, partner)
        if same and rows is not None:
            log_likelihood = float(
                np.sum(rows.weights * model.family_with_effects.log_likelihood(rows, model.free_parameters()))
            )
            same = same_log_likelihood(log_likelihood, _log_likelihood(model))
    if not same:
        raise DataError.because(
            f"{NEED} compares fits of the same data: {name_of(smaller)} saw {smaller.n_customers:,} customers"
            f' in "{smaller.period}", {name_of(larger)} {larger.n_customers:,} in "{larger.period}", and they are '
            "not the same.",
            hint="fit both to one summary.",
        )


def _rows_for(model: FittedPurchases, partner: FittedPurchases) -> PurchaseRows | None:
    """The rows that `partner` was fitted to, with the covariates of `model`; None where they lack one."""
    rows: PurchaseRows | None = partner.report.distinct_rows
    labels = partner.effects.labels
    if rows is None or not set(model.effects.labels) <= set(labels):
        return None
    return evolve(rows, covariates=rows.covariates[:, [labels.index(label) for label in model.effects.labels]])
