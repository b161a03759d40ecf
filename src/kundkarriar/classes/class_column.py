"""The column of classes, `abc`, as it comes in."""

import numpy as np

from kundkarriar.arrays import Whole
from kundkarriar.classes.limits import CLASSES
from kundkarriar.errors import DataError
from kundkarriar.frames import NarrowFrame, distinct_values, is_missing, require


def read_classes(frame: NarrowFrame, *, need: str) -> Whole:
    """Position of each customer's class in `CLASSES`, (n,); -1 where it is missing.

    Raises:
        DataError: there is no column `abc`, or another word in it.
    """
    require(frame, ["abc"], need=need)
    for word in distinct_values(frame["abc"]):
        if not is_missing(word) and not (isinstance(word, str) and word in CLASSES):
            raise DataError.because(
                f"{need} needs one of {list(CLASSES)} in `abc`, and has {word!r:.60}.",
                hint="pass what ABCClassifier.classify gave, or the customers of a career.",
            )
    place = {name: at for at, name in enumerate(CLASSES)}
    return np.array([place.get(word, -1) for word in frame["abc"].to_list()], dtype=np.int64)
