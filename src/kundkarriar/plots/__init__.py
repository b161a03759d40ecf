"""Pictures: each function takes and returns matplotlib `Axes` (extra `plots`)."""
