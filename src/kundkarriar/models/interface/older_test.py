"""`OlderTest`: whether customers older than the data follow a law of their own."""

from attrs import field, frozen
from attrs.validators import optional

from kundkarriar.arguments import FINITE, MOST, NOT_NEGATIVE, WholeNumber, refusal, to_float
from kundkarriar.fields import instance_of
from kundkarriar.models.uncertainty.normal_prior import NormalPrior
from kundkarriar.numerics.optimize.model_comparison import critical_value

CUSTOMERS = WholeNumber(least=0, most=MOST)
MISTAKEN = 0.001
"""Probability of two laws where there is one."""
ROUGH = 100
"""Fewer repeat buyers than this leave the newcomers' law rough."""


@frozen(kw_only=True)
class OlderTest:
    """The likelihood-ratio test of two laws of traits, of customers older than the data and of newcomers, against one.

    Attributes:
        older: number of customers who may be older than the data.
        repeat_buyers: number of the others who bought again.
        parameters: number of parameters of one law, the degrees of freedom.
        statistic: twice the gain in log-likelihood of two laws; None where too few of the older bought again to try.
        log_likelihood: the greatest log-likelihood of the newcomers, where two laws were fitted: their parameters are
            shrunk from it towards those of everybody.
        prior: the normal prior on the newcomers' unconstrained parameters, centred at those of everybody; None where
            one law was fitted.

    >>> OlderTest(older=500, repeat_buyers=300, parameters=4, statistic=25.0).two_laws
    True
    """

    older: int = field(validator=CUSTOMERS)
    repeat_buyers: int = field(validator=CUSTOMERS)
    parameters: int = field(validator=WholeNumber(least=1, most=1000))
    statistic: float | None = field(default=None, converter=to_float, validator=optional(NOT_NEGATIVE))
    log_likelihood: float | None = field(default=None, converter=to_float, validator=optional(FINITE))
    prior: NormalPrior | None = field(default=None, validator=optional(instance_of(NormalPrior)))

    def __attrs_post_init__(self) -> None:
        """Check that two laws, and only they, have a prior and a greatest log-likelihood."""
        several = self.prior is not None
        if several != (self.log_likelihood is not None) or (several and not self.two_laws):
            law = "given with `log_likelihood`, where the statistic exceeds its limit"
            raise refusal(self.prior, "prior", law=law, hint="take the test of a fit: fitted.report.older_test.")

    @property
    def limit(self) -> float:
        """The statistic above which two laws are fitted, which one law exceeds once in 1,000 times."""
        return critical_value(MISTAKEN, degrees=self.parameters)

    @property
    def two_laws(self) -> bool:
        """Whether the statistic exceeds its limit."""
        return self.statistic is not None and self.statistic > self.limit

    @property
    def weaknesses(self) -> tuple[str, ...]:
        """A sentence where few newcomers bought again."""
        if self.repeat_buyers >= ROUGH:
            return ()
        few = (
            f"{self.repeat_buyers} repeat buyers among customers known from their first purchase on, fewer than {ROUGH}"
        )
        return (f"{few}: how newcomers differ from customers older than the data is rough.",)

    def __str__(self) -> str:
        found = "too few of them bought again to tell" if self.statistic is None else f"{self.statistic:,.1f}"
        asked = f"likelihood ratio {found}, limit {self.limit:.1f}" if self.statistic is not None else found
        laws = "have a law of their own" if self.two_laws else "follow one law with all others"
        return f"{self.older:,} customers who may be older than the data {laws} ({asked})"
