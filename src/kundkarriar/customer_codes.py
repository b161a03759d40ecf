"""Integer codes of customers: each id becomes a position, on which everything else is counted."""

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from kundkarriar.arrays import Whole
from kundkarriar.customer_ids import as_one_type


def customer_codes(
    ids: nw.Series[Any],
    *,
    known: nw.Series[Any] | None = None,
    need: str = "kundkarriar",
    frame_name: str = "one frame",
    known_name: str = "the other",
) -> tuple[Whole, nw.Series[Any]]:
    """Factorise plain ids (see `customer_ids`): the code of each row's customer, (rows,), and the customers.

    The customers are `known`, in their order and also without a row, then the others by first appearance.

    Raises:
        DataError: as `as_one_type`, which calls the frames `frame_name` and `known_name`.

    >>> codes, customers = customer_codes(nw.from_native(pd.Series(["b", "a", "b"]), series_only=True))
    >>> codes.tolist(), customers.to_list()
    ([0, 1, 0], ['b', 'a'])
    """
    ids = _named(ids)
    if known is None:
        return _factorised(ids)
    known = _named(known)
    if known.implementation is not ids.implementation:
        known = nw.new_series(known.name, known.to_list(), known.dtype, backend=ids.implementation)
    if not len(ids):  # an empty column may have any type
        return np.empty(0, np.int64), known
    ids, known = as_one_type(ids, known, need=need, frame_name=frame_name, among_name=known_name)
    both, customers = _factorised(nw.concat([known.to_frame(), ids.to_frame()])[ids.name])
    return both[len(known) :], customers


def _factorised(ids: nw.Series[Any]) -> tuple[Whole, nw.Series[Any]]:
    native = ids.to_native()
    if ids.implementation.is_pandas() or ids.dtype.is_integer():
        codes, distinct = pd.factorize(native if ids.implementation.is_pandas() else ids.to_numpy())
        customers = nw.new_series(ids.name, distinct, backend=ids.implementation)
        return np.asarray(codes, np.int64), customers if customers.dtype == ids.dtype else customers.cast(ids.dtype)
    if ids.implementation.is_pyarrow():
        coded = native.dictionary_encode().combine_chunks()
        customers = nw.new_series(ids.name, coded.dictionary, backend=ids.implementation)
        return coded.indices.fill_null(-1).to_numpy().astype(np.int64), customers
    # Grouping row numbers is faster than joining the different ids back on text.
    groups = native.to_frame().with_row_index("row").group_by(ids.name, maintain_order=True).agg("row")
    position = np.empty(len(ids), np.int64)
    size = groups["row"].list.len().to_numpy()
    position[groups["row"].explode().to_numpy()] = np.repeat(np.arange(len(groups)), size)
    return position, nw.from_native(groups[ids.name], series_only=True)


def _named(ids: nw.Series[Any]) -> nw.Series[Any]:
    return nw.maybe_reset_index(ids).alias("customer_id")
