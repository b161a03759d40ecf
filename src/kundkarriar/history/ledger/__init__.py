"""Transactions as a ledger: rows of one day merged, returns set against purchases, per customer."""
