"""Conversion of fitters of the archived package lifetimes to kundkarriar's models, and back.

This is the only file that imports lifetimes, and only to make a fitter: the import takes half a second, silences every
FutureWarning of the process and switches off a warning of pandas. Both are restored. Reading a fitter imports nothing,
because its owner has imported lifetimes.
"""

import warnings
from types import ModuleType
from typing import Any

import pandas as pd
from attrs import asdict, fields_dict

from kundkarriar.errors import CapabilityError, DataError, law_and_hint, warn
from kundkarriar.models.bgbb import FittedBGBB
from kundkarriar.models.bgnbd import FittedBGNBD
from kundkarriar.models.families.fitted_purchases import FittedPurchases
from kundkarriar.models.gamma_gamma import FittedGammaGamma
from kundkarriar.models.interface.argument_checks import known_period
from kundkarriar.models.mbgnbd import FittedMBGNBD
from kundkarriar.models.pareto_nbd import FittedParetoNBD
from kundkarriar.summaries.discrete_time.calendar_steps import calendar_step

FITTERS: dict[str, Any] = {
    "BetaGeoFitter": FittedBGNBD,
    "ModifiedBetaGeoFitter": FittedMBGNBD,
    "ParetoNBDFitter": FittedParetoNBD,
    "GammaGammaFitter": FittedGammaGamma,
    "BetaGeoBetaBinomFitter": FittedBGBB,
}
"""Class of a fitter in lifetimes, and of the fitted model here; of a user's subclass the likelihood may be another."""


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
    kind = fitter if isinstance(fitter, type) else type(fitter)
    name, unit = kind.__name__, {}
    if kind.__module__.split(".")[0] != "lifetimes" or name not in FITTERS:
        raise CapabilityError.because(
            f"`fitter` must be a fitter of the package lifetimes, got {kind.__module__}.{kind.__qualname__}.",
            hint=f"pass a fitted {', '.join(FITTERS)}; of other packages copy the numbers: "
            "kk.FittedBGNBD(params=kk.BGNBDParams(r=..., alpha=..., a=..., b=...), period=...).",
        )
    params = _params(fitter, name)
    if field := _unit_of(FITTERS[name]):
        if period is None:
            raise DataError.because(
                f"`period` must be told: a {name} does not know in what it counts.",
                hint='write period="D" where the summary was made with freq="D", lifetimes\' default; of a '
                'BetaGeoBetaBinomFitter the time from one opportunity to the next, period="Y".',
            )
        known_period.read(period, "period") if field == "period" else calendar_step(period, name="period")
        unit = {field: period}
    if penalty := getattr(fitter, "penalizer_coef", 0.0):
        warn(
            f"from_lifetimes: this {name} was fitted with penalizer_coef={penalty}: its parameters are pulled "
            "towards 0, by an amount that hangs on the unit they are in, and are not those of the greatest "
            f"likelihood. {_own_fit(name)} needs no penalty."
        )
    return FITTERS[name](params=params, **unit)


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
    name = next((name for name, model in FITTERS.items() if model is type(fitted)), None)
    if name is None:
        raise CapabilityError.because(
            f"`fitted` must be a model that lifetimes has a fitter for, got {type(fitted).__name__}.",
            hint=f"to_lifetimes takes {', '.join(model.__name__ for model in FITTERS.values())}; fit a spec first.",
        )
    if isinstance(fitted, FittedPurchases) and fitted.effects.columns:
        raise CapabilityError.because(
            f"lifetimes knows no covariates, and this {type(fitted).__name__} has {list(fitted.effects.columns)}.",
            hint=f"fit one without: {_own_fit(name)}.",
        )
    if isinstance(fitted, FittedGammaGamma) and (fitted.counts_first_orders or fitted.effects.columns):
        raise CapabilityError.because(
            "lifetimes' GammaGammaFitter knows neither first orders nor covariates, and this FittedGammaGamma does.",
            hint="fit one without: kk.GammaGamma().fit(summary).",
        )
    fitter, values = getattr(_lifetimes(), name)(), asdict(fitted.params)
    fitter.params_ = pd.Series({theirs: values[ours] for theirs, ours in _parameters(name).items()})
    if _unit_of(type(fitted)) == "period":  # as its own `fit` does, for customer_lifetime_value
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    return fitter


def _parameters(name: str) -> dict[str, str]:
    """Names of parameters in lifetimes, in their order, to those here."""
    ours = list(fields_dict(FITTERS[name].params_type))
    return {"p": "p", "q": "q", "v": "gamma"} if name == "GammaGammaFitter" else dict(zip(ours, ours, strict=True))


def _unit_of(model: type) -> str | None:
    """The field of a model that holds its unit of time."""
    return next((unit for unit in ("period", "every") if unit in fields_dict(model)), None)


def _own_fit(name: str) -> str:
    return f"kk.{FITTERS[name].__name__.removeprefix('Fitted')}().fit(summary)"


def _params(fitter: Any, name: str) -> Any:
    """The fitter's parameters as those of the model here."""
    if isinstance(fitter, type) or getattr(fitter, "params_", None) is None:
        raise DataError.because(
            f"from_lifetimes needs a fitted {name}; this one has no `params_` yet.",
            hint=f"call fitter.fit(...) first, or fit our own model, which needs no lifetimes: {_own_fit(name)}.",
        )
    values, names = dict(fitter.params_), _parameters(name)
    if set(values) != set(names):
        raise DataError.because(
            f"a {name} has the parameters {list(names)}, this one {list(values)}.",
            hint="models with covariates or of other packages cannot be read; fit our own model.",
        )
    try:
        return FITTERS[name].params_type(**{ours: values[theirs] for theirs, ours in names.items()})
    except (TypeError, ValueError) as error:
        raise DataError.because(
            f"this {name} ended at parameters that are none: {law_and_hint(error)[0]}",
            hint=f"lifetimes may stop anywhere; fit our own model: {_own_fit(name)}.",
        ) from error


def _lifetimes() -> ModuleType:
    """The package lifetimes, imported without lasting effects on warnings and pandas options."""
    chained = "mode.chained_assignment"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with pd.option_context(chained, pd.get_option(chained)):
                import lifetimes  # noqa: PLC0415 - slow, and with effects on the whole process
        except Exception as error:
            raise CapabilityError.because(
                f"the package lifetimes cannot be imported here: {type(error).__name__}: {error}.",
                hint='pip install "lifetimes>=0.11.3"; it is archived, and may not keep up with the pandas or scipy '
                "installed beside it. Nothing else of kundkarriar imports it.",
            ) from error
    module: ModuleType = lifetimes
    return module
