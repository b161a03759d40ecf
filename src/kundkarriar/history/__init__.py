"""Customer histories from transactions, day by day: ledger, purchase days, facts as of a date."""
