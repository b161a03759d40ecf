"""Conversion of fitters of the archived package lifetimes to kundkarriar's models, and back.

This is the only file that imports lifetimes, and only to make a fitter: the import takes half a second, silences every
FutureWarning of the process and switches off a warning of pandas. Both are restored. Reading a fitter imports nothing,
because its owner has imported lifetimes.
"""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

from attrs import asdict, frozen

from kundkarriar.dates.period import DAYS
from kundkarriar.errors import CapabilityError, DataError, law_and_hint, warn
from kundkarriar.models.bgbb import FittedBGBB
from kundkarriar.models.bgnbd import FittedBGNBD
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.gamma_gamma import FittedGammaGamma
from kundkarriar.models.mbgnbd import FittedMBGNBD
from kundkarriar.models.pareto_nbd import FittedParetoNBD


@frozen(kw_only=True)
class _Pair:
    """A model's class in lifetimes and here.

    Attributes:
        fitter: name of the class in lifetimes.
        fitted: class of the fitted model here.
        names: names of the parameters in lifetimes, in their order there, to the names here.
        unit: field of the model here that holds the unit of time; None where there is none.
    """

    fitter: str
    fitted: type[Any]
    names: dict[str, str]
    unit: str | None

    def model(self, params: Any, *, period: str | None) -> Any:
        """The model here with these parameters."""
        unit = {} if self.unit is None else {self.unit: period}
        return self.fitted(params=params, **unit)


def _alike(*names: str) -> dict[str, str]:
    return {name: name for name in names}


_PAIRS = (
    _Pair(fitter="BetaGeoFitter", fitted=FittedBGNBD, names=_alike("r", "alpha", "a", "b"), unit="period"),
    _Pair(fitter="ModifiedBetaGeoFitter", fitted=FittedMBGNBD, names=_alike("r", "alpha", "a", "b"), unit="period"),
    _Pair(fitter="ParetoNBDFitter", fitted=FittedParetoNBD, names=_alike("r", "alpha", "s", "beta"), unit="period"),
    _Pair(fitter="GammaGammaFitter", fitted=FittedGammaGamma, names={"p": "p", "q": "q", "v": "gamma"}, unit=None),
    _Pair(
        fitter="BetaGeoBetaBinomFitter",
        fitted=FittedBGBB,
        names=_alike("alpha", "beta", "gamma", "delta"),
        unit="every",
    ),
)


def from_lifetimes(fitter: Any, *, period: str | None = None) -> Any:
    """The kundkarriar model with the parameters of a fitted lifetimes fitter.

    The parameters count as given: `predict` and everything based on it works, but there are no standard errors and no
    posterior. For these, fit a kundkarriar model to the same customers.

    Args:
        fitter: a fitted BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter, GammaGammaFitter or
            BetaGeoBetaBinomFitter.
        period: unit of recency and T in the fit, "D", "W", "M" or "Y": the `freq` of its summary, which lifetimes does
            not store. For a BetaGeoBetaBinomFitter the time from one opportunity to the next, "Y", "M", "4W". Not
            needed for a GammaGammaFitter.

    Returns:
        FittedBGNBD, FittedMBGNBD, FittedParetoNBD, FittedGammaGamma (lifetimes' v is gamma) or FittedBGBB.

    Raises:
        CapabilityError: not one of these fitters, or an instance of a user's subclass.
        DataError: the fitter is not fitted, its parameters are invalid, or `period` is missing.

    Warns:
        DataWarning: the fit was penalised, so the parameters do not maximise the likelihood.

    >>> from kundkarriar import BGNBDParams, FittedBGNBD, to_lifetimes
    >>> paper = FittedBGNBD(params=BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")
    >>> from_lifetimes(to_lifetimes(paper), period="W") == paper
    True
    """
    pair = _pair_of(fitter)
    params = _params(fitter, pair)
    if pair.unit is None:
        _report_penalty(fitter, pair)
        return pair.model(params, period=None)
    if period is None:
        raise DataError.because(
            f"from_lifetimes must be told the unit of time: a {pair.fitter} does not know in what it counts.",
            hint='from_lifetimes(fitter, period="D") where the summary was made with freq="D", lifetimes\' default; of '
            'a BetaGeoBetaBinomFitter the time from one opportunity to the next, period="Y".',
        )
    if pair.unit == "period" and period not in DAYS:
        raise DataError.because(f"`period` must be one of {list(DAYS)}, got {period!r}.", hint='period="W" for weeks.')
    model = pair.model(params, period=period)
    _report_penalty(fitter, pair)
    return model


