"""Columns from which nothing can be learnt."""

import numpy as np
import pytest

import kundkarriar as kk
from kundkarriar.models.covariates.zero_effects import COLLINEAR, _refuse_collinear


@pytest.mark.parametrize("n", [50, 20_000])
@pytest.mark.parametrize("weight", [1.0, 40.0])
def test_collinear_is_a_matter_of_the_column_not_of_how_many_customers(n, weight):
    """What a column adds is measured in its standard deviation, by customers however many rows they are."""
    generator = np.random.default_rng(1)
    one, noise = generator.normal(size=(2, n))
    weights = np.full(n, weight)

    def refuse(size):
        columns = np.column_stack([one, one + size * noise])
        _refuse_collinear(["age", "born"], columns, weights=weights, need="MBG/NBD.fit")

    refuse(3 * COLLINEAR)
    with pytest.raises(kk.DataError) as raised:
        refuse(COLLINEAR / 3)
    assert str(raised.value) == (
        "MBG/NBD.fit: the covariate `born` says nothing that ['age'] do not say already.\n\n"
        "Hint: leave one of them out."
    )
