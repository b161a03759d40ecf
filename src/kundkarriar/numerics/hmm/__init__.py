"""Hidden Markov models of monthly purchases: forward-backward, EM, posterior."""
