"""Customer histories from transactions: ledger, purchase days, summaries, facts, holdout periods."""
