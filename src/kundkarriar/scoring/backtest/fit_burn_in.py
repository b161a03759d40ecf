"""The burn-in of a fit: a backtest judges only fits that left customers out as its own fits did."""

from collections.abc import Sequence
from typing import Any

from kundkarriar.errors import DataError
from kundkarriar.models.interface.fitted_model import FittedModel
from kundkarriar.scoring.backtest.origin_report import OriginReport


def refuse_other_burn_in(purchases: object, *, who: str, backtest: Any, reports: Sequence[OriginReport]) -> None:
    """Refuse a fitted purchase model with a burn-in if the `backtest` had none, and the reverse.

    Spans are not compared: a fit does not know its own. Parameters that were typed in are fitted to nobody.
    """
    if not (isinstance(purchases, FittedModel) and purchases.report.fitted):
        return
    left_out, tested = purchases.report.unknown, any(at.unknown for at in reports)
    again = f'kk.Backtest(scorer=result.backtest.scorer, origins={backtest.origins}, horizon="{backtest.horizon}"'
    run = ").run(transactions)"
    if left_out and not tested:
        raise DataError.because(
            f"the backtest fitted all customers, {who} of a fit that left out {left_out:,}, because their first "
            "purchases may lie before the data.",
            hint=f'{again}, burn_in="3M"{run}, with the burn_in of that fit.',
        )
    if tested and not left_out:
        given = f'burn_in="{backtest.burn_in}"'
        raise DataError.because(
            f"the backtest left customers out of its fits ({given}), {who} of a fit to all.",
            hint=f"{again}{run}; or fit with {given}.",
        )
