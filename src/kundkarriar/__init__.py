"""Customer careers: where customers stand, what they are worth, and what to do with whom.

>>> import kundkarriar as kk
>>> transactions = kk.datasets.load_cdnow(sample=True)
>>> summary = kk.summarize(transactions, as_of="1997-09-30", period="W")
>>> fitted = kk.MBGNBD().fit(summary)
>>> round(fitted.log_likelihood, 4)
-9582.1357
"""

import lazy_loader

__version__ = "0.1.0"

# Floors load on first use, so that importing the package stays cheap; `__init__.pyi` says where each name is.
__getattr__, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __dir__() -> list[str]:
    return sorted(__all__)
