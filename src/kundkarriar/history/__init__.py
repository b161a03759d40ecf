"""What is known of each customer from transactions: ledger, purchase days, summaries, facts."""
