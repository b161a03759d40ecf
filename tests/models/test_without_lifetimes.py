"""Without the package lifetimes, everything works except `to_lifetimes`."""

import subprocess
import sys

CODE = """
import sys
sys.modules["lifetimes"] = None
import pandas as pd
import kundkarriar as kk
ours = kk.FittedBGNBD(params=kk.BGNBDParams(r=0.243, alpha=4.414, a=0.793, b=2.426), period="W")
two = pd.DataFrame({"frequency": [2, 9], "recency": [20.0, 20.0], "T": [39.0, 39.0], "period": "W"})
assert ours.predict(two, horizon=39)["p_alive"].between(0, 1).all()
assert len(kk.datasets.load_cdnow(sample=True)) == 6919
try:
    kk.to_lifetimes(ours)
except kk.CapabilityError as error:
    print(error)
"""


def test_to_lifetimes_says_that_lifetimes_cannot_be_imported():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == (
        "the package lifetimes cannot be imported here: ModuleNotFoundError: import of lifetimes halted; None in "
        "sys.modules.\n\n"
        'Hint: pip install "lifetimes>=0.11.3"; it is archived, and may not keep up with the pandas or scipy installed '
        "beside it. Nothing else of kundkarriar imports it."
    )
