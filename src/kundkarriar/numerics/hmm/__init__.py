"""Hidden Markov model of monthly purchases: forward-backward, EM, posterior, model choice."""
