"""The files in `cases/` are data: `test_bad_input.py` reads them."""

collect_ignore = ["cases"]
