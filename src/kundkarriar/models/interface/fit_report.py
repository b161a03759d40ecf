"""The report of a fit: log-likelihood, customers used, boundary, and the likelihood's quadratic approximation."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import Attribute, field, fields, frozen
from attrs.validators import optional

from kundkarriar.arguments import FINITE, MOST, POSITIVE, Text, WholeNumber, refusal, to_float, to_floats
from kundkarriar.dates.period import is_day
from kundkarriar.engines.frame_kinds import kind_field
from kundkarriar.fields import as_floats, instance_of
from kundkarriar.models.interface.older_test import OlderTest
from kundkarriar.models.uncertainty.normal_prior import NormalPrior
from kundkarriar.season.season import is_key
from kundkarriar.stored_forms import LATER, NOT_WRITTEN


def _rows(given: Any) -> Any:
    rows = to_floats(given)
    return tuple(map(to_floats, rows)) if isinstance(rows, tuple) else rows


CUSTOMERS = WholeNumber(least=0, most=MOST)
TAKE = "take the report of a fit: fitted.report."
FOUND = ("log_likelihood", "n_customers", "centre")
"""Fields that every fit fills."""
LIMITS = {"centre": 300.0, "slope": MOST}
"""Largest unconstrained parameter, a logarithm or an effect per spread of its column, and largest gradient."""
TOLERANCE = 1e-9
"""Relative difference up to which the information counts as symmetric."""
MAX_GRADIENT = 1e-5
"""Largest gradient per customer that counts as 0."""
DROPOUT_OPEN = ("no dropout identifiable", "leaving is not identifiable")
"""What every sentence of a boundary says that leaves it open whether anybody leaves."""
FEW = 50
"""Fewer customers than this leave parameters rough, also where each is identified."""


@frozen(kw_only=True, repr=False)
class FitReport:
    """The report of a fit; `GIVEN` where parameters were typed in instead.

    It keeps the quadratic approximation of the log-likelihood in the unconstrained parameters: its `centre`, its
    gradient there (`slope`) and its negative Hessian there (`information`). The centre is the maximum, where the
    gradient is zero. At a boundary, where the likelihood has no interior maximum, the centre is the maximum of
    likelihood times `WeakPrior()`.

    Attributes:
        fitted: True after a fit, False for parameters that were typed in; then nothing else is known.
        log_likelihood: at the fitted parameters; None without a fit.
        n_customers: number of customers used.
        prospects: number of customers left out because they never bought.
        unknown: number of customers left out because their first purchase may lie before the data (models of
            opportunities).
        unpriced: number of repeat buyers left out because their spend is not above 0 (spend models).
        boundary: None, or a sentence that says what is not identifiable and which model to use.
        converged: whether the search ended at a maximum or at a named boundary.
        scale: the unit of time or money in the unconstrained parameters: the median T, the median order value.
        centre, slope, information: the quadratic approximation: its centre (k,), gradient (k,) and negative Hessian
            (k, k), which is symmetric, without a boundary regular, and where the gradient is zero positive definite.
        season: key of the season that warped the summary's time; None for calendar time.
        as_of: the last day of the data, "1997-09-30"; None where the table does not say it (and for spend models).
        older_test: whether customers older than the data have a law of their own; None where none are marked. With
            two laws the report is of the newcomers alone, at the maximum of likelihood times `prior`.
        distinct_rows: the distinct rows of the data, from which posteriors and profiles recompute the likelihood. They
            are neither compared nor stored by `to_dict`.
        frame_kind: the kind of frame that the data were in, of which the model's tables are; not compared.

    >>> GIVEN.fitted, GIVEN.boundary
    (False, None)
    """

    stored_as = "fit report"
    fitted: bool = field(default=False, validator=instance_of(bool))
    log_likelihood: float | None = field(default=None, converter=to_float, validator=optional(FINITE))
    n_customers: int = field(default=0, validator=CUSTOMERS)
    prospects: int = field(default=0, validator=CUSTOMERS)
    unknown: int = field(default=0, validator=CUSTOMERS)
    unpriced: int = field(default=0, validator=CUSTOMERS)
    boundary: str | None = field(default=None, validator=optional(Text()))
    converged: bool = field(default=False, validator=instance_of(bool))
    scale: float = field(default=1.0, converter=to_float, validator=POSITIVE)
    centre: tuple[float, ...] = field(default=(), converter=to_floats)
    slope: tuple[float, ...] = field(default=(), converter=to_floats)
    information: tuple[tuple[float, ...], ...] = field(default=(), converter=_rows)
    season: str | None = field(default=None, validator=optional(Text()))
    as_of: str | None = field(default=None, validator=optional(is_day), metadata=LATER)
    older_test: OlderTest | None = field(default=None, validator=optional(instance_of(OlderTest)), metadata=LATER)
    distinct_rows: Any = field(default=None, eq=False, metadata=NOT_WRITTEN)
    frame_kind: str = kind_field()

    @season.validator
    def _twelve_numbers(self, attribute: Attribute[Any], key: Any) -> None:
        if key is not None and not is_key(key):
            raise refusal(key, attribute.name, law="the key of a season, twelve numbers", hint="take season.key.")

    @centre.validator
    @slope.validator
    @information.validator
    def _of_one_approximation(self, attribute: Attribute[Any], values: Any) -> None:
        k = len(self.centre) if isinstance(self.centre, tuple) else 0
        matrix = attribute.name == "information" and k > 0
        array, shape = as_floats(values), (k, k) if matrix else (k,)
        if not (isinstance(array, np.ndarray) and array.shape == shape and np.isfinite(array).all()):
            raise refusal(values, attribute.name, law=f"finite numbers of shape {shape}, as `centre` says", hint=TAKE)
        if (most := LIMITS.get(attribute.name)) is not None and (wild := array[np.abs(array) > most]).size:
            law = f"numbers from {-most:g} to {most:g}"
            raise refusal(float(wild[0]), attribute.name, law=law, hint=TAKE)
        if matrix and not np.allclose(array, array.T, rtol=TOLERANCE, atol=0.0):
            raise refusal(values, attribute.name, law="symmetric", hint=TAKE)
        if matrix and self.boundary is None and np.linalg.matrix_rank(array) < k:
            hint = "where the data do not identify a parameter, `boundary` says so."
            raise refusal(values, attribute.name, law="regular, for standard errors", hint=hint)
        # a penalty on coefficients moves the centre away from the maximum, and there any curvature may be
        at_maximum = np.abs(self.slope).max(initial=0.0) <= MAX_GRADIENT * self.n_customers
        if matrix and self.boundary is None and at_maximum and not np.linalg.eigvalsh(array).min() > 0:
            raise refusal(values, attribute.name, law="positive definite, as at a maximum", hint=TAKE)

    def __attrs_post_init__(self) -> None:
        """Check that what a fit finds is there after a fit only."""
        for each in fields(FitReport):
            value = getattr(self, each.name)
            if not self.fitted and each.eq and value != each.default:
                raise refusal(value, each.name, law="left out where nothing was fitted", hint=TAKE)
            if self.fitted and value == each.default and each.name in FOUND:
                raise refusal(value, each.name, law="what the fit found", hint=TAKE)

    @property
    def prior(self) -> NormalPrior | None:
        """The prior under which the parameters have the greatest density; None where likelihood alone decided."""
        return None if self.older_test is None else self.older_test.prior

    @property
    def greatest_log_likelihood(self) -> float | None:
        """The greatest log-likelihood of the same customers, by which models are compared."""
        return self.log_likelihood if self.older_test is None or self.prior is None else self.older_test.log_likelihood

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """What makes results of the fit doubtful, as sentences: a boundary, few customers, most of them left out."""
        n, told = self.n_customers, [] if self.boundary is None else [self.boundary]
        few = () if self.older_test is None else self.older_test.weaknesses
        if self.fitted and n < FEW and not (few and self.prior):  # of newcomers beside older customers `few` says so
            told.append(f"fitted to {n} customers, fewer than {FEW}: the parameters are rough.")
        if self.unknown > n:
            told.append(
                f"fitted to {n:,} of {n + self.unknown:,} buyers, because the first purchases of the others may lie "
                "before the data: results hold for customers like the fitted ones; a shorter burn_in fits more."
            )
        return (*told, *few)

    def __repr__(self) -> str:
        if not self.fitted:
            return "FitReport(fitted=False)"
        told = f"customers={self.n_customers:,}, log_likelihood={self.log_likelihood:.4f}"
        return f"FitReport({told}{'' if self.boundary is None else f', boundary={self.boundary!r}'})"


GIVEN = FitReport()
