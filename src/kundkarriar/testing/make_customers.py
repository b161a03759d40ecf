"""A customer base as a career hands it to the planner: scores, classes and positions that agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from attrs import frozen

from kundkarriar.grading.abc_classifier import ABCClassifier
from kundkarriar.history.period import Period, rate_per_period
from kundkarriar.testing.make_transactions import BUYING, SPENDING, make_transactions

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

AS_OF = np.datetime64("1998-06-30")
MARGIN, DISCOUNT_RATE, SERVE_PER_YEAR, MARKET_PER_YEAR = 0.3, 0.10, 2.0, 0.5
YEAR = Period.of("12M").in_units("W")
LIFETIME_YEARS = 60
RUNGS = ("prospect", "trial buyer", "repeat buyer", "client", "supporter")


def make_customers(n: int = 500, *, seed: int | Generator, prospects: float = 0.1) -> pd.DataFrame:
    """Customers as `career.customers()` gives them: something to try a rule, a strategy or a planner on.

    Their purchases are drawn by `make_transactions`; what is known, expected and earned of each is worked
    out from them at the parameters that drew them, with a margin of 0.3, a discount rate of 0.10 a year, a
    horizon of 12 months as of 1998-06-30, and 2.50 a year of costs. So everything agrees: the first purchase
    is not after the last, whoever is worth more is ranked higher, and the rung is what the facts say.

    Args:
        n: how many customers.
        seed: the same int gives the same customers.
        prospects: the share of customers who have not bought yet: their scores and class are missing.

    Returns:
        One row per customer: customer_id (int, from 1); the scores, p_alive to rank; abc, cumulative_share;
        the facts, purchase_days to first_contact, and events_referral with its windows; rung, rung_number (0
        for prospects to 4 for supporters: clients who recommended), lapsed, highest_rung, months_on_rung,
        evidence, reason.

    >>> customers = make_customers(200, seed=1)
    >>> len(customers), sorted(customers["abc"].dropna().unique())
    (200, ['A', 'B', 'C', 'D'])
    """
    if not (isinstance(n, int) and n >= 1):
        raise ValueError(f"'n' must be a whole number of at least 1: {n!r}")
    if not 0.0 <= prospects <= 1.0:
        raise ValueError(f"'prospects' must lie between 0 and 1: {prospects}")
    generator = np.random.default_rng(seed)
    ids = generator.permutation(np.arange(1, n + 1))
    buyers = np.sort(ids[round(prospects * n) :])
    facts = _facts(n, buyers, generator)
    scores = _scores(facts)
    classes = ABCClassifier().classify(scores)
    return pd.concat([classes, facts.drop(columns="customer_id"), _positions(facts)], axis=1)


def _facts(n: int, buyers: NDArray[np.int64], generator: Generator) -> pd.DataFrame:
    """What the purchases say, one row for each of 1 to n."""
    everyone = pd.Index(np.arange(1, n + 1), name="customer_id")
    # Facts that count from a customer's first purchase keep a prospect's place: `buyers` are renumbered.
    lines = (
        make_transactions(customers=len(buyers), seed=generator)
        if len(buyers)
        else make_transactions(customers=1, seed=0).iloc[:0]
    )
    lines["customer_id"] = buyers[lines["customer_id"].to_numpy() - 1]
    days = lines.groupby(["customer_id", "date"], as_index=False)["amount"].sum()
    recent = days[days["date"] > Period.of("12M").before(AS_OF)]
    by_id, recently = days.groupby("customer_id"), recent.groupby("customer_id")
    quarter = np.sum([recent["date"] > Period.of(f"{3 * k}M").before(AS_OF) for k in (1, 2, 3)], axis=0)
    gaps = days.assign(gap=by_id["date"].diff().dt.days).groupby("customer_id")["gap"]
    facts = pd.DataFrame(index=everyone)
    facts["purchase_days"] = by_id.size()
    facts["purchase_days_12M"] = recently.size()
    facts["quarters_active_12M"] = recent.assign(quarter=quarter).groupby("customer_id")["quarter"].nunique()
    facts["value_12M"] = recently["amount"].sum()
    facts["total_value"] = by_id["amount"].sum()
    counts = ["purchase_days", "purchase_days_12M", "quarters_active_12M"]
    facts[counts] = facts[counts].fillna(0).astype(np.int64)
    facts[["value_12M", "total_value"]] = facts[["value_12M", "total_value"]].fillna(0.0)
    facts["days_since_purchase"] = (pd.Timestamp(AS_OF) - by_id["date"].max()).dt.days.astype(np.float64)
    facts["typical_gap"] = gaps.mean()
    facts["regularity"] = (gaps.mean() / gaps.std()).pow(2).where(gaps.count() >= 3).clip(upper=100.0)
    facts["first_purchase"] = by_id["date"].min()
    facts["last_purchase"] = by_id["date"].max()
    met = pd.Series(lines["date"].min() if len(lines) else pd.Timestamp(AS_OF), index=everyone)
    facts["first_contact"] = facts["first_purchase"].fillna(met)
    referrals = generator.poisson(0.15 * np.log1p(facts["purchase_days"].to_numpy()))
    facts["events_referral"] = referrals
    facts["events_referral_24M"] = referrals
    facts["events_referral_12M"] = generator.binomial(referrals, 2 / 3)
    return facts.reset_index()


def _scores(facts: pd.DataFrame) -> pd.DataFrame:
    """What each customer is expected to bring, missing for prospects."""
    bought = facts["purchase_days"].to_numpy() > 0
    ahead = _Ahead(
        x=facts["purchase_days"].to_numpy(np.float64) - 1,
        since=facts["days_since_purchase"].to_numpy(np.float64) / 7,
        T=_days(facts["first_purchase"]) / 7,
    )
    with np.errstate(invalid="ignore"):  # prospects: everything that follows is missing
        alive = ahead.p_alive()
        orders = facts["purchase_days"].to_numpy(np.float64)
        mean = (
            SPENDING["p"]
            * (SPENDING["gamma"] + facts["total_value"].to_numpy())
            / (SPENDING["p"] * orders + SPENDING["q"] - 1)
        )
        contribution = MARGIN * mean
        year, lifelong = ahead.discounted(years=1), ahead.discounted(years=LIFETIME_YEARS)
        market = MARKET_PER_YEAR * np.array([_annuity(1), _annuity(LIFETIME_YEARS)])
        if_alive = contribution * year.purchases - SERVE_PER_YEAR * year.alive
        scores = pd.DataFrame(
            {
                "p_alive": alive,
                "expected_purchases": alive * ahead.purchases(YEAR),
                "p_purchase": alive * ahead.p_purchase(YEAR),
                "expected_order_value": mean,
                "expected_revenue": alive * mean * year.purchases,
                "clv": alive * contribution * year.purchases,
                "cost": alive * SERVE_PER_YEAR * year.alive + market[0],
            }
        )
        scores["net_value"] = scores["clv"] - scores["cost"]
        scores["clv_lifelong"] = alive * contribution * lifelong.purchases
        scores["net_value_lifelong"] = scores["clv_lifelong"] - alive * SERVE_PER_YEAR * lifelong.alive - market[1]
        scores["share_beyond_data"] = 1 - scores["clv"] / scores["clv_lifelong"]
        scores["retention_value"] = if_alive
        scores["value_at_risk"] = alive * ahead.p_leaves(YEAR) * if_alive
    scores = scores.where(pd.Series(bought))
    scores["rank"] = scores["net_value"].rank(ascending=False, method="min")
    scores.insert(0, "customer_id", facts["customer_id"])
    return scores


def _days(since: pd.Series) -> NDArray[np.float64]:
    """Days from each date to now; NaN where there is no date."""
    return np.asarray((pd.Timestamp(AS_OF) - since).dt.days, dtype=np.float64)


def _annuity(years: float) -> float:
    """Years, each day discounted."""
    rate = np.log1p(DISCOUNT_RATE)
    return float(-np.expm1(-rate * years) / rate)


@frozen(kw_only=True, eq=False)
class _Discounted:
    purchases: NDArray[np.float64]
    alive: NDArray[np.float64]


@frozen(kw_only=True, eq=False)
class _Ahead:
    """What MBG/NBD expects of customers at the parameters that drew them; all but p_alive given being alive.

    Source: Batislam, Denizel and Filiztekin (2007); times in weeks.
    """

    x: NDArray[np.float64]
    since: NDArray[np.float64]
    T: NDArray[np.float64]

    def p_alive(self) -> NDArray[np.float64]:
        """Not yet left after the last purchase."""
        r, alpha, a, b = BUYING.values()
        waited = (alpha + self.T) / (alpha + self.T - self.since)
        return np.asarray(1 / (1 + a / (b + self.x) * waited ** (r + self.x)))

    def purchases(self, weeks: float) -> NDArray[np.float64]:
        """Expected purchases; the hypergeometric function after Euler's transformation, which stays small."""
        from scipy.special import hyp2f1  # noqa: PLC0415 - slow to import

        r, alpha, a, b = BUYING.values()
        z = weeks / (alpha + self.T + weeks)
        still = (1 - z) ** (a - 1) * hyp2f1(a + b - r, a - 1, a + b + self.x, z)
        return np.asarray((a + b + self.x) / (a - 1) * (1 - still))

    def p_purchase(self, weeks: float) -> NDArray[np.float64]:
        """At least one purchase: only a purchase makes anyone leave."""
        r, alpha, _, _ = BUYING.values()
        return np.asarray(1 - ((alpha + self.T) / (alpha + self.T + weeks)) ** (r + self.x))

    def p_leaves(self, weeks: float) -> NDArray[np.float64]:
        """Gone by then."""
        from scipy.special import hyp2f1  # noqa: PLC0415 - slow to import

        r, alpha, a, b = BUYING.values()
        return np.asarray(1 - hyp2f1(r + self.x, a, a + b + self.x + 1, -weeks / (alpha + self.T)))

    def discounted(self, *, years: int) -> _Discounted:
        """Purchases and years alive, by quarters in the first year, then by years, each from its middle."""
        edges = np.unique(np.concatenate((np.linspace(0, 1, 5), np.arange(1, years + 1)))) * YEAR
        weight = np.exp(-rate_per_period(DISCOUNT_RATE, "W") * (edges[1:] + edges[:-1]) / 2)
        bought = np.diff([self.purchases(t) for t in edges], axis=0)
        stay = 1 - np.array([self.p_leaves(t) for t in edges])
        lived = (stay[1:] + stay[:-1]) / 2 * np.diff(edges)[:, None] / YEAR
        return _Discounted(purchases=weight @ bought, alive=weight @ lived)


