"""The customer career: customers, bridge and plan from transactions in one call."""
