"""Warnings that the caller reports in its own result."""

import threading
import warnings

import pytest

import kundkarriar as kk
from kundkarriar.errors import collected, warn


def test_collected_warnings_are_not_given():
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        with collected() as told:
            warn("few customers")
            with collected() as inner:
                warn("fewer")
            warn("few again")
    assert given == []
    assert (told, inner) == (["few customers", "few again"], ["fewer"])


def test_after_an_error_warnings_are_given_again():
    def broken():
        with collected():
            raise KeyError

    with pytest.raises(KeyError):
        broken()
    with pytest.warns(kk.DataWarning, match="few customers"):
        warn("few customers")


def test_another_thread_goes_on_warning():
    """What one thread collects is of that thread only."""
    given = []

    def other():
        with pytest.warns(kk.DataWarning, match="elsewhere"):
            warn("elsewhere")
        given.append("warned")

    with collected() as told:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert (told, given) == ([], ["warned"])


def test_wide_cells_are_cut():
    """A cell of a page is shown by its beginning; `.rows` has all of it."""
    gaps = "7 " * 500
    error = kk.DataError.at_rows("law", {"gaps": [gaps]}, of=1, hint="hint.")
    assert str(error).splitlines()[3] == f"{gaps[:77]}..."
    assert error.rows["gaps"] == [gaps]
