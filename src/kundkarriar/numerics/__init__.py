"""Arrays in, arrays out: the formulas, in the papers' notation, keyword-only; no frames."""
