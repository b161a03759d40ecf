"""Discounts of a fitted microsimulation: their cost on the whole path of the customers who get them."""

from __future__ import annotations

from typing import Any

import numpy as np

from kundkarriar.arguments import LEVEL, SHARE_BELOW_1, read_object, refusal
from kundkarriar.arrays import Mask
from kundkarriar.dates.period import DAYS, Period, as_period
from kundkarriar.effects.discount import Discount
from kundkarriar.effects.effect import ends_within
from kundkarriar.errors import warn
from kundkarriar.frames import FrameT, new_frame
from kundkarriar.ladder.discounts.discount_effects import DiscountEffects, read_effects, shares_drawn
from kundkarriar.ladder.discounts.discount_sums import DiscountSums, Granting
from kundkarriar.ladder.discounts.discount_table import DiscountPath, climb_factors
from kundkarriar.ladder.ladder_history import LadderHistory
from kundkarriar.ladder.microsimulation.drawn_money import DrawnMoney
from kundkarriar.ladder.microsimulation.drawn_rungs import DrawnRungs
from kundkarriar.ladder.microsimulation.process import scorer_of
from kundkarriar.ladder.microsimulation.scenario import customers_of
from kundkarriar.models.drawn.purchase_draws import PurchaseDraws
from kundkarriar.rules.condition import Condition
from kundkarriar.scoring.value_scorer import FittedValueScorer
from kundkarriar.threads import DRAWN, in_threads

NEED = "micro.discount_path"
DISCOUNT_HINT = "write discount=kk.Discount(share=0.1)."
WHERE_HINT = 'write where=kk.column("purchase_days") >= 1.'


