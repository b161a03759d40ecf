"""The likelihood-ratio test of a model nested in another."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from attrs import asdict, evolve, frozen

from kundkarriar.errors import CapabilityError, DataError
from kundkarriar.models.families.fitted_cnbd import FittedCNBD
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.families.purchase_family import PurchaseFamily
from kundkarriar.models.families.row_predictions import RowPredictions
from kundkarriar.numerics.optimize.model_comparison import p_value

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
    for argument, model in (("smaller", smaller), ("larger", larger)):
        _refuse_unfitted(model, argument)
    at_edge = _nested_at_edge(smaller, larger)
    _refuse_other_data(smaller, larger)
    statistic = max(2.0 * (_log_likelihood(larger) - _log_likelihood(smaller)), 0.0)
    extra = (len(larger.free_parameters()) - len(smaller.free_parameters())) * len(larger.laws)
    degrees = f"{extra} degree{'' if extra == 1 else 's'} of freedom"
    null = f"chi-square with {degrees}."
    if at_edge and larger.older is not None:
        at_edge = False
        both = f"{smaller.family.name} lies at the edge of both laws of the larger model"
        null = f"{null[:-1]}: {both}, so that p_value is an upper bound."
    if at_edge:
        bound = ", where the rest has no meaning: p_value is an upper bound" if extra > 1 else ""
        null = f"chi-squares with {extra - 1} and {degrees}, half and half: {smaller.family.name} lies at the edge of "
        null += f"the larger model, one parameter at 0{bound}."
    return LikelihoodRatio(
        smaller=name_of(smaller),
        larger=name_of(larger),
        statistic=statistic,
        degrees_of_freedom=extra,
        p_value=p_value(statistic, extra=extra, at_edge=at_edge),
        null=null,
    )


def _log_likelihood(model: FittedPurchases) -> float:
    return float(np.nan if model.greatest_log_likelihood is None else model.greatest_log_likelihood)


def name_of(fitted: FittedPurchases) -> str:
    """The name in messages, with k of a model of regular buying and the covariates."""
    stages, columns = asdict(fitted.params).get("k"), fitted.effects.columns
    name = fitted.family.name if stages is None else f"{fitted.family.name}-{stages}"
    return f"{name} with {', '.join(columns)}" if columns else name


def is_maximum(fitted: FittedPurchases) -> bool:
    """Whether the maximum of the likelihood is known; a penalty on coefficients moves a fit elsewhere.

    Of newcomers beside a law of older customers it is, though their parameters are shrunk.
    """
    reports = [law.report for law in fitted.laws.values()]
    return all(
        report.boundary is not None
        or report.prior is not None
        or max(map(abs, report.slope), default=0.0) <= MAX_GRADIENT * report.n_customers
        for report in reports
    )


def same_log_likelihood(first: float, second: float) -> bool:
    """Whether two computations of a log-likelihood agree."""
    return bool(np.isclose(first, second, rtol=LOGLIK_RTOL, atol=0.0))


def _refuse_unfitted(model: Any, argument: str) -> None:
    """Refuse what is not a maximum-likelihood fit."""
    if not isinstance(model, FittedPurchases):
        name = model.__name__ if isinstance(model, type) else type(model).__name__
        raise CapabilityError.because(
            f"`{argument}` must be a fitted model of repeat buying, got {name}.",
            hint="kk.likelihood_ratio(kk.NBD().fit(summary), kk.BGNBD().fit(summary)).",
        )
    given = not model.report.fitted
    if given or not is_maximum(model):
        how = "its parameters were given" if given else "a penalty moved it"
        spec = f"kk.{type(model).__name__.removeprefix('Fitted')}().fit(summary)."
        raise DataError.because(
            f"`{argument}` must be a fit of the greatest likelihood; {name_of(model)} is none: {how}.",
            hint=spec if given else "fit it with kk.Covariates(..., l2=0.0).",
        )


def _nested_at_edge(smaller: FittedPurchases, larger: FittedPurchases) -> bool:
    """Whether the smaller model is nested at the boundary of the larger (True) or in its interior (False)."""
    fewer = _coefficients(smaller) < _coefficients(larger)
    if smaller.family == larger.family and fewer:
        return False
    if smaller.family in tuple(_nested_families(larger.family)) and _coefficients(smaller) <= _coefficients(larger):
        return True
    others = "compare their aic: kk.compare_models([...], summary)."
    if smaller.family != larger.family and any(isinstance(m, FittedCNBD) for m in (smaller, larger)):
        raise CapabilityError.because(
            f"{NEED} does not test models of regular buying, here {name_of(smaller)} against {name_of(larger)}: k is a "
            "whole number, and of such a step no chi-square tells how often chance takes it.",
            hint=others,
        )
    raise CapabilityError.because(
        f"{NEED} tests a model inside another; {name_of(smaller)} does not lie inside {name_of(larger)}.",
        hint=f"the smaller one stands first; where neither lies inside the other, {others}",
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


def _same_data(smaller: RowPredictions, larger: RowPredictions) -> bool:
    """Whether two laws were fitted to the same customers."""
    one, other = smaller.report, larger.report
    same = (smaller.period, one.season, one.n_customers) == (larger.period, other.season, other.n_customers)
    for model, partner in ((smaller, larger), (larger, smaller)):
        rows, own, labels = partner.report.distinct_rows, model.effects.labels, partner.effects.labels
        if same and rows is not None and set(own) <= set(labels):
            columns = rows.covariates[:, [labels.index(label) for label in own]]
            now = model.log_likelihood_of_rows(evolve(rows, covariates=columns))
            same = same_log_likelihood(now, float(model.report.log_likelihood or np.nan))
    return same


def _refuse_other_data(smaller: FittedPurchases, larger: FittedPurchases) -> None:
    """Refuse fits of different customers.

    Models read back from a dict have no rows: then their period, season and number of customers are compared.
    """
    if (smaller.older is None) != (larger.older is None):
        one, two = (name_of(each) for each in sorted((smaller, larger), key=lambda model: model.older is not None))
        raise CapabilityError.because(
            f"{NEED} compares models of as many laws: {two} has one of newcomers and one of customers older than the "
            f"data, {one} has one of all.",
            hint="compare their aic: kk.compare_models([...], summary).",
        )
    pairs: list[tuple[RowPredictions, RowPredictions]] = [(smaller, larger)]
    if smaller.older is not None and larger.older is not None:
        pairs.append((smaller.older, larger.older))
    if not all(_same_data(*pair) for pair in pairs):
        raise DataError.because(
            f"{NEED} compares fits of the same data: {name_of(smaller)} saw {smaller.n_customers:,} customers"
            f' in "{smaller.period}", {name_of(larger)} {larger.n_customers:,} in "{larger.period}", and they are '
            "not the same.",
            hint="fit both to one summary.",
        )