def to_lifetimes(fitted: Any) -> Any:
    """A lifetimes fitter with the parameters of a fitted kundkarriar model.

    The fitter predicts, but has no data: what lifetimes computes from the fitted customers (`summary`,
    `generate_new_data`, plots without `max_frequency`) is not available. Its unit of time is that of the model; the
    fitter does not store it.

    Args:
        fitted: a FittedBGNBD, FittedMBGNBD, FittedParetoNBD, FittedGammaGamma or FittedBGBB.

    Returns:
        BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter, GammaGammaFitter or BetaGeoBetaBinomFitter.

    Raises:
        CapabilityError: lifetimes has no such model or cannot be imported, or the model has covariates.

    >>> from kundkarriar import FittedMBGNBD, MBGNBDParams
    >>> ours = FittedMBGNBD(params=MBGNBDParams(r=0.525, alpha=6.183, a=0.891, b=1.614), period="W")
    >>> theirs = to_lifetimes(ours)
    >>> float(theirs.conditional_probability_alive(2, 20.0, 39.0)[0].round(3))
    0.506
    """
    pair = next((pair for pair in _PAIRS if pair.fitted is type(fitted)), None)
    if pair is None:
        raise CapabilityError.because(
            f"lifetimes has no fitter for {type(fitted).__name__}.",
            hint=f"to_lifetimes takes {', '.join(pair.fitted.__name__ for pair in _PAIRS)}; fit a spec first.",
        )
    if isinstance(fitted, FittedPurchases) and fitted.effects.columns:
        raise CapabilityError.because(
            f"lifetimes knows no covariates, and this {type(fitted).__name__} has {list(fitted.effects.columns)}.",
            hint=f"fit one without: kk.{type(fitted).__name__.removeprefix('Fitted')}().fit(summary).",
        )
    import pandas as pd  # noqa: PLC0415 - lifetimes keeps parameters in a Series

    fitter = getattr(_lifetimes(), pair.fitter)()
    values = asdict(fitted.params)
    fitter.params_ = pd.Series({theirs: values[ours] for theirs, ours in pair.names.items()})
    if pair.unit == "period":  # as its own `fit` does, for customer_lifetime_value
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    return fitter


def _pair_of(fitter: Any) -> _Pair:
    """The pair of a fitter, by its exact class, because a user's subclass may have another likelihood.

    Raises:
        CapabilityError: not one of the five classes.
    """
    kind = fitter if isinstance(fitter, type) else type(fitter)
    if kind.__module__.split(".")[0] == "lifetimes":
        for pair in _PAIRS:
            if pair.fitter == kind.__name__:
                return pair
    raise CapabilityError.because(
        f"from_lifetimes reads the fitters of the package lifetimes, got {kind.__module__}.{kind.__qualname__}.",
        hint=f"pass a fitted {', '.join(pair.fitter for pair in _PAIRS)}; of other packages copy the numbers: "
        "kk.FittedBGNBD(params=kk.BGNBDParams(r=..., alpha=..., a=..., b=...), period=...).",
    )


def _params(fitter: Any, pair: _Pair) -> Any:
    """The fitter's parameters as those of the model here.

    Raises:
        DataError: the fitter has no parameters, unexpected ones, or values out of range.
    """
    if isinstance(fitter, type) or getattr(fitter, "params_", None) is None:
        raise DataError.because(
            f"from_lifetimes needs a fitted {pair.fitter}; this one has no `params_` yet.",
            hint="call fitter.fit(...) first, or fit our own model, which needs no lifetimes: "
            f"kk.{pair.fitted.__name__.removeprefix('Fitted')}().fit(summary).",
        )
    values = dict(fitter.params_)
    if set(values) != set(pair.names):
        raise DataError.because(
            f"a {pair.fitter} has the parameters {list(pair.names)}, this one {list(values)}.",
            hint="models with covariates or of other packages cannot be read; fit our own model.",
        )
    try:
        return pair.fitted.params_type(**{ours: values[theirs] for theirs, ours in pair.names.items()})
    except (TypeError, ValueError) as error:
        raise DataError.because(
            f"this {pair.fitter} ended at parameters that are none: {law_and_hint(error)[0]}",
            hint="lifetimes may stop anywhere; fit our own model: "
            f"kk.{pair.fitted.__name__.removeprefix('Fitted')}().fit(summary).",
        ) from error


def _report_penalty(fitter: Any, pair: _Pair) -> None:
    """Warn if the fit was penalised."""
    penalty = getattr(fitter, "penalizer_coef", 0.0)
    if penalty:
        warn(
            f"from_lifetimes: this {pair.fitter} was fitted with penalizer_coef={penalty}: its parameters are pulled "
            "towards 0, by an amount that hangs on the unit they are in, and are not those of the greatest "
            f"likelihood. kk.{pair.fitted.__name__.removeprefix('Fitted')}().fit(summary) needs no penalty."
        )


def _lifetimes() -> ModuleType:
    """The package lifetimes, imported without lasting effects on warnings and pandas options.

    Raises:
        CapabilityError: the import fails.
    """
    import pandas as pd  # noqa: PLC0415 - only to put back what the import changes

    chained = "mode.chained_assignment"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            before = pd.get_option(chained)
            try:
                import lifetimes  # noqa: PLC0415 - slow, and with effects on the whole process
            finally:
                pd.set_option(chained, before)
        except Exception as error:
            raise CapabilityError.because(
                f"the package lifetimes cannot be imported here: {type(error).__name__}: {error}.",
                hint='pip install "lifetimes>=0.11.3"; it is archived, and may not keep up with the pandas or scipy '
                "installed beside it. Nothing else of kundkarriar imports it.",
            ) from error
    module: ModuleType = lifetimes
    return module