class DrawnDiscounts(DrawnRungs):
    """Draws of rungs, and of what customers with a discount bring and cost."""

    __slots__ = ()

    def discount_path(
        self,
        history: LadderHistory[FrameT],
        discount: Discount,
        *,
        effect: Any = None,
        where: Condition | None = None,
        margin_floor: float | None = None,
        period: str = "1M",
        scorer: Any = None,
        origin: Any = None,
        level: float = 0.9,
    ) -> FrameT:
        """What a discount costs on the whole path of who gets it, and what it gains, by the rung where it is granted.

        It is granted now, on every later purchase. At each month end it grows with the rungs climbed above the one now,
        by the highest rung so far: a fall takes nothing back. Its cost is that share of the list-price spend of all
        purchases within the scorer's horizon, ex VAT and net of returns, discounted as the scorer does, of customers
        under the effect of the discount. A longer horizon makes the path dearer. The naive cost is that of the first
        `period` as usual, without escalation and before any effect.

        The gain is what the effect adds to the net value at list prices, and the net gain is what is left when the
        discount is paid. The effect is stated of the discount as it is written, escalation included. At another share x
        a factor f is f^(x / share), and money is in proportion, so that no discount gains nothing. The ceiling is the
        largest share whose gain covers its cost on the path, where both depend on the share. Customers are drawn at the
        stated share and at three others with the same random numbers. Between them the means of the draws are
        interpolated: that is the approximation, and the equation of what is interpolated is solved to the last digits.
        It is looked for up to the largest margin, and beyond the stated share up to factors of 8 or 1/8.

        Args:
            history: as `forecast`.
            discount: the discount.
            effect: what it does to customers, a `kk.Effect` or several; it acts while it `lasts` (three months unless
                told otherwise), None: throughout. The discount is kept and paid for the whole horizon: where the effect
                ends earlier, the verdict says so. None: it does nothing, as of customers who would have bought anyway.
            where: whom it is granted to, as `kk.Change.where`; None: all customers.
            margin_floor: least margin on any rung, as a share of the paid price; None: none is asked.
            period: the first period, of which the naive cost is.
            scorer: as `value`.
            origin: as `forecast`.
            level: level of the intervals.

        Returns:
            A row for each rung on which it is granted: rung, customers, share, naive_cost, path_cost (both of these
            customers together), hidden_multiple (path_cost / naive_cost; missing where both are 0), climb_factor
            (path_cost over that without escalation), gain, net, low, high (of net), ceiling (0: no share covers its
            cost), margin_ceiling (largest share that keeps the margin floor on the top rung; missing without one),
            largest_share (the smaller of both), break_even_volume (lift of volume at which a price cut by the share
            leaves the contribution as it was; infinite where it takes the whole margin), horizon, verdict (a sentence:
            pays, does not pay, cannot tell, breaks the margin floor, costs nothing; with the largest share that pays on
            average). The margin of a rung is that of
            its spend as usual.

        Raises:
            CapabilityError: there is no scorer, or it has no spend model; an effect on what the process does not have.
            DataError: the discount would be the whole list price on the top rung; a condition asks for a column that is
                not there; the first period is longer than the horizon.

        Warns:
            DataWarning: no customer meets `where`.

        >>> import kundkarriar as kk
        >>> transactions = kk.datasets.load_cdnow(sample=True)
        >>> spec = kk.ValueScorer(purchases=kk.MBGNBD(), margin=0.4, discount_rate=0.1, horizon="12M")
        >>> scorer = spec.fit(kk.summarize(transactions, as_of="1997-12-31"))
        >>> history = kk.CustomerLadder.groups().history(transactions, as_of="1997-12-31")
        >>> micro = kk.Microsimulation(process=scorer, draws=20, seed=1).fit(history)
        >>> path = micro.discount_path(history, kk.Discount(share=0.1))
        >>> path[["rung", "naive_cost", "path_cost", "hidden_multiple"]].round(1)
                rung  naive_cost  path_cost  hidden_multiple
        0     moving       143.5     1461.3             10.2
        1  recurring       351.5     3327.9              9.5
        2  exclusive       243.0     2455.0             10.1
        """
        scorer, level = scorer_of(self.process, scorer), LEVEL.read(level, "level")
        read_object(discount, "discount", kind=Discount, hint=DISCOUNT_HINT)
        first, horizon = as_period(period, name="period"), Period.of(scorer.scorer.horizon)
        if first.days > horizon.days:
            law = f"a span of time of at most the scorer's horizon ({horizon})"
            raise refusal(period, "period", law=law, hint='write period="1M".')
        if margin_floor is not None:
            margin_floor = SHARE_BELOW_1.read(margin_floor, "margin_floor")
        if where is not None:
            where = read_object(where, "where", kind=Condition, hint=WHERE_HINT)  # type: ignore[type-abstract]
        whole: LadderHistory[FrameT] = self.until(history, origin)
        effects = read_effects(effect, scorer=scorer, counted=self.counted_events(whole))
        granting, drawn = self._granting(whole, scorer, discount, where=where, first=first)
        usual = self._summed(granting, drawn)
        shares, changed, most = [discount.share], [usual], 0.0
        if effects and (granting.rung < granting.rungs).any():
            granted = granting.rung < granting.rungs
            seed = self.microsimulation.seed
            acting = DiscountEffects.of(effects, granted, ahead=granting.ahead, drawn=drawn, seed=seed)
            margins = granting.money.terms["margin"]
            most = acting.farthest(discount.share, margin=float(margins.max(initial=0.0)))
            shares = shares_drawn(discount.share, most=most)
            changed = [self._summed(granting, drawn, acting, ratio=share / discount.share) for share in shares]
        path = DiscountPath(
            discount=discount,
            usual=usual,
            shares=shares,
            changed=changed,
            most=most,
            margin_floor=margin_floor,
            period=first,
            horizon=horizon,
            level=level,
            effects_end=ends_within(effects, horizon.days),
        )
        table: FrameT = path.frame(like=whole.like)
        return table

    def climb_factors(
        self, history: LadderHistory[FrameT], discount: Discount, *, effect: Any = None, scorer: Any = None
    ) -> FrameT:
        """How much dearer its escalation makes a discount on the path of each customer.

        The factor is that of the rung now: the expected discounted spend of its customers, each purchase times
        (1 + escalation)^climbs, over the same without, at least 1. It is 1 without escalation.

        Args: as `discount_path`.

        Returns:
            customer_id, climb_factor.

        Raises:
            CapabilityError: as `discount_path`.
            DataError: as `discount_path`.
        """
        scorer, whole = scorer_of(self.process, scorer), self.until(history, None)
        read_object(discount, "discount", kind=Discount, hint=DISCOUNT_HINT)
        effects = read_effects(effect, scorer=scorer, counted=self.counted_events(whole))
        factor = np.ones(len(whole))
        if discount.escalation > 0:
            granting, drawn = self._granting(whole, scorer, discount)
            acting = None
            if effects:
                everybody, seed = np.ones(len(whole), dtype=bool), self.microsimulation.seed
                acting = DiscountEffects.of(effects, everybody, ahead=granting.ahead, drawn=drawn, seed=seed)
            factor = climb_factors(self._summed(granting, drawn, acting))[granting.rung]
        columns: dict[str, Any] = {"customer_id": whole.facts_as_of.customers, "climb_factor": factor}
        table: FrameT = new_frame(columns, like=whole.like)
        return table

    def _granting(
        self,
        whole: LadderHistory[Any],
        scorer: FittedValueScorer,
        discount: Discount,
        *,
        where: Condition | None = None,
        first: Period | None = None,
    ) -> tuple[Granting, PurchaseDraws]:
        """Who is granted a discount on the last day of a history, and the purchases drawn of all customers."""
        ahead, days = self.within(whole, scorer=scorer, horizon=None)
        drawn = self.drawn(scorer, whole, days=max(days, ahead.days))
        money = DrawnMoney.by(scorer, ahead, days=days)
        granted: Mask = np.ones(len(whole), dtype=bool)
        if where is not None:
            granted = where.holds(customers_of(ahead, money))
            if not granted.any():
                warn(f"{NEED}: no customer meets `{where}`, so that nobody gets the discount.")
        R = len(whole.rungs)
        rung = np.where(granted, ahead.rung_of[ahead.current()], R)
        discount.at(R - 1 - int(rung.min(initial=R - 1)))
        granting = Granting(
            ahead=ahead,
            money=money,
            rung=rung,
            escalation=discount.escalation,
            period=(first.days if first else days) / DAYS[scorer.purchases.period],
        )
        return granting, drawn

    def _summed(
        self, granting: Granting, drawn: PurchaseDraws, acting: DiscountEffects | None = None, *, ratio: float = 1.0
    ) -> DiscountSums:
        """Sums of the world as usual, or of the one in which the share is `ratio` times the stated one."""
        world = None if acting is None else acting.world(ratio)
        sums = DiscountSums(granting=granting, draws=len(drawn), changed=world)
        treatments, most = ((), 1.0) if world is None else (world.treatments(), world.most_referrals)
        drawings = self.blocks(granting.ahead, drawn, treatments=treatments, most=most, money=granting.money)
        for block in in_threads(lambda draw: draw(), drawings, of=DRAWN):
            sums.add(block)
        return sums
