"""Rules: questions about columns of customers, which rungs and strategies are written in."""