def _positions(facts: pd.DataFrame) -> pd.DataFrame:
    """The rung that the facts say, without a memory."""
    days = facts["purchase_days"].to_numpy()
    client = (facts["purchase_days_12M"].to_numpy() >= 4) & (facts["quarters_active_12M"].to_numpy() >= 3)
    recommended = facts["events_referral_24M"].to_numpy() > 0
    number = np.where(client, 3 + recommended, np.minimum(days, 2))
    silence = facts["days_since_purchase"].to_numpy(np.float64)
    patience = np.where(days == 1, 270.0, np.fmax(180.0, 3 * facts["typical_gap"].to_numpy(np.float64)))
    with np.errstate(invalid="ignore"):
        lapsed = silence > patience
    reason = [_reason(*row) for row in zip(number, days, facts["purchase_days_12M"], strict=True)]
    rung = np.array(RUNGS, dtype=object)[number]
    known = _days(facts["first_contact"])
    return pd.DataFrame(
        {
            "rung": rung,
            "rung_number": number,
            "lapsed": lapsed,
            "highest_rung": rung,
            "months_on_rung": np.where(number <= 1, known // 30.4375, 0).astype(np.int64),
            "evidence": np.where(number == 4, "referral", "purchases"),
            "reason": reason,
        }
    )


def _reason(number: int, days: int, recent: int) -> str:
    if number == 0:
        return "no purchase yet"
    if number >= 3:
        return f"{recent} purchase days in the last 12 months{' and a recommendation' if number == 4 else ''}"
    return f"{days} purchase day{'s' if days != 1 else ''}"
