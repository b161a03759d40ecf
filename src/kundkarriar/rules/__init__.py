"""Rules: conditions on the columns of customers, which rungs and strategies are made of."""
