"""Hidden Markov models of the customer relationship."""
